//! Stage `fetch`: releases of every project.

use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context, bail};
use apishift_history::{Fetched, GitHistory, fetch, repository_path};
use apishift_store::{ReleaseTable, rows_of};
use apishift_types::Project;

use super::{Runner, Stage, StageReport, plan::StagePlan};
use crate::{pipeline::ProjectSettings, progress::StageProgress};

impl Runner<'_> {
    pub(super) fn fetch(&self, progress: &StageProgress) -> anyhow::Result<(StageReport, Duration)> {
        let plan = StagePlan::fetch(self.settings(), self.target());
        if let Some(report) = self.up_to_date(&plan)? {
            return Ok((report, progress.elapsed()));
        }
        let projects: BTreeMap<_, _> =
            self.target().projects(Stage::Fetch, self.settings()).into_iter().collect();
        let report = self.do_units::<ReleaseTable>(&plan, progress, |unit| {
            let Some(project) = projects.get(&unit.name) else { bail!("find {} in the pipeline", unit.name) };
            let fetched = self.fetch_project(project, progress)?;
            Ok((rows_of(&fetched.project), fetched.skipped))
        })?;
        Ok((report, progress.elapsed()))
    }

    fn fetch_project(&self, project: &ProjectSettings, progress: &StageProgress) -> anyhow::Result<Fetched> {
        let source = self.machine.locate(&project.source);
        let unit = progress.unit(&source.name);
        let place =
            || format!("fetch what line {} of {} names", project.line, self.machine.pipeline.display());
        fetch(&source, &self.machine.fetch_options(), &unit, self.interrupt).with_context(place)
    }

    /// Opens the history of a fetched project. Where the cache lost it, it is fetched again, and has to be the same.
    pub(super) fn history(
        &self,
        project: &Project,
        settings: &ProjectSettings,
        progress: &StageProgress,
    ) -> anyhow::Result<GitHistory> {
        let source = self.machine.locate(&settings.source);
        let path = repository_path(&self.machine.cache_dir, &source);
        if path.exists() {
            return Ok(GitHistory::open(path)?);
        }
        let fetched = self.fetch_project(settings, progress)?;
        if fetched.project != *project {
            bail!(
                "find the releases of {} in the cache: they are gone, and others are there now; add --redo fetch",
                project.name
            );
        }
        Ok(fetched.history()?)
    }
}
