//! `audit`.

use insta::assert_snapshot;
use integration_tests::{Place, World};
use serde_json::Value;

/// Verdicts on three rows, as a sheet saves them: the second reader takes one back.
const HEADER: &str = "id,dependency,origin,change_kind,unit_kind,verdict,update_info,reason\n";

#[test]
fn a_sheet_has_the_rows_that_were_drawn() {
    let world = World::new();
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    world.settle(&place);
    place.run_ok(["run", "demo.toml"]);
    let dataset = "data/build/demo/dataset";
    assert_snapshot!(place.run(["audit", dataset, "--n", "5", "--seed", "3"]));
    let page = std::fs::read_to_string(place.path("audit-3.html")).expect("the sheet");
    assert_eq!(page.matches("<article ").count(), 5);
    // Nothing of it comes from elsewhere.
    assert!(!page.contains("http://") && !page.contains("https://"), "{page}");
    let sample = place.run(["inspect", dataset, "--sample", "5", "--seed", "3", "--format", "json"]);
    let sample: Value = serde_json::from_str(&sample.stdout).expect("one JSON object");
    for row in sample["sample"].as_array().expect("rows") {
        let id = row["id"].as_str().expect("an id");
        assert!(page.contains(&format!("data-id=\"{id}\"")), "{id}");
    }
}

#[test]
fn verdicts_give_precision_and_agreement() {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    let first = "1,numpy,own,removed,test,good,good,\n2,numpy,dependent,renamed,function,bad,good,\"no, other\"\n3,pandas,own,removed,test,good,bad,\n";
    place.write("ann.csv", &format!("{HEADER}{first}"));
    place.write(
        "bob.csv",
        &format!(
            "{HEADER}{}",
            first.replace("3,pandas,own,removed,test,good", "3,pandas,own,removed,test,tolerable")
        ),
    );
    assert_snapshot!("two_readers", place.run(["audit", "--verdicts", "ann.csv", "--verdicts", "bob.csv"]));
}

#[test]
fn what_is_no_sample_and_no_verdict_is_refused() {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    place.write("rows.jsonl", "{\"kind\": \"a\"}\n");
    place.write("empty.csv", HEADER);
    place.write("wrong.csv", &format!("{HEADER}1,numpy,own,removed,test,great,,\n"));
    let outcomes = [
        place.run(["audit", "rows.jsonl"]),
        place.run(["audit"]),
        place.run(["audit", "--verdicts", "empty.csv"]),
        place.run(["audit", "--verdicts", "wrong.csv"]),
        place.run(["audit", "--verdicts", "nowhere.csv"]),
    ];
    let outcomes: Vec<String> = outcomes.iter().map(ToString::to_string).collect();
    assert_snapshot!("refused", outcomes.join("\n"));
}
