//! Generators and set-up of the workspace: `cargo xtask --help`.
//!
//! Without the feature `schemas` it builds in seconds, so that `cargo xtask libtorch` on a fresh machine need not wait for the
//! whole workspace.

mod libtorch;
#[cfg(feature = "schemas")]
mod schemas;

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Generators and set-up of the workspace.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
enum Command {
    /// Write `schemas/`: the JSON Schema of pipeline files, and the columns of every table
    Schemas {
        /// Write nothing; fail where a file is not what it would be
        #[arg(long)]
        check: bool,
    },
    /// Make libtorch 2.11 ready for building, in data/cache/libtorch; nothing to do where it is, or where LIBTORCH names one
    Libtorch {
        /// Take the PyTorch 2.11 of this interpreter, CUDA with it, instead of wheels of the package index (540 MB)
        #[arg(long, value_name = "PYTHON")]
        python: Option<PathBuf>,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Schemas { check } => write_schemas(check),
        Command::Libtorch { python } => libtorch::prepare(python.as_deref()),
    }
}

#[cfg(feature = "schemas")]
fn write_schemas(check: bool) -> anyhow::Result<()> {
    if check { schemas::check() } else { schemas::write() }
}

/// Builds the rest of this program, and lets it do it.
#[cfg(not(feature = "schemas"))]
#[expect(clippy::disallowed_methods, reason = "cargo builds the rest of this program")]
fn write_schemas(check: bool) -> anyhow::Result<()> {
    let mut cargo = std::process::Command::new(env!("CARGO"));
    cargo.args(["run", "--quiet", "--package", "apishift-xtask", "--", "schemas"]);
    let status = cargo.args(check.then_some("--check")).status()?;
    anyhow::ensure!(status.success(), "write schemas: cargo failed");
    Ok(())
}
