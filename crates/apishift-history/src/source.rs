//! What a pipeline says about a project.

use apishift_types::{Role, VersionSpecifiers, normalized_name};
use serde::{Deserialize, Serialize};

/// A project, where its releases are, and which of them are wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProjectSource {
    /// Distribution name; normalised as PEP 503 says before use.
    pub name: String,
    /// Top-level import names, most important first. Empty: they are found in the newest release's tree.
    pub imports: Vec<String>,
    /// What the project is mined for.
    pub role: Role,
    /// Where the releases are.
    pub source: Source,
    /// Only versions that match, such as `>=1.0,<3`; `None`: all.
    pub versions: Option<VersionSpecifiers>,
    /// Which of the matching versions are taken.
    pub pick: Pick,
    /// Only the newest so many of the picked versions; `None`: all.
    pub limit: Option<usize>,
    /// Which kind of archive is taken from a package index.
    pub artifact: Artifact,
}

impl ProjectSource {
    /// The last patch of each minor version of a project of the package index, as source distributions.
    pub fn pypi(project: &str, role: Role) -> Self {
        Self::new(project, role, Source::Pypi { project: project.to_owned() })
    }

    /// The last patch of each minor version that is tagged in a git repository.
    pub fn git(name: &str, url: &str, role: Role) -> Self {
        Self::new(name, role, Source::Git { url: url.to_owned() })
    }

    /// Versions of Python, described by the typeshed that `carrier` has.
    pub fn typeshed(name: &str, carrier: &str) -> Self {
        Self::new(name, Role::Library, Source::Typeshed { carrier: carrier.to_owned() })
    }

    fn new(name: &str, role: Role, source: Source) -> Self {
        Self {
            name: name.to_owned(),
            imports: Vec::new(),
            role,
            source,
            versions: None,
            pick: Pick::default(),
            limit: None,
            artifact: Artifact::default(),
        }
    }

    /// The name as PEP 503 normalises it.
    pub fn normalized_name(&self) -> String {
        normalized_name(&self.name)
    }
}

/// Where releases are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Source {
    /// Tags of a git repository.
    Git {
        /// Anything that git can fetch from: a URL, or the path of a repository on this machine.
        url: String,
    },
    /// Archives of a project of the package index that pip uses on this machine.
    Pypi {
        /// The project's name on the index.
        project: String,
    },
    /// Python's own library, as typeshed describes it: the releases are versions of Python.
    Typeshed {
        /// A type checker of the package index whose source distributions carry typeshed, such as `mypy`.
        carrier: String,
    },
}

/// Which of the matching versions are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Pick {
    /// The last patch (or post release) of each minor version; of each month or so where versions are dates.
    #[default]
    Minor,
    /// The last version of each major version.
    Major,
    /// Every version.
    All,
}

/// Which kind of archive is taken. Where a release lacks it, the other kind is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Artifact {
    /// The source distribution: tests, documentation and changelog are mostly only there.
    #[default]
    Sdist,
    /// A wheel, pure Python if there is one.
    Wheel,
    /// Whichever is smaller; the source distribution where the index tells no sizes.
    Smallest,
}
