//! What a reward model has to be better than.

use std::collections::BTreeSet;

use apishift_types::CandidateRow;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

/// A score that needs no model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// A number by the hash of the candidate.
    Random,
    /// Fewer characters are better.
    Shorter,
    /// More characters are better.
    Longer,
    /// Names that only the new code has are better, those that only the old code has are worse. It sees the solution: what it gives
    /// is more than a rule could know.
    Names,
}

impl Baseline {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Random, Self::Shorter, Self::Longer, Self::Names];

    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::Shorter => "shorter",
            Self::Longer => "longer",
            Self::Names => "names",
        }
    }
}

/// Scores of a problem's candidates.
pub fn baseline_scores(baseline: Baseline, candidates: &[CandidateRow]) -> Vec<f64> {
    match baseline {
        Baseline::Random => candidates.iter().map(|row| unit(xxh3_64(row.id.as_bytes()))).collect(),
        Baseline::Shorter => candidates.iter().map(|row| -length(row)).collect(),
        Baseline::Longer => candidates.iter().map(length).collect(),
        Baseline::Names => names(candidates),
    }
}

fn length(row: &CandidateRow) -> f64 {
    row.program.chars().count() as f64
}

fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// 1 for each name of the solution that the old code has not, less 1 for each of the old code that the solution has not, as a share.
fn names(candidates: &[CandidateRow]) -> Vec<f64> {
    let gold = candidates.iter().find(|row| row.source == apishift_types::CandidateSource::Gold);
    let Some((gold, old)) = gold.and_then(|gold| Some((gold, gold.old_code.as_deref()?))) else {
        return vec![0.0; candidates.len()];
    };
    let (new, old) = (words(&gold.program), words(old));
    let (fresh, stale): (BTreeSet<_>, BTreeSet<_>) =
        (new.difference(&old).collect(), old.difference(&new).collect());
    let score = |row: &CandidateRow| {
        let has = words(&row.program);
        let share = |wanted: &BTreeSet<&&str>| {
            if wanted.is_empty() {
                return 0.0;
            }
            wanted.iter().filter(|word| has.contains(***word)).count() as f64 / wanted.len() as f64
        };
        share(&fresh) - share(&stale)
    };
    candidates.iter().map(score).collect()
}

fn words(text: &str) -> BTreeSet<&str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect()
}
