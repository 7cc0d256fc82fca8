//! The command line.

use std::{num::NonZeroUsize, path::PathBuf};

use apishift_store::Shard;
use clap::{
    Args, Parser, Subcommand,
    builder::styling::{AnsiColor, Styles},
};
use jiff::civil::Date;

use crate::{
    output::{Colour, Format},
    run::Stage,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// API-update examples from the histories of libraries.
#[derive(Debug, Parser)]
#[command(name = "apishift", version, styles = STYLES, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  apishift run pipelines/quickstart.toml            build the small dataset
  apishift inspect data/build/quickstart/dataset    look at it
  apishift status data/build/quickstart             see how far a run is

Exit codes: 0 done, 1 some rows failed, 2 wrong use or input, 3 the environment lacks something, 4 interrupted")]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What every command knows.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Downloads, repositories and parses, shared by all runs
    #[arg(long, global = true, env = "APISHIFT_CACHE_DIR", value_name = "DIR", default_value = "data/cache")]
    pub(crate) cache_dir: PathBuf,
    /// Projects that are worked on at once [default: as many as the machine has cores]
    #[arg(short, long, global = true, env = "APISHIFT_JOBS", value_name = "N")]
    pub(crate) jobs: Option<NonZeroUsize>,
    /// Say more; twice: say everything
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(crate) verbose: u8,
    /// Say nothing but errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Use colours
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Colour,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Run a pipeline: every stage that is not up to date, in order
    #[command(after_help = "\
Examples:
  apishift run pipelines/api-updates.toml
  apishift run pipelines/api-updates.toml --jobs 8 --seed 7 --out /data/seed-7
  apishift run pipelines/api-updates.toml --shard 0/3 --out part-0    one of three machines' parts
  apishift merge part-0 part-1 part-2                                 then all of them together

A run that was stopped goes on where it stopped: give the same command again.")]
    Run(RunArgs),
    /// Fetch the releases of every project into the cache
    Fetch(StageArgs),
    /// Mine API changes, after the stages before it
    Mine(StageArgs),
    /// Look for migrations that API changes caused, after the stages before it
    Migrate(StageArgs),
    /// Filter and deduplicate migrations, after the stages before it
    Assemble(StageArgs),
    /// Divide the examples and write the dataset, after the stages before it
    Split(SplitArgs),
    /// Join the shards of a run, and do what is left
    #[command(after_help = "\
Example:
  apishift merge part-0 part-1 part-2 --out data/build/api-updates")]
    Merge(MergeArgs),
    /// Show how far the stages of a run are
    #[command(after_help = "\
Example:
  apishift status data/build/quickstart")]
    Status(StatusArgs),
    /// Look into a table, a stage, a run or a dataset
    #[command(after_help = "\
Examples:
  apishift inspect data/build/quickstart/dataset
  apishift inspect data/build/quickstart/dataset --where \"change_kind = 'removed'\" --sample 3
  apishift inspect data/build/quickstart/mine/api_changes.parquet --columns symbol,kind,replacement --sample 20
  apishift inspect rows.jsonl --where \"provenance.project LIKE 'py%' AND replacement IS NULL\" --format json")]
    Inspect(InspectArgs),
}

/// A pipeline, and how it is run.
#[derive(Debug, Args)]
pub(crate) struct StageArgs {
    /// The pipeline file
    #[arg(value_name = "PIPELINE.toml")]
    pub(crate) pipeline: PathBuf,
    /// Folder of the run's output [default: data/build/<name of the pipeline>]
    #[arg(short, long, env = "APISHIFT_OUT", value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of everything that is drawn at random [default: the pipeline's]
    #[arg(long, env = "APISHIFT_SEED", value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Use what the cache holds, and no network
    #[arg(long, env = "APISHIFT_OFFLINE")]
    pub(crate) offline: bool,
    /// Do one part of the projects: the i-th of n, from 0
    #[arg(long, value_name = "i/n")]
    pub(crate) shard: Option<Shard>,
    /// Do a stage again even if it is up to date; `--redo fetch` asks for new releases
    #[arg(long, value_enum, value_name = "STAGE", value_delimiter = ',')]
    pub(crate) redo: Vec<Stage>,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `run`: all stages.
#[derive(Debug, Args)]
pub(crate) struct RunArgs {
    #[command(flatten)]
    pub(crate) stage: StageArgs,
    /// Everything released after this day is test, such as 2024-06-30 [default: the pipeline's]
    #[arg(long, value_name = "DATE")]
    pub(crate) cutoff: Option<Date>,
}

/// `split`: all stages as well, under the name of the last.
pub(crate) type SplitArgs = RunArgs;

/// `merge`.
#[derive(Debug, Args)]
pub(crate) struct MergeArgs {
    /// Folders of all the shards
    #[arg(value_name = "DIR", required = true)]
    pub(crate) shards: Vec<PathBuf>,
    /// Folder of the output [default: data/build/<name of the pipeline>]
    #[arg(short, long, env = "APISHIFT_OUT", value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `status`.
#[derive(Debug, Args)]
pub(crate) struct StatusArgs {
    /// Folder of the run
    #[arg(value_name = "DIR")]
    pub(crate) folder: PathBuf,
    /// How it is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `inspect`.
#[derive(Debug, Args)]
pub(crate) struct InspectArgs {
    /// A Parquet or JSONL file, or the folder of a stage, a run or a dataset
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Only rows for which an SQL expression over the columns is true
    #[arg(long = "where", value_name = "EXPR")]
    pub(crate) filter: Option<String>,
    /// How many rows are shown, drawn at random
    #[arg(short = 'n', long, value_name = "N", default_value_t = 3)]
    pub(crate) sample: usize,
    /// Seed of the draw
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Only these columns of the rows
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) columns: Vec<String>,
    /// How it is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}
