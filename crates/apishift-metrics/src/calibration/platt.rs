//! From a score to a chance, by a logistic curve.

use serde::{Deserialize, Serialize};

use crate::Candidate;

/// Steps at most; a handful is usual.
const MOST_STEPS: u32 = 100;

/// Size of the gradient, per candidate, at which the curve is found.
const FLAT: f64 = 1e-10;

/// `1 / (1 + exp(-(slope * score + offset)))`: Platt's scaling (J. Platt 1999).
///
/// A slope below 0 says that the scores order the validation data the wrong way round; it is left as it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Platt {
    /// What one more of score adds to the log-odds.
    pub slope: f64,
    /// Log-odds at score 0.
    pub offset: f64,
}

impl Platt {
    /// The curve of highest likelihood on these candidates, each taken `count` times, by Newton's steps halved where they lead
    /// upwards (Lin, Lin and Weng 2007). Right ones aim at `(r + 1) / (r + 2)` and wrong ones at `1 / (w + 2)`, for `r` right
    /// and `w` wrong ones, as Platt has it: so the curve stays finite where the scores part them without fault. Candidates
    /// whose score is not finite are left out; `None` where none remains. Equal scores give their share of right ones, and no
    /// slope.
    pub fn fit(candidates: &[Candidate]) -> Option<Self> {
        let points: Vec<&Candidate> = candidates
            .iter()
            .filter(|candidate| candidate.score.is_finite() && candidate.count > 0)
            .collect();
        let scale = Scale::of(&points)?;
        let count = |is_right: bool| -> f64 {
            points.iter().filter(|point| point.passed == is_right).map(|point| f64::from(point.count)).sum()
        };
        let (right, wrong) = (count(true), count(false));
        let fit = Fit {
            aims: [1.0 / (wrong + 2.0), (right + 1.0) / (right + 2.0)],
            count: right + wrong,
            points: &points,
            scale,
        };
        let (slope, offset) = fit.run(((right + 1.0) / (wrong + 1.0)).ln());
        Some(Self { slope: slope / scale.deviation, offset: offset - slope * scale.mean / scale.deviation })
    }

    /// The chance that a candidate of this score is right; NaN of NaN.
    pub fn chance(self, score: f64) -> f64 {
        // Of an infinite score, no slope would make NaN.
        let logit = if self.slope == 0.0 && score.is_infinite() {
            self.offset
        } else {
            self.slope * score + self.offset
        };
        logistic(logit)
    }
}

fn logistic(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

/// Scores are fitted as distances from their mean, in standard deviations.
#[derive(Clone, Copy)]
struct Scale {
    mean: f64,
    /// 1 where all scores are equal.
    deviation: f64,
}

impl Scale {
    fn of(points: &[&Candidate]) -> Option<Self> {
        let mut count = 0.0;
        let (mut mean, mut squares) = (0.0, 0.0);
        // Welford's sums: large scores that differ little keep their difference.
        for point in points {
            let weight = f64::from(point.count);
            count += weight;
            let before = point.score - mean;
            mean += before * weight / count;
            squares += weight * before * (point.score - mean);
        }
        let deviation = (squares / count).sqrt();
        let deviation = if deviation.is_normal() { deviation } else { 1.0 };
        (count > 0.0 && mean.is_finite()).then_some(Self { mean, deviation })
    }
}

/// The search for the curve, on scaled scores.
struct Fit<'a> {
    /// Of wrong and right candidates.
    aims: [f64; 2],
    /// Candidates.
    count: f64,
    points: &'a [&'a Candidate],
    scale: Scale,
}

impl Fit<'_> {
    /// Scaled score, aim and weight of each point.
    fn points(&self) -> impl Iterator<Item = (f64, f64, f64)> {
        self.points.iter().map(|point| {
            let score = (point.score - self.scale.mean) / self.scale.deviation;
            (score, self.aims[usize::from(point.passed)], f64::from(point.count))
        })
    }

    /// Slope and offset, from no slope and this offset.
    fn run(&self, offset: f64) -> (f64, f64) {
        let (mut slope, mut offset) = (0.0, offset);
        let mut loss = self.loss(slope, offset);
        for _ in 0..MOST_STEPS {
            let ((by_slope, by_offset), (slope_step, offset_step)) = self.step(slope, offset);
            if f64::max(by_slope.abs(), by_offset.abs()) < FLAT * self.count {
                break;
            }
            let descent = by_slope * slope_step + by_offset * offset_step;
            let mut size = 1.0;
            let next = loop {
                let (new_slope, new_offset) = (slope - size * slope_step, offset - size * offset_step);
                let new_loss = self.loss(new_slope, new_offset);
                // A ten-thousandth of what the slope of the loss promises.
                if new_loss <= loss - 1e-4 * size * descent {
                    break Some((new_slope, new_offset, new_loss));
                }
                size /= 2.0;
                if size < 1e-10 {
                    break None;
                }
            };
            let Some(next) = next else { break };
            (slope, offset, loss) = next;
        }
        (slope, offset)
    }

    /// Cross-entropy against the aims, summed.
    fn loss(&self, slope: f64, offset: f64) -> f64 {
        self.points()
            .map(|(score, aim, weight)| {
                let logit = slope * score + offset;
                // `ln(1 + exp(x)) - aim x`, without overflow.
                weight * (logit.max(0.0) + (-logit.abs()).exp().ln_1p() - aim * logit)
            })
            .sum()
    }

    /// Gradient by slope and offset, and Newton's step.
    fn step(&self, slope: f64, offset: f64) -> ((f64, f64), (f64, f64)) {
        // A trace on the diagonal, so that equal scores have a step too.
        let (mut h_ss, mut h_so, mut h_oo) = (1e-12, 0.0, 1e-12);
        let (mut by_slope, mut by_offset) = (0.0, 0.0);
        for (score, aim, weight) in self.points() {
            let chance = logistic(slope * score + offset);
            let curve = weight * chance * (1.0 - chance);
            h_ss += curve * score * score;
            h_so += curve * score;
            h_oo += curve;
            by_slope += weight * (chance - aim) * score;
            by_offset += weight * (chance - aim);
        }
        let determinant = h_ss * h_oo - h_so * h_so;
        let slope_step = (h_oo * by_slope - h_so * by_offset) / determinant;
        let offset_step = (h_ss * by_offset - h_so * by_slope) / determinant;
        ((by_slope, by_offset), (slope_step, offset_step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// So many right and wrong ones at each of two scores.
    fn two_scores(low: (f64, u32, u32), high: (f64, u32, u32)) -> Vec<Candidate> {
        [low, high]
            .into_iter()
            .flat_map(|(score, right, wrong)| {
                [(true, right), (false, wrong)]
                    .map(|(passed, count)| Candidate { count, ..Candidate::new(score, passed) })
            })
            .collect()
    }

    #[test]
    fn two_scores_get_their_shares() {
        // With two scores the curve goes through the mean aim of each. 40 right: 41/42; 60 wrong: 1/62.
        let candidates = two_scores((-1000.0, 10, 40), (1000.0, 30, 20));
        let platt = Platt::fit(&candidates).unwrap();
        let mean_aim = |right: f64, wrong: f64| (right * 41.0 / 42.0 + wrong / 62.0) / (right + wrong);
        assert!((platt.chance(-1000.0) - mean_aim(10.0, 40.0)).abs() < 1e-9, "{platt:?}");
        assert!((platt.chance(1000.0) - mean_aim(30.0, 20.0)).abs() < 1e-9, "{platt:?}");
        assert!(platt.chance(0.0) > platt.chance(-1000.0));
    }

    #[test]
    fn a_faultless_score_has_a_finite_curve() {
        let platt = Platt::fit(&two_scores((0.0, 0, 8), (1.0, 8, 0))).unwrap();
        // Aims 1/10 and 9/10.
        assert!(
            (platt.chance(0.0) - 0.1).abs() < 1e-9 && (platt.chance(1.0) - 0.9).abs() < 1e-9,
            "{platt:?}"
        );
        assert!((platt.slope - 2.0 * 9_f64.ln()).abs() < 1e-6);
    }

    #[test]
    fn scores_that_say_nothing_have_no_slope() {
        let equal = two_scores((5.0, 3, 6), (5.0, 0, 0));
        let platt = Platt::fit(&equal).unwrap();
        // 3 right aim at 4/5, 6 wrong at 1/8.
        let mean_aim = (3.0 * 0.8 + 6.0 / 8.0) / 9.0;
        assert!((platt.chance(5.0) - mean_aim).abs() < 1e-9 && platt.slope.abs() < 1e-9, "{platt:?}");
        assert!(platt.chance(f64::INFINITY).is_finite());
        // One kind only: near its aim, and finite.
        let right = Platt::fit(&two_scores((0.0, 4, 0), (1.0, 4, 0))).unwrap();
        assert!((right.chance(0.5) - 0.9).abs() < 1e-6, "{right:?}");
    }

    #[test]
    fn what_is_not_finite_is_left_out() {
        let mut candidates = two_scores((0.0, 2, 8), (1.0, 8, 2));
        let clean = Platt::fit(&candidates).unwrap();
        candidates
            .extend([f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(|score| Candidate::new(score, true)));
        assert_eq!(Platt::fit(&candidates), Some(clean));
        assert_eq!((Platt::fit(&candidates[4..]), Platt::fit(&[])), (None, None));
        assert!(clean.chance(f64::NAN).is_nan());
        assert_eq!((clean.chance(f64::INFINITY), clean.chance(f64::NEG_INFINITY)), (1.0, 0.0));
    }

    #[test]
    fn the_wrong_way_round_is_a_falling_curve() {
        let platt = Platt::fit(&two_scores((0.0, 8, 2), (1.0, 2, 8))).unwrap();
        assert!(platt.slope < 0.0);
    }
}
