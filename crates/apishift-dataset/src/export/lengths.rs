//! How long prompts and answers are, in a model's tokens.

use std::fmt;

use serde::Serialize;

/// Lengths of an export's prompts and answers, and what was cut for them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TokenLengths {
    /// Of prompts, with the beginning of the answer's turn where the tokenizer has a chat template.
    pub prompts: Quantiles,
    /// Of right answers, with the end of their turn; `None` where none is known.
    pub answers: Option<Quantiles>,
    /// Whether a chat template was applied: without one, the texts alone are counted.
    pub with_template: bool,
    /// Tokens that a prompt may have.
    pub limit: Option<usize>,
    /// Tasks whose prompts have more, and which are left out.
    pub left_out: usize,
}

/// Lengths, as people compare them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Quantiles {
    /// The least.
    pub min: usize,
    /// Half of all are this long at most.
    pub median: usize,
    /// 95 % are.
    pub p95: usize,
    /// 99 % are.
    pub p99: usize,
    /// The most.
    pub max: usize,
}

impl Quantiles {
    /// Of some lengths (nearest rank); `None` of none.
    pub fn of(mut lengths: Vec<usize>) -> Option<Self> {
        lengths.sort_unstable();
        let rank = |percent: usize| lengths.get((lengths.len() * percent).div_ceil(100).max(1) - 1).copied();
        Some(Self {
            min: *lengths.first()?,
            median: rank(50)?,
            p95: rank(95)?,
            p99: rank(99)?,
            max: *lengths.last()?,
        })
    }
}

impl fmt::Display for Quantiles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { min, median, p95, p99, max } = self;
        write!(f, "{min} to {max}, median {median}, 95 % at most {p95}, 99 % at most {p99}")
    }
}

impl fmt::Display for TokenLengths {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tokens of a prompt: {}", self.prompts)?;
        if let Some(answers) = self.answers {
            write!(f, "; of a right answer: {answers}")?;
        }
        f.write_str(if self.with_template {
            " (with the chat template)."
        } else {
            " (texts alone: the tokenizer has no chat template)."
        })?;
        if let Some(limit) = self.limit {
            write!(f, " {} tasks with more than {limit} are left out.", self.left_out)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_lengths_that_there_are() {
        assert_eq!(Quantiles::of(Vec::new()), None);
        let one = Quantiles::of(vec![7]).expect("one");
        assert_eq!((one.min, one.median, one.p99, one.max), (7, 7, 7, 7));
        let many = Quantiles::of((1..=200).rev().collect()).expect("many");
        assert_eq!((many.min, many.median, many.p95, many.p99, many.max), (1, 100, 190, 198, 200));
    }
}
