//! Rows of files as people have them, to programs with tests.
//!
//! | layout | program | tests |
//! | --- | --- | --- |
//! | ours | `program`, or `prompt` + `candidate` | `tests`: source, or a list of sources |
//! | HumanEval | `prompt` + `completion` (or `candidate`, `canonical_solution`) | `test` + `entry_point` |
//! | MBPP | `program` or `code` | `test_list`, after `test_imports` and `test_setup_code` |
//! | CodeContests | `program` or `solution` | `public_tests`, `private_tests`, `generated_tests`: `input` and `output` lists |
//! | APPS and others | the same | `inputs` and `outputs`, or `input_output` with both |

use serde_json::{Map, Value};

use crate::{pool::Program, tests::Tests};

/// Why a row is no program with tests.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// No column has the program.
    #[error(
        "find a program: there is no column `program`, and none of `prompt` with `candidate` or `completion`"
    )]
    NoProgram,
    /// No column has tests.
    #[error(
        "find tests: there is no column `tests`, `test` with `entry_point`, `test_list`, `public_tests` or `inputs`"
    )]
    NoTests,
    /// A column holds something else than it should.
    #[error("read the column `{0}`: it has to be {1}")]
    Type(&'static str, &'static str),
}

/// Columns of which one has the task's name, the first that is there.
const TASKS: [&str; 4] = ["task_id", "problem_id", "question_id", "name"];

/// Columns with what follows a prompt.
const COMPLETIONS: [&str; 3] = ["candidate", "completion", "canonical_solution"];

/// Columns with a whole program.
const PROGRAMS: [&str; 4] = ["program", "code", "solution", "source"];

/// What the row calls its task.
pub fn task_of(row: &Map<String, Value>) -> Option<String> {
    match TASKS.iter().find_map(|name| row.get(*name).filter(|value| !value.is_null()))? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// The program and its tests.
pub fn program_of(row: &Map<String, Value>) -> Result<Program, LayoutError> {
    Ok(Program { source: source_of(row)?, tests: tests_of(row)?, reference: reference_of(row)? })
}

fn text(row: &Map<String, Value>, name: &'static str) -> Result<Option<String>, LayoutError> {
    match row.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(LayoutError::Type(name, "text")),
    }
}

fn texts(value: &Value, name: &'static str) -> Result<Vec<String>, LayoutError> {
    let wrong = || LayoutError::Type(name, "text or a list of texts");
    match value {
        Value::String(text) => Ok(vec![text.clone()]),
        Value::Array(items) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        _ => Err(wrong()),
    }
}

fn source_of(row: &Map<String, Value>) -> Result<String, LayoutError> {
    for name in PROGRAMS {
        if let Some(program) = text(row, name)? {
            return Ok(program);
        }
    }
    let prompt = text(row, "prompt")?.unwrap_or_default();
    for name in COMPLETIONS {
        if let Some(completion) = text(row, name)? {
            return Ok(prompt + &completion);
        }
    }
    Err(LayoutError::NoProgram)
}

/// The task's own solution: what follows the prompt, as `HumanEval` has it.
fn reference_of(row: &Map<String, Value>) -> Result<Option<String>, LayoutError> {
    let prompt = text(row, "prompt")?.unwrap_or_default();
    Ok(text(row, "canonical_solution")?.map(|completion| prompt + &completion))
}

fn tests_of(row: &Map<String, Value>) -> Result<Tests, LayoutError> {
    if let (Some(source), Some(entry_point)) = (text(row, "test")?, text(row, "entry_point")?) {
        return Ok(Tests::Check { source, entry_point });
    }
    if let Some(tests) = row.get("tests").filter(|tests| !tests.is_null()) {
        return Ok(Tests::Sources(texts(tests, "tests")?));
    }
    if let Some(list) = row.get("test_list").filter(|list| !list.is_null()) {
        let mut sources = Vec::new();
        for name in ["test_imports", "test_setup_code"] {
            if let Some(before) = row.get(name).filter(|before| !before.is_null()) {
                sources.push(texts(before, name)?.join("\n"));
            }
        }
        sources.retain(|source| !source.trim().is_empty());
        sources.append(&mut texts(list, "test_list")?);
        return Ok(Tests::Sources(sources));
    }
    let cases = cases_of(row)?;
    if cases.is_empty() { Err(LayoutError::NoTests) } else { Ok(Tests::Cases(cases)) }
}

/// Inputs with the outputs that belong to them, in the order in which `CodeContests` runs them.
fn cases_of(row: &Map<String, Value>) -> Result<Vec<(String, String)>, LayoutError> {
    let mut cases = Vec::new();
    let mut add = |inputs: &Value, outputs: &Value, name| -> Result<(), LayoutError> {
        let (inputs, outputs) = (texts(inputs, name)?, texts(outputs, name)?);
        if inputs.len() != outputs.len() {
            return Err(LayoutError::Type(name, "as many inputs as outputs"));
        }
        cases.extend(inputs.into_iter().zip(outputs));
        Ok(())
    };
    for name in ["public_tests", "private_tests", "generated_tests"] {
        if let Some((inputs, outputs)) = row.get(name).and_then(|t| t.get("input").zip(t.get("output"))) {
            add(inputs, outputs, name)?;
        }
    }
    if let Some((inputs, outputs)) = row.get("inputs").zip(row.get("outputs")) {
        add(inputs, outputs, "inputs")?;
    }
    if let Some(Value::String(both)) = row.get("input_output") {
        let both: Value = serde_json::from_str(both)
            .map_err(|_other| LayoutError::Type("input_output", "JSON with `inputs` and `outputs`"))?;
        if let Some((inputs, outputs)) = both.get("inputs").zip(both.get("outputs")) {
            add(inputs, outputs, "input_output")?;
        }
    }
    Ok(cases)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(text: &str) -> Map<String, Value> {
        serde_json::from_str(text).unwrap()
    }

    fn read(text: &str) -> Result<Program, LayoutError> {
        program_of(&row(text))
    }

    #[test]
    fn each_layout_gives_its_program_and_tests() {
        let human = r#"{"prompt": "a", "completion": "b", "test": "t", "entry_point": "f"}"#;
        let program = read(human).unwrap();
        assert_eq!((program.source.as_str(), program.reference), ("ab", None));
        let solved = r#"{"prompt": "a", "candidate": "b", "canonical_solution": "c", "test": "t", "entry_point": "f"}"#;
        assert_eq!(read(solved).unwrap().reference.as_deref(), Some("ac"));
        assert_eq!(program.tests, Tests::Check { source: "t".to_owned(), entry_point: "f".to_owned() });
        let mbpp = r#"{"code": "c", "test_setup_code": "", "test_imports": ["import math"], "test_list": ["assert 1"]}"#;
        let sources = vec!["import math".to_owned(), "assert 1".to_owned()];
        assert_eq!(read(mbpp).unwrap().tests, Tests::Sources(sources));
        let contests =
            r#"{"solution": "s", "public_tests": {"input": ["1"], "output": ["2"]}, "private_tests": null}"#;
        assert_eq!(read(contests).unwrap().tests, Tests::Cases(vec![("1".to_owned(), "2".to_owned())]));
        let apps = r#"{"program": "s", "input_output": "{\"inputs\": [\"1\"], \"outputs\": [\"2\"]}"}"#;
        assert_eq!(read(apps).unwrap().tests, Tests::Cases(vec![("1".to_owned(), "2".to_owned())]));
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_named() {
        let failure = |text| read(text).map(drop).unwrap_err();
        assert_eq!(failure(r#"{"tests": "t"}"#), LayoutError::NoProgram);
        assert_eq!(failure(r#"{"program": "p"}"#), LayoutError::NoTests);
        assert_eq!(failure(r#"{"program": 7, "tests": "t"}"#), LayoutError::Type("program", "text"));
        let uneven = r#"{"program": "p", "inputs": ["1", "2"], "outputs": ["1"]}"#;
        assert!(matches!(failure(uneven), LayoutError::Type("inputs", _)));
    }
}
