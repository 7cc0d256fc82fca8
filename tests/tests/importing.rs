//! `[[import]]`: other people's records as rows of a dataset, and back.

use apishift_store::{ApiUpdateTable, read_table};
use apishift_types::{ChangeKind, Origin};
use integration_tests::Place;
use serde_json::{Value, json};

fn place() -> Place {
    Place::new(env!("CARGO_BIN_EXE_apishift-under-test"))
}

const PIPELINE: &str = "name = \"records\"\n\n[[import]]\nrecode = \"records.jsonl\"\nlicense = \"MIT\"\n";

fn record(number: usize) -> Value {
    let names = ["area", "border", "corner", "depth", "edge", "face", "grid", "height", "inset", "join"];
    let name = names[number % names.len()];
    let body =
        |call: &str| format!("import shapes\n\n{name} = [{number}, 2]\nprint(  shapes.{call}({name}))\n");
    json!({
        "dependency": "Shapes", "new_version": "==2.0", "description": format!("Prints the {name}."),
        "update_info": format!("`{name}_of` is gone. Use `{name}`."),
        "old_code": body(&format!("{name}_of")), "new_code": body(name),
    })
}

fn write(place: &Place, rows: &[Value]) {
    place.write("records.jsonl", &rows.iter().map(|row| row.to_string() + "\n").collect::<String>());
    place.write("records.toml", PIPELINE);
}

#[test]
fn records_become_rows_and_rows_the_same_records() {
    let place = place();
    let records: Vec<Value> = (0..10).map(record).collect();
    let mut rows = records.clone();
    // The same once more, and what is no Python: both are counted.
    rows.push(record(3));
    rows.push(json!({
        "dependency": "shapes", "new_version": "2.0", "description": "", "update_info": "print is a function",
        "old_code": "import shapes\nprint 1\n", "new_code": "import shapes\nprint(1)\n",
    }));
    write(&place, &rows);
    let outcome = place.run_ok(["run", "records.toml"]);
    assert!(outcome.stderr.contains("10 rows of api_updates, 2 left out"), "{outcome}");
    let mut found = Vec::new();
    for split in ["train", "validation", "test"] {
        let file = format!("data/build/records/dataset/data/{split}-00000-of-00001.parquet");
        found.extend(read_table::<ApiUpdateTable>(&place.path(&file)).unwrap());
    }
    assert_eq!(found.len(), 10);
    let row = found.iter().find(|row| row.symbol == "shapes.edge_of").expect("its API is read off the codes");
    assert_eq!((row.replacement.as_deref(), row.origin), (Some("shapes.edge"), Origin::Imported));
    assert_eq!(
        (row.dependency.as_str(), row.old_version.as_str(), row.new_version.as_str()),
        ("shapes", "", "==2.0")
    );
    assert_eq!((row.change_kind, row.license.as_str()), (ChangeKind::Unclassified, "MIT"));
    assert_eq!((row.provenance.path.as_str(), row.provenance.start_line), ("records.jsonl", 5));
    let card = std::fs::read_to_string(place.path("data/build/records/dataset/README.md")).unwrap();
    assert!(card.contains("10 rows are `imported`"), "{card}");
    place.run_ok(["export", "data/build/records/dataset", "--to", "recode", "--out", "back"]);
    let mut back = Vec::new();
    for split in ["train", "validation", "test"] {
        let text = std::fs::read_to_string(place.path(&format!("back/{split}.jsonl"))).unwrap_or_default();
        back.extend(text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()));
    }
    for mut wanted in records {
        wanted["dependency"] = json!("shapes");
        assert!(back.contains(&wanted), "{wanted} is not among {back:#?}");
    }
}

#[test]
fn what_is_wrong_is_named_with_file_record_and_column() {
    for (change, wanted) in [
        (json!({ "old_code": 3 }), "the column `old_code` is a number: it has to be a text"),
        (json!({ "old_code": null }), "the column `old_code` is null: it has to be a text"),
        (json!({ "update_info": " " }), "the column `update_info` is empty"),
    ] {
        let place = place();
        let mut bad = record(1);
        bad.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        write(&place, &[record(0), bad]);
        let outcome = place.run(["run", "records.toml"]);
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert!(outcome.stderr.contains("read record 2 of records.jsonl"), "{outcome}");
        assert!(outcome.stderr.contains(wanted), "{outcome}");
        assert!(!place.path("data/build/records/dataset").exists(), "nothing half-written");
    }
    let place = place();
    let mut without = record(0);
    without.as_object_mut().unwrap().remove("new_code");
    write(&place, &[without]);
    let outcome = place.run(["run", "records.toml"]);
    assert!(outcome.stderr.contains("there is no column `new_code` (it has `dependency`, "), "{outcome}");
    place.write("records.jsonl", "{]\n");
    let outcome = place.run(["run", "records.toml"]);
    assert!(outcome.code == Some(2) && outcome.stderr.contains("records.jsonl line 1"), "{outcome}");
    std::fs::write(place.path("records.jsonl"), b"\n{\"old_code\": \"\xe9\"}\n").unwrap();
    let outcome = place.run(["run", "records.toml"]);
    assert!(outcome.code == Some(2) && outcome.stderr.contains("read line 2 of records.jsonl"), "{outcome}");
}

#[test]
fn a_licence_that_is_not_taken_is_told_before_the_run() {
    let place = place();
    write(&place, &[record(0)]);
    place.write("records.toml", &PIPELINE.replace("MIT", "GPL-3.0-only"));
    let outcome = place.run(["run", "records.toml"]);
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(
        outcome.stderr.contains("records.toml:5:11") && outcome.stderr.contains("allowed here"),
        "{outcome}"
    );
}
