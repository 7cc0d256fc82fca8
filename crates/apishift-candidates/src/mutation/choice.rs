//! A few of many mutants.

use std::collections::BTreeSet;

use super::Mutant;
use crate::digest::seeded;

/// At most `n` of the mutants, chosen by a hash of each and the seed, in the order of that hash. Those of operators and places
/// that are not there yet come first.
pub fn choose(mutants: Vec<Mutant>, n: usize, seed: u64) -> Vec<Mutant> {
    let mut drawn = mutants;
    drawn.sort_by_cached_key(|mutant| seeded(seed, &[mutant.operator.as_str(), &mutant.source]));
    let mut operators = BTreeSet::new();
    let mut chosen: Vec<Mutant> = Vec::with_capacity(n.min(drawn.len()));
    let mut rest = Vec::new();
    for mutant in drawn {
        let overlaps =
            |other: &Mutant| other.place.start < mutant.place.end && mutant.place.start < other.place.end;
        if chosen.len() < n && !chosen.iter().any(overlaps) && operators.insert(mutant.operator) {
            chosen.push(mutant);
        } else {
            rest.push(mutant);
        }
    }
    let missing = n - chosen.len();
    chosen.extend(rest.into_iter().take(missing));
    chosen
}
