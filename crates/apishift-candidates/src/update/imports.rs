//! Imports that are missing.

use std::collections::BTreeSet;

use ruff_python_ast::{
    Alias, Expr, Stmt,
    visitor::source_order::{SourceOrderVisitor, walk_expr},
};

use super::{Fault, binding::own_names, change::Change};
use crate::{
    edit,
    edit::Edit,
    mutation::own_lines,
    program::{Program, range},
};

/// The new code without one of the imports at its top that it needs, or without one name of it.
pub(super) fn dropped_imports(change: &Change<'_>) -> Vec<Fault> {
    let program = change.new;
    let imports: Vec<(&Stmt, &[Alias])> = program
        .body()
        .iter()
        .filter_map(|statement| match statement {
            Stmt::Import(inner) => Some((statement, inner.names.as_slice())),
            Stmt::ImportFrom(inner) => Some((statement, inner.names.as_slice())),
            _ => None,
        })
        .collect();
    let mut used = Used::default();
    used.visit_body(program.body());
    let own = own_names(program.body());
    let bindings: Vec<&str> = imports.iter().flat_map(|(_, names)| names.iter().map(bound)).collect();
    let is_needed = |alias: &Alias| {
        let name = bound(alias);
        let is_single = bindings.iter().filter(|other| **other == name).count() == 1;
        let is_alias = alias.asname.is_some();
        used.names.contains(name) && is_single && (is_alias || !own.contains(name))
    };
    let mut found = Vec::new();
    for (statement, names) in imports {
        for (place, _) in names.iter().enumerate().filter(|(_, alias)| is_needed(alias)) {
            let edit = if names.len() == 1 {
                own_lines(program, range(statement)).map(Edit::removal)
            } else {
                without(program, names, place)
            };
            let program = edit.and_then(|edit| edit::apply(program.source(), &[edit]));
            // Blank lines at the top would tell it.
            let program = program.map(|program| program.trim_start_matches(['\n', '\r']).to_owned());
            found.extend(program.map(|program| Fault::new("dropped_import", program)));
        }
    }
    found
}

/// The name that an import binds.
fn bound(alias: &Alias) -> &str {
    let name = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
    name.split('.').next().unwrap_or(name)
}

/// An import of several names without one of them.
fn without(program: &Program<'_>, names: &[Alias], place: usize) -> Option<Edit> {
    let gone = match names.get(place + 1) {
        Some(next) => range(names.get(place)?).start..range(next).start,
        None => range(names.get(place.checked_sub(1)?)?).end..range(names.get(place)?).end,
    };
    let is_plain = !program.source()[gone.clone()].contains('#');
    is_plain.then(|| Edit::removal(gone))
}

#[derive(Debug, Default)]
struct Used<'a> {
    names: BTreeSet<&'a str>,
}

impl<'a> SourceOrderVisitor<'a> for Used<'a> {
    // Annotations may never be looked at.
    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Name(name) = expression {
            self.names.extend([name.id.as_str()]);
        }
        walk_expr(self, expression);
    }
}
