//! Whether of those with a chance of 0.8 eight in ten are right.

use serde::{Deserialize, Serialize};

use crate::{Candidate, Statistic};

/// Candidates whose chances lie between two bounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Lower bound, which belongs to the bin.
    pub from: f64,
    /// Upper bound, which belongs to the next one; that of the last bin, 1, belongs to it.
    pub to: f64,
    /// Candidates.
    pub count: u64,
    /// Their mean chance; 0 of none.
    pub mean: f64,
    /// Share of right ones among them; 0 of none.
    pub passed: f64,
}

/// How far chances hold, over all candidates.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Bins of equal width from 0 to 1.
    pub bins: Vec<Bin>,
    /// Expected calibration error: mean over candidates of the distance between mean chance and share of right ones of their
    /// bin (Naeini et al. 2015; Guo et al., 1706.04599).
    pub ece: f64,
    /// Mean square of chance less outcome (Brier 1950).
    pub brier: f64,
    /// Candidates that this rests on.
    pub candidates: u64,
    /// Candidates left out, because their number is NaN or not between 0 and 1.
    pub invalid: u64,
}

/// Sums of a bin.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    count: f64,
    chance: f64,
    passed: f64,
}

impl Sums {
    fn add(&mut self, other: Self, weight: f64) {
        self.count += weight * other.count;
        self.chance += weight * other.chance;
        self.passed += weight * other.passed;
    }

    /// Distance between chances and outcomes, times candidates.
    fn distance(self) -> f64 {
        (self.chance - self.passed).abs()
    }
}

/// What one problem adds.
#[derive(Clone, Debug)]
struct Part {
    /// Bins that it has candidates in.
    bins: Vec<(usize, Sums)>,
    count: f64,
    squares: f64,
}

/// Chances and outcomes by problem, so that problems can be drawn again.
#[derive(Clone, Debug)]
pub struct Calibration {
    width: usize,
    parts: Vec<Part>,
    invalid: u64,
}

impl Calibration {
    /// Of the candidates of each problem, whose `score` is a chance, in this many bins (at least one).
    pub fn of<'a>(problems: impl IntoIterator<Item = &'a [Candidate]>, bins: usize) -> Self {
        let mut all = Self { width: bins.max(1), parts: Vec::new(), invalid: 0 };
        for candidates in problems {
            let part = all.part(candidates);
            all.parts.push(part);
        }
        all
    }

    fn part(&mut self, candidates: &[Candidate]) -> Part {
        let mut bins = vec![Sums::default(); self.width];
        let mut part = Part { bins: Vec::new(), count: 0.0, squares: 0.0 };
        for candidate in candidates {
            let Some(bin) = self.bin(candidate.score) else {
                self.invalid += u64::from(candidate.count);
                continue;
            };
            let (count, chance) = (f64::from(candidate.count), candidate.score);
            let passed = f64::from(u8::from(candidate.passed));
            bins[bin].add(Sums { count: 1.0, chance, passed }, count);
            part.count += count;
            part.squares += count * (chance - passed) * (chance - passed);
        }
        part.bins = bins.into_iter().enumerate().filter(|(_, sums)| sums.count > 0.0).collect();
        part
    }

    fn bin(&self, chance: f64) -> Option<usize> {
        if !(0.0..=1.0).contains(&chance) {
            return None;
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "between 0 and the width"
        )]
        let bin = (chance * self.width as f64) as usize;
        Some(bin.min(self.width - 1))
    }

    fn sums(&self, weights: &[u32]) -> (Vec<Sums>, f64, f64) {
        let mut bins = vec![Sums::default(); self.width];
        let (mut count, mut squares) = (0.0, 0.0);
        for (part, &weight) in self.parts.iter().zip(weights) {
            let weight = f64::from(weight);
            for &(bin, sums) in &part.bins {
                bins[bin].add(sums, weight);
            }
            count += weight * part.count;
            squares += weight * part.squares;
        }
        (bins, count, squares)
    }

    /// Over all problems; `None` where no candidate has a chance.
    pub fn reliability(&self) -> Option<Reliability> {
        let (sums, count, squares) = self.sums(&vec![1; self.parts.len()]);
        if count <= 0.0 {
            return None;
        }
        let bound = |at: usize| at as f64 / self.width as f64;
        let bin = |(at, sums): (usize, &Sums)| {
            let share = |sum: f64| if sums.count > 0.0 { sum / sums.count } else { 0.0 };
            Bin {
                from: bound(at),
                to: bound(at + 1),
                count: whole(sums.count),
                mean: share(sums.chance),
                passed: share(sums.passed),
            }
        };
        Some(Reliability {
            bins: sums.iter().enumerate().map(bin).collect(),
            ece: sums.iter().map(|sums| sums.distance()).sum::<f64>() / count,
            brier: squares / count,
            candidates: whole(count),
            invalid: self.invalid,
        })
    }

    /// [`Reliability::ece`], for a bootstrap. It is never below 0, so that small samples have a high one by chance alone, and
    /// an interval by percentiles lies too high.
    pub fn ece(&self) -> impl Statistic + '_ {
        Ece(self)
    }

    /// [`Reliability::brier`], for a bootstrap.
    pub fn brier(&self) -> impl Statistic + '_ {
        Brier(self)
    }

    fn uses(&self, problem: usize) -> bool {
        self.parts.get(problem).is_some_and(|part| part.count > 0.0)
    }
}

/// A sum of counts.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a sum of counts is whole and not negative"
)]
fn whole(count: f64) -> u64 {
    count as u64
}

struct Ece<'a>(&'a Calibration);

impl Statistic for Ece<'_> {
    fn uses(&self, problem: usize) -> bool {
        self.0.uses(problem)
    }

    fn value(&self, weights: &[u32]) -> Option<f64> {
        let (bins, count, _) = self.0.sums(weights);
        (count > 0.0).then(|| bins.iter().map(|sums| sums.distance()).sum::<f64>() / count)
    }
}

struct Brier<'a>(&'a Calibration);

impl Statistic for Brier<'_> {
    fn uses(&self, problem: usize) -> bool {
        self.0.uses(problem)
    }

    fn value(&self, weights: &[u32]) -> Option<f64> {
        let (_, count, squares) = self.0.sums(weights);
        (count > 0.0).then(|| squares / count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidates(chances: &[(f64, bool)]) -> Vec<Candidate> {
        chances.iter().map(|&(chance, passed)| Candidate::new(chance, passed)).collect()
    }

    #[test]
    fn errors_are_those_of_a_table_made_by_hand() {
        // Bins of a quarter: {.1, .2}: mean .15, none right; {.5, .6}: .55, one of two; {1}: right.
        let one = candidates(&[(0.1, false), (0.2, false), (0.5, true)]);
        let other = candidates(&[(0.6, false), (1.0, true)]);
        let calibration = Calibration::of([one.as_slice(), &other], 4);
        let found = calibration.reliability().unwrap();
        let counts: Vec<u64> = found.bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, [2, 0, 2, 1]);
        assert!((found.bins[0].mean - 0.15).abs() < 1e-15 && (found.bins[2].passed - 0.5).abs() < 1e-15);
        assert_eq!((found.bins[2].from, found.bins[2].to), (0.5, 0.75));
        // (2 * .15 + 2 * .05 + 1 * 0) / 5 and (.01 + .04 + .25 + .36 + 0) / 5.
        assert!((found.ece - 0.08).abs() < 1e-12 && (found.brier - 0.132).abs() < 1e-12, "{found:?}");
        let once = [1, 1];
        assert!((calibration.ece().value(&once).unwrap() - 0.08).abs() < 1e-12);
        assert!((calibration.brier().value(&once).unwrap() - 0.132).abs() < 1e-12);
        // The second problem alone, twice over: .6 wrong, 1 right.
        assert!((calibration.ece().value(&[0, 2]).unwrap() - 0.3).abs() < 1e-12);
        assert!((calibration.brier().value(&[0, 2]).unwrap() - 0.18).abs() < 1e-12);
    }

    #[test]
    fn what_is_no_chance_is_counted_and_left_out() {
        let bad = candidates(&[(f64::NAN, true), (1.5, true), (-0.1, false), (0.5, true)]);
        let found = Calibration::of([bad.as_slice()], 10).reliability().unwrap();
        assert_eq!((found.candidates, found.invalid), (1, 3));
        assert_eq!(Calibration::of([], 10).reliability(), None);
        assert_eq!(Calibration::of([&bad[..3]], 0).reliability(), None);
        assert!(Calibration::of([&bad[..3]], 10).ece().value(&[1]).is_none());
    }

    #[test]
    fn duplicates_count() {
        let one = [Candidate { count: 3, ..Candidate::new(0.25, true) }, Candidate::new(0.25, false)];
        let found = Calibration::of([one.as_slice()], 1).reliability().unwrap();
        assert_eq!((found.candidates, found.bins[0].passed), (4, 0.75));
        assert!((found.ece - 0.5).abs() < 1e-12);
    }
}
