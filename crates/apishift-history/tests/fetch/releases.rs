//! Which releases are taken, and what is in them.

use apishift_history::{Artifact, Pick};
use apishift_testkit::{Archive, IndexFile, PackageIndex, Pages};
use apishift_types::{
    SourceKind::{Sdist, Wheel},
    VersionSpecifiers,
};

use crate::place::{Place, count, demo, files, noise, paths, versions};

/// An index with three minors of `demo`, one of them with two patches.
fn index(pages: Pages) -> PackageIndex {
    let index = PackageIndex::start(pages);
    for version in ["1.0", "1.0.1", "1.1", "2.0"] {
        index.add_release("demo", version, &format!("version = '{version}'\n"));
    }
    index
}

#[test]
fn an_html_index_becomes_a_history() {
    let fetched = Place::of(&index(Pages::Html)).demo().unwrap();
    assert_eq!(versions(&fetched), ["1.0.1", "1.1", "2.0"]);
    assert_eq!(fetched.project.imports, ["demo"]);
    assert_eq!(files(&fetched, 2)[1], ("demo/__init__.py".to_owned(), "version = '2.0'\n".to_owned()));
    let release = &fetched.project.releases[0];
    assert_eq!((release.source, release.sha256.len()), (Sdist, 64));
    assert!(release.bytes > 0);
}

#[test]
fn a_json_index_with_relative_links_gives_the_same_history() {
    let html = Place::of(&index(Pages::Html)).demo().unwrap();
    let json = Place::of(&index(Pages::Json)).demo().unwrap();
    assert_eq!(html.project, json.project);
    assert_eq!(html.skipped, json.skipped);
}

#[test]
fn the_top_folder_of_a_source_distribution_is_stripped() {
    let fetched = Place::of(&index(Pages::Html)).demo().unwrap();
    assert_eq!(paths(&fetched, 0), ["PKG-INFO", "demo/__init__.py"]);
}

#[test]
fn an_archive_without_a_top_folder_stays_as_it_is() {
    let index = PackageIndex::start(Pages::Html);
    let archive = Archive::new().file("a/x.py", "1\n").file("b/y.py", "2\n");
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", archive.tar_gz()));
    assert_eq!(paths(&Place::of(&index).demo().unwrap(), 0), ["a/x.py", "b/y.py"]);
}

#[test]
fn yanked_and_pre_releases_are_left_out_and_counted() {
    let index = index(Pages::Html);
    index.add_release("demo", "3.0rc1", "");
    index.add_release("demo", "3.0.dev2", "");
    let sdist = Archive::sdist("demo", "2.1", &[("demo.py", "")]);
    index.add("demo", IndexFile::new("demo-2.1.tar.gz", sdist.tar_gz()).yanked("broken"));
    let fetched = Place::of(&index).demo().unwrap();
    assert_eq!(versions(&fetched).last().unwrap(), "2.0");
    assert_eq!((count(&fetched, "listed-yanked"), count(&fetched, "release-pre")), (1, 2));
}

#[test]
fn files_that_are_no_archives_of_a_version_are_counted() {
    let index = index(Pages::Json);
    index.add("demo", IndexFile::new("demo-2.0.exe", vec![1]));
    index.add("demo", IndexFile::new("demo-latest.tar.gz", vec![1]));
    let fetched = Place::of(&index).demo().unwrap();
    assert_eq!((count(&fetched, "listed-other-kind"), count(&fetched, "listed-without-version")), (1, 1));
}

#[test]
fn specifiers_pick_and_limit_choose_releases() {
    let place = Place::of(&index(Pages::Html));
    let mut source = demo();
    source.versions = Some("<2".parse::<VersionSpecifiers>().unwrap());
    (source.pick, source.limit) = (Pick::All, Some(2));
    assert_eq!(versions(&place.fetch(&source).unwrap()), ["1.0.1", "1.1"]);
}

#[test]
fn a_version_that_does_not_exist_is_an_error_that_names_those_that_do() {
    let place = Place::of(&index(Pages::Html));
    let mut source = demo();
    source.versions = Some(">=7".parse().unwrap());
    let error = place.fetch(&source).unwrap_err();
    assert!(error.to_string().contains("2.0, 1.1, 1.0.1, 1.0"), "{error}");
    assert_eq!(error.exit_code(), apishift_types::exit::USAGE);
}

#[test]
fn an_unknown_project_is_an_error_that_names_project_and_index() {
    let index = index(Pages::Html);
    let place = Place::of(&index);
    let mut source = demo();
    source.source = apishift_history::Source::Pypi { project: "No_Such.Project".to_owned() };
    let error = place.fetch(&source).unwrap_err();
    let message = error.to_string();
    assert!(message.contains("no-such-project") && message.contains(&index.url()), "{message}");
    assert_eq!(error.exit_code(), apishift_types::exit::USAGE);
}

#[test]
fn a_wheel_is_taken_where_it_is_wanted_or_alone() {
    let index = index(Pages::Html);
    let wheel = |version: &str| Archive::wheel("demo", version, &[("demo/__init__.py", "wheel = 1\n")]).zip();
    index.add("demo", IndexFile::new("demo-2.0-py3-none-any.whl", wheel("2.0")));
    index.add("demo", IndexFile::new("demo-2.1-cp312-cp312-win_amd64.whl", wheel("2.1")));
    let place = Place::of(&index);
    let sdist = place.demo().unwrap();
    let kinds = |fetched: &apishift_history::Fetched| {
        fetched.project.releases.iter().map(|release| release.source).collect::<Vec<_>>()
    };
    assert_eq!(kinds(&sdist), [Sdist, Sdist, Sdist, Wheel]);
    let mut source = demo();
    source.artifact = Artifact::Wheel;
    let wheels = place.fetch(&source).unwrap();
    assert_eq!(kinds(&wheels), [Sdist, Sdist, Wheel, Wheel]);
    assert_eq!(paths(&wheels, 2), ["demo-2.0.dist-info/METADATA", "demo/__init__.py"]);
    // Both kinds live beside each other in the cache.
    assert_eq!(place.demo().unwrap(), sdist);
}

#[test]
fn the_smallest_archive_is_taken_where_sizes_are_known() {
    let noise = noise(4000);
    let index = PackageIndex::start(Pages::Json);
    let sdist = Archive::sdist("demo", "1.0", &[("demo.py", "x = 1\n"), ("tests/noise.py", &noise)]).tar_gz();
    let wheel = Archive::wheel("demo", "1.0", &[("demo.py", "x = 1\n")]).zip();
    assert!(wheel.len() < sdist.len());
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", sdist));
    index.add("demo", IndexFile::new("demo-1.0-py3-none-any.whl", wheel));
    let mut source = demo();
    source.artifact = Artifact::Smallest;
    assert_eq!(Place::of(&index).fetch(&source).unwrap().project.releases[0].source, Wheel);
}

#[test]
fn only_text_that_later_stages_read_is_kept_and_the_rest_is_counted() {
    let index = PackageIndex::start(Pages::Html);
    let files = [
        ("demo/__init__.py", "x = 1\n"),
        ("demo/_native.c", "int x;\n"),
        ("demo/stubs.pyi", ""),
        ("docs/index.rst", ""),
        ("docs/logo.svg", "<svg/>"),
        ("LICENSE", "text"),
        ("NEWS", ""),
        ("Changelog.old", ""),
        ("big.txt", &"x".repeat(3 << 20)),
    ];
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", Archive::sdist("demo", "1.0", &files).tar_gz()));
    let fetched = Place::of(&index).demo().unwrap();
    let wanted = [
        "Changelog.old",
        "LICENSE",
        "NEWS",
        "PKG-INFO",
        "demo/__init__.py",
        "demo/stubs.pyi",
        "docs/index.rst",
    ];
    assert_eq!(paths(&fetched, 0), wanted);
    assert_eq!((count(&fetched, "file-not-text"), count(&fetched, "file-too-large")), (2, 1));
}

#[test]
fn zip_and_bzip2_are_read_like_gzip() {
    let sdist = |version: &str| Archive::sdist("demo", version, &[("demo.py", "x = 1\n")]);
    let index = PackageIndex::start(Pages::Html);
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", sdist("1.0").tar_gz()));
    index.add("demo", IndexFile::new("demo-1.1.zip", sdist("1.1").zip()));
    index.add("demo", IndexFile::new("demo-1.2.tar.bz2", sdist("1.2").tar_bz2()));
    let fetched = Place::of(&index).demo().unwrap();
    for at in 0..3 {
        assert_eq!(paths(&fetched, at), ["PKG-INFO", "demo.py"]);
    }
}

#[test]
fn the_licence_comes_from_the_release_itself() {
    let index = PackageIndex::start(Pages::Html);
    let info = "Metadata-Version: 2.4\nName: demo\nVersion: 1.0\nLicense-Expression: Apache-2.0 OR MIT\n";
    let sdist =
        Archive::new().folder("demo-1.0").file("demo-1.0/PKG-INFO", info).file("demo-1.0/demo.py", "");
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", sdist.tar_gz()));
    index.add_release("demo", "2.0", "");
    let fetched = Place::of(&index).demo().unwrap();
    let licenses: Vec<_> =
        fetched.project.releases.iter().map(|release| release.license.as_deref()).collect();
    assert_eq!(licenses, [Some("Apache-2.0 OR MIT"), None]);
}

#[test]
fn import_names_that_are_given_are_not_searched() {
    let mut source = demo();
    source.imports = vec!["other".to_owned()];
    assert_eq!(Place::of(&index(Pages::Html)).fetch(&source).unwrap().project.imports, ["other"]);
}
