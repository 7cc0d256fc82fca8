//! Wheels in folders: what a release of a library was used with on some day, without running anything of it.
//!
//! Which versions fit together, and where their wheels are, is [uv]'s work: it takes only wheels, only what was there on the
//! day, and links files from its cache, so that a hundred folders cost little more than one. uv itself is a wheel of the
//! index: of one version, with known hashes, in the cache's folder of tools.
//!
//! [uv]: https://docs.astral.sh/uv/

mod pinned;

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        PoisonError, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    time::SystemTime,
};

use jiff::civil::Date;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

pub use pinned::pinned;

use crate::{FetchOptions, HistoryError, pip};

/// What is taken of uv: `pip install --require-hashes` reads it.
const REQUIREMENTS: &str = include_str!("requirements.txt");

/// The folder with the wheels, in the temporary one.
pub const WHEELS: &str = "wheels";

/// Bytes of unpacked wheels that are kept: what several libraries of one year need.
const MOST_CACHED: u64 = 8 << 30;

/// What uv says where the machine or the network is to blame.
const FATAL: [&str; 7] = [
    "error sending request",
    "Connection",
    "operation timed out",
    "dns error",
    "HTTP status server error",
    "No space left",
    "Permission denied",
];

/// What uv says where no wheels fit together, now and for ever.
const NO_SOLUTION: &str = "No solution found";

/// After how many installs the cache's size is looked at.
const LOOK_EVERY: usize = 8;

/// How uv calls the folders in its cache that hold unpacked wheels.
const UNPACKED: &str = "archive-v";

/// Puts wheels into folders.
#[derive(Debug)]
pub struct Installer {
    installs: AtomicUsize,
    /// Held by those who install; by one alone who takes something away.
    in_use: RwLock<()>,
    uv: PathBuf,
    cache: PathBuf,
    targets: PathBuf,
    offline: bool,
    /// The index, where it is not the one that pip uses.
    index: Option<String>,
    retries: u32,
}

/// Why wheels cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// In uv's words.
    pub why: String,
    /// Whether that stays so: no wheels fit together. What is not in the cache may be fetched another day.
    pub is_final: bool,
}

/// What is wanted in a folder.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Requirements (PEP 508), such as `pandas==1.5.3`.
    pub requirements: &'a [&'a str],
    /// Projects that are not taken, although something depends on them.
    pub without: &'a [&'a str],
    /// Nothing that was uploaded after this day is taken.
    pub not_after: Date,
    /// The interpreter, whose version and platform decide which wheels fit.
    pub python: &'a Path,
    /// Its version.
    pub python_version: &'a str,
}

impl Installer {
    /// Makes sure that uv is there.
    pub fn open(options: &FetchOptions) -> Result<Self, HistoryError> {
        let version = REQUIREMENTS.lines().find_map(|line| line.strip_prefix("uv==")).unwrap_or_default();
        let version = version.trim_end_matches(['\\', ' ']);
        let uv = pinned(options, &format!("uv-{version}"), REQUIREMENTS)?.join("bin/uv");
        let absolute = |path: PathBuf| path.canonicalize().map_err(HistoryError::io("find", path));
        let targets = options.cache_dir.join("targets");
        fs::create_dir_all(&targets).map_err(HistoryError::io("create", &targets))?;
        Ok(Self {
            installs: AtomicUsize::new(0),
            in_use: RwLock::new(()),
            uv: absolute(uv)?,
            cache: options.cache_dir.join("uv"),
            targets: absolute(targets)?,
            offline: options.offline,
            index: options.index.clone(),
            retries: options.retries,
        })
    }

    /// A temporary folder with what is wanted, in [`WHEELS`]; or why it cannot be had for that interpreter.
    pub fn install(&self, wanted: &Wanted<'_>) -> Result<Result<TempDir, Refused>, HistoryError> {
        let key = serde_json::json!([
            REQUIREMENTS,
            wanted.requirements,
            wanted.without,
            wanted.not_after,
            wanted.python_version,
            std::env::consts::ARCH,
        ]);
        let key = hex::encode(&Sha256::digest(key.to_string())[..10]);
        let refusal = self.targets.join(format!("{key}.refused"));
        if let Ok(why) = fs::read_to_string(&refusal) {
            return Ok(Err(Refused { why, is_final: true }));
        }
        self.keep_small()?;
        let folder = tempfile::tempdir_in(&self.targets)
            .map_err(HistoryError::io("create a folder in", &self.targets))?;
        let without = folder.path().join("without.txt");
        fs::write(&without, wanted.without.join("\n")).map_err(HistoryError::io("write", &without))?;
        let _in_use = self.in_use.read().unwrap_or_else(PoisonError::into_inner);
        match self.uv(wanted, &without, &folder.path().join(WHEELS))? {
            Ok(()) => Ok(Ok(folder)),
            Err(why) => {
                // What is not in the cache today may be tomorrow; and what else was in the way may be gone.
                let is_final = !self.offline && why.contains(NO_SOLUTION);
                if is_final {
                    fs::write(&refusal, &why).map_err(HistoryError::io("write", &refusal))?;
                }
                Ok(Err(Refused { why, is_final }))
            }
        }
    }

    /// Takes away the wheels that were unpacked first where uv's cache has grown too large: who asks for one period after the other
    /// is through with them. Folders that were installed keep what they have.
    fn keep_small(&self) -> Result<(), HistoryError> {
        // Looking at every file takes a second: now and then is enough.
        if self.offline || !self.installs.fetch_add(1, Ordering::Relaxed).is_multiple_of(LOOK_EVERY) {
            return Ok(());
        }
        let _alone = self.in_use.write().unwrap_or_else(PoisonError::into_inner);
        let mut wheels: Vec<(SystemTime, u64, PathBuf)> = subfolders(&self.cache)
            .filter(|(_, folder)| {
                folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(UNPACKED))
            })
            .flat_map(|(_, folder)| subfolders(&folder).collect::<Vec<_>>())
            .map(|(time, folder)| (time, size(&folder), folder))
            .collect();
        wheels.sort();
        let mut total: u64 = wheels.iter().map(|(_, size, _)| size).sum();
        for (_, size, folder) in wheels {
            if total <= MOST_CACHED {
                break;
            }
            fs::remove_dir_all(&folder).map_err(HistoryError::io("remove", &folder))?;
            total -= size;
        }
        Ok(())
    }

    fn uv(
        &self,
        wanted: &Wanted<'_>,
        without: &Path,
        target: &Path,
    ) -> Result<Result<(), String>, HistoryError> {
        let (day, path) = (wanted.not_after.to_string(), |path: &Path| path.to_string_lossy().into_owned());
        let (python, target, without) = (path(wanted.python), path(target), path(without));
        let options = ["--only-binary", ":all:", "--exclude-newer", &day, "--excludes", &without];
        let places = ["--python", &python, "--target", &target];
        let words = [&["pip", "install", "--quiet"], &options[..], &places, wanted.requirements].concat();
        let said = match self.command(&words)? {
            Ok(()) => return Ok(Ok(())),
            Err(said) => said,
        };
        // One broken wheel is no reason to stop; what would meet every wheel is.
        if FATAL.iter().any(|words| said.contains(words)) {
            return Err(HistoryError::Install { message: said });
        }
        Ok(Err(said))
    }

    /// Runs uv: what it said where it failed.
    #[expect(clippy::disallowed_methods, reason = "uv unpacks wheels; it runs nothing of them")]
    fn command(&self, words: &[&str]) -> Result<Result<(), String>, HistoryError> {
        let mut command = std::process::Command::new(&self.uv);
        command.args([
            "--no-config",
            "--no-progress",
            "--color",
            "never",
            "--no-python-downloads",
            "--cache-dir",
        ]);
        command.arg(&self.cache);
        command.env("UV_HTTP_RETRIES", self.retries.to_string());
        if self.offline {
            command.arg("--offline");
        }
        // Addresses may hold passwords, which arguments show to everybody. Offline too: what is kept is kept by index.
        let settings = pip::settings()?;
        let index = self.index.as_ref().or(settings.index.as_ref());
        command.envs(index.map(|index| ("UV_DEFAULT_INDEX", index)));
        command.envs(settings.certificates.as_ref().map(|file| ("SSL_CERT_FILE", file)));
        command.envs(settings.proxy.as_ref().map(|proxy| ("HTTPS_PROXY", proxy)));
        let output = command.args(words).output().map_err(HistoryError::io("start", &self.uv))?;
        let said = || without_addresses(&String::from_utf8_lossy(&output.stderr));
        Ok(if output.status.success() { Ok(()) } else { Err(said()) })
    }
}

/// Folders in a folder, and when they were last written; none where there is no such folder.
fn subfolders(folder: &Path) -> impl Iterator<Item = (SystemTime, PathBuf)> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let metadata = entry.metadata().ok().filter(fs::Metadata::is_dir)?;
        Some((metadata.modified().ok()?, entry.path()))
    })
}

/// Bytes of all files below a folder.
fn size(folder: &Path) -> u64 {
    let Ok(entries) = fs::read_dir(folder) else { return 0 };
    let sizes = entries.flatten().map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// A message on one line, without addresses of the index.
fn without_addresses(said: &str) -> String {
    let words = said.split_whitespace().map(|word| if word.contains("://") { "(address)" } else { word });
    words.collect::<Vec<_>>().join(" ")
}
