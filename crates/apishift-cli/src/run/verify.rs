//! Stage `verify`: what the examples do on both versions of their library.

use std::{collections::BTreeSet, time::Duration};

use apishift_evidence::{
    EvidenceError, Install, Installed, Interpreter, Known, Plan, Refusal, Target, gather,
};
use apishift_history::{Installer, Refused, WHEELS, Wanted};
use apishift_store::{ApiUpdateTable, ExecutionTable, Manifest};
use apishift_types::{ApiUpdate, Execution, Outcome, Skipped};
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Runner, Stage, StageReport, StageResult, plan::StagePlan, runner::report};
use crate::{failure::Interrupted, pipeline::VerifyRows, progress::StageProgress};

impl Runner<'_> {
    pub(super) fn verify(&self, progress: &StageProgress) -> anyhow::Result<(StageReport, Duration)> {
        let plan = StagePlan::verify(
            self.settings(),
            &self.manifest(Stage::Fetch)?,
            &self.manifest(Stage::Assemble)?,
            &self.machine.python_versions(),
        );
        if let Some(report) = self.up_to_date(&plan)? {
            return Ok((report, progress.elapsed()));
        }
        let rows = self.stage(Stage::Assemble).read::<ApiUpdateTable>()?;
        let (chosen, others): (Vec<ApiUpdate>, Vec<ApiUpdate>) = {
            let taken = chosen(&rows, self.settings().verify.rows, self.settings().seed);
            rows.iter().cloned().partition(|row| taken.contains(row.id.as_str()))
        };
        let mut executions = Vec::new();
        executions.extend(others.iter().map(|row| Execution::not_run(&row.id, Outcome::NotSampled)));
        if !chosen.is_empty() {
            executions.extend(self.run_examples(&chosen, progress)?);
        }
        let place = |id: &str| rows.iter().position(|row| row.id == id);
        executions.sort_by_cached_key(|execution| place(&execution.id));
        let mut draft = self.folder.draft(Stage::Verify.folder())?;
        draft.write::<ExecutionTable>(executions)?;
        let manifest = draft.publish(Manifest { skipped: Skipped::default(), ..plan.manifest() })?;
        Ok((report(Stage::Verify, StageResult::Done, &manifest), progress.elapsed()))
    }

    fn run_examples(&self, rows: &[ApiUpdate], progress: &StageProgress) -> anyhow::Result<Vec<Execution>> {
        progress.begin(rows.len(), 0);
        let installer = Installer::open(&self.machine.fetch_options())?;
        let known = Known::new(self.projects()?.values());
        let leave_out: BTreeSet<String> = self.settings().verify.leave_out.iter().cloned().collect();
        let plan = Plan {
            known: &known,
            interpreters: &self.machine.pythons,
            install: &Wheels { installer, without: leave_out.iter().map(String::as_str).collect() },
            cache: &self.machine.cache_dir.join("executions"),
            leave_out: &leave_out,
            jobs: self.machine.jobs,
            isolation: self.machine.isolation,
            interrupt: self.interrupt,
        };
        let result = gather(rows, &plan, &|count| (0..count).for_each(|_| progress.unit_done("", 1)));
        result.map_err(|error| match error {
            EvidenceError::Interrupted => Interrupted.into(),
            other => other.into(),
        })
    }
}

/// Ids of the rows that are run.
fn chosen(rows: &[ApiUpdate], wanted: VerifyRows, seed: u64) -> BTreeSet<&str> {
    let mut ids: Vec<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    let count = match wanted {
        VerifyRows::All => ids.len(),
        VerifyRows::None => 0,
        VerifyRows::Sample(count) => count.min(ids.len()),
    };
    // By each row's own hash: more rows do not move the others.
    ids.sort_by_key(|id| (xxh3_64_with_seed(id.as_bytes(), seed), *id));
    ids.into_iter().take(count).collect()
}

struct Wheels<'a> {
    installer: Installer,
    without: Vec<&'a str>,
}

impl Install for Wheels<'_> {
    fn install(
        &self,
        target: &Target,
        interpreter: &Interpreter,
    ) -> Result<Result<Installed, Refusal>, Box<dyn std::error::Error + Send + Sync>> {
        let requirements: Vec<&str> = target.requirements.iter().map(String::as_str).collect();
        let wanted = Wanted {
            requirements: &requirements,
            without: &self.without,
            not_after: target.not_after,
            python: &interpreter.path,
            python_version: &interpreter.version,
        };
        let installed = self.installer.install(&wanted)?;
        let refused = |refused: Refused| Refusal { why: refused.why, is_final: refused.is_final };
        let folder = |folder: TempDir| {
            let wheels = folder.path().join(WHEELS);
            Installed::within(folder, wheels)
        };
        Ok(installed.map(folder).map_err(refused))
    }
}
