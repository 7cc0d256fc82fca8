//! Tests of programs, in the layouts that people have them in.

mod translate;

use std::sync::Arc;

use crate::{plain, syntax::parse_bounded};

pub use translate::{Checks, translate_asserts, translate_check};

/// Tests as they come.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Tests {
    /// `HumanEval`'s: a module with `check(candidate)`, and the function that it is called with.
    Check {
        /// The module's source.
        source: String,
        /// Name of the function.
        entry_point: String,
    },
    /// Statements that are run after the program, in order: MBPP's assertions, or any source.
    Sources(Vec<String>),
    /// What the program reads on standard input, and what it has to print then.
    Cases(Vec<(String, String)>),
}

/// Tests, ready to be run against many programs.
#[derive(Clone, Debug)]
pub enum Prepared {
    /// Checked outside of the program's process.
    Checks(Arc<Checks>),
    /// To be run in the program's process.
    Sources {
        /// Their texts.
        sources: Arc<Vec<String>>,
        /// Whether they can leave nothing behind in the process.
        is_plain: bool,
    },
    /// Runs of the program as a script, whose output is compared outside.
    Cases(Arc<Vec<(String, String)>>),
}

impl Tests {
    /// Translates the tests where that is sure, at most the first `most` of them. The calling thread needs
    /// [`crate::syntax::STACK`].
    pub fn prepare(&self, most: usize) -> Prepared {
        match self {
            Self::Check { source, entry_point } => match translate_check(source, entry_point) {
                Some(checks) => Prepared::Checks(Arc::new(checks.first(most))),
                // One function that cannot be cut.
                None => Prepared::of(vec![format!("{source}\ncheck({entry_point})\n")]),
            },
            Self::Sources(sources) => match translate_asserts(&sources.join("\n")) {
                Some(checks) => Prepared::Checks(Arc::new(checks.first(most))),
                None => Prepared::of(sources.iter().take(most).cloned().collect()),
            },
            Self::Cases(cases) => Prepared::Cases(Arc::new(cases.iter().take(most).cloned().collect())),
        }
    }
}

impl Prepared {
    fn of(sources: Vec<String>) -> Self {
        let is_plain = |source: &String| parse_bounded(source).is_ok_and(|suite| plain::is_plain(&suite));
        Self::Sources { is_plain: sources.iter().all(is_plain), sources: Arc::new(sources) }
    }

    /// How many tests there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Checks(checks) => checks.assertions.len(),
            Self::Sources { sources, .. } => sources.len(),
            Self::Cases(cases) => cases.len(),
        }
    }

    /// Whether there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
