//! Verdicts on programs: syntax, a linter, tests in a sandbox.
//!
//! What comes in: programs with their tests, in the layouts of `HumanEval`, MBPP and others. What goes out: a [`Verdict`]
//! each, in the order of the programs, the same whatever the number of workers.
//!
//! Programs of the same tests that follow each other are a group, which goes from stage to stage ([`Check`]); a stage says
//! something final of some of them and lets the others go on. How they are run is up to [`Running`]: each in a child of its
//! own, or together where that can only reject them.
//!
//! A pass is proven: where tests can be put as calls and comparisons ([`tests`]), the program's process is only given
//! arguments, what it returns is compared outside, and every assertion has to have been seen to hold. Other tests run in
//! the program's process, where what can be seen of foul play makes the verdict `tampered`.

mod desk;
mod judge;
pub mod layout;
mod lint;
mod plain;
mod pool;
mod running;
mod stage;
pub mod term;
pub mod tests;
mod verdict;

pub use lint::{FATAL, Linter, Rules, UnknownRule};
pub use pool::{Check, Program, Verifier};
pub use running::Running;
pub use tests::Tests;
pub use verdict::{Kind, Verdict};
