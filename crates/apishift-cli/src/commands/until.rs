//! What the commands over a pipeline have in common.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use anyhow::{Context, bail};
use apishift_evidence::Interpreter;
use apishift_store::RunFolder;
use jiff::civil::Date;

use super::{doctor::isolation, summary::print_summary};
use crate::{
    args::{EvidenceArgs, GlobalArgs, RunArgs, StageArgs},
    failure::Interrupted,
    interrupt,
    output::Printer,
    pipeline::{Settings, VerifyRows},
    run::{Journal, Machine, RunRecord, Runner, Stage},
};

/// A command over a pipeline.
#[derive(Debug)]
pub(crate) struct Request<'a> {
    /// Name of the command.
    pub(crate) name: &'static str,
    /// The last stage.
    pub(crate) until: Stage,
    /// What all such commands take.
    pub(crate) args: &'a StageArgs,
    /// What only some take.
    pub(crate) cutoff: Option<Date>,
    /// How examples are run, where the command comes that far.
    pub(crate) verify: Option<&'a EvidenceArgs>,
}

impl<'a> Request<'a> {
    /// Of a command that ends with a stage before examples are run.
    pub(crate) fn until(name: &'static str, until: Stage, args: &'a StageArgs) -> Self {
        Self { name, until, args, cutoff: None, verify: None }
    }

    /// Of a command that does every stage.
    pub(crate) fn whole(name: &'static str, args: &'a RunArgs) -> Self {
        let RunArgs { stage, cutoff, verify } = args;
        Self { name, until: Stage::Split, args: stage, cutoff: *cutoff, verify: Some(verify) }
    }
}

/// Runs the stages of a pipeline up to the one that was asked for, and prints the summary.
pub(crate) fn run_until(request: &Request<'_>, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    let args = request.args;
    let mut settings = Settings::read(&args.pipeline, args.seed)?;
    if let Some(cutoff) = request.cutoff {
        settings.split.cutoff = Some(cutoff);
    }
    if let Some(rows) = request.verify.and_then(|verify| verify.verify) {
        settings.verify.rows = rows;
    }
    if let (Some(shard), Stage::Assemble) = (args.shard, request.until) {
        bail!(
            "do shard {shard} of assemble: it works on the whole table; use `migrate --shard`, then `merge`"
        );
    }
    let out = match (&args.out, args.shard) {
        (Some(out), _) => out.clone(),
        (None, None) => default_out(&settings),
        (None, Some(shard)) => {
            default_out(&settings).with_extension(format!("shard-{}-of-{}", shard.index, shard.of))
        }
    };
    let machine = Machine {
        pipeline: args.pipeline.clone(),
        offline: args.offline,
        ..machine(global, &settings, request.verify)
    };
    let folder = RunFolder::open(&out)?;
    // A stage of a longer run: the run stays as long as it is. A record that cannot be read is written anew.
    let earlier = RunRecord::read(&out).ok().flatten().filter(|earlier| earlier.shard == args.shard);
    let until = earlier.map_or(request.until, |earlier| earlier.until.max(request.until));
    let record = RunRecord::new(settings, until, args.shard);
    let interrupt = interrupt::flag();
    let runner = Runner {
        folder: &folder,
        record: &record,
        machine: &machine,
        interrupt: &interrupt,
        until: request.until,
        redo: args.redo.iter().copied().collect(),
        shards: Vec::new(),
        pool: pool(machine.jobs)?,
    };
    let command = command(request, &out);
    let mut journal = Journal::read(&out);
    if request.until == until || journal.command.is_empty() {
        journal.command.clone_from(&command);
    }
    let report = runner.run(journal).map_err(|error| with_way_on(error, &command))?;
    print_summary(&report, args.format, printer)
}

/// The machine's part, as far as every command has it.
pub(crate) fn machine(global: &GlobalArgs, settings: &Settings, verify: Option<&EvidenceArgs>) -> Machine {
    let cores = || thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    // Asking an interpreter who it is takes a while: only where examples are run.
    let verify = verify.filter(|_| settings.verify.rows != VerifyRows::None);
    Machine {
        cache_dir: global.cache_dir.clone(),
        jobs: global.jobs.map_or_else(cores, std::num::NonZeroUsize::get),
        offline: false,
        pythons: verify.map(|args| interpreters(&args.pythons)).unwrap_or_default(),
        isolation: isolation(verify.map(|args| args.isolation).unwrap_or_default()),
        pipeline: PathBuf::new(),
    }
}

/// Minor versions of Python that are looked for.
const MINORS: std::ops::Range<u32> = 9..20;

/// The interpreters that were named; where none was, those on `PATH` and of pyenv.
fn interpreters(named: &[PathBuf]) -> Vec<Interpreter> {
    if !named.is_empty() {
        return Interpreter::find(named.iter().map(PathBuf::as_path));
    }
    let mut paths: Vec<PathBuf> = MINORS.map(|minor| format!("python3.{minor}").into()).collect();
    let versions = std::env::home_dir().map(|home| home.join(".pyenv/versions"));
    let mut folders: Vec<PathBuf> = versions
        .and_then(|folder| fs::read_dir(folder).ok())
        .map(|entries| entries.filter_map(|entry| Some(entry.ok()?.path())).collect())
        .unwrap_or_default();
    folders.sort();
    paths.extend(folders.into_iter().map(|folder| folder.join("bin/python")));
    Interpreter::find(paths.iter().map(PathBuf::as_path))
}

/// Where a run goes unless `--out` says otherwise.
pub(crate) fn default_out(settings: &Settings) -> PathBuf {
    Path::new("data/build").join(&settings.name)
}

/// The threads that units share.
pub(crate) fn pool(jobs: usize) -> anyhow::Result<rayon::ThreadPool> {
    rayon::ThreadPoolBuilder::new().num_threads(jobs).build().context("start threads")
}

/// The command that goes on with the run: what was given, without what concerns only this time.
fn command(request: &Request<'_>, out: &Path) -> String {
    let args = request.args;
    let mut words = vec![format!("apishift {} {}", request.name, quoted(&args.pipeline))];
    words.extend(args.out.as_ref().map(|_| format!("--out {}", quoted(out))));
    words.extend(args.seed.map(|seed| format!("--seed {seed}")));
    words.extend(request.cutoff.map(|cutoff| format!("--cutoff {cutoff}")));
    words.extend(
        request
            .verify
            .and_then(|verify| verify.verify)
            .map(|rows| format!("--verify {}", String::from(rows))),
    );
    words.extend(args.shard.map(|shard| format!("--shard {shard}")));
    words.extend(args.offline.then(|| "--offline".to_owned()));
    words.join(" ")
}

fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    if text.contains(' ') { format!("\"{text}\"") } else { text }
}

/// An interrupted run says how it goes on.
pub(crate) fn with_way_on(error: anyhow::Error, command: &str) -> anyhow::Error {
    if error.is::<Interrupted>() {
        tracing::warn!("stopped; what is finished is kept. Go on with: {command}");
    }
    error
}
