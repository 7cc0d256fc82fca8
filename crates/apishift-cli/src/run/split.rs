//! Stage `split`: the dataset.

use std::time::Duration;

use apishift_dataset::{CardContext, split, write_dataset};
use apishift_store::{ApiUpdateTable, Manifest};

use super::{Runner, Stage, StageReport, StageResult, plan::StagePlan, runner::report};
use crate::{pipeline::Settings, progress::StageProgress};

impl Runner<'_> {
    pub(super) fn split(&self, progress: &StageProgress) -> anyhow::Result<(StageReport, Duration)> {
        let assembled = self.manifest(Stage::Assemble)?;
        let plan = StagePlan::split(self.settings(), &assembled);
        if let Some(report) = self.up_to_date(&plan)? {
            return Ok((report, progress.elapsed()));
        }
        let rows = self.stage(Stage::Assemble).read::<ApiUpdateTable>()?;
        let (rows, statistics) = self.pool.install(|| split(rows, &self.settings().split));
        self.check_interrupt()?;
        let settings = self.settings();
        let context = CardContext {
            title: title(settings),
            rebuild: rebuild(settings),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            assemble: settings.assemble.clone(),
            split: settings.split.clone(),
            split_statistics: statistics,
            skipped: assembled.skipped,
            decontamination: None,
        };
        let mut draft = self.folder.draft(Stage::Split.folder())?;
        let written = write_dataset(draft.path(), rows, &context)?;
        let is_table = |file: &str| file.ends_with(".parquet");
        let tables: Vec<_> = written.files.into_iter().filter(|(file, _)| is_table(file)).collect();
        let count = tables.iter().map(|(_, rows)| rows).sum();
        draft.declare::<ApiUpdateTable>(count, tables.into_iter().map(|(file, _)| file).collect());
        let manifest: Manifest = draft.publish(plan.manifest())?;
        Ok((report(Stage::Split, StageResult::Done, &manifest), progress.elapsed()))
    }
}

/// The dataset's name for people.
fn title(settings: &Settings) -> String {
    format!("API updates ({})", settings.name)
}

/// The command that makes the dataset. A pipeline file is named as its run, so that no path of a machine is needed.
fn rebuild(settings: &Settings) -> String {
    format!("apishift run pipelines/{}.toml --seed {}", settings.name, settings.seed)
}
