//! The workers of a thread: one for most programs, and one for those that name what is dear to import.

use std::sync::atomic::{AtomicBool, Ordering};

use apishift_sandbox::{Frame, Host, Job, Limits, Lost, Outcome, Preload, SandboxError, Worker};
use rustc_hash::FxHashMap;

use crate::tests::{Choice, Prepared, Tests};

/// Tests that a thread keeps translated.
const KEPT_TESTS: usize = 256;

/// Runs after which a server is replaced, however well it does.
const RUNS_OF_A_WORKER: u32 = 20_000;

/// What a thread has for its programs.
pub(crate) struct Desk<'a> {
    host: &'a Host,
    slot: u32,
    choice: Choice,
    /// Each is raised where nobody wants to know any more.
    stops: [&'a AtomicBool; 2],
    /// By what they have imported, each with its runs.
    workers: [Option<(Worker, u32)>; 2],
    prepared: FxHashMap<Tests, Prepared>,
}

impl<'a> Desk<'a> {
    pub(crate) fn new(host: &'a Host, slot: u32, choice: Choice, stops: [&'a AtomicBool; 2]) -> Self {
        Self { host, slot, choice, stops, workers: [None, None], prepared: FxHashMap::default() }
    }

    /// The interpreter's version, major and minor.
    pub(crate) fn version(&self) -> (u8, u8) {
        self.host.runtime().minor_version()
    }

    /// The tests, translated.
    pub(crate) fn prepared(&mut self, tests: &Tests) -> Prepared {
        if let Some(known) = self.prepared.get(tests) {
            return known.clone();
        }
        if self.prepared.len() >= KEPT_TESTS {
            self.prepared.clear();
        }
        let prepared = tests.prepare(self.choice);
        self.prepared.insert(tests.clone(), prepared.clone());
        prepared
    }

    /// Runs a job. The inner error is the job's doing, the outer one the machine's.
    pub(crate) fn run(
        &mut self,
        job: &Job,
        limits: &Limits,
        enough: &mut dyn FnMut(&[Frame]) -> bool,
    ) -> Result<Result<Outcome, Lost>, SandboxError> {
        let stops = self.stops;
        let is_over = || stops.iter().any(|stop| stop.load(Ordering::Relaxed));
        if is_over() {
            return Err(SandboxError::Stopped);
        }
        match self.worker(self.host.preload(job))?.run(job, limits, enough, &is_over) {
            Err(Lost::Stopped) => Err(SandboxError::Stopped),
            outcome => Ok(outcome),
        }
    }

    /// The worker; another one where it is worn or unfit.
    fn worker(&mut self, preload: Preload) -> Result<&mut Worker, SandboxError> {
        let place = match preload {
            Preload::Common => &mut self.workers[0],
            Preload::Heavy => &mut self.workers[1],
        };
        if let Some((worker, runs)) = place {
            *runs += 1;
            if *runs > RUNS_OF_A_WORKER || !worker.is_fit() {
                // It goes before the next one comes: both would have the same place.
                *place = None;
            }
        }
        let (worker, _) = match place {
            Some(known) => known,
            none => none.insert((Worker::start(self.host, self.slot, preload)?, 0)),
        };
        Ok(worker)
    }
}
