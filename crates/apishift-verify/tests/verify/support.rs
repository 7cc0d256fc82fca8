//! Programs, a host for them, and their verdicts.

use std::{num::NonZeroUsize, ops::ControlFlow, sync::atomic::AtomicBool, time::Duration};

use apishift_sandbox::{Host, Limits, SandboxError, Settings};
use apishift_verify::{Check, Program, Running, Tests, Verdict, Verifier};

/// Asserted outside of the program's process.
pub(crate) const OUTSIDE: &str =
    "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 9\n";

pub(crate) fn program(source: &str, test: &str) -> Program {
    let tests = Tests::Check { source: test.to_owned(), entry_point: "square".to_owned() };
    Program { source: source.to_owned(), tests, reference: None }
}

/// The host, or `None` where this machine cannot keep programs away from itself: said on the screen, as skipped.
pub(crate) fn host() -> Option<Host> {
    match Host::new(Settings::default()) {
        Ok(host) => Some(host),
        Err(error @ SandboxError::Missing(_)) => {
            println!("SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Each alone, with a second and a quarter of a gigabyte: what fills it must not take a second where the machine is busy.
pub(crate) fn plainly() -> Running {
    Running::plainly(Limits {
        memory: 256 << 20,
        tree_memory: 256 << 20,
        ..Limits::of(Duration::from_secs(1))
    })
}

pub(crate) fn verdicts(host: &Host, programs: Vec<Program>, workers: usize) -> Vec<Verdict> {
    verdicts_of(host, programs, workers, plainly())
}

pub(crate) fn verdicts_of(
    host: &Host,
    programs: Vec<Program>,
    workers: usize,
    running: Running,
) -> Vec<Verdict> {
    verdicts_by(host, vec![Check::Syntax, Check::Tests(usize::MAX)], programs, workers, running)
}

pub(crate) fn verdicts_by(
    host: &Host,
    checks: Vec<Check>,
    programs: Vec<Program>,
    workers: usize,
    running: Running,
) -> Vec<Verdict> {
    let verifier = Verifier { checks, running, workers: NonZeroUsize::new(workers).unwrap() };
    let mut verdicts = Vec::new();
    let keep = |_, verdict| {
        verdicts.push(verdict);
        ControlFlow::Continue(())
    };
    verifier.verify(host, programs.into_iter(), &AtomicBool::new(false), keep).unwrap();
    verdicts
}
