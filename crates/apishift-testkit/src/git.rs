//! Git repositories made by libgit2, without a `git` program and without the clock.

use std::path::{Path, PathBuf};

use git2::{Commit, Oid, Repository, Signature, Time};
use tempfile::TempDir;

/// A git repository in a temporary folder. Each commit has the one before as its parent, and a time of its own.
///
/// ```
/// use apishift_testkit::GitFixture;
/// let git = GitFixture::new();
/// let first = git.commit("start", &[("pkg/__init__.py", Some("x = 1\n"))]);
/// git.tag("v1.0");
/// let second = git.commit("rename x", &[("pkg/__init__.py", Some("y = 1\n"))]);
/// assert_ne!(first, second);
/// ```
#[derive(Debug)]
pub struct GitFixture {
    folder: TempDir,
}

impl Default for GitFixture {
    fn default() -> Self {
        Self::new()
    }
}

impl GitFixture {
    /// An empty bare repository.
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Repository::init_bare(folder.path()).expect("an empty folder becomes a repository");
        Self { folder }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where it is, as an owned path.
    pub fn to_path_buf(&self) -> PathBuf {
        self.folder.path().to_path_buf()
    }

    /// Commits `changes` (path and new content; `None` removes the file) on top of the last commit, and returns the
    /// new commit's id, 40 hex digits. Commits are a day apart, from 2021-01-01 12:00 UTC on.
    pub fn commit(&self, message: &str, changes: &[(&str, Option<&str>)]) -> String {
        let repo = self.repository();
        let parent = head(&repo);
        let tree = updated_tree(&repo, parent.as_ref(), changes);
        let parents: Vec<&Commit<'_>> = parent.iter().collect();
        self.write(&repo, message, tree, &parents)
    }

    /// Merges `other` (a commit id) into the last commit: a commit with two parents and the first one's tree, changed
    /// by `changes`.
    pub fn merge(&self, message: &str, other: &str, changes: &[(&str, Option<&str>)]) -> String {
        let repo = self.repository();
        let parent = head(&repo).expect("a merge has a first parent");
        let other = repo.find_commit(oid(other)).expect("the other parent is in the repository");
        let tree = updated_tree(&repo, Some(&parent), changes);
        self.write(&repo, message, tree, &[&parent, &other])
    }

    /// Goes on from an earlier commit: the next one gets it as its parent.
    pub fn checkout(&self, commit: &str) {
        let repo = self.repository();
        repo.reference("refs/heads/main", oid(commit), true, "").expect("the commit is in the repository");
    }

    /// Puts a lightweight tag on the last commit.
    pub fn tag(&self, name: &str) {
        let repo = self.repository();
        let commit = head(&repo).expect("a tag needs a commit");
        repo.reference(&format!("refs/tags/{name}"), commit.id(), true, "")
            .expect("a fixture's tag name is valid");
    }

    /// Puts an annotated tag on the last commit.
    pub fn annotated_tag(&self, name: &str, message: &str) {
        let repo = self.repository();
        let commit = head(&repo).expect("a tag needs a commit");
        repo.tag(name, commit.as_object(), &signature(0), message, true)
            .expect("a fixture's tag name is valid");
    }

    fn repository(&self) -> Repository {
        Repository::open_bare(self.folder.path()).expect("the fixture is a repository")
    }

    fn write(&self, repo: &Repository, message: &str, tree: Oid, parents: &[&Commit<'_>]) -> String {
        let days = parents.first().map_or(0, |parent| (parent.time().seconds() - FIRST_COMMIT) / 86_400 + 1);
        let tree = repo.find_tree(tree).expect("the tree was just written");
        let author = signature(days);
        let id =
            repo.commit(None, &author, &author, message, &tree, parents).expect("tree and parents exist");
        self.checkout(&id.to_string());
        id.to_string()
    }
}

/// 2021-01-01 12:00 UTC.
const FIRST_COMMIT: i64 = 1_609_502_400;

fn signature(days: i64) -> Signature<'static> {
    let time = Time::new(FIRST_COMMIT + days * 86_400, 0);
    Signature::new("A Fixture", "fixture@example.invalid", &time)
        .expect("the name has no forbidden character")
}

fn oid(hex: &str) -> Oid {
    Oid::from_str(hex).expect("a commit id is 40 hex digits")
}

fn head(repo: &Repository) -> Option<Commit<'_>> {
    let id = repo.refname_to_id("refs/heads/main").ok()?;
    Some(repo.find_commit(id).expect("the branch points to a commit"))
}

fn updated_tree(repo: &Repository, parent: Option<&Commit<'_>>, changes: &[(&str, Option<&str>)]) -> Oid {
    let mut update = git2::build::TreeUpdateBuilder::new();
    for (path, content) in changes {
        match content {
            Some(text) => {
                let blob = repo.blob(text.as_bytes()).expect("a blob can be written");
                update.upsert(*path, blob, git2::FileMode::Blob);
            }
            None => {
                update.remove(*path);
            }
        }
    }
    let base = match parent {
        Some(commit) => commit.tree().expect("a commit has a tree"),
        None => {
            let empty =
                repo.treebuilder(None).and_then(|builder| builder.write()).expect("a tree can be written");
            repo.find_tree(empty).expect("the tree was just written")
        }
    };
    update.create_updated(repo, &base).expect("the changed paths exist where they are removed")
}
