//! Making a reward model: which dataset, its candidates, training, figures, the checkpoint.

#[cfg(feature = "torch")]
mod card;
#[cfg(feature = "torch")]
mod data;
mod file;
#[cfg(feature = "torch")]
mod make;

#[cfg(feature = "torch")]
pub(crate) use data::{candidates, dataset};
pub(crate) use file::RewardModelSettings;
#[cfg(feature = "torch")]
pub(crate) use file::SMOLLM2;
pub use file::{BaseTable, CandidatesTable, DatasetTable, RewardModelFile, TrainTable};
#[cfg(feature = "torch")]
pub(crate) use make::{Golden, Machinery, make};
