//! Units: the parts of a stage that are done one by one, so that a killed run goes on where it stopped.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use apishift_types::Skipped;
use parquet::{arrow::arrow_reader::ParquetRecordBatchReaderBuilder, file::metadata::KeyValue};

use crate::{Fingerprint, StoreError, Table, TableReader, TableWriter, UnitEntry, disk};

/// Key of a part's metadata that holds its [`UnitEntry`].
const UNIT_KEY: &str = "apishift:unit";

/// The rows of one finished unit, where they lie, with what the manifest will say about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitRows {
    /// What the manifest will say.
    pub entry: UnitEntry,
    /// File with the rows.
    path: PathBuf,
    /// First row of the unit in that file.
    offset: u64,
}

impl UnitRows {
    pub(crate) fn new(entry: UnitEntry, path: PathBuf, offset: u64) -> Self {
        Self { entry, path, offset }
    }

    /// Reads the rows, batch by batch.
    pub fn open<T: Table>(&self) -> Result<TableReader<T>, StoreError> {
        TableReader::open_slice(&self.path, self.offset, self.entry.rows)
    }

    /// Reads all rows.
    pub fn read<T: Table>(&self) -> Result<Vec<T::Row>, StoreError> {
        let mut rows = Vec::new();
        for batch in self.open::<T>()? {
            rows.extend(batch?);
        }
        Ok(rows)
    }

    /// Adds the rows to a table.
    pub fn append_to<T: Table>(&self, table: &mut TableWriter<T>) -> Result<(), StoreError> {
        for batch in self.open::<T>()? {
            table.extend(batch?)?;
        }
        Ok(())
    }
}

/// The folder beside a stage where its finished units wait for the others.
#[derive(Clone, Debug)]
pub struct WorkFolder {
    path: PathBuf,
}

impl WorkFolder {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The finished unit, if it is here with that fingerprint. A file that cannot be read counts as none: the unit is
    /// done again.
    pub fn find(&self, unit: &str, fingerprint: &Fingerprint) -> Option<UnitRows> {
        let path = self.part(unit, fingerprint);
        let entry = read_entry(&path)?;
        (entry.name == unit && entry.fingerprint == *fingerprint).then(|| UnitRows::new(entry, path, 0))
    }

    /// Writes a finished unit.
    pub fn write<T: Table>(
        &self,
        unit: &str,
        fingerprint: &Fingerprint,
        rows: Vec<T::Row>,
        skipped: Skipped,
    ) -> Result<UnitRows, StoreError> {
        disk::create_folder(&self.path)?;
        let path = self.part(unit, fingerprint);
        let entry = UnitEntry {
            name: unit.to_owned(),
            fingerprint: fingerprint.clone(),
            rows: rows.len() as u64,
            skipped,
        };
        let text = serde_json::to_string(&entry)
            .map_err(|source| StoreError::Json { path: path.clone(), source })?;
        let mut writer =
            TableWriter::<T>::create_with(&path, vec![KeyValue::new(UNIT_KEY.to_owned(), text)])?;
        writer.extend(rows)?;
        writer.finish()?;
        Ok(UnitRows::new(entry, path, 0))
    }

    /// How many finished units wait here, whatever their fingerprint.
    pub fn count(&self) -> Result<usize, StoreError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(0),
            Err(error) => return Err(StoreError::io("read", &self.path)(error)),
        };
        let parts = entries.filter_map(Result::ok).filter(|entry| {
            let name = entry.file_name();
            let name = Path::new(&name);
            name.extension().is_some_and(|ending| ending == "parquet")
        });
        Ok(parts.count())
    }

    /// Forgets all finished units.
    pub fn clear(&self) -> Result<(), StoreError> {
        disk::remove(&self.path)
    }

    fn part(&self, unit: &str, fingerprint: &Fingerprint) -> PathBuf {
        // A unit's name is the user's: what could leave the folder or offend a file system is replaced, and the
        // fingerprint keeps the names apart.
        let safe: String = unit
            .chars()
            .map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '_' })
            .collect();
        self.path.join(format!("{safe}-{}.parquet", fingerprint.short()))
    }
}

fn read_entry(path: &Path) -> Option<UnitEntry> {
    let file = fs::File::open(path).ok()?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).ok()?;
    let metadata = builder.metadata().file_metadata();
    let text = metadata.key_value_metadata()?.iter().find(|entry| entry.key == UNIT_KEY)?.value.clone()?;
    let entry: UnitEntry = serde_json::from_str(&text).ok()?;
    (u64::try_from(metadata.num_rows()).ok()? == entry.rows).then_some(entry)
}
