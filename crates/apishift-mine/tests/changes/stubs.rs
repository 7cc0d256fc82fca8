//! Libraries of which only stubs are there, as of Python's own.

use apishift_mine::{ChangeOptions, changes};
use apishift_syntax::ContentCache;
use apishift_testkit::memory_release;
use apishift_types::{ApiChange, ChangeKind, EvidenceSource, MemoryTree, Project, Role};

/// Changes between versions, each with its stubs.
fn mined(versions: &[(&str, &[(&str, &str)])]) -> Vec<ApiChange> {
    let mut trees = MemoryTree::default();
    let mut releases = Vec::new();
    for (version, stubs) in versions {
        for (path, text) in *stubs {
            trees.insert(version, path, *text);
        }
        releases.push(memory_release(version, version));
    }
    let imports = ["_inner", "shapes", "tools"].map(str::to_owned).to_vec();
    let project = Project { name: "python".to_owned(), imports, role: Role::Library, releases };
    let found = changes(&project, &trees, &ContentCache::none(), &ChangeOptions::default());
    found.expect("trees in memory are readable").0
}

fn told(rows: &[ApiChange]) -> Vec<(ChangeKind, &str, Option<&str>)> {
    rows.iter().map(|row| (row.kind, row.symbol.as_str(), row.replacement.as_deref())).collect()
}

#[test]
fn other_names_of_a_method_lead_to_it() {
    let old = "class Case:\n    def check(self, x): ...\n    assertThat = check\n    def is_done(self): ...\n    def isDone(self): ...\n";
    let new = "class Case:\n    def check(self, x): ...\n    def is_done(self): ...\n";
    let rows = mined(&[("3.8", &[("shapes.pyi", old)]), ("3.9", &[("shapes.pyi", new)])]);
    let expected = [
        (ChangeKind::Renamed, "shapes.Case.assertThat", Some("shapes.Case.check")),
        (ChangeKind::Renamed, "shapes.Case.isDone", Some("shapes.Case.is_done")),
    ];
    assert_eq!(told(&rows), expected);
    assert_eq!(rows[0].evidence[0].source, EvidenceSource::Stub);
    assert_eq!(
        rows[0].evidence[0].text,
        "`shapes.Case.assertThat` is gone since version 3.9. It is `shapes.Case.check` now."
    );
}

#[test]
fn what_a_package_no_longer_passes_on_has_moved_to_the_nearest_place() {
    let inner = "class Mapping:\n    def keys(self): ...\n";
    let passed_on = ("shapes/abc.pyi", "from _inner import Mapping as Mapping\n");
    let tools = ("tools.pyi", "from _inner import Mapping as Mapping\n");
    let old = "from _inner import *\n__all__ = ['deque']\nclass deque: ...\n";
    // Taken for its own use.
    let new = "from _inner import Mapping\n__all__ = ['deque']\nclass deque(Mapping): ...\n";
    let of = |init| [("_inner.pyi", inner), ("shapes/__init__.pyi", init), passed_on, tools];
    let rows = mined(&[("3.8", &of(old)), ("3.9", &of(new))]);
    assert_eq!(told(&rows), [(ChangeKind::Moved, "shapes.Mapping", Some("shapes.abc.Mapping"))]);
}

#[test]
fn what_is_said_of_one_of_several_signatures_is_not_said_of_all() {
    let head = "from typing import overload\nfrom warnings import deprecated\n";
    let plain = "@overload\ndef split(s: str) -> list: ...\n@overload\ndef split(s: None) -> list: ...\n";
    let one = plain.replacen(
        "@overload\ndef split(s: None)",
        "@overload\n@deprecated('Give a text.')\ndef split(s: None)",
        1,
    );
    let all = one.replacen(
        "@overload\ndef split(s: str)",
        "@overload\n@deprecated('Use `cut` instead.')\ndef split(s: str)",
        1,
    );
    let stub = |text: &str| format!("{head}{text}def cut(s): ...\n");
    let (plain, one, all) = (stub(plain), stub(&one), stub(&all));
    let rows = |new: &str| mined(&[("3.8", &[("shapes.pyi", &plain)]), ("3.9", &[("shapes.pyi", new)])]);
    assert_eq!(told(&rows(&one)), []);
    assert!(matches!(told(&rows(&all))[..], [(ChangeKind::Deprecated, "shapes.split", _)]));
}

#[test]
fn of_a_version_that_is_described_again_nothing_is_news() {
    let first = "def old(): ...\ndef gone(): ...\ndef new(): ...\n";
    let again = "from warnings import deprecated\n@deprecated('Use `new` instead.')\ndef old(a=1): ...\ndef new(): ...\n";
    let rows = mined(&[
        ("3.8", &[("shapes.pyi", first)]),
        ("3.9", &[("shapes.pyi", first)]),
        ("3.9+demo.2", &[("shapes.pyi", again)]),
        ("3.10", &[("shapes.pyi", &again.replace("a=1", "a=1, b=2"))]),
    ]);
    let versions: Vec<(&str, &str, ChangeKind)> =
        rows.iter().map(|row| (row.old_version.as_str(), row.new_version.as_str(), row.kind)).collect();
    assert_eq!(versions, [("3.9", "3.10", ChangeKind::ParameterAdded)]);
}
