//! What the tests in `tests/tests/` have in common: a place to run the binary in, and histories to run it on.

#![expect(
    clippy::panic,
    clippy::format_push_string,
    reason = "tests fail by panicking, and build small texts"
)]

mod place;
mod world;

#[cfg(unix)]
pub use place::interrupt;
pub use place::{Outcome, Place};
pub use world::{World, pipeline};
