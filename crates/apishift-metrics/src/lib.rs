//! Ranking and calibration metrics with intervals.
//!
//! What comes in: scored candidates, grouped by problem, each right or wrong. What goes out: numbers that say what the scores are
//! worth, with confidence intervals by bootstrap over problems. It reads no files and draws no pictures.
//!
//! ```
//! use apishift_metrics::{Bootstrap, Candidate, Metric, Ranking, Statistic};
//! // Two problems: the right program is first in one, last in the other.
//! let problems = [
//!     vec![Candidate::new(0.9, true), Candidate::new(0.1, false), Candidate::new(0.2, false)],
//!     vec![Candidate::new(-3.0, true), Candidate::new(2.0, false)],
//! ];
//! let rankings: Vec<Ranking> = problems.iter().map(|candidates| Ranking::of(candidates)).collect();
//! assert_eq!(rankings[0].best_of(3), Some(1.0));
//! let pairs = Metric::PairwiseAccuracy.statistic(&rankings);
//! let estimate = Bootstrap::over_problems(rankings.len(), 7).estimate(pairs.as_ref()).expect("two mixed problems");
//! assert_eq!(estimate.value, 0.5);
//! ```
//!
//! Rules that hold everywhere:
//! - A higher score is better. Candidates of equal score count as every order of them does on average, so that neither the
//!   length of a program nor its place in a file decides. [`order`] is for showing: there the earlier one comes first.
//! - A candidate whose score is NaN ranks below all that have one, and ties with others like it. [`Census`] counts them.
//! - A candidate with a `count` is so many equal ones; one with a count of 0 is not there.
//! - `None` is "this problem says nothing of it" (pairs where all pass, best of more than there are): it is left out of the
//!   mean, and [`Estimate::problems`] says how many were not.

#![forbid(unsafe_code)]

mod best_of;
mod bootstrap;
pub mod calibration;
mod candidate;
mod census;
mod chance;
mod majority;
mod metric;
mod pairs;
mod rank;
mod ranking;
mod statistic;

pub use best_of::pass_at;
pub use bootstrap::{Bootstrap, Cluster, Estimate, Interval, RESAMPLES};
pub use candidate::{Candidate, order};
pub use census::Census;
pub use majority::{Vote, majority_of};
pub use metric::Metric;
pub use pairs::Pooled;
pub use ranking::Ranking;
pub use statistic::{DRAWS, Difference, Means, Statistic};
