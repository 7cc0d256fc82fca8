//! A linear head on the mean of a text's states, and the decoder layer that computes it.
//!
//! On a frozen decoder the mean over a text says more of a whole program than its last token does (notebooks/LOG.md has the figures),
//! but what others load as a sequence classifier looks at the last token. A layer can be both: with queries and keys of 0 its attention
//! is the mean over all tokens before; one row of values maps each token's normed state to its part of the score; the output adds the
//! mean to one dimension of the last token's state, which `score.weight` reads.
//!
//! Exactly: with `m` the mean of normed states `h / rms(h)`, weights `w` and the last token's own state `x`, the score is
//! `a (x_j + c w m) / rms(x + c w m e_j)`. `j` is a dimension in which `x` is small, `c` small enough for the root to stay what it is
//! without the addition, and `a` such that one unit of the score is one of `w m`: what is left of `x` is next to the same for all
//! answers to one question, since `x` is the end of a turn.

use apishift_nn::{
    ModelConfig,
    torch::{Pack, TorchError},
};
use tch::{Kind, Tensor};

use crate::Pair;

/// Newton steps at most.
const STEPS: usize = 30;

/// How large the addition is beside the state that it is added to, at most.
const SHARE: f64 = 0.1;

/// Of a problem's texts, in their order: means of normed states, `(Q, C)`, and the states of their last tokens, `(Q, C)`, both in 64 bits.
#[derive(Debug)]
pub(super) struct Means {
    pub(super) means: Tensor,
    pub(super) last: Tensor,
}

impl Means {
    /// Of texts of which nothing was seen yet: zeros, which those of empty texts stay.
    pub(super) fn none(texts: usize, config: &ModelConfig) -> Result<Self, TorchError> {
        let options = (Kind::Double, tch::Device::Cpu);
        let shape = [size(texts)?, size(config.hidden)?];
        Ok(Self { means: Tensor::f_zeros(shape, options)?, last: Tensor::f_zeros(shape, options)? })
    }

    /// How many texts.
    pub(super) fn count(&self) -> usize {
        self.means.size().first().and_then(|count| usize::try_from(*count).ok()).unwrap_or(0)
    }

    /// Adds the texts of a pack: what goes into the last layer, `(1, N, C)`.
    pub(super) fn add(
        &mut self,
        pack: &Pack,
        states: &Tensor,
        config: &ModelConfig,
    ) -> Result<(), TorchError> {
        let states = states.f_squeeze_dim(0)?.f_to_kind(Kind::Float)?;
        let normed = states.f_rms_norm([size(config.hidden)?], None::<&Tensor>, config.epsilon)?;
        let nodes = pack.len();
        let texts = pack.texts();
        let mut share = vec![0.0_f32; texts.len() * nodes];
        let (mut order, mut ends) = (Vec::new(), Vec::new());
        for (row, (number, path)) in texts.iter().enumerate() {
            for node in path {
                share[row * nodes + node] = 1.0 / path.len() as f32;
            }
            order.push(size(*number)?);
            ends.push(size(path.last().copied().unwrap_or(0))?);
        }
        let share = Tensor::f_from_slice(&share)?.f_view([size(texts.len())?, size(nodes)?])?;
        let order = Tensor::f_from_slice(&order)?;
        let found = share.f_matmul(&normed)?.f_to_kind(Kind::Double)?;
        self.means = self.means.f_index_add(0, &order, &found)?;
        let found = states.f_index_select(0, &Tensor::f_from_slice(&ends)?)?.f_to_kind(Kind::Double)?;
        self.last = self.last.f_index_add(0, &order, &found)?;
        Ok(())
    }

    /// Scores that weights, `(C)`, give.
    pub(super) fn scores(&self, weights: &Tensor) -> Result<Vec<f64>, TorchError> {
        Ok(Vec::<f64>::try_from(self.means.f_mv(weights)?)?)
    }
}

fn size(count: usize) -> Result<i64, TorchError> {
    i64::try_from(count).map_err(|_too_large| TorchError::Shape(format!("{count} of a problem")))
}

/// The weights, `(C)`, of least `-log sigmoid(w (m_chosen - m_rejected))`, the mean over the pairs of a problem and then over problems,
/// with `l2 |w|^2` on standardised features: convex, found by Newton's steps.
pub(super) fn fit(problems: &[(&Means, &[Pair])], l2: f64) -> Result<Tensor, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let (mut rows, mut weights) = (Vec::new(), Vec::new());
    let mixed = problems.iter().filter(|(_, pairs)| !pairs.is_empty());
    let count = mixed.clone().count().max(1) as f64;
    for (means, pairs) in mixed {
        let column = |of: fn(&Pair) -> usize| {
            let column: Vec<i64> = pairs.iter().filter_map(|pair| i64::try_from(of(pair)).ok()).collect();
            means.means.f_index_select(0, &Tensor::f_from_slice(&column)?)
        };
        rows.push(column(|pair| pair.chosen)?.f_sub(&column(|pair| pair.rejected)?)?);
        weights.extend(std::iter::repeat_n(1.0 / (count * pairs.len() as f64), pairs.len()));
    }
    let x = Tensor::f_cat(&rows, 0)?;
    let weights = Tensor::f_from_slice(&weights)?;
    let scale =
        x.f_square()?.f_mean_dim([0_i64].as_slice(), false, Kind::Double)?.f_sqrt()?.f_add_scalar(1e-9)?;
    let x = x.f_div(&scale)?;
    let width = x.size2()?.1;
    let mut found = Tensor::f_zeros([width], (Kind::Double, tch::Device::Cpu))?;
    let pull = Tensor::f_eye(width, (Kind::Double, tch::Device::Cpu))?.f_mul_scalar(2.0 * l2)?;
    for _ in 0..STEPS {
        let wrong = x.f_mv(&found)?.f_neg()?.f_sigmoid()?;
        let gradient = x
            .f_transpose(0, 1)?
            .f_mv(&wrong.f_mul(&weights)?)?
            .f_neg()?
            .f_add(&found.f_mul_scalar(2.0 * l2)?)?;
        let curve = wrong.f_mul(&wrong.f_neg()?.f_add_scalar(1.0)?)?.f_mul(&weights)?;
        let hessian = x.f_transpose(0, 1)?.f_matmul(&x.f_mul(&curve.f_unsqueeze(-1)?)?)?.f_add(&pull)?;
        let step = Tensor::f_linalg_solve(&hessian, &gradient, true)?;
        found = found.f_sub(&step)?;
        if step.f_abs()?.f_max()?.f_double_value(&[])? < 1e-8 {
            break;
        }
    }
    Ok(found.f_div(&scale)?)
}

/// The same as [`layer`] with weights of 0, to be trained: a step of training changes what the mean counts for `FASTER` times as much as it
/// changes any other parameter, since it starts from nothing, and the layers below from a language model. Every head has a share in it,
/// and the keys are those of the language model, `(KD, C)`: attention starts as the mean, queries of 0, and can learn where to look.
pub(super) fn start(
    config: &ModelConfig,
    seen: &[&Means],
    keys: &Tensor,
) -> Result<Vec<(String, Tensor)>, TorchError> {
    /// How much larger than 1 a score may be expected to become.
    const SCORE: f64 = 10.0;
    const FASTER: f64 = 20.0;
    let _no_grad = tch::no_grad_guard();
    let width = size(config.hidden)?;
    let weights = Tensor::f_zeros([width], (Kind::Double, tch::Device::Cpu))?;
    let Scales { quiet, root, share } = Scales::of(config, seen, SCORE)?;
    let mut named = with_scales(config, &weights, &Scales { quiet, root, share: share * FASTER })?;
    for (name, tensor) in &mut named {
        if name.ends_with("self_attn.k_proj.weight") {
            tensor.f_copy_(keys)?;
        } else if name.ends_with("self_attn.o_proj.weight") {
            for head in 0..config.heads {
                let _ = tensor
                    .f_get(quiet)?
                    .f_get(size(head * config.head_dim)?)?
                    .f_fill_(share * FASTER / config.heads as f64)?;
            }
        } else if name == "score.weight" {
            let _ = tensor.f_get(0)?.f_get(quiet)?.f_fill_(root / share)?;
        }
    }
    Ok(named)
}

/// The parameters of a last layer, a norm and a score that give `weights`, `(C)`, of the mean; `seen`: problems to choose scales by.
pub(super) fn layer(
    config: &ModelConfig,
    weights: &Tensor,
    seen: &[&Means],
) -> Result<Vec<(String, Tensor)>, TorchError> {
    let _no_grad = tch::no_grad_guard();
    let means: Vec<&Tensor> = seen.iter().map(|means| &means.means).collect();
    let largest = Tensor::f_cat(&means, 0)?.f_mv(weights)?.f_abs()?.f_max()?.f_double_value(&[])?;
    with_scales(config, weights, &Scales::of(config, seen, largest)?)
}

/// What a layer's numbers are chosen by.
struct Scales {
    /// The dimension of the last token's state that the mean is added to.
    quiet: i64,
    /// Root mean square of the last tokens' states.
    root: f64,
    /// What one unit of the score adds to that dimension.
    share: f64,
}

impl Scales {
    /// `largest`: of the scores.
    fn of(config: &ModelConfig, seen: &[&Means], largest: f64) -> Result<Self, TorchError> {
        let last: Vec<&Tensor> = seen.iter().map(|means| &means.last).collect();
        let last = Tensor::f_cat(&last, 0)?;
        let quiet = last.f_abs()?.f_mean_dim([0_i64].as_slice(), false, Kind::Double)?.f_argmin(0, false)?;
        let quiet = quiet.f_int64_value(&[])?;
        let root = last.f_square()?.f_mean_dim([-1_i64].as_slice(), false, Kind::Double)?.f_sqrt()?;
        let root = root.f_mean(None)?.f_double_value(&[])?;
        let length = root * (config.hidden as f64).sqrt();
        Ok(Self { quiet, root, share: SHARE * length / largest.max(1e-12) })
    }
}

fn with_scales(
    config: &ModelConfig,
    weights: &Tensor,
    scales: &Scales,
) -> Result<Vec<(String, Tensor)>, TorchError> {
    let Scales { quiet, root, share } = *scales;
    let mut named = Vec::new();
    for (name, shape) in super::head::head_names(config, 1)? {
        let shape: Vec<i64> = shape.iter().filter_map(|size| i64::try_from(*size).ok()).collect();
        let options = (Kind::Float, tch::Device::Cpu);
        let tensor = Tensor::f_zeros(shape.as_slice(), options)?;
        let part = name.rsplit_once("layers.").map_or(name.as_str(), |(_, part)| part);
        let part = part.split_once('.').map_or(part, |(_, part)| part);
        match part {
            "self_attn.v_proj.weight" => {
                tensor.f_get(0)?.f_copy_(&weights.f_to_kind(Kind::Float)?)?;
            }
            "self_attn.o_proj.weight" => {
                let _ = tensor.f_get(quiet)?.f_get(0)?.f_fill_(share)?;
            }
            _ if name == "score.weight" => {
                let _ = tensor.f_get(0)?.f_get(quiet)?.f_fill_(root / share)?;
            }
            _ if part.ends_with("norm.weight") || name == "model.norm.weight" => {
                let _ = tensor.shallow_clone().f_fill_(1.0)?;
            }
            _ => {}
        }
        named.push((name, tensor));
    }
    Ok(named)
}
