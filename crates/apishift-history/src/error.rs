//! What can go wrong while a project is fetched.

use std::{io, path::PathBuf};

use apishift_types::exit;
use thiserror::Error;

use crate::ArchiveError;

/// Failure to fetch a project. What concerns a single release is a counted skip instead.
#[derive(Debug, Error)]
pub enum HistoryError {
    /// The index does not have the project.
    #[error("find project `{project}` on the package index {index}: it has no such project")]
    UnknownProject {
        /// Name that was asked for.
        project: String,
        /// Address of the index, as pip reports it.
        index: String,
    },
    /// The project has no release that matches.
    #[error("find a release of `{project}` that matches {wanted}: available are {available}")]
    NoRelease {
        /// Name of the project.
        project: String,
        /// What was asked for.
        wanted: String,
        /// Which versions there are.
        available: String,
    },
    /// A project that should carry typeshed does not.
    #[error(
        "find typeshed (a folder typeshed/stdlib with VERSIONS) in the source distributions of `{project}`: name a type checker that carries it, such as mypy"
    )]
    NoTypeshed {
        /// Name of the project.
        project: String,
    },
    /// Every matching release was refused.
    #[error("import any release of `{project}`: {reasons}")]
    NothingImported {
        /// Name of the project.
        project: String,
        /// Why, by release.
        reasons: String,
    },
    /// The index, or a file of it, cannot be had: no network, or a server that keeps failing.
    #[error("get {url}: {message}")]
    Network {
        /// What was asked for, without user and password.
        url: String,
        /// What went wrong, at the last attempt.
        message: String,
    },
    /// The index answered with something that is not a list of files.
    #[error("read the package index's answer {url}: {message}")]
    BadPage {
        /// What was asked for, without user and password.
        url: String,
        /// What is wrong with it.
        message: String,
    },
    /// Offline, and the cache lacks something.
    #[error("find {missing} of `{project}` in the cache: run once without --offline to get it")]
    Offline {
        /// Name of the project.
        project: String,
        /// What is missing.
        missing: String,
    },
    /// pip cannot tell which index to use.
    #[error("ask pip for the address of its package index: {message}")]
    NoIndex {
        /// What went wrong.
        message: String,
    },
    /// Wheels cannot be installed, for a reason that has nothing to do with which ones are wanted.
    #[error("install wheels: {message}")]
    Install {
        /// What pip or uv said, without addresses.
        message: String,
    },
    /// The address of the index, or of a git source, is not one.
    #[error("use the address {url}: {message}")]
    BadAddress {
        /// The address, without user and password where that is possible.
        url: String,
        /// What is wrong with it.
        message: String,
    },
    /// A pattern of [`KeepRules`](crate::KeepRules) is not a glob.
    #[error("understand a pattern of the files to keep")]
    BadPattern(#[from] globset::Error),
    /// The cache folder cannot be read or written: no space, no permission.
    #[error("{what} {}", path.display())]
    Io {
        /// What was tried, such as "write".
        what: &'static str,
        /// Where.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// libgit2 failed.
    #[error("{what}")]
    Git {
        /// What was tried.
        what: String,
        /// Why it failed.
        source: git2::Error,
    },
    /// An archive was refused. [`fetch`](crate::fetch) counts these; only functions on one archive return it.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    /// The interrupt flag was raised. The same fetch goes on where this one stopped.
    #[error("finish: interrupted")]
    Interrupted,
}

impl HistoryError {
    /// The exit code of [`apishift_types::exit`] that stands for this failure.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Interrupted => exit::INTERRUPTED,
            _ if self.is_environment() => exit::ENVIRONMENT,
            _ => exit::USAGE,
        }
    }

    /// Whether the environment lacks something (network, space, permission, pip), so that the same input may do later.
    pub fn is_environment(&self) -> bool {
        match self {
            Self::Network { .. } | Self::BadPage { .. } | Self::Offline { .. } | Self::NoIndex { .. } => true,
            Self::Io { .. } | Self::Install { .. } => true,
            Self::Git { source, .. } => {
                use git2::ErrorClass::{Http, Net, Os, Ssh, Ssl};
                matches!(source.class(), Http | Net | Os | Ssh | Ssl)
            }
            Self::UnknownProject { .. }
            | Self::NoTypeshed { .. }
            | Self::NoRelease { .. }
            | Self::NothingImported { .. } => false,
            Self::BadAddress { .. } | Self::BadPattern(_) | Self::Archive(_) | Self::Interrupted => false,
        }
    }

    /// For `map_err`: an I/O failure of `what` at `path`.
    pub(crate) fn io(what: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { what, path, source }
    }

    /// For `map_err`: a failure of libgit2 at `what`.
    pub(crate) fn git(what: impl Into<String>) -> impl FnOnce(git2::Error) -> Self {
        let what = what.into();
        move |source| Self::Git { what, source }
    }
}
