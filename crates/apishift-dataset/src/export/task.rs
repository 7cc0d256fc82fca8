//! What is asked, and what is right: from examples, and from candidates.

use std::collections::BTreeMap;

use apishift_types::{ApiUpdate, ChatMessage, Split};
use serde_json::{Map, Value, json};

use super::prompt;

/// What is asked, and what is known of its answers.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    pub(super) id: String,
    pub(super) split: Split,
    pub(super) data_source: &'static str,
    pub(super) package: String,
    pub(super) old_version: String,
    pub(super) new_version: String,
    pub(super) prompt: String,
    /// JSON of what rewards compare with.
    pub(super) truth: String,
    /// Code that is right, where it is known.
    pub(super) solution: Option<String>,
    /// Reasoning that leads there, where somebody wrote it.
    pub(super) reasoning: Option<String>,
    pub(super) entry_point: String,
    pub(super) tests_json: String,
    /// Answers that are right and wrong, as an assistant would give them.
    pub(super) right: Vec<String>,
    pub(super) wrong: Vec<String>,
    /// The example that it was made of.
    pub(super) update: Option<ApiUpdate>,
}

impl Task {
    /// The task of an example: its new code is right, its old code wrong.
    pub fn of_update(row: ApiUpdate) -> Self {
        Self {
            id: row.id.clone(),
            split: row.split,
            data_source: "api_update",
            package: row.dependency.clone(),
            old_version: prompt::bare(&row.old_version).to_owned(),
            new_version: prompt::bare(&row.new_version).to_owned(),
            prompt: prompt::of_update(&row),
            truth: truth(&row),
            solution: Some(row.new_code.clone()),
            reasoning: Some(row.update_info.clone()),
            entry_point: String::new(),
            tests_json: String::new(),
            right: vec![prompt::answer(None, &row.new_code)],
            wrong: vec![prompt::answer(None, &row.old_code)],
            update: Some(row),
        }
    }
}

impl Task {
    /// What is asked, as the exports carry it.
    pub fn conversation(&self) -> Vec<ChatMessage> {
        vec![prompt::user(&self.prompt)]
    }

    /// The same with each right answer.
    pub fn answered(&self) -> impl Iterator<Item = Vec<ChatMessage>> {
        self.right.iter().map(|answer| vec![prompt::user(&self.prompt), prompt::assistant(answer)])
    }
}

/// JSON of what the rewards of an example compare with.
fn truth(row: &ApiUpdate) -> String {
    let mut truth = Map::new();
    truth.insert("new_code".to_owned(), row.new_code.as_str().into());
    truth.insert("old_code".to_owned(), row.old_code.as_str().into());
    if let Some(signature) = &row.target_signature {
        truth.insert("target_signature".to_owned(), signature.as_str().into());
    }
    Value::Object(truth).to_string()
}

/// Why a row is no candidate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CandidateError {
    /// A column is missing.
    #[error("find the {what}: there is no column {columns}")]
    Missing {
        /// What was looked for.
        what: &'static str,
        /// Where.
        columns: &'static str,
    },
    /// A column holds something else than it should.
    #[error("read the column `{column}`: it has to be {wanted}")]
    Type {
        /// The column.
        column: &'static str,
        /// What it should hold.
        wanted: &'static str,
    },
}

/// Tasks of candidates, which come row by row: one for each problem.
#[derive(Debug, Default)]
pub struct Candidates {
    tasks: BTreeMap<String, Task>,
}

impl Candidates {
    /// Adds a row: `task_id` (or `problem_id`), `prompt`, `program` or `candidate`, tests, and `passed` where it is known.
    pub fn add(&mut self, row: &Map<String, Value>) -> Result<(), CandidateError> {
        let id = first(row, &["task_id", "problem_id", "question_id"])?.ok_or(CandidateError::Missing {
            what: "problem",
            columns: "`task_id`, `problem_id` or `question_id`",
        })?;
        let prompt = first(row, &["prompt", "question"])?
            .ok_or(CandidateError::Missing { what: "prompt", columns: "`prompt` or `question`" })?;
        let program = match first(row, &["program"])? {
            Some(program) => Some(program),
            None => first(row, &["candidate", "completion"])?.map(|rest| format!("{prompt}{rest}")),
        };
        let passed = match row.get("passed") {
            None | Some(Value::Null) => None,
            Some(Value::Bool(passed)) => Some(*passed),
            Some(_) => return Err(CandidateError::Type { column: "passed", wanted: "true or false" }),
        };
        let entry_point = first(row, &["entry_point"])?.unwrap_or_default();
        let tests = ["tests", "test", "test_list", "input_output"].into_iter().find_map(|name| row.get(name));
        let tests_json = tests.filter(|tests| !tests.is_null()).map(ToString::to_string).unwrap_or_default();
        let solution = first(row, &["canonical_solution"])?.map(|rest| format!("{prompt}{rest}"));
        let task = self.tasks.entry(id.clone()).or_insert_with(|| Task {
            id,
            split: Split::Train,
            data_source: "problem",
            package: String::new(),
            old_version: String::new(),
            new_version: String::new(),
            truth: json!({ "tests": tests, "entry_point": entry_point, "prompt": prompt }).to_string(),
            prompt: format!(
                "Complete this program. Give all of it in a ```python block.\n{}",
                prompt::block(&prompt)
            ),
            solution,
            reasoning: None,
            entry_point,
            tests_json,
            right: Vec::new(),
            wrong: Vec::new(),
            update: None,
        });
        if let (Some(program), Some(passed)) = (program, passed) {
            let answers = if passed { &mut task.right } else { &mut task.wrong };
            let answer = prompt::block(&program);
            if !answers.contains(&answer) {
                answers.push(answer);
            }
        }
        Ok(())
    }

    /// The tasks, by their ids.
    pub fn tasks(self) -> Vec<Task> {
        self.tasks.into_values().collect()
    }
}

/// A candidate as a conversation: its problem's name, the turn of the user, and that of the assistant, as exports have them.
pub fn turns(row: &Map<String, Value>) -> Result<(String, String, String), CandidateError> {
    let mut row = row.clone();
    row.insert("passed".to_owned(), true.into());
    let mut candidates = Candidates::default();
    candidates.add(&row)?;
    let missing =
        || CandidateError::Missing { what: "program", columns: "`program`, `candidate` or `completion`" };
    let task = candidates.tasks().pop().ok_or_else(missing)?;
    let mut turns = task.answered().next().ok_or_else(missing)?.into_iter().map(|turn| turn.content);
    let (asked, answer) = (turns.next().unwrap_or_default(), turns.next().unwrap_or_default());
    Ok((task.id, asked, answer))
}

/// The first of the columns that is there; a number counts as its text.
fn first(row: &Map<String, Value>, columns: &[&'static str]) -> Result<Option<String>, CandidateError> {
    for column in columns {
        match row.get(*column) {
            None | Some(Value::Null) => {}
            Some(Value::String(text)) => return Ok(Some(text.clone())),
            Some(Value::Number(number)) if *column != "prompt" => return Ok(Some(number.to_string())),
            Some(_) => return Err(CandidateError::Type { column, wanted: "text" }),
        }
    }
    Ok(None)
}
