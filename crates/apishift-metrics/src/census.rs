//! How many problems and candidates there are, and of what kind.

use serde::{Deserialize, Serialize};

use crate::Ranking;

/// What the numbers rest on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Census {
    /// Problems, empty ones too.
    pub problems: u64,
    /// Those with right and wrong candidates: the only ones that pairs come from.
    pub mixed: u64,
    /// Those where every candidate is right.
    pub all_pass: u64,
    /// Those where none is.
    pub none_pass: u64,
    /// Those without a candidate.
    pub empty: u64,
    /// Candidates, duplicates too.
    pub candidates: u64,
    /// Those that are right.
    pub passed: u64,
    /// Those without a score.
    pub unscored: u64,
    /// Those that share their score with another one of their problem.
    pub tied: u64,
}

impl Census {
    /// Counts them.
    pub fn of(rankings: &[Ranking]) -> Self {
        let mut census = Self::default();
        for ranking in rankings {
            census.problems += 1;
            census.mixed += u64::from(ranking.is_mixed());
            census.empty += u64::from(ranking.count() == 0);
            census.all_pass += u64::from(ranking.count() > 0 && ranking.failed() == 0);
            census.none_pass += u64::from(ranking.count() > 0 && ranking.passed() == 0);
            census.candidates += ranking.count();
            census.passed += ranking.passed();
            census.unscored += ranking.unscored();
            census.tied += ranking.tied();
        }
        census
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Candidate;

    #[test]
    fn each_problem_is_of_one_kind() {
        let (right, wrong) = (Candidate::new(1.0, true), Candidate::new(f64::NAN, false));
        let problems: [&[Candidate]; 5] = [&[right, wrong], &[right, right], &[wrong], &[], &[right]];
        let census = Census::of(&problems.map(Ranking::of));
        assert_eq!(
            census,
            Census {
                problems: 5,
                mixed: 1,
                all_pass: 2,
                none_pass: 1,
                empty: 1,
                candidates: 6,
                passed: 4,
                unscored: 2,
                tied: 2
            }
        );
    }
}
