//! Projects and their releases.

use serde::{Deserialize, Serialize};

use crate::{TreeId, Version};

/// What a project is mined for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Its API changes are mined, and its own tests, docs and examples for migrations.
    Library,
    /// It uses libraries; only its migrations are mined.
    Dependent,
}

/// Where a release came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SourceKind {
    /// A git repository: the release is a tag.
    Git,
    /// A source distribution of a package index.
    Sdist,
    /// A wheel of a package index.
    Wheel,
}

/// How the date of a release is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DateSource {
    /// The index gave the upload time.
    Index,
    /// The tagged commit's committer date.
    Commit,
    /// The newest modification time among the archive's members: the day the archive was made, at the latest.
    Archive,
    /// This program knows the day: versions of Python, whose days are in their PEPs.
    Known,
    /// Nothing gave a date: the archive's times are constants of its build tool.
    Unknown,
}

/// One release of a project, ready to be read through a [`crate::TreeSource`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Version, PEP 440.
    pub version: Version,
    /// The commit (peeled tag), 40 hex digits.
    pub commit: TreeId,
    /// Release day, UTC; `None` where nothing gives it.
    pub date: Option<jiff::civil::Date>,
    /// How [`Self::date`] is known.
    pub date_source: DateSource,
    /// Where it came from.
    pub source: SourceKind,
    /// SPDX expression of the release's own licence, as its metadata or LICENSE file says; `None` where unclear.
    pub license: Option<String>,
    /// Size of the archive in bytes; 0 for git.
    pub bytes: u64,
    /// SHA-256 of the archive, hex; empty for git.
    pub sha256: String,
}

/// A project with its releases, oldest first (PEP 440 order).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Project {
    /// Normalised distribution name (PEP 503), `scikit-learn`.
    pub name: String,
    /// Top-level import names, in order of importance, `["sklearn"]`.
    pub imports: Vec<String>,
    /// What it is mined for.
    pub role: Role,
    /// Releases, oldest first.
    pub releases: Vec<Release>,
}
