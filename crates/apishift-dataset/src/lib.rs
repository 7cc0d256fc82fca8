//! From the tables `api_changes` and `migrations` to the dataset that people load.
//!
//! What comes in: [`apishift_types::ApiChange`] and [`apishift_types::Migration`] rows. What goes out:
//! [`apishift_types::ApiUpdate`] rows that passed every filter ([`assemble`]), divided without leaks ([`split`]),
//! counted ([`statistics`]), compared with benchmarks ([`decontaminate`]), and written as a directory that
//! `datasets.load_dataset` reads ([`write_dataset`]). [`query`] looks into any table, whoever wrote it.
//! Filters that can be decided on one pair alone are the miner's; those over the whole table are here.

mod assemble;
mod card;
mod code;
mod confirm;
mod decontamination;
mod digest;
mod directory;
mod error;
pub mod export;
mod groups;
mod layout;
mod licences;
mod markup;
mod naming;
pub mod query;
mod reason;
mod selection;
mod similarity;
mod split;
mod statistics;
mod update_info;

pub use assemble::{AssembleOptions, assemble};
pub use card::{CardContext, card};
pub use confirm::{Funnel, choose, confirm};
pub use decontamination::{Benchmark, DecontaminationReport, Overlap, decontaminate};
pub use directory::{DatasetFiles, SCORED_FILE, split_file, write_dataset};
pub use error::DatasetError;
pub use licences::{Licences, UnknownLicence};
pub use reason::Reason;
pub use split::{Fractions, LARGEST_HELD_OUT_GROUP, SplitOptions, SplitStatistics, split};
pub use statistics::{Count, LibraryCount, Spread, Statistics, statistics};
pub use update_info::{UpdateInfo, UpdateInfoOptions, update_info};
