//! A baseline that reads words and no more: TF-IDF of token n-grams, with a linear Bradley-Terry model on them.

use std::collections::BTreeMap;

use xxhash_rust::xxh3::xxh3_64;

use crate::{Pair, PairOptions, Problem, pairs};

/// Words in a row that are one term, at most.
const N: usize = 3;

/// Passes over the problems.
const EPOCHS: usize = 20;

/// Step of a term's weight, divided by the root of the squares of its gradients (`AdaGrad`).
const RATE: f64 = 0.5;

/// Pull of weights towards 0, each time that they are looked at.
const L2: f64 = 1e-4;

/// Terms of a text with their weights, of length 1.
type Vector = BTreeMap<u64, f64>;

/// A linear model over terms.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TfIdf {
    /// How rare each term is: `ln((1 + n) / (1 + texts that have it)) + 1`.
    rarity: BTreeMap<u64, f64>,
    weights: BTreeMap<u64, f64>,
}

impl TfIdf {
    /// Learns from problems: how rare terms are, then their weights, all pairs of a problem.
    pub fn fit(problems: &[&Problem]) -> Self {
        let mut model = Self::default();
        let counted: Vec<Vec<BTreeMap<u64, f64>>> = problems
            .iter()
            .map(|problem| problem.candidates.iter().map(|row| terms(&row.program)).collect())
            .collect();
        let texts: usize = counted.iter().map(Vec::len).sum();
        let mut having: BTreeMap<u64, f64> = BTreeMap::new();
        for term in counted.iter().flatten().flat_map(BTreeMap::keys) {
            *having.entry(*term).or_default() += 1.0;
        }
        let rarity = |count: f64| ((1.0 + texts as f64) / (1.0 + count)).ln() + 1.0;
        model.rarity = having.into_iter().map(|(term, count)| (term, rarity(count))).collect();
        let mut squares: BTreeMap<u64, f64> = BTreeMap::new();
        for epoch in 0..EPOCHS {
            for (problem, counted) in problems.iter().zip(&counted) {
                let right: Vec<bool> = problem.right().collect();
                let vectors: Vec<Vector> = counted.iter().map(|terms| model.vector(terms)).collect();
                for pair in pairs(&right, PairOptions::default(), epoch as u64) {
                    model.learn(&vectors, pair, &mut squares);
                }
            }
        }
        model
    }

    fn learn(&mut self, vectors: &[Vector], pair: Pair, squares: &mut BTreeMap<u64, f64>) {
        let (Some(chosen), Some(rejected)) = (vectors.get(pair.chosen), vectors.get(pair.rejected)) else {
            return;
        };
        let mut difference = chosen.clone();
        for (term, weight) in rejected {
            *difference.entry(*term).or_default() -= weight;
        }
        let wrong = 1.0 / (1.0 + self.of(&difference).exp());
        for (term, x) in difference.into_iter().filter(|(_, x)| *x != 0.0) {
            let weight = self.weights.entry(term).or_default();
            let gradient = L2.mul_add(*weight, -wrong * x);
            let square = squares.entry(term).or_insert(1e-6);
            *square += gradient * gradient;
            *weight -= RATE * gradient / square.sqrt();
        }
    }

    /// Scores of a problem's candidates.
    pub fn scores(&self, problem: &Problem) -> Vec<f64> {
        problem.candidates.iter().map(|row| self.of(&self.vector(&terms(&row.program)))).collect()
    }

    fn of(&self, vector: &Vector) -> f64 {
        vector.iter().filter_map(|(term, x)| Some(self.weights.get(term)? * x)).sum()
    }

    fn vector(&self, terms: &BTreeMap<u64, f64>) -> Vector {
        let weighted = |(term, count): (&u64, &f64)| Some((*term, count * self.rarity.get(term)?));
        let mut vector: Vector = terms.iter().filter_map(weighted).collect();
        let length = vector.values().map(|x| x * x).sum::<f64>().sqrt().max(1e-12);
        for x in vector.values_mut() {
            *x /= length;
        }
        vector
    }
}

/// How often each term is in a text.
fn terms(text: &str) -> BTreeMap<u64, f64> {
    let words = words(text);
    let mut terms = BTreeMap::new();
    for n in 1..=N {
        for run in words.windows(n) {
            *terms.entry(xxh3_64(run.join("\u{1f}").as_bytes())).or_default() += 1.0;
        }
    }
    terms
}

/// Names, numbers, and marks one by one.
fn words(text: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let length =
            if is_word(first) { rest.find(|c| !is_word(c)).unwrap_or(rest.len()) } else { first.len_utf8() };
        words.push(&rest[..length]);
        rest = rest[length..].trim_start();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_words_and_marks() {
        assert_eq!(words("  a_b1 = f(x,\n 2)"), ["a_b1", "=", "f", "(", "x", ",", "2", ")"]);
        assert_eq!(terms("a b a").len(), 2 + 2 + 1);
        assert_eq!(terms("").len(), 0);
    }
}
