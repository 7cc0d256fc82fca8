//! Failures of counting and writing a dataset.

use thiserror::Error;

/// Failure to count or to write a dataset.
#[derive(Debug, Error)]
pub enum DatasetError {
    /// A file of the dataset's directory could not be written.
    #[error(transparent)]
    Store(#[from] apishift_store::StoreError),
    /// The rows could not be counted.
    #[error("count the rows")]
    Count(#[from] polars::error::PolarsError),
}
