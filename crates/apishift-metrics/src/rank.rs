//! Metrics of places: top-1, reciprocal rank, ranking score, nDCG.

use crate::{Ranking, ranking::Tier};

impl Ranking {
    /// Chance that the best-ranked candidate is right; equal best ones are averaged over. `None` where there is none.
    pub fn top_1(&self) -> Option<f64> {
        self.tiers.first().map(Tier::share)
    }

    /// One over the place of the first right candidate, counted from 1; 0 where none is right (2506.10056). Of equal ones, the
    /// mean over their orders. `None` where there is no candidate.
    pub fn reciprocal_rank(&self) -> Option<f64> {
        let mut before = 0_u64;
        for tier in &self.tiers {
            if tier.passed > 0 {
                return Some(mean_reciprocal(before, tier));
            }
            before += tier.count;
        }
        (before > 0).then_some(0.0)
    }

    /// Share of the `P` right candidates that are among the first `P`: the ranking score of 2506.10056, known as R-precision; 0
    /// where none is right. Of equal ones, the mean over their orders. `None` where there is no candidate.
    pub fn ranking_score(&self) -> Option<f64> {
        let places = self.passed();
        if places == 0 {
            return (self.count() > 0).then_some(0.0);
        }
        let mut left = places;
        let mut found = 0.0;
        for tier in &self.tiers {
            let taken = left.min(tier.count);
            found += taken as f64 * tier.share();
            left -= taken;
        }
        Some(found / places as f64)
    }

    /// Discounted gain of the first `k` places over that of the best order (Järvelin and Kekäläinen 2002): gain = number of
    /// tests passed, discount = `log2(place + 1)`. Between 0 and 1; 2506.10056 has it times 100. Equal scores share their mean
    /// gain (`McSherry` and Najork 2008). 0 where no candidate passes a test; `None` without candidates or places.
    pub fn ndcg_at(&self, k: u32) -> Option<f64> {
        if self.count() == 0 || k == 0 {
            return None;
        }
        let gain = discounted(self.tiers.iter().map(|tier| (tier.mean_relevance(), tier.count)), k);
        let ideal = discounted(self.ideal.iter().map(|&(relevance, count)| (f64::from(relevance), count)), k);
        Some(if ideal > 0.0 { gain / ideal } else { 0.0 })
    }
}

/// Mean of one over the place of the tier's first right one, over all orders of the tier.
fn mean_reciprocal(before: u64, tier: &Tier) -> f64 {
    let (count, passed) = (tier.count as f64, tier.passed as f64);
    // Chance that the first right one is at this place of the tier: `C(n - place, p - 1) / C(n, p)`.
    let mut chance = passed / count;
    let mut mean = 0.0;
    for place in 1..=tier.failed() + 1 {
        mean += chance / (before + place) as f64;
        let place = place as f64;
        chance *= (count - place - passed + 1.0) / (count - place);
    }
    mean
}

/// Sum of gains over the logarithms of the places, up to place `k`: (gain, how many have it), best first.
fn discounted(gains: impl Iterator<Item = (f64, u64)>, k: u32) -> f64 {
    let (mut place, end) = (0_u64, u64::from(k));
    let mut sum = 0.0;
    for (gain, count) in gains {
        let stop = place.saturating_add(count).min(end);
        sum += gain * (place..stop).map(|at| 1.0 / ((at + 2) as f64).log2()).sum::<f64>();
        place = stop;
        if place == end {
            break;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Candidate, ranking::tests::ranking};

    fn near(value: Option<f64>, expected: f64) {
        assert!((value.unwrap() - expected).abs() < 1e-12, "{value:?} {expected}");
    }

    #[test]
    fn vectors_of_the_paper_notes() {
        let ranking = ranking(&[(4.0, false), (3.0, true), (2.0, false), (1.0, true)]);
        near(ranking.ranking_score(), 0.5);
        near(ranking.reciprocal_rank(), 0.5);
        near(ranking.top_1(), 0.0);
        // Gains 0, 1, 0, 1 at discounts 1, log2 3, 2, log2 5 over gains at the first two places.
        near(ranking.ndcg_at(4), (1.0 / 3_f64.log2() + 1.0 / 5_f64.log2()) / (1.0 + 1.0 / 3_f64.log2()));
        near(ranking.ndcg_at(1), 0.0);
    }

    #[test]
    fn equal_scores_count_as_all_their_orders_do() {
        // Below one wrong candidate, three equal ones of which one is right: places 2, 3, 4 alike.
        let ranking = ranking(&[(9.0, false), (1.0, true), (1.0, false), (1.0, false)]);
        near(ranking.reciprocal_rank(), (1.0 / 2.0 + 1.0 / 3.0 + 1.0 / 4.0) / 3.0);
        near(ranking.ranking_score(), 0.0);
        near(ranking.ndcg_at(2), (1.0 / 3.0) / 3_f64.log2());
        // Four equal, two right: the first right one is at place 1, 2, 3 with chances 3/6, 2/6, 1/6.
        let flat = self::ranking(&[(0.0, true), (0.0, true), (0.0, false), (0.0, false)]);
        near(flat.reciprocal_rank(), 3.0 / 6.0 + 2.0 / 6.0 / 2.0 + 1.0 / 6.0 / 3.0);
        near(flat.ranking_score(), 0.5);
        near(flat.top_1(), 0.5);
    }

    #[test]
    fn tests_passed_are_the_gain() {
        let ranking = Ranking::of(&[
            Candidate { tests_passed: Some(1), ..Candidate::new(3.0, false) },
            Candidate { tests_passed: Some(3), count: 2, ..Candidate::new(2.0, true) },
        ]);
        let discounts = [1.0, 1.0 / 3_f64.log2(), 0.5];
        let gain = discounts[0] + 3.0 * discounts[1] + 3.0 * discounts[2];
        let ideal = 3.0 * discounts[0] + 3.0 * discounts[1] + discounts[2];
        near(ranking.ndcg_at(10), gain / ideal);
        near(ranking.ndcg_at(1), 1.0 / 3.0);
    }

    #[test]
    fn nothing_right_is_zero_and_nothing_at_all_has_no_value() {
        let wrong = ranking(&[(1.0, false), (0.0, false)]);
        assert_eq!(
            (wrong.reciprocal_rank(), wrong.ranking_score(), wrong.ndcg_at(5), wrong.top_1()),
            (Some(0.0), Some(0.0), Some(0.0), Some(0.0))
        );
        let right = ranking(&[(1.0, true)]);
        assert_eq!(
            (right.reciprocal_rank(), right.ranking_score(), right.ndcg_at(5), right.top_1()),
            (Some(1.0), Some(1.0), Some(1.0), Some(1.0))
        );
        let none = Ranking::default();
        assert_eq!(
            (none.reciprocal_rank(), none.ranking_score(), none.ndcg_at(5), none.top_1()),
            (None, None, None, None)
        );
        assert_eq!(right.ndcg_at(0), None);
    }
}
