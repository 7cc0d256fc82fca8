//! Shards of one run.

use std::{collections::BTreeMap, path::PathBuf};

use anyhow::{Context, bail};
use apishift_store::RunFolder;

use super::{RunRecord, Stage, StageState, states};

/// The folders of all shards of one run.
#[derive(Debug)]
pub(crate) struct Shards {
    /// The folders, by number of the shard.
    pub(crate) folders: Vec<RunFolder>,
    /// What the whole run does.
    pub(crate) record: RunRecord,
}

impl Shards {
    /// Opens the folders and checks that they are all the shards of one run, and that each is complete.
    pub(crate) fn open(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let mut found: BTreeMap<u32, (PathBuf, RunRecord)> = BTreeMap::new();
        for path in paths {
            let record = RunRecord::read(path)?
                .with_context(|| format!("find a run in {}: it has no run.json", path.display()))?;
            let Some(shard) = record.shard else {
                bail!("merge {}: it is a whole run, not a shard", path.display());
            };
            if let Some((first, _)) = found.insert(shard.index, (path.clone(), record)) {
                bail!("merge {} and {}: both are shard {shard}", first.display(), path.display());
            }
        }
        let Some((first_path, first)) = found.values().next().cloned() else {
            bail!("merge no folders: name those of the shards");
        };
        let of = first.shard.map_or(0, |shard| shard.of);
        for (path, record) in found.values() {
            let is_part = record.shard.is_some_and(|shard| shard.of == of) && record.whole() == first.whole();
            if !is_part {
                bail!(
                    "merge {} and {}: they are of different runs{}",
                    first_path.display(),
                    path.display(),
                    difference(&first, record),
                );
            }
        }
        let missing: Vec<_> =
            (0..of).filter(|index| !found.contains_key(index)).map(|index| format!("{index}/{of}")).collect();
        if !missing.is_empty() {
            bail!("merge {} of {of} shards: missing are {}", found.len(), missing.join(", "));
        }
        let mut folders = Vec::new();
        for (path, record) in found.values() {
            let folder = RunFolder::view(path);
            for status in states(&folder, record)? {
                if status.stage <= Stage::Migrate && status.progress != StageState::Complete {
                    bail!(
                        "merge {}: its stage {} is not complete; run it to its end first",
                        path.display(),
                        status.stage
                    );
                }
            }
            folders.push(folder);
        }
        Ok(Self { folders, record: first.whole() })
    }
}

/// What two records of one run should not differ in.
fn difference(a: &RunRecord, b: &RunRecord) -> String {
    let count = |record: &RunRecord| record.shard.map_or(0, |shard| shard.of);
    let what = [
        (count(a) != count(b), "number of shards"),
        (a.until != b.until, "last stage"),
        (a.settings.seed != b.settings.seed, "seed"),
        (a.settings.projects != b.settings.projects, "projects"),
        (a.settings != b.settings, "settings"),
    ];
    let found = what.iter().find(|(differs, _)| *differs).map(|(_, what)| *what);
    found.map(|what| format!(" (their {what} differ)")).unwrap_or_default()
}
