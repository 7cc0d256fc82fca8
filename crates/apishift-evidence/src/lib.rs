//! Evidence by execution: what happens to a row's code on both versions of its library.
//!
//! What comes in: rows of `api_updates`, the releases that a run has fetched (for days and import names), interpreters, and
//! an [`Install`] that puts wheels into a folder. What goes out: an [`Execution`](apishift_types::Execution) for each row, in
//! order.
//!
//! A row is verified when its old code runs on the old version, its new code on the new one, and the old code on the new
//! version fails, or is warned of a deprecation that the new code is not warned of (`mining.md`, part 5, has the method and
//! its weaknesses). The last two runs are in one environment, so that whatever differs between them is the row's own
//! difference. Code that only defines functions has them called: `harness.py` says how arguments are found.
//!
//! What it does not do: choose rows, install anything, or trust what it runs: every run is in `apishift-sandbox`.

#![forbid(unsafe_code)]

mod cache;
mod error;
mod gather;
mod imports;
mod judge;
mod known;
mod python;
mod run;
mod target;

pub use error::EvidenceError;
pub use gather::{Install, Installed, Plan, Refusal, gather};
pub use known::Known;
pub use python::Interpreter;
pub use run::HARNESS;
pub use target::Target;
