//! From the command line to the exit code.

use std::process::ExitCode;

use apishift_types::exit;
use clap::{CommandFactory, Parser};

use crate::{
    args::{Cli, Command},
    commands,
    failure::{exit_code, is_broken_pipe, render},
    logging::{self, Verbosity},
    output::{Printer, complain},
};

/// Runs the binary. `keep_memory` tells its allocator to give nothing back to the system, for commands that compute with models.
pub fn main(keep_memory: fn()) -> ExitCode {
    let cli = Cli::parse();
    if matches!(&cli.command, Command::TrainRm(_) | Command::EvalRm(_) | Command::Score(_)) {
        keep_memory();
    }
    logging::set_up(Verbosity::of(cli.global.quiet, cli.global.verbose));
    let printer = Printer::new(cli.global.color);
    let result = match &cli.command {
        Command::Run(args) => commands::run::run(args, &cli.global, &printer),
        Command::Fetch(args) => commands::fetch::run(args, &cli.global, &printer),
        Command::Mine(args) => commands::mine::run(args, &cli.global, &printer),
        Command::Migrate(args) => commands::migrate::run(args, &cli.global, &printer),
        Command::Assemble(args) => commands::assemble::run(args, &cli.global, &printer),
        Command::Split(args) => commands::split::run(args, &cli.global, &printer),
        Command::Merge(args) => commands::merge::run(args, &cli.global, &printer),
        Command::Status(args) => commands::status::run(args, &printer),
        Command::Inspect(args) => commands::inspect::run(args, &printer),
        Command::Audit(args) => commands::audit::run(args, &printer),
        Command::Verify(args) => commands::verify::run(args, &cli.global, &printer),
        Command::Reward(args) => commands::reward::run(args, &cli.global, &printer),
        Command::Export(args) => commands::export::run(args, &printer),
        Command::Model(command) => commands::model::run(command, &cli.global, &printer),
        Command::TrainRm(args) => commands::train_rm::run(args, &cli.global, &printer),
        Command::EvalRm(args) => commands::eval_rm::run(args, &cli.global, &printer),
        Command::Score(args) => commands::score::run(args, &cli.global, &printer),
        Command::Doctor(args) => commands::doctor::run(args, &printer),
    };
    match result {
        Ok(()) => ExitCode::from(exit::DONE),
        Err(error) if is_broken_pipe(&error) => ExitCode::from(exit::DONE),
        Err(error) => {
            complain(&render(&error, cli.global.color.on_stderr()));
            ExitCode::from(exit_code(&error))
        }
    }
}

/// The tree of arguments, for generators of references and completions.
pub fn command() -> clap::Command {
    Cli::command()
}
