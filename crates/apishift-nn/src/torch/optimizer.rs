//! `AdamW` on flat buffers, with state that can be kept.

use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};

use super::{TorchError, Trained};

/// What [`AdamW`] does, but for the learning rate, which each step is given.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct AdamWOptions {
    /// Share of the mean that stays in a step.
    pub beta1: f64,
    /// Share of the mean of squares that stays.
    pub beta2: f64,
    /// Added to the root of the mean of squares.
    pub epsilon: f64,
    /// Share of a parameter that goes in a step, times the learning rate.
    pub weight_decay: f64,
}

impl Default for AdamWOptions {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weight_decay: 0.0 }
    }
}

/// `AdamW` (1711.05101), the arithmetic of PyTorch's: all parameters at once.
#[derive(Debug)]
pub struct AdamW {
    options: AdamWOptions,
    /// `(P)`: means of gradients.
    mean: Tensor,
    /// `(P)`: means of their squares.
    square: Tensor,
    steps: i32,
}

impl AdamW {
    /// An optimiser that has seen nothing.
    pub fn new(trained: &Trained, options: AdamWOptions) -> Result<Self, TorchError> {
        let zeros = || trained.flat().f_zeros_like();
        Ok(Self { options, mean: zeros()?, square: zeros()?, steps: 0 })
    }

    /// Steps that were done.
    pub fn steps(&self) -> i32 {
        self.steps
    }

    /// Its state: both buffers, `(P)`.
    pub fn state(&self) -> [&Tensor; 2] {
        [&self.mean, &self.square]
    }

    /// Goes on where another one was.
    pub fn resume(&mut self, mean: &Tensor, square: &Tensor, steps: i32) -> Result<(), TorchError> {
        if mean.size() != self.mean.size() || square.size() != self.square.size() {
            let found = (mean.size(), square.size());
            return Err(TorchError::Shape(format!("a state of {found:?} for {:?}", self.mean.size())));
        }
        tch::no_grad(|| {
            let _ = self.mean.f_copy_(mean);
            self.square.f_copy_(square).map(drop)
        })?;
        self.steps = steps;
        Ok(())
    }

    /// One step against a gradient, `(P)`.
    pub fn step(&mut self, trained: &mut Trained, gradient: &Tensor, rate: f64) -> Result<(), TorchError> {
        let AdamWOptions { beta1, beta2, epsilon, weight_decay } = self.options;
        self.steps += 1;
        let update = tch::no_grad(|| {
            let _ = self.mean.f_lerp_(gradient, 1.0 - beta1)?;
            let _ = self.square.f_mul_scalar_(beta2)?;
            let _ = self.square.f_add_(&gradient.f_square()?.f_mul_scalar(1.0 - beta2)?)?;
            let (first, second) = (1.0 - beta1.powi(self.steps), 1.0 - beta2.powi(self.steps));
            let root = self.square.f_sqrt()?.f_div_scalar(second.sqrt())?.f_add_scalar(epsilon)?;
            self.mean.f_div(&root)?.f_mul_scalar(rate / first)
        })?;
        trained.subtract(&update, rate * weight_decay)
    }
}

/// What [`clip`] saw.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clipped {
    /// Length of the gradient before; not finite where the step has to be left out.
    pub norm: f64,
}

/// Shortens a gradient, `(P)`, to at most `limit`. One that is not finite is left as it is: the step is the caller's to leave out.
pub fn clip(gradient: &mut Tensor, limit: f64) -> Result<Clipped, TorchError> {
    tch::no_grad(|| {
        // In 64 bits: the sum of a hundred million squares loses digits in 32.
        let norm = gradient.f_norm_scalaropt_dtype(2.0, Kind::Double)?.f_double_value(&[])?;
        if norm.is_finite() && norm > limit {
            // PyTorch's clip_grad_norm_ divides by a little more than the norm.
            let _ = gradient.f_mul_scalar_(limit / (norm + 1e-6))?;
        }
        Ok(Clipped { norm })
    })
}
