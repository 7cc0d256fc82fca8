//! A linear Bradley-Terry model over a handful of features: for combining scores, and for baselines.

use serde::{Deserialize, Serialize};

use crate::Pair;

/// How a linear model is fitted.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LinearOptions {
    /// Strength of the pull towards 0, per problem, on standardised features.
    pub l2: f64,
    /// Newton steps at most.
    pub steps: usize,
}

impl Default for LinearOptions {
    fn default() -> Self {
        Self { l2: 0.01, steps: 50 }
    }
}

/// Weights of features; a score is their sum.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinearModel {
    /// A weight for each feature.
    pub weights: Vec<f64>,
}

/// A problem's candidates as features, and its pairs.
pub(crate) type Sample<'a> = (&'a [Vec<f64>], &'a [Pair]);

impl LinearModel {
    /// Fits `-log sigmoid(w (x_chosen - x_rejected))`, the mean over pairs of a problem and then over problems, with L2, by Newton's
    /// method: convex, so that there is one answer. Features are scaled by their spread within problems.
    pub fn fit(samples: &[Sample<'_>], width: usize, options: LinearOptions) -> Self {
        let differences: Vec<Vec<Vec<f64>>> = samples.iter().map(|sample| differences(*sample)).collect();
        let scale = scale(&differences, width);
        let mut weights = vec![0.0; width];
        for _ in 0..options.steps {
            let (gradient, hessian) = derivatives(&differences, &weights, &scale, options.l2);
            let Some(step) = solve(hessian, gradient) else { break };
            for (weight, step) in weights.iter_mut().zip(&step) {
                *weight -= step;
            }
            if step.iter().all(|step| step.abs() < 1e-9) {
                break;
            }
        }
        Self { weights: weights.iter().zip(&scale).map(|(weight, scale)| weight * scale).collect() }
    }

    /// The score of features; features that are not there count as 0.
    pub fn score(&self, features: &[f64]) -> f64 {
        self.weights.iter().zip(features).map(|(weight, feature)| weight * feature).sum()
    }
}

fn differences((features, pairs): Sample<'_>) -> Vec<Vec<f64>> {
    let difference = |pair: &Pair| {
        let both = features.get(pair.chosen)?.iter().zip(features.get(pair.rejected)?);
        Some(both.map(|(chosen, rejected)| chosen - rejected).collect())
    };
    pairs.iter().filter_map(difference).collect()
}

/// One over the root mean square of each feature's differences; 0 for one that never differs.
fn scale(differences: &[Vec<Vec<f64>>], width: usize) -> Vec<f64> {
    let count = differences.iter().map(Vec::len).sum::<usize>().max(1) as f64;
    let one = |place: usize| {
        let squares = differences.iter().flatten().map(|difference| difference[place].powi(2)).sum::<f64>();
        let root = (squares / count).sqrt();
        if root > 1e-12 && root.is_finite() { 1.0 / root } else { 0.0 }
    };
    (0..width).map(one).collect()
}

fn derivatives(
    differences: &[Vec<Vec<f64>>],
    weights: &[f64],
    scale: &[f64],
    l2: f64,
) -> (Vec<f64>, Vec<Vec<f64>>) {
    let width = weights.len();
    let problems = differences.iter().filter(|pairs| !pairs.is_empty()).count().max(1) as f64;
    let mut gradient: Vec<f64> = weights.iter().map(|weight| l2 * weight).collect();
    let mut hessian = vec![vec![0.0; width]; width];
    for (place, row) in hessian.iter_mut().enumerate() {
        row[place] = l2.max(1e-9);
    }
    for pairs in differences {
        let share = 1.0 / (problems * pairs.len().max(1) as f64);
        for difference in pairs {
            let x: Vec<f64> = difference.iter().zip(scale).map(|(x, scale)| x * scale).collect();
            let margin: f64 = x.iter().zip(weights).map(|(x, weight)| x * weight).sum();
            let wrong = 1.0 / (1.0 + margin.exp());
            for (place, x_here) in x.iter().enumerate() {
                gradient[place] -= share * wrong * x_here;
                for (other, x_there) in x.iter().enumerate() {
                    hessian[place][other] += share * wrong * (1.0 - wrong) * x_here * x_there;
                }
            }
        }
    }
    (gradient, hessian)
}

/// Solves `a x = b` by elimination with pivots; `None` where it cannot be.
fn solve(mut a: Vec<Vec<f64>>, mut b: Vec<f64>) -> Option<Vec<f64>> {
    let n = b.len();
    for column in 0..n {
        let pivot =
            (column..n).max_by(|one, other| a[*one][column].abs().total_cmp(&a[*other][column].abs()))?;
        if !a[pivot][column].is_finite() || a[pivot][column].abs() < 1e-300 {
            return None;
        }
        a.swap(column, pivot);
        b.swap(column, pivot);
        for row in column + 1..n {
            let factor = a[row][column] / a[column][column];
            if factor != 0.0 {
                let (above, below) = a.split_at_mut(row);
                for (x, y) in below[0][column..].iter_mut().zip(&above[column][column..]) {
                    *x -= factor * y;
                }
                b[row] -= factor * b[column];
            }
        }
    }
    for row in (0..n).rev() {
        let known: f64 = (row + 1..n).map(|column| a[row][column] * b[column]).sum();
        b[row] = (b[row] - known) / a[row][row];
    }
    Some(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_that_tells_gets_the_weight() {
        // The first feature tells, the second is the same everywhere, the third tells nothing.
        let features: Vec<Vec<Vec<f64>>> = (0..40)
            .map(|number| {
                let noise = f64::from(number % 7) - 3.0;
                vec![vec![2.0 + noise, 5.0, noise], vec![1.0 + noise, 5.0, -noise], vec![noise, 5.0, 0.5]]
            })
            .collect();
        let pairs = [Pair { chosen: 0, rejected: 1 }, Pair { chosen: 0, rejected: 2 }];
        let samples: Vec<Sample<'_>> =
            features.iter().map(|features| (features.as_slice(), &pairs[..])).collect();
        let model = LinearModel::fit(&samples, 3, LinearOptions::default());
        assert!(model.weights[0] > 10.0 * model.weights[2].abs(), "{model:?}");
        assert!(model.weights[1].abs() < 1e-12);
        assert!(model.score(&features[3][0]) > model.score(&features[3][2]));
    }

    #[test]
    fn one_feature_is_fitted_as_by_hand() {
        // Of four pairs, three have the feature on the chosen side. Without a pull: sigmoid(w) = 3/4, so w = ln 3.
        let right = vec![vec![1.0], vec![0.0]];
        let pair = [Pair { chosen: 0, rejected: 1 }];
        let other = [Pair { chosen: 1, rejected: 0 }];
        let samples: Vec<Sample<'_>> =
            [&pair, &pair, &pair, &other].into_iter().map(|pairs| (right.as_slice(), &pairs[..])).collect();
        let model = LinearModel::fit(&samples, 1, LinearOptions { l2: 0.0, steps: 100 });
        assert!((model.weights[0] - 3.0_f64.ln()).abs() < 1e-6, "{model:?}");
        assert_eq!(LinearModel::fit(&[], 2, LinearOptions::default()).weights, [0.0, 0.0]);
    }
}
