//! Release sources (git repositories, package indexes) as bare git repositories.
//!
//! What comes in: a [`ProjectSource`], which names a project and says which of its releases are wanted. What goes out:
//! its [`Project`](apishift_types::Project), and a bare repository with a commit for each release, which
//! [`GitHistory`] reads as a [`TreeSource`](apishift_types::TreeSource). Everything is kept below one cache folder,
//! which all pipelines share; a second run fetches only what is new, and `--offline` fetches nothing.
//!
//! What it does not do: run any code of a release (no build backend, no `setup.py`), or look into sources beyond the
//! names of packages and the licence.
//!
//! ```no_run
//! use std::sync::atomic::AtomicBool;
//! use apishift_history::{FetchOptions, ProjectSource, fetch};
//! use apishift_types::{Role, TreeSource};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let source = ProjectSource::pypi("networkx", Role::Library);
//! let options = FetchOptions::new("data/cache");
//! let fetched = fetch(&source, &options, &(), &AtomicBool::new(false))?;
//! let history = fetched.history()?;
//! for release in &fetched.project.releases {
//!     println!("{}: {} files", release.version, history.files(&release.commit)?.len());
//! }
//! # Ok(())
//! # }
//! ```

#![forbid(unsafe_code)]

mod archive;
mod cache;
mod client;
mod download;
mod error;
mod facts;
mod fetch;
mod filename;
mod git_source;
mod history;
mod imports;
mod install;
mod license;
mod listing;
mod options;
mod pack;
mod parts;
mod pip;
mod progress;
mod pypi;
mod selection;
mod source;
mod tag;
mod typeshed;

pub use archive::{ArchiveError, Hostility};
pub use error::HistoryError;
pub use fetch::{Fetched, fetch, repository_path};
pub use history::GitHistory;
pub use imports::find_imports;
pub use install::{Installer, Refused, WHEELS, Wanted, pinned};
pub use options::{FetchOptions, KeepRules, Limits};
pub use progress::{Phase, Progress};
pub use source::{Artifact, Pick, ProjectSource, Source};
