//! The dataset's directory: a card, one Parquet file per split, all that was scored, and a notice of licences.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

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

/// Path of the table with every row that was scored, those of the dataset among them.
pub const SCORED_FILE: &str = "scored/all-00000-of-00001.parquet";

/// Writes a directory that `datasets.load_dataset` reads: `README.md` with its `configs:` block, and
/// `data/<split>-00000-of-00001.parquet`. Rows stay in their order within their split. A split without rows has a file
/// with the columns and no rows, so that all three are always there for readers of Parquet; the card's `configs:` leaves
/// it out, because `datasets` fails on a split without rows. `scored` are all rows, whatever their quality, for a configuration
/// of that name. `NOTICE` names the projects whose code is in there. The card comes last.
///
/// The same rows and context give the same bytes.
pub fn write_dataset(
    dir: &Path,
    rows: Vec<ApiUpdate>,
    scored: Vec<ApiUpdate>,
    context: &CardContext,
) -> Result<DatasetFiles, DatasetError> {
    let statistics = statistics(&rows)?;
    for folder in ["data", "scored"].map(|name| dir.join(name)) {
        fs::create_dir_all(&folder).map_err(|source| StoreError::Io {
            action: "create",
            path: folder.clone(),
            source,
        })?;
    }
    let notice = notice(&scored);
    let card = card(&statistics, &scored, context);
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
    let written = write_table::<ApiUpdateTable>(&dir.join(SCORED_FILE), scored)?;
    files.push((SCORED_FILE.to_owned(), written));
    write_file(&dir.join("NOTICE"), notice.as_bytes())?;
    files.push(("NOTICE".to_owned(), 0));
    write_file(&dir.join("README.md"), card.as_bytes())?;
    files.push(("README.md".to_owned(), 0));
    Ok(DatasetFiles { files, statistics })
}

/// The projects whose code is in the rows, each with its licences and versions.
fn notice(rows: &[ApiUpdate]) -> String {
    let mut projects: BTreeMap<&str, (BTreeSet<&str>, BTreeSet<&str>, usize)> = BTreeMap::new();
    for row in rows {
        let (licences, paths, count) = projects.entry(&row.provenance.project).or_default();
        licences.insert(&row.license);
        paths.insert(&row.provenance.new_ref);
        *count += 1;
    }
    let mut text = String::from(
        "The code in this dataset is taken from the projects below, each under its own licence, as releases of it say.\n\
         The licence asks for its notice to be kept: the notice is in the project's releases, and each row names the release\n\
         and the file that it was cut from (column `provenance`).\n\n",
    );
    for (project, (licences, versions, rows)) in projects {
        let licences = licences.into_iter().collect::<Vec<_>>().join("; ");
        let _infallible =
            writeln!(text, "{project}: {licences} ({rows} rows from {} releases or commits)", versions.len());
    }
    text
}
