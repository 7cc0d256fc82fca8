//! What a run did, for its summary.

use std::path::PathBuf;

use apishift_types::Skipped;
use serde::Serialize;

use super::Stage;

/// How a stage came to its output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum StageResult {
    /// It was done now.
    Done,
    /// Its output was there, with the same fingerprint.
    UpToDate,
}

/// What a stage did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct StageReport {
    /// The stage.
    pub(crate) stage: Stage,
    /// How it came to its output.
    pub(crate) result: StageResult,
    /// Rows of its table.
    pub(crate) rows: u64,
    /// What was left out, by reason.
    pub(crate) skipped: Skipped,
}

/// What a run did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct RunReport {
    /// Name of the run.
    pub(crate) name: String,
    /// The run folder.
    pub(crate) folder: PathBuf,
    /// The stages, in order.
    pub(crate) stages: Vec<StageReport>,
}
