//! What every test here needs: a cache folder, options for it, and short ways to fetch and to look.

use std::{
    ops::Deref,
    path::Path,
    sync::{Arc, atomic::AtomicBool},
    time::Duration,
};

use apishift_history::{FetchOptions, Fetched, HistoryError, ProjectSource, fetch};
use apishift_testkit::PackageIndex;
use apishift_types::{Role, TreeSource};
use tempfile::TempDir;

/// A cache folder and the options that go with it.
pub(crate) struct Place {
    pub(crate) folder: Arc<TempDir>,
    pub(crate) options: FetchOptions,
}

impl Place {
    /// A fresh cache, for the index at `url`.
    pub(crate) fn at(url: &str) -> Self {
        let folder = Arc::new(tempfile::tempdir().expect("a temporary folder can be made"));
        let mut options = FetchOptions::new(folder.path().join("cache"));
        options.index = Some(url.to_owned());
        options.retries = 2;
        options.retry_delay = Duration::from_millis(5);
        Self { folder, options }
    }

    /// A fresh cache for `index`.
    pub(crate) fn of(index: &PackageIndex) -> Self {
        Self::at(&index.url())
    }

    /// A fresh cache where no index is needed.
    pub(crate) fn without_index() -> Self {
        Self::at("http://127.0.0.1:9/simple")
    }

    pub(crate) fn fetch(&self, source: &ProjectSource) -> Result<Kept, HistoryError> {
        let fetched = fetch(source, &self.options, &(), &AtomicBool::new(false))?;
        Ok(Kept { fetched, folder: Arc::clone(&self.folder) })
    }

    /// Fetches the project `demo`.
    pub(crate) fn demo(&self) -> Result<Kept, HistoryError> {
        self.fetch(&demo())
    }

    pub(crate) fn cache(&self) -> &Path {
        &self.options.cache_dir
    }
}

/// What was fetched; its cache folder stays as long as this does.
#[derive(Debug)]
pub(crate) struct Kept {
    fetched: Fetched,
    #[expect(dead_code, reason = "held, not read")]
    folder: Arc<TempDir>,
}

impl Deref for Kept {
    type Target = Fetched;

    fn deref(&self) -> &Fetched {
        &self.fetched
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        self.fetched == other.fetched
    }
}

/// The project that most tests are about.
pub(crate) fn demo() -> ProjectSource {
    ProjectSource::pypi("demo", Role::Library)
}

pub(crate) fn versions(fetched: &Fetched) -> Vec<String> {
    fetched.project.releases.iter().map(|release| release.version.to_string()).collect()
}

/// Paths and contents of the release at position `at`.
pub(crate) fn files(fetched: &Fetched, at: usize) -> Vec<(String, String)> {
    let history = fetched.history().expect("the repository opens");
    let listed = history.files(&fetched.project.releases[at].commit).expect("the release is there");
    let text =
        |blob| String::from_utf8(history.read(blob).expect("the file is there")).expect("fixtures are UTF-8");
    listed.into_iter().map(|file| (file.path.clone(), text(file.blob))).collect()
}

pub(crate) fn paths(fetched: &Fetched, at: usize) -> Vec<String> {
    files(fetched, at).into_iter().map(|(path, _)| path).collect()
}

/// How often `reason` was counted.
pub(crate) fn count(fetched: &Fetched, reason: &str) -> u64 {
    fetched.skipped.iter().filter(|(name, _)| *name == reason).map(|(_, n)| n).sum()
}

/// So many lines that hardly compress.
pub(crate) fn noise(lines: u32) -> String {
    (0..lines).map(|n| format!("x{n} = {}\n", n.wrapping_mul(2_654_435_761))).collect::<Vec<_>>().concat()
}
