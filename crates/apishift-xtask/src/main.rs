//! Generators and tidiness checks of the workspace: `cargo xtask --help`.

mod schemas;

use clap::{Parser, Subcommand};

/// Generators of the workspace.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// What to generate.
#[derive(Debug, Subcommand)]
enum Command {
    /// Write `schemas/`: the JSON Schema of pipeline files, and the columns of every table
    Schemas {
        /// Write nothing; fail where a file is not what it would be
        #[arg(long)]
        check: bool,
    },
}

fn main() -> anyhow::Result<()> {
    match Cli::parse().command {
        Command::Schemas { check: true } => schemas::check(),
        Command::Schemas { check: false } => schemas::write(),
    }
}
