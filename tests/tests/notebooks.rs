//! The notebook, executed on a small dataset. Installing Jupyter meets the network: the test says so, and is content without it.

#![expect(clippy::disallowed_methods, reason = "the tests run what they test")]

use std::{fs, path::Path, process::Command};

use integration_tests::{Place, World};

/// How `notebooks/execute` ends where what it needs cannot be installed.
const NO_TOOLS: i32 = 3;

#[test]
fn every_cell_runs_and_every_figure_is_drawn() {
    let world = World::new();
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    world.settle(&place);
    place.run_ok(["run", "demo.toml"]);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks/execute");
    let page = place.path("page");
    let mut command = Command::new(script);
    let output = command.arg(place.path("data/build/demo/dataset")).arg(&page).output();
    let outcome = place.outcome(&output.expect("the script can be run"));
    if outcome.code == Some(NO_TOOLS) {
        return println!("SKIPPED: {outcome}");
    }
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let html = fs::read_to_string(page.join("dataset.html")).expect("there is a page");
    // What writes to the standard error of a cell is a warning.
    let warning = html
        .split_once("data-mime-type=\"application/vnd.jupyter.stderr\"")
        .map(|(_, after)| &after[..after.len().min(800)]);
    assert_eq!(warning, None, "a cell warns");
    let figures = fs::read_dir(page.join("figures")).expect("there are figures");
    let mut names: Vec<String> =
        figures.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    // Nothing of the small dataset is run, and nobody has read it.
    let expected = ["growth", "kept", "kinds", "lengths", "libraries", "years", "yield"];
    assert_eq!(names, expected.map(|name| format!("{name}.svg")));
}

#[test]
fn a_folder_without_a_dataset_is_refused_with_what_to_do() {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../notebooks/execute");
    let mut command = Command::new(script);
    let output = command.arg(place.path("nothing")).arg(place.path("page")).output();
    let outcome = place.outcome(&output.expect("the script can be run"));
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr.contains("`./justw build-dataset` makes a dataset"), "{outcome}");
}
