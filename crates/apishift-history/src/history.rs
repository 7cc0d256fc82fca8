//! Reading trees and commits from a repository.

use std::{
    collections::BTreeMap,
    fmt,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use apishift_types::{BlobId, Commit, TreeError, TreeFile, TreeId, TreeSource};
use git2::{ErrorCode, ObjectType, Oid, Repository, Sort};

use crate::{HistoryError, license};

/// A bare git repository as a [`TreeSource`].
///
/// libgit2's handle belongs to one thread at a time, so this keeps a pool of them: as many as threads read at once.
pub struct GitHistory {
    path: PathBuf,
    idle: Mutex<Vec<Repository>>,
}

impl fmt::Debug for GitHistory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHistory").field("path", &self.path).finish_non_exhaustive()
    }
}

impl GitHistory {
    /// Opens the repository at `path`.
    pub fn open(path: impl Into<PathBuf>) -> Result<Self, HistoryError> {
        // Objects are read from packs that were checked when they were written or fetched; hashing each again takes a
        // fifteenth of the time that a surface takes. What rots on the disk, zlib's own checksum finds.
        git2::opts::strict_hash_verification(false);
        let path = path.into();
        let first = Repository::open(&path).map_err(HistoryError::git(format!("open {}", path.display())))?;
        Ok(Self { path, idle: Mutex::new(vec![first]) })
    }

    /// Where the repository is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `read` on a handle of the pool.
    fn with<T>(
        &self,
        what: impl Fn() -> String,
        missing: impl Fn() -> TreeError,
        read: impl FnOnce(&Repository) -> Result<T, git2::Error>,
    ) -> Result<T, TreeError> {
        let failed = |error: &git2::Error| match error.code() {
            ErrorCode::NotFound | ErrorCode::InvalidSpec | ErrorCode::Peel => missing(),
            _ => TreeError::Store { what: what(), message: error.message().to_owned() },
        };
        let pool = || self.idle.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = pool().pop();
        let repository = match idle {
            Some(repository) => repository,
            None => Repository::open(&self.path).map_err(|error| failed(&error))?,
        };
        let result = read(&repository).map_err(|error| failed(&error));
        pool().push(repository);
        result
    }
}

impl GitHistory {
    /// Path and text of the files at the root, and in a wheel's metadata, that may tell the licence.
    pub(crate) fn license_texts(&self, tree: &TreeId) -> Result<BTreeMap<String, String>, TreeError> {
        let read = |repository: &Repository| {
            let mut texts = BTreeMap::new();
            collect_texts(repository, &find(repository, tree)?.peel_to_tree()?, "", &mut texts)?;
            Ok(texts)
        };
        self.with(|| format!("licence of {tree}"), || TreeError::NoTree(tree.clone()), read)
    }
}

/// Adds candidates of the licence in `tree`, whose path is `prefix`, and in folders that may have some.
fn collect_texts(
    repository: &Repository,
    tree: &git2::Tree<'_>,
    prefix: &str,
    texts: &mut BTreeMap<String, String>,
) -> Result<(), git2::Error> {
    for entry in tree {
        let Ok(name) = std::str::from_utf8(entry.name_bytes()) else { continue };
        let path = format!("{prefix}{name}");
        match entry.kind() {
            Some(ObjectType::Tree) if license::may_hold_candidates(&path) => {
                collect_texts(repository, &repository.find_tree(entry.id())?, &format!("{path}/"), texts)?;
            }
            Some(ObjectType::Blob) if entry.filemode() != LINK && license::is_candidate(&path) => {
                let blob = repository.find_blob(entry.id())?;
                if blob.size() <= license::MAX_TEXT {
                    texts.insert(path, String::from_utf8_lossy(blob.content()).into_owned());
                }
            }
            _ => {}
        }
    }
    Ok(())
}

impl TreeSource for GitHistory {
    fn files(&self, tree: &TreeId) -> Result<Vec<TreeFile>, TreeError> {
        let list = |repository: &Repository| {
            let root = find(repository, tree)?.peel_to_tree()?;
            let mut files = Vec::new();
            collect(repository, &root, "", &mut files)?;
            // Git orders as if folders ended in a slash, which is the order of whole paths; this keeps it so.
            files.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
            Ok(files)
        };
        self.with(|| format!("tree {tree}"), || TreeError::NoTree(tree.clone()), list)
    }

    fn read(&self, blob: BlobId) -> Result<Vec<u8>, TreeError> {
        let read = |repository: &Repository| {
            let odb = repository.odb()?;
            Ok(odb.read(Oid::from_bytes(&blob.0)?)?.data().to_vec())
        };
        self.with(|| format!("blob {}", hex::encode(blob.0)), || TreeError::NoBlob(blob), read)
    }

    fn commits(&self, old: &TreeId, new: &TreeId) -> Result<Vec<Commit>, TreeError> {
        let walk = |repository: &Repository| {
            let mut walk = repository.revwalk()?;
            walk.set_sorting(Sort::TOPOLOGICAL | Sort::REVERSE)?;
            walk.simplify_first_parent()?;
            walk.push(find(repository, new)?.peel_to_commit()?.id())?;
            walk.hide(find(repository, old)?.peel_to_commit()?.id())?;
            let mut commits = Vec::new();
            for id in walk {
                let commit = repository.find_commit(id?)?;
                // A first commit changes nothing of anybody's; imported releases are such commits.
                let Ok(parent) = commit.parent_id(0) else { continue };
                commits.push(Commit {
                    id: TreeId(commit.id().to_string()),
                    parent: TreeId(parent.to_string()),
                    message: String::from_utf8_lossy(commit.message_bytes()).into_owned(),
                    time: commit.author().when().seconds(),
                });
            }
            Ok(commits)
        };
        self.with(|| format!("commits from {old} to {new}"), || TreeError::NoTree(new.clone()), walk)
    }
}

/// Mode of a symbolic link.
const LINK: i32 = 0o120_000;

/// The object that `tree` names.
fn find<'r>(repository: &'r Repository, tree: &TreeId) -> Result<git2::Object<'r>, git2::Error> {
    match Oid::from_str(&tree.0) {
        Ok(id) if tree.0.len() == 40 => repository.find_object(id, None),
        _ => repository.revparse_single(&tree.0),
    }
}

/// Adds the files below `tree` with paths that start by `prefix`. Links and submodules are left out, and so are names
/// that are not UTF-8.
fn collect(
    repository: &Repository,
    tree: &git2::Tree<'_>,
    prefix: &str,
    files: &mut Vec<TreeFile>,
) -> Result<(), git2::Error> {
    for entry in tree {
        let Ok(name) = std::str::from_utf8(entry.name_bytes()) else { continue };
        let path = format!("{prefix}{name}");
        match entry.kind() {
            Some(ObjectType::Tree) => {
                let inner = repository.find_tree(entry.id())?;
                collect(repository, &inner, &format!("{path}/"), files)?;
            }
            Some(ObjectType::Blob) if entry.filemode() != LINK => {
                let mut blob = BlobId([0; 20]);
                blob.0.copy_from_slice(entry.id().as_bytes());
                files.push(TreeFile { path, blob });
            }
            _ => {}
        }
    }
    Ok(())
}
