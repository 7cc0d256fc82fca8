//! `apishift verify`.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    io::{BufRead, BufReader, BufWriter, Write},
    num::NonZeroUsize,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, atomic::Ordering},
    thread::available_parallelism,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use apishift_sandbox::{Host, Limits};
use apishift_store::{Record, RecordReader, RowsFile, VerdictTable};
use apishift_types::{VerdictKind, VerdictRow};
use apishift_verify::{
    Check, Linter, Running, Verdict, Verifier,
    layout::{LayoutError, program_of, task_of},
};
use indicatif::ProgressBar;
use serde::Serialize;
use serde_json::json;

use super::doctor;
use crate::{
    args::{GlobalArgs, VerifyArgs, VerifyStage},
    failure::Interrupted,
    interrupt,
    output::{Format, Printer},
    progress::rows_bar,
};

/// Rows between two writes of what is done to the disk.
const FLUSH_ROWS: u64 = 256;

/// First line of the file with what is done: what it was done for.
#[derive(Debug, Serialize)]
struct Header {
    input: PathBuf,
    bytes: u64,
    modified: Option<Duration>,
    options: serde_json::Value,
}

/// What is counted.
#[derive(Debug, Default, Serialize)]
struct Summary {
    rows: u64,
    passed: u64,
    kinds: BTreeMap<VerdictKind, u64>,
    /// Those whose runs ended differently.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    flaky: Vec<String>,
    /// Rows of this run: others were there from one that was stopped.
    new: u64,
    seconds: f64,
}

impl Summary {
    fn add(&mut self, row: &VerdictRow) {
        self.rows += 1;
        if row.flaky {
            let task = row.task_id.as_deref().unwrap_or("no task");
            self.flaky.push(format!("row {} ({task}): {}", row.row, row.message));
        }
        self.passed += u64::from(row.passed);
        *self.kinds.entry(row.kind).or_default() += 1;
    }
}

/// Verifies every row, and writes the verdicts.
pub(crate) fn run(args: &VerifyArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    if !args.stages.iter().any(|stage| matches!(stage, VerifyStage::Tests(_))) {
        bail!("verify without tests: name `tests` or `tests:N` among the stages");
    }
    RowsFile::<VerdictTable>::check(&args.out)?;
    let input = RecordReader::open(&args.input)?;
    let mut settings = doctor::settings(&args.sandbox);
    settings.heavy.clone_from(&args.imports);
    settings.path.clone_from(&args.path);
    let host = Host::new(settings)?;
    if !args.imports.is_empty() {
        // Now, and not where the first program names one.
        host.check()?;
    }
    let megabytes = args.memory << 20;
    let limits = Limits {
        memory: megabytes,
        tree_memory: megabytes,
        ..Limits::of(Duration::from_secs_f64(args.timeout))
    };
    let workers = args.workers.or(global.jobs).or_else(|| available_parallelism().ok());
    let running = Running {
        limits,
        batch: args.batch,
        first: args.adaptive.map(Duration::from_secs_f64),
        shuffle: args.shuffle,
        repeat: args.repeat,
        dedupe: args.dedupe,
    };
    let group = running.group();
    let verifier = Verifier { checks: checks(args)?, running, workers: workers.unwrap_or(NonZeroUsize::MIN) };
    let mut journal = Journal::open(&args.out, &header(args)?, group)?;
    let progress = rows_bar("verify", input.rows(), global.quiet);
    let start = Instant::now();
    let mut summary = verify(&verifier, &host, input, &mut journal, &progress)?;
    summary.seconds = start.elapsed().as_secs_f64();
    progress.finish_and_clear();
    journal.finish(&args.out)?;
    match args.format {
        Format::Json => printer.json(&summary)?,
        Format::Human => printer.print(&human(&summary, &args.out))?,
    }
    Ok(())
}

/// What is done with each program.
fn checks(args: &VerifyArgs) -> anyhow::Result<Vec<Check>> {
    let linter = if args.lint == "pylint" {
        Linter::Pylint(args.pylint_python.clone())
    } else {
        Linter::Ruff(args.lint.parse()?)
    };
    let check = |stage: &VerifyStage| match stage {
        VerifyStage::Syntax => Check::Syntax,
        VerifyStage::Lint => Check::Lint(linter.clone()),
        VerifyStage::Tests(count) => Check::Tests(*count),
    };
    Ok(args.stages.iter().map(check).collect())
}

fn header(args: &VerifyArgs) -> anyhow::Result<Header> {
    let metadata = fs::metadata(&args.input).with_context(|| format!("read {}", args.input.display()))?;
    let modified = metadata.modified().ok().and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    let stages: Vec<String> = args.stages.iter().map(|stage| format!("{stage:?}")).collect();
    Ok(Header {
        input: args.input.clone(),
        bytes: metadata.len(),
        modified,
        options: json!({
            "stages": stages, "timeout": args.timeout, "memory": args.memory, "imports": args.imports,
            "lint": args.lint, "batch": args.batch, "adaptive": args.adaptive, "shuffle": args.shuffle, "repeat": args.repeat, "dedupe": args.dedupe,
            "path": args.path, "python": args.sandbox.python, "isolation": format!("{:?}", args.sandbox.isolation),
        }),
    })
}

fn verify(
    verifier: &Verifier,
    host: &Host,
    input: RecordReader,
    journal: &mut Journal,
    progress: &ProgressBar,
) -> anyhow::Result<Summary> {
    let interrupt = interrupt::flag();
    let mut summary = Summary::default();
    for row in journal.rows()? {
        summary.add(&row?);
    }
    let done = summary.rows;
    progress.inc(done);
    // What the reading side meets, for the writing side: tasks of the rows that are on their way, and the end of it all.
    let tasks: Mutex<BTreeMap<u64, Option<String>>> = Mutex::default();
    let failure: Mutex<Option<anyhow::Error>> = Mutex::default();
    let programs = (0..).zip(input).skip(usize::try_from(done)?).map_while(|(row, record)| {
        if interrupt.load(Ordering::SeqCst) {
            return None;
        }
        match record.map_err(anyhow::Error::from).and_then(|record: Record| {
            let program = program_of(&record)
                .map_err(|error: LayoutError| anyhow::anyhow!("read row {row}: failed to {error}"))?;
            Ok((task_of(&record), program))
        }) {
            Ok((task, program)) => {
                tasks.lock().unwrap_or_else(PoisonError::into_inner).insert(row, task);
                Some(program)
            }
            Err(error) => {
                *failure.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
                None
            }
        }
    });
    let mut written = Ok(());
    verifier.verify(host, programs, &interrupt, |place, verdict| {
        let row = done + place as u64;
        let task = tasks.lock().unwrap_or_else(PoisonError::into_inner).remove(&row).flatten();
        let row = row_of(row, task, verdict);
        summary.add(&row);
        summary.new += 1;
        progress.inc(1);
        progress.set_message(format!("{:.1} % pass", 100.0 * summary.passed as f64 / summary.rows as f64));
        written = journal.add(&row);
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    journal.flush()?;
    if let Some(error) = failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        return Err(error);
    }
    if interrupt.load(Ordering::SeqCst) {
        return Err(Interrupted.into());
    }
    Ok(summary)
}

fn row_of(row: u64, task_id: Option<String>, verdict: Verdict) -> VerdictRow {
    VerdictRow {
        row,
        task_id,
        passed: verdict.passed(),
        kind: verdict.kind,
        stage: verdict.stage,
        flaky: verdict.is_flaky,
        tests_run: verdict.tests_run,
        tests_passed: verdict.tests_passed,
        seconds: verdict.wall.as_secs_f64(),
        cpu_seconds: verdict.cpu.as_secs_f64(),
        message: verdict.message,
        output: verdict.output,
    }
}

/// Rows that are done, beside the output until all are: one JSON line each, after the header.
#[derive(Debug)]
struct Journal {
    path: PathBuf,
    file: BufWriter<File>,
    pending: u64,
}

impl Journal {
    /// Goes on with what is there, where it was done for the same; starts anew otherwise. Of the rows that are there, a
    /// multiple of `group` is kept.
    fn open(out: &Path, header: &Header, group: usize) -> anyhow::Result<Self> {
        let mut name = out.as_os_str().to_owned();
        name.push(".partial");
        let path = PathBuf::from(name);
        let file = File::options().read(true).append(true).create(true).open(&path);
        let mut file = file.with_context(|| format!("write {}", path.display()))?;
        if let Err(TryLockError::WouldBlock) = file.try_lock() {
            bail!(
                "write {}: another run of verify is writing it; wait for its end, or name another --out",
                out.display()
            );
        }
        let line = serde_json::to_string(header)? + "\n";
        let kept = kept_bytes(&file, &line, group)?;
        file.set_len(kept)?;
        if kept == 0 {
            file.write_all(line.as_bytes()).with_context(|| format!("write {}", path.display()))?;
        }
        Ok(Self { path, file: BufWriter::new(file), pending: 0 })
    }

    fn rows(&self) -> anyhow::Result<impl Iterator<Item = anyhow::Result<VerdictRow>> + use<>> {
        let file = File::open(&self.path).with_context(|| format!("read {}", self.path.display()))?;
        Ok(BufReader::new(file).lines().skip(1).map(|line| Ok(serde_json::from_str(&line?)?)))
    }

    fn add(&mut self, row: &VerdictRow) -> anyhow::Result<()> {
        let line = serde_json::to_string(row)? + "\n";
        self.file.write_all(line.as_bytes()).with_context(|| format!("write {}", self.path.display()))?;
        self.pending += 1;
        if self.pending >= FLUSH_ROWS {
            self.flush()?;
        }
        Ok(())
    }

    fn flush(&mut self) -> anyhow::Result<()> {
        self.pending = 0;
        self.file.flush().with_context(|| format!("write {}", self.path.display()))
    }

    /// Writes the output in one piece, and removes the journal.
    fn finish(mut self, out: &Path) -> anyhow::Result<()> {
        self.flush()?;
        let mut rows = RowsFile::<VerdictTable>::create(out)?;
        for row in self.rows()? {
            rows.push(row?)?;
        }
        rows.finish()?;
        fs::remove_file(&self.path).with_context(|| format!("remove {}", self.path.display()))
    }
}

/// Bytes of a journal that stay: the header, where it is this one, and whole rows, a multiple of `group`.
fn kept_bytes(file: &File, header: &str, group: usize) -> anyhow::Result<u64> {
    let mut lines = BufReader::new(file);
    let mut line = String::new();
    lines.read_line(&mut line)?;
    if line != header {
        return Ok(0);
    }
    let (mut length, mut kept, mut rows) = (line.len() as u64, line.len() as u64, 0_usize);
    loop {
        line.clear();
        // The last line of a run that was killed may be half of one.
        match lines.read_line(&mut line) {
            Ok(count) if count > 0 && line.ends_with('\n') => {}
            _ => return Ok(kept),
        }
        length += line.len() as u64;
        rows += 1;
        if rows.is_multiple_of(group) {
            kept = length;
        }
    }
}

fn human(summary: &Summary, out: &Path) -> String {
    let kinds = summary.kinds.iter().map(|(kind, count)| format!("{kind} {count}"));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    let share = 100.0 * summary.passed as f64 / summary.rows.max(1) as f64;
    let speed = summary.new as f64 / summary.seconds.max(1e-9);
    let flaky = summary.flaky.iter().fold(String::new(), |all, named| all + "flaky: " + named + "\n");
    format!(
        "{} programs, {} pass ({share:.1} %): {kinds}\n{flaky}{} in {:.1} s, {speed:.0} a second\n{}\n",
        summary.rows,
        summary.passed,
        summary.new,
        summary.seconds,
        out.display(),
    )
}
