//! Doing the stages of a run, one after the other.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use anyhow::bail;
use apishift_evidence::Interpreter;
use apishift_history::{FetchOptions, ProjectSource};
use apishift_sandbox::Isolation;
use apishift_store::{Manifest, ReleaseTable, RunFolder, StageFolder, Table, projects_of};
use apishift_types::Skipped;

use super::{
    Journal, RunRecord, RunReport, Stage, StageReport, StageResult,
    plan::{Projects, StagePlan, Target, UnitPlan},
    units::{Shelf, run_units},
};
use crate::{
    failure::Interrupted,
    pipeline::{Settings, locate, unit_name},
    progress::StageProgress,
};

/// Why a merge lacks a unit although every shard is complete.
const NOT_IN_ANY_SHARD: &str = "find it in any shard: the shards saw other releases, or other API changes; \
    redo their fetch (--redo fetch) at one time or with one cache";

/// The machine's part of a run: nothing of it may change what is written.
#[derive(Clone, Debug)]
pub(crate) struct Machine {
    /// Downloads, repositories and parses, shared by all runs.
    pub(crate) cache_dir: PathBuf,
    /// Units at once.
    pub(crate) jobs: usize,
    /// Use the cache and nothing else.
    pub(crate) offline: bool,
    /// Interpreters that examples may run on, oldest first.
    pub(crate) pythons: Vec<Interpreter>,
    /// How much keeps examples from the machine.
    pub(crate) isolation: Isolation,
    /// The pipeline file, for messages; relative paths in it start from its folder.
    pub(crate) pipeline: PathBuf,
}

impl Machine {
    /// The source with the path of a repository on this machine made absolute.
    pub(crate) fn locate(&self, source: &ProjectSource) -> ProjectSource {
        locate(source, self.base())
    }

    /// The folder that relative paths of the pipeline file start from.
    pub(crate) fn base(&self) -> &Path {
        self.pipeline.parent().unwrap_or(Path::new(""))
    }

    /// Versions of the interpreters.
    pub(crate) fn python_versions(&self) -> Vec<String> {
        self.pythons.iter().map(|python| python.version.clone()).collect()
    }

    /// How histories are fetched.
    pub(crate) fn fetch_options(&self) -> FetchOptions {
        FetchOptions { offline: self.offline, ..FetchOptions::new(&self.cache_dir) }
    }
}

/// A run in its folder.
#[derive(Debug)]
pub(crate) struct Runner<'a> {
    pub(crate) folder: &'a RunFolder,
    pub(crate) record: &'a RunRecord,
    pub(crate) machine: &'a Machine,
    pub(crate) interrupt: &'a AtomicBool,
    /// The last stage to do now.
    pub(crate) until: Stage,
    /// Stages to do again even if they are up to date.
    pub(crate) redo: BTreeSet<Stage>,
    /// Shards whose units are taken over. Where there are any, no unit is done anew.
    pub(crate) shards: Vec<RunFolder>,
    /// Threads that the units of a stage share for what is parallel within them.
    pub(crate) pool: rayon::ThreadPool,
}

impl Runner<'_> {
    /// Does the stages up to the one that was asked for.
    pub(crate) fn run(&self, mut journal: Journal) -> anyhow::Result<RunReport> {
        let root = self.folder.root();
        self.record.write(root)?;
        journal.write(root)?;
        let mut stages = Vec::new();
        for stage in self.record.stages_until(self.until) {
            self.check_interrupt()?;
            let progress = StageProgress::new(stage);
            let (report, time) = match stage {
                Stage::Fetch => self.fetch(&progress),
                Stage::Mine => self.mine(&progress),
                Stage::Migrate => self.migrate(&progress),
                Stage::Assemble => self.assemble(&progress),
                Stage::Verify => self.verify(&progress),
                Stage::Split => self.split(&progress),
            }?;
            tell(&report, time);
            if report.result == StageResult::Done {
                journal.add(stage, time);
                journal.write(root)?;
            }
            stages.push(report);
        }
        Ok(RunReport { name: self.settings().name.clone(), folder: root.to_owned(), stages })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.record.settings
    }

    pub(crate) fn target(&self) -> Target {
        Target { until: self.record.until, shard: self.record.shard }
    }

    pub(crate) fn stage(&self, stage: Stage) -> StageFolder {
        self.folder.stage(stage.folder())
    }

    /// The manifest of a stage that this run has completed.
    pub(crate) fn manifest(&self, stage: Stage) -> anyhow::Result<Manifest> {
        let manifest = self.stage(stage).manifest()?;
        manifest
            .ok_or_else(|| anyhow::anyhow!("find the output of {stage} in {}", self.folder.root().display()))
    }

    /// The fetched projects, by name of their unit.
    pub(crate) fn projects(&self) -> anyhow::Result<Projects> {
        projects_in(&self.stage(Stage::Fetch))
    }

    /// The report of a stage whose output is there with the plan's fingerprint.
    pub(crate) fn up_to_date(&self, plan: &StagePlan) -> anyhow::Result<Option<StageReport>> {
        if self.redo.contains(&plan.stage) {
            return Ok(None);
        }
        let stage = self.stage(plan.stage);
        let manifest = stage.manifest()?.filter(|found| found.is(&plan.fingerprint()));
        let Some(manifest) = manifest else { return Ok(None) };
        if !stage.is_intact(&manifest) {
            tracing::warn!("{}: its files are not those that it wrote; it is done again", plan.stage);
            return Ok(None);
        }
        // A kill right after the stage was complete leaves the units that it was joined from.
        self.folder.work(plan.stage.name()).clear()?;
        Ok(Some(report(plan.stage, StageResult::UpToDate, &manifest)))
    }

    /// Does a stage unit by unit, takes over what is finished, and puts the joined output in the place of the old one.
    pub(crate) fn do_units<T: Table>(
        &self,
        plan: &StagePlan,
        progress: &StageProgress,
        work: impl Fn(&UnitPlan) -> anyhow::Result<(Vec<T::Row>, Skipped)> + Sync,
    ) -> anyhow::Result<StageReport> {
        let stage = plan.stage;
        let folder = self.folder.work(stage.name());
        if self.redo.contains(&stage) {
            folder.clear()?;
        }
        let mut sources = Vec::new();
        if !self.redo.contains(&stage) {
            sources.push(self.stage(stage));
        }
        sources.extend(self.shards.iter().map(|shard| shard.stage(stage.folder())));
        let shelf = Shelf::new::<T>(folder.clone(), &sources)?;
        let rows = run_units::<T>(
            stage,
            &plan.units,
            &shelf,
            self.machine.jobs,
            progress,
            self.interrupt,
            |unit| if self.shards.is_empty() { work(unit) } else { bail!(NOT_IN_ANY_SHARD) },
        )?;
        let mut draft = self.folder.draft(stage.folder())?;
        draft.join::<T>(&rows)?;
        let mut manifest = plan.manifest();
        for unit in rows {
            manifest.skipped.merge(&unit.entry.skipped);
            manifest.units.push(unit.entry);
        }
        let manifest = draft.publish(manifest)?;
        folder.clear()?;
        Ok(report(stage, StageResult::Done, &manifest))
    }

    pub(crate) fn check_interrupt(&self) -> anyhow::Result<()> {
        if self.interrupt.load(Ordering::Relaxed) { Err(Interrupted.into()) } else { Ok(()) }
    }
}

/// The fetched projects of a stage folder, by name of their unit.
pub(crate) fn projects_in(fetch: &StageFolder) -> anyhow::Result<Projects> {
    let projects = projects_of(fetch.read::<ReleaseTable>()?)?;
    let named = projects.into_iter().map(|project| (unit_name(project.role, &project.name), project));
    Ok(named.collect::<BTreeMap<_, _>>())
}

pub(crate) fn report(stage: Stage, result: StageResult, manifest: &Manifest) -> StageReport {
    StageReport { stage, result, rows: manifest.rows(), skipped: manifest.skipped.clone() }
}

/// One line on stderr for a stage that is complete.
fn tell(report: &StageReport, time: Duration) {
    let StageReport { stage, rows, skipped, .. } = report;
    let table = stage.table().0;
    match report.result {
        StageResult::UpToDate => tracing::info!("{stage}: up to date, {rows} rows of {table}"),
        StageResult::Done => {
            let left_out = match skipped.total() {
                0 => String::new(),
                n => format!(", {n} left out"),
            };
            tracing::info!("{stage}: {rows} rows of {table}{left_out} ({:.1} s)", time.as_secs_f64());
        }
    }
}
