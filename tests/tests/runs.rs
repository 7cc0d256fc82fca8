//! Runs through the binary, on histories that are made here: the same bytes however they are run.

use std::{collections::BTreeMap, fs, process::Stdio, thread, time::Duration};

use insta::assert_snapshot;
use integration_tests::{Place, World, pipeline};

fn place(world: &World) -> Place {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    world.settle(&place);
    place
}

/// The bytes of an undisturbed run.
fn undisturbed(world: &World) -> BTreeMap<String, Vec<u8>> {
    let place = place(world);
    place.run_ok(["run", "demo.toml", "--jobs", "1"]);
    place.tree("data/build/demo")
}

fn assert_same(found: &BTreeMap<String, Vec<u8>>, expected: &BTreeMap<String, Vec<u8>>, what: &str) {
    let names = |tree: &BTreeMap<String, Vec<u8>>| tree.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(found), names(expected), "{what}: files");
    for (name, bytes) in expected {
        assert!(found[name] == *bytes, "{what}: {name} has other bytes");
    }
}

#[test]
fn a_run_from_nothing_to_a_dataset() {
    let world = World::new();
    let place = place(&world);
    assert_snapshot!("first", place.run(["run", "demo.toml"]));
    assert_snapshot!("again", place.run(["run", "demo.toml"]));
    assert_snapshot!("status", place.run(["status", "data/build/demo"]));
    let names: Vec<_> = place.tree("data/build/demo").into_keys().collect();
    assert_snapshot!("files", names.join("\n"));
}

#[test]
fn any_number_of_jobs_gives_the_same_bytes() {
    let world = World::new();
    let expected = undisturbed(&world);
    for jobs in ["2", "5"] {
        let place = place(&world);
        place.run_ok(["run", "demo.toml", "--jobs", jobs]);
        assert_same(&place.tree("data/build/demo"), &expected, &format!("--jobs {jobs}"));
    }
}

#[test]
fn merged_shards_give_the_same_bytes() {
    let world = World::new();
    let expected = undisturbed(&world);
    let place = place(&world);
    for shard in ["0/3", "1/3", "2/3"] {
        place.run_ok(["run", "demo.toml", "--shard", shard, "--out", &format!("part-{}", &shard[..1])]);
    }
    // The order in which they are named does not matter.
    place.run_ok(["merge", "part-2", "part-0", "part-1"]);
    assert_same(&place.tree("data/build/demo"), &expected, "merged shards");
    // Nor does it that they were merged: the run goes on as any other.
    let again = place.run_ok(["run", "demo.toml"]);
    assert!(!again.stdout.contains("done"), "{again}");
}

#[test]
fn merged_shards_of_one_stage_give_the_same_bytes() {
    let world = World::new();
    for stage in ["fetch", "mine", "migrate"] {
        let place = place(&world);
        place.run_ok([stage, "demo.toml", "--out", "whole"]);
        for shard in ["0/2", "1/2"] {
            place.run_ok([stage, "demo.toml", "--shard", shard, "--out", &format!("part-{}", &shard[..1])]);
        }
        place.run_ok(["merge", "part-0", "part-1", "--out", "merged"]);
        assert_same(&place.tree("merged"), &place.tree("whole"), stage);
    }
}

#[test]
fn what_is_not_all_of_one_run_is_not_merged() {
    let world = World::new();
    let place = place(&world);
    for shard in ["0/3", "1/3"] {
        place.run_ok(["run", "demo.toml", "--shard", shard, "--out", &format!("part-{}", &shard[..1])]);
    }
    place.run_ok(["run", "demo.toml", "--shard", "2/3", "--seed", "8", "--out", "other-seed"]);
    place.run_ok(["fetch", "demo.toml", "--out", "whole"]);
    for (name, folders) in [
        ("missing_shard", &["part-0", "part-1"][..]),
        ("other_seed", &["part-0", "part-1", "other-seed"]),
        ("twice", &["part-0", "part-0"]),
        ("whole_run", &["whole", "part-1"]),
        ("no_run", &["demo.toml"]),
    ] {
        let outcome = place.run([&["merge"], folders, &["--out", "merged"]].concat());
        assert_eq!(outcome.code, Some(2), "{outcome}");
        assert_snapshot!(name, outcome.stderr);
    }
}

#[test]
fn a_run_that_is_killed_goes_on_to_the_same_bytes() {
    let world = World::new();
    let expected = undisturbed(&world);
    let place = place(&world);
    // Ever later moments, until one run comes to its end by itself.
    let mut wait = Duration::from_millis(2);
    let mut kills = 0;
    loop {
        let mut child = place
            .command(["run", "demo.toml", "--jobs", "2", "--quiet"])
            .stdout(Stdio::null())
            .spawn()
            .expect("the binary can be run");
        thread::sleep(wait);
        let ended = child.try_wait().expect("the process can be asked");
        if let Some(status) = ended {
            assert!(status.success(), "{status}");
            break;
        }
        // SIGKILL: the process gets no chance to tidy up.
        child.kill().expect("the process can be killed");
        child.wait().expect("the process ends");
        kills += 1;
        wait = wait * 5 / 4 + Duration::from_millis(1);
    }
    assert!(kills > 2, "only {kills} kills");
    assert_same(&place.tree("data/build/demo"), &expected, &format!("killed {kills} times"));
}

#[test]
fn a_change_of_settings_redoes_what_depends_on_it() {
    let world = World::new();
    let place = place(&world);
    place.run_ok(["run", "demo.toml"]);
    let text = pipeline(&["shapes", "colours"], &["painter"]) + "\n[assemble]\nper-change = 1\n";
    place.write("demo.toml", &text);
    assert_snapshot!("changed_setting", place.run(["run", "demo.toml"]));
    // A seed concerns only the stages that draw.
    assert_snapshot!("changed_seed", place.run(["run", "demo.toml", "--seed", "1"]));
}

#[test]
fn a_project_that_is_added_leaves_the_others_as_they_are() {
    let world = World::new();
    let grown = place(&world);
    grown.write("demo.toml", &pipeline(&["shapes"], &[]));
    grown.run_ok(["run", "demo.toml"]);
    grown.write("demo.toml", &pipeline(&["shapes", "colours"], &["painter"]));
    let outcome = grown.run_ok(["run", "demo.toml"]);
    assert_snapshot!("added_project", outcome.stderr);
    assert_same(&grown.tree("data/build/demo"), &undisturbed(&world), "a pipeline that grew");
}

#[test]
fn new_releases_are_fetched_when_asked_for() {
    let world = World::new();
    let place = place(&world);
    place.run_ok(["run", "demo.toml"]);
    world.release("shapes", "2.1", "shapes/extra.py", "def more():\n    return 1\n");
    let unasked = place.run_ok(["run", "demo.toml"]);
    assert!(unasked.stdout.contains("fetch     up to date"), "{unasked}");
    let asked = place.run_ok(["run", "demo.toml", "--redo", "fetch"]);
    assert!(asked.stderr.contains("fetch: 9 rows of releases"), "{asked}");
}

#[test]
fn a_cache_that_is_gone_is_filled_again() {
    let world = World::new();
    let place = place(&world);
    place.run_ok(["fetch", "demo.toml"]);
    fs::remove_dir_all(place.path("data/cache")).expect("the cache can be removed");
    place.run_ok(["run", "demo.toml"]);
    assert_same(&place.tree("data/build/demo"), &undisturbed(&world), "a run without its cache");
}
