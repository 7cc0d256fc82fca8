//! A stage that works unit by unit.

use std::{
    fmt,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use apishift_store::{StageFolder, Table, UnitRows, WorkFolder};
use apishift_types::{Skipped, exit};
use thiserror::Error;

use super::{Stage, plan::UnitPlan};
use crate::{
    failure::{Interrupted, exit_code},
    progress::StageProgress,
};

/// Units that failed, each with its reason.
#[derive(Debug, Error)]
pub(crate) struct UnitFailures {
    stage: Stage,
    of: usize,
    failures: Vec<(String, anyhow::Error)>,
}

impl UnitFailures {
    /// The environment is to blame if it is for any: the others may be its consequences.
    pub(crate) fn exit_code(&self) -> u8 {
        let codes = self.failures.iter().map(|(_, error)| exit_code(error));
        codes.max().unwrap_or(exit::USAGE)
    }
}

impl fmt::Display for UnitFailures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} of {} {}:", self.stage, self.failures.len(), self.of, self.stage.units())?;
        for (unit, error) in &self.failures {
            write!(f, "\n  {unit}: {error:#}")?;
        }
        Ok(())
    }
}

/// Where the rows of a unit may lie already.
#[derive(Debug)]
pub(crate) struct Shelf {
    work: WorkFolder,
    finished: Vec<UnitRows>,
}

impl Shelf {
    /// Looks into the work folder, then into complete stages: the one that is replaced, or those of shards.
    pub(crate) fn new<T: Table>(work: WorkFolder, stages: &[StageFolder]) -> anyhow::Result<Self> {
        let mut finished = Vec::new();
        for stage in stages {
            finished.extend(stage.units::<T>()?);
        }
        Ok(Self { work, finished })
    }

    /// The rows of a unit, if they are here.
    pub(crate) fn find(&self, unit: &UnitPlan) -> Option<UnitRows> {
        let is_it =
            |rows: &&UnitRows| rows.entry.name == unit.name && rows.entry.fingerprint == unit.fingerprint;
        let finished = || self.finished.iter().find(is_it).cloned();
        self.work.find(&unit.name, &unit.fingerprint).or_else(finished)
    }

    /// Puts the rows of a unit here.
    fn put<T: Table>(
        &self,
        unit: &UnitPlan,
        rows: Vec<T::Row>,
        skipped: Skipped,
    ) -> anyhow::Result<UnitRows> {
        Ok(self.work.write::<T>(&unit.name, &unit.fingerprint, rows, skipped)?)
    }
}

/// Does the units that are not on the shelf, on `jobs` threads, and returns all of them in the order of the plan.
///
/// A unit that fails does not stop the others, unless the environment is to blame; what is finished stays on the shelf,
/// so that the next run goes on from there.
pub(crate) fn run_units<T: Table>(
    stage: Stage,
    units: &[UnitPlan],
    shelf: &Shelf,
    jobs: usize,
    progress: &StageProgress,
    interrupt: &AtomicBool,
    work: impl Fn(&UnitPlan) -> anyhow::Result<(Vec<T::Row>, Skipped)> + Sync,
) -> anyhow::Result<Vec<UnitRows>> {
    let done: Vec<Mutex<Option<UnitRows>>> = units.iter().map(|unit| Mutex::new(shelf.find(unit))).collect();
    let is_missing = |place: &usize| lock(&done[*place]).is_none();
    let missing: Vec<usize> = (0..units.len()).filter(is_missing).collect();
    progress.begin(units.len(), units.len() - missing.len());
    let failures = Mutex::new(Vec::new());
    let stop = AtomicBool::new(false);
    let next = AtomicUsize::new(0);
    let worker = || {
        while let Some(place) = missing.get(next.fetch_add(1, Ordering::Relaxed)) {
            if stop.load(Ordering::Relaxed) || interrupt.load(Ordering::Relaxed) {
                return;
            }
            let unit = &units[*place];
            let result = work(unit).and_then(|(rows, skipped)| shelf.put::<T>(unit, rows, skipped));
            match result {
                Ok(rows) => {
                    progress.unit_done(&unit.name, rows.entry.rows);
                    *lock(&done[*place]) = Some(rows);
                }
                Err(error) => {
                    if exit_code(&error) != exit::USAGE {
                        stop.store(true, Ordering::Relaxed);
                    }
                    lock(&failures).push((*place, error));
                }
            }
        }
    };
    thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, missing.len().max(1)) {
            scope.spawn(worker);
        }
    });
    if interrupt.load(Ordering::Relaxed) {
        return Err(Interrupted.into());
    }
    let mut failures = failures.into_inner().unwrap_or_else(PoisonError::into_inner);
    failures.sort_by_key(|(place, _)| *place);
    if !failures.is_empty() {
        let failures =
            failures.into_iter().map(|(place, error)| (units[place].name.clone(), error)).collect();
        return Err(UnitFailures { stage, of: units.len(), failures }.into());
    }
    let rows = done.into_iter().filter_map(|rows| rows.into_inner().unwrap_or_else(PoisonError::into_inner));
    Ok(rows.collect())
}

fn lock<V>(mutex: &Mutex<V>) -> std::sync::MutexGuard<'_, V> {
    // A worker that panicked takes the process with it at the end of the scope; its values are whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
