//! Programs that try everything: each in `hostile/`, with what it tries and the verdicts that are right for it.
//!
//! None is run outside of a sandbox, and each has a cap on its damage built in.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and say where they are skipped"
)]

use std::{
    collections::BTreeSet,
    fs,
    net::TcpListener,
    num::{NonZeroU32, NonZeroUsize},
    ops::ControlFlow,
    path::Path,
    sync::atomic::AtomicBool,
    time::Duration,
};

use apishift_sandbox::{Host, Isolation, Limits, SandboxError, Settings};
use apishift_verify::{Check, Kind, Program, Running, Tests, Verdict, Verifier};

/// Asserted outside of the program's process.
const OUTSIDE: &str = "def check(candidate):\n    assert candidate(2) == 4\n    assert candidate(3) == 9\n";

/// The same with names in between, which is run as it is.
const INSIDE: &str = "def check(candidate):\n    four = candidate(2)\n    assert four == 4\n    nine = candidate(3)\n    \
                      assert nine == 9\n";

struct Hostile {
    name: String,
    source: String,
    /// Names of the kinds that are right.
    expected: BTreeSet<String>,
}

/// All of them, by name; they are told where the canaries are.
fn hostile(canary: &Path, port: u16) -> Vec<Hostile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let expected =
            text.lines().find_map(|line| line.strip_prefix("# expect: ")).expect("what is expected");
        let expected = expected.split_whitespace().map(str::to_owned).collect();
        let source = text.replace("@CANARY@", &canary.display().to_string());
        let source = source.replace("@PORT@", &port.to_string()).replace("@NUL@", "\0");
        // What would be long in a file.
        let source = source.replace("@DEEP@", &"-".repeat(200_000)).replace("@LONG@", &"x".repeat(10 << 20));
        Hostile { name: path.file_stem().unwrap().to_string_lossy().into_owned(), source, expected }
    };
    paths.iter().map(|path| read(path)).collect()
}

fn program(source: &str, test: &str) -> Program {
    let tests = Tests::Check { source: test.to_owned(), entry_point: "square".to_owned() };
    Program { source: source.to_owned(), tests }
}

/// The host, or `None` where this machine cannot keep programs away from itself: said on the screen, as skipped.
fn host() -> Option<Host> {
    match Host::new(Settings::default()) {
        Ok(host) => Some(host),
        Err(error @ SandboxError::Missing(_)) => {
            println!("SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

/// Each alone, with a second and half a gigabyte.
fn plainly() -> Running {
    Running::plainly(Limits { tree_memory: 512 << 20, ..Limits::of(Duration::from_secs(1)) })
}

fn verdicts(host: &Host, programs: Vec<Program>, workers: usize) -> Vec<Verdict> {
    verdicts_of(host, programs, workers, plainly())
}

fn verdicts_of(host: &Host, programs: Vec<Program>, workers: usize, running: Running) -> Vec<Verdict> {
    let checks = vec![Check::Syntax, Check::Tests(usize::MAX)];
    let verifier = Verifier { checks, running, workers: NonZeroUsize::new(workers).unwrap() };
    let mut verdicts = Vec::new();
    let keep = |_, verdict| {
        verdicts.push(verdict);
        ControlFlow::Continue(())
    };
    verifier.verify(host, programs.into_iter(), &AtomicBool::new(false), keep).unwrap();
    verdicts
}

#[test]
fn each_gets_the_right_verdict_and_neither_neighbours_nor_the_host_notice() {
    hostile_among_neighbours(plainly());
}

#[test]
fn so_it_is_where_programs_share_children_and_time() {
    let together = Running {
        batch: NonZeroUsize::new(16).unwrap(),
        first: Some(Duration::from_millis(300)),
        dedupe: true,
        ..plainly()
    };
    hostile_among_neighbours(together);
}

fn hostile_among_neighbours(running: Running) {
    let Some(host) = host() else { return };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let canary = folder.path().join("canary");
    fs::write(&canary, "untouched").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let mounts = || fs::read_to_string("/proc/self/mountinfo").unwrap();
    let mounts_before = mounts();

    let hostile = hostile(&canary, listener.local_addr().unwrap().port());
    assert!(hostile.len() >= 60);
    // After each a neighbour that is right and one that is wrong.
    let right = program("def square(x):\n    return x * x\n", OUTSIDE);
    let wrong = program("def square(x):\n    return x + x\n", OUTSIDE);
    let programs = hostile.iter().flat_map(|h| [program(&h.source, OUTSIDE), right.clone(), wrong.clone()]);
    let verdicts = verdicts_of(&host, programs.collect(), 2, running);

    let mut faults = Vec::new();
    for (hostile, verdicts) in hostile.iter().zip(verdicts.chunks(3)) {
        let [own, right, wrong] = verdicts else { panic!("a verdict is missing") };
        // Where time is short, one that is wrong may be given up before it shows why.
        let is_given_up = own.message.starts_with("given up") && !hostile.expected.contains("ok");
        if !is_given_up && !hostile.expected.contains(own.kind.as_str()) {
            faults.push(format!(
                "{}: {} ({}), not {:?}",
                hostile.name, own.kind, own.message, hostile.expected
            ));
        }
        if (right.kind, wrong.kind) != (Kind::Ok, Kind::Assert) {
            faults.push(format!("{}: its neighbours are {} and {}", hostile.name, right.kind, wrong.kind));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(fs::read_to_string(&canary).unwrap(), "untouched");
    assert!(listener.accept().is_err(), "somebody came through to the host's network");
    assert_eq!(mounts(), mounts_before);
    let server = "python\0-S\0-s\0-B\0-c";
    let left = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let of_us = fs::read_to_string(entry.path().join("status"))
            .is_ok_and(|status| status.lines().any(|line| line == format!("PPid:\t{}", std::process::id())));
        of_us && fs::read_to_string(entry.path().join("cmdline")).is_ok_and(|line| line.starts_with(server))
    });
    assert_eq!(left.count(), 0, "servers are left");
}

#[test]
fn none_passes_falsely_where_tests_run_in_its_own_process() {
    let Some(host) = host() else { return };
    let hostile = hostile(Path::new("/nowhere/canary"), 9);
    let programs = hostile.iter().map(|hostile| program(&hostile.source, INSIDE)).collect();
    let verdicts = verdicts(&host, programs, 2);
    let passes = hostile.iter().zip(&verdicts).filter(|(_, verdict)| verdict.passed());
    let wrong: Vec<&str> =
        passes.filter(|(h, _)| !h.expected.contains("ok")).map(|(h, _)| h.name.as_str()).collect();
    assert!(wrong.is_empty(), "passed: {wrong:?}");
}

#[test]
fn verdicts_do_not_depend_on_the_number_of_workers() {
    let Some(host) = host() else { return };
    let sources = ["return x * x", "return x + x", "raise KeyError(x)", "return [x]", "retrun x"];
    let all: Vec<Program> = (0..60)
        .map(|n| program(&format!("def square(x):\n    {}\n", sources[n % sources.len()]), OUTSIDE))
        .collect();
    let kinds = |workers| verdicts(&host, all.clone(), workers).iter().map(|v| v.kind).collect::<Vec<_>>();
    let one = kinds(1);
    assert_eq!(one[..5], [Kind::Ok, Kind::Assert, Kind::Exception, Kind::Assert, Kind::Syntax]);
    assert_eq!(one, kinds(3));
}

#[test]
fn programs_that_end_differently_are_flaky() {
    let Some(host) = host() else { return };
    // Nothing but the clock differs between two runs: a coin for it, thrown until it has shown both sides.
    let coin =
        "import time\n\n\ndef square(x):\n    return x * x if time.monotonic_ns() // 1000 % 2 else x\n";
    let running = Running { repeat: NonZeroU32::new(40).unwrap(), ..plainly() };
    let steady = program("def square(x):\n    return x * x\n", OUTSIDE);
    let verdicts = verdicts_of(&host, vec![program(coin, OUTSIDE), steady], 1, running);
    assert!(verdicts[0].is_flaky && !verdicts[0].passed(), "{:?}", verdicts[0]);
    assert!(!verdicts[1].is_flaky && verdicts[1].passed(), "{:?}", verdicts[1]);
}

#[test]
fn sharing_and_giving_up_early_change_no_verdict() {
    let Some(host) = host() else { return };
    let bodies = [
        "return x * x",
        "return x + x",
        "raise KeyError(x)",
        "return [x]",
        "while True: pass",
        "print(x); return 0",
        "return x * x + len(str(__builtins__)) * 0",
        "import os; os._exit(0)",
        "return len([0] * 12_000_000)",
    ];
    let all: Vec<Program> = (0..54)
        .map(|n| program(&format!("def square(x):\n    {}\n", bodies[n % bodies.len()]), OUTSIDE))
        .collect();
    let kinds = |running| -> Vec<(Kind, String, u32)> {
        let verdicts = verdicts_of(&host, all.clone(), 2, running).into_iter();
        // Whatever comes after the first wrong answer is not run in company, nor seen.
        verdicts
            .map(|v| (v.kind, v.output.lines().next().unwrap_or_default().to_owned(), v.tests_run))
            .collect()
    };
    let together = Running {
        batch: NonZeroUsize::new(8).unwrap(),
        first: Some(Duration::from_millis(200)),
        ..plainly()
    };
    let alone = kinds(plainly());
    assert_eq!(alone, kinds(together));
    assert_eq!(alone[4].0, Kind::Timeout);
    assert_eq!(alone[5], (Kind::Assert, "2".to_owned(), 1));
}

#[test]
fn a_right_program_that_waits_is_not_given_up() {
    let Some(host) = host() else { return };
    let waits = "import time\n\n\ndef square(x):\n    time.sleep(0.3)\n    return x * x\n";
    let spins = "def square(x):\n    while True:\n        pass\n";
    let right = "def square(x):\n    return x * x\n";
    let all = [right, waits, spins].map(|source| program(source, OUTSIDE)).to_vec();
    let running = Running { first: Some(Duration::from_millis(50)), ..plainly() };
    let verdicts = verdicts_of(&host, all, 1, running);
    assert_eq!(verdicts.iter().map(|v| v.kind).collect::<Vec<_>>(), [Kind::Ok, Kind::Ok, Kind::Timeout]);
    assert!(verdicts[2].message.starts_with("given up"), "{}", verdicts[2].message);
}

#[test]
fn process_only_isolation_runs_programs_and_leaves_no_process() {
    let settings = Settings { isolation: Isolation::ProcessOnly, ..Settings::default() };
    let host = Host::new(settings).unwrap();
    let daemon = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(30)\n    os._exit(0)\n\n\n\
                  def square(x):\n    return x * x\n";
    let verdicts = verdicts(&host, vec![program(daemon, OUTSIDE)], 1);
    assert_eq!(verdicts[0].kind, Kind::Ok, "{}", verdicts[0].message);
}

#[test]
fn an_interpreter_that_is_not_there_is_named() {
    let settings = Settings { python: "/nowhere/python".into(), ..Settings::default() };
    let error = Host::new(settings).map(drop).unwrap_err();
    assert!(matches!(error, SandboxError::Interpreter { .. } | SandboxError::Missing(_)), "{error}");
}

#[test]
fn modules_that_cannot_be_imported_are_named() {
    if host().is_none() {
        return;
    }
    let settings =
        Settings { imports: vec!["math".to_owned(), "no_such_module".to_owned()], ..Settings::default() };
    let host = Host::new(settings).unwrap();
    let verifier =
        Verifier { checks: vec![Check::Tests(usize::MAX)], running: plainly(), workers: NonZeroUsize::MIN };
    let one = std::iter::once(program("def square(x):\n    return 1\n", OUTSIDE));
    let error =
        verifier.verify(&host, one, &AtomicBool::new(false), |_, _| ControlFlow::Continue(())).unwrap_err();
    assert!(error.to_string().contains("no_such_module"), "{error}");
}
