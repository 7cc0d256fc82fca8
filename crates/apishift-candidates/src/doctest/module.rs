//! A file as a list of statements with their names, cut free of its syntax tree.

use std::{collections::BTreeMap, ops::Range};

use ruff_python_ast::{Expr, Stmt, StmtFunctionDef};

use super::names::Names;
use crate::program::{Program, range};

/// One name that an import binds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Import {
    /// The name that is bound; `*` of a star.
    pub(super) bound: String,
    /// Dots before the module.
    pub(super) level: u32,
    /// The module, dotted; empty where there are only dots.
    pub(super) module: String,
    /// What is taken of it; `None` of `import module`.
    pub(super) name: Option<String>,
}

impl Import {
    /// The import as a line.
    pub(super) fn line(&self) -> String {
        let last = |name: &str| name.split('.').next().unwrap_or_default().to_owned();
        match &self.name {
            Some(name) if *name == self.bound => format!("from {} import {name}", self.module),
            Some(name) => format!("from {} import {name} as {}", self.module, self.bound),
            None if last(&self.module) == self.bound => format!("import {}", self.module),
            None => format!("import {} as {}", self.module, self.bound),
        }
    }
}

/// What a statement of a module is.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Imports(Vec<Import>),
    Function(Box<Function>),
    Class,
    /// An assignment of names, or a block whose imports are these.
    Other(Vec<Import>),
}

/// A statement of a module.
#[derive(Clone, Debug)]
pub(super) struct Unit {
    pub(super) kind: Kind,
    pub(super) range: Range<usize>,
    pub(super) names: Names,
    /// Docstrings of functions and classes in it, and of itself.
    pub(super) docstrings: Vec<Range<usize>>,
}

/// What is known of a function.
#[derive(Clone, Debug)]
pub(super) struct Function {
    pub(super) name: String,
    /// Without stars.
    pub(super) parameters: Vec<String>,
    pub(super) is_async: bool,
    /// Its docstring as it stands, and what it says.
    pub(super) docstring: Option<(Range<usize>, String)>,
    /// From the first line after the docstring to the end of the function; empty where there is none.
    pub(super) body: Range<usize>,
    /// Whether all that it does is to call another function with what it was given.
    pub(super) hands_over: Option<String>,
}

/// A file of a package.
#[derive(Debug)]
pub(super) struct Module {
    pub(super) path: String,
    pub(super) source: String,
    pub(super) units: Vec<Unit>,
    /// Units by the names that they bind, in order.
    pub(super) bound: BTreeMap<String, Vec<usize>>,
    /// Whether annotations are not evaluated.
    pub(super) is_lazy: bool,
}

impl Module {
    /// `None` of what is no Python.
    pub(super) fn read(path: &str, source: String) -> Option<Self> {
        let mut units = Vec::new();
        let mut is_lazy = false;
        {
            let program = Program::read(&source)?;
            for statement in program.body() {
                is_lazy |= matches!(statement, Stmt::ImportFrom(import) if import.module.as_ref().is_some_and(|m| m == "__future__")
                    && import.names.iter().any(|alias| &alias.name == "annotations"));
                add(statement, &source, &mut units);
            }
        }
        let mut bound: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, unit) in units.iter().enumerate() {
            for name in &unit.names.binds {
                bound.entry(name.clone()).or_default().push(at);
            }
        }
        Some(Self { path: path.to_owned(), source, units, bound, is_lazy })
    }

    pub(super) fn text(&self, range: &Range<usize>) -> &str {
        &self.source[range.clone()]
    }
}

fn add(statement: &Stmt, source: &str, units: &mut Vec<Unit>) {
    let mut push = |kind| {
        let mut docstrings = Vec::new();
        collect_docstrings(statement, &mut docstrings);
        units.push(Unit { kind, range: range(statement), names: Names::of(statement), docstrings });
    };
    match statement {
        Stmt::Import(_) | Stmt::ImportFrom(_) => {
            let mut imports = Vec::new();
            collect_imports(statement, &mut imports);
            push(Kind::Imports(imports));
        }
        // A signature for a type checker; the function follows.
        Stmt::FunctionDef(function) if is_overload(function) => {}
        Stmt::FunctionDef(function) => push(Kind::Function(Box::new(read_function(function, source)))),
        Stmt::ClassDef(_) => push(Kind::Class),
        // Blocks that only ask a type checker.
        Stmt::If(inner) if is_type_checking(&inner.test) && inner.elif_else_clauses.is_empty() => {
            for statement in &inner.body {
                add(statement, source, units);
            }
        }
        // What is there on this Python is taken: the other way is for older ones.
        Stmt::Try(inner) if inner.body.iter().all(is_own_import) && inner.finalbody.is_empty() => {
            for statement in &inner.body {
                add(statement, source, units);
            }
        }
        _ => {
            let mut imports = Vec::new();
            collect_imports(statement, &mut imports);
            push(Kind::Other(imports));
        }
    }
}

fn is_overload(function: &StmtFunctionDef) -> bool {
    function.decorator_list.iter().any(|decorator| match &decorator.expression {
        Expr::Name(name) => name.id.as_str() == "overload",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "overload",
        _ => false,
    })
}

fn is_type_checking(test: &Expr) -> bool {
    match test {
        Expr::Name(name) => name.id.as_str() == "TYPE_CHECKING",
        Expr::Attribute(attribute) => attribute.attr.as_str() == "TYPE_CHECKING",
        _ => false,
    }
}

/// Whether a statement imports from the standard library and does nothing else.
fn is_own_import(statement: &Stmt) -> bool {
    let mut imports = Vec::new();
    collect_imports(statement, &mut imports);
    matches!(statement, Stmt::Import(_) | Stmt::ImportFrom(_))
        && imports.iter().all(|import| import.level == 0 && super::world::is_standard(&import.module))
}

fn collect_imports(statement: &Stmt, found: &mut Vec<Import>) {
    let inner: Vec<&[Stmt]> = match statement {
        Stmt::Import(import) => {
            for alias in &import.names {
                let first = alias.name.split('.').next().unwrap_or_default();
                let bound = alias.asname.as_ref().map_or(first, |name| name.as_str()).to_owned();
                found.push(Import { bound, level: 0, module: alias.name.to_string(), name: None });
            }
            return;
        }
        Stmt::ImportFrom(import) => {
            for alias in &import.names {
                found.push(Import {
                    bound: alias.asname.as_ref().unwrap_or(&alias.name).to_string(),
                    level: import.level,
                    module: import.module.as_ref().map(ToString::to_string).unwrap_or_default(),
                    name: Some(alias.name.to_string()),
                });
            }
            return;
        }
        Stmt::If(inner) => [&inner.body]
            .into_iter()
            .chain(inner.elif_else_clauses.iter().map(|clause| &clause.body))
            .map(|body| &body[..])
            .collect(),
        Stmt::Try(inner) => {
            let handlers = inner.handlers.iter().filter_map(|handler| handler.as_except_handler());
            [&inner.body, &inner.orelse, &inner.finalbody]
                .into_iter()
                .chain(handlers.map(|handler| &handler.body))
                .map(|body| &body[..])
                .collect()
        }
        Stmt::FunctionDef(inner) => vec![&inner.body],
        Stmt::ClassDef(inner) => vec![&inner.body],
        Stmt::For(inner) => vec![&inner.body, &inner.orelse],
        Stmt::While(inner) => vec![&inner.body, &inner.orelse],
        Stmt::With(inner) => vec![&inner.body],
        _ => return,
    };
    for statement in inner.into_iter().flatten() {
        collect_imports(statement, found);
    }
}

fn collect_docstrings(statement: &Stmt, found: &mut Vec<Range<usize>>) {
    let body = match statement {
        Stmt::FunctionDef(inner) => &inner.body,
        Stmt::ClassDef(inner) => &inner.body,
        _ => return,
    };
    if let Some((place, _)) = docstring(body).filter(|_| body.len() > 1) {
        found.push(place);
    }
    for statement in body {
        collect_docstrings(statement, found);
    }
}

fn docstring(body: &[Stmt]) -> Option<(Range<usize>, String)> {
    let Some(Stmt::Expr(first)) = body.first() else { return None };
    let Expr::StringLiteral(literal) = &*first.value else { return None };
    Some((range(first), literal.value.to_str().to_owned()))
}

fn read_function(function: &StmtFunctionDef, source: &str) -> Function {
    let docstring = docstring(&function.body);
    let whole = range(function);
    let rest = usize::from(docstring.is_some());
    // From the line after the docstring or the signature on, so that comments stay.
    let before = docstring.as_ref().map(|(place, _)| place.end);
    let body = match function.body.get(rest).map(|next| range(next).start) {
        Some(next) => {
            let line = match before {
                Some(end) => source[end..next].find('\n').map(|at| end + at + 1),
                None => source[whole.start..next].rfind('\n').map(|at| whole.start + at + 1),
            };
            line.map_or(whole.end..whole.end, |from| from..whole.end)
        }
        None => whole.end..whole.end,
    };
    let parameters: Vec<String> =
        function.parameters.iter().map(|parameter| parameter.name().to_string()).collect();
    let hands_over = match &function.body[rest..] {
        [Stmt::Return(only)] => only.value.as_deref().and_then(|value| handed_to(value, &parameters)),
        _ => None,
    };
    Function {
        name: function.name.to_string(),
        parameters,
        is_async: function.is_async,
        docstring,
        body,
        hands_over,
    }
}

/// The name of what is called with nothing but parameters and constants.
fn handed_to(value: &Expr, parameters: &[String]) -> Option<String> {
    let Expr::Call(call) = value else { return None };
    let Expr::Name(callee) = &*call.func else { return None };
    let is_given = |value: &Expr| match value {
        Expr::Name(name) => parameters.iter().any(|parameter| *parameter == name.id.as_str()),
        Expr::Starred(starred) => starred.value.is_name_expr(),
        other => other.is_literal_expr(),
    };
    let values = call.arguments.args.iter().chain(call.arguments.keywords.iter().map(|k| &k.value));
    values.clone().all(is_given).then(|| callee.id.to_string())
}

/// All imports in the text of a statement.
pub(super) fn imports_in(text: &str) -> Vec<Import> {
    let mut imports = Vec::new();
    if let Some(program) = Program::read(text) {
        for statement in program.body() {
            collect_imports(statement, &mut imports);
        }
    }
    imports
}
