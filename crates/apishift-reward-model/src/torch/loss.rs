//! Losses of a reward model.
//!
//! - Bradley-Terry: `-log sigmoid(chosen - rejected - margin)`, the mean over pairs (2506.10056, section on objectives; TRL's
//!   `RewardTrainer`), with `centre * mean((chosen + rejected)^2)` to keep scores around 0 (2312.09244; TRL recommends 0.01).
//! - Pointwise: the cross-entropy of `sigmoid(score)` against right or wrong.

use apishift_nn::torch::TorchError;
use serde::{Deserialize, Serialize};
use tch::{Reduction, Tensor};

/// How right and wrong scores are pulled apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct LossOptions {
    /// Added to what the right one has to be ahead by.
    pub margin: f64,
    /// How strongly scores are kept around 0.
    pub centre: f64,
    /// Each candidate by itself instead of pairs.
    pub pointwise: bool,
}

/// Bradley-Terry of scores `(P)` and `(P)`: pairs, the right ones first.
pub fn bradley_terry(chosen: &Tensor, rejected: &Tensor, options: LossOptions) -> Result<Tensor, TorchError> {
    if chosen.size() != rejected.size() || chosen.dim() != 1 {
        return Err(TorchError::Shape(format!(
            "scores of pairs are {:?} and {:?}",
            chosen.size(),
            rejected.size()
        )));
    }
    let ahead = chosen.f_sub(rejected)?.f_sub_scalar(options.margin)?;
    let loss = ahead.f_log_sigmoid()?.f_mean(None)?.f_neg()?;
    if options.centre == 0.0 {
        return Ok(loss);
    }
    let off = chosen.f_add(rejected)?.f_square()?.f_mean(None)?;
    Ok(loss.f_add(&off.f_mul_scalar(options.centre)?)?)
}

/// Cross-entropy of scores `(P)` against `(P)` of 1 and 0.
pub fn pointwise(scores: &Tensor, right: &Tensor) -> Result<Tensor, TorchError> {
    if scores.size() != right.size() {
        return Err(TorchError::Shape(format!("{:?} scores for {:?} labels", scores.size(), right.size())));
    }
    Ok(scores.f_binary_cross_entropy_with_logits::<Tensor>(right, None, None, Reduction::Mean)?)
}
