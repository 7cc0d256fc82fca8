//! Failures of the store.

use std::{io, path::PathBuf};

use parquet::errors::ParquetError;
use thiserror::Error;

/// Why a table, a stage folder or a run folder could not be read or written.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The file system refused.
    #[error("{action} {}", path.display())]
    Io {
        /// What was tried: `write`, `read`, `rename`.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// A line of a file cannot be read: the file system refused, or it is not UTF-8.
    #[error("read line {line} of {}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        #[source]
        source: io::Error,
    },
    /// The name does not say how the file is to be written.
    #[error("write {}: the name has to end in .parquet or .jsonl", path.display())]
    Ending {
        /// The file.
        path: PathBuf,
    },
    /// A Parquet file is damaged, or is none.
    #[error("{action} {} as Parquet", path.display())]
    Parquet {
        /// `read` or `write`.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the Parquet library said.
        #[source]
        source: ParquetError,
    },
    /// Rows do not fit the columns of their table.
    #[error("convert rows of table {table}")]
    Rows {
        /// Name of the table.
        table: &'static str,
        /// What does not fit.
        #[source]
        source: Box<serde_arrow::Error>,
    },
    /// A file holds another table than the one that was asked for.
    #[error("read {} as table {table}: {difference}", path.display())]
    Schema {
        /// The file.
        path: PathBuf,
        /// Name of the table.
        table: &'static str,
        /// First difference between the columns.
        difference: String,
    },
    /// A row of a table holds a value that its type does not allow.
    #[error("read row {row} of table {table}: {column} is {value:?}")]
    Value {
        /// Name of the table.
        table: &'static str,
        /// Index of the row, from 0.
        row: usize,
        /// The column.
        column: &'static str,
        /// What it holds.
        value: String,
    },
    /// A manifest or another JSON file of a run folder is damaged.
    #[error("read {} as JSON", path.display())]
    Json {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A line of a JSONL file is no JSON object.
    #[error("read {} line {line} as a JSON object", path.display())]
    JsonLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// A manifest has a format that this version does not know.
    #[error("read {}: its format is {found}, and this version of apishift knows {known}", path.display())]
    Format {
        /// The manifest.
        path: PathBuf,
        /// Format number there.
        found: u32,
        /// Format number here.
        known: u32,
    },
    /// A file of a stage is not the one that its manifest describes.
    #[error("read {}: it is not the file that its manifest describes (was it edited?)", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// A stage has no table of that name.
    #[error("find table {table} in {}", folder.display())]
    NoTable {
        /// The stage's folder.
        folder: PathBuf,
        /// Name of the table.
        table: &'static str,
    },
    /// Another process works in the run folder.
    #[error("lock {}: another apishift works there", folder.display())]
    Locked {
        /// The run folder.
        folder: PathBuf,
    },
}

impl StoreError {
    /// For `map_err`: an [`io::Error`] with what was tried, and on which path.
    pub(crate) fn io(action: &'static str, path: impl Into<PathBuf>) -> impl FnOnce(io::Error) -> Self {
        let path = path.into();
        move |source| Self::Io { action, path, source }
    }

    /// For `map_err`: a [`ParquetError`]; the file system's refusals in it come out as [`StoreError::Io`].
    pub(crate) fn parquet(
        action: &'static str,
        path: impl Into<PathBuf>,
    ) -> impl FnOnce(ParquetError) -> Self {
        let path = path.into();
        move |source| match source {
            ParquetError::External(inner) => match inner.downcast::<io::Error>() {
                Ok(io) => Self::Io { action, path, source: *io },
                Err(inner) => Self::Parquet { action, path, source: ParquetError::External(inner) },
            },
            // Where it flushes its buffer at the end, the library passes on the words of the file system only.
            ParquetError::General(message) if message.contains("(os error ") => {
                Self::Io { action, path, source: io::Error::other(message) }
            }
            source => Self::Parquet { action, path, source },
        }
    }

    /// For `map_err`: a row that does not fit `table`.
    pub(crate) fn rows(table: &'static str) -> impl FnOnce(serde_arrow::Error) -> Self {
        move |source| Self::Rows { table, source: Box::new(source) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_no_damaged_file() {
        let full = || io::Error::from_raw_os_error(28);
        for error in [
            ParquetError::External(Box::new(full())),
            ParquetError::General(format!("fail to get inner writer: {}", full())),
        ] {
            let error = StoreError::parquet("write", "table.parquet")(error);
            assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
        }
    }
}
