//! Pipeline files that cannot be used: the place in the file, and what is allowed there.

use insta::assert_snapshot;
use integration_tests::Place;

/// What `apishift run` says to a file.
fn complaint(text: &str) -> String {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    place.write("bad.toml", text);
    let outcome = place.run(["run", "bad.toml"]);
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stdout.is_empty(), "{outcome}");
    assert!(!place.path("data").exists(), "a bad file starts no run");
    outcome.stderr
}

const LIBRARY: &str = "[[library]]\npypi = \"networkx\"\n";

#[test]
fn unknown_key_with_a_close_one() {
    assert_snapshot!(complaint(&format!("name = \"a\"\n\n{LIBRARY}version = \">=2\"\n")));
}

#[test]
fn unknown_table() {
    assert_snapshot!(complaint(&format!("name = \"a\"\n{LIBRARY}\n[fetch]\nretries = 3\n")));
}

#[test]
fn unknown_value() {
    assert_snapshot!(complaint(&format!("name = \"a\"\n[defaults]\npick = \"newest\"\n{LIBRARY}")));
}

#[test]
fn wrong_type() {
    assert_snapshot!(complaint(&format!("name = \"a\"\nseed = \"forty-two\"\n{LIBRARY}")));
}

#[test]
fn no_toml() {
    assert_snapshot!(complaint("name = \"a\nseed = 1\n"));
}

#[test]
fn no_name() {
    assert_snapshot!(complaint(LIBRARY));
}

#[test]
fn a_name_that_leaves_the_folder() {
    assert_snapshot!(complaint(&format!("name = \"../a\"\n{LIBRARY}")));
}

#[test]
fn no_library() {
    assert_snapshot!(complaint("name = \"a\"\n\n[[dependent]]\npypi = \"b\"\n"));
}

#[test]
fn a_project_twice() {
    assert_snapshot!(complaint(
        "name = \"a\"\n\n[[library]]\npypi = \"Ruamel.Yaml\"\n\n[[library]]\npypi = \"ruamel_yaml\"\n"
    ));
}

#[test]
fn no_source() {
    assert_snapshot!(complaint("name = \"a\"\n\n[[library]]\nimports = [\"b\"]\n"));
}

#[test]
fn two_sources() {
    assert_snapshot!(complaint("name = \"a\"\n\n[[library]]\npypi = \"b\"\ngit = \"b.git\"\n"));
}

#[test]
fn git_without_a_name() {
    assert_snapshot!(complaint("name = \"a\"\n\n[[library]]\ngit = \"b.git\"\n"));
}

#[test]
fn a_project_name_that_is_none() {
    assert_snapshot!(complaint("name = \"a\"\n\n[[library]]\npypi = \"b c\"\n"));
}

#[test]
fn versions_that_are_none() {
    assert_snapshot!(complaint("name = \"a\"\n\n[[library]]\npypi = \"b\"\nversions = \">=1.0,<\"\n"));
}

#[test]
fn a_limit_of_nothing() {
    assert_snapshot!(complaint("name = \"a\"\n\n[[library]]\npypi = \"b\"\nlimit = 0\n"));
}

#[test]
fn a_share_above_one() {
    assert_snapshot!(complaint(&format!("name = \"a\"\n{LIBRARY}\n[split]\ntrain = 90\n")));
}

#[test]
fn a_licence_that_is_none() {
    assert_snapshot!(complaint(&format!(
        "name = \"a\"\n{LIBRARY}\n[assemble]\nlicences = [\"MIT\", \"Free\"]\n"
    )));
}

#[test]
fn a_day_that_is_none() {
    assert_snapshot!(complaint(&format!("name = \"a\"\n{LIBRARY}\n[split]\ncutoff = \"last summer\"\n")));
}

#[test]
fn no_file() {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    assert_snapshot!(place.run(["run", "nowhere.toml"]));
}
