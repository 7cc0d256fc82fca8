//! `inspect` and `status`.

use insta::assert_snapshot;
use integration_tests::{Outcome, Place, World};
use serde_json::Value;

/// A place with a finished run.
fn place() -> (World, Place) {
    let world = World::new();
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    world.settle(&place);
    place.run_ok(["run", "demo.toml"]);
    (world, place)
}

fn inspect(place: &Place, args: &[&str]) -> Outcome {
    place.run([&["inspect"], args].concat())
}

#[test]
fn every_kind_of_path() {
    let (_world, place) = place();
    assert_snapshot!("run_folder", inspect(&place, &["data/build/demo", "--sample", "1"]));
    assert_snapshot!("stage_folder", inspect(&place, &["data/build/demo/fetch", "--sample", "1"]));
    assert_snapshot!(
        "table",
        inspect(
            &place,
            &[
                "data/build/demo/mine/api_changes.parquet",
                "--sample",
                "2",
                "--columns",
                "symbol,kind,replacement"
            ]
        )
    );
    let dataset = inspect(&place, &["data/build/demo/dataset", "--sample", "0", "--format", "json"]);
    let dataset: Value = serde_json::from_str(&dataset.stdout).expect("one JSON object");
    assert!(dataset["rows"].as_u64().is_some_and(|rows| rows >= 10), "{dataset:#}");
    place.write("rows.jsonl", "{\"kind\": \"a\", \"n\": 1}\n{\"kind\": \"b\", \"n\": null}\n");
    assert_snapshot!("jsonl", inspect(&place, &["rows.jsonl"]));
}

#[test]
fn filters() {
    let (_world, place) = place();
    let dataset = "data/build/demo/dataset";
    let filtered = inspect(
        &place,
        &[dataset, "--where", "dependency = 'shapes' AND origin = 'dependent'", "--sample", "1"],
    );
    assert_snapshot!("filtered", filtered);
    assert_snapshot!(
        "coloured",
        inspect(
            &place,
            &[
                dataset,
                "--where",
                "symbol LIKE '%.area'",
                "--sample",
                "1",
                "--color",
                "always",
                "--columns",
                "old_code,new_code"
            ]
        )
    );
    assert_snapshot!("unknown_column", inspect(&place, &[dataset, "--where", "kind = 'removed'"]));
    assert_snapshot!("unknown_shown_column", inspect(&place, &[dataset, "--columns", "symbol,code"]));
    assert_snapshot!("no_expression", inspect(&place, &[dataset, "--where", "symbol ="]));
    assert_snapshot!("no_truth", inspect(&place, &[dataset, "--where", "quality + 1"]));
}

#[test]
fn samples_follow_the_seed() {
    let (_world, place) = place();
    let sample =
        |seed: &str| inspect(&place, &["data/build/demo/migrate", "--sample", "2", "--seed", seed]).stdout;
    assert_eq!(sample("1"), sample("1"));
    assert!((2..9).any(|seed| sample("1") != sample(&seed.to_string())), "every seed draws the same rows");
}

#[test]
fn paths_without_a_table() {
    let (_world, place) = place();
    assert_snapshot!("nothing", inspect(&place, &["nowhere"]));
    assert_snapshot!("no_table", inspect(&place, &["demo.toml"]));
    place.write("broken.parquet", "PAR1 or not");
    assert_snapshot!("broken", inspect(&place, &["broken.parquet"]));
    assert_snapshot!("no_run", place.run(["status", "."]));
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::process::Stdio;
    let (_world, place) = place();
    let mut child = place
        .command(["inspect", "data/build/demo/dataset", "--sample", "1000", "--format", "json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be run");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the process ends");
    let outcome = place.outcome(&output);
    assert_eq!(outcome.code, Some(0), "{outcome}");
}

#[test]
fn status_says_how_far_a_run_is() {
    let (_world, place) = place();
    let status = || place.run(["status", "data/build/demo"]);
    assert_snapshot!("complete", status());
    place.run_ok(["mine", "demo.toml", "--seed", "3"]);
    assert_snapshot!("asked_for_less", status());
    std::fs::remove_dir_all(place.path("data/build/demo/migrate")).expect("a stage can be removed");
    place.write(
        "demo.toml",
        &(integration_tests::pipeline(&["shapes", "colours"], &["painter"])
            + "\n[migrate]\nmax-lines = 30\n"),
    );
    place.run_ok(["mine", "demo.toml"]);
    place.run_ok(["run", "demo.toml", "--out", "other"]);
    let json = place.run_ok(["status", "other", "--format", "json"]);
    let json: Value = serde_json::from_str(&json.stdout).expect("one JSON object");
    assert_eq!(json["complete"], true, "{json:#}");
    assert_eq!(json["stages"].as_array().map(Vec::len), Some(6), "{json:#}");
}
