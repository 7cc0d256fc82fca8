//! Evidence by execution, end to end: wheels from an index on loopback, the real uv, the sandbox. Getting uv meets the network:
//! the test says so, and is content without one.

#![expect(
    clippy::panic,
    clippy::print_stdout,
    reason = "tests fail by panicking, and say where they are skipped"
)]

use std::path::Path;

use apishift_history::{FetchOptions, HistoryError, Installer};
use apishift_store::{ApiUpdateTable, ExecutionTable, read_table};
use apishift_testkit::{Archive, IndexFile, PackageIndex, Pages};
use apishift_types::{ApiUpdate, Origin, Outcome, Verified};
use integration_tests::{Outcome as Ran, Place};

const OLD: &str =
    "def area(side):\n    return side * side\n\n\ndef draw(side, colour=None):\n    return side\n";

const NEW: &str = "import warnings\n\n\ndef area(side):\n    \"\"\"The area.\n\n    .. deprecated:: 2.0\n       Use `surface` instead.\n    \"\"\"\n    \
                   warnings.warn('`area` is deprecated, use `surface` instead.', DeprecationWarning)\n    return side * side\n\n\n\
                   def surface(side):\n    return side * side\n\n\ndef draw(side, color=None, colour=None):\n    if colour is not None:\n        \
                   warnings.warn('`colour` is deprecated, use `color` instead.', DeprecationWarning)\n    return side\n";

/// A test that the library moved over, and one that nobody touched.
fn test(name: &str) -> String {
    format!(
        "import shapes\n\n\ndef test_area():\n    side = 3\n    assert shapes.{name}(side) == 9\n\n\n\
         def test_draw():\n    side = 3\n    assert shapes.draw(side, colour='red') == 3\n"
    )
}

/// An index with two releases of `shapes`, each as source for mining and as a wheel for running.
fn index() -> PackageIndex {
    let index = PackageIndex::start(Pages::Json);
    for (version, module, name, day) in
        [("1.0", OLD, "area", "2022-01-01"), ("2.0", NEW, "surface", "2023-01-01")]
    {
        let time = format!("{day}T00:00:00.000000Z");
        let tests = test(name);
        let files = [
            ("shapes/__init__.py", module),
            ("tests/test_shapes.py", tests.as_str()),
            ("LICENSE", "MIT License"),
        ];
        let sdist = Archive::sdist("shapes", version, &files).file(
            &format!("shapes-{version}/PKG-INFO"),
            format!("Metadata-Version: 2.1\nName: shapes\nVersion: {version}\nLicense: MIT\n"),
        );
        index.add(
            "shapes",
            IndexFile::new(&format!("shapes-{version}.tar.gz"), sdist.tar_gz()).uploaded(Some(&time)),
        );
        let info = format!("shapes-{version}.dist-info");
        let wheel = Archive::wheel("shapes", version, &[("shapes/__init__.py", module)])
            .file(
                &format!("{info}/WHEEL"),
                "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
            )
            .file(
                &format!("{info}/RECORD"),
                format!("shapes/__init__.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n"),
            );
        let file = IndexFile::new(&format!("shapes-{version}-py3-none-any.whl"), wheel.zip());
        index.add("shapes", file.uploaded(Some(&time)));
    }
    index
}

/// Gets uv into the place's cache; says why not.
fn with_uv(place: &Place) -> bool {
    match Installer::open(&FetchOptions::new(place.path("data/cache"))) {
        Ok(_) => true,
        Err(HistoryError::Install { message }) => {
            println!("SKIPPED: uv cannot be had: {message}");
            false
        }
        Err(error) => panic!("{error}"),
    }
}

fn run(place: &Place, index: &PackageIndex, more: &[&str]) -> Ran {
    let mut command = place.command([&["run", "demo.toml"], more].concat());
    let outcome =
        place.outcome(&command.env("PIP_INDEX_URL", index.url()).output().expect("the binary can be run"));
    assert_eq!(outcome.code, Some(0), "{outcome}");
    outcome
}

fn rows(place: &Place, path: &str) -> Vec<ApiUpdate> {
    let mut rows = Vec::new();
    for split in ["train", "validation", "test"] {
        let file = place.path(&format!("{path}/data/{split}-00000-of-00001.parquet"));
        rows.extend(read_table::<ApiUpdateTable>(Path::new(&file)).expect("a table of the dataset"));
    }
    rows
}

#[test]
fn rows_are_verified_and_what_nobody_edited_is_synthesized() {
    let place = Place::new(env!("CARGO_BIN_EXE_apishift-under-test"));
    place.write(
        "demo.toml",
        "name = \"demo\"\n\n[[library]]\npypi = \"shapes\"\n\n[assemble]\nmin-quality = 0.75\nsynthesized-share = 0.5\n",
    );
    if !with_uv(&place) {
        return;
    }
    let index = index();
    let dataset = "data/build/demo/dataset";
    // Without execution there is no synthesized row, and none is verified.
    run(&place, &index, &[]);
    let plain = rows(&place, dataset);
    assert_eq!(plain.iter().map(|row| row.origin).collect::<Vec<_>>(), [Origin::Own]);
    assert_eq!(plain[0].verified, Verified::NotRun);
    run(&place, &index, &["--verify", "all"]);
    let verified = rows(&place, dataset);
    let mut seen: Vec<(Origin, &str, Verified, Option<Outcome>)> = verified
        .iter()
        .map(|row| (row.origin, row.symbol.as_str(), row.verified, row.verification.outcome))
        .collect();
    seen.sort_unstable_by_key(|row| row.1);
    let yes = (Verified::Yes, Some(Outcome::Warns));
    let wanted =
        [(Origin::Own, "shapes.area", yes.0, yes.1), (Origin::Synthesized, "shapes.draw", yes.0, yes.1)];
    assert_eq!(seen, wanted);
    let executions = read_table::<ExecutionTable>(&place.path("data/build/demo/verify/executions.parquet"));
    let executions = executions.expect("a table of executions");
    assert_eq!(executions[0].old_requirements, ["shapes==1.0"]);
    let card = std::fs::read_to_string(place.path(&format!("{dataset}/README.md"))).expect("a card");
    assert!(card.contains("apishift run pipelines/demo.toml --seed 0 --verify all"), "{card}");
    // The same again costs nothing, and gives the same.
    let files = place.tree(dataset);
    let downloads = index.downloads();
    run(&place, &index, &["--verify", "all", "--redo", "verify"]);
    assert_eq!(index.downloads(), downloads);
    assert_eq!(place.tree(dataset), files);
}
