//! When a release was made.

use apishift_testkit::{Archive, IndexFile, PackageIndex, Pages};
use apishift_types::{DateSource, Release};

use crate::place::Place;

fn only_release(index: &PackageIndex) -> Release {
    Place::of(index).demo().expect("the release is fetched").project.releases[0].clone()
}

fn archive() -> Archive {
    Archive::sdist("demo", "1.0", &[("demo.py", "x = 1\n")])
}

#[test]
fn the_upload_time_of_a_json_page_counts() {
    let index = PackageIndex::start(Pages::Json);
    let file = IndexFile::new("demo-1.0.tar.gz", archive().tar_gz()).uploaded(Some("2019-12-31T23:59:59.9Z"));
    index.add("demo", file);
    let release = only_release(&index);
    assert_eq!(
        (release.date.unwrap().to_string().as_str(), release.date_source),
        ("2019-12-31", DateSource::Index)
    );
    assert_eq!(index.requests("json"), 0);
}

#[test]
fn an_html_page_is_helped_by_the_projects_document() {
    let index = PackageIndex::start(Pages::Html);
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", archive().tar_gz()));
    let release = only_release(&index);
    assert_eq!(
        (release.date.unwrap().to_string().as_str(), release.date_source),
        ("2021-06-02", DateSource::Index)
    );
    assert_eq!(index.requests("json"), 1);
}

#[test]
fn without_a_document_the_newest_file_in_the_archive_counts() {
    let index = PackageIndex::start(Pages::Html);
    index.serve_document(false);
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", archive().tar_gz()));
    let release = only_release(&index);
    assert_eq!(
        (release.date.unwrap().to_string().as_str(), release.date_source),
        ("2021-06-01", DateSource::Archive)
    );
}

#[test]
fn a_zip_tells_its_time_too() {
    let index = PackageIndex::start(Pages::Html);
    index.serve_document(false);
    index.add("demo", IndexFile::new("demo-1.0.zip", archive().zip()));
    assert_eq!(only_release(&index).date.unwrap().to_string(), "2021-06-01");
}

#[test]
fn a_build_tools_constant_is_no_date() {
    let index = PackageIndex::start(Pages::Html);
    index.serve_document(false);
    // 2020-02-02, as one build tool writes it.
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", archive().mtime(1_580_601_600).tar_gz()));
    let release = only_release(&index);
    assert_eq!((release.date, release.date_source), (None, DateSource::Unknown));
}

#[test]
fn a_document_is_asked_for_once() {
    let index = PackageIndex::start(Pages::Html);
    index.serve_document(false);
    index.add("demo", IndexFile::new("demo-1.0.tar.gz", archive().tar_gz()));
    let place = Place::of(&index);
    let first = place.demo().unwrap();
    assert_eq!(place.demo().unwrap(), first);
    assert_eq!(index.requests("json"), 1);
}
