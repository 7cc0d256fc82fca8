//! Runs against a package index on loopback: what the index lacks, or gets wrong.

use apishift_testkit::{Fault, PackageIndex, Pages};
use insta::assert_snapshot;
use integration_tests::{Outcome, Place};

const MODULE: &str = "def area(side):\n    \"\"\"The area.\"\"\"\n    return side * side\n";

/// An index with two projects, `squares` of three releases and `circles` of one, and a place with a pipeline on them.
fn place() -> (PackageIndex, Place) {
    let index = PackageIndex::start(Pages::Json);
    for version in ["1.0", "1.1", "2.0"] {
        index.add_release("squares", version, MODULE);
    }
    index.add_release("circles", "0.1", MODULE);
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    place.write(
        "demo.toml",
        "name = \"demo\"\n\n[[library]]\npypi = \"squares\"\n\n[[dependent]]\npypi = \"circles\"\n",
    );
    (index, place)
}

fn fetch(index: &PackageIndex, place: &Place) -> Outcome {
    let mut command = place.command(["fetch", "demo.toml", "--jobs", "1"]);
    let output = command.env("PIP_INDEX_URL", index.url()).output().expect("the binary can be run");
    let outcome = place.outcome(&output);
    let tidy = |text: &str| text.replace(&index.url(), "[INDEX]");
    Outcome { code: outcome.code, stdout: tidy(&outcome.stdout), stderr: tidy(&outcome.stderr) }
}

#[test]
fn releases_come_from_the_index_that_pip_uses() {
    let (index, place) = place();
    assert_snapshot!(fetch(&index, &place));
    let downloads = index.downloads();
    assert_eq!(downloads, 4);
    fetch(&index, &place);
    assert_eq!(index.downloads(), downloads, "nothing is downloaded twice");
}

#[test]
fn a_project_that_the_index_does_not_have() {
    let (index, place) = place();
    index.remove("circles");
    assert_snapshot!(fetch(&index, &place));
}

#[test]
fn a_file_with_a_wrong_hash_is_a_counted_skip() {
    let (index, place) = place();
    index.fault("squares-1.1.tar.gz", Fault::WrongBytes { times: 100 });
    let outcome = fetch(&index, &place);
    assert_eq!(outcome.code, Some(0), "{outcome}");
    let status = place.run(["status", "data/build/demo"]);
    assert_snapshot!(status);
}
