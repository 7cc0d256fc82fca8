//! Problems from folders of packages, labelled by running, with what became of the functions in them.
//!
//! `cargo run -p apishift-candidates --example doctest_problems -- OUT.parquet PACKAGES.tsv FOLDER...`: each folder is the tree
//! of one package and has its name.

#![expect(clippy::print_stdout, reason = "what it finds is for a person to read")]

use std::{
    collections::{BTreeMap, BTreeSet},
    env,
    fmt::Write as _,
    fs,
    num::NonZeroUsize,
    ops::ControlFlow,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use apishift_candidates::doctest::{DoctestFinder, DoctestProblem, Funnel, Rules};
use apishift_sandbox::{Frame, Host, Job, Limits, Preload, Settings, Task, Worker};
use apishift_store::{CandidateTable, write_table};
use apishift_syntax::grammar::STACK;
use apishift_types::{CandidateRow, MemoryTree, TreeId};
use apishift_verify::{Check, Program, Running, Tests, Verdict, Verifier, tests::examples};

/// Mutants of one small fault that a problem gets.
const MUTANTS: usize = 8;

/// Other arguments that a solution is asked for, and those of its answers that become tests.
const PROBES: usize = 24;
const ADDED: usize = 10;

const SEED: u64 = 0;

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [out, packages, folders @ ..] = &arguments[..] else {
        bail!("name the output, the list of packages, and folders");
    };
    let folders: Vec<PathBuf> = folders.iter().map(PathBuf::from).collect();
    thread::scope(|scope| {
        let work = || run(Path::new(out), Path::new(packages), &folders);
        let worker = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work)?;
        worker.join().expect("the work does not panic")
    })
}

/// What became of the functions of a package.
#[derive(Debug, Default)]
struct Counts {
    found: Funnel,
    gold: u64,
    kept: u64,
    candidates: u64,
}

fn run(out: &Path, packages: &Path, folders: &[PathBuf]) -> anyhow::Result<()> {
    let start = Instant::now();
    let mut counts: BTreeMap<String, Counts> = BTreeMap::new();
    let mut problems = Vec::new();
    let mut finder = DoctestFinder::new(Rules::default(), SEED);
    for folder in folders {
        let name = folder.file_name().context("a folder has a name")?.to_string_lossy().into_owned();
        let (found, funnel) = finder.problems(&tree_of(folder)?, &TreeId("1".to_owned()), &name)?;
        counts.entry(name).or_default().found.merge(&funnel);
        problems.extend(found);
    }
    println!("{} problems found in {:.1} s", problems.len(), start.elapsed().as_secs_f64());
    let host = Host::new(Settings::default())?;
    let (problems, failed) = with_passing_gold(&host, problems)?;
    for problem in &problems {
        counts.entry(problem.project.clone()).or_default().gold += 1;
    }
    let problems = probed(&host, problems)?;
    println!("{} pass with their own body, at {:.1} s", problems.len(), start.elapsed().as_secs_f64());
    fs::write(out.with_extension("gold-fails.txt"), failed)?;
    let rows: Vec<CandidateRow> =
        problems.iter().flat_map(|problem| problem.candidates(MUTANTS, SEED)).collect();
    println!("{} candidates at {:.1} s", rows.len(), start.elapsed().as_secs_f64());
    let rows = labelled(&host, rows)?;
    println!("labelled at {:.1} s", start.elapsed().as_secs_f64());
    let rules = Rules::default();
    let by_task: BTreeMap<&str, &DoctestProblem> =
        problems.iter().map(|problem| (problem.task_id.as_str(), problem)).collect();
    let mut skipped = BTreeMap::new();
    let mut kept = Vec::new();
    let mut survival = Survival::new();
    for group in rows.chunk_by(|one, two| one.task_id == two.task_id) {
        let problem = by_task[group[0].task_id.as_str()];
        let mut group = group.to_vec();
        note(&mut survival, &group);
        match problem.settle(&mut group, &rules) {
            Ok(settled) => {
                let count = counts.entry(problem.project.clone()).or_default();
                count.kept += 1;
                count.candidates += group.len() as u64;
                for (name, more) in [
                    ("surviving mutants left out", settled.surviving),
                    ("unsure bodies of others left out", settled.unsure),
                    ("rewordings that fail left out", settled.changed),
                    ("programs that raise left out", settled.crashing),
                ] {
                    *skipped.entry(name).or_insert(0) += more;
                }
                kept.extend(group);
            }
            Err(reason) => *skipped.entry(reason.as_str()).or_insert(0_u64) += 1,
        }
    }
    for (operator, (all, passing)) in survival {
        println!("  {operator}: {all}, {:.1} % pass", 100.0 * passing as f64 / all as f64);
    }
    tell(&kept, &counts, &skipped);
    fs::write(packages, table(&counts))?;
    write_table::<CandidateTable>(out, kept)?;
    println!("{:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// The Python files of a folder.
fn tree_of(folder: &Path) -> anyhow::Result<MemoryTree> {
    let mut tree = MemoryTree::default();
    // So that the tree is there where no file is Python.
    tree.insert("1", "PACKAGE", "");
    let mut todo = vec![folder.to_owned()];
    while let Some(next) = todo.pop() {
        for entry in fs::read_dir(&next).with_context(|| format!("read {}", next.display()))? {
            let path = entry?.path();
            if path.is_symlink() {
                continue;
            }
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|ending| ending == "py") {
                tree.insert("1", &path.strip_prefix(folder)?.to_string_lossy(), fs::read(&path)?);
            }
        }
    }
    Ok(tree)
}

fn verifier() -> Verifier {
    let running = Running {
        limits: Limits { memory: 512 << 20, tree_memory: 512 << 20, ..Limits::of(Duration::from_secs(1)) },
        batch: NonZeroUsize::new(8).expect("it is not zero"),
        first: Some(Duration::from_millis(300)),
        shuffle: None,
        repeat: std::num::NonZeroU32::MIN,
        dedupe: false,
    };
    Verifier {
        checks: vec![Check::Syntax, Check::Tests(usize::MAX)],
        running,
        workers: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
    }
}

fn verdicts(host: &Host, programs: Vec<Program>) -> anyhow::Result<Vec<Verdict>> {
    let mut all = Vec::new();
    let keep = |_, verdict| {
        all.push(verdict);
        ControlFlow::Continue(())
    };
    verifier().verify(host, programs.into_iter(), &AtomicBool::new(false), keep)?;
    Ok(all)
}

/// Those whose own body passes, and what came of the others.
fn with_passing_gold(
    host: &Host,
    problems: Vec<DoctestProblem>,
) -> anyhow::Result<(Vec<DoctestProblem>, String)> {
    let programs = problems
        .iter()
        .map(|problem| Program {
            source: problem.program(),
            tests: Tests::Sources(problem.tests.clone()),
            reference: None,
        })
        .collect();
    let mut failed = String::new();
    let mut kept = Vec::new();
    for (problem, verdict) in problems.into_iter().zip(verdicts(host, programs)?) {
        if verdict.passed() {
            kept.push(problem);
        } else {
            writeln!(
                failed,
                "{}\t{}\t{}",
                problem.task_id,
                verdict.kind,
                verdict.message.replace('\n', " ")
            )?;
        }
    }
    Ok((kept, failed))
}

/// The problems with more tests: what their solutions show for other arguments.
fn probed(host: &Host, problems: Vec<DoctestProblem>) -> anyhow::Result<Vec<DoctestProblem>> {
    let limits = Limits { memory: 512 << 20, tree_memory: 512 << 20, ..Limits::of(Duration::from_secs(1)) };
    let mut worker: Option<Worker> = None;
    let mut out = Vec::new();
    for mut problem in problems {
        let probes = problem.probes(PROBES, SEED);
        let before = examples(&problem.tests.join("\n")).unwrap_or_default();
        let sources: Vec<String> =
            before.iter().map(|example| example.source.clone()).chain(probes.iter().cloned()).collect();
        let job = Job {
            sources: vec![problem.program()],
            task: Task::Examples { examples: sources, token: b"doctest problems".to_vec() },
        };
        let known = worker.take().and_then(|mut known| known.is_fit().then_some(known));
        let mut running = match known {
            Some(known) => known,
            None => Worker::start(host, 0, Preload::Common)?,
        };
        let frames = match running.run(&job, &limits, &mut |_| false, &|| false) {
            Ok(outcome) => outcome.frames,
            Err(lost) => {
                println!("{}: {lost:?}", problem.task_id);
                Vec::new()
            }
        };
        worker = Some(running);
        let shown = frames.into_iter().filter_map(|frame| match frame {
            Frame::Shown { text, raised, .. } => Some(raised.is_none().then_some(text)),
            _ => None,
        });
        let mut answers: Vec<Option<String>> = shown.skip(before.len()).collect();
        answers.resize(probes.len(), None);
        problem.add_answers(&probes.into_iter().zip(answers).collect::<Vec<_>>(), ADDED);
        out.push(problem);
    }
    Ok(out)
}

fn labelled(host: &Host, mut rows: Vec<CandidateRow>) -> anyhow::Result<Vec<CandidateRow>> {
    let programs = rows
        .iter()
        .map(|row| Program {
            source: row.program.clone(),
            tests: Tests::Sources(row.tests.clone()),
            reference: None,
        })
        .collect();
    for (row, verdict) in rows.iter_mut().zip(verdicts(host, programs)?) {
        row.passed = Some(verdict.passed());
        row.tests_run = verdict.tests_run;
        row.tests_passed = verdict.tests_passed;
        row.error_kind = Some(verdict.kind);
        row.seconds = verdict.wall.as_secs_f64();
    }
    Ok(rows)
}

/// How many there were of each operator, and how many of them pass.
type Survival = BTreeMap<String, (u64, u64)>;

fn note(survival: &mut Survival, rows: &[CandidateRow]) {
    for row in rows {
        let name = format!("{}/{}", row.source, row.operator.as_deref().unwrap_or("-"));
        let count = survival.entry(name).or_default();
        count.0 += 1;
        count.1 += u64::from(row.passed == Some(true));
    }
}

fn tell(kept: &[CandidateRow], counts: &BTreeMap<String, Counts>, skipped: &BTreeMap<&str, u64>) {
    let mut all = Funnel::default();
    for count in counts.values() {
        all.merge(&count.found);
    }
    for (reason, count) in all.skipped.iter() {
        println!("  {reason}: {count}");
    }
    for (reason, count) in skipped {
        println!("  after running, {reason}: {count}");
    }
    let (gold, problems) =
        counts.values().fold((0, 0), |sum, count| (sum.0 + count.gold, sum.1 + count.kept));
    let tasks: BTreeSet<&str> = kept.iter().map(|row| row.task_id.as_str()).collect();
    println!(
        "functions {}, documented {}, with examples {}, self-contained {}, gold passes {gold}, kept {problems} ({} tasks, {} rows)",
        all.functions,
        all.documented,
        all.with_examples,
        all.problems,
        tasks.len(),
        kept.len(),
    );
}

fn table(counts: &BTreeMap<String, Counts>) -> String {
    let mut out =
        "package\tfunctions\tdocumented\twith_examples\tself_contained\tgold_passes\tkept\tcandidates\n"
            .to_owned();
    for (name, Counts { found, gold, kept, candidates }) in counts {
        let Funnel { functions, documented, with_examples, problems, .. } = found;
        let columns = [functions, documented, with_examples, problems, gold, kept, candidates];
        let columns: Vec<String> = columns.map(ToString::to_string).to_vec();
        out = out + name + "\t" + &columns.join("\t") + "\n";
    }
    out
}
