//! Trees in memory from folders of fixtures.

use std::{fs, io, path::Path};

use apishift_types::{DateSource, MemoryTree, Release, SourceKind, TreeId};

/// Reads a fixture folder: each subfolder becomes one tree, named as the subfolder.
///
/// `fixtures/renamed/{old,new}/pkg/__init__.py` gives the trees `old` and `new`, each with `pkg/__init__.py`. Files of
/// the folder itself are notes for people and stay out.
pub fn memory_tree(folder: &Path) -> io::Result<MemoryTree> {
    let mut trees = MemoryTree::default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            let name = entry.file_name().to_string_lossy().into_owned();
            add_folder(&mut trees, &name, &entry.path(), "")?;
        }
    }
    Ok(trees)
}

/// The release `version` whose files are those of a tree in memory: of no day, under MIT.
pub fn memory_release(tree: &str, version: &str) -> Release {
    Release {
        version: version.parse().expect("a version of a test is one"),
        commit: TreeId(tree.to_owned()),
        date: None,
        date_source: DateSource::Unknown,
        source: SourceKind::Sdist,
        license: Some("MIT".to_owned()),
        bytes: 0,
        sha256: String::new(),
    }
}

/// Adds the files below `folder` to the tree `name`, with paths that start by `prefix`.
fn add_folder(trees: &mut MemoryTree, name: &str, folder: &Path, prefix: &str) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.file_type()?.is_dir() {
            add_folder(trees, name, &entry.path(), &format!("{path}/"))?;
        } else {
            trees.insert(name, &path, fs::read(entry.path())?);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use apishift_types::{TreeId, TreeSource};

    use super::*;

    #[test]
    fn each_subfolder_is_a_tree() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("old/pkg")).unwrap();
        fs::create_dir_all(folder.path().join("new/pkg/sub")).unwrap();
        fs::write(folder.path().join("note.md"), "not part of a tree").unwrap();
        fs::write(folder.path().join("old/pkg/__init__.py"), "x = 1\n").unwrap();
        fs::write(folder.path().join("new/pkg/sub/a.py"), "y = 2\n").unwrap();
        let trees = memory_tree(folder.path()).unwrap();
        let old = trees.files(&TreeId("old".into())).unwrap();
        assert_eq!(old.iter().map(|f| f.path.as_str()).collect::<Vec<_>>(), ["pkg/__init__.py"]);
        let new = trees.files(&TreeId("new".into())).unwrap();
        assert_eq!(new[0].path, "pkg/sub/a.py");
        assert_eq!(trees.read(new[0].blob).unwrap(), b"y = 2\n");
    }
}
