//! Programs that try everything: each in `hostile/`, with what it tries and the verdicts that are right for it.
//!
//! None is run outside of a sandbox, and each has a cap on its damage built in.

use std::{collections::BTreeSet, fs, net::TcpListener, num::NonZeroUsize, path::Path, time::Duration};

use apishift_verify::{Kind, Running};

use crate::support::{OUTSIDE, host, plainly, program, verdicts, verdicts_of};

/// The same with names in between, which is run as it is.
const INSIDE: &str = "def check(candidate):\n    four = candidate(2)\n    assert four == 4\n    nine = candidate(3)\n    \
                      assert nine == 9\n";

struct Hostile {
    name: String,
    source: String,
    /// Names of the kinds that are right.
    expected: BTreeSet<String>,
}

/// All of them, by name; they are told where the canaries are.
fn hostile(canary: &Path, port: u16) -> Vec<Hostile> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("hostile");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let read = |path: &Path| {
        let text = fs::read_to_string(path).unwrap();
        let expected =
            text.lines().find_map(|line| line.strip_prefix("# expect: ")).expect("what is expected");
        let expected = expected.split_whitespace().map(str::to_owned).collect();
        let source = text.replace("@CANARY@", &canary.display().to_string());
        let source = source.replace("@PORT@", &port.to_string()).replace("@NUL@", "\0");
        // What would be long in a file.
        let source = source.replace("@DEEP@", &"-".repeat(200_000)).replace("@LONG@", &"x".repeat(10 << 20));
        Hostile { name: path.file_stem().unwrap().to_string_lossy().into_owned(), source, expected }
    };
    paths.iter().map(|path| read(path)).collect()
}

#[test]
fn each_gets_the_right_verdict_and_neither_neighbours_nor_the_host_notice() {
    hostile_among_neighbours(plainly());
}

#[test]
fn so_it_is_where_programs_share_children_and_time() {
    let together = Running {
        batch: NonZeroUsize::new(16).unwrap(),
        first: Some(Duration::from_millis(300)),
        dedupe: true,
        ..plainly()
    };
    hostile_among_neighbours(together);
}

fn hostile_among_neighbours(running: Running) {
    let Some(host) = host() else { return };
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let canary = folder.path().join("canary");
    fs::write(&canary, "untouched").unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    // Other tests mount small disks meanwhile, in folders of `tempfile`, whose names begin so.
    let mounts = || -> Vec<String> {
        let all = fs::read_to_string("/proc/self/mountinfo").unwrap();
        all.lines().filter(|line| !line.contains("/.tmp")).map(str::to_owned).collect()
    };
    let mounts_before = mounts();

    let hostile = hostile(&canary, listener.local_addr().unwrap().port());
    assert!(hostile.len() >= 60);
    // After each a neighbour that is right and one that is wrong.
    let right = program("def square(x):\n    return x * x\n", OUTSIDE);
    let wrong = program("def square(x):\n    return x + x\n", OUTSIDE);
    let programs = hostile.iter().flat_map(|h| [program(&h.source, OUTSIDE), right.clone(), wrong.clone()]);
    let verdicts = verdicts_of(&host, programs.collect(), 2, running);

    let mut faults = Vec::new();
    for (hostile, verdicts) in hostile.iter().zip(verdicts.chunks(3)) {
        let [own, right, wrong] = verdicts else { panic!("a verdict is missing") };
        // Where time is short, one that is wrong may be given up before it shows why.
        let is_given_up = own.message.starts_with("given up") && !hostile.expected.contains("ok");
        if !is_given_up && !hostile.expected.contains(own.kind.as_str()) {
            faults.push(format!(
                "{}: {} ({}), not {:?}",
                hostile.name, own.kind, own.message, hostile.expected
            ));
        }
        if (right.kind, wrong.kind) != (Kind::Ok, Kind::Assert) {
            faults.push(format!("{}: its neighbours are {} and {}", hostile.name, right.kind, wrong.kind));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert_eq!(fs::read_to_string(&canary).unwrap(), "untouched");
    assert!(listener.accept().is_err(), "somebody came through to the host's network");
    assert_eq!(mounts(), mounts_before);
    let server = "python\0-S\0-s\0-B\0-c";
    let left = fs::read_dir("/proc").unwrap().flatten().filter(|entry| {
        let of_us = fs::read_to_string(entry.path().join("status"))
            .is_ok_and(|status| status.lines().any(|line| line == format!("PPid:\t{}", std::process::id())));
        of_us && fs::read_to_string(entry.path().join("cmdline")).is_ok_and(|line| line.starts_with(server))
    });
    assert_eq!(left.count(), 0, "servers are left");
}

#[test]
fn none_passes_falsely_where_tests_run_in_its_own_process() {
    let Some(host) = host() else { return };
    let hostile = hostile(Path::new("/nowhere/canary"), 9);
    let programs = hostile.iter().map(|hostile| program(&hostile.source, INSIDE)).collect();
    let verdicts = verdicts(&host, programs, 2);
    let passes = hostile.iter().zip(&verdicts).filter(|(_, verdict)| verdict.passed());
    let wrong: Vec<&str> =
        passes.filter(|(h, _)| !h.expected.contains("ok")).map(|(h, _)| h.name.as_str()).collect();
    assert!(wrong.is_empty(), "passed: {wrong:?}");
}

#[test]
fn nothing_is_left_for_the_next_program() {
    let Some(host) = host() else { return };
    let leaves = "import os, sys\n\nfor name in ('file', '.hidden'):\n    open('/tmp/' + name, 'w').close()\ntry:\n    os.setxattr('/tmp', 'user.left', b'x')\nexcept OSError:\n    pass\n\
                  try:\n    os.chmod('/tmp', 0o1777)\n    os.utime('/tmp', (9000000000, 2))\nexcept OSError:\n    pass\n\
                  os.environ['LEFT'] = 'x'\nsys.modules['left'] = sys\n\n\ndef square(x):\n    return x * x\n";
    let finds = "import os, sys\n\nfound = [*os.listdir('/tmp'), *os.listxattr('/tmp'), os.environ.get('LEFT')]\n\
                 found += [sys.modules.get('left'), oct(os.stat('/tmp').st_mode)[-4] == '1' or None]\n\
                 found += [int(os.stat('/tmp').st_mtime) == 2 or None, int(os.stat('/tmp').st_atime) == 9000000000 or None]\n\n\n\
                 def square(x):\n    return [one for one in found if one is not None]\n";
    // Of a folder the server rids itself by a fresh sandbox, so that what else is left would not show beside one.
    let folder = "import os\n\nos.makedirs('/tmp/a/b')\n".to_owned() + leaves;
    let none_found = "def check(candidate):\n    assert candidate(2) == []\n";
    let programs = vec![
        program(leaves, OUTSIDE),
        program(finds, none_found),
        program(leaves, INSIDE),
        program(finds, none_found),
        program(&folder, OUTSIDE),
        program(finds, none_found),
    ];
    let verdicts = verdicts(&host, programs, 1);
    let kinds: Vec<Kind> = verdicts.iter().map(|verdict| verdict.kind).collect();
    assert_eq!(kinds, [Kind::Ok; 6], "{verdicts:?}");
}
