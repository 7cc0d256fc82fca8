//! Rows that a stage left out, by reason.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Counts of what a stage left out, by reason, in a stable order.
///
/// A bad row is counted: it is neither fatal nor silent.
///
/// ```
/// use apishift_types::Skipped;
/// let mut skipped = Skipped::default();
/// skipped.add("not-utf8");
/// skipped.add_n("too-long", 2);
/// assert_eq!(skipped.total(), 3);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Skipped(BTreeMap<String, u64>);

impl Skipped {
    /// Counts one row left out for `reason` (kebab-case).
    pub fn add(&mut self, reason: &str) {
        self.add_n(reason, 1);
    }

    /// Counts `n` rows left out for `reason`; nothing for `n == 0`.
    pub fn add_n(&mut self, reason: &str, n: u64) {
        if n > 0 {
            *self.0.entry(reason.to_owned()).or_default() += n;
        }
    }

    /// Adds the counts of `other`.
    pub fn merge(&mut self, other: &Self) {
        for (reason, n) in &other.0 {
            self.add_n(reason, *n);
        }
    }

    /// Reasons and counts, by reason.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(reason, n)| (reason.as_str(), *n))
    }

    /// All rows left out.
    pub fn total(&self) -> u64 {
        self.0.values().sum()
    }

    /// Whether nothing was left out.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
