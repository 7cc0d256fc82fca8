//! `apishift train-rm`.

use std::path::Path;

use crate::{
    args::{GlobalArgs, TrainRmArgs},
    output::Printer,
    reward_model::{RewardModelSettings, train},
};

/// Trains a reward model.
pub(crate) fn run(args: &TrainRmArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    let settings = RewardModelSettings::read(&args.config, args.seed)?;
    let out = args.out.clone().unwrap_or_else(|| Path::new("data/build").join(&settings.name));
    train(args, &settings, &out, global, printer)
}
