//! Reward models: a decoder reads what was asked and a whole answer, and gives one number, higher for better answers.
//!
//! What comes in: [`apishift_types::CandidateRow`]s, right and wrong ones of each problem, and a model's folder. What goes out: a
//! folder that `transformers` loads as a sequence classifier, what it is worth on problems that it has not seen, and scores.
//!
//! Scores are raw: their differences within a problem mean something (Bradley-Terry: the log-odds that one answer is right and the
//! other is not), their size does not.

#![forbid(unsafe_code)]

mod baseline;
mod evaluate;
mod linear;
mod pairs;
mod problem;
mod tfidf;
#[cfg(feature = "torch")]
pub mod torch;

pub use baseline::{Baseline, baseline_scores};
pub use evaluate::{Calibrated, Scores, evaluate, parts};
pub use linear::{LinearModel, LinearOptions};
pub use pairs::{DrawOptions, Pair, PairOptions, draw, pairs};
pub use problem::{Encoded, Problem, encode, problems};
pub use tfidf::TfIdf;
