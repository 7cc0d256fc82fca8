//! The `apishift` binary: arguments, progress, configuration, wiring.
//!
//! What comes in: a command line and the pipeline file that it names. What goes out: run folders, and a summary on
//! stdout. Everything that does work is in other crates; here are the order of the stages, what is up to date, and
//! words for people. The library part is for `xtask`, which writes the schema of pipeline files.

mod args;
mod commands;
mod entry;
mod failure;
mod folder;
mod interrupt;
mod logging;
mod output;
mod pipeline;
mod progress;
mod reward_model;
mod row;
mod run;

pub use entry::{command, main};
pub use pipeline::{
    AssembleTable, AuditSettings, AuditTable, DecontaminateSettings, DecontaminateTable, DefaultsTable,
    InputFile, MigrateTable, MineTable, PipelineError, PipelineFile, ProjectSettings, ProjectTable, Settings,
    SplitTable, UpdateInfoTable, VerifyRows, VerifySettings, VerifyTable,
};
pub use reward_model::{
    BaseTable, CandidatesTable, DatasetTable, DoctestTable, RewardModelFile, TestTable, TrainTable,
};
