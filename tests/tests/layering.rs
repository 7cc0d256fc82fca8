//! Which crate may depend on which: the table "Crates" of the design, whole, with the crates that do not exist yet.

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand, Package};

/// Name without prefix, level, and the crates of the workspace that it may depend on (`None`: any).
type Row = (&'static str, u8, Option<&'static [&'static str]>);

/// Levels of the crates; development crates are above all others.
const DEV: u8 = 9;

const TABLE: [Row; 23] = [
    ("types", 0, Some(&[])),
    ("sandbox", 0, Some(&[])),
    ("report", 0, Some(&[])),
    ("store", 1, Some(&["types"])),
    ("syntax", 1, Some(&["types"])),
    ("history", 1, Some(&["types"])),
    ("tokens", 1, Some(&["types"])),
    ("metrics", 1, Some(&["types"])),
    ("nn", 2, Some(&["types", "tokens"])),
    ("mine", 2, Some(&["types", "syntax"])),
    ("dataset", 2, Some(&["types", "store"])),
    ("verify", 2, Some(&["types", "sandbox", "syntax"])),
    ("evidence", 2, Some(&["types", "sandbox"])),
    ("reward", 2, Some(&["types", "syntax"])),
    ("candidates", 3, Some(&["types", "syntax", "dataset"])),
    ("reward-model", 3, Some(&["types", "report", "store", "metrics", "tokens", "nn", "reward"])),
    ("rl", 3, Some(&["types", "nn", "reward"])),
    ("serve", 3, Some(&["types", "reward"])),
    ("cli", 4, None),
    ("py", 4, Some(&["types", "store", "syntax", "reward", "verify", "dataset"])),
    ("testkit", DEV, None),
    ("bench", DEV, None),
    ("xtask", DEV, None),
];

/// Heavy dependencies and the only crates that may name them.
const HEAVY: [(&str, &[&str]); 26] = [
    ("nix", &["sandbox"]),
    ("landlock", &["sandbox"]),
    ("seccompiler", &["sandbox"]),
    ("ruff_python_ast", &["syntax", "verify", "candidates"]),
    ("ruff_python_formatter", &["dataset"]),
    ("ruff_python_parser", &["syntax", "verify", "candidates"]),
    ("ruff_python_stdlib", &["verify", "candidates"]),
    ("minijinja", &["report", "tokens"]),
    ("plotters", &["report"]),
    ("object_store", &["store"]),
    ("serde_arrow", &["store"]),
    // `dataset` hands Arrow columns to polars itself: polars' own readers bring an HTTP client with them.
    ("arrow", &["store", "dataset", "py"]),
    ("parquet", &["store", "dataset"]),
    ("tree-sitter", &["syntax"]),
    ("tree-sitter-python", &["syntax"]),
    ("git2", &["history", "testkit"]),
    ("tch", &["nn", "reward-model", "rl"]),
    ("tokenizers", &["tokens"]),
    ("safetensors", &["nn"]),
    ("polars", &["dataset"]),
    ("axum", &["serve"]),
    ("tokio", &["serve"]),
    ("clap", &["cli", "xtask"]),
    ("indicatif", &["cli"]),
    ("pyo3", &["py"]),
    ("criterion", &["bench"]),
];

/// Dependencies on development crates are for tests; a crate that is no development crate does not ship with one.
const FOR_TESTS_ONLY: [&str; 3] = ["testkit", "bench", "xtask"];

const PREFIX: &str = "apishift-";

fn metadata() -> Metadata {
    MetadataCommand::new().no_deps().exec().expect("cargo describes its own workspace")
}

/// The workspace's crates by name without prefix; the package of end-to-end tests is none of them.
fn crates(metadata: &Metadata) -> BTreeMap<&str, &Package> {
    let named =
        metadata.packages.iter().filter_map(|package| Some((package.name.strip_prefix(PREFIX)?, package)));
    named.collect()
}

fn row(name: &str) -> Row {
    let row = TABLE.into_iter().find(|row| row.0 == name);
    assert!(row.is_some(), "crate {name} is not in the table of DESIGN; add it there and here");
    row.expect("it is there")
}

/// Crates of the workspace that a package depends on, by kind of dependency.
fn edges(package: &Package) -> impl Iterator<Item = (&str, DependencyKind)> {
    package.dependencies.iter().filter_map(|edge| Some((edge.name.strip_prefix(PREFIX)?, edge.kind)))
}

#[test]
fn the_table_points_down() {
    for (name, level, allowed) in TABLE {
        for dependency in allowed.unwrap_or_default() {
            assert!(row(dependency).1 < level, "{name} (level {level}) may not be allowed {dependency}");
        }
    }
}

#[test]
fn crates_depend_only_on_what_the_table_allows() {
    let metadata = metadata();
    for (name, package) in crates(&metadata) {
        let (_, level, allowed) = row(name);
        for (dependency, kind) in edges(package) {
            if kind == DependencyKind::Development {
                continue;
            }
            assert!(
                level == DEV || !FOR_TESTS_ONLY.contains(&dependency),
                "{name} may use {dependency} in tests only"
            );
            if let Some(allowed) = allowed {
                assert!(
                    allowed.contains(&dependency),
                    "{name} may depend on {allowed:?}, not on {dependency}"
                );
            }
        }
    }
}

#[test]
fn tests_depend_on_lower_crates_and_on_development_crates() {
    let metadata = metadata();
    for (name, package) in crates(&metadata) {
        let (_, level, _) = row(name);
        for (dependency, kind) in edges(package) {
            let is_down = row(dependency).1 < level || FOR_TESTS_ONLY.contains(&dependency);
            assert!(
                kind != DependencyKind::Development || is_down || level == DEV,
                "tests of {name} use {dependency}"
            );
        }
    }
}

#[test]
fn heavy_dependencies_live_in_one_place() {
    let metadata = metadata();
    for (name, package) in crates(&metadata) {
        for edge in package.dependencies.iter().filter(|edge| edge.kind != DependencyKind::Development) {
            if let Some((heavy, homes)) = HEAVY.iter().find(|(heavy, _)| *heavy == edge.name) {
                assert!(homes.contains(&name), "{heavy} lives in {homes:?}, not in {name}");
            }
        }
    }
}

#[test]
fn folders_are_named_as_packages_and_versions_stand_in_the_workspace() {
    let metadata = metadata();
    for (name, package) in crates(&metadata) {
        let folder = package.manifest_path.parent().and_then(|folder| folder.file_name());
        assert_eq!(folder, Some(package.name.as_str()), "the folder of {name}");
        let manifest = std::fs::read_to_string(&package.manifest_path).expect("a manifest can be read");
        let mut sections: BTreeSet<&str> = BTreeSet::new();
        let mut is_dependencies = false;
        for line in manifest.lines().map(str::trim) {
            if line.starts_with('[') {
                is_dependencies = line.ends_with("dependencies]");
                sections.insert(line);
            } else if is_dependencies && !line.is_empty() && !line.starts_with('#') {
                assert!(
                    line.contains("workspace = true"),
                    "{name}: `{line}` names a version of its own; versions stand in the workspace's Cargo.toml"
                );
            }
        }
        assert!(sections.contains("[lints]"), "{name} has no [lints]");
    }
}
