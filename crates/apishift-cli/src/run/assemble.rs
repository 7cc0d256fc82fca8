//! Stage `assemble`: the examples.

use std::time::Duration;

use apishift_dataset::assemble;
use apishift_store::{ApiChangeTable, ApiUpdateTable, MigrationTable};

use super::{Runner, Stage, StageReport, StageResult, plan::StagePlan, runner::report};
use crate::progress::StageProgress;

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
        let changes = self.stage(Stage::Mine).read::<ApiChangeTable>()?;
        let migrations = self.stage(Stage::Migrate).read::<MigrationTable>()?;
        let (rows, skipped) = self.pool.install(|| assemble(&changes, migrations, &self.settings().assemble));
        self.check_interrupt()?;
        let mut draft = self.folder.draft(Stage::Assemble.folder())?;
        draft.write::<ApiUpdateTable>(rows)?;
        let manifest = draft.publish(apishift_store::Manifest { skipped, ..plan.manifest() })?;
        Ok((report(Stage::Assemble, StageResult::Done, &manifest), progress.elapsed()))
    }
}
