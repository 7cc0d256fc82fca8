//! Pipeline files: what the user wrote, checked, and what it means.

mod audits;
mod benchmarks;
mod complaint;
mod file;
mod inputs;
mod options;
mod records;
mod settings;
mod value;

pub use audits::{AuditSettings, AuditTable};
pub use benchmarks::{DecontaminateSettings, DecontaminateTable};
pub use complaint::PipelineError;
pub use file::{DefaultsTable, PipelineFile, ProjectTable};
pub use inputs::InputFile;
pub use options::{
    AssembleTable, MigrateTable, MineTable, SplitTable, UpdateInfoTable, VerifySettings, VerifyTable,
};
pub(crate) use records::ImportSettings;
pub use settings::{ProjectSettings, Settings};
pub(crate) use settings::{locate, unit_name};
pub use value::VerifyRows;
