//! Problems and candidate programs: what a reward model learns from, and what it is measured on.
//!
//! What comes in: API-update examples, and source trees of libraries. What goes out: [`apishift_types::CandidateRow`]s: for each
//! problem its solution, the same in other words, and programs that are wrong in ways that can be named. Whether a program
//! is right is either known from how it was made, or left to whoever runs its tests. It runs nothing itself.

#![forbid(unsafe_code)]

mod degenerate;
mod digest;
pub mod doctest;
mod edit;
mod equivalent;
mod import;
mod mutation;
mod name;
mod program;
mod update;

pub use degenerate::degenerate;
pub use equivalent::{Equivalent, Rewording, equivalents, reworded};
pub use import::import;
pub use mutation::{Mutant, Operator, choose, mutants};
pub use update::{Context, UpdateOptions, update_candidates};
