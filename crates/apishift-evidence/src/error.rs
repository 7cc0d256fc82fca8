//! Why evidence cannot be gathered at all.

use std::{io, path::PathBuf};

use apishift_sandbox::SandboxError;
use thiserror::Error;

/// What stops the whole. What is wrong with one row is an outcome.
#[derive(Debug, Error)]
pub enum EvidenceError {
    /// No sandbox.
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
    /// The folder of earlier results cannot be used.
    #[error("cannot use {}", path.display())]
    Cache {
        /// File or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Wheels cannot be installed for a reason that is no property of the wheels.
    #[error("cannot install wheels")]
    Install(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// It was told to stop.
    #[error("interrupted")]
    Interrupted,
}
