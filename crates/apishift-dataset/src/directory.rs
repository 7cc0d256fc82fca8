//! The dataset's directory: a card, and one Parquet file per split.

use std::{fs, path::Path};

use apishift_store::{ApiUpdateTable, StoreError, write_file, write_table};
use apishift_types::{ApiUpdate, Split};

use crate::{CardContext, DatasetError, Statistics, card, statistics};

/// What [`write_dataset`] wrote.
#[derive(Clone, Debug, PartialEq)]
pub struct DatasetFiles {
    /// Paths within the directory, with the rows of each table and 0 for the card.
    pub files: Vec<(String, u64)>,
    /// The counts that the card shows.
    pub statistics: Statistics,
}

/// Path of a split's file within the directory: the pattern that `datasets` looks for first.
pub fn split_file(split: Split) -> String {
    format!("data/{}-00000-of-00001.parquet", split.as_str())
}

/// Writes a directory that `datasets.load_dataset` reads: `README.md` with its `configs:` block, and
/// `data/<split>-00000-of-00001.parquet`. Rows stay in their order within their split. A split without rows has a file
/// with the columns and no rows, so that all three are always there for readers of Parquet; the card's `configs:` leaves
/// it out, because `datasets` fails on a split without rows. The card comes last.
///
/// The same rows and context give the same bytes.
pub fn write_dataset(
    dir: &Path,
    rows: Vec<ApiUpdate>,
    context: &CardContext,
) -> Result<DatasetFiles, DatasetError> {
    let statistics = statistics(&rows)?;
    let data = dir.join("data");
    fs::create_dir_all(&data).map_err(|source| StoreError::Io {
        action: "create",
        path: data.clone(),
        source,
    })?;
    let mut parts = [Vec::new(), Vec::new(), Vec::new()];
    for row in rows {
        let part = match row.split {
            Split::Train => 0,
            Split::Validation => 1,
            Split::Test => 2,
        };
        parts[part].push(row);
    }
    let mut files = Vec::new();
    for (split, part) in Split::ALL.into_iter().zip(parts) {
        let file = split_file(split);
        let written = write_table::<ApiUpdateTable>(&dir.join(&file), part)?;
        files.push((file, written));
    }
    write_file(&dir.join("README.md"), card(&statistics, context).as_bytes())?;
    files.push(("README.md".to_owned(), 0));
    Ok(DatasetFiles { files, statistics })
}
