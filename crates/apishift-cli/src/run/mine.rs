//! Stage `mine`: API changes of every library.

use std::{collections::BTreeMap, fs, time::Duration};

use anyhow::{Context, bail};
use apishift_mine::changes;
use apishift_store::ApiChangeTable;
use apishift_syntax::ContentCache;

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
            let cache = self.kept("parses", &project.name)?;
            Ok(self.pool.install(|| changes(project, &history, &cache, &options))?)
        })?;
        Ok((report, progress.elapsed()))
    }

    /// What a stage keeps of a project, in a folder of the cache.
    pub(super) fn kept(&self, folder: &str, project: &str) -> anyhow::Result<ContentCache> {
        let folder = self.machine.cache_dir.join(folder);
        fs::create_dir_all(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(ContentCache::open(&folder.join(format!("{project}.redb"))))
    }
}
