//! What a stage says about its output.

use std::{collections::BTreeMap, fmt, fs, io, path::Path, str::FromStr};

use apishift_types::Skipped;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Fingerprint, StoreError, canonical_json, disk};

/// Name of the manifest in a stage folder. It is written last: where it is, the stage is complete.
pub const MANIFEST: &str = "manifest.json";

/// Number of the manifest's format; bumped when a field is added.
const FORMAT: u32 = 1;

/// One of `of` parts of a stage's units: those whose index in the sorted list leaves the rest `index`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Shard {
    /// Which part, from 0.
    pub index: u32,
    /// How many parts there are.
    pub of: u32,
}

impl Shard {
    /// Whether the unit at `position` of the sorted list belongs to this part.
    pub fn takes(self, position: usize) -> bool {
        position % self.of as usize == self.index as usize
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.of)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(index, of)| index.parse().ok().zip(of.parse().ok()));
        match parts {
            Some((index, of)) if index < of => Ok(Self { index, of }),
            _ => Err(format!("{text:?} is not a shard: write i/n, such as 0/3, with i less than n")),
        }
    }
}

/// One file of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FileEntry {
    /// SHA-256, hex.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

/// One table of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TableEntry {
    /// Version of the table's columns.
    pub version: u32,
    /// Rows in all files of the table.
    pub rows: u64,
    /// The table's files, in order, relative to the stage folder.
    pub files: Vec<String>,
}

/// One unit of a stage that works unit by unit (a project). Its rows stand together, in the order of the units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UnitEntry {
    /// Name of the unit.
    pub name: String,
    /// Fingerprint of the unit's inputs and settings: where it is unchanged, its rows are taken over.
    pub fingerprint: Fingerprint,
    /// Rows of the unit in the stage's table.
    pub rows: u64,
    /// What was left out.
    pub skipped: Skipped,
}

/// What a stage says about its output. It names no clock, no host and no path, so the same work gives the same bytes
/// anywhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Manifest {
    /// Number of this format.
    pub format: u32,
    /// Name of the stage.
    pub stage: String,
    /// Version of the stage's code.
    pub stage_version: u32,
    /// Fingerprint of stage, version, inputs, settings, seed and units: where it is unchanged, the stage is skipped.
    pub fingerprint: Fingerprint,
    /// Versions of the programs that made it. Not in the fingerprint: `stage-version` stands for what they do.
    pub versions: BTreeMap<String, String>,
    /// SHA-256 of every file that was read from the stages before, by `stage/file`.
    pub inputs: BTreeMap<String, String>,
    /// The stage's settings, with nothing left to a default.
    pub settings: Value,
    /// Seed, where the stage draws random numbers.
    pub seed: Option<u64>,
    /// The part of the units that this is; `None` where it is all of them.
    pub shard: Option<Shard>,
    /// The tables, by name.
    pub tables: BTreeMap<String, TableEntry>,
    /// The units, in the order of their rows; empty for stages over whole tables.
    pub units: Vec<UnitEntry>,
    /// What was left out, by reason, over all units.
    pub skipped: Skipped,
    /// Every file of the stage but this one, by path relative to the stage folder.
    pub files: BTreeMap<String, FileEntry>,
}

impl Manifest {
    /// A manifest without tables, units and files.
    pub fn new(stage: &str, stage_version: u32, fingerprint: Fingerprint) -> Self {
        Self {
            format: FORMAT,
            stage: stage.to_owned(),
            stage_version,
            fingerprint,
            versions: BTreeMap::from([("apishift".to_owned(), env!("CARGO_PKG_VERSION").to_owned())]),
            inputs: BTreeMap::new(),
            settings: Value::Null,
            seed: None,
            shard: None,
            tables: BTreeMap::new(),
            units: Vec::new(),
            skipped: Skipped::default(),
            files: BTreeMap::new(),
        }
    }

    /// Rows of all tables.
    pub fn rows(&self) -> u64 {
        self.tables.values().map(|table| table.rows).sum()
    }

    /// Reads the manifest of a stage folder; `None` where there is none, so the stage is not complete.
    pub fn read(folder: &Path) -> Result<Option<Self>, StoreError> {
        let path = folder.join(MANIFEST);
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(StoreError::io("read", path)(error)),
        };
        let json = |source| StoreError::Json { path: path.clone(), source };
        let value: Value = serde_json::from_slice(&text).map_err(json)?;
        // The number is looked at first: a newer format has fields that this one does not know.
        let found = value.get("format").and_then(Value::as_u64).and_then(|n| u32::try_from(n).ok());
        if let Some(found) = found.filter(|found| *found != FORMAT) {
            return Err(StoreError::Format { path, found, known: FORMAT });
        }
        serde_json::from_value(value).map(Some).map_err(json)
    }

    /// Writes the manifest into a stage folder.
    pub(crate) fn write(&self, folder: &Path) -> Result<(), StoreError> {
        let path = folder.join(MANIFEST);
        let stable = Self { settings: canonical_json(&self.settings), ..self.clone() };
        let mut text = serde_json::to_vec_pretty(&stable)
            .map_err(|source| StoreError::Json { path: path.clone(), source })?;
        text.push(b'\n');
        disk::write_file(&path, &text)
    }
}
