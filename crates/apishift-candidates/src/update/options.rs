//! How many candidates an example gets.

/// How many candidates an example gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpdateOptions {
    /// Wrong programs of one example, the old code among them, at most. Default 8.
    pub wrong: usize,
    /// Of those, faults that any program could have, at most. Default 2.
    pub general: usize,
    /// Of those, faults of one operator, at most. Default 2.
    pub per_operator: usize,
    /// Programs that say the new code in other words, at most. Default 2.
    pub equivalents: usize,
    /// What choices are made by. Default 0.
    pub seed: u64,
}

impl Default for UpdateOptions {
    fn default() -> Self {
        Self { wrong: 8, general: 2, per_operator: 2, equivalents: 2, seed: 0 }
    }
}
