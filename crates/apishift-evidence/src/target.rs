//! What a row runs on: requirements as of a day, twice.

use std::collections::BTreeSet;

use apishift_types::{ApiUpdate, Outcome};
use jiff::{ToSpan, civil::Date};
use serde::Serialize;

use crate::{Interpreter, imports::import_roots, known::Known, python::order};

/// Name of the library whose versions are interpreters.
const PYTHON: &str = "python";

/// Days after a release within which what it is used with may have appeared: the others had to follow it.
const FOLLOW: i64 = 30;

/// Months of a period: rows of one period share their targets, so that not every row has a numpy of its own.
const PERIOD: i8 = 6;

/// What is asked for in one folder.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Target {
    /// Requirements, such as `pandas==1.5.3`; where none, the interpreter alone.
    pub requirements: BTreeSet<String>,
    /// Nothing that was released later is taken.
    pub not_after: Date,
}

/// The two targets of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub(crate) struct Pair {
    pub(crate) old: Target,
    pub(crate) new: Target,
    /// What is imported before the row runs.
    pub(crate) preload: Option<String>,
    /// Versions of Python, where these are what changed.
    pub(crate) pythons: Option<((u8, u8), (u8, u8))>,
}

impl Pair {
    /// What a row needs, with further projects beside what it imports.
    pub(crate) fn of(
        row: &ApiUpdate,
        known: &Known,
        further: &BTreeSet<String>,
        left_out: &BTreeSet<String>,
    ) -> Result<Self, (Outcome, String)> {
        let library = row.dependency.as_str();
        let (old_version, new_version) = (bare(&row.old_version), bare(&row.new_version));
        let day = |project: &str, version: &str| {
            known.day(project, version).ok_or_else(|| (Outcome::NoDate, format!("{project} {version}")))
        };
        let (old_day, new_day) = (day(library, old_version)?, day(library, new_version)?);
        let mut old = Target { requirements: BTreeSet::new(), not_after: later(old_day) };
        let mut new = Target { requirements: BTreeSet::new(), not_after: later(new_day) };
        let roots: BTreeSet<&str> =
            import_roots(&row.old_code).into_iter().chain(import_roots(&row.new_code)).collect();
        let imported = roots.into_iter().filter_map(|root| known.project_of(root));
        let projects: BTreeSet<&str> = imported.chain(further.iter().map(String::as_str)).collect();
        for project in projects.into_iter().filter(|project| *project != library && *project != PYTHON) {
            if row.provenance.project == project {
                // Its own modules as they were before and after the edit.
                for (target, version) in
                    [(&mut old, &row.provenance.old_ref), (&mut new, &row.provenance.new_ref)]
                {
                    target.requirements.insert(format!("{project}=={version}"));
                    target.not_after = target.not_after.max(end_of_period(day(project, version)?));
                }
            } else {
                old.requirements.insert(project.to_owned());
                new.requirements.insert(project.to_owned());
            }
        }
        let pythons = if library == PYTHON {
            let minors = minor(old_version).zip(minor(new_version));
            Some(minors.ok_or_else(|| (Outcome::NoTarget, format!("Python {old_version}, {new_version}")))?)
        } else {
            old.requirements.insert(format!("{library}=={old_version}"));
            new.requirements.insert(format!("{library}=={new_version}"));
            None
        };
        let name = |requirement: &String| requirement.split("==").next().unwrap_or_default().to_owned();
        if let Some(name) = old.requirements.iter().map(name).find(|name| left_out.contains(name)) {
            return Err((Outcome::LeftOut, name));
        }
        Ok(Self { old, new, preload: known.import_of(library).map(ToOwned::to_owned), pythons })
    }

    /// Interpreters for the old and the new target, in the order in which they are tried.
    pub(crate) fn interpreters<'a>(
        &self,
        found: &'a [Interpreter],
    ) -> Vec<(&'a Interpreter, &'a Interpreter)> {
        if let Some((old, new)) = self.pythons {
            let find = |minor| found.iter().find(|interpreter| interpreter.minor == minor);
            return find(old).zip(find(new)).into_iter().collect();
        }
        let day = self.old.not_after;
        order(found, day).into_iter().map(|interpreter| (interpreter, interpreter)).collect()
    }
}

fn bare(version: &str) -> &str {
    version.trim_start_matches("==")
}

fn later(day: Date) -> Date {
    end_of_period(day.saturating_add(FOLLOW.days()))
}

/// The last day of the half year that a day is in.
fn end_of_period(day: Date) -> Date {
    let month = (day.month() - 1) / PERIOD * PERIOD + PERIOD;
    Date::new(day.year(), month, 1).map_or(day, Date::last_of_month)
}

/// `(3, 10)` of `3.10` and of `3.10+mypy.1.2`.
fn minor(version: &str) -> Option<(u8, u8)> {
    let public = version.split('+').next()?;
    let mut parts = public.split('.').map_while(|part| part.parse().ok());
    parts.next().zip(parts.next())
}
