//! Candidates of files as people have them: model outputs with their labels.

use apishift_dataset::export::{CandidateError, turns};
use apishift_types::{CandidateRow, CandidateSource, LabelSource, Split};
use serde_json::{Map, Value};

use crate::{degenerate, digest::id};

/// A row's candidate: one of the table `candidates` as it is; of another file with `task_id` (or `problem_id`), `prompt`, `program`
/// (or `candidate`) the same as its export has it, the label from `passed` where that is there. Whether it is degenerate is found out
/// by `entry_point` and `canonical_solution`, as `HumanEval` has them. A problem is a group of its own.
///
/// The calling thread needs [`apishift_syntax::grammar::STACK`].
pub fn import(row: &Map<String, Value>) -> Result<CandidateRow, CandidateError> {
    if let Some(own) = own(row) {
        return Ok(own);
    }
    let passed = match row.get("passed") {
        None | Some(Value::Null) => None,
        Some(Value::Bool(passed)) => Some(*passed),
        Some(_) => return Err(CandidateError::Type { column: "passed", wanted: "true or false" }),
    };
    let (task, prompt, answer) = turns(row)?;
    let text = |name: &str| row.get(name).and_then(Value::as_str);
    let start = text("prompt").unwrap_or_default();
    let whole = |rest: &str| format!("{start}{rest}");
    let rest = || text("candidate").or_else(|| text("completion")).map(whole);
    let program = text("program").map(str::to_owned).or_else(rest).unwrap_or_default();
    let reference = text("canonical_solution").map(whole);
    Ok(CandidateRow {
        id: id(&task, &program),
        group: task.clone(),
        task_id: task,
        split: Split::Test,
        prompt,
        answer,
        source: CandidateSource::Model,
        operator: None,
        passed,
        label: LabelSource::Given,
        degenerate: degenerate(&program, text("entry_point"), reference.as_deref()),
        program,
        tests: Vec::new(),
        tests_run: 0,
        tests_passed: 0,
        error_kind: None,
        seconds: 0.0,
        library: None,
        change_kind: None,
        old_code: None,
    })
}

/// A row of our table; its columns are those that no other file has all of.
fn own(row: &Map<String, Value>) -> Option<CandidateRow> {
    let is_ours = ["task_id", "group", "split", "answer", "label"].iter().all(|name| row.contains_key(*name));
    is_ours.then(|| serde_json::from_value(Value::Object(row.clone())).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use apishift_types::Degenerate;
    use serde_json::json;

    use super::*;

    fn row(json: &Value) -> Map<String, Value> {
        json.as_object().cloned().expect("it is an object")
    }

    #[test]
    fn a_row_as_human_eval_has_it_is_a_candidate() {
        let base = json!({
            "problem_id": "p/1", "prompt": "def twice(x):\n", "entry_point": "twice",
            "canonical_solution": "    return 2 * x\n", "candidate": "    return x + x\n", "passed": true,
        });
        let found = import(&row(&base)).expect("it is whole");
        assert_eq!(found.task_id, "p/1");
        assert_eq!(found.program, "def twice(x):\n    return x + x\n");
        assert!(found.answer.contains(found.program.trim_end()) && found.prompt.contains("def twice(x):"));
        assert_eq!((found.passed, found.degenerate, found.label), (Some(true), None, LabelSource::Given));

        let mut empty = row(&base);
        empty.insert("candidate".to_owned(), "    pass\n".into());
        empty.insert("passed".to_owned(), Value::Null);
        let found = import(&empty).expect("it is whole");
        assert_eq!((found.passed, found.degenerate), (None, Some(Degenerate::NoBody)));
    }

    #[test]
    fn a_row_of_our_table_is_what_it_was() {
        let found = import(&row(&json!({ "task_id": "a", "prompt": "x = 1\n", "program": "x = 1\n" })))
            .expect("whole");
        let again = serde_json::to_value(&found).expect("it is written");
        assert_eq!(import(&row(&again)).expect("it is whole"), found);
    }

    #[test]
    fn what_is_missing_is_named() {
        for (json, wanted) in [
            (json!({ "prompt": "a", "program": "b" }), "problem"),
            (json!({ "task_id": "a", "program": "b" }), "prompt"),
            (json!({ "task_id": "a", "prompt": "b" }), "program"),
            (json!({ "task_id": "a", "prompt": "b", "program": "c", "passed": "yes" }), "passed"),
        ] {
            let error = import(&row(&json)).expect_err("it is not whole").to_string();
            assert!(error.contains(wanted), "{json}: {error}");
        }
    }
}
