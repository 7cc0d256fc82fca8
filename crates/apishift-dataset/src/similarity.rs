//! How alike two texts are: Jaccard similarity of token shingles, found with `MinHash`.

use std::collections::{BTreeSet, HashMap};

use crate::digest;

/// Tokens in one shingle. Five is about one call with two arguments: shorter ones are idioms that everybody shares.
const SHINGLE: usize = 5;
/// Bands of the index; with [`ROWS`] rows each a pair of similarity 0.8 is missed once in 20 million times, one of
/// 0.6 about once in 80: 1 - (1 - s^4)^32.
const BANDS: usize = 32;
/// Rows of a band.
const ROWS: usize = 4;

/// The shingles of one row's code, hashed, sorted, distinct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Shingles(Vec<u64>);

impl Shingles {
    /// The shingles within each of the texts (token lists); none lies across two.
    pub(crate) fn new(texts: &[&[String]]) -> Self {
        let mut hashes = Vec::new();
        for tokens in texts {
            let tokens: Vec<u64> = tokens.iter().map(|token| digest::fast(0, token.as_bytes())).collect();
            // A text shorter than one shingle is one shingle.
            for window in tokens.windows(SHINGLE.min(tokens.len()).max(1)) {
                hashes.push(window.iter().fold(0, |hash, token| digest::fast(hash, &token.to_le_bytes())));
            }
        }
        hashes.sort_unstable();
        hashes.dedup();
        Self(hashes)
    }

    /// Shared shingles by all shingles: 1 for equal sets, 0 where nothing is shared.
    pub(crate) fn jaccard(&self, other: &Self) -> f64 {
        let (mut left, mut right, mut shared) = (0, 0, 0_usize);
        while let (Some(a), Some(b)) = (self.0.get(left), other.0.get(right)) {
            shared += usize::from(a == b);
            left += usize::from(a <= b);
            right += usize::from(b <= a);
        }
        let all = self.0.len() + other.0.len() - shared;
        if all == 0 { 1.0 } else { shared as f64 / all as f64 }
    }

    /// One key per band: rows with an equal key are candidates.
    fn band_keys(&self) -> [u64; BANDS] {
        std::array::from_fn(|band| {
            (0..ROWS).fold(band as u64, |key, row| {
                let seed = (band * ROWS + row) as u64;
                let least = self.0.iter().map(|shingle| remix(*shingle, seed)).min().unwrap_or(0);
                digest::fast(key, &least.to_le_bytes())
            })
        })
    }
}

/// One of a family of permutations of 64-bit numbers (the finaliser of splitmix64).
fn remix(value: u64, seed: u64) -> u64 {
    let mut mixed = value ^ seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

/// Sets of shingles, to be asked for those that are like another one.
#[derive(Debug, Default)]
pub(crate) struct SimilarityIndex {
    sets: Vec<Shingles>,
    bands: HashMap<(usize, u64), Vec<usize>>,
}

impl SimilarityIndex {
    /// Adds a set; its number is the count of those before it.
    pub(crate) fn insert(&mut self, set: Shingles) {
        for (band, key) in set.band_keys().into_iter().enumerate() {
            self.bands.entry((band, key)).or_default().push(self.sets.len());
        }
        self.sets.push(set);
    }

    /// Numbers of the sets with at least this similarity, ascending. Candidates come from the bands and are then
    /// compared exactly, so nothing below the threshold is ever given.
    pub(crate) fn similar(&self, set: &Shingles, threshold: f64) -> Vec<usize> {
        let mut candidates = BTreeSet::new();
        for (band, key) in set.band_keys().into_iter().enumerate() {
            candidates.extend(self.bands.get(&(band, key)).into_iter().flatten().copied());
        }
        candidates.into_iter().filter(|number| self.sets[*number].jaccard(set) >= threshold).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::code;

    fn shingles(source: &str) -> Shingles {
        Shingles::new(&[&code::tokens(source)])
    }

    #[test]
    fn jaccard_is_shared_by_all() {
        // Shingles of five of `a b c d e f` and `a b c d e g`: one is shared, three there are.
        let (left, right) = (shingles("a b c d e f"), shingles("a b c d e g"));
        assert!((left.jaccard(&right) - 1.0 / 3.0).abs() < 1e-12);
        assert!((left.jaccard(&left) - 1.0).abs() < 1e-12);
        assert!(left.jaccard(&shingles("q")).abs() < 1e-12);
    }

    #[test]
    fn shingles_do_not_cross_from_old_to_new() {
        let (a, b) = (code::tokens("a b c"), code::tokens("d e f"));
        assert_eq!(Shingles::new(&[&a, &b]).0.len(), 2);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// The index gives what comparing every pair gives.
        #[test]
        fn the_index_finds_what_is_alike(words in prop::collection::vec(0_u8..40, 30..120), at in 0_usize..30, cut in 0_usize..6) {
            let text = |words: &[u8]| words.iter().map(|w| format!("w{w}")).collect::<Vec<_>>().join(" ");
            let whole = shingles(&text(&words));
            let mut other = words.clone();
            other.drain(at..(at + cut).min(words.len()));
            let other = shingles(&text(&other));
            let mut index = SimilarityIndex::default();
            index.insert(whole.clone());
            let found = !index.similar(&other, 0.8).is_empty();
            prop_assert_eq!(found, whole.jaccard(&other) >= 0.8);
        }
    }
}
