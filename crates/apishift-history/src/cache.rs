//! Where things are below the cache folder, and how they get there without ever being half there.
//!
//! ```text
//! downloads/sha256/ab/<hash>     archives by content
//! downloads/partial/<key>        downloads under way, to be resumed; `.parts`: wheels in parts, until they are imported
//! listings/<project>.json        the index's last seen list of files
//! repos/pypi/<project>.git       imported releases
//! repos/git/<name>-<key>.git     clones; the key is of the URL
//! repos/typeshed/               versions of Python, and below `carriers` the releases that they come from
//! repos/**/<name>.lock           held while a process works on the project
//! ```

use std::{
    fs::{self, File, TryLockError},
    io::Write,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::Duration,
};

use apishift_types::normalized_name;
use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{HistoryError, Phase, Progress, ProjectSource, Source};

/// The cache folder.
#[derive(Clone, Debug)]
pub(crate) struct Cache {
    root: PathBuf,
}

impl Cache {
    pub(crate) fn new(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// Where the archive with this SHA-256 (hex) is, or will be.
    pub(crate) fn archive(&self, sha256: &str) -> PathBuf {
        let folder = sha256.get(..2).unwrap_or("00");
        self.root.join("downloads/sha256").join(folder).join(sha256)
    }

    /// Where a download of `url` is under way.
    pub(crate) fn partial(&self, url: &str) -> PathBuf {
        self.root.join("downloads/partial").join(key(url, 16))
    }

    /// Where the last seen list of a project's files is.
    pub(crate) fn listing(&self, project: &str) -> PathBuf {
        self.root.join("listings").join(format!("{project}.json"))
    }

    /// Where releases of a project that carries typeshed are, of which other files are kept than of others.
    pub(crate) fn carrier(&self, project: &str) -> PathBuf {
        self.root.join("repos/typeshed/carriers").join(format!("{}.git", normalized_name(project)))
    }

    /// Where a project's repository is.
    pub(crate) fn repository(&self, source: &ProjectSource) -> PathBuf {
        match &source.source {
            Source::Pypi { project } => {
                self.root.join("repos/pypi").join(format!("{}.git", normalized_name(project)))
            }
            Source::Git { url } => {
                let name = source.normalized_name();
                self.root.join("repos/git").join(format!("{name}-{}.git", key(url, 4)))
            }
            Source::Typeshed { carrier } => {
                let name = source.normalized_name();
                self.root.join("repos/typeshed").join(format!("{name}-{}.git", key(carrier, 4)))
            }
        }
    }
}

/// A short name for `text`, of `bytes` bytes in hex.
fn key(text: &str, bytes: usize) -> String {
    hex::encode(&Sha256::digest(text)[..bytes])
}

/// Held while this process works on a project's repository; the system lets go of it when the process ends, however.
#[derive(Debug)]
pub(crate) struct RepositoryLock {
    _file: File,
}

impl RepositoryLock {
    /// Waits until no other process works on `repository`.
    pub(crate) fn acquire(
        repository: &Path,
        progress: &dyn Progress,
        interrupt: &AtomicBool,
    ) -> Result<Self, HistoryError> {
        let path = repository.with_extension("lock");
        create_parent(&path)?;
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(HistoryError::io("open", &path))?;
        let mut told = false;
        loop {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => {}
                Err(TryLockError::Error(source)) => {
                    return Err(HistoryError::Io { what: "lock", path, source });
                }
            }
            if !told {
                tracing::info!(lock = %path.display(), "another process works on this project; waiting");
                progress.phase(Phase::Waiting);
                told = true;
            }
            pause(Duration::from_millis(100), interrupt)?;
        }
    }
}

/// Sleeps, unless the interrupt flag is raised.
pub(crate) fn pause(time: Duration, interrupt: &AtomicBool) -> Result<(), HistoryError> {
    let step = Duration::from_millis(20);
    let mut left = time;
    while !left.is_zero() {
        check(interrupt)?;
        let now = left.min(step);
        thread::sleep(now);
        left -= now;
    }
    check(interrupt)
}

/// Whether to go on.
pub(crate) fn check(interrupt: &AtomicBool) -> Result<(), HistoryError> {
    if interrupt.load(Ordering::Relaxed) { Err(HistoryError::Interrupted) } else { Ok(()) }
}

/// Makes the folder that `path` goes into.
pub(crate) fn create_parent(path: &Path) -> Result<(), HistoryError> {
    let folder = path.parent().expect("every path of the cache has a folder");
    fs::create_dir_all(folder).map_err(HistoryError::io("create folder", folder))
}

/// Writes a file so that it is either there as a whole or as it was before.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<(), HistoryError> {
    create_parent(path)?;
    let folder = path.parent().expect("every path of the cache has a folder");
    let mut file = NamedTempFile::new_in(folder).map_err(HistoryError::io("write in", folder))?;
    file.write_all(content).map_err(HistoryError::io("write", path))?;
    file.persist(path).map_err(|error| HistoryError::Io {
        what: "write",
        path: path.into(),
        source: error.error,
    })?;
    Ok(())
}
