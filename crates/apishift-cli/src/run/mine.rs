//! Stage `mine`: API changes of every library.

use std::{collections::BTreeMap, fs, path::PathBuf, time::Duration};

use anyhow::{Context, bail};
use apishift_mine::changes;
use apishift_store::ApiChangeTable;
use apishift_syntax::ParseCache;

use super::{Runner, Stage, StageReport, plan::StagePlan};
use crate::progress::StageProgress;

impl Runner<'_> {
    pub(super) fn mine(&self, progress: &StageProgress) -> anyhow::Result<(StageReport, Duration)> {
        let projects = self.projects()?;
        let fetched = self.manifest(Stage::Fetch)?;
        let plan = StagePlan::mine(self.settings(), self.target(), &fetched, &projects);
        if let Some(report) = self.up_to_date(&plan)? {
            return Ok((report, progress.elapsed()));
        }
        let settings: BTreeMap<_, _> =
            self.target().projects(Stage::Mine, self.settings()).into_iter().collect();
        let options = self.settings().mine.options();
        let report = self.do_units::<ApiChangeTable>(&plan, progress, |unit| {
            let (Some(project), Some(settings)) = (projects.get(&unit.name), settings.get(&unit.name)) else {
                bail!("find its releases");
            };
            let history = self.history(project, settings, progress)?;
            let _shown = progress.unit(&project.name);
            let cache = ParseCache::open(&self.parse_cache(&project.name)?);
            Ok(self.pool.install(|| changes(project, &history, &cache, &options))?)
        })?;
        Ok((report, progress.elapsed()))
    }

    /// The file with what was read from a project's sources before.
    fn parse_cache(&self, project: &str) -> anyhow::Result<PathBuf> {
        let folder = self.machine.cache_dir.join("parses");
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(folder.join(format!("{project}.redb")))
    }
}
