//! What programs run on: the interpreter, its packages, modules of the caller, and how much keeps them in.

use std::{fs, path::Path, process::Command};

use apishift_sandbox::{Host, Isolation, SandboxError, Settings};
use apishift_verify::Kind;

use crate::support::{OUTSIDE, host, program, verdicts};

#[test]
fn process_only_isolation_runs_programs_and_leaves_no_process() {
    let settings = Settings { isolation: Isolation::ProcessOnly, ..Settings::default() };
    let host = Host::new(settings).unwrap();
    let daemon = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(30)\n    os._exit(0)\n\n\n\
                  def square(x):\n    return x * x\n";
    let verdicts = verdicts(&host, vec![program(daemon, OUTSIDE)], 1);
    assert_eq!(verdicts[0].kind, Kind::Ok, "{}", verdicts[0].message);
}

#[test]
fn an_interpreter_that_is_not_there_is_named() {
    let settings = Settings { python: "/nowhere/python".into(), ..Settings::default() };
    let error = Host::new(settings).map(drop).unwrap_err();
    assert!(matches!(error, SandboxError::Interpreter { .. } | SandboxError::Missing(_)), "{error}");
}

#[test]
fn modules_that_cannot_be_imported_are_named() {
    if host().is_none() {
        return;
    }
    let missing = vec!["math".to_owned(), "no_such_module".to_owned()];
    let common = Settings { imports: missing.clone(), ..Settings::default() };
    let heavy = Settings { heavy: missing, ..Settings::default() };
    for settings in [common, heavy] {
        let error = Host::new(settings).unwrap().check().unwrap_err();
        assert!(error.to_string().contains("import no_such_module"), "{error}");
    }
}

#[test]
fn what_is_heavy_is_imported_once_and_only_for_programs_that_name_it() {
    if host().is_none() {
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    // The server is the first process of its namespace.
    fs::write(folder.path().join("slowmodule.py"), "import os\n\nIMPORTED_BY = os.getpid()\n").unwrap();
    let settings = Settings {
        path: vec![folder.path().to_owned()],
        heavy: vec!["slowmodule".to_owned()],
        ..Settings::default()
    };
    let host = Host::new(settings).unwrap();
    let names = "import os, slowmodule\n\ndef square(x):\n    assert os.getpid() != slowmodule.IMPORTED_BY == 1\n    return x * x\n";
    let other =
        "import sys\n\ndef square(x):\n    assert 'slow' + 'module' not in sys.modules\n    return x * x\n";
    let programs = [names, other, names, other].map(|source| program(source, OUTSIDE));
    let verdicts = verdicts(&host, programs.to_vec(), 1);
    let kinds: Vec<Kind> = verdicts.iter().map(|verdict| verdict.kind).collect();
    assert_eq!(kinds, [Kind::Ok; 4], "{verdicts:?}");
}

/// A folder with a module `squares`.
fn module_in(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    fs::write(folder.join("squares.py"), "def square(x):\n    return x * x\n").unwrap();
}

const IMPORTS: &str = "from squares import square\n";

#[test]
fn modules_of_the_caller_are_there_wherever_they_lie() {
    if host().is_none() {
        return;
    }
    // Where programs write, and deeper there; a link to another place.
    let folder = tempfile::tempdir_in("/tmp").unwrap();
    let deep = folder.path().join("a/b");
    module_in(&deep);
    let link = folder.path().join("link");
    std::os::unix::fs::symlink(&deep, &link).unwrap();
    let beside = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    module_in(beside.path());
    let meddles = "import os, squares\n\nhere = os.path.dirname(squares.__file__)\nfor path in (here, os.path.dirname(here)):\n    \
                   try:\n        os.rename(path, '/tmp/elsewhere')\n    except OSError:\n        pass\n    \
                   try:\n        open(path + '/squares.py', 'w')\n    except OSError:\n        pass\n";
    for path in [&deep, &link, &beside.path().to_owned()] {
        let host = Host::new(Settings { path: vec![path.clone()], ..Settings::default() }).unwrap();
        let programs =
            [IMPORTS, &(meddles.to_owned() + IMPORTS), IMPORTS].map(|source| program(source, OUTSIDE));
        let kinds: Vec<Kind> = verdicts(&host, programs.to_vec(), 1).iter().map(|v| v.kind).collect();
        assert_eq!(kinds, [Kind::Ok; 3], "{}", path.display());
    }
    let missing = Settings { path: vec!["/nowhere/modules".into()], ..Settings::default() };
    let error = Host::new(missing).map(drop).unwrap_err();
    assert!(matches!(error, SandboxError::Shown { .. }), "{error}");
}

#[test]
fn packages_of_a_virtual_environment_are_there() {
    if host().is_none() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    #[expect(clippy::disallowed_methods, reason = "the environment is made by Python's own tool")]
    let made =
        Command::new("python3").args(["-m", "venv", "--without-pip"]).arg(folder.path()).status().unwrap();
    assert!(made.success());
    let libraries = fs::read_dir(folder.path().join("lib")).unwrap().next().unwrap().unwrap().path();
    module_in(&libraries.join("site-packages"));
    let host =
        Host::new(Settings { python: folder.path().join("bin/python"), ..Settings::default() }).unwrap();
    let verdicts = verdicts(&host, vec![program(IMPORTS, OUTSIDE)], 1);
    assert_eq!(verdicts[0].kind, Kind::Ok, "{}", verdicts[0].message);
}

/// As much of numpy as is looked at of what programs return.
const NUMPY: &str = "class ndarray:
    def __init__(self, items):
        self.items, self.shape = items, (len(items),)

    def __iter__(self):
        return iter(self.items)


class bool_:
    shape = ()

    def item(self):
        return True


class float32:
    shape = ()

    def item(self):
        return 0.10000000149011612

    def __eq__(self, other):
        return other in (0.1, self.item())

    def __str__(self):
        return '0.1'
";

#[test]
fn numbers_and_arrays_of_numpy_count_as_a_test_would_see_them() {
    if host().is_none() {
        return;
    }
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::create_dir(folder.path().join("numpy")).unwrap();
    fs::write(folder.path().join("numpy/__init__.py"), NUMPY).unwrap();
    let host = Host::new(Settings { path: vec![folder.path().to_owned()], ..Settings::default() }).unwrap();
    let cases = [
        ("ndarray([x, 4])", "candidate(2) == None", Kind::Assert),
        ("ndarray([x, 4])", "list(candidate(2)) == [2, 4]", Kind::Ok),
        ("bool_()", "candidate(2) == True", Kind::Ok),
        ("bool_()", "candidate(2) is True", Kind::Assert),
        ("[bool_()]", "candidate(2) == [True]", Kind::Ok),
        ("float32()", "candidate(2) == 0.1", Kind::Ok),
        ("float32()", "candidate(2) == 0.2", Kind::Assert),
    ];
    let programs = cases.map(|(returned, test, _)| {
        let source =
            format!("import numpy\nfrom numpy import *\n\n\ndef square(x):\n    return {returned}\n");
        program(&source, &format!("def check(candidate):\n    assert {test}\n"))
    });
    for ((returned, test, kind), verdict) in cases.iter().zip(verdicts(&host, programs.to_vec(), 1)) {
        assert_eq!(verdict.kind, *kind, "{returned}, {test}: {verdict:?}");
    }
}
