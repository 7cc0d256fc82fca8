//! How far the stages of a run folder are.

use apishift_store::{Manifest, RunFolder};
use apishift_types::Skipped;
use serde::Serialize;

use super::{
    RunRecord, Stage,
    plan::{StagePlan, Target, python_versions},
    runner::projects_in,
};

/// How far a stage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub(crate) enum StageState {
    /// Its output is there, made from the inputs and settings of the run's record.
    Complete,
    /// Its output is there, made from other inputs or settings.
    OutOfDate {
        /// Units of the new output that are finished.
        done: usize,
        /// Units of the new output; 0 where they are not known yet.
        of: usize,
    },
    /// Its output is not there, some of its units are finished.
    Partial {
        /// Units that are finished.
        done: usize,
        /// All units; 0 where they are not known yet.
        of: usize,
    },
    /// Nothing of it is there.
    Missing,
}

/// How far a stage is, and what it has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct StageStatus {
    /// The stage.
    pub(crate) stage: Stage,
    /// How far it is.
    pub(crate) progress: StageState,
    /// Rows of the output that is there.
    pub(crate) rows: Option<u64>,
    /// What was left out, by reason.
    pub(crate) skipped: Skipped,
}

/// How far each stage of the run is, as far as the run was asked for.
pub(crate) fn states(folder: &RunFolder, record: &RunRecord) -> anyhow::Result<Vec<StageStatus>> {
    let mut manifests: Vec<Option<Manifest>> = Vec::new();
    let mut statuses = Vec::new();
    let mut is_known = true;
    for stage in record.stages() {
        let manifest = folder.stage(stage.folder()).manifest()?;
        // Without the stages before it, nobody can say what a stage would have to do.
        let plan = if is_known { plan(folder, record, stage, &manifests)? } else { None };
        let state = state(folder, stage, plan.as_ref(), manifest.as_ref())?;
        is_known = state == StageState::Complete;
        statuses.push(StageStatus {
            stage,
            progress: state,
            rows: manifest.as_ref().map(Manifest::rows),
            skipped: manifest.as_ref().map(|manifest| manifest.skipped.clone()).unwrap_or_default(),
        });
        manifests.push(manifest);
    }
    Ok(statuses)
}

/// What the stage has to do; `before` are the manifests of the stages before it, all complete.
fn plan(
    folder: &RunFolder,
    record: &RunRecord,
    stage: Stage,
    before: &[Option<Manifest>],
) -> anyhow::Result<Option<StagePlan>> {
    let settings = &record.settings;
    let target = Target { until: record.until, shard: record.shard };
    let projects = || projects_in(&folder.stage(Stage::Fetch.folder()));
    Ok(match (stage, before) {
        (Stage::Fetch, _) => Some(StagePlan::fetch(settings, target)),
        (Stage::Mine, [Some(fetch)]) => Some(StagePlan::mine(settings, target, fetch, &projects()?)),
        (Stage::Migrate, [Some(fetch), Some(mine)]) => {
            Some(StagePlan::migrate(settings, target, fetch, mine, &projects()?))
        }
        (Stage::Assemble, [_, Some(mine), Some(migrate)]) => {
            Some(StagePlan::assemble(settings, mine, migrate))
        }
        (Stage::Verify, [Some(fetch), _, _, Some(assemble)]) => {
            // Those of the machine that made it: the output is not out of date because another one looks at it.
            let found = folder.stage(stage.folder()).manifest()?;
            let pythons = found.map(|manifest| python_versions(&manifest)).unwrap_or_default();
            Some(StagePlan::verify(settings, fetch, assemble, &pythons))
        }
        (Stage::Split, [_, _, _, Some(assemble), Some(verify)]) => {
            Some(StagePlan::split(settings, assemble, verify))
        }
        _ => None,
    })
}

fn state(
    folder: &RunFolder,
    stage: Stage,
    plan: Option<&StagePlan>,
    manifest: Option<&Manifest>,
) -> anyhow::Result<StageState> {
    let work = folder.work(stage.name());
    let output = folder.stage(stage.folder());
    let (done, of) = match plan {
        Some(plan) => {
            let is_done = |unit: &&super::plan::UnitPlan| work.find(&unit.name, &unit.fingerprint).is_some();
            (plan.units.iter().filter(is_done).count(), plan.units.len())
        }
        None => (work.count()?, 0),
    };
    Ok(match (plan, manifest) {
        (Some(plan), Some(manifest)) if manifest.is(&plan.fingerprint()) && output.is_intact(manifest) => {
            StageState::Complete
        }
        (_, Some(_)) => StageState::OutOfDate { done, of },
        (_, None) if done > 0 => StageState::Partial { done, of },
        (_, None) => StageState::Missing,
    })
}
