//! Stage `split`: the dataset.

use std::{collections::BTreeMap, path::PathBuf, time::Duration};

use anyhow::bail;
use apishift_dataset::{
    Benchmark, CardContext, DecontaminationReport, Funnel, SCORED_FILE, choose, confirm, decontaminate,
    split, write_dataset,
};
use apishift_report::audit::{Verdict, read_verdicts};
use apishift_store::{ApiUpdateTable, ExecutionTable, Manifest, hash_file};
use apishift_types::{ApiUpdate, Skipped};

use super::{Runner, Stage, StageReport, StageResult, plan::StagePlan, runner::report};
use crate::{
    pipeline::{InputFile, Settings, VerifyRows},
    progress::StageProgress,
};

impl Runner<'_> {
    pub(super) fn split(&self, progress: &StageProgress) -> anyhow::Result<(StageReport, Duration)> {
        let assembled = self.manifest(Stage::Assemble)?;
        let plan = StagePlan::split(self.settings(), &assembled, &self.manifest(Stage::Verify)?);
        if let Some(report) = self.up_to_date(&plan)? {
            return Ok((report, progress.elapsed()));
        }
        let settings = self.settings();
        let mut rows = self.stage(Stage::Assemble).read::<ApiUpdateTable>()?;
        let executions = self.stage(Stage::Verify).read::<ExecutionTable>()?;
        confirm(&mut rows, executions);
        let (rows, decontamination, excluded) = self.decontaminate(rows)?;
        // All that was scored is divided, so that no configuration gives away another one's test.
        let (scored, split_statistics) = self.pool.install(|| split(rows, &settings.split));
        self.check_interrupt()?;
        let (rows, left_out) = choose(&scored, &settings.assemble);
        let funnel = Funnel::of(&rows);
        let mut excluded = excluded;
        excluded.merge(&left_out);
        let mut skipped = assembled.skipped;
        skipped.merge(&excluded);
        let context = CardContext {
            title: title(settings),
            rebuild: rebuild(settings),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            assemble: settings.assemble.clone(),
            split: settings.split.clone(),
            split_statistics,
            skipped,
            decontamination,
            funnel,
            judged: self.judged()?,
        };
        let mut draft = self.folder.draft(Stage::Split.folder())?;
        let written = write_dataset(draft.path(), rows, scored, &context)?;
        let is_table = |file: &str| file.ends_with(".parquet") && file != SCORED_FILE;
        let tables: Vec<_> = written.files.into_iter().filter(|(file, _)| is_table(file)).collect();
        let count = tables.iter().map(|(_, rows)| rows).sum();
        draft.declare::<ApiUpdateTable>(count, tables.into_iter().map(|(file, _)| file).collect());
        let manifest = draft.publish(Manifest { skipped: excluded, ..plan.manifest() })?;
        Ok((report(Stage::Split, StageResult::Done, &manifest), progress.elapsed()))
    }

    /// Rows that people read, and whether every reader called them good.
    fn judged(&self) -> anyhow::Result<BTreeMap<String, bool>> {
        let mut judged = BTreeMap::new();
        for file in &self.settings().audit.verdicts {
            for line in read_verdicts(&self.input(file)?)? {
                *judged.entry(line.id).or_insert(true) &= line.verdict == Some(Verdict::Good);
            }
        }
        Ok(judged)
    }

    /// The path of a file that the pipeline names, which has to be what it was when the run began.
    pub(super) fn input(&self, file: &InputFile) -> anyhow::Result<PathBuf> {
        let path = self.machine.base().join(&file.path);
        if hash_file(&path)?.0 != file.sha256 {
            bail!("read {}: its content changed during the run", path.display());
        }
        Ok(path)
    }

    /// Compares the rows with the pipeline's benchmarks, and leaves out what overlaps where that is asked for.
    fn decontaminate(&self, rows: Vec<ApiUpdate>) -> anyhow::Result<Decontaminated> {
        let settings = &self.settings().decontaminate;
        if settings.benchmarks.is_empty() {
            return Ok((rows, None, Skipped::default()));
        }
        let mut benchmarks = Vec::new();
        for file in &settings.benchmarks {
            benchmarks.push(Benchmark::read(&self.input(file)?)?);
        }
        let report = self.pool.install(|| decontaminate(&rows, &benchmarks, settings.n));
        let (rows, skipped) = match settings.exclude {
            Some(least) => report.exclude(rows, least),
            None => (rows, Skipped::default()),
        };
        Ok((rows, Some(report), skipped))
    }
}

/// Rows that stay, what was found, and how many rows do not stay.
type Decontaminated = (Vec<ApiUpdate>, Option<DecontaminationReport>, Skipped);

/// The dataset's name for people.
fn title(settings: &Settings) -> String {
    format!("API updates ({})", settings.name)
}

/// The command that makes the dataset. A pipeline file is named as its run, so that no path of a machine is needed.
fn rebuild(settings: &Settings) -> String {
    let verify = match settings.verify.rows {
        VerifyRows::None => String::new(),
        rows => format!(" --verify {}", String::from(rows)),
    };
    format!("apishift run pipelines/{}.toml --seed {}{verify}", settings.name, settings.seed)
}
