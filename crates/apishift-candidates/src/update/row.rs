//! Rows of the table of candidates.

use apishift_dataset::export::Task;
use apishift_types::{ApiUpdate, CandidateRow, CandidateSource, LabelSource};

use crate::digest::id;

/// Makes the rows of one example.
#[derive(Debug)]
pub(super) struct Maker<'r> {
    row: &'r ApiUpdate,
    prompt: String,
}

impl<'r> Maker<'r> {
    pub(super) fn new(row: &'r ApiUpdate) -> Self {
        let turn = Task::of_update(row.clone()).conversation().into_iter().next();
        Self { row, prompt: turn.map(|turn| turn.content).unwrap_or_default() }
    }

    /// What an assistant says who gives this program, as exports have it.
    fn answer(&self, program: &str) -> String {
        let task = Task::of_update(ApiUpdate { new_code: program.to_owned(), ..self.row.clone() });
        let turn = task.answered().next().and_then(|turns| turns.into_iter().next_back());
        turn.map(|turn| turn.content).unwrap_or_default()
    }

    pub(super) fn row(&self, program: &str, source: CandidateSource, operator: Option<&str>) -> CandidateRow {
        let row = self.row;
        CandidateRow {
            id: id(&row.id, program),
            task_id: row.id.clone(),
            group: row.provenance.change_id.clone(),
            split: row.split,
            prompt: self.prompt.clone(),
            answer: self.answer(program),
            program: program.to_owned(),
            source,
            operator: operator.map(ToOwned::to_owned),
            passed: Some(matches!(source, CandidateSource::Gold | CandidateSource::Equivalent)),
            label: LabelSource::Construction,
            degenerate: None,
            tests: Vec::new(),
            tests_run: 0,
            tests_passed: 0,
            error_kind: None,
            seconds: 0.0,
            library: Some(row.dependency.clone()),
            change_kind: Some(row.change_kind.as_str().to_owned()),
            old_code: Some(row.old_code.clone()),
        }
    }
}
