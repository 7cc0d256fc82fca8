//! Candidates of API-update examples: the new code, the same in other words, and code that is wrong.

mod api;
mod binding;
mod calls;
mod change;
mod context;
mod diff;
mod half;
mod imports;
mod invented;
mod options;
mod row;
mod selection;

pub use context::Context;
pub use options::UpdateOptions;

use std::borrow::Cow;

use apishift_types::{ApiUpdate, CandidateRow, CandidateSource, Skipped};

use crate::{digest::seeded, equivalent::reworded, mutation::mutants, program::Program};
use change::Change;
use row::Maker;

/// A wrong program, and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// What was done, as tables name it.
    pub(crate) operator: Cow<'static, str>,
    pub(crate) program: String,
    /// Whether any program could have this fault, and not only one that was migrated.
    pub(crate) is_general: bool,
}

impl Fault {
    pub(crate) fn new(operator: &'static str, program: String) -> Self {
        Self { operator: Cow::Borrowed(operator), program, is_general: false }
    }
}

/// The candidates of one example: the new code, programs that do the same, and wrong ones. None, and the reason, where one of
/// the codes cannot be read. The calling thread needs [`apishift_syntax::grammar::STACK`].
pub fn update_candidates(
    row: &ApiUpdate,
    context: &Context,
    options: &UpdateOptions,
    skipped: &mut Skipped,
) -> Vec<CandidateRow> {
    let (Some(old), Some(new)) = (Program::read(&row.old_code), Program::read(&row.new_code)) else {
        skipped.add("update-unreadable");
        return Vec::new();
    };
    if old.digest() == new.digest() {
        skipped.add("update-without-change");
        return Vec::new();
    }
    let seed = seeded(options.seed, &[&row.id]);
    let change = Change::between(&old, &new);
    let maker = Maker::new(row);
    let mut rows = vec![maker.row(&row.new_code, CandidateSource::Gold, None)];
    for other in reworded(&row.new_code, options.equivalents, seed) {
        rows.push(maker.row(&other.source, CandidateSource::Equivalent, Some(other.rewording.as_str())));
    }
    rows.push(maker.row(&row.old_code, CandidateSource::Stale, None));
    let faults = faults(row, &change, context, seed);
    for fault in selection::select(&change, faults, options, seed) {
        let program = disguised(fault.program, seed);
        rows.push(maker.row(&program, CandidateSource::Mutant, Some(&fault.operator)));
    }
    rows
}

/// The program in other words, two times of three, as of right answers two of three are: else who knows how the mined texts
/// are laid out would know the right answers.
fn disguised(program: String, seed: u64) -> String {
    let hash = seeded(seed, &["disguise", &program]);
    if hash.is_multiple_of(3) {
        return program;
    }
    reworded(&program, 1, hash).pop().map_or(program, |other| other.source)
}

/// Everything that could be wrong with the new code.
fn faults(row: &ApiUpdate, change: &Change<'_>, context: &Context, seed: u64) -> Vec<Fault> {
    let mut faults = half::half_migrated(row, change);
    faults.extend(calls::call_faults(row, change, seed));
    faults.extend(imports::dropped_imports(change));
    faults.extend(api::wrong_api(row, change, context, seed));
    faults.extend(api::over_migrated(change));
    faults.extend(invented::invented(change, context, &row.dependency, seed));
    faults.extend(mutants(change.new.source()).into_iter().map(|mutant| Fault {
        operator: Cow::Owned(mutant.operator.as_str().to_owned()),
        program: mutant.source,
        is_general: true,
    }));
    faults
}

#[cfg(test)]
mod tests;
