//! How calls are written in the new release, edited or not.

use std::collections::BTreeSet;

use apishift_syntax::code::CodeSource;
use apishift_types::{TreeError, TreeFile, TreeSource};
use rayon::prelude::*;

use crate::{
    migrate::{Meaning, has_ending, is_outside, meaning, package_of, words_of},
    shape::{ShapeChange, is_new, is_old},
};

/// A change to hold against the new release.
pub(super) struct Claim<'a> {
    pub(super) paths: &'a BTreeSet<String>,
    pub(super) change: &'a ShapeChange,
}

/// Calls in one shape and in the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) old: usize,
    pub(super) new: usize,
}

/// Counts, for each claim, the calls in the old and in the new shape in the library's tests, docs and examples.
pub(super) fn remains(
    trees: &dyn TreeSource,
    files: &[TreeFile],
    claims: &[Claim<'_>],
) -> Result<Vec<Count>, TreeError> {
    let names: BTreeSet<&str> =
        claims.iter().flat_map(|claim| claim.paths).filter_map(|path| path.rsplit('.').next()).collect();
    let wanted: Vec<&TreeFile> =
        files.iter().filter(|file| has_ending(&file.path, "py") && is_outside(&file.path)).collect();
    let counts: Vec<Vec<Count>> = wanted
        .into_par_iter()
        .map(|file| {
            let text = trees.read(file.blob)?;
            Ok(std::str::from_utf8(&text)
                .map_or_else(|_| Vec::new(), |text| count(&file.path, text, &names, claims)))
        })
        .collect::<Result<_, TreeError>>()?;
    let mut sum = vec![Count::default(); claims.len()];
    for part in &counts {
        for (total, part) in sum.iter_mut().zip(part) {
            total.old += part.old;
            total.new += part.new;
        }
    }
    Ok(sum)
}

fn count(path: &str, text: &str, names: &BTreeSet<&str>, claims: &[Claim<'_>]) -> Vec<Count> {
    let calls_one = |text: &str| {
        words_of(text).any(|(at, word)| names.contains(word) && text[at + word.len()..].starts_with('('))
    };
    if !calls_one(text) {
        return Vec::new();
    }
    let package = package_of(path);
    let file = CodeSource::parse(text).and_then(|source| source.file(&package, &|_, text| calls_one(text)));
    let Some(file) = file else { return Vec::new() };
    let mut counts = vec![Count::default(); claims.len()];
    for unit in &file.units {
        let scope = file.scope_of(unit, &package);
        for statement in &unit.statements {
            let named = |name: &str| names.contains(name);
            for call in statement.calls.iter().filter(|call| call.callee.last().is_some_and(named)) {
                let Meaning::Path(callee) = meaning(&call.callee, &scope) else { continue };
                for (claim, count) in claims.iter().zip(&mut counts) {
                    if claim.paths.contains(&callee) {
                        count.old += usize::from(is_old(claim.change, statement, call));
                        count.new += usize::from(is_new(claim.change, statement, call));
                    }
                }
            }
        }
    }
    counts
}
