//! What `--help` says.

use insta::assert_snapshot;
use integration_tests::Place;

fn help(args: &[&str]) -> String {
    Place::new(env!("CARGO_BIN_EXE_apishift-under-test")).run(args).to_string()
}

#[test]
fn of_the_binary() {
    assert_snapshot!(help(&["--help"]));
}

#[test]
fn of_run() {
    assert_snapshot!(help(&["run", "--help"]));
}

#[test]
fn of_inspect() {
    assert_snapshot!(help(&["inspect", "--help"]));
}

#[test]
fn of_audit() {
    assert_snapshot!(help(&["audit", "--help"]));
}

#[test]
fn of_merge_and_status() {
    assert_snapshot!(format!("{}\n{}", help(&["merge", "--help"]), help(&["status", "--help"])));
}

#[test]
fn of_reward_and_export() {
    assert_snapshot!(format!("{}\n{}", help(&["reward", "--help"]), help(&["export", "--help"])));
}

#[test]
fn of_verify_and_doctor() {
    assert_snapshot!(format!("{}\n{}", help(&["verify", "--help"]), help(&["doctor", "--help"])));
}

#[test]
fn wrong_arguments_are_wrong_use() {
    for args in
        [&["run"][..], &["run", "x.toml", "--shard", "3/3"], &["fly"], &["run", "x.toml", "--jobs", "0"]]
    {
        let outcome = Place::new(env!("CARGO_BIN_EXE_apishift-under-test")).run(args);
        assert_eq!(outcome.code, Some(2), "{args:?}: {outcome}");
    }
}
