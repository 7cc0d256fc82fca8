//! Parquet to rows.

use std::{
    fmt,
    fs::File,
    marker::PhantomData,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::RecordBatch,
    datatypes::{Schema, SchemaRef},
    error::ArrowError,
};
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};

use crate::{StoreError, Table, schema::difference};

/// Rows that are in memory at a time while a table is read.
const BATCH_ROWS: usize = 1024;

/// Reads a table batch by batch.
pub struct TableReader<T: Table> {
    path: PathBuf,
    batches: ParquetRecordBatchReader,
    rows: u64,
    table: PhantomData<fn() -> T>,
}

impl<T: Table> fmt::Debug for TableReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableReader")
            .field("path", &self.path)
            .field("rows", &self.rows)
            .finish_non_exhaustive()
    }
}

impl<T: Table> TableReader<T> {
    /// Opens a file. Its columns have to be those of the table, by name and type; their order does not matter, and one that may be
    /// null may be missing.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::open_slice(path, 0, u64::MAX)
    }

    /// Opens `limit` rows of a file, from row `offset` on.
    pub fn open_slice(path: &Path, offset: u64, limit: u64) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("read", path))?;
        let builder =
            ParquetRecordBatchReaderBuilder::try_new(file).map_err(StoreError::parquet("read", path))?;
        if let Some(difference) = difference(&T::schema(), builder.schema()) {
            return Err(StoreError::Schema { path: path.to_owned(), table: T::NAME, difference });
        }
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).unwrap_or(0);
        let rows = rows.saturating_sub(offset).min(limit);
        let batches = builder
            .with_batch_size(BATCH_ROWS)
            .with_offset(usize::try_from(offset).unwrap_or(usize::MAX))
            .with_limit(usize::try_from(rows).unwrap_or(usize::MAX))
            .build()
            .map_err(StoreError::parquet("read", path))?;
        Ok(Self { path: path.to_owned(), batches, rows, table: PhantomData })
    }

    /// How many rows there are to read in all.
    pub fn rows(&self) -> u64 {
        self.rows
    }

    fn next_batch(&mut self) -> Option<Result<Vec<T::Row>, StoreError>> {
        let batch = match self.batches.next()? {
            Ok(batch) => batch,
            Err(error) => return Some(Err(StoreError::parquet("read", &self.path)(error.into()))),
        };
        Some(serde_arrow::from_record_batch(&batch).map_err(StoreError::rows(T::NAME)))
    }
}

impl<T: Table> Iterator for TableReader<T> {
    type Item = Result<Vec<T::Row>, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_batch()
    }
}

/// Reads a whole table.
pub fn read_table<T: Table>(path: &Path) -> Result<Vec<T::Row>, StoreError> {
    let reader = TableReader::<T>::open(path)?;
    let mut rows = Vec::with_capacity(usize::try_from(reader.rows()).unwrap_or(0));
    for batch in reader {
        rows.extend(batch?);
    }
    Ok(rows)
}

/// The columns of a Parquet file, whatever they are, and all of its rows.
pub fn read_batches(path: &Path) -> Result<(SchemaRef, Vec<RecordBatch>), StoreError> {
    let file = File::open(path).map_err(StoreError::io("read", path))?;
    let builder =
        ParquetRecordBatchReaderBuilder::try_new(file).map_err(StoreError::parquet("read", path))?;
    // What writers note about themselves is no part of the columns: files of two tools would differ by it.
    let schema = Arc::new(Schema::new(builder.schema().fields().clone()));
    let batches = builder.build().map_err(StoreError::parquet("read", path))?;
    let plain = |batch: Result<RecordBatch, ArrowError>| batch?.with_schema(Arc::clone(&schema));
    let failed = |error: ArrowError| StoreError::parquet("read", path)(error.into());
    let batches = batches.map(plain).collect::<Result<_, _>>().map_err(failed)?;
    Ok((schema, batches))
}
