//! From what a run reported to a verdict: the trusted side.

use apishift_sandbox::{Ending, Failure, Frame, Outcome, Value};

use crate::{
    tests::{Checks, Example, Shown},
    verdict::{Kind, Verdict},
};

/// Error numbers of limits that are not the program's own business: no space, too many files, too many processes.
const LIMITS: [i32; 6] = [11, 23, 24, 27, 28, 122];

/// Bytes of a program's output that a verdict keeps.
const SHOWN: usize = 4096;

/// Error number of "out of memory".
const NO_MEMORY: i32 = 12;

/// What is known after some frames.
#[derive(Debug, Default)]
struct Progress {
    run: u32,
    passed: u32,
    /// The first thing that went wrong, or the proof that nothing did.
    end: Option<(Kind, String)>,
}

impl Progress {
    fn end_with(&mut self, kind: Kind, message: impl Into<String>) {
        self.end = Some((kind, message.into()));
    }

    fn raised(&mut self, failure: &Failure) {
        self.end_with(kind_of(failure), said(failure));
    }
}

/// What proves a verdict.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Proof<'a> {
    /// Values that are compared here.
    Values(&'a Checks),
    /// So many reports of passed tests that bring what the job was given.
    Reports { tests: usize, token: &'a [u8] },
    /// What its examples show, compared here.
    Examples { examples: &'a [Example], token: &'a [u8] },
    /// What it printed, where this was to be printed.
    Output(&'a str),
}

/// Whether frames that came up to now decide the verdict already.
pub(crate) fn is_decided(proof: Proof<'_>, frames: &[Frame]) -> bool {
    progress(proof, frames).end.is_some()
}

/// The verdict on a run: of values that are compared here where there are checks, else of tests that ran inside.
pub(crate) fn judge(proof: Proof<'_>, outcome: &Outcome) -> Verdict {
    let Progress { run, passed, end } = progress(proof, &outcome.frames);
    let ending = &outcome.ending;
    let (kind, message) = match end {
        // Whatever it has to say, it said too much.
        _ if ending.killed.as_deref() == Some("output") => {
            (Kind::Output, "it wrote more than allowed".to_owned())
        }
        Some((Kind::Ok, message)) => match proof {
            Proof::Output(expected) => printed(expected, &String::from_utf8_lossy(&ending.output)),
            // They can write over what was reported, and the values of an example can be guessed.
            Proof::Reports { .. } | Proof::Examples { .. } if ending.left > 0 => {
                (Kind::Tampered, "it left processes that could change its reports".to_owned())
            }
            _ => (Kind::Ok, message),
        },
        Some(end) => end,
        None => cut_short(ending),
    };
    let (run, passed) = match proof {
        Proof::Output(_) => (u32::from(matches!(kind, Kind::Ok | Kind::Assert)), u32::from(kind == Kind::Ok)),
        _ => (run, passed),
    };
    Verdict {
        tests_run: run,
        tests_passed: passed,
        wall: ending.wall,
        cpu: ending.cpu,
        output: shown(&ending.output),
        ..Verdict::of(kind, message)
    }
}

/// What was reported of each program of a child, in order.
pub(crate) fn runs_of(frames: &[Frame]) -> Vec<&[Frame]> {
    frames.split(|frame| matches!(frame, Frame::Begin { .. })).skip(1).collect()
}

/// Verdicts on those of several programs in one child that are surely wrong: they raised, or a test does not hold. How many
/// had begun. Time is shared evenly among them.
pub(crate) fn reject(proof: Proof<'_>, outcome: &Outcome, mut rejected: impl FnMut(usize, Verdict)) -> usize {
    let runs = runs_of(&outcome.frames);
    let begun = u32::try_from(runs.len()).unwrap_or(u32::MAX).max(1);
    let ending = &outcome.ending;
    let starts = outcome.frames.iter().filter_map(|frame| match frame {
        Frame::Begin { written } => Some(usize::try_from(*written).unwrap_or(usize::MAX)),
        _ => None,
    });
    let mut starts: Vec<usize> = starts.map(|start| start.min(ending.output.len())).collect();
    starts.push(ending.output.len());
    for (place, run) in runs.iter().enumerate() {
        let Progress { run, passed, end } = progress(proof, run);
        let Some((kind @ (Kind::Assert | Kind::Exception | Kind::Syntax), message)) = end else { continue };
        let output = ending.output.get(starts[place]..starts[place + 1]).unwrap_or_default();
        let verdict = Verdict {
            tests_run: run,
            tests_passed: passed,
            wall: ending.wall / begun,
            cpu: ending.cpu / begun,
            output: shown(output),
            ..Verdict::of(kind, message)
        };
        rejected(place, verdict);
    }
    runs.len()
}

fn progress(proof: Proof<'_>, frames: &[Frame]) -> Progress {
    let mut progress = Progress::default();
    let mut results: Vec<Value> = Vec::new();
    for frame in frames {
        if progress.end.is_some() {
            break;
        }
        match frame {
            Frame::Begin { .. } | Frame::Loaded => {}
            Frame::Syntax(failure) if failure.is("MemoryError") => progress.raised(failure),
            Frame::Syntax(failure) => progress.end_with(Kind::Syntax, said(failure)),
            Frame::Load(failure) => progress.raised(failure),
            Frame::Raised(failure) => {
                progress.run += 1;
                progress.raised(failure);
            }
            Frame::Foreign { class, compares } => {
                progress.run += 1;
                let kind = if *compares { Kind::Tampered } else { Kind::Assert };
                progress.end_with(kind, format!("it returned an object of class `{class}`"));
            }
            Frame::Value(value) => {
                results.push(value.clone());
                if let Proof::Values(checks) = proof {
                    compare(checks, &results, &mut progress);
                }
            }
            Frame::Shown { token: brought, text, raised } => {
                let example = match proof {
                    Proof::Examples { examples, token } if token == brought => {
                        examples.get(progress.run as usize)
                    }
                    _ => None,
                };
                progress.run += 1;
                match example.map(|example| example.compare(text, raised.as_ref())) {
                    Some(Shown::Wanted) => progress.passed += 1,
                    Some(Shown::Raised(failure)) => progress.raised(failure),
                    Some(Shown::Other) => {
                        progress
                            .end_with(Kind::Assert, format!("example {} shows something else", progress.run));
                    }
                    None => progress.end_with(Kind::Tampered, "it reports results itself"),
                }
            }
            Frame::Passed { token: brought } => match proof {
                Proof::Reports { token, .. } if brought == token => {
                    progress.run += 1;
                    progress.passed += 1;
                }
                _ => progress.end_with(Kind::Tampered, "it reports results itself"),
            },
            Frame::Tampered(what) => progress.end_with(Kind::Tampered, format!("it changed {what}")),
            Frame::End { token } => finish(proof, token, &mut progress),
        }
    }
    progress
}

/// Looks at the assertions whose results are there.
fn compare(checks: &Checks, results: &[Value], progress: &mut Progress) {
    while let Some(assertion) = checks.assertions.get(progress.run as usize) {
        let mut needed = Vec::new();
        assertion.results(&mut needed);
        if needed.iter().any(|number| *number >= results.len()) {
            return;
        }
        progress.run += 1;
        match assertion.evaluate(results) {
            Ok(value) if value.is_true() => progress.passed += 1,
            Ok(_) => return progress.end_with(Kind::Assert, format!("test {} does not hold", progress.run)),
            Err(raised) => return progress.end_with(Kind::Exception, raised.0),
        }
    }
}

/// It says that it is done: so it is where everything was seen to hold.
fn finish(proof: Proof<'_>, brought: &[u8], progress: &mut Progress) {
    let is_complete = match proof {
        Proof::Values(checks) => progress.passed as usize == checks.assertions.len(),
        Proof::Reports { token, .. } | Proof::Examples { token, .. } if brought != token => {
            return progress.end_with(Kind::Tampered, "it reports results itself");
        }
        Proof::Reports { tests, .. } => progress.passed as usize == tests,
        Proof::Examples { examples, .. } => progress.passed as usize == examples.len(),
        // Compared when all of it is there.
        Proof::Output(_) => true,
    };
    if is_complete {
        progress.end_with(Kind::Ok, "");
    } else {
        progress.end_with(Kind::Exit, "it ended before all tests had run");
    }
}

/// The beginning of an output.
fn shown(output: &[u8]) -> String {
    String::from_utf8_lossy(&output[..output.len().min(SHOWN)]).into_owned()
}

/// Whether an output is the one that was expected, by the rule of "Reward Models Enable Scalable Code Verification by
/// Trading Accuracy for Throughput" for `CodeContests`: the same but for case and space around it, or but for all space, or
/// two numbers as good as equal.
fn printed(expected: &str, output: &str) -> (Kind, String) {
    let plain = |text: &str| text.trim().to_lowercase();
    let (a, b) = (plain(expected), plain(output));
    let without_space = |text: &str| text.split_whitespace().collect::<String>();
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    let is_close = || {
        let Some((a, b)) = number(&a).zip(number(&b)) else { return false };
        (a - b).abs() <= f64::max(1e-6, 1e-9 * f64::max(a.abs(), b.abs()))
    };
    if a == b || without_space(&a) == without_space(&b) || is_close() {
        (Kind::Ok, String::new())
    } else {
        (Kind::Assert, "it prints something else".to_owned())
    }
}

fn cut_short(ending: &Ending) -> (Kind, String) {
    if let Some(why) = &ending.killed {
        let kind = match why.as_str() {
            "timeout" => Kind::Timeout,
            "output" => Kind::Output,
            _ => Kind::Crash,
        };
        return (kind, String::new());
    }
    match (ending.signal, ending.code) {
        // The kernel's own limit of processor time.
        (Some(24), _) => (Kind::Timeout, String::new()),
        (Some(25), _) => (Kind::Output, "a file grew over its limit".to_owned()),
        (Some(signal), _) => (Kind::Crash, format!("ended by signal {signal}")),
        (None, code) => {
            let code = code.unwrap_or_default();
            (Kind::Exit, format!("it ended with code {code} before all tests had run"))
        }
    }
}

fn kind_of(failure: &Failure) -> Kind {
    let limit = |errno: i32| LIMITS.contains(&errno);
    if failure.is("AssertionError") {
        Kind::Assert
    } else if failure.is("MemoryError") || failure.errno == Some(NO_MEMORY) {
        Kind::Memory
    } else if failure.is("SystemExit") {
        Kind::Exit
    } else if failure.is("OSError") && failure.errno.is_some_and(limit) {
        Kind::Resource
    } else {
        Kind::Exception
    }
}

fn said(failure: &Failure) -> String {
    if failure.message.is_empty() {
        failure.class.clone()
    } else {
        format!("{}: {}", failure.class, failure.message)
    }
}
