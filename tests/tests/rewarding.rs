//! `reward` and `export`, as people meet them.

use std::fs;

use apishift_store::{RewardTable, RlTable, read_table};
use integration_tests::{Outcome, Place};
use serde_json::{Value, json};

fn place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_apishift-under-test"))
}

fn write(place: &Place, name: &str, rows: &[Value]) {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    place.write(name, &(lines.join("\n") + "\n"));
}

fn reward(place: &Place, rows: &[Value], args: &[&str]) -> Outcome {
    write(place, "in.jsonl", rows);
    place.run([&["reward", "in.jsonl", "--out", "out.parquet"][..], args].concat())
}

const RIGHT: &str = "Renamed.</think><answer>\n```python\nimport s\ns.g(1)\n```\n</answer>";
const STALE: &str = "Renamed.</think><answer>\n```python\nimport s\ns.f(1)\n```\n</answer>";

/// A row with what is expected of it, in each way to say it.
fn rows() -> Vec<Value> {
    let truth = json!({ "new_code": "import s\ns.g(1)\n", "old_code": "import s\ns.f(1)\n" });
    vec![
        json!({ "id": "a", "completion": RIGHT, "new_code": truth["new_code"], "old_code": truth["old_code"] }),
        json!({ "id": "b", "completion": STALE, "label": truth.to_string() }),
        json!({ "task_id": 7, "response": "I do not know.", "reward_model": { "ground_truth": truth.to_string() } }),
        json!({ "completion": [{ "role": "assistant", "content": RIGHT }], "ground_truth": "import s\ns.g(1)\n" }),
    ]
}

#[test]
fn each_row_has_its_reward_whatever_names_its_target() {
    let place = place();
    let outcome = reward(&place, &rows(), &[]);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(outcome.stdout.contains("4 rewards, mean"), "{outcome}");
    let rewards = read_table::<RewardTable>(&place.path("out.parquet")).unwrap();
    let totals: Vec<f64> = rewards.iter().map(|row| row.reward).collect();
    // One of fifteen characters differs.
    let one_of_15 = (1.0 - 1.0 / 15.0) * 3.5 - 1.5;
    assert_eq!(totals, [3.0, 1.0 + one_of_15, -3.0, 3.0]);
    let names: Vec<_> = rewards.iter().map(|row| row.id.as_deref()).collect();
    assert_eq!(names, [Some("a"), Some("b"), Some("7"), None]);
    assert_eq!((rewards[0].format, rewards[0].es_star, rewards[0].em), (Some(1.0), Some(2.0), None));
}

#[test]
fn components_and_weights_are_those_of_a_file() {
    let place = place();
    place.write("mine.toml", "[weights]\nnew_api = 1.0\nold_api = -0.5\nsyntax = 0.0\n");
    let outcome = reward(&place, &rows()[..2], &["--rewards", "mine.toml"]);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let rewards = read_table::<RewardTable>(&place.path("out.parquet")).unwrap();
    let seen: Vec<_> = rewards.iter().map(|row| (row.reward, row.new_api, row.old_api, row.syntax)).collect();
    assert_eq!(seen, [(1.0, Some(1.0), Some(0.0), Some(1.0)), (-0.5, Some(0.0), Some(1.0), Some(1.0))]);
}

#[test]
fn what_is_wrong_is_named_with_its_row() {
    let place = place();
    let good = &rows()[0];
    for (rows, args, wanted) in [
        (vec![good.clone(), json!({ "new_code": "x" })], [].as_slice(), "read row 1 of in.jsonl"),
        (vec![json!({ "completion": "x" })], &[], "there is no target"),
        (vec![json!({ "completion": 3, "new_code": "x" })], &[], "the column `completion` is no text"),
        (vec![json!({ "completion": "x", "new_code": 3 })], &[], "the column `new_code` is no text"),
        (vec![good.clone()], &["--rewards", "nothing.toml"], "neither `default` nor `recode`"),
    ] {
        let outcome = reward(&place, &rows, args);
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.contains(wanted), "{wanted}: {outcome}");
        assert!(!place.path("out.parquet").exists(), "nothing half-written");
    }
    let outcome = place.run(["reward", "in.jsonl", "--out", "out.csv"]);
    assert!(outcome.stderr.contains("has to end in .parquet or .jsonl"), "{outcome}");
    place.write("odd.toml", "[weights]\nnew_apis = 1.0\n");
    let outcome = reward(&place, std::slice::from_ref(good), &["--rewards", "odd.toml"]);
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr.contains("new_apis") && outcome.stderr.contains("new_api"), "{outcome}");
}

#[test]
fn candidates_are_exported_and_only_an_export_is_replaced() {
    let place = place();
    let row = |number: u32, passed: bool| {
        json!({ "task_id": "t", "prompt": "def f():\n", "passed": passed,
        "candidate": format!("    return {number}\n"), "test": "assert f()", "entry_point": "f" })
    };
    write(&place, "c.jsonl", &[row(1, true), row(0, false), row(2, true)]);
    let outcome = place.run_ok(["export", "c.jsonl", "--to", "verl", "--out", "out/verl"]);
    assert!(outcome.stdout.contains("out/verl/train.parquet: 1 rows"), "{outcome}");
    let rows = read_table::<RlTable>(&place.path("out/verl/train.parquet")).unwrap();
    assert_eq!(rows[0].extra_info.entry_point, "f");
    place.run_ok(["export", "c.jsonl", "--to", "unpaired", "--out", "out/verl"]);
    let guide = fs::read_to_string(place.path("out/verl/README.md")).unwrap();
    assert!(guide.contains("`train.parquet`: 3 rows"), "{guide}");
    place.write("mine/notes.txt", "mine");
    let outcome = place.run(["export", "c.jsonl", "--to", "verl", "--out", "mine"]);
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr.contains("something else in it"), "{outcome}");
    assert!(place.path("mine/notes.txt").exists());
    let outcome = place.run(["export", "c.jsonl", "--to", "recode", "--out", "records"]);
    assert_eq!(outcome.code, Some(2), "{outcome}");
    write(&place, "bad.jsonl", &[row(1, true), json!({ "prompt": "p" })]);
    let outcome = place.run(["export", "bad.jsonl", "--to", "verl", "--out", "bad"]);
    assert!(
        outcome.stderr.contains("read row 1 of bad.jsonl") && outcome.stderr.contains("task_id"),
        "{outcome}"
    );
    assert!(!place.path("bad").exists());
}

/// A tokenizer of words, without and with a chat template.
fn tokenizer(place: &Place, template: Option<&str>) {
    let model = json!({ "type": "WordLevel", "vocab": { "[UNK]": 0 }, "unk_token": "[UNK]" });
    let file = json!({ "version": "1.0", "truncation": null, "padding": null, "added_tokens": [], "normalizer": null,
        "pre_tokenizer": { "type": "WhitespaceSplit" }, "post_processor": null, "decoder": null, "model": model });
    place.write("model/tokenizer.json", &file.to_string());
    place.write("model/tokenizer_config.json", &json!({ "chat_template": template }).to_string());
}

#[test]
fn prompts_are_measured_and_cut_by_a_models_tokens() {
    let place = place();
    let row = |id: &str, prompt: &str| json!({ "task_id": id, "prompt": prompt, "program": "a = 1", "passed": true });
    write(&place, "c.jsonl", &[row("short", "x = 1"), row("long", &"x = 1\n".repeat(50))]);
    let export = |more: &[&str]| {
        let args = ["export", "c.jsonl", "--to", "trl", "--out", "out", "--format", "json"];
        place.run([&args[..], more].concat())
    };
    tokenizer(&place, None);
    let plain: Value = serde_json::from_str(&export(&["--tokenizer", "model"]).stdout).unwrap();
    let (short, long) = (&plain["tokens"]["prompts"]["min"], &plain["tokens"]["prompts"]["max"]);
    // Words of the request, and of the program between its fences.
    assert_eq!(long.as_u64().unwrap() - short.as_u64().unwrap(), 3 * 49, "{plain}");
    assert_eq!(plain["tokens"]["answers"]["max"], 5, "```python a = 1 ``` are five words: {plain}");
    tokenizer(
        &place,
        Some(
            "{% for m in messages %}[ {{ m.content }} ] {% endfor %}{% if add_generation_prompt %}[{% endif %}",
        ),
    );
    let limit = (short.as_u64().unwrap() + 3).to_string();
    let outcome = export(&["--tokenizer", "model/tokenizer.json", "--max-prompt-tokens", &limit]);
    let cut: Value = serde_json::from_str(&outcome.stdout).unwrap();
    let prompts = &cut["tokens"]["prompts"];
    assert_eq!(
        [&prompts["min"], &prompts["max"]].map(|length| length.as_u64().unwrap()),
        [short.as_u64().unwrap() + 3; 2]
    );
    assert_eq!(cut["tokens"]["answers"]["max"], 6, "five words and the bracket that ends the turn: {cut}");
    assert_eq!((&cut["tokens"]["left_out"], &cut["files"]), (&json!(1), &json!([["train.parquet", 1]])));
    let rows = read_table::<RlTable>(&place.path("out/train.parquet")).unwrap();
    assert_eq!(rows[0].id, "short");
    let guide = fs::read_to_string(place.path("out/README.md")).unwrap();
    assert!(guide.contains(&format!("1 tasks with more than {limit} are left out")), "{guide}");
    let outcome = export(&["--tokenizer", "model", "--max-prompt-tokens", "3"]);
    assert!(
        outcome.code == Some(2) && outcome.stderr.contains("no prompt has 3 tokens or fewer"),
        "{outcome}"
    );
    let outcome = export(&["--tokenizer", "none"]);
    assert!(outcome.code == Some(2) && outcome.stderr.contains("none"), "{outcome}");
    assert_eq!(export(&["--max-prompt-tokens", "3"]).code, Some(2));
}
