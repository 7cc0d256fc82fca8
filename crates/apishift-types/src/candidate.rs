//! Candidates: programs that answer a problem, right or wrong.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Split, VerdictKind};

/// Where a candidate comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CandidateSource {
    /// The problem's own solution: the migrated code, the function's real body.
    Gold,
    /// The solution in other words: what was changed in it changes nothing that it does.
    Equivalent,
    /// The code from before an API change.
    Stale,
    /// The solution with a fault put into it.
    Mutant,
    /// A model's output, imported.
    Model,
}

impl CandidateSource {
    /// Every source, in the order of the documentation.
    pub const ALL: [Self; 5] = [Self::Gold, Self::Equivalent, Self::Stale, Self::Mutant, Self::Model];

    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Gold => "gold",
            Self::Equivalent => "equivalent",
            Self::Stale => "stale",
            Self::Mutant => "mutant",
            Self::Model => "model",
        }
    }
}

impl fmt::Display for CandidateSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// How it is known whether a candidate is right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LabelSource {
    /// Its tests were run.
    Execution,
    /// It was made so: by what was done to the solution, and by comparison with it.
    Construction,
    /// The input says so.
    Given,
}

/// Why a candidate is no attempt at its problem (`reference/model.md` of the project's papers: none of them ever passes, and all
/// of them flatter a reward model).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Degenerate {
    /// Nothing but white space and comments.
    Empty,
    /// It is no Python.
    Syntax,
    /// The function that was asked for is not there.
    NoFunction,
    /// The function's body says nothing: only `pass`, a docstring, an ellipsis.
    NoBody,
    /// The function never returns or yields a value, where the solution does.
    NoResult,
}

/// One row of the table `candidates`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CandidateRow {
    /// Content hash of problem and program: 16 hex digits.
    pub id: String,
    /// The problem.
    pub task_id: String,
    /// What may not be divided between training and test: the API change, or the project that a function comes from.
    pub group: String,
    /// Which part of the data the problem belongs to.
    pub split: Split,
    /// What is asked: the user's turn, as exports have it.
    pub prompt: String,
    /// The answer: the assistant's turn, as exports have it, the program in it.
    pub answer: String,
    /// The whole program.
    pub program: String,
    /// Where it comes from.
    pub source: CandidateSource,
    /// What was done to the solution, where it is made of it: `wrong_keyword`, `half_migrated`.
    pub operator: Option<String>,
    /// Whether it is right; `None` where that is not known yet.
    pub passed: Option<bool>,
    /// How that is known.
    pub label: LabelSource,
    /// Why it is no attempt; `None` of a real candidate.
    pub degenerate: Option<Degenerate>,
    /// Sources of its tests, each by itself; empty where there are none.
    pub tests: Vec<String>,
    /// Tests that ran to an end, good or bad.
    pub tests_run: u32,
    /// Tests that hold.
    pub tests_passed: u32,
    /// What came of running it.
    pub error_kind: Option<VerdictKind>,
    /// Seconds that running it took; 0 where it was not run.
    pub seconds: f64,
    /// The library whose API changed, or the project that the function comes from.
    pub library: Option<String>,
    /// What changed, of an API change: `renamed`.
    pub change_kind: Option<String>,
    /// The problem's code from before the API change.
    pub old_code: Option<String>,
}
