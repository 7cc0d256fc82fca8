//! What is said of a program.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a program passes or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VerdictKind {
    /// Every test ran and holds. The only kind that passes.
    Ok,
    /// It is no Python.
    Syntax,
    /// It raised.
    Exception,
    /// A test does not hold.
    Assert,
    /// It took too long.
    Timeout,
    /// It took too much memory.
    Memory,
    /// It wrote too much.
    Output,
    /// It met another limit: files, processes, disk.
    Resource,
    /// It ended before all tests had run.
    Exit,
    /// The interpreter crashed, or was killed from inside.
    Crash,
    /// It changed what the tests rely upon, or answers with objects that say themselves what they equal.
    Tampered,
    /// It was not run: there is nothing to run, or it cannot be handed over.
    Refused,
}

impl VerdictKind {
    /// All kinds, in the order of the documentation.
    pub const ALL: [Self; 12] = [
        Self::Ok,
        Self::Syntax,
        Self::Exception,
        Self::Assert,
        Self::Timeout,
        Self::Memory,
        Self::Output,
        Self::Resource,
        Self::Exit,
        Self::Crash,
        Self::Tampered,
        Self::Refused,
    ];

    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Syntax => "syntax",
            Self::Exception => "exception",
            Self::Assert => "assert",
            Self::Timeout => "timeout",
            Self::Memory => "memory",
            Self::Output => "output",
            Self::Resource => "resource",
            Self::Exit => "exit",
            Self::Crash => "crash",
            Self::Tampered => "tampered",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One row of the table `verdicts`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VerdictRow {
    /// Place of the program in the input, from 0.
    pub row: u64,
    /// What the input calls the task, where it does.
    pub task_id: Option<String>,
    /// Whether the program passes.
    pub passed: bool,
    /// Why it passes or not.
    pub kind: VerdictKind,
    /// The stage that decided: `syntax`, `lint`, `tests`, `tests:3`.
    pub stage: String,
    /// Whether several runs of it ended differently; it does not pass then.
    pub flaky: bool,
    /// Tests that ran to an end, good or bad.
    pub tests_run: u32,
    /// Tests that hold.
    pub tests_passed: u32,
    /// Seconds by the clock, measured outside of the program; 0 where nothing ran. An even share where several were in one
    /// process.
    pub seconds: f64,
    /// Seconds of processor time.
    pub cpu_seconds: f64,
    /// What went wrong, cut; empty where nothing did.
    pub message: String,
    /// What the program wrote, cut.
    pub output: String,
}
