//! What is said of a program.

use std::time::Duration;

pub use apishift_types::VerdictKind as Kind;

/// The verdict on one program.
#[derive(Clone, Debug, PartialEq)]
pub struct Verdict {
    /// Why it passes or not.
    pub kind: Kind,
    /// Tests that ran to an end, good or bad.
    pub tests_run: u32,
    /// Tests that hold.
    pub tests_passed: u32,
    /// Time by the clock, measured outside; zero where nothing ran.
    pub wall: Duration,
    /// Processor time.
    pub cpu: Duration,
    /// What went wrong, cut.
    pub message: String,
    /// What it wrote, cut.
    pub output: String,
    /// Name of the stage that decided.
    pub stage: String,
    /// Whether several runs of it ended differently.
    pub is_flaky: bool,
}

impl Verdict {
    /// A verdict without a run.
    pub fn of(kind: Kind, message: impl Into<String>) -> Self {
        Self {
            kind,
            tests_run: 0,
            tests_passed: 0,
            wall: Duration::ZERO,
            cpu: Duration::ZERO,
            message: message.into(),
            output: String::new(),
            stage: String::new(),
            is_flaky: false,
        }
    }

    /// Names the stage that decided.
    pub(crate) fn by(mut self, stage: &str) -> Self {
        stage.clone_into(&mut self.stage);
        self
    }

    /// Adds what another run of the same program came to.
    pub(crate) fn join(&mut self, other: Self) {
        self.kind = other.kind;
        self.tests_run += other.tests_run;
        self.tests_passed += other.tests_passed;
        self.wall += other.wall;
        self.cpu += other.cpu;
        self.message = other.message;
        self.output = other.output;
    }

    /// Whether the program is right, as far as its tests tell.
    pub fn passed(&self) -> bool {
        self.kind == Kind::Ok
    }
}
