//! `verify` and `doctor`. What hostile programs meet is tested with the verifier; here, what people meet.
//!
//! Most tests ask for `process-only`, which every machine has.

use std::{fs, process::Stdio};

use apishift_store::{VerdictTable, read_table};
use integration_tests::{Outcome, Place};
use serde_json::{Value, json};

fn place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_apishift-under-test"))
}

/// `verify` of these rows, with verdicts as JSON lines in `out.jsonl`.
fn verify(place: &Place, rows: &[Value], args: &[&str]) -> Outcome {
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    place.write("in.jsonl", &(lines.join("\n") + "\n"));
    let all = ["verify", "in.jsonl", "--out", "out.jsonl", "--isolation", "process-only"];
    place.run([&all[..], args].concat())
}

fn verdicts(place: &Place) -> Vec<Value> {
    let text = fs::read_to_string(place.path("out.jsonl")).expect("verdicts were written");
    text.lines().map(|line| serde_json::from_str(line).expect("one JSON object a line")).collect()
}

fn kinds(place: &Place) -> Vec<String> {
    verdicts(place).iter().map(|row| row["kind"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn every_layout_is_read() {
    let place = place();
    let rows = [
        json!({"task_id": "a", "prompt": "def f(x):\n", "completion": "    return x + 1\n",
               "test": "def check(candidate):\n    assert candidate(1) == 2\n", "entry_point": "f"}),
        json!({"task_id": 7, "code": "def g(x):\n    return x\n", "test_list": ["assert g(1) == 1", "assert g(2) == 3"]}),
        json!({"program": "print(int(input()) * 2)\n", "inputs": ["4\n", "5\n"], "outputs": ["8\n", "10\n"]}),
        json!({"program": "print('HELLO  there')\n", "public_tests": {"input": [""], "output": ["hello there"]}}),
        json!({"program": "X = [1]\n", "tests": "y = X + [2]\nassert y == [1, 2]\n"}),
        json!({"program": "retrun 1\n", "tests": ["assert True"]}),
    ];
    let outcome = verify(&place, &rows, &[]);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert_eq!(kinds(&place), ["ok", "assert", "ok", "ok", "ok", "syntax"]);
    let verdicts = verdicts(&place);
    assert_eq!((&verdicts[0]["task_id"], &verdicts[1]["task_id"]), (&json!("a"), &json!("7")));
    assert_eq!((&verdicts[1]["tests_run"], &verdicts[1]["tests_passed"]), (&json!(2), &json!(1)));
    assert_eq!(verdicts[2]["tests_passed"], json!(2));
}

#[test]
fn only_the_first_tests_are_run_where_that_is_asked_for() {
    let place = place();
    let rows =
        [json!({"program": "def g(x):\n    return x\n", "tests": ["assert g(1) == 1", "assert g(2) == 3"]})];
    assert_eq!(verify(&place, &rows, &["--stages", "syntax,tests:1"]).code, Some(0));
    assert_eq!(kinds(&place), ["ok"]);
    assert_eq!(verdicts(&place)[0]["stage"], json!("tests:1"));
}

#[test]
fn the_stage_that_decides_is_named() {
    let place = place();
    let tests = ["assert g(1) == 1", "assert g(2) == 2", "assert g(3) == 3"];
    let rows: Vec<Value> = ["return x", "return 1", "return min(x, 2)", "retrun x"]
        .iter()
        .map(|body| json!({"program": format!("def g(x):\n    {body}\n"), "tests": tests}))
        .collect();
    assert_eq!(verify(&place, &rows, &["--stages", "syntax,tests:2,tests"]).code, Some(0));
    let stages: Vec<Value> = verdicts(&place).iter().map(|row| row["stage"].clone()).collect();
    assert_eq!(stages, [json!("tests"), json!("tests:2"), json!("tests"), json!("syntax")]);
}

#[test]
fn a_linter_rejects_what_would_fail() {
    let place = place();
    let rows: Vec<Value> = ["return x", "return y", "import os; return x", "retrun x"]
        .iter()
        .map(|body| json!({"program": format!("def g(x):\n    {body}\n"), "tests": "assert g(1) == 1"}))
        .collect();
    assert_eq!(verify(&place, &rows, &["--stages", "syntax,lint,tests"]).code, Some(0));
    assert_eq!(kinds(&place), ["ok", "refused", "ok", "syntax"]);
    let row = &verdicts(&place)[1];
    assert_eq!(row["stage"], json!("lint"));
    assert!(
        row["message"].to_string().contains("F821") && row["message"].to_string().contains("line 2"),
        "{row}"
    );
    assert_eq!(verify(&place, &rows, &["--stages", "lint,tests"]).code, Some(0));
    assert_eq!(kinds(&place), ["ok", "refused", "ok", "syntax"], "it needs no stage before it");
    assert_eq!(verify(&place, &rows, &["--stages", "syntax,lint,tests", "--lint", "F"]).code, Some(0));
    assert_eq!(kinds(&place), ["ok", "refused", "refused", "syntax"]);
}

#[test]
fn verdicts_are_the_same_however_programs_are_run() {
    let place = place();
    let bodies = ["return x", "return -x", "while x: pass", "raise x", "return [x", "return x if x else 0"];
    let rows: Vec<Value> = (0..200)
        .map(|n| {
            let tests = ["assert g(1) == 1", if n < 150 { "assert g(2) == 2" } else { "assert g(3) == 3" }];
            json!({"task_id": n, "program": format!("def g(x):\n    {}\n", bodies[n % bodies.len()]), "tests": tests})
        })
        .collect();
    let outcome = verify(&place, &rows, &["--timeout", "0.3"]);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let alone = kinds(&place);
    for more in [["--repeat", "2"], ["--batch", "16"]] {
        let together = ["--timeout", "0.3", "--adaptive", "0.05", "--dedupe", more[0], more[1]];
        let outcome = verify(&place, &rows, &together);
        assert_eq!(outcome.code, Some(0), "{outcome}");
        assert_eq!(kinds(&place), alone);
    }
    let given_up =
        verdicts(&place).iter().filter(|row| row["message"].to_string().contains("given up")).count();
    assert_eq!(given_up, 33, "every endless program has right ones beside it");
}

#[test]
fn a_run_that_goes_on_does_whole_groups_again() {
    let place = place();
    let mut rows: Vec<Value> = (0..300)
        .map(
            |n| json!({"program": format!("def g(x):\n    return {n} and x\n"), "tests": "assert g(1) == 1"}),
        )
        .collect();
    rows[290] = json!({"program": "it has no tests"});
    assert_eq!(verify(&place, &rows, &["--batch", "8"]).code, Some(2));
    let partial = || fs::read_to_string(place.path("out.jsonl.partial")).expect("what is done is kept");
    assert_eq!(partial().lines().count(), 1 + 290);
    place.write("out.jsonl.partial", &partial().replace("\"message\":\"", "\"message\":\"kept"));
    let all = ["verify", "in.jsonl", "--out", "out.jsonl", "--isolation", "process-only", "--batch", "8"];
    assert_eq!(place.run(all).code, Some(2));
    assert_eq!(partial().lines().count(), 1 + 290);
    assert_eq!(
        partial().matches("kept").count(),
        256,
        "verdicts depend on those of the group, which is 256 rows"
    );
}

#[cfg(unix)]
#[test]
fn an_interrupt_keeps_what_is_done_and_leaves_no_process() {
    let place = place();
    let quick = json!({"program": "def f():\n    return 1\n", "tests": "assert f() == 1"});
    // One that would take a minute, in a process of its own.
    let slow = json!({"program": "import os, time\nos.fork()\ntime.sleep(20)\n", "tests": "assert f() == 1"});
    let mut rows = vec![quick; 40];
    rows.push(slow);
    let lines: Vec<String> = rows.iter().map(Value::to_string).collect();
    place.write("in.jsonl", &(lines.join("\n") + "\n"));
    let args = ["verify", "in.jsonl", "--out", "out.jsonl", "--isolation", "process-only", "--timeout", "60"];
    let mut child = place.command(args).stderr(Stdio::piped()).spawn().expect("the binary can be run");
    let servers = || -> Vec<String> {
        let path = format!("/proc/{}/task", child.id());
        let tasks = fs::read_dir(path).into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        children.flat_map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>()).collect()
    };
    // All but the slow one are done soon; they are written when it ends, or when the run does.
    std::thread::sleep(std::time::Duration::from_secs(2));
    let servers = servers();
    assert!(!servers.is_empty(), "a server runs");
    integration_tests::interrupt(child.id());
    let started = std::time::Instant::now();
    let code = child.wait().expect("the process ends").code();
    assert_eq!(code, Some(4));
    assert!(started.elapsed().as_secs() < 20, "it waited for a program");
    let partial = fs::read_to_string(place.path("out.jsonl.partial")).expect("what is done is kept");
    assert_eq!(partial.lines().count(), 1 + 40);
    let left: Vec<&String> =
        servers.iter().filter(|pid| fs::metadata(format!("/proc/{pid}/exe")).is_ok()).collect();
    assert!(left.is_empty(), "servers are left: {left:?}");
}

#[test]
fn two_runs_do_not_write_one_output() {
    let place = place();
    let journal = fs::File::create(place.path("out.jsonl.partial")).expect("the folder can be written");
    journal.lock().expect("nobody else has it");
    let row = [json!({"program": "x = 1", "tests": "assert x == 1"})];
    let outcome = verify(&place, &row, &[]);
    assert!(outcome.code == Some(2) && outcome.stderr.contains("another run"), "{outcome}");
    drop(journal);
    assert_eq!(verify(&place, &row, &[]).code, Some(0));
}

#[test]
fn verdicts_are_written_as_parquet_too() {
    let place = place();
    place
        .write("in.jsonl", "{\"program\": \"def f():\\n    return 1\\n\", \"tests\": \"assert f() == 1\"}\n");
    let args = ["verify", "in.jsonl", "--out", "out.parquet", "--isolation", "process-only"];
    let outcome = place.run(args);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    assert!(outcome.stdout.contains("1 programs, 1 pass (100.0 %): ok 1"), "{outcome}");
    let rows = read_table::<VerdictTable>(&place.path("out.parquet")).expect("the table can be read");
    assert!(rows.len() == 1 && rows[0].passed);
    assert!(!place.path("out.parquet.partial").exists());
}

#[test]
fn a_run_that_was_stopped_goes_on() {
    let place = place();
    let good = json!({"program": "def f():\n    return 1\n", "tests": "assert f() == 1"});
    let bad = json!({"program": "def f():\n    return 1\n"});
    let outcome = verify(&place, &[good.clone(), bad, good], &[]);
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr.contains("row 1") && outcome.stderr.contains("find tests"), "{outcome}");
    // What was done is kept, and taken up where the input is the same.
    let partial = fs::read_to_string(place.path("out.jsonl.partial")).expect("what is done is kept");
    assert_eq!(partial.lines().count(), 2, "a header and a row: {partial}");
    let edited = partial.replace("\"message\":\"\"", "\"message\":\"kept\"") + "{\"row\":1,\"half";
    place.write("out.jsonl.partial", &edited);
    let all = ["verify", "in.jsonl", "--out", "out.jsonl", "--isolation", "process-only"];
    assert_eq!(place.run(all).code, Some(2));
    let partial = fs::read_to_string(place.path("out.jsonl.partial")).expect("what is done is kept");
    assert!(partial.contains("kept") && partial.lines().count() == 2, "{partial}");
    // Another input starts anew.
    let good = json!({"program": "def f():\n    return 1\n", "tests": "assert f() == 1"});
    assert_eq!(verify(&place, &[good], &[]).code, Some(0));
    assert_eq!(verdicts(&place)[0]["message"], json!(""));
    assert!(!place.path("out.jsonl.partial").exists());
}

#[test]
fn wrong_use_is_named() {
    let place = place();
    let row = [json!({"program": "x = 1", "tests": "assert x == 1"})];
    for (args, said) in [
        (&["--stages", "types"][..], "tests:N"),
        (&["--stages", "syntax,lint"], "without tests"),
        (&["--stages", "lint,tests", "--lint", "Q99"], "Q99"),
        (
            &["--stages", "lint,tests", "--lint", "pylint", "--pylint-python", "/nowhere/python"],
            "/nowhere/python",
        ),
        (&["--timeout", "0"], "between"),
        (&["--python", "/nowhere/python"], "/nowhere/python"),
        (&["--imports", "no_such_module"], "no_such_module"),
        (&["--path", "nowhere"], "nowhere"),
    ] {
        let outcome = verify(&place, &row, args);
        assert!(matches!(outcome.code, Some(2 | 3)) && outcome.stderr.contains(said), "{args:?}: {outcome}");
        assert!(!place.path("out.jsonl").exists());
    }
    let outcome = place.run(["verify", "nowhere.jsonl", "--out", "out.jsonl"]);
    assert!(outcome.code == Some(2) && outcome.stderr.contains("nowhere.jsonl"), "{outcome}");
    place.write("broken.jsonl", "{\"program\": \"x\"}\n{\"program\n");
    let broken = ["verify", "broken.jsonl", "--out", "out.jsonl", "--isolation", "process-only"];
    assert_eq!(place.run(broken).code, Some(2));
    assert_eq!(place.run(["verify", "broken.jsonl", "--out", "out.csv"]).code, Some(2));
}

#[test]
fn doctor_names_every_layer() {
    let outcome = place().run(["doctor", "--format", "json"]);
    let report: Value = serde_json::from_str(&outcome.stdout).expect("one JSON object");
    let layers = report["layers"].as_array().expect("a list of layers");
    assert_eq!(layers.len(), 11);
    let missing =
        layers.iter().filter(|layer| layer["required"] == json!(true) && layer["state"] == json!("missing"));
    // Where nothing that is required is missing, a sandbox starts; otherwise the environment is said to lack something.
    let expected = if missing.count() == 0 { 0 } else { 3 };
    assert_eq!(outcome.code, Some(expected), "{outcome}");
    let human = place().run(["doctor", "--isolation", "process-only"]);
    assert_eq!(human.code, Some(0), "{human}");
    assert!(human.stdout.contains("a sandbox starts"), "{human}");
}
