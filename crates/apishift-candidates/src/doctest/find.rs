//! From the files of a package to problems.

use std::{collections::BTreeSet, rc::Rc};

use apishift_types::{Skipped, TreeError, TreeId, TreeSource};
use ruff_python_ast::{
    Expr,
    visitor::{self, Visitor},
};
use ruff_python_stdlib::builtins::is_python_builtin;

use super::{
    DoctestProblem, Reason, Rules, docstring,
    example::{self, Setting},
    library::Library,
    module::{Function, Kind, Module},
    probe::Call,
    slice::Slice,
};
use crate::{
    digest::{id, seeded},
    edit::{self, Edit},
    program::{PYTHON, Program, digest, range},
};

/// Bodies of other functions that a problem takes along, at most.
const OTHERS: usize = 3;

/// How many functions there were, and how far they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel {
    /// Functions at the level of a module.
    pub functions: u64,
    /// Those with a docstring.
    pub documented: u64,
    /// Those with examples.
    pub with_examples: u64,
    /// Those that could be made a program of their own.
    pub problems: u64,
    /// Why the others could not.
    pub skipped: Skipped,
}

impl Funnel {
    /// Adds the counts of another one.
    pub fn merge(&mut self, other: &Self) {
        self.functions += other.functions;
        self.documented += other.documented;
        self.with_examples += other.with_examples;
        self.problems += other.problems;
        self.skipped.merge(&other.skipped);
    }
}

/// Finds problems in tree after tree, and none twice.
///
/// ```
/// use apishift_candidates::doctest::{DoctestFinder, Rules};
/// use apishift_types::{MemoryTree, TreeId};
/// let mut trees = MemoryTree::default();
/// let text = "STEP = 1\n\n\ndef following(n):\n    \"\"\"Find the number that follows on a given one.\n\n    >>> following(1)\n    2\n    \"\"\"\n    return n + STEP\n";
/// trees.insert("1.0", "pkg/numbers.py", text);
/// let stack = std::thread::Builder::new().stack_size(apishift_syntax::grammar::STACK);
/// let find = move || DoctestFinder::new(Rules::default(), 0).problems(&trees, &TreeId("1.0".to_owned()), "pkg").unwrap();
/// let (problems, _) = stack.spawn(find).unwrap().join().unwrap();
/// assert!(problems[0].stub.starts_with("STEP = 1\n\n\ndef following(n):\n"));
/// assert_eq!(problems[0].body, "    return n + STEP");
/// assert_eq!(problems[0].tests, [">>> following(1)\n2\n"]);
/// ```
#[derive(Debug)]
pub struct DoctestFinder {
    rules: Rules,
    seed: u64,
    seen: BTreeSet<u64>,
}

impl DoctestFinder {
    /// A finder with these rules. The seed says which half of the problems keeps its examples, and which bodies of other
    /// functions are taken along.
    pub fn new(rules: Rules, seed: u64) -> Self {
        Self { rules, seed, seen: BTreeSet::new() }
    }

    /// The problems of a tree, in order of paths and places. Functions that were met before, in this tree or an earlier one,
    /// give none. The calling thread needs [`apishift_syntax::grammar::STACK`].
    pub fn problems(
        &mut self,
        trees: &dyn TreeSource,
        tree: &TreeId,
        project: &str,
    ) -> Result<(Vec<DoctestProblem>, Funnel), TreeError> {
        let library = Library::new(trees, tree)?;
        let mut found = Vec::new();
        let mut funnel = Funnel::default();
        let paths: Vec<String> = library.paths().map(str::to_owned).collect();
        for path in paths {
            if !library.text(&path)?.is_some_and(|text| text.contains("def ")) {
                continue;
            }
            let Some(module) = library.module(&path)? else {
                funnel.skipped.add("file-unreadable");
                continue;
            };
            for at in 0..module.units.len() {
                let Kind::Function(function) = &module.units[at].kind else { continue };
                funnel.functions += 1;
                let Some((_, said)) = &function.docstring else { continue };
                funnel.documented += 1;
                funnel.with_examples += u64::from(said.contains(">>>"));
                let place = Place { library: &library, module: &module, at, function, project };
                match self.problem(&place)? {
                    Ok(problem) => {
                        funnel.problems += 1;
                        found.push(problem);
                    }
                    Err(reason) => funnel.skipped.add(reason.as_str()),
                }
            }
        }
        Ok((found, funnel))
    }

    fn problem(&mut self, place: &Place<'_, '_>) -> Result<Result<DoctestProblem, Reason>, TreeError> {
        let written = match place.written(&self.rules) {
            Ok(written) => written,
            Err(reason) => return Ok(Err(reason)),
        };
        let rules = self.rules.clone();
        let slice = match Slice::of(place.library, &rules, place.module, place.at)? {
            Ok(slice) => slice,
            Err(reason) => return Ok(Err(reason)),
        };
        Ok(self.assembled(place, &written, &slice))
    }

    fn assembled(
        &mut self,
        place: &Place<'_, '_>,
        written: &Written,
        slice: &Slice<'_, '_>,
    ) -> Result<DoctestProblem, Reason> {
        let function = place.function;
        if function.hands_over.as_ref().is_some_and(|callee| slice.names().any(|name| name == callee)) {
            return Err(Reason::Wrapper);
        }
        let packages: BTreeSet<&str> =
            place.module.path.trim_end_matches(".py").split('/').chain([place.project]).collect();
        let setting = Setting {
            function: &function.name,
            names: slice.names().collect(),
            packages,
            import: &|name| Slice::import_of(place.module, name),
        };
        let tests = example::tests(&setting, &docstring::examples(&written.said));
        if tests.checks < self.rules.checks {
            return Err(if tests.is_open { Reason::OpenOutput } else { Reason::FewTests });
        }
        let bare = docstring::without_examples(&written.docstring, |_| true);
        // Where words say little, examples have to, and more than one of them.
        let says_little = docstring::prose_words(&bare) < self.rules.prose_words;
        if says_little && tests.checks < 2 {
            return Err(Reason::NoProse);
        }
        let hash = seeded(self.seed, &["examples", place.project, &place.module.path, &function.name]);
        let shows_examples = says_little || hash.is_multiple_of(2);
        let docstring = if shows_examples {
            // What is no test would only mislead.
            docstring::without_examples(&written.docstring, |found| {
                tests.dropped.contains(&found.source)
                    || example::is_own_import(&found.source, &setting.packages)
            })
        } else {
            bare.clone()
        };
        if docstring.lines().count() > self.rules.docstring_lines {
            return Err(Reason::LongDocstring);
        }
        let preamble = slice.preamble(place.at);
        let gap = if preamble.is_empty() { "" } else { "\n\n" };
        let stub = format!("{preamble}{gap}{}{docstring}\n", written.head);
        let lines = stub.lines().count() - docstring.lines().count() + written.body.lines().count();
        if lines > self.rules.program_lines {
            return Err(Reason::LongProgram);
        }
        let hash = id(&stub, &written.body);
        let problem = DoctestProblem {
            task_id: format!("{}/{}:{}:{hash}", place.project, place.module.path, function.name),
            project: place.project.to_owned(),
            path: place.module.path.clone(),
            function: function.name.clone(),
            stub,
            body: written.body.clone(),
            shows_examples,
            tests: tests.sources,
            checks: tests.checks,
            probed: 0,
            others: place.others(&setting.names, self.seed),
            shown: tests.shown,
            calls: generated(tests.calls, &written.body),
        };
        if Program::read(&problem.program()).is_none() {
            return Err(Reason::Unreadable);
        }
        self.is_new(place, written, &bare).then_some(problem).ok_or(Reason::Duplicate)
    }

    /// Whether neither the same code nor a function of the same name and docstring was met before.
    fn is_new(&mut self, place: &Place<'_, '_>, written: &Written, docstring: &str) -> bool {
        let name = &place.function.name;
        let (_, head) = written.head.split_once(&format!("def {name}")).unwrap_or(("", &written.head));
        let code = digest(&format!("def f{head}{}", written.body));
        let words: Vec<&str> = docstring.split_whitespace().collect();
        let text = seeded(1, &[name, &words.join(" ")]);
        let is_new = [code, Some(text)].into_iter().flatten().all(|hash| !self.seen.contains(&hash));
        self.seen.extend(code);
        self.seen.insert(text);
        is_new
    }
}

/// A function in its file.
struct Place<'p, 'a> {
    library: &'p Library<'a>,
    module: &'p Rc<Module>,
    at: usize,
    function: &'p Function,
    project: &'p str,
}

/// A function as it is written.
struct Written {
    /// Decorators and signature, up to the docstring.
    head: String,
    /// As it stands.
    docstring: String,
    /// What it says.
    said: String,
    body: String,
}

impl Place<'_, '_> {
    fn written(&self, rules: &Rules) -> Result<Written, Reason> {
        let function = self.function;
        let Some((docstring, said)) = &function.docstring else { return Err(Reason::NoExample) };
        if !said.contains(">>>") {
            return Err(Reason::NoExample);
        }
        let name = function.name.as_str();
        let is_test = name.starts_with("test_")
            || name.starts_with("_test")
            || ["main", "test", "_test"].contains(&name);
        let is_single = self.module.bound.get(name).is_some_and(|units| units.len() == 1);
        if function.is_async || is_test || !is_single || function.body.is_empty() {
            return Err(Reason::Form);
        }
        let unit = &self.module.units[self.at];
        let head = self.module.text(&(unit.range.start..docstring.start)).to_owned();
        let body = self.module.text(&function.body).trim_end().to_owned();
        if body.lines().count() + head.lines().count() > rules.function_lines {
            return Err(Reason::LongFunction);
        }
        Ok(Written { head, docstring: self.module.text(docstring).to_owned(), said: said.clone(), body })
    }

    /// Bodies of other functions of the file with as many parameters that need no name which is not there, by the names of
    /// this one's parameters.
    fn others(&self, names: &BTreeSet<&str>, seed: u64) -> Vec<String> {
        let own = &self.function.parameters;
        let mut found: Vec<(u64, String)> = Vec::new();
        for (at, unit) in self.module.units.iter().enumerate() {
            let Kind::Function(other) = &unit.kind else { continue };
            let is_alike = at != self.at && other.parameters.len() == own.len() && !other.body.is_empty();
            let is_known =
                |name: &String| names.contains(name.as_str()) || is_python_builtin(name, PYTHON.1, false);
            if !is_alike || other.is_async || !unit.names.reads.iter().all(is_known) {
                continue;
            }
            let body = renamed(self.module.text(&unit.range), unit.range.start, other, own)
                .map(|text| text.trim_end().to_owned());
            if let Some(body) = body.filter(|body| body.lines().count() < 40) {
                found.push((seeded(seed, &["other", &self.function.name, &other.name]), body));
            }
        }
        found.sort();
        found.into_iter().take(OTHERS).map(|(_, body)| body).collect()
    }
}

/// Calls of a generator, which shows nothing by itself, as lists.
fn generated(calls: Vec<Call>, body: &str) -> Vec<Call> {
    let is_generator = body.lines().any(|line| {
        let line = line.trim_start();
        line.starts_with("yield ") || line.contains("= yield ") || line == "yield"
    });
    let is_bare = |call: &Call| !call.source.starts_with("list(") && !call.source.contains("next(");
    calls
        .into_iter()
        .map(|call| {
            if !is_generator
                || !is_bare(&call)
                || call.slots.iter().any(|(place, _)| place.end > call.source.len())
            {
                return call;
            }
            let shift = "list(".len();
            let slots =
                call.slots.into_iter().map(|(place, text)| (place.start + shift..place.end + shift, text));
            Call { source: format!("list({})", call.source), slots: slots.collect() }
        })
        .collect()
}

/// The body of a function with its parameters under other names.
fn renamed(text: &str, start: usize, function: &Function, names: &[String]) -> Option<String> {
    struct Renamer<'r> {
        function: &'r Function,
        names: &'r [String],
        edits: Vec<Edit>,
    }
    impl<'a> Visitor<'a> for Renamer<'_> {
        fn visit_expr(&mut self, expression: &'a Expr) {
            if let Expr::Name(name) = expression
                && let Some(at) = self.function.parameters.iter().position(|known| *known == name.id.as_str())
            {
                self.edits.push(Edit::new(range(expression), self.names[at].as_str()));
            }
            visitor::walk_expr(self, expression);
        }
    }
    let program = Program::read(text)?;
    let mut renamer = Renamer { function, names, edits: Vec::new() };
    renamer.visit_body(program.body());
    let body = function.body.start - start..function.body.end - start;
    let moved: Vec<Edit> = renamer
        .edits
        .into_iter()
        .filter(|edit| edit.range.start >= body.start)
        .map(|edit| Edit { range: edit.range.start - body.start..edit.range.end - body.start, ..edit })
        .collect();
    edit::apply(&text[body], &moved)
}
