//! The same file and the same unit in two trees.

use std::collections::{BTreeMap, BTreeSet};

use apishift_syntax::code::{CodeFile, CodeSource, CodeUnit, Scope};
use apishift_types::{BlobId, TreeFile};
use rustc_hash::FxHashSet;

use super::vocabulary::words_of;

/// A file that changed between two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FilePair {
    /// Path in the old tree.
    pub(crate) old_path: String,
    /// Path in the new tree.
    pub(crate) path: String,
    /// Content in the old tree.
    pub(crate) old: BlobId,
    /// Content in the new tree.
    pub(crate) new: BlobId,
}

/// Files with another content; a file that moved is found by its name and last folders, where only one fits.
pub(crate) fn changed_files(
    old: &[TreeFile],
    new: &[TreeFile],
    wanted: impl Fn(&str) -> bool,
) -> Vec<FilePair> {
    let old_by_path: BTreeMap<&str, BlobId> =
        old.iter().map(|file| (file.path.as_str(), file.blob)).collect();
    let new_by_path: BTreeMap<&str, BlobId> =
        new.iter().map(|file| (file.path.as_str(), file.blob)).collect();
    let mut gone: BTreeMap<&str, Vec<&TreeFile>> = BTreeMap::new();
    for file in old.iter().filter(|file| !new_by_path.contains_key(file.path.as_str())) {
        gone.entry(base_name(&file.path)).or_default().push(file);
    }
    let mut pairs = Vec::new();
    for file in new.iter().filter(|file| wanted(&file.path)) {
        let before = match old_by_path.get(file.path.as_str()) {
            Some(blob) => Some((file.path.as_str(), *blob)),
            None => moved_from(&file.path, &gone),
        };
        if let Some((old_path, old)) = before.filter(|(_, old)| *old != file.blob) {
            pairs.push(FilePair {
                old_path: old_path.to_owned(),
                path: file.path.clone(),
                old,
                new: file.blob,
            });
        }
    }
    pairs
}

fn base_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

fn moved_from<'a>(path: &str, gone: &BTreeMap<&str, Vec<&'a TreeFile>>) -> Option<(&'a str, BlobId)> {
    let name = base_name(path);
    if name == "__init__.py" || name == "conftest.py" {
        return None;
    }
    let mut candidates =
        gone.get(name)?.iter().map(|file| (common_tail(&file.path, path), file)).collect::<Vec<_>>();
    candidates.sort_by_key(|(tail, _)| std::cmp::Reverse(*tail));
    match candidates.as_slice() {
        [(_, only)] => Some((only.path.as_str(), only.blob)),
        [(a, best), (b, _), ..] if a > b => Some((best.path.as_str(), best.blob)),
        _ => None,
    }
}

fn common_tail(a: &str, b: &str) -> usize {
    a.rsplit('/').zip(b.rsplit('/')).take_while(|(x, y)| x == y).count()
}

/// Both versions of a file, read where they differ: units of another text, units that use a name whose import changed,
/// and what tests are set up by. `None` where one of them does not parse.
pub(super) fn changed_units(old: (&str, &str), new: (&str, &str)) -> Option<(CodeFile, CodeFile)> {
    let (old_package, new_package) = (package_of(old.0), package_of(new.0));
    let (old, new) = (CodeSource::parse(old.1)?, CodeSource::parse(new.1)?);
    let (old_units, old_scope) = old.outline(&old_package)?;
    let (new_units, new_scope) = new.outline(&new_package)?;
    let rebound = rebound(&old_scope, &new_scope);
    let old_texts: FxHashSet<(String, &str)> = old_units.into_iter().collect();
    let new_texts: FxHashSet<(String, &str)> = new_units.into_iter().collect();
    let differs = |name: &str, text: &str| {
        let key = (name.to_owned(), text);
        let same = old_texts.contains(&key) && new_texts.contains(&key);
        !same || is_set_up(name, text) || words_of(text).any(|(_, word)| rebound.contains(word))
    };
    Some((old.file(&old_package, &differs)?, new.file(&new_package, &differs)?))
}

/// What gives tests their values, see [`super::tests_as_scripts`].
fn is_set_up(name: &str, text: &str) -> bool {
    name.rsplit('.').next().is_some_and(|own| own.to_lowercase().starts_with("setup"))
        || text.starts_with('@') && text.lines().next().is_some_and(|line| line.contains("fixture"))
}

/// Names that imports bind to another path on the other side.
fn rebound(old: &Scope, new: &Scope) -> BTreeSet<String> {
    let differs = |name: &&String| old.imports.get(*name) != new.imports.get(*name);
    old.imports.keys().filter(differs).filter(|name| new.imports.contains_key(*name)).cloned().collect()
}

/// Units of the same name. Of several with one name, the n-th goes with the n-th where both sides have as many.
pub(super) fn matching_units<'a>(old: &'a CodeFile, new: &'a CodeFile) -> Vec<(&'a CodeUnit, &'a CodeUnit)> {
    let by_name = |file: &'a CodeFile| -> BTreeMap<&'a str, Vec<&'a CodeUnit>> {
        let mut map: BTreeMap<&str, Vec<&CodeUnit>> = BTreeMap::new();
        for unit in &file.units {
            map.entry(unit.name.as_str()).or_default().push(unit);
        }
        map
    };
    let mut old_units = by_name(old);
    by_name(new)
        .into_iter()
        .filter_map(|(name, new)| Some((old_units.remove(name)?, new)))
        .filter(|(old, new)| old.len() == new.len())
        .flat_map(|(old, new)| old.into_iter().zip(new))
        .collect()
}

/// The dotted package that relative imports in a file start from.
pub(crate) fn package_of(path: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = folder.strip_prefix("src/").or_else(|| folder.strip_prefix("lib/")).unwrap_or(folder);
    if matches!(folder, "src" | "lib") { String::new() } else { folder.replace('/', ".") }
}
