//! Calls that an edit gave another shape.

use std::collections::BTreeSet;

use apishift_syntax::code::{Call, Scope, Statement};

use crate::{
    migrate::{FilePair, Meaning, Sides, hunks, meaning, package_of},
    shape::{Difference, Levelled, ShapeChange, canonical, difference},
};

/// One call in another shape.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Sighting {
    /// What is called, as the old code's imports say.
    pub(super) path: String,
    pub(super) change: ShapeChange,
    /// File in the new tree.
    pub(super) file: String,
    /// The unit in it.
    pub(super) unit: String,
    /// First line of the unit.
    pub(super) line: u32,
}

/// Calls of the named functions that the edits of a unit gave another shape, and nothing else.
pub(super) fn sightings(pair: &FilePair, sides: &Sides<'_>, names: &BTreeSet<String>) -> Vec<Sighting> {
    let old_scope = sides.old_file.scope_of(sides.old_unit, &package_of(&pair.old_path));
    let new_scope = sides.new_file.scope_of(sides.new_unit, &package_of(&pair.path));
    let hunks = hunks(sides.old_unit, &old_scope, sides.new_unit, &new_scope);
    let first_line = u32::try_from(sides.new_unit.lines.0).unwrap_or(u32::MAX);
    let line = sides.lines.map_or(first_line, |(first, _)| first);
    let mut found = Vec::new();
    for edit in hunks.iter().flat_map(|hunk| &hunk.edits) {
        let ([old], [new]) = (edit.old.as_slice(), edit.new.as_slice()) else { continue };
        let old = Side { statement: &sides.old_unit.statements[*old], scope: &old_scope };
        let new = Side { statement: &sides.new_unit.statements[*new], scope: &new_scope };
        let changes = reshaped(&old, &new, names).into_iter().map(|(path, change)| Sighting {
            path,
            change,
            file: pair.path.clone(),
            unit: sides.name.to_owned(),
            line,
        });
        found.extend(changes);
    }
    found
}

struct Side<'a> {
    statement: &'a Statement,
    scope: &'a Scope,
}

impl Side<'_> {
    /// Calls of the named functions with their dotted paths, in order.
    fn calls(&self, names: &BTreeSet<String>) -> Vec<(String, &Call)> {
        let named = |call: &&Call| call.callee.last().is_some_and(|name| names.contains(name));
        let calls = self.statement.calls.iter().filter(named);
        calls
            .filter_map(|call| match meaning(&call.callee, self.scope) {
                Meaning::Path(path) => Some((path, call)),
                Meaning::Unknown => None,
            })
            .collect()
    }
}

/// The calls that have another shape, where the statements are otherwise the same.
fn reshaped(old: &Side<'_>, new: &Side<'_>, names: &BTreeSet<String>) -> Vec<(String, ShapeChange)> {
    let (old_calls, new_calls) = (old.calls(names), new.calls(names));
    let same_callees = old_calls.iter().map(|(path, _)| path).eq(new_calls.iter().map(|(path, _)| path));
    if old_calls.is_empty() || !same_callees {
        return Vec::new();
    }
    let mut changes = Vec::new();
    for (n, ((path, old_call), (_, new_call))) in old_calls.iter().zip(&new_calls).enumerate() {
        match difference((old.statement, old_call), (new.statement, new_call)) {
            Difference::None => {}
            Difference::Shape(change) => changes.push((n, path.clone(), change)),
            Difference::Other => return Vec::new(),
        }
    }
    let old_slots: Vec<Levelled<'_>> =
        changes.iter().map(|(n, _, change)| (old_calls[*n].1, &change.from)).collect();
    let new_slots: Vec<Levelled<'_>> =
        changes.iter().map(|(n, _, change)| (new_calls[*n].1, &change.to)).collect();
    if canonical(old.statement, &old_slots) != canonical(new.statement, &new_slots) {
        return Vec::new();
    }
    changes.into_iter().map(|(_, path, change)| (path, change)).collect()
}
