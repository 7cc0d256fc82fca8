//! Problems with their candidates, and as token ids.

use std::collections::BTreeMap;

use apishift_tokens::{ChatTokenizer, TokenizerError};
use apishift_types::{CandidateRow, ChatMessage, Split};

/// A problem and its candidates, in the order of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct Problem {
    /// The problem.
    pub task_id: String,
    /// What may not be divided between training and test.
    pub group: String,
    /// Which part of the data it belongs to.
    pub split: Split,
    /// Its candidates; each has a label.
    pub candidates: Vec<CandidateRow>,
}

impl Problem {
    /// Whether it has right and wrong candidates.
    pub fn is_mixed(&self) -> bool {
        let right = self.right().filter(|passed| *passed).count();
        right > 0 && right < self.candidates.len()
    }

    /// Whether each candidate is right.
    pub fn right(&self) -> impl Iterator<Item = bool> {
        self.candidates.iter().map(|row| row.passed == Some(true))
    }
}

/// Candidates by problem, problems in the order in which they first come. Candidates without a label are left out: how many.
pub fn problems(rows: Vec<CandidateRow>) -> (Vec<Problem>, usize) {
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let mut problems: Vec<Problem> = Vec::new();
    let mut unlabelled = 0;
    for row in rows {
        if row.passed.is_none() {
            unlabelled += 1;
            continue;
        }
        let place = *places.entry(row.task_id.clone()).or_insert(problems.len());
        if place == problems.len() {
            problems.push(Problem {
                task_id: row.task_id.clone(),
                group: row.group.clone(),
                split: row.split,
                candidates: Vec::new(),
            });
        }
        problems[place].candidates.push(row);
    }
    (problems, unlabelled)
}

/// A problem's texts as token ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoded {
    /// Ids of each candidate's conversation: what was asked, and the answer.
    pub texts: Vec<Vec<i64>>,
    /// How many tokens at the beginning are what was asked, the beginning of the assistant's turn with it.
    pub asked: Vec<usize>,
    /// How many texts were longer than the limit, and lost what was over it at their beginning.
    pub truncated: usize,
}

/// Encodes the conversations of a problem: of each at most the last `limit` tokens (2506.10056, section on inputs: left truncation).
pub fn encode(problem: &Problem, tokens: &ChatTokenizer, limit: usize) -> Result<Encoded, TokenizerError> {
    let mut encoded = Encoded { texts: Vec::new(), asked: Vec::new(), truncated: 0 };
    for row in &problem.candidates {
        let turn =
            |role: &str, content: &str| ChatMessage { role: role.to_owned(), content: content.to_owned() };
        let asked = [turn("user", &row.prompt)];
        let whole = [turn("user", &row.prompt), turn("assistant", &row.answer)];
        let prompt = tokens.encode(&asked, true)?;
        let ids = tokens.encode(&whole, false)?;
        let shared = prompt.iter().zip(&ids).take_while(|(one, other)| one == other).count();
        let over = ids.len().saturating_sub(limit);
        encoded.truncated += usize::from(over > 0);
        encoded.texts.push(ids.into_iter().skip(over).map(i64::from).collect());
        encoded.asked.push(shared.saturating_sub(over));
    }
    Ok(encoded)
}
