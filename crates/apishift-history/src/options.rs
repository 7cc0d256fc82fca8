//! How projects are fetched.

use std::{path::PathBuf, time::Duration};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use sha2::{Digest, Sha256};

use crate::HistoryError;

/// How projects are fetched. [`FetchOptions::new`] gives the defaults.
#[derive(Clone, Debug)]
pub struct FetchOptions {
    /// Folder of downloads, listings and repositories. All pipelines share it, and so can several processes.
    pub cache_dir: PathBuf,
    /// Use what the cache holds, and nothing else. Default: no.
    pub offline: bool,
    /// Downloads at once per project. Default: 4, since downloads wait more than they work.
    pub jobs: usize,
    /// How often a request is tried again after a failure that may pass. Default: 5.
    pub retries: u32,
    /// Pause before the first retry, doubled before each further one. Default: 500 ms.
    pub retry_delay: Duration,
    /// Address of the package index's Simple API. `None` (default): the one that pip uses.
    pub index: Option<String>,
    /// What is kept of an archive.
    pub keep: KeepRules,
    /// What an archive may cost.
    pub limits: Limits,
}

impl FetchOptions {
    /// The defaults, with the cache at `cache_dir`.
    pub fn new(cache_dir: impl Into<PathBuf>) -> Self {
        Self {
            cache_dir: cache_dir.into(),
            offline: false,
            jobs: 4,
            retries: 5,
            retry_delay: Duration::from_millis(500),
            index: None,
            keep: KeepRules::default(),
            limits: Limits::default(),
        }
    }
}

/// Which files of an archive are imported: text that later stages read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeepRules {
    /// Globs on file names (not paths), whatever their case.
    pub patterns: Vec<String>,
    /// Larger files are left out, and counted. Default: 2 MiB.
    pub max_file_bytes: u64,
}

impl Default for KeepRules {
    fn default() -> Self {
        const PATTERNS: [&str; 21] = [
            "*.py",
            "*.pyi",
            "*.pyx",
            "*.rst",
            "*.md",
            "*.txt",
            "*.ipynb",
            "*.toml",
            "*.cfg",
            "*.ini",
            "LICENSE*",
            "LICENCE*",
            "COPYING*",
            "NOTICE*",
            "CHANGES*",
            "CHANGELOG*",
            "HISTORY*",
            "NEWS*",
            "METADATA",
            "PKG-INFO",
            "README*",
        ];
        Self { patterns: PATTERNS.map(str::to_owned).to_vec(), max_file_bytes: 2 << 20 }
    }
}

impl KeepRules {
    /// The patterns, compiled.
    pub(crate) fn globs(&self) -> Result<GlobSet, HistoryError> {
        let mut set = GlobSetBuilder::new();
        for pattern in &self.patterns {
            set.add(GlobBuilder::new(pattern).case_insensitive(true).literal_separator(true).build()?);
        }
        Ok(set.build()?)
    }

    /// Changes whenever an import under these rules could give another tree.
    pub(crate) fn fingerprint(&self) -> String {
        /// Raised whenever the importer itself gives other trees or dates for the same archive.
        const IMPORTER: u32 = 3;
        let text = format!("{IMPORTER}\n{}\n{}", self.max_file_bytes, self.patterns.join("\n"));
        hex::encode(&Sha256::digest(text)[..8])
    }
}

/// What an archive may cost. Beyond, it is refused as hostile, before memory or disk is spent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Size of the archive, bytes. Default: 1 GiB.
    pub archive_bytes: u64,
    /// Size of all that it unpacks to, bytes. Default: 4 GiB.
    pub unpacked_bytes: u64,
    /// Number of members. Default: 200,000.
    pub members: u64,
    /// Size of one member, bytes. Default: 1 GiB.
    pub member_bytes: u64,
    /// Size of what it unpacks to, by size of the archive; not looked at below 64 MiB. Default: 200.
    pub ratio: u64,
    /// Folders in each other. Default: 64.
    pub depth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            archive_bytes: 1 << 30,
            unpacked_bytes: 4 << 30,
            members: 200_000,
            member_bytes: 1 << 30,
            ratio: 200,
            depth: 64,
        }
    }
}
