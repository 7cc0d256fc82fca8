//! Many programs on many workers, verdicts in the order of the programs.

use std::{
    collections::BTreeMap,
    iter::{Fuse, Peekable},
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

use apishift_sandbox::{Host, SandboxError};
use apishift_syntax::grammar;

use crate::{
    desk::Desk,
    lint::{LintStage, Linter},
    running::{Running, TestStage},
    stage::{Case, Stage, SyntaxStage},
    tests::Choice,
    tests::Tests,
    verdict::{Kind, Verdict},
};

/// Programs that are ahead of the oldest one without a verdict, at most.
const WINDOW: usize = 4096;

/// A program with the tests that it has to pass.
#[derive(Clone, Debug)]
pub struct Program {
    /// Its source.
    pub source: String,
    /// Its tests.
    pub tests: Tests,
    /// A program of the same task that is known to be right, where there is one. Only its time matters.
    pub reference: Option<String>,
}

/// What is done with programs, in this order.
#[derive(Clone, Debug)]
pub enum Check {
    /// Whether it is Python.
    Syntax,
    /// Whether a linter finds nothing in it.
    Lint(Linter),
    /// Its tests, the first so many.
    Tests(usize),
}

impl Check {
    /// The name that verdicts have it by.
    pub fn name(&self) -> String {
        match self {
            Self::Syntax => "syntax".to_owned(),
            Self::Lint(_) => "lint".to_owned(),
            &Self::Tests(usize::MAX) => "tests".to_owned(),
            Self::Tests(count) => format!("tests:{count}"),
        }
    }

    /// Tests that it runs, at most.
    pub(crate) fn tests(&self) -> Option<usize> {
        match self {
            Self::Tests(count) => Some(*count),
            Self::Syntax | Self::Lint(_) => None,
        }
    }
}

/// Says of programs whether they are right.
#[derive(Clone, Debug)]
pub struct Verifier {
    /// What is done with every program.
    pub checks: Vec<Check>,
    /// How programs are run.
    pub running: Running,
    /// Servers, each with a thread that asks it.
    pub workers: NonZeroUsize,
}

impl Verifier {
    /// Verifies programs as they come, and gives each verdict with its place, in order. Ends early where `emit` breaks,
    /// where `stop` is raised (what runs then is abandoned), and where no worker can be started.
    pub fn verify(
        &self,
        host: &Host,
        programs: impl Iterator<Item = Program> + Send,
        stop: &AtomicBool,
        mut emit: impl FnMut(usize, Verdict) -> ControlFlow<()>,
    ) -> Result<(), SandboxError> {
        let queue = Mutex::new(Groups::of(programs, self.running.group()));
        let (emitted, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        let (sender, receiver) = channel();
        thread::scope(|scope| {
            for slot in 0..self.workers.get() {
                let (queue, emitted, is_over, sender) = (&queue, &emitted, &is_over, sender.clone());
                let work = move || {
                    let slot = u32::try_from(slot).unwrap_or(u32::MAX);
                    let mut desk = Desk::new(host, slot, self.choice(), [is_over, stop]);
                    let mut stages = self.stages();
                    let is_wanted = || !is_over.load(Ordering::Relaxed) && !stop.load(Ordering::Relaxed);
                    while is_wanted() {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some((place, programs)) = next else { break };
                        while place >= emitted.load(Ordering::Relaxed) + WINDOW && is_wanted() {
                            thread::sleep(Duration::from_millis(1));
                        }
                        let verdicts = look(&programs, &mut stages, &mut desk);
                        if matches!(verdicts, Err(SandboxError::Stopped)) {
                            break;
                        }
                        let is_lost = verdicts.is_err();
                        if sender.send((place, verdicts)).is_err() || is_lost {
                            break;
                        }
                    }
                };
                let named = thread::Builder::new().name(format!("worker-{slot}")).stack_size(grammar::STACK);
                named.spawn_scoped(scope, work)?;
            }
            drop(sender);
            let done = in_order(&receiver, &emitted, &mut emit);
            is_over.store(true, Ordering::Relaxed);
            done
        })
    }

    /// The stages, in order. Those that run tests are one, where the first of them stands: they share each run.
    fn stages(&self) -> Vec<Box<dyn Stage + '_>> {
        let mut stages: Vec<Box<dyn Stage + '_>> = Vec::new();
        let mut has_tests = false;
        for check in &self.checks {
            match check {
                Check::Syntax => stages.push(Box::new(SyntaxStage)),
                Check::Lint(linter) => stages.push(Box::new(LintStage::new(linter))),
                Check::Tests(_) if has_tests => {}
                Check::Tests(_) => {
                    has_tests = true;
                    stages.push(Box::new(TestStage { running: &self.running, checks: &self.checks }));
                }
            }
        }
        stages
    }

    fn choice(&self) -> Choice {
        let most = self.checks.iter().filter_map(Check::tests).max().unwrap_or_default();
        Choice { most, shuffle: self.running.shuffle }
    }
}

/// Verdicts on programs that have the same tests.
fn look(
    programs: &[Program],
    stages: &mut [Box<dyn Stage + '_>],
    desk: &mut Desk<'_>,
) -> Result<Vec<Verdict>, SandboxError> {
    let mut cases: Vec<Case<'_>> = programs.iter().map(Case::new).collect();
    for stage in stages {
        stage.look(&mut cases, desk)?;
    }
    let missing = || Verdict::of(Kind::Refused, "no stage says whether it is right");
    Ok(cases.into_iter().map(|case| case.verdict.unwrap_or_else(missing)).collect())
}

/// Programs with the same tests that come one after the other, with the place of the first.
struct Groups<I: Iterator<Item = Program>> {
    programs: Peekable<Fuse<I>>,
    place: usize,
    most: usize,
}

impl<I: Iterator<Item = Program>> Groups<I> {
    fn of(programs: I, most: usize) -> Self {
        // Whoever comes after the end finds it again.
        Self { programs: programs.fuse().peekable(), place: 0, most }
    }
}

impl<I: Iterator<Item = Program>> Iterator for Groups<I> {
    type Item = (usize, Vec<Program>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut group = vec![self.programs.next()?];
        while !(self.place + group.len()).is_multiple_of(self.most)
            && let Some(next) = self.programs.next_if(|next| next.tests == group[0].tests)
        {
            group.push(next);
        }
        let place = self.place;
        self.place += group.len();
        Some((place, group))
    }
}

/// The place of the first, and the verdicts from there on.
type Answer = (usize, Result<Vec<Verdict>, SandboxError>);

fn in_order(
    receiver: &Receiver<Answer>,
    emitted: &AtomicUsize,
    emit: &mut impl FnMut(usize, Verdict) -> ControlFlow<()>,
) -> Result<(), SandboxError> {
    let mut waiting = BTreeMap::new();
    let mut next = 0;
    for (place, verdicts) in receiver {
        waiting.insert(place, verdicts?);
        while let Some(verdicts) = waiting.remove(&next) {
            for verdict in verdicts {
                if emit(next, verdict).is_break() {
                    return Ok(());
                }
                next += 1;
            }
            emitted.store(next, Ordering::Relaxed);
        }
    }
    Ok(())
}
