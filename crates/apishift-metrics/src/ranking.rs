//! A problem's candidates in order of their scores, equal ones together.

use std::cmp::Reverse;

use crate::{Candidate, candidate::better_first};

/// Candidates of one score.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Tier {
    /// That score.
    pub(crate) score: f64,
    /// How many there are: at least one.
    pub(crate) count: u64,
    /// How many of them are right.
    pub(crate) passed: u64,
    /// Sum of their relevances.
    relevance: u64,
}

impl Tier {
    /// Share of right ones: what any place of the tier holds on average over the orders of equal candidates.
    pub(crate) fn share(&self) -> f64 {
        self.passed as f64 / self.count as f64
    }

    pub(crate) fn failed(&self) -> u64 {
        self.count - self.passed
    }

    pub(crate) fn mean_relevance(&self) -> f64 {
        self.relevance as f64 / self.count as f64
    }
}

/// A problem's candidates, ranked. Made once, in `O(n log n)`; each metric of it is then linear at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ranking {
    /// Best first.
    pub(crate) tiers: Vec<Tier>,
    /// Relevances with how many have each, best first: the order that nDCG compares with.
    pub(crate) ideal: Vec<(u32, u64)>,
    count: u64,
    passed: u64,
    unscored: u64,
}

impl Ranking {
    /// Ranks the candidates of one problem.
    pub fn of(candidates: &[Candidate]) -> Self {
        let mut there: Vec<&Candidate> = candidates.iter().filter(|candidate| candidate.count > 0).collect();
        there.sort_by(|one, other| better_first(one.score, other.score));
        let mut ranking = Self::default();
        for candidate in &there {
            ranking.add(candidate);
        }
        there.sort_by_key(|candidate| Reverse(candidate.relevance()));
        for candidate in there {
            let (relevance, count) = (candidate.relevance(), u64::from(candidate.count));
            match ranking.ideal.last_mut() {
                Some((of, so_far)) if *of == relevance => *so_far += count,
                _ => ranking.ideal.push((relevance, count)),
            }
        }
        ranking
    }

    /// Adds the next one in order of scores.
    fn add(&mut self, candidate: &Candidate) {
        let count = u64::from(candidate.count);
        let passed = if candidate.passed { count } else { 0 };
        let relevance = u64::from(candidate.relevance()) * count;
        self.count += count;
        self.passed += passed;
        self.unscored += if candidate.score.is_nan() { count } else { 0 };
        match self.tiers.last_mut() {
            Some(tier) if better_first(tier.score, candidate.score).is_eq() => {
                tier.count += count;
                tier.passed += passed;
                tier.relevance = tier.relevance.saturating_add(relevance);
            }
            _ => self.tiers.push(Tier { score: candidate.score, count, passed, relevance }),
        }
    }

    /// How many candidates there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many are right.
    pub fn passed(&self) -> u64 {
        self.passed
    }

    /// How many are wrong.
    pub fn failed(&self) -> u64 {
        self.count - self.passed
    }

    /// How many have no score.
    pub fn unscored(&self) -> u64 {
        self.unscored
    }

    /// Whether there are right ones and wrong ones.
    pub fn is_mixed(&self) -> bool {
        self.passed > 0 && self.failed() > 0
    }

    /// Candidates that share their score with another one.
    pub fn tied(&self) -> u64 {
        self.tiers.iter().filter(|tier| tier.count > 1).map(|tier| tier.count).sum()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// Of scores, and whether each is of a right one.
    pub(crate) fn ranking(scored: &[(f64, bool)]) -> Ranking {
        let candidates: Vec<Candidate> =
            scored.iter().map(|&(score, passed)| Candidate::new(score, passed)).collect();
        Ranking::of(&candidates)
    }

    #[test]
    fn equal_scores_are_one_tier_and_counts_are_kept() {
        let ranking = Ranking::of(&[
            Candidate { count: 3, ..Candidate::new(1.0, false) },
            Candidate::new(f64::NAN, true),
            Candidate { tests_passed: Some(4), ..Candidate::new(1.0, true) },
            Candidate { count: 0, ..Candidate::new(9.0, true) },
            Candidate::new(f64::NAN, false),
        ]);
        let tiers: Vec<(u64, u64)> = ranking.tiers.iter().map(|tier| (tier.count, tier.passed)).collect();
        assert_eq!(tiers, [(4, 1), (2, 1)]);
        assert_eq!((ranking.count(), ranking.passed(), ranking.unscored(), ranking.tied()), (6, 2, 2, 6));
        assert_eq!(ranking.ideal, [(4, 1), (1, 1), (0, 4)]);
    }
}
