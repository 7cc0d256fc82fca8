//! Metrics of pairs: a right candidate against a wrong one, within a problem and over all of them.

use crate::{DRAWS, Ranking, Statistic, candidate::better_first};

impl Ranking {
    /// Share of the pairs of a right and a wrong candidate of this problem in which the right one has the higher score; equal
    /// scores count half. The same as the problem's own AUROC (Mann and Whitney 1947). `None` where none or all are right:
    /// the mean over mixed problems is the pairwise accuracy that reward models are compared by.
    pub fn pairwise_accuracy(&self) -> Option<f64> {
        let mut pairs = Pairs::<1>::new();
        for tier in &self.tiers {
            pairs.add(&[tier.passed as f64], &[tier.failed() as f64]);
        }
        let [share] = pairs.shares();
        share
    }
}

/// Share of pairs in order, in several draws at once; right and wrong ones of each score come best first.
#[derive(Clone, Copy, Debug)]
struct Pairs<const N: usize> {
    passed: [f64; N],
    failed: [f64; N],
    won: [f64; N],
}

impl<const N: usize> Pairs<N> {
    fn new() -> Self {
        Self { passed: [0.0; N], failed: [0.0; N], won: [0.0; N] }
    }

    /// The candidates of the next lower score: the wrong ones lose against all right ones above, and half against their equals.
    fn add(&mut self, right: &[f64; N], wrong: &[f64; N]) {
        for at in 0..N {
            self.won[at] += wrong[at] * (self.passed[at] + right[at] / 2.0);
            self.passed[at] += right[at];
            self.failed[at] += wrong[at];
        }
    }

    fn shares(&self) -> [Option<f64>; N] {
        std::array::from_fn(|at| {
            let pairs = self.passed[at] * self.failed[at];
            (pairs > 0.0).then(|| self.won[at] / pairs)
        })
    }
}

/// A problem's candidates of one score, among those of all problems.
#[derive(Clone, Copy, Debug)]
struct Entry {
    problem: usize,
    passed: f64,
    failed: f64,
    /// Whether a lower score follows.
    is_last_of_score: bool,
}

/// The candidates of all problems in one order, for AUROC: the chance that a right candidate of any problem has a higher score
/// than a wrong one of any problem. It asks for more than the order within problems: that scores of two problems can be
/// compared. Sorted once; each resample is one pass.
#[derive(Clone, Debug, Default)]
pub struct Pooled {
    entries: Vec<Entry>,
    problems: usize,
}

impl Pooled {
    /// Of all these problems, in their order.
    pub fn of(rankings: &[Ranking]) -> Self {
        let mut tiers: Vec<_> = rankings
            .iter()
            .enumerate()
            .flat_map(|(problem, ranking)| ranking.tiers.iter().map(move |tier| (problem, tier)))
            .collect();
        tiers.sort_by(|(_, one), (_, other)| better_first(one.score, other.score));
        let mut entries: Vec<Entry> = tiers
            .iter()
            .map(|&(problem, tier)| Entry {
                problem,
                passed: tier.passed as f64,
                failed: tier.failed() as f64,
                is_last_of_score: true,
            })
            .collect();
        for (entry, pair) in entries.iter_mut().zip(tiers.windows(2)) {
            entry.is_last_of_score = better_first(pair[0].1.score, pair[1].1.score).is_ne();
        }
        Self { entries, problems: rankings.len() }
    }

    /// AUROC over all candidates; `None` where none or all are right.
    pub fn auroc(&self) -> Option<f64> {
        self.value(&vec![1; self.problems])
    }

    fn shares<const N: usize>(&self, weights: &[[u32; N]]) -> [Option<f64>; N] {
        let weights: Vec<[f64; N]> = weights.iter().map(|weights| weights.map(f64::from)).collect();
        let mut pairs = Pairs::<N>::new();
        let (mut right, mut wrong) = ([0.0; N], [0.0; N]);
        for entry in &self.entries {
            let Some(weights) = weights.get(entry.problem) else { continue };
            for at in 0..N {
                right[at] += weights[at] * entry.passed;
                wrong[at] += weights[at] * entry.failed;
            }
            if entry.is_last_of_score {
                pairs.add(&right, &wrong);
                (right, wrong) = ([0.0; N], [0.0; N]);
            }
        }
        pairs.shares()
    }
}

impl Statistic for Pooled {
    fn uses(&self, problem: usize) -> bool {
        problem < self.problems
    }

    fn value(&self, weights: &[u32]) -> Option<f64> {
        let lanes: Vec<[u32; 1]> = weights.iter().map(|&weight| [weight]).collect();
        let [share] = self.shares(&lanes);
        share
    }

    fn values(&self, weights: &[[u32; DRAWS]]) -> [Option<f64>; DRAWS] {
        self.shares(weights)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Candidate, ranking::tests::ranking};

    #[test]
    fn equal_scores_count_half() {
        // Pairs: 3 > 2 right, 3 > 1 right, 1 = 1 half, 1 < 2 wrong.
        let mixed = ranking(&[(3.0, true), (2.0, false), (1.0, true), (1.0, false)]);
        assert_eq!(mixed.pairwise_accuracy(), Some(2.5 / 4.0));
        assert_eq!(ranking(&[(3.0, true), (2.0, true)]).pairwise_accuracy(), None);
        assert_eq!(ranking(&[(3.0, false)]).pairwise_accuracy(), None);
        assert_eq!(Ranking::default().pairwise_accuracy(), None);
    }

    #[test]
    fn what_has_no_score_loses_against_any_score() {
        let lost = ranking(&[(f64::NAN, true), (f64::NEG_INFINITY, false)]);
        assert_eq!(lost.pairwise_accuracy(), Some(0.0));
        let tied = ranking(&[(f64::NAN, true), (f64::NAN, false)]);
        assert_eq!(tied.pairwise_accuracy(), Some(0.5));
    }

    #[test]
    fn duplicates_are_pairs_of_their_own() {
        let counted = Ranking::of(&[
            Candidate { count: 3, ..Candidate::new(1.0, true) },
            Candidate::new(2.0, false),
            Candidate { count: 2, ..Candidate::new(0.0, false) },
        ]);
        assert_eq!(counted.pairwise_accuracy(), Some(6.0 / 9.0));
    }

    #[test]
    fn problems_of_other_levels_lower_only_the_pooled_number() {
        let easy = ranking(&[(10.0, true), (9.0, false)]);
        let hard = ranking(&[(1.0, true), (0.0, false)]);
        // Right 10, 1; wrong 9, 0: three of four pairs.
        let pooled = Pooled::of(&[easy.clone(), hard.clone()]);
        assert_eq!(pooled.auroc(), Some(0.75));
        assert_eq!((easy.pairwise_accuracy(), hard.pairwise_accuracy()), (Some(1.0), Some(1.0)));
        // The second problem twice: right 10, 1, 1; wrong 9, 0, 0: 3 + 2 + 2 of 9.
        assert_eq!(pooled.value(&[1, 2]), Some(7.0 / 9.0));
        assert_eq!((pooled.value(&[0, 0]), Pooled::default().auroc()), (None, None));
    }

    #[test]
    fn a_score_that_two_problems_share_is_one_tie() {
        let pooled = Pooled::of(&[ranking(&[(1.0, true)]), ranking(&[(1.0, false), (0.0, false)])]);
        assert_eq!(pooled.auroc(), Some(0.75));
    }

    #[test]
    fn draws_together_are_draws_by_themselves() {
        let pooled = Pooled::of(&[
            ranking(&[(2.0, true), (1.0, false)]),
            ranking(&[(1.0, true), (0.0, false), (3.0, false)]),
            ranking(&[(1.0, false)]),
        ]);
        let weights = [[0, 1, 2, 3, 0, 1, 1, 5], [1, 1, 0, 2, 0, 0, 1, 5], [4, 1, 0, 1, 1, 2, 0, 0]];
        let together = pooled.values(&weights);
        for (draw, value) in together.into_iter().enumerate() {
            assert_eq!(value, pooled.value(&weights.map(|all| all[draw])), "{draw}");
        }
        assert_eq!(together[4], None);
    }
}
