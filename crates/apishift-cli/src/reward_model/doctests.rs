//! Problems made of functions with doctests: found in packages, labelled by running.

use std::{
    collections::BTreeMap,
    num::{NonZeroU32, NonZeroUsize},
    ops::ControlFlow,
    path::Path,
    sync::atomic::AtomicBool,
    thread,
    time::Duration,
};

use anyhow::{Context, anyhow, bail};
use apishift_candidates::doctest::{DoctestFinder, DoctestProblem, Rules};
use apishift_history::{FetchOptions, ProjectSource, fetch};
use apishift_sandbox::{Frame, Host, Job, Limits, Preload, Settings, Task, Worker};
use apishift_store::{CandidateTable, Fingerprint, Manifest, RunFolder, Table};
use apishift_syntax::grammar::STACK;
use apishift_types::{CandidateRow, Role, Skipped};
use apishift_verify::{Check, Program, Running, Tests, Verdict, Verifier, tests::examples};
use serde_json::json;

use super::{RewardModelSettings, file::DoctestSettings};
use crate::failure::Interrupted;

/// Name of the stage.
const STAGE: &str = "doctests";

/// Version of what it makes.
const VERSION: u32 = 1;

/// Wrong programs of one small fault that a problem gets, at most.
const MUTANTS: usize = 8;

/// Other arguments that a solution is asked for, and those of its answers that become tests.
const PROBES: usize = 24;
const ADDED: usize = 10;

/// Candidates for the functions of the pipeline's packages: those of an earlier run, if nothing has changed.
pub(crate) fn doctests(
    settings: &RewardModelSettings,
    folder: &RunFolder,
    (cache, offline): (&Path, bool),
    interrupt: &AtomicBool,
) -> anyhow::Result<Vec<CandidateRow>> {
    if settings.doctests.is_empty() {
        return Ok(Vec::new());
    }
    let plan = json!({ "doctests": settings.doctests });
    let fingerprint = Fingerprint::of(&json!({
        "stage": STAGE,
        "version": VERSION,
        "table": (CandidateTable::NAME, CandidateTable::VERSION),
        "settings": plan,
        "seed": settings.seed,
    }));
    let stage = folder.stage(STAGE);
    if let Some(manifest) = stage.manifest()?.filter(|found| found.is(&fingerprint) && stage.is_intact(found))
    {
        tracing::info!("doctests: up to date, {} rows", manifest.rows());
        return Ok(stage.read::<CandidateTable>()?);
    }
    let options = FetchOptions { offline, ..FetchOptions::new(cache) };
    let mut skipped = Skipped::default();
    let rows = thread::scope(|scope| {
        let work = || made(settings, &options, &mut skipped, interrupt);
        // The parser goes as deep as its input.
        let worker =
            thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work).context("start a thread")?;
        worker.join().map_err(|_panic| anyhow!("make problems of doctests: a thread panicked"))?
    })?;
    let mut draft = folder.draft(STAGE)?;
    draft.write::<CandidateTable>(rows.clone())?;
    let manifest = Manifest {
        settings: plan,
        seed: Some(settings.seed),
        skipped,
        ..Manifest::new(STAGE, VERSION, fingerprint)
    };
    let manifest = draft.publish(manifest)?;
    tracing::info!("doctests: {} rows, {} functions left out", manifest.rows(), manifest.skipped.total());
    Ok(rows)
}

fn made(
    settings: &RewardModelSettings,
    options: &FetchOptions,
    skipped: &mut Skipped,
    interrupt: &AtomicBool,
) -> anyhow::Result<Vec<CandidateRow>> {
    let mut finder = DoctestFinder::new(Rules::default(), settings.seed);
    let mut problems = Vec::new();
    for DoctestSettings { pypi, versions } in &settings.doctests {
        let mut source = ProjectSource::pypi(pypi, Role::Library);
        source.versions.clone_from(versions);
        source.limit = Some(1);
        let fetched = fetch(&source, options, &(), interrupt)?;
        let release = fetched.project.releases.last().with_context(|| format!("find a release of {pypi}"))?;
        let (found, funnel) = finder.problems(&fetched.history()?, &release.commit, &fetched.project.name)?;
        tracing::info!("doctests: {} problems in {pypi} {}", found.len(), release.version);
        skipped.merge(&funnel.skipped);
        problems.extend(found);
    }
    let runner = Runner { host: Host::new(Settings::default())?, interrupt };
    let found = problems.len();
    let problems = runner.with_passing_gold(problems)?;
    skipped.add_n("doctest-gold-fails", (found - problems.len()) as u64);
    let problems = runner.probed(problems)?;
    let rows = problems.iter().flat_map(|problem| problem.candidates(MUTANTS, settings.seed)).collect();
    let rows = runner.labelled(rows)?;
    let rules = Rules::default();
    let by_task: BTreeMap<&str, &DoctestProblem> =
        problems.iter().map(|problem| (problem.task_id.as_str(), problem)).collect();
    let mut kept = Vec::new();
    for group in rows.chunk_by(|one, two| one.task_id == two.task_id) {
        let Some(problem) = by_task.get(group[0].task_id.as_str()) else { continue };
        let mut group = group.to_vec();
        match problem.settle(&mut group, &rules) {
            Ok(settled) => {
                for (name, more) in [
                    ("doctest-mutant-survives", settled.surviving),
                    ("doctest-body-unsure", settled.unsure),
                    ("doctest-rewording-fails", settled.changed),
                    ("doctest-program-raises", settled.crashing),
                ] {
                    skipped.add_n(name, more);
                }
                kept.extend(group);
            }
            Err(reason) => skipped.add(reason.as_str()),
        }
    }
    Ok(kept)
}

/// Runs programs in the sandbox.
struct Runner<'a> {
    host: Host,
    interrupt: &'a AtomicBool,
}

impl Runner<'_> {
    fn limits(time: Duration) -> Limits {
        Limits { memory: 512 << 20, tree_memory: 512 << 20, ..Limits::of(time) }
    }

    fn verdicts(&self, programs: Vec<Program>) -> anyhow::Result<Vec<Verdict>> {
        let running = Running {
            limits: Self::limits(Duration::from_secs(1)),
            batch: NonZeroUsize::new(8).unwrap_or(NonZeroUsize::MIN),
            first: Some(Duration::from_millis(300)),
            shuffle: None,
            repeat: NonZeroU32::MIN,
            dedupe: false,
        };
        let workers = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
        let verifier = Verifier { checks: vec![Check::Syntax, Check::Tests(usize::MAX)], running, workers };
        let count = programs.len();
        let mut all = Vec::with_capacity(count);
        let keep = |_, verdict| {
            all.push(verdict);
            ControlFlow::Continue(())
        };
        verifier.verify(&self.host, programs.into_iter(), self.interrupt, keep)?;
        if all.len() != count {
            bail!(Interrupted);
        }
        Ok(all)
    }

    /// Those whose own body passes its examples.
    fn with_passing_gold(&self, problems: Vec<DoctestProblem>) -> anyhow::Result<Vec<DoctestProblem>> {
        let program = |problem: &DoctestProblem| Program {
            source: problem.program(),
            tests: Tests::Sources(problem.tests.clone()),
            reference: None,
        };
        let verdicts = self.verdicts(problems.iter().map(program).collect())?;
        let passing = problems.into_iter().zip(verdicts).filter(|(_, verdict)| verdict.passed());
        Ok(passing.map(|(problem, _)| problem).collect())
    }

    /// The problems with more tests: what their solutions show for other arguments. Examples alone let hard-coded answers pass.
    fn probed(&self, problems: Vec<DoctestProblem>) -> anyhow::Result<Vec<DoctestProblem>> {
        let limits = Self::limits(Duration::from_secs(1));
        let mut worker: Option<Worker> = None;
        let mut out = Vec::with_capacity(problems.len());
        for mut problem in problems {
            let probes = problem.probes(PROBES, 0);
            let before = examples(&problem.tests.join("\n")).unwrap_or_default();
            let sources = before.iter().map(|example| example.source.clone()).chain(probes.iter().cloned());
            let task = Task::Examples { examples: sources.collect(), token: STAGE.as_bytes().to_vec() };
            let job = Job { sources: vec![problem.program()], task };
            let known = worker.take().and_then(|mut known| known.is_fit().then_some(known));
            let mut running = match known {
                Some(known) => known,
                None => Worker::start(&self.host, 0, Preload::Common)?,
            };
            let frames = match running.run(&job, &limits, &mut |_| false, &|| false) {
                Ok(outcome) => outcome.frames,
                // Without more tests then.
                Err(_lost) => Vec::new(),
            };
            worker = Some(running);
            let shown = frames.into_iter().filter_map(|frame| match frame {
                Frame::Shown { text, raised, .. } => Some(raised.is_none().then_some(text)),
                _ => None,
            });
            let mut answers: Vec<Option<String>> = shown.skip(before.len()).collect();
            answers.resize(probes.len(), None);
            problem.add_answers(&probes.into_iter().zip(answers).collect::<Vec<_>>(), ADDED);
            out.push(problem);
        }
        Ok(out)
    }

    fn labelled(&self, mut rows: Vec<CandidateRow>) -> anyhow::Result<Vec<CandidateRow>> {
        let program = |row: &CandidateRow| Program {
            source: row.program.clone(),
            tests: Tests::Sources(row.tests.clone()),
            reference: None,
        };
        let verdicts = self.verdicts(rows.iter().map(program).collect())?;
        for (row, verdict) in rows.iter_mut().zip(verdicts) {
            row.passed = Some(verdict.passed());
            row.tests_run = verdict.tests_run;
            row.tests_passed = verdict.tests_passed;
            row.error_kind = Some(verdict.kind);
            row.seconds = verdict.wall.as_secs_f64();
        }
        Ok(rows)
    }
}
