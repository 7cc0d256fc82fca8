//! `apishift train-rm` of a binary without libtorch.

use std::path::Path;

use super::RewardModelSettings;
use crate::{
    args::{GlobalArgs, TrainRmArgs},
    failure::NoTorch,
    output::Printer,
};

/// Says what to do.
pub(crate) fn train(
    _: &TrainRmArgs,
    _: &RewardModelSettings,
    _: &Path,
    _: &GlobalArgs,
    _: &Printer,
) -> anyhow::Result<()> {
    Err(NoTorch { command: "train-rm" }.into())
}
