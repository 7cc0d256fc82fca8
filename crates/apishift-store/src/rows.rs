//! Rows to a file whose ending says how.

use std::{
    io::{BufWriter, Write},
    path::{Path, PathBuf},
};

use tempfile::NamedTempFile;

use crate::{StoreError, Table, TableWriter, disk};

/// Writes a table as `.parquet` or as JSON lines (`.jsonl`). The file appears under its name by [`RowsFile::finish`].
#[derive(Debug)]
pub struct RowsFile<T: Table> {
    path: PathBuf,
    rows: Rows<T>,
}

#[derive(Debug)]
enum Rows<T: Table> {
    Parquet(Box<TableWriter<T>>),
    Lines(BufWriter<NamedTempFile>),
}

impl<T: Table> RowsFile<T> {
    /// Whether a path ends in one of the two.
    pub fn check(path: &Path) -> Result<(), StoreError> {
        match ending(path) {
            Some("parquet" | "jsonl") => Ok(()),
            _ => Err(StoreError::Ending { path: path.to_owned() }),
        }
    }

    /// Starts a file that will be `path`.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        Self::check(path)?;
        let rows = match ending(path) {
            Some("parquet") => Rows::Parquet(Box::new(TableWriter::create(path)?)),
            _ => Rows::Lines(BufWriter::new(disk::draft_of(path)?)),
        };
        Ok(Self { path: path.to_owned(), rows })
    }

    /// Adds a row.
    pub fn push(&mut self, row: T::Row) -> Result<(), StoreError> {
        match &mut self.rows {
            Rows::Parquet(writer) => writer.push(row),
            Rows::Lines(file) => {
                let failed = |source| StoreError::Json { path: self.path.clone(), source };
                let line = serde_json::to_string(&row).map_err(failed)?;
                writeln!(file, "{line}").map_err(StoreError::io("write", &self.path))
            }
        }
    }

    /// Ends the file, makes it durable, and gives it its name.
    pub fn finish(self) -> Result<(), StoreError> {
        match self.rows {
            Rows::Parquet(writer) => writer.finish().map(drop),
            Rows::Lines(file) => {
                let file = file.into_inner().map_err(std::io::IntoInnerError::into_error);
                disk::commit(file.map_err(StoreError::io("write", &self.path))?, &self.path)
            }
        }
    }
}

fn ending(path: &Path) -> Option<&str> {
    path.extension().and_then(|ending| ending.to_str())
}
