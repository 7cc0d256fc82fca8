//! Rows of a made-up library with two versions, from the row to what came of it, in a real sandbox.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "tests fail by panicking, and say where they are skipped"
)]

use std::{
    collections::BTreeSet,
    error::Error,
    fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
};

use apishift_evidence::{
    EvidenceError, Install, Installed, Interpreter, Known, Plan, Refusal, Target, gather,
};
use apishift_sandbox::{Isolation, SandboxError};
use apishift_types::{
    ApiUpdate, ChangeKind, DateSource, EvidenceSource, Execution, Origin, Outcome, Project, Provenance,
    Release, Role, SourceKind, Split, TreeId, UnitKind, Verification, Verified,
};
use jiff::civil::date;

/// Both versions: what 2.0 removed, what it warns of, and what is the same.
const OLD: &str = "
import sys

def removed(x): return x * 2
def kept(x): return x * 2
def warned(x): return x + 1
def better(x): return x + 1
def fussy(x):
    if not isinstance(x, str): raise TypeError('no text')
    return x
class Model:
    def __init__(self, n_iter=None, max_iter=None): self.n_iter = n_iter
    def get_params(self): return {}
    def fit(self, X, y=None): return self
";

const NEW: &str = "
import warnings

class OldThing(DeprecationWarning): pass

def kept(x): return x * 2
def warned(x):
    warnings.warn('warned is deprecated, use better', OldThing, stacklevel=2)
    return x + 1
def better(x): return x + 1
def fussy(x): return x
class Model:
    def __init__(self, n_iter=None, max_iter=None): self.n_iter = n_iter
    def get_params(self): return {}
    def fit(self, X, y=None):
        if self.n_iter is not None: warnings.warn('n_iter is deprecated', FutureWarning)
        return self
";

/// Stands for numpy, which the data of a fit is made with.
const NUMPY: &str = "
class Row(list):
    def __gt__(self, other): return self
    def __add__(self, other): return self
    def astype(self, kind): return self
    def __getitem__(self, key): return self
class State:
    def __init__(self, seed): pass
    def randn(self, *shape): return Row()
class random:
    RandomState = State
    @staticmethod
    def seed(n): pass
def abs(x): return x
def median(x): return 0
";

/// Folders in place of an index.
struct Folders {
    root: tempfile::TempDir,
    installed: AtomicUsize,
    /// Whether what is not there now is never there.
    is_final: bool,
}

impl Folders {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        for (version, text) in [("1.0", OLD), ("2.0", NEW)] {
            for further in ["", "+helper"] {
                let folder = format!("lib=={version}{further}");
                write(&format!("{folder}/lib.py"), text);
                write(&format!("{folder}/numpy.py"), NUMPY);
                if !further.is_empty() {
                    write(&format!("{folder}/helper_module.py"), "def help(): return 1\n");
                }
            }
        }
        Self { root, installed: AtomicUsize::new(0), is_final: true }
    }
}

impl Install for Folders {
    fn install(
        &self,
        target: &Target,
        _: &Interpreter,
    ) -> Result<Result<Installed, Refusal>, Box<dyn Error + Send + Sync>> {
        self.installed.fetch_add(1, Ordering::Relaxed);
        let library = target.requirements.iter().find(|name| name.starts_with("lib==")).unwrap();
        let further = if target.requirements.contains("helper") { "+helper" } else { "" };
        let folder = self.root.path().join(format!("{library}{further}"));
        let refusal = Refusal { why: format!("{library} has no wheel"), is_final: self.is_final };
        Ok(if folder.exists() { Ok(Installed::at(folder)) } else { Err(refusal) })
    }
}

fn known() -> Known {
    let release = |version: &str, year| Release {
        version: version.parse().unwrap(),
        commit: TreeId("0".repeat(40)),
        date: (year > 0).then(|| date(year, 1, 1)),
        date_source: DateSource::Index,
        source: SourceKind::Wheel,
        license: None,
        bytes: 0,
        sha256: String::new(),
    };
    let project = |name: &str, import: &str, role, releases| Project {
        name: name.to_owned(),
        imports: vec![import.to_owned()],
        role,
        releases,
    };
    let releases = vec![release("1.0", 2021), release("2.0", 2022), release("3.0", 2023), release("4.0", 0)];
    Known::new(&[
        project("lib", "lib", Role::Library, releases),
        project("helper", "helper_module", Role::Dependent, Vec::new()),
        project("giant", "giant", Role::Dependent, Vec::new()),
    ])
}

fn row(old_code: &str, new_code: &str) -> ApiUpdate {
    ApiUpdate {
        id: format!("{:016x}", old_code.len() * 1000 + new_code.len()),
        dependency: "lib".to_owned(),
        old_version: "==1.0".to_owned(),
        new_version: "==2.0".to_owned(),
        release_date: None,
        description: String::new(),
        update_info: String::new(),
        update_info_source: EvidenceSource::Signature,
        old_code: old_code.to_owned(),
        new_code: new_code.to_owned(),
        language: "python".to_owned(),
        change_kind: ChangeKind::Removed,
        symbol: "lib.removed".to_owned(),
        replacement: None,
        target_signature: None,
        origin: Origin::Own,
        unit_kind: UnitKind::Test,
        provenance: Provenance {
            project: "lib".to_owned(),
            old_ref: "1.0".to_owned(),
            new_ref: "2.0".to_owned(),
            path: "t.py".to_owned(),
            start_line: 1,
            end_line: 1,
            change_id: "0".to_owned(),
        },
        license: "MIT".to_owned(),
        verified: Verified::NotRun,
        verification: Verification::default(),
        quality: 1.0,
        split: Split::Train,
    }
}

/// What came of the rows; `None` where this machine cannot keep programs away from itself.
fn run_in(rows: &[ApiUpdate], cache: &Path, folders: &Folders, jobs: usize) -> Option<Vec<Execution>> {
    let interpreters = Interpreter::find([Path::new("python3")]);
    assert_eq!(interpreters.len(), 1, "the tests need a python3");
    let leave_out = BTreeSet::from(["giant".to_owned()]);
    let plan = Plan {
        known: &known(),
        interpreters: &interpreters,
        install: folders,
        cache,
        leave_out: &leave_out,
        jobs,
        isolation: Isolation::Full,
        interrupt: &AtomicBool::new(false),
    };
    let done = AtomicUsize::new(0);
    match gather(rows, &plan, &|count| {
        done.fetch_add(count, Ordering::Relaxed);
    }) {
        Ok(executions) => {
            assert_eq!(done.into_inner(), rows.len(), "each row is told of once");
            Some(executions)
        }
        Err(EvidenceError::Sandbox(error @ SandboxError::Missing(_))) => {
            println!("SKIPPED: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn outcomes(pairs: &[(&str, &str)]) -> Option<Vec<Outcome>> {
    let rows: Vec<ApiUpdate> = pairs.iter().map(|(old, new)| row(old, new)).collect();
    let cache = tempfile::tempdir().unwrap();
    let executions = run_in(&rows, cache.path(), &Folders::new(), 2)?;
    assert!(executions.iter().zip(&rows).all(|(execution, row)| execution.id == row.id));
    Some(executions.into_iter().map(|execution| execution.outcome).collect())
}

#[test]
fn each_outcome_is_told_apart() {
    let cases = [
        ("import lib\nlib.removed(1)", "import lib\nlib.kept(1)", Outcome::Breaks),
        ("import lib\nlib.warned(1)", "import lib\nlib.better(1)", Outcome::Warns),
        ("import lib\nlib.kept(1)", "import lib\nlib.better(0)", Outcome::NoDifference),
        ("import lib\nlib.kept(1)", "import lib\nlib.removed(1)", Outcome::NewFails),
        (
            "import lib\nopen('no.csv')\nlib.removed(1)",
            "import lib\nopen('no.csv')\nlib.kept(1)",
            Outcome::OldFails,
        ),
        ("import lib\nif 0:\n    lib.removed(1)", "import lib\nif 0:\n    lib.kept(1)", Outcome::NotReached),
        ("import lib, os\nos._exit(lib.removed(0))", "import lib, os\nos._exit(lib.kept(0))", Outcome::Ended),
        // A name that is only imported counts where nothing else differs.
        ("from lib import removed\n", "from lib import kept\n", Outcome::Breaks),
        // An import with side effects runs in the sandbox like anything else.
        (
            "import sys\nimport lib\nsys.exit(lib.removed(1))",
            "import sys\nimport lib\nsys.exit(lib.kept(1))",
            Outcome::OldFails,
        ),
    ];
    let Some(found) = outcomes(&cases.map(|(old, new, _)| (old, new))) else { return };
    for ((old, _, wanted), found) in cases.iter().zip(found) {
        assert_eq!(found, *wanted, "{old}");
    }
}

#[test]
fn functions_are_called_with_arguments_that_are_searched_for() {
    let def =
        |signature: &str, name: &str| format!("import lib\ndef f({signature}):\n    return lib.{name}\n");
    let method = |name: &str| {
        format!(
            "import lib\nclass A(object):\n    def f(self, x):\n        y = self.factor\n        return lib.{name}(2)\n"
        )
    };
    let cases = [
        // Any number does.
        (def("x", "removed(x + 1)"), def("x", "kept(x + 1)"), Outcome::Breaks),
        // Only a text does: found after others.
        (def("x, y", "removed(lib.fussy(y))"), def("x, y", "kept(lib.fussy(y))"), Outcome::Breaks),
        // A method of an object that nobody can make: it gets a stand-in.
        (method("removed"), method("kept"), Outcome::Breaks),
        // It goes past the change, and fails after it for want of a real argument.
        (
            "import lib\ndef f(x):\n    y = lib.warned(1)\n    return x.no_such_thing_as_this['a']['b'] + open(x.y)\n".to_owned(),
            "import lib\ndef f(x):\n    y = lib.better(1)\n    return x.no_such_thing_as_this['a']['b'] + open(x.y)\n".to_owned(),
            Outcome::Warns,
        ),
        // No argument leads there.
        (
            "import lib\ndef f(x):\n    raise ValueError\n    lib.removed(x)\n".to_owned(),
            "import lib\ndef f(x):\n    raise ValueError\n    lib.kept(x)\n".to_owned(),
            Outcome::NotReached,
        ),
    ];
    let pairs: Vec<(&str, &str)> = cases.iter().map(|(old, new, _)| (old.as_str(), new.as_str())).collect();
    let Some(found) = outcomes(&pairs) else { return };
    for ((old, _, wanted), found) in cases.iter().zip(found) {
        assert_eq!(found, *wanted, "{old}");
    }
}

#[test]
fn an_estimator_is_fitted_since_it_warns_only_then() {
    let pair = ("import lib\nm = lib.Model(n_iter=3)\n", "import lib\nm = lib.Model(max_iter=3)\n");
    let Some(found) = outcomes(&[pair]) else { return };
    assert_eq!(found, [Outcome::Warns]);
}

#[test]
fn what_a_row_lacks_is_added_where_the_run_knows_it() {
    let help = "import importlib\nimport lib\nimportlib.import_module('helper_module').help()\n";
    let mut rows = vec![
        row(&format!("{help}lib.removed(1)"), &format!("{help}lib.kept(1)")),
        row("import lib\nimport giant\nlib.removed(1)", "import lib\nimport giant\nlib.kept(1)"),
        row(
            "import lib\nimport nobody_knows\nlib.removed(1)",
            "import lib\nimport nobody_knows\nlib.kept(1)",
        ),
        row("import lib\nlib.removed(22)", "import lib\nlib.kept(22)"),
        row("import lib\nlib.removed(333)", "import lib\nlib.kept(333)"),
    ];
    rows[3].new_version = "==3.0".to_owned();
    rows[4].new_version = "==4.0".to_owned();
    let cache = tempfile::tempdir().unwrap();
    let Some(executions) = run_in(&rows, cache.path(), &Folders::new(), 1) else { return };
    let found: Vec<Outcome> = executions.iter().map(|execution| execution.outcome).collect();
    let wanted = [Outcome::Breaks, Outcome::LeftOut, Outcome::OldFails, Outcome::NoTarget, Outcome::NoDate];
    assert_eq!(found, wanted);
    assert_eq!(executions[0].old_requirements, ["helper", "lib==1.0"]);
    assert_eq!(executions[3].note.as_deref(), Some("lib==3.0 has no wheel"));
}

#[test]
fn what_was_run_once_is_not_run_again() {
    let rows = [row("import lib\nlib.removed(1)", "import lib\nlib.kept(1)")];
    let (cache, folders) = (tempfile::tempdir().unwrap(), Folders::new());
    let Some(first) = run_in(&rows, cache.path(), &folders, 1) else { return };
    assert_eq!(folders.installed.load(Ordering::Relaxed), 2);
    let second = run_in(&rows, cache.path(), &folders, 2).unwrap();
    assert_eq!(folders.installed.load(Ordering::Relaxed), 2);
    assert_eq!(first, second);
    // Another code is another run.
    let changed = [row("import lib\nlib.removed(1 + 1)", "import lib\nlib.kept(1)")];
    run_in(&changed, cache.path(), &folders, 1).unwrap();
    assert_eq!(folders.installed.load(Ordering::Relaxed), 4);
}

#[test]
fn runs_are_told_in_words() {
    let rows = [row("import lib\nlib.warned(1)", "import lib\nlib.better(1)")];
    let cache = tempfile::tempdir().unwrap();
    let Some(executions) = run_in(&rows, cache.path(), &Folders::new(), 1) else { return };
    let verification = &executions[0].verification;
    assert_eq!(verification.old_on_old.as_deref(), Some("passes"));
    assert_eq!(verification.new_on_new.as_deref(), Some("passes"));
    let wanted = "passes; OldThing: warned is deprecated, use better";
    assert_eq!(verification.old_on_new.as_deref(), Some(wanted));
    assert!(!verification.made_up);
    assert_eq!(executions[0].outcome.verified(), Verified::Yes);
}

#[test]
fn what_was_made_up_is_said() {
    let cases = [
        ("import lib\ndef f():\n    return lib.removed(1)\n", false),
        ("import lib\ndef f(x):\n    return lib.removed(x)\n", true),
        ("import lib\nclass A(object):\n    def f(self):\n        return lib.removed(2)\n", false),
        (
            "import lib\nclass A(object):\n    def __init__(self, a): pass\n    def f(self):\n        return lib.removed(2)\n",
            true,
        ),
        ("import lib\nlib.removed(3)\n", false),
    ];
    let rows: Vec<ApiUpdate> =
        cases.iter().map(|(old, _)| row(old, &old.replace("removed", "kept"))).collect();
    let cache = tempfile::tempdir().unwrap();
    let Some(executions) = run_in(&rows, cache.path(), &Folders::new(), 1) else { return };
    for (execution, (old, made_up)) in executions.iter().zip(cases) {
        assert_eq!((execution.outcome, execution.verification.made_up), (Outcome::Breaks, made_up), "{old}");
    }
}

#[test]
fn values_of_both_codes_are_compared_as_far_as_they_can_be_told() {
    let removed = |code: &str| row(code, &code.replace("removed", "kept"));
    let cases = [
        // By name, by what a check sees, by what a statement gives, by what a function gives or holds.
        (removed("import lib\nx = lib.removed(2)\n"), Some(true)),
        (removed("import lib\nassert lib.removed(2) == 4\n"), Some(true)),
        (removed("import lib\nlib.removed([2.0, None])\n"), Some(true)),
        (removed("import lib\ndef f(a):\n    return lib.removed(a)\n"), Some(true)),
        (removed("import lib\ndef test():\n    got = {'a': lib.removed(1)}\n    got['b'] = 1\n"), Some(true)),
        (row("import lib\nx = lib.removed(2)\n", "import lib\nx = lib.kept(3)\n"), Some(false)),
        (
            row(
                "import lib\ndef f(a):\n    return lib.warned(1)\n",
                "import lib\ndef f(a):\n    return lib.kept(3)\n",
            ),
            Some(false),
        ),
        (
            row("import lib\nx = lib.warned(2)\ny = x, 1\n", "import lib\nx = lib.better(2)\ny = x, 1\n"),
            Some(true),
        ),
        // What came before the change says nothing, nor does an object that is nothing but itself.
        (
            row("import lib\nbefore = 1\nx = [lib.removed]\n", "import lib\nbefore = 1\nx = [lib.kept]\n"),
            None,
        ),
        (
            row(
                "import lib\nbefore = 1\nlib.Model(lib.removed(1))\n",
                "import lib\nbefore = 1\nlib.Model(lib.kept(1))\n",
            ),
            None,
        ),
    ];
    let rows: Vec<ApiUpdate> = cases.iter().map(|(row, _)| row.clone()).collect();
    let cache = tempfile::tempdir().unwrap();
    let Some(executions) = run_in(&rows, cache.path(), &Folders::new(), 1) else { return };
    for (execution, (row, same)) in executions.iter().zip(cases) {
        assert_eq!(execution.outcome.verified(), Verified::Yes, "{}: {execution:?}", row.old_code);
        assert_eq!(execution.verification.same_values, same, "{}", row.old_code);
    }
}

#[test]
fn a_target_that_is_only_not_here_yet_is_asked_for_again() {
    let rows = [row("import lib\nlib.removed(1)", "import lib\nlib.kept(1)")];
    let cache = tempfile::tempdir().unwrap();
    for (is_final, asked) in [(false, [1, 2]), (true, [3, 3])] {
        let folders = Folders { is_final, ..Folders::new() };
        fs::rename(folders.root.path().join("lib==1.0"), folders.root.path().join("away")).unwrap();
        folders.installed.store(asked[0] - 1, Ordering::Relaxed);
        for asked in asked {
            let Some(executions) = run_in(&rows, cache.path(), &folders, 1) else { return };
            assert_eq!(executions[0].outcome, Outcome::NoTarget);
            assert_eq!(folders.installed.load(Ordering::Relaxed), asked);
        }
    }
}
