//! Run folders, manifests, and the Arrow schema of every table.
//!
//! What comes in: rows of [`apishift_types`], and the bytes that a stage made. What goes out: Parquet files that are the
//! same on every machine, and stage folders that are either complete or not there. It knows no stage by name, asks no
//! clock, and reads nothing from the environment.
//!
//! ```
//! use apishift_store::{ReleaseTable, Table, read_table, write_table};
//! let folder = tempfile::tempdir()?;
//! let path = folder.path().join(ReleaseTable::file_name());
//! write_table::<ReleaseTable>(&path, Vec::new())?;
//! assert!(read_table::<ReleaseTable>(&path)?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod disk;
mod error;
mod fingerprint;
mod folder;
mod manifest;
mod reader;
mod record;
mod release;
mod rows;
mod schema;
mod table;
mod unit;
mod writer;

pub use disk::write_file;
pub use error::StoreError;
pub use fingerprint::{Fingerprint, canonical_json, hash_file};
pub use folder::{RunFolder, StageDraft, StageFolder};
pub use manifest::{FileEntry, MANIFEST, Manifest, Shard, TableEntry, UnitEntry};
pub use reader::{TableReader, read_batches, read_table};
pub use record::{Record, RecordReader};
pub use release::{ReleaseRow, projects_of, rows_of};
pub use rows::RowsFile;
pub use schema::{ColumnSchema, TableSchema};
pub use table::{
    ApiChangeTable, ApiUpdateTable, CandidateTable, ExecutionTable, MigrationTable, PreferenceTable,
    PreferenceTextTable, ReleaseTable, RewardTable, RlTable, ScoreTable, SftTable, Table, UnpairedTable,
    VerdictTable, table_schemas,
};
pub use unit::{UnitRows, WorkFolder};
pub use writer::{ROW_GROUP_ROWS, TableWriter, write_table};
