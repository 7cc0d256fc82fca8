//! Exit codes of `apishift`. Scripts rely on them: add, do not renumber.

/// Everything that was asked for was done.
pub const DONE: u8 = 0;
/// The command ran to its end, and some rows failed; they are counted in the summary and in the manifest.
pub const SOME_FAILED: u8 = 1;
/// Wrong use or wrong input: an unknown key, a file that is not there, a broken archive, a folder in use.
pub const USAGE: u8 = 2;
/// The environment lacks something: no network, no space, no write permission, a missing program.
pub const ENVIRONMENT: u8 = 3;
/// Stopped by a signal. The same command goes on where this one stopped.
pub const INTERRUPTED: u8 = 4;
/// A bug in apishift (a panic), as Rust's runtime reports it.
pub const BUG: u8 = 101;
