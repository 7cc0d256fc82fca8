//! The candidates that a reward model learns from: of a dataset that is built already, or of one that is built now.

use std::{path::Path, thread};

use anyhow::{Context, anyhow};
use apishift_candidates::{Context as UpdateContext, UpdateOptions, update_candidates};
use apishift_store::{ApiUpdateTable, CandidateTable, Fingerprint, Manifest, RunFolder, StageFolder, Table};
use apishift_syntax::grammar::STACK;
use apishift_types::{ApiUpdate, CandidateRow, Skipped};
use serde_json::json;

use super::RewardModelSettings;

/// Name of the stage.
const STAGE: &str = "candidates";

/// Version of what it makes.
const VERSION: u32 = 1;

/// The dataset of the first run that has one; `None` where none has.
pub(crate) fn dataset(settings: &RewardModelSettings, build: &Path) -> anyhow::Result<Option<StageFolder>> {
    for run in &settings.runs {
        let stage = RunFolder::view(&build.join(run)).stage("dataset");
        if stage.manifest()?.is_some() {
            return Ok(Some(stage));
        }
    }
    Ok(None)
}

/// Candidates of a dataset: those of an earlier run, if nothing has changed.
pub(crate) fn candidates(
    settings: &RewardModelSettings,
    dataset: &StageFolder,
    folder: &RunFolder,
) -> anyhow::Result<(Vec<CandidateRow>, Manifest)> {
    let source =
        dataset.manifest()?.ok_or_else(|| anyhow!("find a dataset in {}", dataset.path().display()))?;
    let options = UpdateOptions {
        wrong: settings.wrong,
        general: settings.general,
        equivalents: settings.equivalents,
        seed: settings.seed,
        ..UpdateOptions::default()
    };
    let inputs = source.inputs_from::<ApiUpdateTable>();
    let plan =
        json!({ "wrong": options.wrong, "general": options.general, "equivalents": options.equivalents });
    let fingerprint = Fingerprint::of(&json!({
        "stage": STAGE,
        "version": VERSION,
        "table": (CandidateTable::NAME, CandidateTable::VERSION),
        "settings": plan,
        "inputs": inputs,
        "seed": options.seed,
    }));
    let stage = folder.stage(STAGE);
    if let Some(manifest) = stage.manifest()?.filter(|found| found.is(&fingerprint) && stage.is_intact(found))
    {
        tracing::info!("candidates: up to date, {} rows", manifest.rows());
        return Ok((stage.read::<CandidateTable>()?, manifest));
    }
    let rows = dataset.read::<ApiUpdateTable>()?;
    let (rows, skipped) = of_updates(rows, options)?;
    let mut draft = folder.draft(STAGE)?;
    draft.write::<CandidateTable>(rows.clone())?;
    let manifest = Manifest {
        inputs,
        settings: plan,
        seed: Some(options.seed),
        skipped,
        ..Manifest::new(STAGE, VERSION, fingerprint)
    };
    let manifest = draft.publish(manifest)?;
    tracing::info!("candidates: {} rows, {} examples left out", manifest.rows(), manifest.skipped.total());
    Ok((rows, manifest))
}

fn of_updates(rows: Vec<ApiUpdate>, options: UpdateOptions) -> anyhow::Result<(Vec<CandidateRow>, Skipped)> {
    let work = move || {
        let context = UpdateContext::of(&rows);
        let mut skipped = Skipped::default();
        let of_row = |row: &ApiUpdate| update_candidates(row, &context, &options, &mut skipped);
        let candidates = rows.iter().flat_map(of_row).collect();
        (candidates, skipped)
    };
    // The parser goes as deep as its input.
    let worker = thread::Builder::new().stack_size(STACK).spawn(work).context("start a thread")?;
    worker.join().map_err(|_panic| anyhow!("make candidates: a thread panicked"))
}
