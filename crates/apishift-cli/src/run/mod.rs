//! Running a pipeline: which stages there are, what each has to do, and doing it.
//!
//! [`plan`] says from settings and manifests alone what a stage has to do and under which fingerprint, so that `status`
//! and the [`Runner`] agree; [`units`] does a stage unit by unit; the other modules are one stage each.

mod assemble;
mod fetch;
mod journal;
mod merge;
mod migrate;
mod mine;
mod plan;
mod record;
mod report;
mod runner;
mod split;
mod stage;
mod state;
mod units;
mod verify;

pub(crate) use journal::Journal;
pub(crate) use merge::Shards;
pub(crate) use record::RunRecord;
pub(crate) use report::{RunReport, StageReport, StageResult};
pub(crate) use runner::{Machine, Runner};
pub(crate) use stage::Stage;
pub(crate) use state::{StageState, StageStatus, states};
pub(crate) use units::UnitFailures;
