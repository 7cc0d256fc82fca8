//! Cutting out the statements that an edit needs, and writing them before and after.
//!
//! New code is a transplant: the old slice with only the changed statements replaced, so that whatever else changed
//! between the releases stays out of the pair.

use std::collections::{BTreeMap, BTreeSet};

use apishift_syntax::code::{Binding, CodeFile, CodeUnit, Scope, Statement, StatementKind, reindent};

use super::{
    check::is_builtin,
    edits::Edit,
    tests_as_scripts::{self, Fixtures},
};

/// One side of a pair of units.
#[derive(Clone, Copy)]
pub(super) struct Half<'a> {
    /// The file.
    pub(super) file: &'a CodeFile,
    /// The unit in it.
    pub(super) unit: &'a CodeUnit,
    /// What names mean in the unit.
    pub(super) scope: &'a Scope,
}

impl Half<'_> {
    fn statement(&self, at: usize) -> &Statement {
        &self.unit.statements[at]
    }

    /// Names that the statement reads.
    fn uses(&self, at: usize) -> BTreeSet<String> {
        let statement = self.statement(at);
        if is_opaque(statement) {
            free_names(&reindent(&self.file.source, &statement.range, &self.file.strings, 0))
                .unwrap_or_default()
        } else {
            statement.names.uses.clone()
        }
    }

    fn text(&self, at: usize, column: usize) -> String {
        let head = &self.statement(at).head;
        reindent(&self.file.source, head, &self.file.strings, column)
    }
}

/// The two codes of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Snippets {
    /// Before.
    pub(super) old: String,
    /// After.
    pub(super) new: String,
    /// The code stands in a class, and other members of it are not shown.
    pub(super) in_class: bool,
    /// Names come from a star import.
    pub(super) starred: bool,
    /// Statements of the old unit that are in it.
    pub(super) kept: BTreeSet<usize>,
}

/// Why a slice could not be made: the reason under which the pair is counted as skipped.
pub(super) type Reason = &'static str;

/// Limits of a slice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    /// Functions (not tests) of at most so many lines are kept whole.
    pub(super) whole_function_lines: usize,
    /// Most statements of a slice.
    pub(super) statements: usize,
    /// Most lines of definitions taken from the module.
    pub(super) module_lines: usize,
}

/// Cuts and writes both sides.
pub(super) fn snippets(
    old: Half<'_>,
    new: Half<'_>,
    edits: &[Edit],
    fixtures: &Fixtures,
    limits: &Limits,
) -> Result<Snippets, Reason> {
    let changed: BTreeSet<usize> = edits.iter().flat_map(|edit| edit.old.iter().copied()).collect();
    let kept = Keep { half: old, new, edits, limits }.statements(&changed, fixtures)?;
    let writer = Writer { old, new, edits, kept: &kept, fixtures };
    let before = writer.side(false, limits)?;
    let after = writer.side(true, limits)?;
    let in_class = before.in_class;
    let starred = before.starred || after.starred;
    Ok(Snippets { old: before.code, new: after.code, in_class, starred, kept })
}

/// Choice of statements.
struct Keep<'a> {
    half: Half<'a>,
    new: Half<'a>,
    edits: &'a [Edit],
    limits: &'a Limits,
}

impl Keep<'_> {
    fn statements(&self, changed: &BTreeSet<usize>, fixtures: &Fixtures) -> Result<BTreeSet<usize>, Reason> {
        let unit = self.half.unit;
        let whole = unit.lines.1 - unit.lines.0 < self.limits.whole_function_lines;
        if whole && !unit.parameters.is_empty() && !fixtures.is_test {
            return Ok((0..unit.statements.len()).filter(|&n| !is_long_docstring(self.half, n)).collect());
        }
        let mut kept = changed.clone();
        if !unit.parameters.is_empty() || unit.statements.first().is_some_and(|s| is_class(s, unit)) {
            kept.extend(is_class(&unit.statements[0], unit).then_some(0));
        }
        let mut todo: Vec<usize> = kept.iter().copied().collect();
        while let Some(at) = todo.pop() {
            let mut add = self.needs(at, fixtures);
            add.extend(self.structure(at)?);
            for next in add {
                if kept.insert(next) {
                    todo.push(next);
                }
            }
            if kept.len() > self.limits.statements {
                return Err("slice-too-long");
            }
        }
        Ok(kept)
    }

    /// Statements that bind or change what the statement (or what replaces it) reads.
    fn needs(&self, at: usize, fixtures: &Fixtures) -> Vec<usize> {
        let mut uses = self.half.uses(at);
        for edit in self.edits.iter().filter(|edit| edit.old.contains(&at)) {
            uses.extend(edit.new.iter().flat_map(|&n| self.new.uses(n)));
        }
        let found =
            uses.iter().filter(|name| !fixtures.provides(name)).flat_map(|name| self.definers(name, at));
        found.collect()
    }

    fn definers(&self, name: &str, at: usize) -> Vec<usize> {
        let statements = &self.half.unit.statements;
        let ancestors = self.ancestors(at);
        let mut found = Vec::new();
        for n in (0..at).rev() {
            let statement = &statements[n];
            if statement.kind == StatementKind::Import {
                continue;
            }
            let defines = statement.names.defines.contains(name);
            let is_import =
                self.half.scope.imports.contains_key(name) && !self.half.scope.instances.contains_key(name);
            if defines || (statement.names.mutates.contains(name) && !is_import) {
                found.push(n);
            }
            let dominates = statement.parent.is_none_or(|parent| {
                ancestors.contains(&parent) || parent == 0 && self.half.unit.has_header()
            });
            if defines && dominates && !statement.names.uses.contains(name) {
                break;
            }
        }
        found
    }

    fn ancestors(&self, at: usize) -> BTreeSet<usize> {
        let mut found = BTreeSet::new();
        let mut next = self.half.statement(at).parent;
        while let Some(parent) = next {
            found.insert(parent);
            next = self.half.statement(parent).parent;
        }
        found
    }

    /// Statements without which the kept one is no valid or no honest code.
    fn structure(&self, at: usize) -> Result<Vec<usize>, Reason> {
        let statements = &self.half.unit.statements;
        let statement = &statements[at];
        let mut add: Vec<usize> =
            statement.parent.filter(|&p| p != 0 || !self.half.unit.has_header()).into_iter().collect();
        let children =
            |of: usize| (of + 1..statements[of].end).filter(move |&n| statements[n].parent == Some(of));
        match statement.kind {
            StatementKind::Compound | StatementKind::Clause => {
                let starts_with = |word: &str| statement.tokens.first().is_some_and(|t| t.text == word);
                if starts_with("try") {
                    // Half a `try` is no statement.
                    add.extend(at + 1..statement.end);
                } else if starts_with("if") || statement.kind == StatementKind::Clause {
                    add.extend(children(at).filter(|&n| statements[n].kind != StatementKind::Clause));
                } else {
                    // A loop or a context whose body is empty says nothing.
                    add.extend(children(at).take(1).filter(|_| statement.end - at <= 6));
                }
            }
            StatementKind::Definition if at != 0 || !self.half.unit.has_header() => {
                add.extend(at + 1..statement.end);
            }
            StatementKind::Definition
            | StatementKind::Simple
            | StatementKind::Import
            | StatementKind::Docstring
            | StatementKind::Return => {}
        }
        if statement.kind == StatementKind::Return && !self.half.unit.has_header() {
            return Err("return-outside-function");
        }
        if statement.kind == StatementKind::Return && self.half.unit.has_header() {
            add.push(0);
        }
        Ok(add)
    }
}

fn is_class(statement: &Statement, unit: &CodeUnit) -> bool {
    unit.has_header()
        && statement.tokens.iter().any(|t| t.text == "class")
        && unit.parameters.is_empty()
        && !statement.tokens.iter().any(|t| t.text == "def")
}

fn is_long_docstring(half: Half<'_>, at: usize) -> bool {
    let statement = half.statement(at);
    statement.kind == StatementKind::Docstring && half.file.source[statement.head.clone()].lines().count() > 1
}

/// One side, written.
struct Written {
    code: String,
    in_class: bool,
    starred: bool,
}

/// Writes kept statements.
struct Writer<'a> {
    old: Half<'a>,
    new: Half<'a>,
    edits: &'a [Edit],
    kept: &'a BTreeSet<usize>,
    fixtures: &'a Fixtures,
}

/// A statement to write, from one of the halves.
#[derive(Clone, Copy)]
struct Line<'a> {
    half: Half<'a>,
    at: usize,
    level: usize,
    /// Index in the old unit of the statement whose place it takes.
    place: usize,
}

impl<'a> Writer<'a> {
    fn side(&self, after: bool, limits: &Limits) -> Result<Written, Reason> {
        let lines = self.lines(after);
        let uses: BTreeSet<String> =
            lines.iter().flat_map(|line| line.half.statement(line.at).names.uses.iter().cloned()).collect();
        let is_function = lines.first().is_some_and(|line| line.at == 0 && self.old.unit.has_header());
        let mut body = if is_function { Vec::new() } else { self.fixtures.lines(&uses) };
        for (n, line) in lines.iter().enumerate() {
            let mut text = line.half.text(line.at, 4 * line.level);
            if line.at == 0 && line.place == 0 && line.half.unit.has_header() {
                text = self.header(line.half, &text);
            }
            body.push(text);
            let has_body = matches!(
                line.half.statement(line.at).kind,
                StatementKind::Compound | StatementKind::Clause | StatementKind::Definition
            );
            let next_level = lines.get(n + 1).map_or(0, |next| next.level);
            if has_body && next_level <= line.level {
                return Err("empty-body");
            }
        }
        let mut code = body.join("\n");
        let mut in_class = false;
        if let Some(script) = tests_as_scripts::without_self(&code, self.fixtures) {
            code = script;
        } else if self.old.unit.class.is_some() {
            if lines.first().is_none_or(|line| line.at != 0) {
                return Err("self-outside-method");
            }
            code = self.in_class(&code)?;
            in_class = true;
        }
        let mut starred = false;
        let preamble = self.preamble(&code, &lines, after, limits, &mut starred)?;
        let code = if preamble.is_empty() { code } else { format!("{preamble}\n\n{code}") };
        Ok(Written { code: code.trim_end().to_owned() + "\n", in_class, starred })
    }

    /// Kept statements in order; after the edit, with the changed ones replaced.
    fn lines(&self, after: bool) -> Vec<Line<'a>> {
        let mut lines = Vec::new();
        let mut replaced = BTreeSet::new();
        for &at in self.kept {
            let edit = self.edits.iter().position(|edit| edit.old.contains(&at)).filter(|_| after);
            match edit {
                None => lines.push(Line { half: self.old, at, level: self.level(at), place: at }),
                Some(edit) if replaced.insert(edit) => {
                    lines.extend(self.edits[edit].new.iter().map(|&n| Line {
                        half: self.new,
                        at: n,
                        level: self.level(at),
                        place: at,
                    }));
                }
                Some(_) => {}
            }
        }
        lines
    }

    /// Indentation: how many kept statements this one is inside of; a clause stands where its parent does.
    fn level(&self, at: usize) -> usize {
        let statement = self.old.statement(at);
        let Some(parent) = statement.parent else { return 0 };
        let inside = usize::from(self.kept.contains(&parent) && statement.kind != StatementKind::Clause);
        self.level(parent) + inside
    }

    /// A `def` line without the decorators of tests; for methods that do not use `self`, without it.
    fn header(&self, half: Half<'_>, text: &str) -> String {
        let decorated = self.edits.iter().any(|edit| edit.old.contains(&0));
        if decorated || !self.fixtures.is_test || is_class(half.statement(0), half.unit) {
            return text.to_owned();
        }
        let start = ["def ", "async def "].iter().filter_map(|word| {
            text.match_indices(word).map(|(at, _)| at).find(|&at| at == 0 || text[..at].ends_with('\n'))
        });
        start.min().map_or_else(|| text.to_owned(), |at| text[at..].to_owned())
    }

    fn in_class(&self, code: &str) -> Result<String, Reason> {
        let class = self.old.unit.class.as_ref().ok_or("self-outside-class")?;
        let bases: Vec<&str> = class
            .bases
            .iter()
            .map(String::as_str)
            .filter(|base| {
                let root = base.split(['.', '(', '[', '=']).next().unwrap_or_default();
                self.old.scope.imports.contains_key(root) || is_builtin(root)
            })
            .collect();
        let head = if bases.is_empty() {
            format!("class {}:", class.name)
        } else {
            format!("class {}({}):", class.name, bases.join(", "))
        };
        let file = CodeFile::parse(code, "").ok_or("unparsable-slice")?;
        Ok(format!("{head}\n{}", reindent(code, &(0..code.len()), &file.strings, 4)))
    }

    /// Imports and module-level definitions that the code needs.
    fn preamble(
        &self,
        code: &str,
        lines: &[Line<'_>],
        after: bool,
        limits: &Limits,
        starred: &mut bool,
    ) -> Result<String, Reason> {
        let from_new: BTreeSet<&str> = lines
            .iter()
            .filter(|line| after && self.edits.iter().any(|edit| edit.old.contains(&line.place)))
            .flat_map(|line| line.half.statement(line.at).names.uses.iter().map(String::as_str))
            .collect();
        let mut imports = BTreeSet::new();
        let mut definitions: BTreeMap<(u8, usize), String> = BTreeMap::new();
        let mut todo = free_names(code).ok_or("unparsable-slice")?;
        let mut seen = BTreeSet::new();
        while let Some(name) = todo.pop_first() {
            // A name of Python's own may be another one's here: `from astropy.io import ascii`.
            let is_bound = |half: &Half<'_>| {
                half.scope.import_lines.contains_key(&name) || half.file.definitions.contains_key(&name)
            };
            let is_own = is_builtin(&name) && ![self.old, self.new].iter().any(is_bound);
            if !seen.insert(name.clone()) || is_own {
                continue;
            }
            let halves =
                if from_new.contains(name.as_str()) { [self.new, self.old] } else { [self.old, self.new] };
            let halves = if after { halves } else { [self.old, self.old] };
            if halves.iter().any(|half| half.scope.imports.get(&name) == Some(&Binding::Ambiguous)) {
                return Err("ambiguous-import");
            }
            if let Some(found) = halves.iter().find_map(|half| half.scope.import_lines.get(&name)) {
                imports.extend(found.iter().cloned());
                continue;
            }
            let Some((which, half)) =
                halves.iter().enumerate().find(|(_, half)| half.file.definitions.contains_key(&name))
            else {
                if self.old.file.scope.stars.is_empty() {
                    return Err("undefined-names");
                }
                *starred = true;
                continue;
            };
            for &at in &half.file.definitions[&name] {
                let statement = &half.file.units[0].statements[at];
                if statement.parent.is_some()
                    || half.unit.range.start <= statement.range.start
                        && statement.range.end <= half.unit.range.end
                        && half.unit.has_header()
                {
                    return Err("undefined-names");
                }
                let text = reindent(&half.file.source, &statement.range, &half.file.strings, 0);
                todo.extend(free_names(&text).unwrap_or_default());
                definitions.insert((u8::try_from(which).unwrap_or_default(), at), text);
            }
        }
        if definitions.values().map(|text| text.lines().count()).sum::<usize>() > limits.module_lines {
            return Err("needs-much-of-the-module");
        }
        if *starred {
            imports.extend(self.old.file.scope.stars.iter().map(|module| format!("from {module} import *")));
        }
        let mut blocks: Vec<String> = Vec::new();
        if !imports.is_empty() {
            blocks.push(ordered(imports).join("\n"));
        }
        blocks.extend(definitions.into_values());
        Ok(blocks.join("\n\n"))
    }
}

/// `from __future__` first, then `import`, then `from`, each in order.
fn ordered(imports: BTreeSet<String>) -> Vec<String> {
    let mut lines: Vec<String> = imports.into_iter().collect();
    lines.sort_by_key(|line| (!line.starts_with("from __future__"), line.starts_with("from"), line.clone()));
    lines
}

/// A function or class in the body of a module or class: a unit of its own.
fn is_opaque(statement: &Statement) -> bool {
    statement.kind == StatementKind::Definition && statement.tokens.is_empty()
}

/// Names that the code reads and nothing in it binds.
fn free_names(code: &str) -> Option<BTreeSet<String>> {
    let file = CodeFile::parse(code, "")?;
    Some(free_names_of(&file))
}

/// As [`free_names`], of a parsed file.
pub(super) fn free_names_of(file: &CodeFile) -> BTreeSet<String> {
    let module: BTreeSet<&String> = file.units[0].statements.iter().flat_map(|s| &s.names.defines).collect();
    let mut free = BTreeSet::new();
    for unit in &file.units {
        let bound: BTreeSet<&String> = unit.statements.iter().flat_map(|s| &s.names.defines).collect();
        for statement in unit.statements.iter().filter(|s| !is_opaque(s)) {
            free.extend(
                statement
                    .names
                    .uses
                    .iter()
                    .filter(|name| !bound.contains(name) && !module.contains(name))
                    .cloned(),
            );
        }
    }
    free
}
