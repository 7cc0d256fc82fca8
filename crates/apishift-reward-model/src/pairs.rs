//! Pairs of a right and a wrong candidate of one problem.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// How pairs are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct PairOptions {
    /// At most so many of a problem: `min(right, wrong, most)` right and as many wrong ones are drawn without putting back, and paired
    /// as they come (2506.10056, section on training data: 6). `None`: every right one with every wrong one.
    pub most: Option<usize>,
}

impl Default for PairOptions {
    fn default() -> Self {
        Self { most: Some(6) }
    }
}

/// Candidates of a problem that a step of training looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct DrawOptions {
    /// Right ones at most.
    pub right: usize,
    /// Wrong ones at most.
    pub wrong: usize,
}

impl Default for DrawOptions {
    fn default() -> Self {
        Self { right: 2, wrong: 4 }
    }
}

/// Places of candidates that are right or wrong, drawn by `seed`, in order.
pub fn draw(right: &[bool], options: DrawOptions, seed: u64) -> Vec<usize> {
    let of = |wanted: bool, most: usize| shuffled(right, wanted, seed).into_iter().take(most);
    let mut places: Vec<usize> = of(true, options.right).chain(of(false, options.wrong)).collect();
    places.sort_unstable();
    places
}

/// Places of the right, or of the wrong ones, in an order that `seed` draws.
fn shuffled(right: &[bool], wanted: bool, seed: u64) -> Vec<usize> {
    let places = right.iter().enumerate().filter(|(_, is)| **is == wanted).map(|(place, _)| place);
    let mut places: Vec<usize> = places.collect();
    places.sort_by_key(|place| (xxh3_64_with_seed(&place.to_le_bytes(), seed), *place));
    places
}

/// Places of two candidates of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The right one.
    pub chosen: usize,
    /// The wrong one.
    pub rejected: usize,
}

/// Pairs of a problem whose candidates are right or wrong, drawn by `seed`; none where all are alike.
pub fn pairs(right: &[bool], options: PairOptions, seed: u64) -> Vec<Pair> {
    let of = |wanted: bool| shuffled(right, wanted, seed);
    let (passing, failing) = (of(true), of(false));
    match options.most {
        None => {
            let with_all = |chosen: &usize| {
                let chosen = *chosen;
                failing.iter().map(move |rejected| Pair { chosen, rejected: *rejected })
            };
            passing.iter().flat_map(with_all).collect()
        }
        Some(most) => {
            let drawn = passing.iter().zip(&failing).take(most);
            drawn.map(|(chosen, rejected)| Pair { chosen: *chosen, rejected: *rejected }).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_are_drawn_as_are_wanted_and_there() {
        let right = [true, false, false, true, false, true];
        let options = DrawOptions { right: 2, wrong: 4 };
        let drawn: Vec<Vec<usize>> = (0..20).map(|seed| draw(&right, options, seed)).collect();
        assert!(drawn.iter().all(|places| places.iter().filter(|place| right[**place]).count() == 2));
        assert!(drawn.iter().all(|places| places.iter().filter(|place| !right[**place]).count() == 3));
        assert!(drawn.iter().any(|places| places != &drawn[0]), "other seeds draw others");
    }

    #[test]
    fn pairs_are_of_a_right_and_a_wrong_one_each_once() {
        let right = [true, false, false, true, false, false, false];
        for seed in 0..20 {
            let drawn = pairs(&right, PairOptions::default(), seed);
            assert_eq!(drawn.len(), 2, "as many as there are right ones");
            assert!(drawn.iter().all(|pair| right[pair.chosen] && !right[pair.rejected]));
            assert_ne!(drawn[0].chosen, drawn[1].chosen);
            assert_ne!(drawn[0].rejected, drawn[1].rejected);
        }
        let wrong: std::collections::BTreeSet<_> = (0..20)
            .flat_map(|seed| pairs(&right, PairOptions { most: Some(1) }, seed))
            .map(|pair| pair.rejected)
            .collect();
        assert!(wrong.len() > 2, "other seeds draw others: {wrong:?}");
        assert_eq!(pairs(&right, PairOptions { most: None }, 0).len(), 10);
        assert_eq!(pairs(&[true, true], PairOptions::default(), 0), []);
        assert_eq!(pairs(&[], PairOptions::default(), 0), []);
    }
}
