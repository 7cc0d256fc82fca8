//! Exports, as the files that come out.

use std::{collections::BTreeSet, path::Path};

use apishift_dataset::export::{Candidates, ExportTarget, Task, export};
use apishift_store::{PreferenceTable, RecordReader, RlTable, UnpairedTable, read_table};
use apishift_types::{ApiUpdate, Split};
use serde_json::{Value, json};

fn update(id: &str, split: Split) -> ApiUpdate {
    let row = json!({
        "id": id, "dependency": "shapes", "old_version": "==1.0", "new_version": "==1.1", "release_date": null,
        "description": "Paints.", "update_info": "`scale` is now `resize`.", "update_info_source": "changelog",
        "old_code": "import shapes\nshapes.scale(1)\n", "new_code": "import shapes\nshapes.resize(1)\n",
        "language": "python", "change_kind": "renamed", "symbol": "shapes.scale", "replacement": "shapes.resize",
        "origin": "dependent", "unit_kind": "function",
        "provenance": { "project": "painter", "old_ref": "1", "new_ref": "2", "path": "a.py", "start_line": 1, "end_line": 2,
            "change_id": "c" },
        "license": "MIT", "verified": "not_run",
        "verification": { "outcome": null, "old_on_old": null, "new_on_new": null, "old_on_new": null, "python": null,
            "made_up": false, "same_values": null },
        "quality": 0.9, "split": split,
    });
    serde_json::from_value(row).expect("a row")
}

fn tasks() -> Vec<Task> {
    let rows = [("a", Split::Train), ("b", Split::Train), ("c", Split::Test)];
    rows.into_iter().map(|(id, split)| Task::of_update(update(id, split))).collect()
}

/// A problem with seven right and nine wrong answers, one of them twice; one whose answers are all wrong.
fn candidates() -> Vec<Task> {
    let mut candidates = Candidates::default();
    let mut add = |task: &str, number: usize, passed: bool| {
        let row = json!({
            "task_id": task, "prompt": "def f():\n", "candidate": format!("    return {number}\n"), "passed": passed,
            "test": "assert f()", "entry_point": "f",
        });
        candidates.add(row.as_object().expect("an object")).expect("a candidate");
    };
    (0..7).for_each(|number| add("one", number, true));
    (7..16).chain([7]).for_each(|number| add("one", number, false));
    (0..3).for_each(|number| add("two", number, false));
    candidates.tasks()
}

fn lines(path: &Path) -> Vec<Value> {
    RecordReader::open(path).expect("it is there").map(|row| Value::Object(row.expect("a row"))).collect()
}

#[test]
fn one_table_has_what_each_trainer_reads() {
    let dir = tempfile::tempdir().unwrap();
    for target in [
        ExportTarget::Verl,
        ExportTarget::Trl,
        ExportTarget::OpenRlhf,
        ExportTarget::SkyRl,
        ExportTarget::Slime,
    ] {
        let dir = dir.path().join(target.as_str());
        let exported = export(target, &tasks(), 0, None, &dir).unwrap();
        assert_eq!(exported.files, [("train.parquet".to_owned(), 2), ("test.parquet".to_owned(), 1)]);
        assert!(!dir.join("validation.parquet").exists(), "readers fail on a split without rows");
        let rows = read_table::<RlTable>(&dir.join("train.parquet")).unwrap();
        let row = &rows[1];
        assert_eq!(row.prompt.len(), 1);
        assert_eq!(row.prompt[0].role, "user");
        assert!(row.prompt[0].content.contains("`scale` is now `resize`."));
        assert!(row.prompt[0].content.contains("shapes.scale(1)"));
        assert!(!row.prompt[0].content.contains("shapes.resize(1)"), "the answer is not given away");
        let truth: Value = serde_json::from_str(&row.reward_model.ground_truth).unwrap();
        assert_eq!(truth["new_code"], "import shapes\nshapes.resize(1)\n");
        assert_eq!([&row.label, &row.reward_spec.ground_truth], [&row.reward_model.ground_truth; 2]);
        assert_eq!((row.extra_info.index, row.extra_info.new_version.as_str()), (1, "1.1"));
        assert_eq!(row.extra_info.question, row.prompt[0].content);
    }
}

#[test]
fn pairs_are_few_and_no_answer_is_in_two() {
    let dir = tempfile::tempdir().unwrap();
    let exported = export(ExportTarget::Preference, &candidates(), 3, None, dir.path()).unwrap();
    assert_eq!(
        (exported.files.as_slice(), exported.without),
        ([("train.parquet".to_owned(), 6)].as_slice(), 1)
    );
    let rows = read_table::<PreferenceTable>(&dir.path().join("train.parquet")).unwrap();
    let answers: BTreeSet<&str> = rows
        .iter()
        .flat_map(|row| [&row.chosen[1].content, &row.rejected[1].content])
        .map(String::as_str)
        .collect();
    assert_eq!(answers.len(), 12);
    assert!(rows.iter().all(|row| row.chosen[0] == row.rejected[0]));
    let again = tempfile::tempdir().unwrap();
    export(ExportTarget::Preference, &candidates(), 3, None, again.path()).unwrap();
    let bytes = |dir: &Path| std::fs::read(dir.join("train.parquet")).unwrap();
    assert_eq!(bytes(dir.path()), bytes(again.path()));
}

#[test]
fn unpaired_answers_are_all_that_were_judged_each_once() {
    let dir = tempfile::tempdir().unwrap();
    export(ExportTarget::Unpaired, &candidates(), 0, None, dir.path()).unwrap();
    let rows = read_table::<UnpairedTable>(&dir.path().join("train.parquet")).unwrap();
    let right = rows.iter().filter(|row| row.label).count();
    assert_eq!((right, rows.len()), (7, 7 + 9 + 3));
}

#[test]
fn lines_are_what_their_readers_want() {
    let dir = tempfile::tempdir().unwrap();
    export(ExportTarget::Recode, &tasks(), 0, None, dir.path()).unwrap();
    let rows = lines(&dir.path().join("train.jsonl"));
    let fields: Vec<&String> = rows[0].as_object().unwrap().keys().collect();
    assert_eq!(rows.len(), 2);
    assert_eq!(
        fields.into_iter().collect::<BTreeSet<_>>().len(),
        6,
        "dependency, new_version, description, update_info, old_code, new_code"
    );
    let dir = tempfile::tempdir().unwrap();
    export(ExportTarget::NemoRl, &tasks(), 0, None, dir.path()).unwrap();
    let row = &lines(&dir.path().join("test.jsonl"))[0];
    assert_eq!(row["completions"][0]["rank"], 0);
    assert!(row["completions"][0]["completion"][0]["content"].as_str().unwrap().contains("resize(1)"));
}

#[test]
fn what_is_no_candidate_is_named() {
    let refused = |row: Value| Candidates::default().add(row.as_object().unwrap()).unwrap_err().to_string();
    assert_eq!(
        refused(json!({ "prompt": "p" })),
        "find the problem: there is no column `task_id`, `problem_id` or `question_id`"
    );
    assert_eq!(
        refused(json!({ "task_id": "t" })),
        "find the prompt: there is no column `prompt` or `question`"
    );
    assert_eq!(
        refused(json!({ "task_id": "t", "prompt": 3 })),
        "read the column `prompt`: it has to be text"
    );
    let row = json!({ "task_id": 7, "prompt": "p", "program": "x", "passed": "yes" });
    assert_eq!(refused(row), "read the column `passed`: it has to be true or false");
}
