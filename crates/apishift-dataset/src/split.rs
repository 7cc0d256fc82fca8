//! Train, validation and test, so that nothing of a test row's answer stands in training.

use std::collections::BTreeMap;

use apishift_types::{ApiUpdate, Split};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::{digest, groups::groups};

/// Rows of the largest group that hashes may hold out. A larger one trains: as test it would be the test, and every
/// figure would be about one edit. As many as one API has under the default caps; a number and not a share, so that rows
/// of other groups do not move it.
pub const LARGEST_HELD_OUT_GROUP: usize = 20;

/// Shares of the groups that each part gets. They need not add up to 1: only their proportion counts.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct Fractions {
    /// For training. Default: 0.9.
    pub train: f64,
    /// For choosing between trained models. Default: 0.05.
    pub validation: f64,
    /// For the final figure. Default: 0.05.
    pub test: f64,
}

impl Default for Fractions {
    fn default() -> Self {
        Self { train: 0.9, validation: 0.05, test: 0.05 }
    }
}

/// How rows are divided.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct SplitOptions {
    /// Seed of the assignment of groups.
    pub seed: u64,
    /// Shares of the parts.
    pub fractions: Fractions,
    /// The last day that a model under test may have seen: what was released later is test, with what belongs to it,
    /// and hashes divide only the rest, between train and validation.
    pub cutoff: Option<Date>,
    /// Jaccard similarity of code from which two rows belong together. Default: 0.6, below the threshold for
    /// near-duplicates: those that were kept as different still must not stand on two sides.
    pub similarity: f64,
}

impl Default for SplitOptions {
    fn default() -> Self {
        Self { seed: 0, fractions: Fractions::default(), cutoff: None, similarity: 0.6 }
    }
}

/// What the division gave.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitStatistics {
    /// Groups of rows that belong together.
    pub groups: u64,
    /// Rows of the largest group.
    pub largest_group: u64,
    /// Rows of each part.
    pub rows: BTreeMap<Split, u64>,
    /// Groups of each part.
    pub groups_of: BTreeMap<Split, u64>,
    /// With a cut-off: rows that are in test for their group's sake, though they were released before it. They are to
    /// be told by their `release_date`.
    pub test_rows_before_cutoff: u64,
    /// With a cut-off: rows whose release day is unknown, and which therefore do not make a group test.
    pub rows_without_date: u64,
}

/// Divides rows. Order and number of the rows stay; only [`ApiUpdate::split`] is set.
///
/// Rows that share an answer stay together: those of one API change; of one symbol, whatever the release; of one name
/// that changed in one release (`DataFrame.append` and `Series.append`); of one replacement in a library (`estimator`
/// for `base_estimator` in ten classes); of one edit in a library, told by the names that go and come (`normalize=False`
/// dropped in ten classes); and those with nearly the same code. Otherwise a model is asked in the test what training
/// has told it.
///
/// Each group falls to a part by its own hash, whatever else is in the table: rows of other groups do not move it. Groups
/// of more than [`LARGEST_HELD_OUT_GROUP`] rows train (unless a cut-off says test), and where a part would stay empty,
/// a group is moved to it.
pub fn split(rows: Vec<ApiUpdate>, options: &SplitOptions) -> (Vec<ApiUpdate>, SplitStatistics) {
    let groups = groups(&rows, options.similarity);
    let parts = Assignment::new(&rows, &groups, options).parts();
    let mut rows = rows;
    let mut statistics = SplitStatistics { groups: groups.len() as u64, ..SplitStatistics::default() };
    for (members, part) in groups.iter().zip(parts) {
        let size = members.len() as u64;
        statistics.largest_group = statistics.largest_group.max(size);
        *statistics.rows.entry(part).or_default() += size;
        *statistics.groups_of.entry(part).or_default() += 1;
        for member in members {
            rows[*member].split = part;
            if let Some(cutoff) = options.cutoff {
                let date = release_day(&rows[*member]);
                statistics.rows_without_date += u64::from(date.is_none());
                let is_early = part == Split::Test && date.is_some_and(|date| date <= cutoff);
                statistics.test_rows_before_cutoff += u64::from(is_early);
            }
        }
    }
    (rows, statistics)
}

fn release_day(row: &ApiUpdate) -> Option<Date> {
    row.release_date.as_deref()?.parse().ok()
}

/// Groups with their hashes, on the way to a part each.
struct Assignment<'a> {
    options: &'a SplitOptions,
    /// Hash of each group: that of the least of its symbols' hashes, so that it stays while rows come and go.
    hashes: Vec<u64>,
    /// Whether the group has more than [`LARGEST_HELD_OUT_GROUP`] rows.
    large: Vec<bool>,
    /// Whether a row of the group was released after the cut-off.
    later: Vec<bool>,
}

impl<'a> Assignment<'a> {
    fn new(rows: &[ApiUpdate], groups: &[Vec<usize>], options: &'a SplitOptions) -> Self {
        let hash = |row: &ApiUpdate| digest::seeded(options.seed, &[&row.dependency, &row.symbol]);
        let hashes = groups
            .iter()
            .map(|members| {
                let least = members.iter().map(|member| hash(&rows[*member])).min().unwrap_or(0);
                // Hashed again: the least of many hashes is small, and large groups would all fall to one part.
                digest::seeded(options.seed, &[&least.to_string()])
            })
            .collect();
        let is_later =
            |row: &ApiUpdate| options.cutoff.zip(release_day(row)).is_some_and(|(cutoff, day)| day > cutoff);
        let later =
            groups.iter().map(|members| members.iter().any(|member| is_later(&rows[*member]))).collect();
        let large = groups.iter().map(|members| members.len() > LARGEST_HELD_OUT_GROUP).collect();
        Self { options, hashes, large, later }
    }

    fn parts(&self) -> Vec<Split> {
        let mut parts: Vec<Split> = (0..self.hashes.len()).map(|group| self.part(group)).collect();
        // A part that is asked for and stayed empty takes a group of the part that has most.
        for wanted in self.shares().into_iter().filter(|(_, share)| *share > 0.0).map(|(part, _)| part) {
            if parts.contains(&wanted) {
                continue;
            }
            let count = |part: Split| parts.iter().filter(|other| **other == part).count();
            let donors = self.shares().map(|(part, _)| part);
            let Some(donor) =
                donors.into_iter().max_by_key(|part| count(*part)).filter(|part| count(*part) > 1)
            else {
                continue;
            };
            let given =
                (0..parts.len()).filter(|group| parts[*group] == donor && !self.later[*group]).min_by_key(
                    |group| (self.large[*group], digest::seeded(self.hashes[*group], &[wanted.as_str()])),
                );
            if let Some(group) = given {
                parts[group] = wanted;
            }
        }
        parts
    }

    /// The parts that hashes decide on, with their shares. With a cut-off, dates decide on test.
    fn shares(&self) -> [(Split, f64); 3] {
        let Fractions { train, validation, test } = self.options.fractions;
        let test = if self.options.cutoff.is_some() { 0.0 } else { test };
        [(Split::Train, train), (Split::Validation, validation), (Split::Test, test)]
            .map(|(part, share)| (part, share.max(0.0)))
    }

    fn part(&self, group: usize) -> Split {
        if self.later[group] {
            return Split::Test;
        }
        if self.large[group] {
            return Split::Train;
        }
        let shares = self.shares();
        let total: f64 = shares.iter().map(|(_, share)| share).sum();
        // 53 bits, as many as a float holds: a number from 0 to below 1.
        let mut left = (self.hashes[group] >> 11) as f64 / (1_u64 << 53) as f64 * total;
        for (part, share) in shares {
            if left < share {
                return part;
            }
            left -= share;
        }
        Split::Train
    }
}
