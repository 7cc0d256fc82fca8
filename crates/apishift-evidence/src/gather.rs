//! The runs of many rows: grouped by what they run on, in rounds, as a row may turn out to need a project more.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use apishift_sandbox::{Isolation, Limits};
use apishift_types::{ApiUpdate, Execution, Outcome, Verification};
use jiff::civil::Date;
use serde_json::Value;
use tempfile::TempDir;

use crate::{
    EvidenceError, Interpreter, Known,
    cache::{Cache, Entry},
    judge::{compare, in_words, same_values, stands},
    run::{Ran, Report, Request, Room},
    target::{Pair, Target},
};

/// Why a target cannot be had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// In the installer's words.
    pub why: String,
    /// Whether that stays so. Otherwise it is asked for again the next time.
    pub is_final: bool,
}

/// A folder with what was asked for. What is temporary goes with the value.
#[derive(Debug)]
pub struct Installed {
    path: PathBuf,
    _temporary: Option<TempDir>,
}

impl Installed {
    /// A folder that stays.
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), _temporary: None }
    }

    /// A folder within one that goes.
    pub fn within(temporary: TempDir, path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), _temporary: Some(temporary) }
    }
}

/// Puts wheels into folders.
pub trait Install: Sync {
    /// The folder with what a target asks for, installed for an interpreter. No build code may run.
    fn install(
        &self,
        target: &Target,
        interpreter: &Interpreter,
    ) -> Result<Result<Installed, Refusal>, Box<dyn std::error::Error + Send + Sync>>;
}

/// How evidence is gathered.
pub struct Plan<'a> {
    /// Days and import names.
    pub known: &'a Known,
    /// Interpreters of this machine.
    pub interpreters: &'a [Interpreter],
    /// What installs.
    pub install: &'a dyn Install,
    /// Folder of earlier results.
    pub cache: &'a Path,
    /// Projects without which rows are not run: too large, or of no use here.
    pub leave_out: &'a BTreeSet<String>,
    /// Rows that run at once.
    pub jobs: usize,
    /// How much keeps them from the machine.
    pub isolation: Isolation,
    /// Set when the user wants to stop.
    pub interrupt: &'a AtomicBool,
}

impl std::fmt::Debug for Plan<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Plan").field("interpreters", &self.interpreters).finish_non_exhaustive()
    }
}

/// How often a row may ask for one more project.
const ROUNDS: usize = 3;

/// Processor time of the run that searches for arguments, and of the others.
const SEARCH: Duration = Duration::from_secs(30);
const REPEAT: Duration = Duration::from_secs(15);

/// Runs every row; `done` is told how many rows more have a result. The executions are in the order of the rows.
pub fn gather(
    rows: &[ApiUpdate],
    plan: &Plan<'_>,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<Execution>, EvidenceError> {
    let work = Work { rows, plan, cache: Cache::open(plan.cache)?, done };
    let mut results: Vec<Option<Execution>> = rows.iter().map(|_| None).collect();
    // One period after the other, with all of its rounds: what is installed for one is at hand for the next.
    let mut periods: BTreeMap<Option<Date>, Vec<usize>> = BTreeMap::new();
    for (place, row) in rows.iter().enumerate() {
        let pair = Pair::of(row, plan.known, &BTreeSet::new(), plan.leave_out).ok();
        periods.entry(pair.map(|pair| pair.old.not_after)).or_default().push(place);
    }
    for places in periods.into_values() {
        work.settle(places, &mut results)?;
    }
    Ok(results.into_iter().flatten().collect())
}

/// What is the same for all periods.
struct Work<'a> {
    rows: &'a [ApiUpdate],
    plan: &'a Plan<'a>,
    cache: Cache,
    done: &'a (dyn Fn(usize) + Sync),
}

impl Work<'_> {
    /// Runs rows, in as many rounds as they need.
    fn settle(&self, mut open: Vec<usize>, results: &mut [Option<Execution>]) -> Result<(), EvidenceError> {
        let mut further: BTreeMap<usize, BTreeSet<String>> = BTreeMap::new();
        for round in 0..ROUNDS {
            let mut groups: BTreeMap<Pair, Vec<(usize, String)>> = BTreeMap::new();
            let mut entries: Vec<(usize, Entry)> = Vec::new();
            for place in open.drain(..) {
                let (row, further) = (&self.rows[place], further.entry(place).or_default());
                match Pair::of(row, self.plan.known, further, self.plan.leave_out) {
                    Err((outcome, note)) => {
                        entries.push((place, without_runs(row, outcome, Some(note), None)));
                    }
                    Ok(pair) => {
                        let key = Cache::key(row, &pair, self.plan);
                        match self.cache.get(&key) {
                            Some(entry) => entries.push((place, entry)),
                            None => groups.entry(pair).or_default().push((place, key)),
                        }
                    }
                }
            }
            let told = |count| {
                if round == 0 {
                    (self.done)(count);
                }
            };
            told(entries.len());
            entries.extend(run_groups(self.rows, groups, self.plan, &self.cache, &told)?);
            for (place, entry) in entries {
                // Where a project more makes it impossible, what came of it without is what is known.
                if results[place].is_none() || entry.execution.outcome != Outcome::NoTarget {
                    results[place] = Some(entry.execution);
                }
                if let Some(project) = entry.missing {
                    if further.entry(place).or_default().insert(project) {
                        open.push(place);
                    }
                }
            }
            open.sort_unstable();
        }
        Ok(())
    }
}

/// Does the groups on threads.
fn run_groups(
    rows: &[ApiUpdate],
    groups: BTreeMap<Pair, Vec<(usize, String)>>,
    plan: &Plan<'_>,
    cache: &Cache,
    done: &(dyn Fn(usize) + Sync),
) -> Result<Vec<(usize, Entry)>, EvidenceError> {
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(pair, _)| (pair.old.not_after, pair.new.not_after));
    let next = AtomicUsize::new(0);
    let stop = AtomicBool::new(false);
    let found = Mutex::new(Vec::new());
    let failure = Mutex::new(None);
    let work = |slot: u32| {
        while let Some((pair, places)) = groups.get(next.fetch_add(1, Ordering::Relaxed)) {
            if stop.load(Ordering::Relaxed) {
                return;
            }
            let members: Vec<&ApiUpdate> = places.iter().map(|(place, _)| &rows[*place]).collect();
            let result = run_group(&members, pair, plan, slot).and_then(|(entries, stays)| {
                for ((_, key), entry) in places.iter().zip(&entries).filter(|_| stays) {
                    cache.put(key, entry)?;
                }
                Ok(entries)
            });
            match result {
                Ok(entries) => {
                    done(entries.len());
                    let places = places.iter().map(|(place, _)| *place);
                    lock(&found).extend(places.zip(entries));
                }
                Err(error) => {
                    stop.store(true, Ordering::Relaxed);
                    lock(&failure).get_or_insert(error);
                }
            }
        }
    };
    thread::scope(|scope| {
        let work = &work;
        for slot in 0..u32::try_from(plan.jobs.max(1)).unwrap_or(1) {
            scope.spawn(move || work(slot));
        }
    });
    match failure.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(found.into_inner().unwrap_or_else(PoisonError::into_inner)),
    }
}

fn lock<V>(mutex: &Mutex<V>) -> std::sync::MutexGuard<'_, V> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// An interpreter and the folder that it is shown, for each side.
type Places<'a> = [(&'a Interpreter, Option<Installed>); 2];

/// The first interpreters for which both targets can be had; otherwise the last refusal.
fn install<'a>(pair: &Pair, plan: &Plan<'a>) -> Result<Result<Places<'a>, Refusal>, EvidenceError> {
    let put = |target: &Target, interpreter: &Interpreter| {
        if target.requirements.is_empty() {
            return Ok(Ok(None));
        }
        let installed = plan.install.install(target, interpreter).map_err(EvidenceError::Install)?;
        Ok::<_, EvidenceError>(installed.map(Some))
    };
    let mut refusal = Refusal { why: "no interpreter of this machine".to_owned(), is_final: true };
    for (old, new) in pair.interpreters(plan.interpreters) {
        if plan.interrupt.load(Ordering::Relaxed) {
            return Err(EvidenceError::Interrupted);
        }
        let sides = match put(&pair.old, old)? {
            Ok(folder) => put(&pair.new, new)?.map(|other| (folder, other)),
            Err(why) => Err(why),
        };
        match sides {
            Ok((old_folder, new_folder)) => return Ok(Ok([(old, old_folder), (new, new_folder)])),
            Err(other) => {
                refusal = Refusal { is_final: refusal.is_final && other.is_final, ..other };
            }
        }
    }
    Ok(Err(refusal))
}

/// Runs rows that need the same targets; and whether it would come out the same another day.
fn run_group(
    rows: &[&ApiUpdate],
    pair: &Pair,
    plan: &Plan<'_>,
    slot: u32,
) -> Result<(Vec<Entry>, bool), EvidenceError> {
    let [(old_python, old_folder), (new_python, new_folder)] = match install(pair, plan)? {
        Ok(places) => places,
        Err(Refusal { why, is_final }) => {
            let entry =
                |row: &&ApiUpdate| without_runs(row, Outcome::NoTarget, Some(why.clone()), Some(pair));
            return Ok((rows.iter().map(entry).collect(), is_final));
        }
    };
    let python = if old_python == new_python {
        old_python.name()
    } else {
        format!("{} and {}", old_python.name(), new_python.name())
    };
    let open = |interpreter: &Interpreter, folder: &Option<Installed>| {
        let folder = folder.as_ref().map(|installed| installed.path.as_path());
        Room::open(interpreter, folder, pair.preload.as_deref(), plan.isolation, slot)
    };
    let mut runs: Vec<Runs> = Vec::new();
    let mut room = open(old_python, &old_folder)?;
    for row in rows {
        check(plan.interrupt)?;
        let request = Request { code: &row.old_code, other: &row.new_code, recipes: None };
        let old_on_old = room.run(&request, &limits(SEARCH))?;
        runs.push(Runs { old_on_old, later: None });
    }
    drop(room);
    drop(old_folder);
    if runs.iter().any(|run| stands(&run.old_on_old, Outcome::OldFails).is_ok()) {
        let mut room = open(new_python, &new_folder)?;
        for (row, run) in rows.iter().zip(&mut runs) {
            check(plan.interrupt)?;
            let Ok(report) = stands(&run.old_on_old, Outcome::OldFails) else { continue };
            let recipes = Some(report.recipes.as_slice());
            let new = Request { code: &row.new_code, other: &row.old_code, recipes };
            let old = Request { code: &row.old_code, other: &row.new_code, recipes };
            run.later = Some((room.run(&new, &limits(REPEAT))?, room.run(&old, &limits(REPEAT))?));
        }
    }
    let entries = rows.iter().zip(runs).map(|(row, runs)| runs.entry(row, pair, &python, plan.known));
    Ok((entries.collect(), true))
}

fn check(interrupt: &AtomicBool) -> Result<(), EvidenceError> {
    if interrupt.load(Ordering::Relaxed) { Err(EvidenceError::Interrupted) } else { Ok(()) }
}

/// Room for libraries that are larger than exercises.
fn limits(cpu: Duration) -> Limits {
    Limits {
        memory: 16 << 30,
        tree_memory: 1 << 30,
        file: 64 << 20,
        descriptors: 256,
        shown: 1 << 20,
        ..Limits::of(cpu)
    }
}

/// The runs of one row.
struct Runs {
    old_on_old: Ran,
    /// The new code, then the old code, on the new version.
    later: Option<(Ran, Ran)>,
}

impl Runs {
    fn outcome(&self) -> Outcome {
        let judged = stands(&self.old_on_old, Outcome::OldFails).and_then(|_| {
            let Some((new, old)) = &self.later else { return Err(Outcome::Ended) };
            Ok(compare(old, stands(new, Outcome::NewFails)?))
        });
        judged.unwrap_or_else(|outcome| outcome)
    }

    fn same_values(&self) -> Option<bool> {
        let (new, old) = self.later.as_ref()?;
        same_values(self.old_on_old.as_ref().ok()?, old, stands(new, Outcome::NewFails).ok()?)
    }

    fn entry(&self, row: &ApiUpdate, pair: &Pair, python: &str, known: &Known) -> Entry {
        let outcome = self.outcome();
        let recipes = self.old_on_old.as_ref().map_or(&[][..], |report| report.recipes.as_slice());
        let mut entry = without_runs(row, outcome, None, Some(pair));
        entry.execution.verification = Verification {
            outcome: Some(outcome),
            old_on_old: Some(in_words(&self.old_on_old)),
            new_on_new: self.later.as_ref().map(|(new, _)| in_words(new)),
            old_on_new: self.later.as_ref().map(|(_, old)| in_words(old)),
            python: Some(python.to_owned()),
            made_up: recipes.iter().any(is_made_up),
            same_values: self.same_values(),
        };
        if !recipes.is_empty() {
            entry.execution.calls = serde_json::to_string(recipes).unwrap_or_default();
        }
        let failed = match outcome {
            Outcome::OldFails => self.old_on_old.as_ref().ok(),
            Outcome::NewFails => self.later.as_ref().and_then(|(new, _)| new.as_ref().ok()),
            _ => None,
        };
        entry.missing = failed.and_then(|report| missing(report, pair, row, known));
        entry
    }
}

/// Whether a call was given what nobody wrote: an object to stand for `self`, data for a fit, arguments that are no literals of a
/// `parametrize`.
fn is_made_up(recipe: &Value) -> bool {
    let is_literal = |key: &Value| key.as_str().is_some_and(|key| key.starts_with('='));
    let arguments = recipe["arguments"].as_array().into_iter().flatten();
    let keywords = recipe["keywords"].as_object().into_iter().flat_map(serde_json::Map::values);
    let stands_in = matches!(recipe["instance"].as_str(), Some("mock" | "empty"));
    recipe["fit"].is_string() || stands_in || arguments.chain(keywords).any(|key| !is_literal(key))
}

/// The project that a run lacked, where the pipeline knows it.
fn missing(report: &Report, pair: &Pair, row: &ApiUpdate, known: &Known) -> Option<String> {
    let error = report.error.as_ref()?;
    if !matches!(error.class.as_str(), "ImportError" | "ModuleNotFoundError") {
        return None;
    }
    // Optional dependencies are asked for in words: the module is named somewhere in them.
    let root = error.module.iter().filter_map(|module| module.split('.').next());
    let words = error.message.split(|c: char| !c.is_alphanumeric() && !"_-".contains(c));
    let names = root.chain(words).filter_map(|name| known.project_of(name));
    let is_new = |name: &&str| {
        let is_asked = |requirement: &String| requirement.split("==").next() == Some(*name);
        *name != row.dependency && !pair.old.requirements.iter().any(is_asked)
    };
    names.filter(is_new).map(ToOwned::to_owned).next()
}

fn without_runs(row: &ApiUpdate, outcome: Outcome, note: Option<String>, pair: Option<&Pair>) -> Entry {
    let requirements = |target: Option<&Target>| {
        target.map(|target| target.requirements.iter().cloned().collect()).unwrap_or_default()
    };
    let execution = Execution {
        old_requirements: requirements(pair.map(|pair| &pair.old)),
        new_requirements: requirements(pair.map(|pair| &pair.new)),
        note,
        ..Execution::not_run(&row.id, outcome)
    };
    Entry { execution, missing: None }
}
