//! Rows to Parquet, the same bytes on every machine.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use arrow::datatypes::FieldRef;
use parquet::{
    arrow::{ArrowWriter, arrow_writer::ArrowWriterOptions},
    basic::{Compression, ZstdLevel},
    file::{
        metadata::KeyValue,
        properties::{CdcOptions, EnabledStatistics, WriterProperties},
    },
};
use tempfile::NamedTempFile;

use crate::{StoreError, Table, disk};

/// Rows of a row group, at most. Small groups stream well, and viewers read one at a time (`datasets` makes one batch
/// of each).
pub const ROW_GROUP_ROWS: usize = 4096;

/// Key of the file's metadata that holds the table's name.
pub(crate) const TABLE_KEY: &str = "apishift:table";
/// Key of the file's metadata that holds the version of the table's columns.
pub(crate) const VERSION_KEY: &str = "apishift:version";

/// Writes a table row by row; memory holds one row group. The file appears under its name by [`TableWriter::finish`].
///
/// Where row groups and pages end depends on the rows alone, not on how they were handed in.
pub struct TableWriter<T: Table> {
    path: PathBuf,
    fields: Vec<FieldRef>,
    rows: Vec<T::Row>,
    written: u64,
    file: ArrowWriter<NamedTempFile>,
}

impl<T: Table> fmt::Debug for TableWriter<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableWriter")
            .field("path", &self.path)
            .field("written", &self.written)
            .finish_non_exhaustive()
    }
}

impl<T: Table> TableWriter<T> {
    /// Starts a file that will be `path`.
    pub fn create(path: &Path) -> Result<Self, StoreError> {
        Self::create_with(path, Vec::new())
    }

    /// Starts a file with more metadata than the table's name and version.
    pub(crate) fn create_with(path: &Path, extra: Vec<KeyValue>) -> Result<Self, StoreError> {
        let schema = T::schema();
        let fields = schema.fields().iter().cloned().collect();
        let options = ArrowWriterOptions::new().with_properties(properties::<T>(extra));
        let file = ArrowWriter::try_new_with_options(disk::draft_of(path)?, schema, options)
            .map_err(StoreError::parquet("write", path))?;
        Ok(Self { path: path.to_owned(), fields, rows: Vec::new(), written: 0, file })
    }

    /// Adds a row.
    pub fn push(&mut self, row: T::Row) -> Result<(), StoreError> {
        self.rows.push(row);
        if self.rows.len() == ROW_GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    /// Adds rows.
    pub fn extend(&mut self, rows: impl IntoIterator<Item = T::Row>) -> Result<(), StoreError> {
        rows.into_iter().try_for_each(|row| self.push(row))
    }

    /// Ends the file, makes it durable, gives it its name, and says how many rows it has.
    pub fn finish(mut self) -> Result<u64, StoreError> {
        self.flush()?;
        let draft = self.file.into_inner().map_err(StoreError::parquet("write", &self.path))?;
        disk::commit(draft, &self.path)?;
        Ok(self.written)
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let batch =
            serde_arrow::to_record_batch(&self.fields, &self.rows).map_err(StoreError::rows(T::NAME))?;
        self.written += self.rows.len() as u64;
        self.rows.clear();
        self.file
            .write(&batch)
            .and_then(|()| self.file.flush())
            .map_err(StoreError::parquet("write", &self.path))
    }
}

/// Writes a whole table: a reader sees the old file or the new one, never a part. Says how many rows it has.
pub fn write_table<T: Table>(path: &Path, rows: impl IntoIterator<Item = T::Row>) -> Result<u64, StoreError> {
    let mut writer = TableWriter::<T>::create(path)?;
    writer.extend(rows)?;
    writer.finish()
}

/// Settings of every file: zstd, a page index, chunks cut by content (what the Hugging Face hub deduplicates by, with
/// the sizes that `datasets` itself uses), and nothing that names a version, a machine or a day.
fn properties<T: Table>(extra: Vec<KeyValue>) -> WriterProperties {
    let mut metadata = vec![
        KeyValue::new(TABLE_KEY.to_owned(), T::NAME.to_owned()),
        KeyValue::new(VERSION_KEY.to_owned(), T::VERSION.to_string()),
    ];
    metadata.extend(extra);
    WriterProperties::builder()
        .set_created_by("apishift".to_owned())
        .set_compression(Compression::ZSTD(ZstdLevel::try_new(9).expect("zstd has a level 9")))
        .set_statistics_enabled(EnabledStatistics::Page)
        .set_max_row_group_row_count(Some(ROW_GROUP_ROWS))
        .set_content_defined_chunking(Some(CdcOptions::default()))
        .set_key_value_metadata(Some(metadata))
        .build()
}
