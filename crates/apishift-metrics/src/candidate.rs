//! A program with its score and its label.

use std::cmp::Ordering;

/// One program of a problem, as the metrics see it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Candidate {
    /// What the scorer says of it; higher is better. NaN: nothing.
    pub score: f64,
    /// Whether it is right.
    pub passed: bool,
    /// How many equal ones it stands for.
    pub count: u32,
    /// How many tests it passes, for nDCG; where that is not known, a right one has 1 and a wrong one 0.
    pub tests_passed: Option<u32>,
}

impl Candidate {
    /// One candidate that stands for itself.
    pub fn new(score: f64, passed: bool) -> Self {
        Self { score, passed, count: 1, tests_passed: None }
    }

    /// The gain of nDCG.
    pub(crate) fn relevance(&self) -> u32 {
        self.tests_passed.unwrap_or(u32::from(self.passed))
    }
}

/// Best first; NaN after all numbers, equal to itself; the two zeros are one.
pub(crate) fn better_first(one: f64, other: f64) -> Ordering {
    other.partial_cmp(&one).unwrap_or_else(|| one.is_nan().cmp(&other.is_nan()))
}

/// Places of the candidates, best first. Of equal scores the earlier one comes first: a rule for lists that people read, not
/// for the metrics.
pub fn order(candidates: &[Candidate]) -> Vec<usize> {
    let mut places: Vec<usize> = (0..candidates.len()).collect();
    places.sort_by(|&one, &other| better_first(candidates[one].score, candidates[other].score));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_score_comes_last_and_equal_ones_keep_their_order() {
        let scores = [f64::NAN, 0.0, f64::NEG_INFINITY, 2.0, -0.0, f64::NAN];
        let candidates: Vec<Candidate> = scores.iter().map(|&score| Candidate::new(score, true)).collect();
        assert_eq!(order(&candidates), [3, 1, 4, 2, 0, 5]);
    }
}
