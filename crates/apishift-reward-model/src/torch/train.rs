//! Training a head on what a frozen decoder sees.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    time::{Duration, Instant},
};

pub use apishift_nn::torch::Trained;
use apishift_nn::{
    ModelConfig, Schedule,
    torch::{AdamW, AdamWOptions, TorchError, clip, load_tensors, save_tensors},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tch::{Kind, Tensor};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{Features, Head, LossOptions, PackFeatures, bradley_terry, pointwise};
use crate::{DrawOptions, Pair, PairOptions, draw, pairs};

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
    /// Candidates of a problem that a step looks at.
    pub draw: DrawOptions,
    /// Pairs of those.
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
            draw: DrawOptions::default(),
            pairs: PairOptions { most: None },
            loss: LossOptions::default(),
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
    /// Length of the gradient, before it was shortened; none where it was not finite, and the step was left out.
    pub norm: Option<f64>,
    /// The learning rate.
    pub rate: f64,
    /// Seconds that the step took, without validation.
    pub seconds: f64,
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
    /// The state of a training that was stopped cannot be read.
    #[error("go on with the training in {}: {why}; without the file it starts anew", path.display())]
    State {
        /// Its file.
        path: PathBuf,
        /// What is wrong.
        why: String,
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
/// best, and how it went. `tell` says whether to go on. With `keep`, a training that was stopped, killed even, goes on where its state
/// was last kept, and on a CPU ends with the weights that it would have had.
pub fn train(
    config: &ModelConfig,
    layers: usize,
    mut trained: Trained,
    (training, validation): (&[Sample<'_>], &[Sample<'_>]),
    options: &TrainOptions,
    keep: Option<&Keep>,
    tell: &mut dyn FnMut(&Progress) -> bool,
) -> Result<(Trained, Vec<Progress>), TrainError> {
    let head = |trained: &Trained| Head::of(config, layers, trained);
    let mixed = |(_, right): &Sample<'_>| right.contains(&true) && right.contains(&false);
    let places: Vec<usize> = (0..training.len()).filter(|place| mixed(&training[*place])).collect();
    if places.is_empty() {
        return Err(TrainError::NoPairs { problems: training.len() });
    }
    let batch_size = options.batch.max(1);
    let per_epoch = places.len().div_ceil(batch_size);
    let total = per_epoch * options.epochs;
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of a count")]
    let warmup = (total as f64 * options.warmup) as usize;
    let schedule = Schedule { decay: apishift_nn::Decay::Cosine, warmup, total };
    let mut state = State::start(&trained, options)?;
    if let Some(keep) = keep {
        state.resume(&mut trained, keep)?;
    }
    let mut last_kept = Instant::now();
    while state.step < total && state.waited < options.patience.max(1) {
        let epoch = state.step / per_epoch;
        let epoch_seed = options.seed.wrapping_add(epoch as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut order = places.clone();
        order.sort_by_key(|place| (xxh3_64_with_seed(&place.to_le_bytes(), epoch_seed), *place));
        let batch: Vec<usize> =
            order.into_iter().skip(state.step % per_epoch * batch_size).take(batch_size).collect();
        let started = Instant::now();
        let (loss, accuracy) = accumulate(&|| head(&trained), training, &batch, options, epoch_seed)?;
        if !loss.is_finite() {
            return Err(TrainError::NotFinite { step: state.step, problems: batch, loss });
        }
        let mut gradient = trained.take_gradient()?;
        let norm = Some(clip(&mut gradient, options.clip)?.norm).filter(|norm| norm.is_finite());
        let rate = options.rate * schedule.at(state.step + 1);
        if norm.is_some() {
            state.optimiser.step(&mut trained, &gradient, rate)?;
        }
        let seconds = started.elapsed().as_secs_f64();
        state.step += 1;
        let ends = state.step % per_epoch == 0;
        let score = ends.then(|| validate(&head(&trained)?, validation)).transpose()?;
        if let Some(score) = score {
            // Without problems to validate on, the last is the best.
            if score > state.best || validation.is_empty() {
                (state.best, state.kept, state.waited) = (score, trained.flat().copy(), 0);
            } else {
                state.waited += 1;
            }
        }
        let progress = Progress {
            step: state.step,
            steps: total,
            epoch: state.step as f64 / per_epoch as f64,
            loss,
            accuracy,
            norm,
            rate,
            seconds,
            validation: score,
        };
        state.history.push(progress);
        let goes_on = tell(&progress);
        if let Some(keep) = keep.filter(|keep| ends || !goes_on || last_kept.elapsed() >= keep.every) {
            state.keep(&trained, keep)?;
            last_kept = Instant::now();
        }
        if !goes_on {
            return Err(TrainError::Stopped);
        }
    }
    trained.set(&state.kept)?;
    Ok((trained, state.history))
}

/// Where the state of a training is kept, so that it can go on.
#[derive(Clone, Debug)]
pub struct Keep {
    /// The file. It is there until whoever trains removes it.
    pub path: PathBuf,
    /// Pause between two times; it is kept at the end of every epoch too.
    pub every: Duration,
    /// What makes it the same training: a state with another hash is left alone, and training starts anew.
    pub identity: u64,
}

/// A training on its way.
struct State {
    optimiser: AdamW,
    step: usize,
    /// The best validation, and the parameters `(P)` that had it.
    best: f64,
    kept: Tensor,
    /// Epochs without a better one.
    waited: usize,
    history: Vec<Progress>,
}

impl State {
    fn start(trained: &Trained, options: &TrainOptions) -> Result<Self, TorchError> {
        Ok(Self {
            optimiser: AdamW::new(trained, options.adam)?,
            step: 0,
            best: f64::NEG_INFINITY,
            kept: trained.flat().copy(),
            waited: 0,
            history: Vec::new(),
        })
    }

    fn keep(&self, trained: &Trained, keep: &Keep) -> Result<(), TrainError> {
        let [mean, square] = self.optimiser.state();
        let told = Told {
            identity: keep.identity,
            best: self.best.to_bits(),
            waited: self.waited,
            history: self.history.clone(),
        };
        let told = serde_json::to_vec(&told)
            .map_err(|error| TrainError::State { path: keep.path.clone(), why: error.to_string() })?;
        let tensors = [
            ("best", self.kept.shallow_clone()),
            ("master", trained.flat().shallow_clone()),
            ("mean", mean.shallow_clone()),
            ("square", square.shallow_clone()),
            ("told", Tensor::from_slice(&told)),
        ];
        Ok(save_tensors(&keep.path, &tensors.map(|(name, tensor)| (name.to_owned(), tensor)), &[])?)
    }

    /// Goes on where the state was kept, if it was, and is of this training.
    fn resume(&mut self, trained: &mut Trained, keep: &Keep) -> Result<(), TrainError> {
        if !keep.path.is_file() {
            return Ok(());
        }
        let wrong = |why: String| TrainError::State { path: keep.path.clone(), why };
        let mut found: BTreeMap<String, Tensor> = load_tensors(&keep.path)?.into_iter().collect();
        let mut take = |name: &str| found.remove(name).ok_or_else(|| wrong(format!("it has no `{name}`")));
        let told = Vec::<u8>::try_from(take("told")?).map_err(|error| wrong(error.to_string()))?;
        let told: Value = serde_json::from_slice(&told).map_err(|error| wrong(error.to_string()))?;
        // Before all else: another version may have kept other things.
        if told.get("identity").and_then(Value::as_u64) != Some(keep.identity) {
            return Ok(());
        }
        let told: Told = serde_json::from_value(told).map_err(|error| wrong(error.to_string()))?;
        let device = trained.flat().device();
        let mut moved =
            |name: &str| Ok::<_, TrainError>(take(name)?.f_to_device(device).map_err(TorchError::from)?);
        trained.set(&moved("master")?)?;
        self.kept = moved("best")?;
        self.step = told.history.len();
        let steps =
            i32::try_from(told.history.iter().filter(|one| one.norm.is_some()).count()).unwrap_or(i32::MAX);
        self.optimiser.resume(&moved("mean")?, &moved("square")?, steps)?;
        self.best = f64::from_bits(told.best);
        self.waited = told.waited;
        self.history = told.history;
        Ok(())
    }
}

/// What is kept beside tensors.
#[derive(Serialize, Deserialize)]
struct Told {
    identity: u64,
    /// Its bits: the text of a number can be another one.
    best: u64,
    waited: usize,
    history: Vec<Progress>,
}

/// Gradients of a batch's mean loss: its loss, and the share of its pairs in the right order. One problem at a time: memory holds what
/// one of them needs.
fn accumulate(
    head: &dyn Fn() -> Result<Head, TorchError>,
    training: &[Sample<'_>],
    batch: &[usize],
    options: &TrainOptions,
    seed: u64,
) -> Result<(f64, f64), TorchError> {
    let (mut sum, mut right_order, mut count) = (0.0, 0.0, 0.0);
    for place in batch {
        let (features, right) = training[*place];
        let seed = seed ^ *place as u64;
        let places = draw(right, options.draw, seed);
        let right: Vec<bool> = places.iter().map(|place| right[*place]).collect();
        // Anew for each: what is computed of the parameters is freed with the gradients.
        let scores = score_some(&head()?, features, &places)?;
        let drawn = pairs(&right, options.pairs, seed);
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

/// Scores of some of a problem's candidates, `(Q)`, in the order of `places`; nothing is computed for the others.
fn score_some(head: &Head, features: &Features, places: &[usize]) -> Result<Tensor, TorchError> {
    let count = i64::try_from(places.len()).unwrap_or(0);
    let mut scores = Tensor::f_zeros([count], (Kind::Float, tch::Device::Cpu))?;
    for whole in &features.packs {
        let (pack, nodes) = whole.pack.only(places);
        if pack.is_empty() {
            continue;
        }
        let nodes: Vec<i64> = nodes.into_iter().filter_map(|node| i64::try_from(node).ok()).collect();
        let states = whole.states.f_index_select(1, &Tensor::f_from_slice(&nodes)?)?;
        let place = |number: usize| places.iter().position(|place| *place == number);
        let order: Vec<i64> =
            Head::order(&pack).filter_map(place).filter_map(|place| i64::try_from(place).ok()).collect();
        let found = head.scores(&PackFeatures { pack, states })?.f_to_device(tch::Device::Cpu)?;
        scores = scores.f_index_add(0, &Tensor::f_from_slice(&order)?, &found)?;
    }
    Ok(scores)
}

/// Scores of a problem's candidates, `(Q)`, in their order. An empty text has the score 0.
fn score_problem(head: &Head, features: &Features) -> Result<Tensor, TorchError> {
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

/// [`pairwise`] of a head.
fn validate(head: &Head, problems: &[Sample<'_>]) -> Result<f64, TorchError> {
    Ok(pairwise(&scores(head, problems)?, problems))
}

/// Mean pairwise accuracy over problems that have right and wrong candidates; 0.5 where there are none.
pub(super) fn pairwise(scores: &[Vec<f64>], problems: &[Sample<'_>]) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for (scores, (_, right)) in scores.iter().zip(problems) {
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
    if count > 0.0 { sum / count } else { 0.5 }
}
