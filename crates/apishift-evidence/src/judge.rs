//! What three runs say of a row.

use std::fmt::Write as _;

use apishift_types::Outcome;

use crate::run::{Raised, Ran, Report};

/// A run in words: how it ended, and the deprecations that it was warned of.
pub(crate) fn in_words(ran: &Ran) -> String {
    let report = match ran {
        Ok(report) => report,
        Err(why) => return format!("ended: {why}"),
    };
    let mut text = match &report.error {
        Some(error) => format!("fails: {}", raised(error)),
        None => "passes".to_owned(),
    };
    for (class, _, message) in report.warnings.iter().filter(|warning| warning.1).take(3) {
        let _infallible = write!(text, "; {class}: {}", one_line(message));
    }
    text
}

fn raised(error: &Raised) -> String {
    let line = error.line.map(|line| format!(" (line {line})")).unwrap_or_default();
    format!("{}: {}{line}", error.class, one_line(&error.message))
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether the run of a code on its own version says enough to compare others with; otherwise what came of it.
pub(crate) fn stands(ran: &Ran, fails: Outcome) -> Result<&Report, Outcome> {
    match ran {
        Err(_) => Err(Outcome::Ended),
        Ok(report) if report.error.is_some() => Err(fails),
        Ok(report) if report.changed > 0 && report.reached == 0 => Err(Outcome::NotReached),
        Ok(report) => Ok(report),
    }
}

/// Whether the codes compute the same. The same version tells best, as libraries change values too; what breaks has its values on
/// the old version.
pub(crate) fn same_values(old_on_old: &Report, old_on_new: &Ran, new_on_new: &Report) -> Option<bool> {
    let old = old_on_new.as_ref().ok().filter(|report| report.error.is_none()).unwrap_or(old_on_old);
    let pairs = old.values.iter().filter_map(|(name, value)| Some((value, new_on_new.values.get(name)?)));
    let same: Vec<bool> = pairs.map(|(old, new)| old == new).collect();
    (!same.is_empty()).then(|| same.iter().all(|same| *same))
}

/// The old code against the new code, both on the new version.
pub(crate) fn compare(old_on_new: &Ran, new_on_new: &Report) -> Outcome {
    let Ok(old) = old_on_new else { return Outcome::Ended };
    if old.error.is_some() {
        return Outcome::Breaks;
    }
    let is_more = old.warnings.iter().any(|warning| warning.1 && !new_on_new.warnings.contains(warning));
    if is_more { Outcome::Warns } else { Outcome::NoDifference }
}
