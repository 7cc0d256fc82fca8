//! The Python package, as an interpreter on this machine loads it: what is built with the tests, beside the sources in Python.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use apishift_store::{SftTable, write_table};
use apishift_types::SftRow;

/// The workspace's root.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests are a folder of the workspace")
}

/// A folder with the package `apishift`, as a wheel has it.
fn package(folder: &Path) -> PathBuf {
    let sources = root().join("crates/apishift-py/python/apishift");
    let package = folder.join("apishift");
    fs::create_dir_all(&package).expect("a folder can be made");
    for entry in fs::read_dir(sources).expect("the sources are there") {
        let path = entry.expect("an entry can be read").path();
        if path.is_file() {
            fs::copy(&path, package.join(path.file_name().expect("a file has a name")))
                .expect("it can be copied");
        }
    }
    let test = env::current_exe().expect("a test knows its file");
    let library = test.with_file_name("lib_apishift.so");
    fs::copy(&library, package.join("_apishift.abi3.so")).expect("the extension is built with the tests");
    folder.to_owned()
}

/// Runs a script of `tests/interop` with the package.
#[expect(clippy::disallowed_methods, reason = "the test runs an interpreter")]
fn run(script: &str, argument: &Path) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let output = Command::new("python3")
        .arg(root().join("tests/interop").join(script))
        .arg(argument)
        .env("PYTHONPATH", package(folder.path()))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python3 is on PATH, as the README says");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the extension has another name there")]
fn it_gives_the_rewards_of_the_table_and_refuses_wrong_use() {
    run("rewards.py", &root().join("crates/apishift-reward/tests/vectors.toml"));
}

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the extension has another name there")]
fn it_reads_datasets() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let dataset = folder.path().join("dataset");
    fs::create_dir_all(dataset.join("data")).expect("a folder can be made");
    for (split, count) in [("train", 3), ("test", 1)] {
        let row = |number: u8| SftRow { id: format!("{split}-{number}"), messages: Vec::new() };
        let file = dataset.join(format!("data/{split}-00000-of-00001.parquet"));
        write_table::<SftTable>(&file, (0..count).map(row)).expect("a table can be written");
    }
    run("reading.py", &dataset);
}
