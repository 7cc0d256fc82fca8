//! Programs with tests, from the row to the verdict, in a real sandbox.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and say where they are skipped"
)]

mod hostile;
mod interpreters;
mod running;
mod support;
