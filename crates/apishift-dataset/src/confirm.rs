//! What execution says of rows, put into them.

use std::collections::BTreeMap;

use apishift_types::{ApiUpdate, Execution, Origin, Outcome, Verified};

/// Rows by what came of running them, and of these by origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel(BTreeMap<(Outcome, Origin), usize>);

impl Funnel {
    /// Rows of an outcome, of one origin or of all.
    pub fn count(&self, outcome: Outcome, origin: Option<Origin>) -> usize {
        let is_it = |key: &(Outcome, Origin)| key.0 == outcome && origin.is_none_or(|origin| key.1 == origin);
        self.0.iter().filter(|(key, _)| is_it(key)).map(|(_, count)| count).sum()
    }

    /// Rows that were run.
    pub fn tried(&self) -> usize {
        let is_tried = |key: &(Outcome, Origin)| key.0.verified() != Verified::NotRun;
        self.0.iter().filter(|(key, _)| is_tried(key)).map(|(_, count)| count).sum()
    }
}

/// Fills the columns `verified` and `verification`. Rows without an execution stay as they are.
pub fn confirm(rows: &mut [ApiUpdate], executions: Vec<Execution>) -> Funnel {
    let mut by_id: BTreeMap<String, Execution> =
        executions.into_iter().map(|execution| (execution.id.clone(), execution)).collect();
    let mut funnel = Funnel::default();
    for row in rows {
        if let Some(execution) = by_id.remove(&row.id) {
            *funnel.0.entry((execution.outcome, row.origin)).or_default() += 1;
            row.verified = execution.outcome.verified();
            row.verification = execution.verification;
        }
    }
    funnel
}
