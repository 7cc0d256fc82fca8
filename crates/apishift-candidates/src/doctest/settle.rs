//! From labels to what a model may learn from.
//!
//! That a mutant passes proves little: either it does the same as the solution, or no test looked there. So it is neither right
//! nor wrong, and left out. Another function's body that passes was written by somebody else for something so alike that it is
//! right; where it only fails on arguments that no example has, it may be right too, as nobody said what should come of them.

use apishift_types::{CandidateRow, CandidateSource, VerdictKind};

use super::{DoctestProblem, ModelFault, Reason, Rules};

/// How many candidates of how many kinds were kept and left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Right ones.
    pub right: u64,
    /// Wrong ones.
    pub wrong: u64,
    /// Mutants that pass: left out.
    pub surviving: u64,
    /// Bodies of other functions that only fail on arguments that no example has: left out.
    pub unsure: u64,
    /// Programs in other words that fail: left out.
    pub changed: u64,
    /// Programs that raise, beyond their share: left out.
    pub crashing: u64,
}

impl DoctestProblem {
    /// Leaves of the problem's labelled candidates those whose label is sure. An error where the problem is of no use.
    pub fn settle(&self, rows: &mut Vec<CandidateRow>, rules: &Rules) -> Result<Settled, Reason> {
        let passes = |row: &CandidateRow| row.passed == Some(true);
        if !rows.iter().any(|row| row.source == CandidateSource::Gold && passes(row)) {
            return Err(Reason::GoldFails);
        }
        if self.checks < rules.tests {
            return Err(Reason::FewTests);
        }
        let is_other = |row: &CandidateRow| row.operator.as_deref() == Some(ModelFault::OtherBody.as_str());
        let small = |row: &&CandidateRow| row.source == CandidateSource::Mutant && !is_other(row);
        let (all, surviving) = rows
            .iter()
            .filter(small)
            .fold((0, 0), |(all, some), row| (all + 1, some + usize::from(passes(row))));
        if 2 * surviving > all {
            return Err(Reason::WeakTests);
        }
        let mut settled = Settled::default();
        rows.retain(|row| {
            let count = match (row.source, passes(row)) {
                (CandidateSource::Mutant, true) if !is_other(row) => &mut settled.surviving,
                (CandidateSource::Mutant, false) if is_other(row) && self.holds_examples(row) => {
                    &mut settled.unsure
                }
                (CandidateSource::Gold | CandidateSource::Equivalent, false) => &mut settled.changed,
                (_, true) => &mut settled.right,
                (_, false) => &mut settled.wrong,
            };
            *count += 1;
            let is_left_out =
                (small(&row) && passes(row)) || (is_other(row) && !passes(row) && self.holds_examples(row));
            let is_changed = !passes(row) && row.source != CandidateSource::Mutant;
            !is_left_out && !is_changed
        });
        let crashes = |row: &CandidateRow| row.error_kind == Some(VerdictKind::Exception) && !passes(row);
        let others = rows.iter().filter(|row| !passes(row) && !crashes(row)).count();
        let share = rules.crashing.max(1);
        // Of `others` and those that raise together, one in `share`.
        let mut left = if others == 0 || share == 1 { usize::MAX } else { others.div_ceil(share - 1) };
        rows.retain(|row| {
            if !crashes(row) {
                return true;
            }
            let is_kept = left > 0;
            left = left.saturating_sub(1);
            settled.crashing += u64::from(!is_kept);
            settled.wrong -= u64::from(!is_kept);
            is_kept
        });
        if settled.right == 0 || settled.wrong == 0 { Err(Reason::NotMixed) } else { Ok(settled) }
    }

    /// Whether all of the docstring's own examples hold.
    fn holds_examples(&self, row: &CandidateRow) -> bool {
        row.tests_passed as usize >= self.tests.len() - self.probed
    }
}
