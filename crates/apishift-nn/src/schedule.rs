//! Learning rates over a training.

use serde::{Deserialize, Serialize};

/// How the learning rate goes down after warming up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// It stays.
    Constant,
    /// In a straight line to 0.
    Linear,
    /// As half a wave of the cosine to 0.
    #[default]
    Cosine,
}

/// The learning rate of each step, as a share of its peak: what `transformers` has for the same names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Schedule {
    /// How it goes down.
    pub decay: Decay,
    /// Steps in which it goes up in a straight line from 0.
    pub warmup: usize,
    /// All steps.
    pub total: usize,
}

impl Schedule {
    /// The share of a step, counted from 0.
    pub fn at(&self, step: usize) -> f64 {
        if step < self.warmup {
            return step as f64 / self.warmup as f64;
        }
        let rest = self.total.saturating_sub(self.warmup).max(1) as f64;
        let done = ((step - self.warmup) as f64 / rest).min(1.0);
        match self.decay {
            Decay::Constant => 1.0,
            Decay::Linear => 1.0 - done,
            Decay::Cosine => 0.5 * (1.0 + (std::f64::consts::PI * done).cos()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_are_those_of_transformers() {
        // get_cosine_schedule_with_warmup(2, 10) and get_linear_schedule_with_warmup(2, 10), steps 0, 1, 2, 6, 10.
        let steps = [0, 1, 2, 6, 10];
        let cosine = Schedule { decay: Decay::Cosine, warmup: 2, total: 10 };
        let linear = Schedule { decay: Decay::Linear, ..cosine };
        for (step, (wave, line)) in
            steps.into_iter().zip([(0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.5, 0.5), (0.0, 0.0)])
        {
            assert!((cosine.at(step) - wave).abs() < 1e-12, "{step}: {}", cosine.at(step));
            assert!((linear.at(step) - line).abs() < 1e-12, "{step}: {}", linear.at(step));
        }
        assert!((cosine.at(4) - 0.853_553_390_593_273_8).abs() < 1e-12);
        assert!((Schedule { decay: Decay::Constant, warmup: 0, total: 0 }.at(7) - 1.0).abs() < 1e-12);
    }
}
