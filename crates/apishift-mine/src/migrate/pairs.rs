//! The same file and the same unit in two trees.

use std::collections::BTreeMap;

use apishift_syntax::code::{CodeFile, CodeUnit};
use apishift_types::{BlobId, TreeFile};

/// A file that changed between two trees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct FilePair {
    /// Path in the old tree.
    pub(super) old_path: String,
    /// Path in the new tree.
    pub(super) path: String,
    /// Content in the old tree.
    pub(super) old: BlobId,
    /// Content in the new tree.
    pub(super) new: BlobId,
}

/// Files with another content; a file that moved is found by its name and last folders, where only one fits.
pub(super) fn changed_files(
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
pub(super) fn package_of(path: &str) -> String {
    let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let folder = folder.strip_prefix("src/").or_else(|| folder.strip_prefix("lib/")).unwrap_or(folder);
    if matches!(folder, "src" | "lib") { String::new() } else { folder.replace('/', ".") }
}
