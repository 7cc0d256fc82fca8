//! The stage that runs tests.

use std::{
    collections::VecDeque,
    num::{NonZeroU32, NonZeroUsize},
    sync::Arc,
    time::Duration,
};

use apishift_sandbox::{Frame, Job, Limits, Lost, SandboxError, Task};
use rustc_hash::FxHashMap;

use crate::{
    desk::Desk,
    judge::{self, Proof},
    pool::Check,
    stage::{Case, Stage},
    tests::{Checks, Example, Prepared},
    verdict::{Kind, Verdict},
};

/// Processor time of a shared child. What takes longer is in the way of others, and runs alone.
const SHARED_TIME: Duration = Duration::from_millis(200);

/// How many times longer than any right program of its task a program has to run to be given up early.
const MARGIN: u32 = 10;

/// Processor time within which whatever is of the standard library is imported.
const IMPORTS: Duration = Duration::from_millis(200);

/// Programs that are looked at together, at most, where verdicts depend on others.
const GROUP: usize = 256;

/// How programs are run.
#[derive(Clone, Debug)]
pub struct Running {
    /// Limits of each run.
    pub limits: Limits,
    /// Programs of the same tests that share a child, at most. In company a program can only be rejected: whatever is not
    /// sure to be wrong runs once more, alone, and so does every program that could leave something behind. One that gives a
    /// wrong answer is ended there, and what it would have written after that is not seen.
    pub batch: NonZeroUsize,
    /// Processor time that a program gets at first, then five times that, then all of [`Running::limits`]. A program is given
    /// up where right programs of its task (the task's own solution, where there is no other) took a tenth of its time at
    /// most: one that can leave nothing behind at once, one that imports modules of the standard library only after they had
    /// the time to be imported.
    pub first: Option<Duration>,
    /// Seed of an order in which tests are run that are sure not to depend on each other; otherwise as they come.
    pub shuffle: Option<u64>,
    /// How many times each is run, alone where that is more than once. One whose runs end differently is flaky, and does not
    /// pass.
    pub repeat: NonZeroU32,
    /// Whether equal programs of the same tests are run once.
    pub dedupe: bool,
}

impl Running {
    /// Each program alone, once, with all of the limits.
    pub fn plainly(limits: Limits) -> Self {
        Self {
            limits,
            batch: NonZeroUsize::MIN,
            first: None,
            shuffle: None,
            repeat: NonZeroU32::MIN,
            dedupe: false,
        }
    }

    /// Programs that are looked at together, at most. None are that have a multiple of this between their places, so that
    /// verdicts are the same where the first programs are left out, as many as a multiple of this.
    pub fn group(&self) -> usize {
        let is_together = self.batch > NonZeroUsize::MIN || self.first.is_some() || self.dedupe;
        if is_together { self.batch.get().max(GROUP) } else { 1 }
    }
}

/// Runs tests, of all test stages at once: they share one run.
pub(crate) struct TestStage<'a> {
    pub(crate) running: &'a Running,
    /// All checks of the verifier, in order.
    pub(crate) checks: &'a [Check],
}

impl Stage for TestStage<'_> {
    fn look(&mut self, cases: &mut [Case<'_>], desk: &mut Desk<'_>) -> Result<(), SandboxError> {
        let Some(first) = cases.first() else { return Ok(()) };
        let prepared = desk.prepared(&first.program.tests);
        if prepared.is_empty() {
            let why = if let Prepared::Wrong(why) = &prepared { why } else { "it has no tests" };
            for case in cases.iter_mut().filter(|case| case.verdict.is_none()) {
                case.verdict = Some(Verdict::of(Kind::Refused, why));
            }
            return Ok(());
        }
        let mut open: Vec<usize> = (0..cases.len()).filter(|place| cases[*place].verdict.is_none()).collect();
        let copies = if self.running.dedupe { equal(cases, &mut open) } else { Vec::new() };
        // What is repeated has to be seen to end in the same way each time.
        if self.running.batch > NonZeroUsize::MIN && self.running.repeat == NonZeroU32::MIN {
            self.reject(cases, &open, &prepared, desk)?;
        }
        open.retain(|place| cases[*place].verdict.is_none());
        self.run_alone(cases, &open, &prepared, desk)?;
        for place in open {
            if let Some(verdict) = &mut cases[place].verdict {
                verdict.stage = self.stage_of(verdict);
            }
        }
        for (copy, original) in copies {
            let verdict = cases[original].verdict.clone();
            cases[copy].verdict = verdict;
        }
        Ok(())
    }
}

/// Takes out those whose text is that of an earlier one: each with the earlier one.
fn equal(cases: &[Case<'_>], open: &mut Vec<usize>) -> Vec<(usize, usize)> {
    let mut known: FxHashMap<&str, usize> = FxHashMap::default();
    let mut copies = Vec::new();
    open.retain(|place| {
        let original = *known.entry(&cases[*place].program.source).or_insert(*place);
        if original != *place {
            copies.push((*place, original));
        }
        original == *place
    });
    copies
}

impl TestStage<'_> {
    /// The stage that decided: the first that takes as many tests as were run.
    fn stage_of(&self, verdict: &Verdict) -> String {
        let takes = |check: &&Check| check.tests().is_some();
        let decides = |check: &&Check| {
            !verdict.passed() && check.tests().is_some_and(|most| verdict.tests_run as usize <= most)
        };
        let check = self.checks.iter().find(decides).or(self.checks.iter().rfind(takes));
        check.map(Check::name).unwrap_or_default()
    }

    /// Rejects what is wrong among programs that can leave nothing behind, many in one child.
    fn reject(
        &self,
        cases: &mut [Case<'_>],
        open: &[usize],
        prepared: &Prepared,
        desk: &mut Desk<'_>,
    ) -> Result<(), SandboxError> {
        let full = &self.running.limits;
        let token = token()?;
        let (task, proof) = match prepared {
            Prepared::Checks(checks) => asked(checks),
            Prepared::Sources { sources, is_plain: true } => told(sources, &token),
            Prepared::Examples { examples, is_plain: true } => prompted(examples, &token),
            // Each input is a run of its own.
            _ => return Ok(()),
        };
        let mut queue: VecDeque<usize> =
            open.iter().copied().filter(|place| cases[*place].is_plain).collect();
        while queue.len() > 1 {
            let size = queue.len().min(self.running.batch.get());
            let batch: Vec<usize> = queue.drain(..size).collect();
            let sources = batch.iter().map(|place| cases[*place].program.source.clone()).collect();
            let job = Job { sources, task: task.clone() };
            let limits = Limits {
                cpu: full.cpu.min(SHARED_TIME),
                wall: full.wall.min(SHARED_TIME * 10),
                shown: full.shown * batch.len() as u64,
                ..full.clone()
            };
            // Where no other one has begun since the last look, the one that runs is in the way.
            let mut begun_before = 0;
            let mut enough = |frames: &[Frame]| {
                let begun = judge::runs_of(frames).len();
                std::mem::replace(&mut begun_before, begun) == begun
            };
            // Alone, each of them shows whose doing it was.
            let Ok(outcome) = desk.run(&job, &limits, &mut enough)? else { continue };
            let begun = judge::reject(proof, &outcome, |place, verdict| {
                let verdict = Verdict { stage: self.stage_of(&verdict), ..verdict };
                cases[batch[place]].verdict = Some(verdict);
            });
            if begun == 0 {
                continue;
            }
            for place in batch[begun.min(size)..].iter().rev() {
                queue.push_front(*place);
            }
        }
        Ok(())
    }

    /// Runs each in a child of its own.
    fn run_alone(
        &self,
        cases: &mut [Case<'_>],
        open: &[usize],
        prepared: &Prepared,
        desk: &mut Desk<'_>,
    ) -> Result<(), SandboxError> {
        let full = &self.running.limits;
        let mut slowest: Option<Duration> = None;
        let mut open = open.to_vec();
        for limits in self.levels() {
            for place in &open {
                let verdict = self.repeated(&cases[*place].program.source, prepared, &limits, desk)?;
                if verdict.passed() {
                    slowest = slowest.max(Some(verdict.cpu));
                }
                cases[*place].verdict = Some(verdict);
            }
            let is_last = limits == *full;
            let is_late =
                |place: &usize| matches!(&cases[*place].verdict, Some(v) if v.kind == Kind::Timeout);
            let reference = cases.first().and_then(|first| first.program.reference.as_ref());
            if let Some(reference) = reference.filter(|_| !is_last && slowest.is_none())
                && open.iter().any(is_late)
            {
                let verdict = run(reference, prepared, &limits, desk)?;
                slowest = verdict.passed().then_some(verdict.cpu);
            }
            // Those that get more time, the others have their verdicts.
            open.retain(|place| {
                let case = &mut cases[*place];
                let Some(verdict) = &mut case.verdict else { return false };
                if verdict.kind != Kind::Timeout || is_last {
                    return false;
                }
                // Of one that was stopped by the clock, as it waited or the machine is busy, nothing is known yet; and one that
                // is not plain may be slow for other reasons than what it computes: what it imports.
                let is_known = case.is_plain || (case.imports_little && limits.cpu >= IMPORTS);
                let is_slow = is_known && verdict.cpu * 10 >= limits.cpu * 9;
                let Some(slowest) = slowest.filter(|slowest| is_slow && *slowest * MARGIN <= limits.cpu)
                else {
                    return true;
                };
                verdict.message = given_up(limits.cpu, slowest);
                false
            });
        }
        Ok(())
    }

    /// Limits that a program gets one after the other.
    fn levels(&self) -> Vec<Limits> {
        let full = &self.running.limits;
        let first = self.running.first.into_iter().flat_map(|first| [first, first * 5]);
        let lower = first.filter(|cpu| *cpu < full.cpu);
        let limits = |cpu: Duration| Limits { cpu, wall: full.wall.min(cpu * 4), ..full.clone() };
        lower.map(limits).chain([full.clone()]).collect()
    }

    /// Runs a program as often as asked.
    fn repeated(
        &self,
        source: &str,
        prepared: &Prepared,
        limits: &Limits,
        desk: &mut Desk<'_>,
    ) -> Result<Verdict, SandboxError> {
        let mut verdict = run(source, prepared, limits, desk)?;
        let mut kinds = vec![verdict.kind];
        for _ in 1..self.running.repeat.get() {
            let next = run(source, prepared, limits, desk)?;
            kinds.push(next.kind);
            if verdict.passed() {
                verdict = next;
            }
        }
        if kinds.iter().any(|kind| *kind != kinds[0]) {
            verdict.is_flaky = true;
            let names: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
            verdict.message = format!("flaky: {}; {}", names.join(", "), verdict.message);
        }
        Ok(verdict)
    }
}

/// Calls whose results are compared here.
fn asked(checks: &Checks) -> (Task, Proof<'_>) {
    let task = Task::Calls {
        calls: Arc::clone(&checks.calls),
        expected: Arc::clone(&checks.expected),
        iterated: Arc::clone(&checks.iterated),
    };
    (task, Proof::Values(checks))
}

/// Tests that say themselves whether they hold.
fn told<'a>(sources: &[String], token: &'a [u8]) -> (Task, Proof<'a>) {
    let task = Task::Tests { tests: sources.to_vec(), token: token.to_vec() };
    (task, Proof::Reports { tests: sources.len(), token })
}

/// Examples whose output is compared here.
fn prompted<'a>(examples: &'a [Example], token: &'a [u8]) -> (Task, Proof<'a>) {
    let sources = examples.iter().map(|example| example.source.clone()).collect();
    (Task::Examples { examples: sources, token: token.to_vec() }, Proof::Examples { examples, token })
}

fn given_up(after: Duration, slowest: Duration) -> String {
    let (after, slowest) = (after.as_secs_f64(), slowest.as_secs_f64());
    format!("given up after {after:.2} s: right programs of its task took {slowest:.3} s at most")
}

/// Runs a program with its tests, alone.
fn run(
    source: &str,
    prepared: &Prepared,
    limits: &Limits,
    desk: &mut Desk<'_>,
) -> Result<Verdict, SandboxError> {
    let job = |task| Job { sources: vec![source.to_owned()], task };
    match prepared {
        Prepared::Checks(checks) => {
            let (task, proof) = asked(checks);
            judged(&job(task), proof, limits, desk)
        }
        Prepared::Sources { sources, .. } => {
            let token = token()?;
            let (task, proof) = told(sources, &token);
            judged(&job(task), proof, limits, desk)
        }
        Prepared::Examples { examples, .. } => {
            let token = token()?;
            let (task, proof) = prompted(examples, &token);
            judged(&job(task), proof, limits, desk)
        }
        Prepared::Wrong(why) => Ok(Verdict::of(Kind::Refused, why)),
        Prepared::Cases(cases) => {
            let mut all = Verdict::of(Kind::Ok, "");
            for (input, expected) in cases.iter() {
                let task = Task::Script { input: input.clone().into_bytes() };
                all.join(judged(&job(task), Proof::Output(expected), limits, desk)?);
                if !all.passed() {
                    break;
                }
            }
            Ok(all)
        }
    }
}

/// Runs a job, and judges what came of it.
fn judged(
    job: &Job,
    proof: Proof<'_>,
    limits: &Limits,
    desk: &mut Desk<'_>,
) -> Result<Verdict, SandboxError> {
    let mut enough = |frames: &[Frame]| judge::is_decided(proof, frames);
    // A server that is lost may have been lost to something else: once more, alone with a new one.
    for _ in 0..2 {
        match desk.run(job, limits, &mut enough)? {
            Ok(outcome) => return Ok(judge::judge(proof, &outcome)),
            Err(Lost::Memory(bytes)) => {
                let message = format!("all that it started took {} MiB", bytes >> 20);
                return Ok(Verdict::of(Kind::Memory, message));
            }
            Err(Lost::Died | Lost::Stopped) => {}
        }
    }
    Ok(Verdict::of(Kind::Crash, "it ended the server that runs it, twice"))
}

fn token() -> Result<[u8; 16], SandboxError> {
    let mut token = [0; 16];
    getrandom::fill(&mut token).map_err(std::io::Error::other)?;
    Ok(token)
}
