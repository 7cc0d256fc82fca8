//! The `apishift` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    apishift_cli::main()
}
