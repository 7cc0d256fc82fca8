//! What no file of the repository may hold.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders that are not ours, or not sources.
const OUTSIDE: [&str; 6] = ["target", ".git", "build", "cache", "snapshots", "node_modules"];
/// Endings of files that are read.
const TEXTS: [&str; 12] = ["rs", "toml", "py", "md", "sh", "json", "ipynb", "yaml", "yml", "txt", "lock", ""];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !OUTSIDE.contains(&name.as_ref()) {
            sources(&path, found);
        } else if path.is_file() {
            let ending = path.extension().unwrap_or_default().to_string_lossy();
            if TEXTS.contains(&ending.as_ref()) {
                found.push(path);
            }
        }
    }
}

fn all_sources() -> Vec<PathBuf> {
    let mut found = Vec::new();
    sources(&root(), &mut found);
    assert!(found.len() > 50, "the repository's sources are found");
    found
}

/// What is run in the root may write there, and a commit of everything takes it along.
#[test]
fn the_root_holds_nothing_that_something_else_has_written() {
    let known = [
        ".clippy.toml",
        // In a work tree beside another one.
        ".git",
        ".gitignore",
        ".rustfmt.toml",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "Justfile",
        "LICENSE",
        "README.md",
        "justw",
        "rust-toolchain.toml",
    ];
    let mut strangers = Vec::new();
    for entry in fs::read_dir(root()).expect("the root can be read") {
        let path = entry.expect("an entry can be read").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_file() && !known.contains(&name.as_str()) {
            strangers.push(name);
        }
    }
    assert!(strangers.is_empty(), "{strangers:?}");
}

/// Addresses and paths are put together here, so that this file does not hold them.
#[test]
fn no_package_index_and_no_path_of_a_machine_is_written_down() {
    let needles = [
        ["py", "pi.org"].concat(),
        ["files.python", "hosted.org"].concat(),
        ["/wo", "rk/"].concat(),
        ["/ro", "ot/"].concat(),
        ["/ho", "me/"].concat(),
        ["/Us", "ers/"].concat(),
    ];
    let mut found = Vec::new();
    for path in all_sources().iter().filter(|path| path.extension().is_none_or(|ending| ending != "lock")) {
        // What is not UTF-8 is a fixture.
        let Ok(text) = fs::read_to_string(path) else { continue };
        for (number, line) in (1..).zip(text.lines()) {
            if needles.iter().any(|needle| line.contains(needle.as_str())) {
                found.push(format!("{}:{number}: {}", path.display(), line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn files_and_entry_points_stay_small() {
    let mut long = Vec::new();
    for path in all_sources() {
        if path.extension().is_none_or(|ending| ending != "rs")
            || path.components().any(|part| part.as_os_str() == "tests")
        {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source can be read");
        // Tests stand at the end of a file; what counts is what comes before them.
        let lines = text.lines().take_while(|line| !line.starts_with("#[cfg(test)]")).count();
        let most = match path.file_name().and_then(|name| name.to_str()) {
            Some("main.rs") if path.components().any(|part| part.as_os_str() == "apishift-cli") => 15,
            Some("lib.rs") => 80,
            _ => 600,
        };
        if lines > most {
            long.push(format!("{}: {lines} lines, at most {most}", path.display()));
        }
    }
    assert!(long.is_empty(), "{}", long.join("\n"));
}
