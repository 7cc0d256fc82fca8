//! Source trees by release or commit, whatever holds them.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Id of a file's content: git's SHA-1 object id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BlobId(pub [u8; 20]);

impl fmt::Display for BlobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Id of a tree or of a commit, as git writes it (40 hex digits), or any name that a [`TreeSource`] knows.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TreeId(pub String);

impl fmt::Display for TreeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeFile {
    /// Path from the tree's root, `/`-separated, UTF-8.
    pub path: String,
    /// Id of the content.
    pub blob: BlobId,
}

/// One commit between two releases, newest last in a list of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The commit's id.
    pub id: TreeId,
    /// Its first parent's id.
    pub parent: TreeId,
    /// The whole message.
    pub message: String,
    /// Author date, seconds since the epoch.
    pub time: i64,
}

/// Failure to read a tree.
#[derive(Debug, Error)]
pub enum TreeError {
    /// The tree or commit is not in this source.
    #[error("find tree {0}")]
    NoTree(TreeId),
    /// The content is not in this source.
    #[error("find blob {0}")]
    NoBlob(BlobId),
    /// The object store failed.
    #[error("read {what}: {message}")]
    Store {
        /// What was read.
        what: String,
        /// What the store said.
        message: String,
    },
}

/// Read access to source trees. Implemented on git by `history`, in memory by [`MemoryTree`].
pub trait TreeSource: Send + Sync {
    /// All files of a tree or commit, sorted by path (bytes). Links and submodules are left out.
    fn files(&self, tree: &TreeId) -> Result<Vec<TreeFile>, TreeError>;

    /// The content of a file.
    fn read(&self, blob: BlobId) -> Result<Vec<u8>, TreeError>;

    /// Commits reachable from `new` and not from `old`, by first parent, oldest first. Empty where the source has
    /// releases only (a package index).
    fn commits(&self, old: &TreeId, new: &TreeId) -> Result<Vec<Commit>, TreeError>;
}

/// Trees held in memory, for tests and examples.
///
/// ```
/// use apishift_types::{MemoryTree, TreeId, TreeSource};
/// let mut trees = MemoryTree::default();
/// trees.insert("1.0", "pkg/__init__.py", "x = 1\n");
/// let files = trees.files(&TreeId("1.0".into())).unwrap();
/// assert_eq!(trees.read(files[0].blob).unwrap(), b"x = 1\n");
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    trees: BTreeMap<TreeId, BTreeMap<String, BlobId>>,
    blobs: BTreeMap<BlobId, Vec<u8>>,
}

impl MemoryTree {
    /// Adds a file to a tree, or replaces it there.
    pub fn insert(&mut self, tree: &str, path: &str, content: impl AsRef<[u8]>) {
        let content = content.as_ref();
        let blob = Self::id_of(content);
        self.blobs.insert(blob, content.to_vec());
        self.trees.entry(TreeId(tree.to_owned())).or_default().insert(path.to_owned(), blob);
    }

    /// An id that differs where the content differs. Not git's: tests need no SHA-1.
    fn id_of(content: &[u8]) -> BlobId {
        let mut id = [0u8; 20];
        for (lane, chunk) in id.chunks_mut(8).enumerate() {
            let mut hash = 0xcbf2_9ce4_8422_2325_u64 ^ (lane as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            for byte in content {
                hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
            }
            chunk.copy_from_slice(&hash.to_be_bytes()[..chunk.len()]);
        }
        BlobId(id)
    }
}

impl TreeSource for MemoryTree {
    fn files(&self, tree: &TreeId) -> Result<Vec<TreeFile>, TreeError> {
        let files = self.trees.get(tree).ok_or_else(|| TreeError::NoTree(tree.clone()))?;
        Ok(files.iter().map(|(path, blob)| TreeFile { path: path.clone(), blob: *blob }).collect())
    }

    fn read(&self, blob: BlobId) -> Result<Vec<u8>, TreeError> {
        self.blobs.get(&blob).cloned().ok_or(TreeError::NoBlob(blob))
    }

    fn commits(&self, _old: &TreeId, _new: &TreeId) -> Result<Vec<Commit>, TreeError> {
        Ok(Vec::new())
    }
}
