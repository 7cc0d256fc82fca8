//! Confidence intervals by drawing problems again.

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::{DRAWS, Statistic};

/// Draws, unless said otherwise: from seed to seed the ends of a 95 % interval then move by about 2 % of its width (the standard
/// error of a normal quantile, `sqrt(0.025 * 0.975 / 1000) / 0.0584` standard deviations).
pub const RESAMPLES: u32 = 1000;

/// Share of draws inside the interval.
const LEVEL: f64 = 0.95;

/// What is drawn as a whole: a problem, or all problems of one API change, whose results hang together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Cluster(u64);

impl Cluster {
    /// By its name; equal names are one cluster.
    pub fn named(name: &str) -> Self {
        Self(xxh3_64_with_seed(name.as_bytes(), 0))
    }
}

/// Ends of a 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// A number and how far it can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// On all problems, each once.
    pub value: f64,
    /// Percentiles 2.5 and 97.5 of the draws; `None` where fewer than two clusters say something, which no draw can tell apart.
    pub interval: Option<Interval>,
    /// Problems that say something of it.
    pub problems: u64,
    /// Clusters that these belong to.
    pub clusters: u64,
}

/// Draws of problems, the same ones for every statistic that it is asked for.
///
/// In each draw a cluster counts as often as a Poisson number with mean 1 says that is hashed from seed, draw and cluster: the
/// Poisson bootstrap (Hanley and `MacGibbon` 2006; Chamandy et al. 2012), which for means and ratios has the intervals of Efron's
/// draws with replacement, and in which one more problem leaves the draws of all others as they are. Draws where nothing is left
/// are passed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bootstrap {
    /// Of each problem, in the order of the statistics.
    pub clusters: Vec<Cluster>,
    /// How many draws.
    pub resamples: u32,
    /// Where the draws come from.
    pub seed: u64,
}

impl Bootstrap {
    /// Each problem by itself, known by its place.
    pub fn over_problems(problems: usize, seed: u64) -> Self {
        let clusters = (0..problems as u64).map(Cluster).collect();
        Self { clusters, resamples: RESAMPLES, seed }
    }

    /// By the names of the problems' clusters: those of one name are drawn together.
    pub fn over_clusters<'a>(names: impl IntoIterator<Item = &'a str>, seed: u64) -> Self {
        Self { clusters: names.into_iter().map(Cluster::named).collect(), resamples: RESAMPLES, seed }
    }

    /// The statistic with its interval; `None` where it has no value.
    pub fn estimate(&self, statistic: &dyn Statistic) -> Option<Estimate> {
        self.estimates(&[statistic]).pop().flatten()
    }

    /// Each statistic with its interval, all on the same draws.
    pub fn estimates(&self, statistics: &[&dyn Statistic]) -> Vec<Option<Estimate>> {
        let mut drawn: Vec<Vec<f64>> = vec![Vec::with_capacity(self.resamples as usize); statistics.len()];
        let mut weights = vec![[0; DRAWS]; self.clusters.len()];
        for first in (0..self.resamples).step_by(DRAWS) {
            let draws = (self.resamples - first) as usize;
            for (weights, cluster) in weights.iter_mut().zip(&self.clusters) {
                for (draw, weight) in (first..).zip(weights) {
                    *weight = self.weight(draw, *cluster);
                }
            }
            for (values, statistic) in drawn.iter_mut().zip(statistics) {
                values.extend(statistic.values(&weights).into_iter().take(draws).flatten());
            }
        }
        let once = vec![1; self.clusters.len()];
        statistics
            .iter()
            .zip(drawn)
            .map(|(statistic, values)| {
                let (problems, clusters) = self.support(*statistic);
                let interval = if clusters < 2 { None } else { percentiles(values) };
                Some(Estimate { value: statistic.value(&once)?, interval, problems, clusters })
            })
            .collect()
    }

    /// How often the cluster counts in this draw.
    fn weight(&self, draw: u32, cluster: Cluster) -> u32 {
        let mut bytes = [0; 12];
        bytes[..8].copy_from_slice(&cluster.0.to_le_bytes());
        bytes[8..].copy_from_slice(&draw.to_le_bytes());
        poisson(xxh3_64_with_seed(&bytes, self.seed))
    }

    /// Problems and clusters that say something.
    fn support(&self, statistic: &dyn Statistic) -> (u64, u64) {
        let mut used: Vec<Cluster> = self
            .clusters
            .iter()
            .enumerate()
            .filter(|(problem, _)| statistic.uses(*problem))
            .map(|(_, cluster)| *cluster)
            .collect();
        let problems = used.len() as u64;
        used.sort_unstable();
        used.dedup();
        (problems, used.len() as u64)
    }
}

/// A Poisson number with mean 1 from 64 random bits, by its distribution function.
fn poisson(bits: u64) -> u32 {
    /// More has a chance below one in 10^15.
    const MOST: u32 = 17;
    // 53 bits: all that a float between 0 and 1 holds.
    let uniform = (bits >> 11) as f64 / (1_u64 << 53) as f64;
    let mut number = 0;
    let mut chance = (-1_f64).exp();
    let mut sum = chance;
    while uniform >= sum && number < MOST {
        number += 1;
        chance /= f64::from(number);
        sum += chance;
    }
    number
}

/// The ends of the interval; `None` where nothing could be drawn.
fn percentiles(mut values: Vec<f64>) -> Option<Interval> {
    values.sort_by(f64::total_cmp);
    let tail = (1.0 - LEVEL) / 2.0;
    Some(Interval { low: quantile(&values, tail)?, high: quantile(&values, 1.0 - tail)? })
}

/// Between the two nearest values, by distance (Hyndman and Fan 1996, type 7).
fn quantile(sorted: &[f64], share: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let place = share.clamp(0.0, 1.0) * last as f64;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "between 0 and the last place"
    )]
    let below = place.floor() as usize;
    let (low, high) = (sorted[below], sorted[(below + 1).min(last)]);
    Some(low + (high - low) * (place - below as f64))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Difference, Means};

    #[test]
    fn weights_have_the_chances_of_poisson() {
        let bootstrap = Bootstrap::over_problems(0, 3);
        let mut seen = [0_u32; 4];
        for draw in 0..20_000 {
            let weight = bootstrap.weight(draw, Cluster::named("numpy.alltrue"));
            seen[(weight as usize).min(3)] += 1;
        }
        // e^-1, e^-1, e^-1 / 2 and the rest, of 20,000, within four standard deviations.
        for (seen, expected) in seen.into_iter().zip([7357.6, 7357.6, 3678.8, 1606.0]) {
            assert!((f64::from(seen) - expected).abs() < 280.0, "{seen} {expected}");
        }
        assert_eq!((poisson(0), poisson(u64::MAX)), (0, 17));
    }

    #[test]
    fn the_interval_is_that_of_the_standard_error() {
        // 400 problems, 100 of value 1: s.e. = sqrt(.25 * .75 / 400) = .02165; 1.96 of it on each side.
        let means = Means((0..400).map(|at| Some(f64::from(u8::from(at % 4 == 0)))).collect());
        let estimate = Bootstrap::over_problems(400, 1).estimate(&means).unwrap();
        let Interval { low, high } = estimate.interval.unwrap();
        assert!((low - 0.2076).abs() < 0.005 && (high - 0.2924).abs() < 0.005, "{estimate:?}");
        assert_eq!((estimate.value, estimate.problems, estimate.clusters), (0.25, 400, 400));
    }

    #[test]
    fn problems_of_one_cluster_are_not_400_witnesses() {
        // The same values in 20 clusters of 20 that agree among themselves: s.e. = sqrt(.25 * .75 / 20) = .0968.
        let means = Means((0..400).map(|at| Some(f64::from(u8::from(at / 20 % 4 == 0)))).collect());
        let names: Vec<String> = (0..400).map(|at| format!("change-{}", at / 20)).collect();
        let estimate =
            Bootstrap::over_clusters(names.iter().map(String::as_str), 1).estimate(&means).unwrap();
        let Interval { low, high } = estimate.interval.unwrap();
        assert!(high - low > 0.3 && high - low < 0.45, "{estimate:?}");
        assert_eq!((estimate.value, estimate.clusters), (0.25, 20));
    }

    #[test]
    fn a_constant_advantage_has_a_narrow_difference() {
        let noisy: Vec<f64> = (0..50).map(|at| f64::from(at % 10) / 20.0).collect();
        let one = Means(noisy.iter().map(|value| Some(value + 0.1)).collect());
        let other = Means(noisy.iter().map(|&value| Some(value)).collect());
        let bootstrap = Bootstrap::over_problems(50, 5);
        let difference = bootstrap.estimate(&Difference(&one, &other)).unwrap();
        let Interval { low, high } = difference.interval.unwrap();
        assert!((low - 0.1).abs() < 1e-12 && (high - 0.1).abs() < 1e-12, "{difference:?}");
        let alone = bootstrap.estimate(&one).unwrap().interval.unwrap();
        assert!(alone.high - alone.low > 0.05, "{alone:?}");
    }

    #[test]
    fn seeds_repeat_and_order_does_not_matter() {
        let names = ["a", "b", "c", "d", "e"];
        let values = [Some(0.1), Some(0.9), None, Some(0.4), Some(0.3)];
        let bootstrap = Bootstrap::over_clusters(names, 11);
        let estimate = bootstrap.estimate(&Means(values.to_vec()));
        assert_eq!(estimate, bootstrap.estimate(&Means(values.to_vec())));
        let turned = Bootstrap::over_clusters(names.into_iter().rev(), 11);
        let back = turned.estimate(&Means(values.into_iter().rev().collect())).unwrap();
        let (there, back) = (estimate.unwrap().interval.unwrap(), back.interval.unwrap());
        assert!((there.low - back.low).abs() < 1e-12 && (there.high - back.high).abs() < 1e-12);
    }

    #[test]
    fn too_little_has_no_interval() {
        let bootstrap = Bootstrap::over_problems(3, 0);
        assert_eq!(bootstrap.estimate(&Means(vec![None; 3])), None);
        let alone = bootstrap.estimate(&Means(vec![None, Some(0.5), None])).unwrap();
        assert_eq!((alone.value, alone.interval, alone.problems), (0.5, None, 1));
        assert_eq!(Bootstrap::over_problems(0, 0).estimate(&Means(vec![])), None);
        let none = Bootstrap { resamples: 0, ..Bootstrap::over_problems(2, 0) };
        assert_eq!(none.estimate(&Means(vec![Some(0.0), Some(1.0)])).unwrap().interval, None);
    }

    /// Counts the draws that it is asked about.
    #[derive(Default)]
    struct Counted(std::cell::Cell<u32>);

    impl Statistic for Counted {
        fn uses(&self, _: usize) -> bool {
            true
        }

        fn value(&self, _: &[u32]) -> Option<f64> {
            self.0.set(self.0.get() + 1);
            Some(f64::from(self.0.get()))
        }
    }

    #[test]
    fn only_so_many_draws_count() {
        let bootstrap = Bootstrap { resamples: 11, ..Bootstrap::over_problems(2, 0) };
        // Values 1 to 11 of the draws: the 2.5 % point is 1.25, the 97.5 % point 10.75.
        let interval = bootstrap.estimate(&Counted::default()).unwrap().interval.unwrap();
        assert!((interval.low - 1.25).abs() < 1e-12 && (interval.high - 10.75).abs() < 1e-12, "{interval:?}");
    }

    #[test]
    fn quantiles_lie_between_values() {
        assert_eq!(quantile(&[0.0, 1.0, 2.0, 3.0, 4.0], 0.5), Some(2.0));
        assert_eq!(quantile(&[0.0, 1.0, 2.0], 0.75), Some(1.5));
        assert_eq!((quantile(&[], 0.5), quantile(&[7.0], 0.975)), (None, Some(7.0)));
    }
}
