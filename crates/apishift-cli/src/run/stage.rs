//! The stages of a pipeline.

use std::fmt;

use apishift_mine::MIGRATE_VERSION;
use apishift_store::{ApiChangeTable, ApiUpdateTable, ExecutionTable, MigrationTable, ReleaseTable, Table};
use clap::ValueEnum;
use serde::{Deserialize, Serialize};

/// A stage, in the order in which a run does them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Stage {
    /// Releases of every project, as git repositories in the cache.
    Fetch,
    /// API changes of every library.
    Mine,
    /// Code that the API changes made somebody edit, of every project.
    Migrate,
    /// The examples: migrations that pass the filters over the whole table.
    Assemble,
    /// Evidence by execution: what the examples do on both versions of their library.
    Verify,
    /// The dataset: examples divided into train, validation and test.
    Split,
}

impl Stage {
    /// Every stage, in order.
    pub(crate) const ALL: [Self; 6] =
        [Self::Fetch, Self::Mine, Self::Migrate, Self::Assemble, Self::Verify, Self::Split];

    /// Name on the command line and in manifests.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fetch => "fetch",
            Self::Mine => "mine",
            Self::Migrate => "migrate",
            Self::Assemble => "assemble",
            Self::Verify => "verify",
            Self::Split => "split",
        }
    }

    /// Folder of the output in the run folder.
    pub(crate) fn folder(self) -> &'static str {
        match self {
            Self::Split => "dataset",
            other => other.name(),
        }
    }

    /// Version of the stage's code. Raise it when the same inputs and settings give other rows: everybody's outputs of
    /// this stage are then made anew.
    pub(crate) fn version(self) -> u32 {
        match self {
            Self::Fetch => 2,
            Self::Mine => 2,
            Self::Migrate => MIGRATE_VERSION,
            Self::Assemble => 2,
            Self::Verify => 2,
            Self::Split => 3,
        }
    }

    /// Name and version of the table that the stage writes.
    pub(crate) fn table(self) -> (&'static str, u32) {
        fn of<T: Table>() -> (&'static str, u32) {
            (T::NAME, T::VERSION)
        }
        match self {
            Self::Fetch => of::<ReleaseTable>(),
            Self::Mine => of::<ApiChangeTable>(),
            Self::Migrate => of::<MigrationTable>(),
            Self::Verify => of::<ExecutionTable>(),
            Self::Assemble | Self::Split => of::<ApiUpdateTable>(),
        }
    }

    /// What a unit of the stage is called, in the plural.
    pub(crate) fn units(self) -> &'static str {
        match self {
            Self::Mine => "libraries",
            Self::Verify => "examples",
            _ => "projects",
        }
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
