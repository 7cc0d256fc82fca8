//! Making a reward model: which dataset, its candidates, training, figures, the checkpoint.

#[cfg(feature = "torch")]
mod card;
#[cfg(feature = "torch")]
mod data;
#[cfg(feature = "torch")]
mod doctests;
mod file;
#[cfg(feature = "torch")]
mod make;
#[cfg(feature = "torch")]
mod train;
#[cfg(not(feature = "torch"))]
mod without;

pub(crate) use file::RewardModelSettings;
pub use file::{
    BaseTable, CandidatesTable, DatasetTable, DoctestTable, RewardModelFile, TestTable, TrainTable,
};
#[cfg(feature = "torch")]
pub(crate) use make::{Golden, write_report};
#[cfg(feature = "torch")]
pub(crate) use train::train;
#[cfg(not(feature = "torch"))]
pub(crate) use without::train;
