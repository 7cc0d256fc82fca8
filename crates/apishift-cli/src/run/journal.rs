//! What a run folder remembers about the machine's part: which command it was, and how long stages took.
//!
//! None of it is hashed or read by a stage.

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use apishift_store::write_file;
use serde::{Deserialize, Serialize};

use super::Stage;

const JOURNAL: &str = "journal.json";

/// The command of the last run and the times of the stages that it did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default)]
pub(crate) struct Journal {
    /// The command that goes on with the run.
    pub(crate) command: String,
    /// Seconds that each stage took when it was last done.
    pub(crate) seconds: BTreeMap<Stage, f64>,
    /// Largest memory of the process up to the end of each stage, in MiB, where the system tells.
    pub(crate) peak_mib: BTreeMap<Stage, u64>,
}

impl Journal {
    /// Reads the journal; an empty one where there is none, or where it is damaged: nothing depends on it.
    pub(crate) fn read(folder: &Path) -> Self {
        let text = fs::read(folder.join(JOURNAL)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Adds what a stage took.
    pub(crate) fn add(&mut self, stage: Stage, time: Duration) {
        self.seconds.insert(stage, (time.as_secs_f64() * 1000.0).round() / 1000.0);
        if let Some(peak) = peak_memory() {
            self.peak_mib.insert(stage, peak);
        }
    }

    /// Writes the journal.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<()> {
        let mut text = serde_json::to_vec_pretty(self)?;
        text.push(b'\n');
        Ok(write_file(&folder.join(JOURNAL), &text)?)
    }
}

/// Peak resident memory of this process in MiB, as Linux counts it.
fn peak_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kib.div_ceil(1024))
}
