//! The Python package, as an interpreter on this machine loads it: what is built with the tests, beside the sources in Python.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

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

#[test]
#[cfg_attr(not(target_os = "linux"), ignore = "the extension has another name there")]
#[expect(clippy::disallowed_methods, reason = "the test runs an interpreter")]
fn it_gives_the_rewards_of_the_table_and_refuses_wrong_use() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let output = Command::new("python3")
        .arg(root().join("tests/interop/rewards.py"))
        .arg(root().join("crates/apishift-reward/tests/vectors.toml"))
        .env("PYTHONPATH", package(folder.path()))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .expect("python3 is on PATH, as the README says");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
}
