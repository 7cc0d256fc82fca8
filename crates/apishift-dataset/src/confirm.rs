//! What execution says of rows: put into them, and counted into their quality.

use std::collections::BTreeMap;

use apishift_types::{ApiUpdate, Execution, Origin, Outcome, Skipped, Verified};

use crate::{AssembleOptions, Reason, digest};

/// Rows by what came of running them, and of these by origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Funnel(BTreeMap<(Outcome, Origin), usize>);

impl Funnel {
    /// Counts rows.
    pub fn of(rows: &[ApiUpdate]) -> Self {
        let mut funnel = Self::default();
        for row in rows {
            if let Some(outcome) = row.verification.outcome {
                *funnel.0.entry((outcome, row.origin)).or_default() += 1;
            }
        }
        funnel
    }

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

/// Quality of a synthesized row that was verified: below the default threshold, as of 40 that two readers judged 22 and 23 were
/// good. That the old form warns and the new one does not says little of whether both do the same; nor do values that are the same
/// where they can be told: two of five such rows were good. Other values say that it is wrong.
const SYNTHESIZED: f64 = 0.75;
const OF_OTHER_VALUES: f64 = 0.6;

/// Fills the columns `verified` and `verification`, and weighs what they say into `quality`. Rows without an execution stay as
/// they are.
///
/// The weights are those that told good rows from bad ones among the first 100 that two readers judged and that were run
/// (`data/audit/`): of verified rows 45 of 48 were good, of those without a difference 2 of 4, of those whose new code fails
/// 1 of 2, of all others 33 of 46.
pub fn confirm(rows: &mut [ApiUpdate], executions: Vec<Execution>) {
    let mut by_id: BTreeMap<String, Execution> =
        executions.into_iter().map(|execution| (execution.id.clone(), execution)).collect();
    for row in rows {
        let Some(execution) = by_id.remove(&row.id) else { continue };
        row.verified = execution.outcome.verified();
        row.verification = execution.verification;
        let quality = match (execution.outcome, row.origin) {
            (Outcome::Breaks | Outcome::Warns, Origin::Synthesized)
                if row.verification.same_values == Some(false) =>
            {
                OF_OTHER_VALUES
            }
            (Outcome::Breaks | Outcome::Warns, Origin::Synthesized) => SYNTHESIZED,
            (Outcome::Breaks | Outcome::Warns, _) => row.quality + 0.1,
            (Outcome::NoDifference, _) => row.quality - 0.1,
            (Outcome::NewFails, _) => row.quality - 0.15,
            _ => row.quality,
        };
        row.quality = (quality.clamp(0.0, 1.0) * 100.0).round() / 100.0;
    }
}

/// The rows of the dataset among all that were scored, in their order: those of enough quality, and of synthesized ones no
/// more than their share. What is left out is counted.
pub fn choose(scored: &[ApiUpdate], options: &AssembleOptions) -> (Vec<ApiUpdate>, Skipped) {
    let mut skipped = Skipped::default();
    let is_good = |row: &&ApiUpdate| row.quality >= options.min_quality;
    let good: Vec<&ApiUpdate> = scored.iter().filter(is_good).collect();
    skipped.add_n(Reason::LowQuality.as_str(), (scored.len() - good.len()) as u64);
    let mut synthesized: Vec<&str> =
        good.iter().filter(|row| row.origin == Origin::Synthesized).map(|row| row.id.as_str()).collect();
    let by_people = good.len() - synthesized.len();
    // A third of nine is three, whatever floats say.
    let is_share =
        |count: &usize| *count as f64 <= options.synthesized_share * (by_people + count) as f64 + 1e-9;
    let most = (0..=synthesized.len()).rev().find(is_share).unwrap_or(0);
    synthesized.sort_by_key(|id| digest::seeded(options.seed, &[id]));
    let too_many: Vec<&str> = synthesized.into_iter().skip(most).collect();
    skipped.add_n(Reason::SynthesizedShare.as_str(), too_many.len() as u64);
    let kept = good.into_iter().filter(|row| !too_many.contains(&row.id.as_str())).cloned().collect();
    (kept, skipped)
}
