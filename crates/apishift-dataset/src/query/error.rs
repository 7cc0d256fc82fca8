//! Failures of looking into a table.

use std::{io, path::PathBuf};

use arrow::error::ArrowError;
use parquet::errors::ParquetError;
use polars::error::PolarsError;
use thiserror::Error;

/// Failure to read a table or to answer a question about it.
#[derive(Debug, Error)]
pub enum QueryError {
    /// A file or folder could not be read.
    #[error("read {}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The path's ending is neither of those that are read, or a folder holds no such file.
    #[error("find a table at {}: a .parquet or .jsonl file, or a folder of .parquet files", path.display())]
    NoTable {
        /// The path.
        path: PathBuf,
    },
    /// A file is no Parquet file, or a damaged one.
    #[error("read {} as Parquet", path.display())]
    Parquet {
        /// The file.
        path: PathBuf,
        /// What the reader said.
        #[source]
        source: ParquetError,
    },
    /// The files of a folder have different columns, so they are not one table.
    #[error("read {} as one table: its columns are not those of {}", path.display(), first.display())]
    MixedTables {
        /// The file with other columns.
        path: PathBuf,
        /// The folder's first file.
        first: PathBuf,
    },
    /// A line of a JSONL file is no JSON object.
    #[error("read {} line {line} as a JSON object", path.display())]
    JsonLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// The rows of a JSONL file do not fit one set of columns.
    #[error("read {} as a table: its rows do not agree on their columns", path.display())]
    JsonColumns {
        /// The file.
        path: PathBuf,
        /// Where they differ.
        #[source]
        source: ArrowError,
    },
    /// The filter is no SQL expression.
    #[error("read the filter `{expression}`: {message}")]
    Syntax {
        /// The filter.
        expression: String,
        /// What is wrong, and where.
        message: String,
    },
    /// The filter names a column that the table does not have.
    #[error("find the column `{column}` (there are: {})", known.join(", "))]
    UnknownColumn {
        /// The column.
        column: String,
        /// The table's columns.
        known: Vec<String>,
    },
    /// The filter is neither true nor false.
    #[error("filter by `{expression}`: it gives {found}, not true or false")]
    NotBoolean {
        /// The filter.
        expression: String,
        /// Type of what it gives.
        found: String,
    },
    /// The filter could not be computed: types that do not compare, a field that is not there.
    #[error("filter by `{expression}`: {message}")]
    Evaluate {
        /// The filter.
        expression: String,
        /// What polars said, without the plan that it prints after it.
        message: String,
    },
    /// Values of a column could not be counted.
    #[error("count the values of `{column}`")]
    Count {
        /// The column.
        column: String,
        /// What polars said.
        #[source]
        source: PolarsError,
    },
    /// Rows could not be turned into another form.
    #[error("convert rows")]
    Convert(#[from] ArrowError),
    /// Rows could not be shown as JSON.
    #[error("show rows as JSON")]
    Show(#[from] serde_json::Error),
}
