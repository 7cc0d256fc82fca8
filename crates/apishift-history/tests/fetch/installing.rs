//! Wheels in folders, by the real uv and from an index of this test. Getting uv meets the network: the test says so, and is
//! content without one.

use std::path::Path;

use apishift_history::{FetchOptions, HistoryError, Installer, WHEELS, Wanted};
use apishift_testkit::{Archive, Fault, IndexFile, PackageIndex, Pages};
use apishift_types::exit;
use jiff::civil::date;

use crate::place::Place;

/// A wheel as installers want it.
fn wheel(name: &str, version: &str, requires: &str) -> Vec<u8> {
    let info = format!("{name}-{version}.dist-info");
    let metadata = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{requires}");
    let kind = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    let module = format!("version = '{version}'\n");
    let record = ["METADATA", "WHEEL", "RECORD"].map(|file| format!("{info}/{file},,\n")).concat();
    Archive::new()
        .file(&format!("{name}.py"), &module)
        .file(&format!("{info}/METADATA"), &metadata)
        .file(&format!("{info}/WHEEL"), kind)
        .file(&format!("{info}/RECORD"), format!("{name}.py,,\n{record}"))
        .zip()
}

#[test]
fn wheels_of_a_day_are_installed_and_nothing_is_built() {
    let index = PackageIndex::start(Pages::Json);
    let add = |name: &str, version: &str, day: &str, requires: &str| {
        let file =
            IndexFile::new(&format!("{name}-{version}-py3-none-any.whl"), wheel(name, version, requires));
        index.add(name, file.uploaded(Some(&format!("{day}T00:00:00.000000Z"))));
    };
    add("shapes", "1.0", "2020-01-01", "Requires-Dist: colours\nRequires-Dist: giant\n");
    add("colours", "1.0", "2020-01-01", "");
    add("colours", "2.0", "2022-01-01", "");
    let source = Archive::sdist("sourceful", "1.0", &[("setup.py", "raise SystemExit('it was run')")]);
    index.add("sourceful", IndexFile::new("sourceful-1.0.tar.gz", source.tar_gz()));
    index.add("broken", IndexFile::new("broken-1.0-py3-none-any.whl", b"no archive".to_vec()));
    let mut place = Place::of(&index);
    place.options.retries = 0;
    let installer = match Installer::open(&place.options) {
        Ok(installer) => installer,
        Err(HistoryError::Install { message }) => return println!("SKIPPED: uv cannot be had: {message}"),
        Err(error) => panic!("{error}"),
    };
    let install = |requirement: &str, year: i16| {
        let wanted = Wanted {
            requirements: &[requirement],
            without: &["giant"],
            not_after: date(year, 6, 30),
            python: Path::new("python3"),
            python_version: "3",
        };
        installer.install(&wanted).unwrap()
    };
    let read = |folder: &Path, name: &str| std::fs::read_to_string(folder.join(WHEELS).join(name)).unwrap();
    let (early, late) = (install("shapes==1.0", 2021).unwrap(), install("shapes==1.0", 2023).unwrap());
    assert_eq!(read(early.path(), "colours.py"), "version = '1.0'\n", "what was there on the day");
    assert_eq!(read(late.path(), "colours.py"), "version = '2.0'\n");
    let path = early.path().to_owned();
    drop(early);
    assert!(!path.exists(), "the folder goes with the value");
    let refused = install("sourceful", 2023).unwrap_err();
    let why = &refused.why;
    assert!(refused.is_final && why.contains("no usable wheels") && !why.contains("://"), "{why}");
    assert!(install("broken", 2023).is_err(), "one broken wheel is no reason to stop");
    index.fault("late", Fault::Status { status: 500, times: 100, retry_after: None });
    index.add("late", IndexFile::new("late-1.0-py3-none-any.whl", wheel("late", "1.0", "")));
    let wanted = Wanted {
        requirements: &["late"],
        without: &[],
        not_after: date(2023, 6, 30),
        python: Path::new("python3"),
        python_version: "3",
    };
    let error = installer.install(&wanted).unwrap_err();
    assert_eq!(error.exit_code(), exit::ENVIRONMENT, "{error}");
    let requests = index.requests("sourceful");
    assert_eq!(install("sourceful", 2023).unwrap_err(), refused);
    assert_eq!(index.requests("sourceful"), requests, "a refusal is asked for once");
    // What is in the cache needs no network.
    let offline = Installer::open(&FetchOptions { offline: true, ..place.options }).unwrap();
    let wanted = Wanted {
        requirements: &["colours==2.0"],
        without: &[],
        not_after: date(2023, 6, 30),
        python: Path::new("python3"),
        python_version: "3",
    };
    assert_eq!(read(offline.install(&wanted).unwrap().unwrap().path(), "colours.py"), "version = '2.0'\n");
    let other = Wanted { requirements: &["colours==1.0", "late"], ..wanted };
    assert!(!offline.install(&other).unwrap().unwrap_err().is_final, "it is only not here yet");
}

#[test]
fn without_a_network_uv_has_to_be_there() {
    let place = Place::without_index();
    let error = Installer::open(&FetchOptions { offline: true, ..place.options }).unwrap_err();
    assert!(matches!(error, HistoryError::Offline { .. }), "{error}");
    assert_eq!(error.exit_code(), exit::ENVIRONMENT);
}
