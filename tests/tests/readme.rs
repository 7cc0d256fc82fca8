//! What the README tells people to do with trainers is what the interop tests do.

use std::{
    fs,
    path::{Path, PathBuf},
};

use integration_tests::Place;
use serde_json::json;

/// The workspace's root.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the workspace")
}

fn section() -> String {
    let readme = fs::read_to_string(root().join("README.md")).expect("there is a README");
    let (_, rest) = readme.split_once("## Use it from your trainer\n").expect("it has the section");
    rest.split("\n## ").next().expect("a first part").to_owned()
}

/// Whether these lines stand in the text in this order, whatever stands between and before them.
fn has_in_order(text: &str, lines: &[&str]) -> bool {
    let mut there = text.lines().map(str::trim);
    lines.iter().all(|line| there.any(|other| other == *line))
}

#[test]
fn its_code_is_that_of_the_interop_tests() {
    let section = section();
    let blocks: Vec<&str> =
        section.split("```python\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(blocks.len() >= 4, "TRL twice, SimKO, reading");
    let folder = root().join("tests/interop");
    let scripts: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the interop tests are there")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "py"))
        .collect();
    for block in blocks {
        let lines: Vec<&str> = block.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let tries = |script: &PathBuf| has_in_order(&fs::read_to_string(script).expect("a script"), &lines);
        assert!(scripts.iter().any(tries), "no interop test does this:\n{block}");
    }
}

#[test]
fn its_commands_are_those_of_the_exports() {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    let row = json!({ "task_id": "t", "prompt": "x = 1", "program": "x = 1", "passed": true });
    place.write("c.jsonl", &row.to_string());
    let section = section();
    for target in ["verl", "openrlhf", "skyrl", "slime"] {
        place.run_ok(["export", "c.jsonl", "--to", target, "--out", "out"]);
        let guide = fs::read_to_string(place.path("out/README.md")).unwrap();
        let (_, guide) = guide.split_once("\n# For ").expect("a heading after the header");
        let commands: Vec<&str> = guide.lines().filter(|line| line.starts_with("    ")).collect();
        assert!(!commands.is_empty(), "{guide}");
        assert!(section.contains(&commands.join("\n")), "{target}: {commands:#?}");
    }
}
