//! Failures of mining.

use apishift_types::TreeError;
use thiserror::Error;

/// Failure to mine a project.
#[derive(Debug, Error)]
pub enum MineError {
    /// A tree could not be read.
    #[error("read the project's history")]
    Tree(#[from] TreeError),
}
