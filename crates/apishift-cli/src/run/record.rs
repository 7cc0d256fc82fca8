//! What a run folder says about its run.

use std::{fs, io, path::Path};

use anyhow::{Context, bail};
use apishift_store::{Shard, canonical_json, write_file};
use serde::{Deserialize, Serialize};

use super::Stage;
use crate::pipeline::Settings;

/// Name of the record in the run folder.
const RECORD: &str = "run.json";
/// Number of the record's format; raised when a field is added.
const FORMAT: u32 = 1;

/// The settings of the last run in a folder: what `status` measures the stages by, and `merge` the shards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub(crate) struct RunRecord {
    format: u32,
    /// The last stage that was ever asked for.
    pub(crate) until: Stage,
    /// The part of the units that this run does; `None` where it is all of them.
    pub(crate) shard: Option<Shard>,
    /// The pipeline, resolved.
    pub(crate) settings: Settings,
}

impl RunRecord {
    pub(crate) fn new(settings: Settings, until: Stage, shard: Option<Shard>) -> Self {
        Self { format: FORMAT, until, shard, settings }
    }

    /// The record of the whole run that this is a shard of.
    pub(crate) fn whole(&self) -> Self {
        Self { shard: None, ..self.clone() }
    }

    /// The stages of this run, in order.
    pub(crate) fn stages(&self) -> impl Iterator<Item = Stage> + use<> {
        self.stages_until(self.until)
    }

    /// The stages of this run up to one of them. A shard ends with the last stage that works unit by unit: what comes
    /// after needs the rows of all shards.
    pub(crate) fn stages_until(&self, last: Stage) -> impl Iterator<Item = Stage> + use<> {
        let last = if self.shard.is_some() { last.min(Stage::Migrate) } else { last };
        Stage::ALL.into_iter().filter(move |stage| *stage <= last)
    }

    /// Reads the record of a run folder; `None` where there is none.
    pub(crate) fn read(folder: &Path) -> anyhow::Result<Option<Self>> {
        let path = folder.join(RECORD);
        let text = match fs::read(&path) {
            Ok(text) => text,
            // A file instead of a folder has no record either.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                return Ok(None);
            }
            Err(error) => return Err(error).with_context(|| format!("read {}", path.display())),
        };
        let read = || format!("read {}", path.display());
        let value: serde_json::Value = serde_json::from_slice(&text).with_context(read)?;
        if let Some(format) = value.get("format").filter(|format| **format != FORMAT) {
            bail!(
                "read {}: its format is {format}, and this version of apishift knows {FORMAT}",
                path.display()
            );
        }
        serde_json::from_value(value).map(Some).with_context(read)
    }

    /// Writes the record into the run folder, if it says something new.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let value = canonical_json(&serde_json::to_value(self)?);
        let mut text = serde_json::to_vec_pretty(&value)?;
        text.push(b'\n');
        let path = folder.join(RECORD);
        if fs::read(&path).is_ok_and(|old| old == text) {
            return Ok(());
        }
        Ok(write_file(&path, &text)?)
    }
}
