//! Why there is no sandbox.

use std::{io, path::PathBuf};

use crate::{probe::Layer, spawn::SpawnError};

/// Why a sandbox could not be made or a worker not started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SandboxError {
    /// Required layers are missing on this machine.
    #[error("keep programs from this machine: it lacks {}", list(.0))]
    Missing(Vec<(Layer, String)>),
    /// There is no interpreter, or it is no Python that can be used.
    #[error("use the Python interpreter `{}`: {reason}", path.display())]
    Interpreter {
        /// What was asked for.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Modules that were to be imported once cannot be.
    #[error("import {0} into the sandbox")]
    Imports(String),
    /// A path has a byte that no path may have.
    #[error("use `{}`: it is no path", .0.display())]
    Path(PathBuf),
    /// A path that programs are to see is not there.
    #[error("show `{}` to programs", path.display())]
    Shown {
        /// The path.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// The server did not start.
    #[error("start the server in the sandbox: {0}")]
    Server(String),
    /// No filter of system calls for this processor.
    #[error("make a filter of system calls: {0}")]
    Filter(String),
    /// A layer that was there when it was tried failed for a worker.
    #[error("shut a worker in: {0}")]
    Enter(String),
    /// Whoever asked does not want to know any more.
    #[error("stopped")]
    Stopped,
    /// The system refused something else.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<SpawnError> for SandboxError {
    fn from(error: SpawnError) -> Self {
        Self::Enter(error.to_string())
    }
}

fn list(missing: &[(Layer, String)]) -> String {
    let each = missing.iter().map(|(layer, why)| format!("{layer} ({why}; {})", layer.remedy()));
    each.collect::<Vec<_>>().join("; ")
}
