//! Best-of-k and pass@k: what a draw of k candidates is worth, with the scores and with a perfect judge.

use crate::{Ranking, chance::miss};

/// Chance that of `k` of `count` candidates, `passed` of which are right, at least one is: `1 - C(n - c, k) / C(n, k)`, the
/// unbiased estimate of Chen et al. (2107.03374, section 2.1). `None` for `k` of 0 or more than there are.
pub fn pass_at(count: u64, passed: u64, k: u32) -> Option<f64> {
    let k = u64::from(k);
    (1..=count).contains(&k).then(|| 1.0 - miss(count, passed, k))
}

impl Ranking {
    /// Chance that the best-ranked of `k` candidates, drawn at random, is right: the estimate of V-STaR (2402.06457), which
    /// 2506.10056 reports as Best-of-k,
    /// `1 / C(N, k) * sum over i from 0 to N - k of C(N - 1 - i, k - 1) a_i`, where `a_i` is 1 for a right one at place `i`.
    ///
    /// The sum runs to `N - k`; the published code stops one before it, which gives 0 for `k = N`. Equal scores are averaged
    /// over. With `k = 1` it is the pass rate, with `k = N` that of the first tier, with a perfect ranking pass@k. `None` for
    /// `k` of 0 or more than there are.
    pub fn best_of(&self, k: u32) -> Option<f64> {
        let k = u64::from(k);
        if !(1..=self.count()).contains(&k) {
            return None;
        }
        // Chance that none of the k is in a tier above.
        let mut reached = 1.0;
        let mut left = self.count();
        let mut best = 0.0;
        for tier in &self.tiers {
            let below = miss(left, tier.count, k);
            best += reached * (1.0 - below) * tier.share();
            reached *= below;
            left -= tier.count;
        }
        Some(best)
    }

    /// [`pass_at`] of this problem: what Best-of-k would be with a perfect ranking.
    pub fn pass_at(&self, k: u32) -> Option<f64> {
        pass_at(self.count(), self.passed(), k)
    }

    /// Share of right candidates: what a random pick is worth. `None` where there is no candidate.
    pub fn pass_rate(&self) -> Option<f64> {
        pass_at(self.count(), self.passed(), 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Candidate;

    fn ranked(labels: &[bool]) -> Ranking {
        let candidates: Vec<Candidate> =
            labels.iter().enumerate().map(|(at, &passed)| Candidate::new(-(at as f64), passed)).collect();
        Ranking::of(&candidates)
    }

    /// The arguments are those of the notes on the papers; the values to 12 digits by exact binomials.
    #[test]
    fn vectors_of_the_paper_notes() {
        for (n, c, k, expected) in [
            (10, 3, 1, 0.3),
            (10, 3, 5, 0.916_666_666_667),
            (128, 5, 64, 0.971_181_102_362),
            (300, 2, 256, 0.978_907_469_342),
        ] {
            assert!((pass_at(n, c, k).unwrap() - expected).abs() < 1e-12, "{n} {c} {k}");
        }
        let ranking = ranked(&[false, true, false, true]);
        for (k, expected) in [(1, 0.5), (2, 1.0 / 3.0), (3, 0.25), (4, 0.0)] {
            assert!((ranking.best_of(k).unwrap() - expected).abs() < 1e-15, "{k}");
        }
    }

    #[test]
    fn the_last_place_counts() {
        // The published loop would give 1 - 1/N and 0 here.
        let ranking = ranked(&[true; 5]);
        assert_eq!((ranking.best_of(1), ranking.best_of(5)), (Some(1.0), Some(1.0)));
    }

    #[test]
    fn ties_are_averaged_over() {
        // One right, one wrong, equal; a wrong one below. Pairs: (r,w) half, (r,low) 1, (w,low) 0.
        let tied =
            Ranking::of(&[Candidate::new(1.0, true), Candidate::new(1.0, false), Candidate::new(0.0, false)]);
        assert!((tied.best_of(2).unwrap() - 0.5).abs() < 1e-15);
        assert_eq!(tied.best_of(3), Some(0.5));
    }

    #[test]
    fn thousands_of_candidates_stay_between_nothing_and_pass_at_k() {
        let candidates: Vec<Candidate> =
            (0..5000_u32).map(|at| Candidate::new(f64::from(at), at % 7 == 0)).collect();
        let ranking = Ranking::of(&candidates);
        for k in [1, 2, 64, 1000, 4999, 5000] {
            let best = ranking.best_of(k).unwrap();
            assert!((0.0..=ranking.pass_at(k).unwrap() + 1e-12).contains(&best), "{k} {best}");
        }
        // Place 4999 is right iff 4999 is divisible by 7.
        assert_eq!(ranking.best_of(5000), Some(0.0));
        assert!((ranking.best_of(1).unwrap() - 715.0 / 5000.0).abs() < 1e-12);
    }

    #[test]
    fn what_cannot_be_drawn_has_no_value() {
        let one = ranked(&[true]);
        assert_eq!((one.best_of(0), one.best_of(2), one.best_of(1)), (None, None, Some(1.0)));
        assert_eq!((Ranking::default().best_of(1), Ranking::default().pass_rate()), (None, None));
        assert_eq!((pass_at(3, 3, 3), pass_at(3, 0, 3), pass_at(3, 1, 4)), (Some(1.0), Some(0.0), None));
    }
}
