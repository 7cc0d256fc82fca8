//! `apishift train-rm`, with libtorch.

use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use apishift_report::reward_model::Scope;
use apishift_store::RunFolder;
use serde::Serialize;

use super::{
    RewardModelSettings,
    data::{candidates, dataset},
    doctests::doctests,
    file::SMOLLM2,
    make::{Machinery, make},
};
use crate::{
    args::{EvidenceArgs, GlobalArgs, RunArgs, StageArgs, TrainRmArgs},
    commands::{
        model::ensure_smollm2,
        until::{Request, run_until},
    },
    interrupt,
    output::{Format, Printer},
};

/// What is printed.
#[derive(Debug, Serialize)]
struct Summary {
    model: String,
    report: String,
    problems: u64,
    pairwise_accuracy: Option<f64>,
    top_1: Option<f64>,
}

/// Trains on a dataset that is built already, or is built now, and prints what the model is worth.
pub(crate) fn train(
    args: &TrainRmArgs,
    settings: &RewardModelSettings,
    out: &Path,
    global: &GlobalArgs,
    printer: &Printer,
) -> anyhow::Result<()> {
    // Before hours of work: is the device there?
    let device = args.device.parse()?;
    let build = out.parent().unwrap_or(Path::new(""));
    let found = match dataset(settings, build)? {
        Some(found) => found,
        None => {
            build_dataset(args, settings, build, global, printer)?;
            dataset(settings, build)?
                .ok_or_else(|| anyhow!("find the dataset that was built in {}", build.display()))?
        }
    };
    tracing::info!("train-rm: examples of {}", found.path().display());
    let base = base(args, settings, global)?;
    let interrupt = interrupt::flag();
    let folder = RunFolder::open(out)?;
    let (rows, _) = candidates(settings, &found, &folder)?;
    let extra = doctests(settings, &folder, (&global.cache_dir, args.offline), &interrupt)?;
    let threads = global.jobs.map(NonZeroUsize::get);
    let states = out.join("training");
    let machinery = Machinery {
        device,
        threads,
        cache: &global.cache_dir,
        states: &states,
        events: &out.join("events"),
        interrupt: &interrupt,
    };
    let made = make(settings, (rows, extra), &base, &out.join("model"), &machinery)?;
    let table = made.report.tables.iter().find(|table| table.scope == Scope::Real);
    let row = table.and_then(|table| table.rows.iter().find(|row| row.scorer == made.report.headline));
    let figure = |metric: &str| row.and_then(|row| row.figures.get(metric)).map(|figure| figure.value);
    let summary = Summary {
        model: made.model.display().to_string(),
        report: made.model.join("report.html").display().to_string(),
        problems: table.map_or(0, |table| table.mixed),
        pairwise_accuracy: figure("pairwise_accuracy"),
        top_1: figure("top_1"),
    };
    match args.format {
        Format::Json => printer.json(&summary),
        Format::Human => {
            let number =
                |figure: Option<f64>| figure.map_or("none".to_owned(), |value| format!("{value:.3}"));
            Ok(printer.print(&format!(
                "{}: pairwise accuracy {}, top 1 {}, on {} held-out problems\n{}\n",
                summary.model,
                number(summary.pairwise_accuracy),
                number(summary.top_1),
                summary.problems,
                summary.report
            ))?)
        }
    }
}

/// Builds the last dataset that the pipeline names, from the pipeline file of its name beside it.
fn build_dataset(
    args: &TrainRmArgs,
    settings: &RewardModelSettings,
    build: &Path,
    global: &GlobalArgs,
    printer: &Printer,
) -> anyhow::Result<()> {
    let name = settings.runs.last().context("name a run to build")?;
    let pipeline = args.config.parent().unwrap_or(Path::new("")).join(format!("{name}.toml"));
    tracing::info!(
        "train-rm: none of {} is built yet; {} is, now",
        settings.runs.join(", "),
        pipeline.display()
    );
    let stage = StageArgs {
        pipeline,
        out: Some(build.join(name)),
        seed: None,
        offline: args.offline,
        shard: None,
        redo: Vec::new(),
        format: args.format,
    };
    let run = RunArgs { stage, cutoff: None, verify: EvidenceArgs::default() };
    run_until(&Request::whole("run", &run), global, printer)
}

/// The folder of the base model.
fn base(args: &TrainRmArgs, settings: &RewardModelSettings, global: &GlobalArgs) -> anyhow::Result<PathBuf> {
    if settings.base == SMOLLM2 {
        return ensure_smollm2(global, args.offline);
    }
    Ok(args.config.parent().unwrap_or(Path::new("")).join(&settings.base))
}
