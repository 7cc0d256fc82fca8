//! Tests made of a docstring's examples.

use std::collections::{BTreeMap, BTreeSet};

use ruff_python_ast::{
    Expr, ExprCall, Stmt,
    visitor::{self, Visitor},
};
use ruff_python_stdlib::builtins::is_python_builtin;

use super::{
    docstring::Found,
    module::{Import, imports_in},
    names::Names,
    probe::Call,
    world,
};
use crate::{
    edit::{self, Edit},
    program::{PYTHON, Program, range},
};

/// What examples are read for.
pub(super) struct Setting<'s> {
    /// The function that is tested.
    pub(super) function: &'s str,
    /// Names that its program has.
    pub(super) names: BTreeSet<&'s str>,
    /// Names under which its package may be imported.
    pub(super) packages: BTreeSet<&'s str>,
    /// The line that imports a name of the file from the standard library.
    pub(super) import: &'s dyn Fn(&str) -> Option<String>,
}

/// Tests of one function.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Tests {
    /// Examples as they are run, in order.
    pub(super) sources: Vec<String>,
    /// How many of them show a value that the function has to do with.
    pub(super) checks: usize,
    /// Whether some were left out as what they show is open.
    pub(super) is_open: bool,
    /// Calls of the function by itself with what they show, where that is a literal.
    pub(super) shown: Vec<(String, String)>,
    /// Expressions that call the function, to be varied.
    pub(super) calls: Vec<Call>,
    /// Examples that are left out, as they are written.
    pub(super) dropped: BTreeSet<String>,
}

/// Names as the examples go on.
struct State<'s> {
    setting: &'s Setting<'s>,
    known: BTreeSet<String>,
    /// Names of the package, or of a module of it.
    aliases: BTreeSet<String>,
    /// Values that the function had to do with.
    derived: BTreeSet<String>,
    /// Literals that names are bound to.
    literals: BTreeMap<String, String>,
    tests: Tests,
}

/// The tests that a docstring's examples give: what needs the package otherwise is left out, and what depends on that.
pub(super) fn tests(setting: &Setting<'_>, examples: &[Found]) -> Tests {
    let mut state = State {
        setting,
        known: setting.names.iter().map(|name| (*name).to_owned()).collect(),
        aliases: BTreeSet::new(),
        derived: BTreeSet::from([setting.function.to_owned()]),
        literals: BTreeMap::new(),
        tests: Tests::default(),
    };
    for example in examples {
        state.add(example);
    }
    state.tests
}

/// Whether an example only imports from the package.
pub(super) fn is_own_import(source: &str, packages: &BTreeSet<&str>) -> bool {
    let Some(program) = Program::read(source) else { return false };
    let imports = imports_in(source);
    let is_import = |statement: &Stmt| matches!(statement, Stmt::Import(_) | Stmt::ImportFrom(_));
    program.body().iter().all(is_import)
        && !imports.is_empty()
        && imports.iter().all(|import| is_own(import, packages))
}

fn is_own(import: &Import, packages: &BTreeSet<&str>) -> bool {
    let top = import.module.split('.').next().unwrap_or_default();
    import.level > 0 || !world::is_standard(&import.module) && packages.contains(top)
}

impl State<'_> {
    fn add(&mut self, example: &Found) {
        let Some(names) = Program::read(&example.source).map(|program| Names::of_all(program.body())) else {
            return;
        };
        if self.keep(example, &names).is_none() {
            self.tests.dropped.insert(example.source.clone());
            // Whatever it binds is not there for those that follow.
            for name in &names.binds {
                self.known.remove(name);
                self.aliases.remove(name);
            }
        }
    }

    /// Keeps an example where it can be run; `None` where it cannot.
    fn keep(&mut self, example: &Found, names: &Names) -> Option<()> {
        let mut source = example.source.clone();
        if source.contains("+SKIP") {
            return None;
        }
        let imports = imports_in(&source);
        if !imports.is_empty() {
            return self.imported(&source, &imports, names);
        }
        if names.reads.iter().any(|name| self.aliases.contains(name)) {
            source = self.unqualified(&source)?;
        }
        let names = Program::read(&source).map(|program| Names::of_all(program.body()))?;
        for name in names.reads.iter().filter(|name| !self.known.contains(*name)).cloned().collect::<Vec<_>>()
        {
            if is_python_builtin(&name, PYTHON.1, false) {
                if world::is_outside_name(&name) {
                    return None;
                }
                continue;
            }
            let line = (self.setting.import)(&name)?;
            self.tests.sources.push(format!(">>> {line}\n"));
            self.known.insert(name);
        }
        if world::has_outside_member(&source) {
            return None;
        }
        let has_to_do = names.reads.iter().any(|name| self.derived.contains(name));
        let is_check =
            has_to_do && (!example.want.trim().is_empty() || source.trim_start().starts_with("assert "));
        if is_open(&example.want) {
            self.tests.is_open = true;
            return None;
        }
        self.tests.calls.extend(self.call(&source));
        self.bind_literals(&source, &names);
        let (source, want) = compared(&source, &example.want);
        self.tests.sources.push(prompted(&source, &want));
        if is_check {
            self.tests.checks += 1;
            self.tests
                .shown
                .extend(call_of(&example.source, self.setting.function).zip(literal(&example.want)));
        }
        if has_to_do {
            // What it was given may have been changed.
            let touched = names.reads.iter().filter(|name| !self.setting.names.contains(name.as_str()));
            self.derived.extend(touched.filter(|name| self.known.contains(*name)).cloned());
            self.derived.extend(names.binds.iter().cloned());
        }
        self.known.extend(names.binds);
        Some(())
    }

    /// What can be varied in an example: the expression around a call of the function.
    fn call(&self, source: &str) -> Option<Call> {
        let program = Program::read(source)?;
        let [statement] = &program.body()[..] else { return None };
        let whole = match statement {
            Stmt::Expr(inner) if !inner.value.is_compare_expr() => Some(&*inner.value),
            Stmt::Assign(inner) => Some(&*inner.value),
            _ => None,
        };
        let mut calls = Calls { function: self.setting.function, found: Vec::new() };
        calls.visit_body(program.body());
        let call = *calls.found.first()?;
        let whole = match whole {
            Some(whole) => range(whole),
            None => range(call),
        };
        let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|k| &k.value));
        let slots = values.filter_map(|value| {
            let place = range(value).start - whole.start..range(value).end - whole.start;
            match value {
                Expr::Name(name) => Some((place, self.literals.get(name.id.as_str())?.clone())),
                _ => is_literal(value).then(|| (place, one_line(program.text(value)))),
            }
        });
        let slots: Vec<_> = slots.collect();
        (!slots.is_empty()).then(|| Call { source: source[whole].to_owned(), slots })
    }

    fn bind_literals(&mut self, source: &str, names: &Names) {
        for name in names.binds.iter().chain(&names.mutates) {
            self.literals.remove(name);
        }
        let Some(program) = Program::read(source) else { return };
        let [Stmt::Assign(inner)] = &program.body()[..] else { return };
        if let [Expr::Name(name)] = &inner.targets[..]
            && is_literal(&inner.value)
        {
            self.literals.insert(name.id.to_string(), one_line(program.text(&*inner.value)));
        }
    }

    /// An example that imports: from the package what the program has, from the standard library what it wants.
    fn imported(&mut self, source: &str, imports: &[Import], names: &Names) -> Option<()> {
        let (own, others): (Vec<&Import>, Vec<&Import>) =
            imports.iter().partition(|import| is_own(import, &self.setting.packages));
        let is_fine = |import: &&Import| {
            import.level == 0 && world::is_standard(&import.module) && !world::is_outside(&import.module)
        };
        if !others.iter().all(is_fine) {
            return None;
        }
        for import in own {
            match &import.name {
                None => {
                    self.aliases.insert(import.bound.clone());
                }
                Some(name) if name == "*" => {}
                Some(name) if self.setting.names.contains(name.as_str()) => {
                    if *name != import.bound {
                        self.tests.sources.push(format!(">>> {} = {name}\n", import.bound));
                        self.known.insert(import.bound.clone());
                        if name == self.setting.function {
                            self.derived.insert(import.bound.clone());
                        }
                    }
                }
                // A module of the package, or something that the program has no need of.
                Some(_) => {
                    self.known.remove(&import.bound);
                    self.aliases.insert(import.bound.clone());
                }
            }
        }
        if others.len() == imports.len() {
            self.tests.sources.push(prompted(source, ""));
            self.known.extend(names.binds.iter().cloned());
        } else if !others.is_empty() {
            for import in others {
                self.tests.sources.push(format!(">>> {}\n", import.line()));
                self.known.insert(import.bound.clone());
            }
        }
        Some(())
    }

    /// The example with `package.name` as `name`, where the program has that name.
    fn unqualified(&self, source: &str) -> Option<String> {
        let program = Program::read(source)?;
        let mut reader = Qualified { state: self, edits: Vec::new(), is_lost: false };
        reader.visit_body(program.body());
        (!reader.is_lost).then(|| edit::apply(source, &reader.edits)).flatten()
    }
}

/// Calls of a function by its name.
struct Calls<'a, 'f> {
    function: &'f str,
    found: Vec<&'a ExprCall>,
}

impl<'a> Visitor<'a> for Calls<'a, '_> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Call(call) = expression
            && matches!(&*call.func, Expr::Name(name) if name.id.as_str() == self.function)
        {
            self.found.push(call);
        }
        visitor::walk_expr(self, expression);
    }
}

struct Qualified<'s, 'a> {
    state: &'s State<'a>,
    edits: Vec<Edit>,
    is_lost: bool,
}

impl<'a> Visitor<'a> for Qualified<'_, '_> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Attribute(attribute) = expression
            && self.state.setting.names.contains(attribute.attr.as_str())
            && is_module(&attribute.value, &self.state.aliases)
        {
            self.edits.push(Edit::new(range(expression), attribute.attr.as_str()));
        } else if matches!(expression, Expr::Name(name) if self.state.aliases.contains(name.id.as_str())) {
            self.is_lost = true;
        } else {
            visitor::walk_expr(self, expression);
        }
    }
}

fn is_module(expression: &Expr, aliases: &BTreeSet<String>) -> bool {
    match expression {
        Expr::Name(name) => aliases.contains(name.id.as_str()),
        Expr::Attribute(attribute) => is_module(&attribute.value, aliases),
        _ => false,
    }
}

/// Whether what is shown depends on the machine: an address.
fn is_open(want: &str) -> bool {
    let is_address = |(at, _): (usize, &str)| {
        want[at + 2..].bytes().take_while(u8::is_ascii_hexdigit).count() >= 6 && want.contains(" at 0x")
    };
    want.match_indices("0x").any(is_address) || is_empty_pattern(want)
}

/// Whether what is shown says nothing, as `...` stands for any text.
fn is_empty_pattern(want: &str) -> bool {
    !want.trim().is_empty()
        && want.contains("...")
        && !want.replace("...", "").contains(|c: char| c.is_alphanumeric())
}

/// What is run, and what it has to show. Sets and dictionaries are compared as such: their order is not what is asked for. Space
/// does not count in what is shown on several lines, nor a text that is left out.
fn compared(source: &str, want: &str) -> (String, String) {
    let is_expression =
        Program::read(source).is_some_and(|program| matches!(program.body()[..], [Stmt::Expr(_)]));
    let directives = source.contains("doctest:");
    if is_expression && !directives && want.starts_with('{') && literal(want).is_some() {
        let source = source.split("  #").next().unwrap_or(source).trim_end();
        return (format!("({source}) == {}\n", one_line(want)), "True\n".to_owned());
    }
    let mut options = Vec::new();
    let is_traceback = want.starts_with("Traceback");
    if !directives && !is_traceback && want.contains("...") {
        options.push("+ELLIPSIS");
    }
    if !directives && want.trim_end().contains('\n') && want.starts_with(['[', '(', '{']) {
        options.push("+NORMALIZE_WHITESPACE");
    }
    let source = match options.as_slice() {
        [] => source.to_owned(),
        some => with_directive(source, &some.join(", ")),
    };
    (source, want.to_owned())
}

/// The directive stands on the first line, which must not be within a string.
fn with_directive(source: &str, options: &str) -> String {
    let (first, rest) = source.split_once('\n').unwrap_or((source, ""));
    let changed = format!("{first}  # doctest: {options}\n{rest}");
    if first.contains('#') || first.ends_with('\\') || Program::read(&changed).is_none() {
        return source.to_owned();
    }
    changed
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text, where it is a literal of Python.
fn literal(want: &str) -> Option<String> {
    let program = Program::read(want)?;
    let [Stmt::Expr(only)] = &program.body()[..] else { return None };
    is_literal(&only.value).then(|| one_line(want))
}

fn is_literal(value: &Expr) -> bool {
    match value {
        Expr::StringLiteral(_)
        | Expr::BytesLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_) => true,
        Expr::List(inner) => inner.elts.iter().all(is_literal),
        Expr::Tuple(inner) => inner.elts.iter().all(is_literal),
        Expr::Set(inner) => inner.elts.iter().all(is_literal),
        Expr::Dict(inner) => inner
            .items
            .iter()
            .all(|item| item.key.as_ref().is_some_and(is_literal) && is_literal(&item.value)),
        Expr::UnaryOp(inner) => inner.operand.is_number_literal_expr(),
        _ => false,
    }
}

/// The arguments of an example that is one call of the function with literals by position.
fn call_of(source: &str, function: &str) -> Option<String> {
    let program = Program::read(source)?;
    let [Stmt::Expr(only)] = &program.body()[..] else { return None };
    let Expr::Call(call) = &*only.value else { return None };
    let is_function = matches!(&*call.func, Expr::Name(name) if name.id.as_str() == function)
        || matches!(&*call.func, Expr::Attribute(attribute) if attribute.attr.as_str() == function);
    let is_plain = call.arguments.keywords.is_empty() && call.arguments.args.iter().all(is_literal);
    let texts: Vec<&str> = call.arguments.args.iter().map(|value| program.text(value)).collect();
    (is_function && is_plain && !texts.is_empty()).then(|| one_line(&texts.join(", ")))
}

/// A test of an expression that shows a text.
pub(super) fn test(source: &str, shown: &str) -> String {
    let mut want = shown.trim_end().to_owned();
    want.push('\n');
    let (source, want) = compared(&format!("{}\n", source.trim_end()), &want);
    prompted(&source, &want)
}

/// An example as at a prompt.
fn prompted(source: &str, want: &str) -> String {
    let mut out = String::new();
    for (at, line) in source.trim_end().lines().enumerate() {
        let prompt = if at == 0 { ">>>" } else { "..." };
        out = if line.is_empty() { out + prompt + "\n" } else { out + prompt + " " + line + "\n" };
    }
    out + want
}
