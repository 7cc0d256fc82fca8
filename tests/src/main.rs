//! `apishift`, built together with the tests that run it.

use std::process::ExitCode;

fn main() -> ExitCode {
    apishift_cli::main(|| {})
}
