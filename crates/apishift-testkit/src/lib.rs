//! Fixtures for tests: histories on disk, package indexes on loopback, in-memory trees.
//!
//! What comes in: folders of our own fixture sources, or a few lines of a test that describe a project. What goes out:
//! [`memory_tree`] and [`memory_release`] for tests of mining, [`GitFixture`] for tests on git histories, [`PackageIndex`] for tests of
//! downloading, [`Archive`] for archives that are well-formed, broken or hostile. Nothing here touches a network other
//! than loopback, and nothing depends on the clock: the same calls make the same bytes.

mod archive;
mod git;
mod http;
mod index;
mod tree;

pub use archive::{Archive, MTIME, Member};
pub use git::GitFixture;
pub use index::{Fault, IndexFile, PackageIndex, Pages};
pub use tree::{memory_release, memory_tree};
