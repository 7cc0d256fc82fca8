//! Units of a changed file, both versions side by side.

use std::collections::{BTreeMap, BTreeSet};

use apishift_syntax::code::{CodeFile, CodeUnit};
use apishift_types::UnitKind;

use super::{
    check::roots_of,
    documents::{Script, docstrings, document, is_document},
    pairs::{FilePair, changed_units, matching_units},
    slice::Reason,
};

/// A unit in both versions of a file.
pub(crate) struct Sides<'a> {
    pub(crate) old_file: &'a CodeFile,
    pub(crate) new_file: &'a CodeFile,
    pub(crate) old_unit: &'a CodeUnit,
    pub(crate) new_unit: &'a CodeUnit,
    /// Top-level names that the old file imports.
    pub(crate) roots: &'a BTreeSet<String>,
    /// What the unit is; functions are told from tests and scripts later.
    pub(crate) kind: UnitKind,
    /// Lines in the file, where they are not the unit's own.
    pub(crate) lines: Option<(u32, u32)>,
    /// What the unit is called, or documents.
    pub(crate) name: &'a str,
}

/// Shows every unit of a file that may have changed: code blocks and doctests, and where `code_counts` says so of what
/// the old file imports, functions and scripts. `Err` where a version does not parse.
pub(crate) fn each_unit(
    pair: &FilePair,
    (old, new): (&str, &str),
    code_counts: impl Fn(&BTreeSet<String>) -> bool,
    visit: &mut dyn FnMut(&Sides<'_>),
) -> Result<(), Reason> {
    if is_document(&pair.path) {
        if let Some((old, new)) = document(&pair.old_path, old).zip(document(&pair.path, new)) {
            script("", &old, &new, UnitKind::DocBlock, visit);
        }
        return Ok(());
    }
    let (old_file, new_file) =
        changed_units((&pair.old_path, old), (&pair.path, new)).ok_or("unparsable-file")?;
    let mut scripts: BTreeMap<String, Script> = docstrings(&pair.old_path, &old_file).into_iter().collect();
    for (name, new) in docstrings(&pair.path, &new_file) {
        if let Some(old) = scripts.remove(&name) {
            script(&name, &old, &new, UnitKind::Doctest, visit);
        }
    }
    let roots = roots_of(&old_file);
    if !code_counts(&roots) {
        return Ok(());
    }
    for (old_unit, new_unit) in matching_units(&old_file, &new_file) {
        if !old_unit.statements.is_empty() {
            visit(&Sides {
                old_file: &old_file,
                new_file: &new_file,
                old_unit,
                new_unit,
                roots: &roots,
                kind: UnitKind::Function,
                lines: None,
                name: &new_unit.name,
            });
        }
    }
    Ok(())
}

fn script(name: &str, old: &Script, new: &Script, kind: UnitKind, visit: &mut dyn FnMut(&Sides<'_>)) {
    if old.file.source == new.file.source {
        return;
    }
    visit(&Sides {
        old_file: &old.file,
        new_file: &new.file,
        old_unit: &old.file.units[0],
        new_unit: &new.file.units[0],
        roots: &roots_of(&old.file),
        kind,
        lines: Some(new.lines),
        name,
    });
}
