//! Many programs on many workers, verdicts in the order of the programs.

use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    ops::ControlFlow,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::{Receiver, channel},
    },
    thread,
    time::Duration,
};

use apishift_sandbox::{Frame, Host, Job, Limits, Lost, SandboxError, Task, Worker};
use rustc_hash::FxHashMap;

use crate::{
    judge::{self, Proof},
    syntax::{self, Syntax},
    tests::{Prepared, Tests},
    verdict::{Kind, Verdict},
};

/// Programs that are ahead of the oldest one without a verdict, at most.
const WINDOW: usize = 4096;

/// Tests that a thread keeps translated.
const KEPT_TESTS: usize = 256;

/// Runs after which a server is replaced, however well it does.
const RUNS_OF_A_WORKER: u32 = 20_000;

/// A program with the tests that it has to pass.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its source.
    pub source: String,
    /// Its tests.
    pub tests: Tests,
}

/// What is done with every program.
#[derive(Clone, Debug)]
pub struct Verifier {
    /// Limits of each run.
    pub limits: Limits,
    /// Servers, each with a thread that asks it.
    pub workers: NonZeroUsize,
    /// Tests of each program that are run, at most.
    pub most_tests: usize,
}

/// The thread of one worker.
struct Desk<'a> {
    host: &'a Host,
    limits: &'a Limits,
    most_tests: usize,
    slot: u32,
    version: (u8, u8),
    worker: Option<(Worker, u32)>,
    prepared: FxHashMap<Tests, Prepared>,
}

impl Verifier {
    /// Verifies programs as they come, and gives each verdict with its place, in order. Ends early where `emit` breaks, and
    /// where no worker can be started.
    pub fn verify(
        &self,
        host: &Host,
        programs: impl Iterator<Item = Program> + Send,
        mut emit: impl FnMut(usize, Verdict) -> ControlFlow<()>,
    ) -> Result<(), SandboxError> {
        // Whoever comes after the end finds it again.
        let queue = Mutex::new(programs.fuse().enumerate());
        let (emitted, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (sender, receiver) = channel();
        thread::scope(|scope| {
            for slot in 0..self.workers.get() {
                let (queue, emitted, is_over, sender) = (&queue, &emitted, &is_over, sender.clone());
                let work = move || {
                    let mut desk = Desk::new(host, self, u32::try_from(slot).unwrap_or(u32::MAX));
                    while !is_over.load(Ordering::Relaxed) {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((place, program)) = next else { break };
                        while place >= emitted.load(Ordering::Relaxed) + WINDOW
                            && !is_over.load(Ordering::Relaxed)
                        {
                            thread::sleep(Duration::from_millis(1));
                        }
                        let verdict = desk.verdict(&program);
                        let is_lost = verdict.is_err();
                        if sender.send((place, verdict)).is_err() || is_lost {
                            break;
                        }
                    }
                };
                let named = thread::Builder::new().name(format!("worker-{slot}")).stack_size(syntax::STACK);
                named.spawn_scoped(scope, work)?;
            }
            drop(sender);
            let done = in_order(&receiver, &emitted, &mut emit);
            is_over.store(true, Ordering::Relaxed);
            done
        })
    }
}

type Answer = (usize, Result<Verdict, SandboxError>);

fn in_order(
    receiver: &Receiver<Answer>,
    emitted: &AtomicUsize,
    emit: &mut impl FnMut(usize, Verdict) -> ControlFlow<()>,
) -> Result<(), SandboxError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (place, verdict) in receiver {
        waiting.insert(place, verdict?);
        while let Some(verdict) = waiting.remove(&next) {
            if emit(next, verdict).is_break() {
                return Ok(());
            }
            next += 1;
            emitted.store(next, Ordering::Relaxed);
        }
    }
    Ok(())
}

impl<'a> Desk<'a> {
    fn new(host: &'a Host, verifier: &'a Verifier, slot: u32) -> Self {
        Self {
            host,
            limits: &verifier.limits,
            most_tests: verifier.most_tests,
            slot,
            version: host.runtime().minor_version(),
            worker: None,
            prepared: FxHashMap::default(),
        }
    }

    fn verdict(&mut self, program: &Program) -> Result<Verdict, SandboxError> {
        if let Syntax::Invalid(why) = syntax::check(&program.source, self.version) {
            return Ok(Verdict::of(Kind::Syntax, why));
        }
        let prepared = self.prepared(&program.tests);
        if prepared.is_empty() {
            return Ok(Verdict::of(Kind::Refused, "it has no tests"));
        }
        let job = |task| Job { source: program.source.clone(), task };
        match &prepared {
            Prepared::Checks(checks) => {
                let calls = checks.calls.clone();
                self.judged(&job(Task::Calls { calls }), Proof::Values(checks))
            }
            Prepared::Sources(sources) => {
                let token = token()?;
                let task = Task::Tests { tests: sources.to_vec(), token: token.to_vec() };
                self.judged(&job(task), Proof::Reports { tests: sources.len(), token: &token })
            }
            Prepared::Cases(cases) => {
                let mut all = Verdict::of(Kind::Ok, "");
                for (input, expected) in cases.iter() {
                    let task = Task::Script { input: input.clone().into_bytes() };
                    all.join(self.judged(&job(task), Proof::Output(expected))?);
                    if !all.passed() {
                        break;
                    }
                }
                Ok(all)
            }
        }
    }

    /// Runs a job, and judges what came of it.
    fn judged(&mut self, job: &Job, proof: Proof<'_>) -> Result<Verdict, SandboxError> {
        let limits = self.limits;
        let mut enough = |frames: &[Frame]| judge::is_decided(proof, frames);
        // A server that is lost may have been lost to something else: once more, alone with a new one.
        for _ in 0..2 {
            match self.worker()?.run(std::slice::from_ref(job), limits, &mut enough) {
                Ok(outcome) => return Ok(judge::judge(proof, &outcome)),
                Err(Lost::Memory(bytes)) => {
                    let message = format!("all that it started took {} MiB", bytes >> 20);
                    return Ok(Verdict::of(Kind::Memory, message));
                }
                Err(Lost::Died) => {}
            }
        }
        Ok(Verdict::of(Kind::Crash, "it ended the server that runs it, twice"))
    }

    fn prepared(&mut self, tests: &Tests) -> Prepared {
        if let Some(known) = self.prepared.get(tests) {
            return known.clone();
        }
        if self.prepared.len() >= KEPT_TESTS {
            self.prepared.clear();
        }
        let prepared = tests.prepare(self.most_tests);
        self.prepared.insert(tests.clone(), prepared.clone());
        prepared
    }

    /// The worker; another one where it is worn or unfit.
    fn worker(&mut self) -> Result<&mut Worker, SandboxError> {
        if let Some((worker, runs)) = &mut self.worker {
            *runs += 1;
            if *runs > RUNS_OF_A_WORKER || !worker.is_fit() {
                // It goes before the next one comes: both would have the same place.
                self.worker = None;
            }
        }
        let (worker, _) = match &mut self.worker {
            Some(known) => known,
            none => none.insert((Worker::start(self.host, self.slot)?, 0)),
        };
        Ok(worker)
    }
}

fn token() -> Result<[u8; 16], SandboxError> {
    let mut token = [0; 16];
    getrandom::fill(&mut token).map_err(std::io::Error::other)?;
    Ok(token)
}
