//! Tests of programs, in the layouts that people have them in.

mod doctest;
mod translate;

use std::sync::Arc;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use apishift_syntax::grammar::parse_bounded;

use crate::plain;

pub(crate) use doctest::Shown;
pub use doctest::{Example, examples};
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
    /// Statements that are run after the program, in order: MBPP's assertions, or any source; or texts with examples, as
    /// docstrings have them.
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
    /// Examples that are run in the program's process, and what they show compared outside.
    Examples {
        /// The examples, in order.
        examples: Arc<Vec<Example>>,
        /// Whether they can leave nothing behind in the process.
        is_plain: bool,
    },
    /// They cannot be read: why.
    Wrong(String),
    /// Runs of the program as a script, whose output is compared outside.
    Cases(Arc<Vec<(String, String)>>),
}

/// Which tests are run, and in which order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Choice {
    /// So many, at most.
    pub most: usize,
    /// In an order drawn by this seed, where tests are sure not to depend on each other: not those that are run in the
    /// program's process. Otherwise as they come.
    pub shuffle: Option<u64>,
}

impl Choice {
    /// Places of the chosen among so many tests.
    fn of(self, count: usize) -> Vec<usize> {
        let mut places: Vec<usize> = (0..count).collect();
        if let Some(seed) = self.shuffle {
            places.sort_by_cached_key(|place| xxh3_64_with_seed(&place.to_le_bytes(), seed));
        }
        places.truncate(self.most);
        places
    }
}

impl Tests {
    /// Translates the tests where that is sure, those that are chosen. The calling thread needs [`STACK`](apishift_syntax::grammar::STACK).
    pub fn prepare(&self, choice: Choice) -> Prepared {
        let most = choice.most;
        match self {
            Self::Check { source, entry_point } => match translate_check(source, entry_point) {
                Some(checks) => Prepared::chosen(checks, choice),
                // One function that cannot be cut.
                None => Prepared::of(vec![format!("{source}\ncheck({entry_point})\n")]),
            },
            Self::Sources(sources) => match translate_asserts(&sources.join("\n")) {
                Some(checks) => Prepared::chosen(checks, choice),
                None if is_docstring(sources) => match examples(&sources.join("\n")) {
                    Ok(mut examples) => {
                        examples.truncate(most);
                        let is_plain = examples.iter().all(|example| is_plain(&example.source));
                        Prepared::Examples { examples: Arc::new(examples), is_plain }
                    }
                    Err(why) => Prepared::Wrong(why),
                },
                None => Prepared::of(sources.iter().take(most).cloned().collect()),
            },
            Self::Cases(cases) => {
                let chosen = choice.of(cases.len()).into_iter().map(|place| cases[place].clone());
                Prepared::Cases(Arc::new(chosen.collect()))
            }
        }
    }
}

/// Whether tests are text with examples: Python has no such lines but within strings.
fn is_docstring(sources: &[String]) -> bool {
    sources.iter().any(|source| doctest::has_examples(source))
        && sources.iter().any(|source| parse_bounded(source).is_err())
}

fn is_plain(source: &str) -> bool {
    parse_bounded(source).is_ok_and(|suite| plain::is_plain(&suite))
}

impl Prepared {
    fn chosen(checks: Checks, choice: Choice) -> Self {
        let places = choice.of(checks.assertions.len());
        let is_all = places.len() == checks.assertions.len() && places.is_sorted();
        Self::Checks(Arc::new(if is_all { checks } else { checks.chosen(&places) }))
    }

    fn of(sources: Vec<String>) -> Self {
        let is_plain = sources.iter().all(|source| is_plain(source));
        Self::Sources { is_plain, sources: Arc::new(sources) }
    }

    /// How many tests there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Checks(checks) => checks.assertions.len(),
            Self::Sources { sources, .. } => sources.len(),
            Self::Examples { examples, .. } => examples.len(),
            Self::Wrong(_) => 0,
            Self::Cases(cases) => cases.len(),
        }
    }

    /// Whether there is nothing to run.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
