//! Scores of answers: by whom, and as a table.

use std::error::Error;

use serde::{Deserialize, Serialize};

use crate::ChatMessage;

/// What a scorer says of a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Scored {
    /// Higher is better; compared within a problem only.
    pub score: f64,
    /// Tokens that were read.
    pub tokens: usize,
    /// Whether the conversation was longer than the limit, and was read without its beginning.
    pub truncated: bool,
}

/// Says how good answers are, without running them. A model belongs to one thread; hand it conversations by the hundred: what they
/// share is computed once.
pub trait Scorer: Send {
    /// Scores of conversations that end with an answer, in their order; each is what it would be alone.
    fn score(
        &mut self,
        conversations: &[Vec<ChatMessage>],
    ) -> Result<Vec<Scored>, Box<dyn Error + Send + Sync>>;
}

/// One row of the table `scores`.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ScoreRow {
    /// Place of the answer in the input, from 0.
    pub row: u64,
    /// What the input calls it, where it does.
    pub id: Option<String>,
    /// Its problem, where the input says so.
    pub task_id: Option<String>,
    /// Higher is better; compared within a problem only.
    pub score: f64,
    /// Tokens that were read.
    pub tokens: u32,
    /// Whether the conversation was longer than the limit, and was read without its beginning.
    pub truncated: bool,
}
