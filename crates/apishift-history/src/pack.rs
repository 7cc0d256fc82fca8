//! An import on its way into a repository: objects are gathered in memory and written as one pack, so that a release
//! costs two files instead of thousands, and a release that is refused halfway costs nothing.

use std::{collections::BTreeMap, fs, path::Path};

use git2::{
    FileMode, Mempack, ObjectType, Odb, OdbLookupFlags, Oid, Repository, Signature, Time, TreeBuilder,
};

use crate::HistoryError;

/// Above every backend of the repository, so that all that is written goes to memory.
const PRIORITY: i32 = 1000;

/// Opens a bare repository, or makes one. Who calls this holds the repository's lock.
pub(crate) fn open_or_create(path: &Path) -> Result<Repository, HistoryError> {
    if path.exists() {
        remove_leftovers(path)?;
    } else {
        create(path)?;
    }
    Repository::open_bare(path).map_err(HistoryError::git(format!("open {}", path.display())))
}

/// Makes a repository aside and moves it into place, so that it is never half there.
fn create(path: &Path) -> Result<(), HistoryError> {
    let parent = path.parent().expect("a repository is in a folder of the cache");
    let aside = tempfile::tempdir_in(parent).map_err(HistoryError::io("create folder in", parent))?;
    let init = || {
        let repository = Repository::init_bare(aside.path())?;
        let mut config = repository.config()?;
        // Files of one release are hardly alike, and looking for likeness is what costs most: no deltas. libgit2 reads
        // this limit from the second key, where git reads another one from it.
        config.set_i64("core.bigFileThreshold", 1)?;
        config.set_i64("pack.deltaCacheSize", 1)
    };
    init().map_err(HistoryError::git(format!("create {}", path.display())))?;
    fs::rename(aside.keep(), path).map_err(HistoryError::io("create", path))
}

/// Removes what a killed process left half-written: libgit2's own locks, which would stop every later write, and
/// packs without a name.
fn remove_leftovers(path: &Path) -> Result<(), HistoryError> {
    let is_lock = |name: &str| Path::new(name).extension().is_some_and(|ending| ending == "lock");
    let is_nameless = |name: &str| !name.starts_with("pack-") && !name.starts_with("multi-pack-index");
    remove_files(path, is_lock)?;
    remove_files(&path.join("refs/tags"), is_lock)?;
    remove_files(&path.join("objects/pack"), is_nameless)
}

fn remove_files(folder: &Path, is_leftover: impl Fn(&str) -> bool) -> Result<(), HistoryError> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let entry = entry.map_err(HistoryError::io("read", folder))?;
        if entry.path().is_file() && entry.file_name().to_str().is_some_and(&is_leftover) {
            fs::remove_file(entry.path()).map_err(HistoryError::io("remove", entry.path()))?;
        }
    }
    Ok(())
}

/// A file and a folder of the same path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FileAndFolder(pub(crate) String);

/// Objects of one release that are not in the repository yet.
pub(crate) struct PackedImport<'r> {
    repository: &'r Repository,
    /// The repository without what is gathered here.
    stored: Odb<'r>,
    gathered: &'r Odb<'r>,
    new: BTreeMap<Oid, String>,
}

impl std::fmt::Debug for PackedImport<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PackedImport").field("new", &self.new.len()).finish_non_exhaustive()
    }
}

/// Runs `import` with a place to gather objects in.
pub(crate) fn with_import<T>(
    path: &Path,
    import: impl FnOnce(&mut PackedImport<'_>) -> Result<T, HistoryError>,
) -> Result<T, HistoryError> {
    // A handle of its own: the gathered objects go with it, whether or not they were written.
    let fail = || HistoryError::git(format!("open {}", path.display()));
    let repository = Repository::open_bare(path).map_err(fail())?;
    let other = Repository::open_bare(path).map_err(fail())?;
    let gathered = repository.odb().map_err(fail())?;
    let _pack: Mempack<'_> = gathered.add_new_mempack_backend(PRIORITY).map_err(fail())?;
    let stored = other.odb().map_err(fail())?;
    let mut gathering =
        PackedImport { repository: &repository, stored, gathered: &gathered, new: BTreeMap::new() };
    import(&mut gathering)
}

impl PackedImport<'_> {
    /// Adds a file's content and returns its id. `path` only helps to order the pack.
    pub(crate) fn blob(&mut self, path: &str, content: &[u8]) -> Result<Oid, HistoryError> {
        self.object(ObjectType::Blob, path, content).map_err(HistoryError::git("store a file"))
    }

    fn object(&mut self, kind: ObjectType, path: &str, content: &[u8]) -> Result<Oid, git2::Error> {
        let id = Oid::hash_object(kind, content)?;
        if !self.new.contains_key(&id) && !self.is_stored(id) {
            self.gathered.write(kind, content)?;
            self.new.insert(id, path.to_owned());
        }
        Ok(id)
    }

    /// Whether an earlier import stored it.
    fn is_stored(&self, id: Oid) -> bool {
        self.stored.exists_ext(id, OdbLookupFlags::NO_REFRESH)
    }

    /// Adds the trees over `files` (path and id of the content) and returns the root's id.
    pub(crate) fn tree(
        &mut self,
        files: &BTreeMap<String, Oid>,
    ) -> Result<Result<Oid, FileAndFolder>, HistoryError> {
        let mut root = Folder::default();
        for (path, id) in files {
            if !root.insert(path, *id) {
                return Ok(Err(FileAndFolder(path.clone())));
            }
        }
        self.folder(&root).map(Ok).map_err(HistoryError::git("store a folder"))
    }

    fn folder(&mut self, folder: &Folder) -> Result<Oid, git2::Error> {
        let mut builder: TreeBuilder<'_> = self.repository.treebuilder(None)?;
        for (name, id) in &folder.files {
            builder.insert(name, *id, FileMode::Blob.into())?;
        }
        for (name, inner) in &folder.folders {
            let id = self.folder(inner)?;
            builder.insert(name, id, FileMode::Tree.into())?;
        }
        let id = builder.write()?;
        if !self.is_stored(id) {
            self.new.insert(id, String::new());
        }
        Ok(id)
    }

    /// Adds a commit without parents, writes everything that is new as one pack, and last the tag that makes it known.
    pub(crate) fn commit(
        &mut self,
        tree: Oid,
        message: &str,
        seconds: i64,
        tag: &str,
    ) -> Result<Oid, HistoryError> {
        self.write(tree, message, seconds, tag).map_err(HistoryError::git(format!("write release {tag}")))
    }

    /// As [`Self::commit`], with libgit2's errors.
    fn write(&mut self, tree: Oid, message: &str, seconds: i64, tag: &str) -> Result<Oid, git2::Error> {
        let author = Signature::new("apishift", "apishift@localhost", &Time::new(seconds, 0))?;
        let tree = self.repository.find_tree(tree)?;
        let commit = self.repository.commit(None, &author, &author, message, &tree, &[])?;
        if !self.is_stored(commit) {
            self.new.insert(commit, String::new());
        }
        if !self.new.is_empty() {
            let mut pack = self.repository.packbuilder()?;
            pack.set_threads(1);
            for (id, path) in &self.new {
                pack.insert_object(*id, Some(path))?;
            }
            pack.write(&self.repository.path().join("objects/pack"), 0)?;
        }
        self.repository.reference(&format!("refs/tags/{tag}"), commit, true, "import")?;
        Ok(commit)
    }
}

/// A folder of a tree under construction.
#[derive(Debug, Default)]
struct Folder {
    files: BTreeMap<String, Oid>,
    folders: BTreeMap<String, Self>,
}

impl Folder {
    /// Adds a file; `false` if a folder has its path, or a file the path of one of its folders.
    fn insert(&mut self, path: &str, id: Oid) -> bool {
        match path.split_once('/') {
            Some((first, _)) if self.files.contains_key(first) => false,
            Some((first, rest)) => self.folders.entry(first.to_owned()).or_default().insert(rest, id),
            None if self.folders.contains_key(path) => false,
            None => {
                self.files.insert(path.to_owned(), id);
                true
            }
        }
    }
}
