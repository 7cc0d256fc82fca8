//! Training a head on what a frozen decoder sees.

pub use apishift_nn::torch::Trained;
use apishift_nn::{
    ModelConfig, Schedule,
    torch::{AdamW, AdamWOptions, TorchError, clip},
};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Features, Head, LossOptions, bradley_terry, pointwise};
use crate::{Pair, PairOptions, pairs};

/// How a head is trained. The published values (2506.10056: 2 epochs, 5e-6) are for a whole model; a head on a frozen one learns
/// faster and from more passes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrainOptions {
    /// Passes over the problems.
    pub epochs: usize,
    /// Problems of a step.
    pub batch: usize,
    /// The highest learning rate.
    pub rate: f64,
    /// Share of the steps in which it goes up.
    pub warmup: f64,
    /// The optimiser.
    pub adam: AdamWOptions,
    /// Longest gradient.
    pub clip: f64,
    /// Pairs of a problem.
    pub pairs: PairOptions,
    /// The loss.
    pub loss: LossOptions,
    /// Epochs without a better validation after which training ends.
    pub patience: usize,
    /// Seed of orders and pairs.
    pub seed: u64,
}

impl Default for TrainOptions {
    fn default() -> Self {
        Self {
            epochs: 12,
            batch: 8,
            rate: 3e-4,
            warmup: 0.1,
            adam: AdamWOptions { weight_decay: 0.01, ..AdamWOptions::default() },
            clip: 1.0,
            pairs: PairOptions { most: None },
            loss: LossOptions { centre: 0.01, ..LossOptions::default() },
            patience: 4,
            seed: 0,
        }
    }
}

/// A problem to learn from: what the decoder sees in its candidates, and which are right.
pub type Sample<'a> = (&'a Features, &'a [bool]);

/// How training goes, after each step or validation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// Steps done.
    pub step: usize,
    /// All steps.
    pub steps: usize,
    /// Passes done, with part of one.
    pub epoch: f64,
    /// Mean loss of the step.
    pub loss: f64,
    /// Share of the step's pairs in the right order.
    pub accuracy: f64,
    /// Length of the gradient, before it was shortened.
    pub norm: f64,
    /// The learning rate.
    pub rate: f64,
    /// Mean pairwise accuracy over the problems of the validation set, where this step ends an epoch.
    pub validation: Option<f64>,
}

/// A training that came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum TrainError {
    /// libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
    /// Whoever was told how it goes said to stop.
    #[error("train: stopped")]
    Stopped,
    /// Nothing to learn from.
    #[error("train: none of the {problems} problems has right and wrong candidates")]
    NoPairs {
        /// Problems.
        problems: usize,
    },
    /// The loss is no number.
    #[error("train: the loss of step {step} (problems {problems:?}) is {loss}; a lower `rate` may help")]
    NotFinite {
        /// The step.
        step: usize,
        /// Places of its problems in what was given.
        problems: Vec<usize>,
        /// The loss.
        loss: f64,
    },
}

/// Trains the last `layers` layers of a model, its norm and a score, from what they are; gives them as they were when validation was
/// best. `tell` says whether to go on.
pub fn train(
    config: &ModelConfig,
    layers: usize,
    mut trained: Trained,
    (training, validation): (&[Sample<'_>], &[Sample<'_>]),
    options: &TrainOptions,
    tell: &mut dyn FnMut(&Progress) -> bool,
) -> Result<Trained, TrainError> {
    let head = Head::of(config, layers, &trained)?;
    let mut optimiser = AdamW::new(&trained, options.adam)?;
    let mixed = |(_, right): &Sample<'_>| right.contains(&true) && right.contains(&false);
    let places: Vec<usize> = (0..training.len()).filter(|place| mixed(&training[*place])).collect();
    if places.is_empty() {
        return Err(TrainError::NoPairs { problems: training.len() });
    }
    let per_epoch = places.len().div_ceil(options.batch.max(1));
    let total = per_epoch * options.epochs;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let warmup = (total as f64 * options.warmup) as usize;
    let schedule = Schedule { decay: apishift_nn::Decay::Cosine, warmup, total };
    let (mut best, mut kept, mut waited) = (f64::NEG_INFINITY, trained.flat().copy(), 0);
    let mut step = 0;
    for epoch in 0..options.epochs {
        let epoch_seed = options.seed.wrapping_add(epoch as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut order = places.clone();
        order.sort_by_key(|place| (xxh3_64_with_seed(&place.to_le_bytes(), epoch_seed), *place));
        for batch in order.chunks(options.batch.max(1)) {
            let (loss, accuracy) = accumulate(&head, training, batch, options, epoch_seed)?;
            if !loss.is_finite() {
                return Err(TrainError::NotFinite { step, problems: batch.to_vec(), loss });
            }
            let mut gradient = trained.take_gradient()?;
            let norm = clip(&mut gradient, options.clip)?.norm;
            let rate = options.rate * schedule.at(step + 1);
            if norm.is_finite() {
                optimiser.step(&mut trained, &gradient, rate)?;
            }
            step += 1;
            let ends = step % per_epoch == 0;
            let score = ends.then(|| validate(&head, validation)).transpose()?;
            let epoch = step as f64 / per_epoch as f64;
            let steps = total;
            if !tell(&Progress { step, steps, epoch, loss, accuracy, norm, rate, validation: score }) {
                return Err(TrainError::Stopped);
            }
            if let Some(score) = score {
                // Without problems to validate on, the last is the best.
                if score > best || validation.is_empty() {
                    (best, kept, waited) = (score, trained.flat().copy(), 0);
                } else {
                    waited += 1;
                }
            }
        }
        if waited >= options.patience.max(1) {
            break;
        }
    }
    trained.set(&kept)?;
    Ok(trained)
}

/// Gradients of a batch's mean loss: its loss, and the share of its pairs in the right order.
fn accumulate(
    head: &Head,
    training: &[Sample<'_>],
    batch: &[usize],
    options: &TrainOptions,
    seed: u64,
) -> Result<(f64, f64), TorchError> {
    let (mut sum, mut right_order, mut count) = (0.0, 0.0, 0.0);
    for place in batch {
        let (features, right) = training[*place];
        let scores = score_problem(head, features)?;
        let drawn = pairs(right, options.pairs, seed ^ *place as u64);
        let column = |of: fn(&Pair) -> usize| {
            let column: Vec<i64> = drawn.iter().filter_map(|pair| i64::try_from(of(pair)).ok()).collect();
            scores.f_index_select(0, &Tensor::f_from_slice(&column)?)
        };
        let (chosen, rejected) = (column(|pair| pair.chosen)?, column(|pair| pair.rejected)?);
        let loss = if options.loss.pointwise {
            let labels: Vec<f32> = right.iter().map(|right| f32::from(u8::from(*right))).collect();
            pointwise(&scores, &Tensor::f_from_slice(&labels)?)?
        } else {
            bradley_terry(&chosen, &rejected, options.loss)?
        };
        loss.f_div_scalar(batch.len() as f64)?.f_backward()?;
        sum += loss.f_double_value(&[])?;
        right_order += chosen.f_gt_tensor(&rejected)?.f_sum(Kind::Double)?.f_double_value(&[])?;
        count += drawn.len() as f64;
    }
    Ok((sum / batch.len().max(1) as f64, right_order / f64::max(count, 1.0)))
}

/// Scores of a problem's candidates, `(Q)`, in their order. An empty text has the score 0.
pub(super) fn score_problem(head: &Head, features: &Features) -> Result<Tensor, TorchError> {
    let count = i64::try_from(features.scalars.len()).unwrap_or(0);
    let mut scores = Tensor::f_zeros([count], (Kind::Float, tch::Device::Cpu))?;
    for pack in &features.packs {
        let order: Vec<i64> =
            Head::order(&pack.pack).filter_map(|number| i64::try_from(number).ok()).collect();
        let found = head.scores(pack)?.f_to_device(tch::Device::Cpu)?;
        scores = scores.f_index_add(0, &Tensor::f_from_slice(&order)?, &found)?;
    }
    Ok(scores)
}

/// Scores of problems that a head has, in the order of their candidates.
pub fn scores(head: &Head, problems: &[Sample<'_>]) -> Result<Vec<Vec<f64>>, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let one = |(features, _): &Sample<'_>| {
        Ok(Vec::<f64>::try_from(score_problem(head, features)?.f_to_kind(Kind::Double)?)?)
    };
    problems.iter().map(one).collect()
}

/// Mean pairwise accuracy over problems that have right and wrong candidates; 0.5 where there are none.
pub(super) fn validate(head: &Head, problems: &[Sample<'_>]) -> Result<f64, TorchError> {
    let (mut sum, mut count) = (0.0, 0.0);
    for (scores, (_, right)) in scores(head, problems)?.iter().zip(problems) {
        let of = |wanted: bool| scores.iter().zip(right.iter()).filter(move |(_, is)| **is == wanted);
        let (mut won, mut all) = (0.0, 0.0);
        for (chosen, _) in of(true) {
            for (rejected, _) in of(false) {
                all += 1.0;
                won += if chosen > rejected {
                    1.0
                } else if chosen < rejected {
                    0.0
                } else {
                    0.5
                };
            }
        }
        if all > 0.0 {
            sum += won / all;
            count += 1.0;
        }
    }
    Ok(if count > 0.0 { sum / count } else { 0.5 })
}
