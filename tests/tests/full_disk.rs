//! A disk without space: a small file system of its own, where this user may mount one.

#![cfg(target_os = "linux")]

use std::{fs, path::Path, process::Command};

use integration_tests::{Place, World};

/// A file system in memory, gone with the value.
struct Disk<'a>(&'a Path);

impl<'a> Disk<'a> {
    /// `None` where this user may mount nothing.
    fn mount(path: &'a Path, kilobytes: usize) -> Option<Self> {
        fs::create_dir_all(path).expect("a folder can be made");
        run("mount", &["-t", "tmpfs", "-o", &format!("size={kilobytes}k"), "tmpfs"], path).then(|| Self(path))
    }
}

impl Drop for Disk<'_> {
    fn drop(&mut self) {
        run("umount", &[], self.0);
    }
}

#[expect(clippy::disallowed_methods, reason = "the standard library mounts nothing")]
fn run(program: &str, args: &[&str], path: &Path) -> bool {
    Command::new(program).args(args).arg(path).output().is_ok_and(|output| output.status.success())
}

#[test]
fn verdicts_without_space_go_on_when_there_is_some() {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    let disk = place.path("disk");
    let Some(_mounted) = Disk::mount(&disk, 256) else {
        println!("SKIPPED: this user may mount no file system");
        return;
    };
    let row = "{\"program\": \"def f(x):\\n    return x\\n\", \"tests\": \"assert f(1) == 1\"}\n";
    place.write("in.jsonl", &row.repeat(600));
    let verify =
        ["verify", "in.jsonl", "--out", "disk/out.jsonl", "--isolation", "process-only", "--batch", "64"];
    let filler = disk.join("filler");
    // Room for some verdicts, not for all of them; and then for the journal, and not for the output beside it.
    for free in [64, 160] {
        fs::write(&filler, vec![0; 1024 * (256 - free)]).ok();
        let outcome = place.run(verify);
        assert_eq!(outcome.code, Some(3), "{free} KiB free: {outcome}");
        assert!(outcome.stderr.contains("No space left on device"), "{outcome}");
        assert!(!place.path("disk/out.jsonl").exists(), "{free} KiB free: half an output");
        fs::remove_file(&filler).expect("the filler can be removed");
    }
    let outcome = place.run_ok([&verify[..], &["--format", "json"]].concat());
    assert!(!outcome.stdout.contains("\"new\": 600"), "what was done is done again: {outcome}");
    let out = fs::read_to_string(place.path("disk/out.jsonl")).expect("verdicts are written");
    assert_eq!(out.lines().count(), 600);
}

#[test]
fn a_run_without_space_goes_on_when_there_is_some() {
    let world = World::new();
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    world.settle(&place);
    place.run_ok(["run", "demo.toml"]);
    let disk = place.path("disk");
    let Some(_mounted) = Disk::mount(&disk, 1024) else {
        println!("SKIPPED: this user may mount no file system");
        return;
    };
    let run = ["run", "demo.toml", "--out", "disk/demo", "--quiet"];
    let filler = disk.join("filler");
    let mut refusals = 0;
    // Ever more space, so that every stage meets the end of it.
    for free in (16..=160).step_by(8) {
        fs::write(&filler, vec![0; 1024 * (1024 - free)]).ok();
        let outcome = place.run(run);
        if outcome.code == Some(0) {
            break;
        }
        refusals += 1;
        assert_eq!(outcome.code, Some(3), "{free} KiB free: {outcome}");
        assert!(outcome.stderr.contains("No space left on device"), "{outcome}");
        fs::remove_file(&filler).expect("the filler can be removed");
    }
    assert!(refusals > 1, "{refusals} refusals");
    fs::remove_file(&filler).ok();
    place.run_ok(run);
    assert_eq!(place.tree("disk/demo"), place.tree("data/build/demo"));
}
