//! Surroundings in which a run cannot work: a clear sentence, an exit code, nothing half-written, nothing lost.

use std::{fs, process::Stdio};

use insta::assert_snapshot;
use integration_tests::{Place, World, pipeline};

fn place() -> (World, Place) {
    let world = World::new();
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    world.settle(&place);
    (world, place)
}

#[test]
fn a_folder_in_use() {
    let (_world, place) = place();
    place.run_ok(["fetch", "demo.toml"]);
    let before = place.tree("data/build/demo");
    let lock =
        fs::File::options().write(true).open(place.path("data/build/demo/.lock")).expect("the lock file");
    lock.lock().expect("the lock is free");
    let outcome = place.run(["run", "demo.toml"]);
    assert_eq!(place.tree("data/build/demo"), before);
    assert_snapshot!(outcome);
    // Reading is allowed meanwhile.
    place.run_ok(["status", "data/build/demo"]);
    drop(lock);
    place.run_ok(["run", "demo.toml"]);
}

#[test]
fn a_folder_below_a_file() {
    let (_world, place) = place();
    let outcome = place.run(["run", "demo.toml", "--out", "demo.toml/out"]);
    assert_snapshot!(outcome);
}

#[cfg(unix)]
#[test]
fn a_folder_that_must_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let (_world, place) = place();
    let closed = place.path("closed");
    fs::create_dir(&closed).expect("a folder can be made");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o555)).expect("permissions can be set");
    if fs::write(closed.join("probe"), "").is_ok() {
        eprintln!("skipped: this user may write everywhere");
        return;
    }
    let outcome = place.run(["run", "demo.toml", "--out", "closed/out"]);
    assert_eq!(outcome.code, Some(3), "{outcome}");
    assert_eq!(fs::read_dir(&closed).expect("a folder").count(), 0);
}

#[test]
fn a_repository_that_is_not_there() {
    let (_world, place) = place();
    place.write("demo.toml", &pipeline(&["shapes", "squares", "circles"], &[]));
    let outcome = place.run(["run", "demo.toml"]);
    // What is there was fetched all the same, and waits.
    let status = place.run_ok(["status", "data/build/demo"]);
    assert!(status.stdout.contains("partial: 1 of 3 projects done"), "{status}");
    assert_eq!(outcome.code, Some(2), "{outcome}");
    assert!(outcome.stderr.contains("fetch 2 of 3 projects"), "{outcome}");
}

#[test]
fn no_release_that_matches() {
    let (_world, place) = place();
    let text = pipeline(&["shapes"], &[]) + "versions = \">=7\"\n";
    place.write("demo.toml", &text);
    assert_snapshot!(place.run(["run", "demo.toml"]));
}

#[test]
fn offline_without_a_cache() {
    let (_world, place) = place();
    let outcome = place.run(["run", "demo.toml", "--offline"]);
    assert_eq!(outcome.code, Some(3), "{outcome}");
    place.run_ok(["fetch", "demo.toml"]);
    place.run_ok(["run", "demo.toml", "--offline", "--redo", "fetch"]);
}

#[test]
fn a_shard_of_a_stage_that_has_none() {
    let (_world, place) = place();
    assert_snapshot!(place.run(["assemble", "demo.toml", "--shard", "0/2"]));
}

#[test]
fn an_output_that_was_edited_is_made_again() {
    let (_world, place) = place();
    place.run_ok(["mine", "demo.toml"]);
    let whole = place.tree("data/build/demo");
    fs::write(place.path("data/build/demo/mine/api_changes.parquet"), "edited")
        .expect("a file can be written");
    assert_snapshot!(place.run(["mine", "demo.toml"]));
    assert_eq!(place.tree("data/build/demo"), whole);
}

/// A signal that asks to stop: what is finished stays, the exit code says so, and the same command goes on.
#[cfg(unix)]
#[test]
fn an_interrupt() {
    let (_world, place) = place();
    let mut child = place
        .command(["run", "demo.toml", "--jobs", "1"])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary can be run");
    // The lock is there as soon as the run has begun; the handler is set up right after.
    while !place.path("data/build/demo/run.json").exists() {
        std::thread::yield_now();
        if child.try_wait().expect("the process can be asked").is_some() {
            break;
        }
    }
    integration_tests::interrupt(child.id());
    let output = child.wait_with_output().expect("the process ends");
    let outcome = place.outcome(&output);
    if outcome.code != Some(0) {
        assert_eq!(outcome.code, Some(4), "{outcome}");
        assert!(outcome.stderr.contains("Go on with: apishift run demo.toml"), "{outcome}");
    }
    place.run_ok(["run", "demo.toml"]);
}
