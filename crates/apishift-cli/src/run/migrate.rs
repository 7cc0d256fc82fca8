//! Stage `migrate`: code that the API changes made somebody edit.

use std::{collections::BTreeMap, sync::OnceLock, time::Duration};

use anyhow::bail;
use apishift_mine::{RuleSet, migrations};
use apishift_store::{ApiChangeTable, MigrationTable};

use super::{Runner, Stage, StageReport, plan::StagePlan};
use crate::progress::StageProgress;

impl Runner<'_> {
    pub(super) fn migrate(&self, progress: &StageProgress) -> anyhow::Result<(StageReport, Duration)> {
        let projects = self.projects()?;
        let fetched = self.manifest(Stage::Fetch)?;
        let mined = self.manifest(Stage::Mine)?;
        let plan = StagePlan::migrate(self.settings(), self.target(), &fetched, &mined, &projects);
        if let Some(report) = self.up_to_date(&plan)? {
            return Ok((report, progress.elapsed()));
        }
        let settings: BTreeMap<_, _> =
            self.target().projects(Stage::Migrate, self.settings()).into_iter().collect();
        let changes = self.stage(Stage::Mine).read::<ApiChangeTable>()?;
        // Made for the first unit that needs them: often all units are taken over.
        let rules = OnceLock::new();
        let options = self.settings().migrate.options();
        let report = self.do_units::<MigrationTable>(&plan, progress, |unit| {
            let (Some(project), Some(settings)) = (projects.get(&unit.name), settings.get(&unit.name)) else {
                bail!("find its releases");
            };
            let history = self.history(project, settings, progress)?;
            let _shown = progress.unit(&project.name);
            let rules = rules.get_or_init(|| RuleSet::new(&changes));
            let cache = self.kept("migrations", &project.name)?;
            Ok(self.pool.install(|| migrations(project, &history, rules, &options, &cache))?)
        })?;
        Ok((report, progress.elapsed()))
    }
}
