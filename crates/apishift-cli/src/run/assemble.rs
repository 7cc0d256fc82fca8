//! Stage `assemble`: the examples.

use std::time::Duration;

use anyhow::Context;
use apishift_dataset::assemble;
use apishift_mine::recode::{RecodeRecord, RecordSource};
use apishift_store::{ApiChangeTable, ApiUpdateTable, MigrationTable, Record, RecordReader, StoreError};
use apishift_types::{ApiChange, Migration};

use super::{Runner, Stage, StageReport, StageResult, plan::StagePlan, runner::report};
use crate::{pipeline::ImportSettings, progress::StageProgress};

impl Runner<'_> {
    pub(super) fn assemble(&self, progress: &StageProgress) -> anyhow::Result<(StageReport, Duration)> {
        let plan = StagePlan::assemble(
            self.settings(),
            &self.manifest(Stage::Mine)?,
            &self.manifest(Stage::Migrate)?,
        );
        if let Some(report) = self.up_to_date(&plan)? {
            return Ok((report, progress.elapsed()));
        }
        let mut changes = self.stage(Stage::Mine).read::<ApiChangeTable>()?;
        let mut migrations = self.stage(Stage::Migrate).read::<MigrationTable>()?;
        for import in &self.settings().import {
            for (change, migration) in self.records(import)? {
                changes.push(change);
                migrations.push(migration);
            }
        }
        let (rows, skipped) = self.pool.install(|| assemble(&changes, migrations, &self.settings().assemble));
        self.check_interrupt()?;
        let mut draft = self.folder.draft(Stage::Assemble.folder())?;
        draft.write::<ApiUpdateTable>(rows)?;
        let manifest = draft.publish(apishift_store::Manifest { skipped, ..plan.manifest() })?;
        Ok((report(Stage::Assemble, StageResult::Done, &manifest), progress.elapsed()))
    }

    /// The records of a file, as changes and edits.
    fn records(&self, import: &ImportSettings) -> anyhow::Result<Vec<(ApiChange, Migration)>> {
        let path = self.input(&import.recode)?;
        let shown = import.recode.path.display().to_string();
        let name = import.recode.stem();
        let source = RecordSource { name: &name, path: &shown, license: &import.license };
        let read = |(number, row): (u32, Result<Record, StoreError>)| {
            let record = RecodeRecord::read(&row?)
                .with_context(|| format!("read record {number} of {}", path.display()))?;
            Ok(record.into_rows(source, number))
        };
        (1..).zip(RecordReader::open(&path)?).map(read).collect()
    }
}
