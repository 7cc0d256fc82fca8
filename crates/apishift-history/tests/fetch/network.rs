//! An index that is slow, broken, far away or not there.

use std::{
    sync::atomic::{AtomicBool, AtomicU64, Ordering},
    time::{Duration, Instant},
};

use apishift_history::{HistoryError, Progress, fetch};
use apishift_testkit::{Archive, Fault, IndexFile, PackageIndex, Pages};
use apishift_types::exit;

use crate::place::{Place, count, demo, noise, versions};

const FILE: &str = "demo-1.0.tar.gz";

fn index() -> PackageIndex {
    let index = PackageIndex::start(Pages::Html);
    // Large enough to be cut in the middle.
    let noise = noise(20_000);
    let sdist = Archive::sdist("demo", "1.0", &[("demo/__init__.py", ""), ("noise.txt", &noise)]);
    index.add("demo", IndexFile::new(FILE, sdist.tar_gz()));
    index.add_release("demo", "1.1", "x = 1\n");
    index
}

#[test]
fn a_busy_server_is_asked_again() {
    for what in ["demo", FILE] {
        let index = index();
        index.fault(what, Fault::Status { status: 503, times: 2, retry_after: None });
        assert_eq!(versions(&Place::of(&index).demo().unwrap()), ["1.0", "1.1"]);
        assert_eq!(index.requests(what), 3);
    }
}

#[test]
fn a_server_that_asks_for_patience_gets_it() {
    let index = index();
    index.fault("demo", Fault::Status { status: 429, times: 1, retry_after: Some(1) });
    let start = Instant::now();
    Place::of(&index).demo().unwrap();
    assert!(start.elapsed() >= Duration::from_secs(1));
}

#[test]
fn a_server_that_keeps_failing_is_an_error_of_the_environment() {
    let index = index();
    index.fault("demo", Fault::Status { status: 500, times: 100, retry_after: None });
    let error = Place::of(&index).demo().unwrap_err();
    assert!(matches!(error, HistoryError::Network { .. }), "{error}");
    assert!(error.to_string().contains("tried 3 times"), "{error}");
    assert_eq!(error.exit_code(), exit::ENVIRONMENT);
}

#[test]
fn an_index_that_is_not_there_is_an_error_of_the_environment() {
    let error = Place::without_index().demo().unwrap_err();
    assert!(matches!(error, HistoryError::Network { .. }), "{error}");
    assert_eq!(error.exit_code(), exit::ENVIRONMENT);
}

#[test]
fn a_page_that_is_no_list_is_an_error_of_the_environment() {
    let index = index();
    let other = PackageIndex::start(Pages::Html);
    other.add("login", IndexFile::new("page", Vec::new()));
    index.fault("demo", Fault::Redirect(format!("{}/login/", other.url())));
    let error = Place::of(&index).demo().unwrap_err();
    assert!(matches!(error, HistoryError::BadPage { .. }), "{error}");
    assert_eq!(error.exit_code(), exit::ENVIRONMENT);
}

#[test]
fn a_cut_download_is_resumed_where_it_stopped() {
    let index = index();
    index.fault(FILE, Fault::Cut { times: 1 });
    Place::of(&index).demo().unwrap();
    let ranges = index.headers(FILE, "range");
    assert_eq!(ranges.len(), 2);
    assert!(ranges[0].is_none() && ranges[1].as_ref().unwrap().starts_with("bytes="), "{ranges:?}");
}

#[test]
fn progress_adds_up_also_where_bytes_come_twice() {
    #[derive(Default)]
    struct Seen([AtomicU64; 4]);
    impl Progress for Seen {
        fn add_bytes(&self, total: u64) {
            self.0[0].fetch_add(total, Ordering::Relaxed);
        }
        fn advance_bytes(&self, done: u64) {
            self.0[1].fetch_add(done, Ordering::Relaxed);
        }
        fn add_releases(&self, total: u64) {
            self.0[2].fetch_add(total, Ordering::Relaxed);
        }
        fn release_done(&self) {
            self.0[3].fetch_add(1, Ordering::Relaxed);
        }
    }
    let index = index();
    index.fault(FILE, Fault::Cut { times: 2 });
    let (place, seen) = (Place::of(&index), Seen::default());
    let fetched = fetch(&demo(), &place.options, &seen, &AtomicBool::new(false)).unwrap();
    let bytes: u64 = fetched.project.releases.iter().map(|release| release.bytes).sum();
    assert_eq!(seen.0.map(AtomicU64::into_inner), [bytes, bytes, 2, 2]);
}

#[test]
fn a_cut_page_is_asked_for_again() {
    let index = index();
    index.fault("demo", Fault::Cut { times: 1 });
    assert_eq!(versions(&Place::of(&index).demo().unwrap()), ["1.0", "1.1"]);
}

#[test]
fn wrong_bytes_are_downloaded_once_more() {
    let index = index();
    index.fault(FILE, Fault::WrongBytes { times: 1 });
    let fetched = Place::of(&index).demo().unwrap();
    assert_eq!((versions(&fetched).len(), index.requests(FILE)), (2, 2));
}

#[test]
fn bytes_that_stay_wrong_cost_one_release() {
    let index = index();
    index.fault(FILE, Fault::WrongBytes { times: 100 });
    let place = Place::of(&index);
    let fetched = place.demo().unwrap();
    assert_eq!(versions(&fetched), ["1.1"]);
    assert_eq!(count(&fetched, "release-wrong-hash"), 1);
}

#[test]
fn a_listed_file_that_is_gone_costs_one_release() {
    let index = index();
    index.fault(FILE, Fault::Status { status: 404, times: 100, retry_after: None });
    let fetched = Place::of(&index).demo().unwrap();
    assert_eq!((versions(&fetched), count(&fetched, "release-archive-gone")), (vec!["1.1".to_owned()], 1));
}

#[test]
fn an_archive_beyond_the_limit_costs_one_release() {
    let index = index();
    let mut place = Place::of(&index);
    place.options.limits.archive_bytes = 10_000;
    let fetched = place.demo().unwrap();
    assert_eq!(
        (versions(&fetched), count(&fetched, "release-archive-too-large")),
        (vec!["1.1".to_owned()], 1)
    );
}

#[test]
fn nothing_but_refused_releases_is_an_error() {
    let index = PackageIndex::start(Pages::Html);
    index.add("demo", IndexFile::new(FILE, b"<html>not found</html>".to_vec()));
    let error = Place::of(&index).demo().unwrap_err();
    assert!(error.to_string().contains(FILE), "{error}");
    assert_eq!(error.exit_code(), exit::USAGE);
}

#[test]
fn what_an_earlier_run_left_half_downloaded_is_resumed_or_thrown_away() {
    for garbage in [false, true] {
        let index = index();
        let mut place = Place::of(&index);
        place.options.retries = 0;
        index.fault(FILE, Fault::Cut { times: 1 });
        place.demo().unwrap_err();
        if garbage {
            for entry in std::fs::read_dir(place.cache().join("downloads/partial")).unwrap() {
                std::fs::write(entry.unwrap().path(), "what is not in the archive").unwrap();
            }
        }
        assert_eq!(versions(&place.demo().unwrap()), ["1.0", "1.1"], "garbage: {garbage}");
    }
}

#[test]
fn a_wrong_password_is_an_error_of_the_environment() {
    let index = index();
    index.protect("me", "right");
    let error = Place::of(&index).demo().unwrap_err();
    assert!(error.to_string().contains("401"), "{error}");
    assert_eq!(error.exit_code(), exit::ENVIRONMENT);
}

#[test]
fn user_and_password_go_to_the_index_and_nowhere_else() {
    let (index, files) = (PackageIndex::start(Pages::Html), PackageIndex::start(Pages::Html));
    let sdist = Archive::sdist("demo", "1.0", &[("demo.py", "")]).tar_gz();
    files.add("demo", IndexFile::new(FILE, sdist.clone()));
    index.add("demo", IndexFile::new(FILE, sdist).at(&files.file_address("demo", FILE)));
    index.add_release("demo", "1.1", "");
    let place = Place::at(&index.protect("me", "a secret"));
    assert_eq!(versions(&place.demo().unwrap()), ["1.0", "1.1"]);
    assert!(index.headers("demo", "authorization")[0].is_some());
    assert!(index.headers("demo-1.1.tar.gz", "authorization")[0].is_some());
    assert_eq!(files.headers(FILE, "authorization"), [None]);
}

#[test]
fn user_and_password_do_not_follow_a_redirect_to_another_host() {
    let (index, other) = (PackageIndex::start(Pages::Html), PackageIndex::start(Pages::Html));
    let sdist = Archive::sdist("demo", "1.0", &[("demo.py", "")]).tar_gz();
    index.add("demo", IndexFile::new(FILE, sdist.clone()));
    other.add("demo", IndexFile::new(FILE, sdist));
    let url = index.protect("me", "a secret");
    index.fault(FILE, Fault::Redirect(other.file_address("demo", FILE)));
    Place::at(&url).demo().unwrap();
    assert_eq!(other.headers(FILE, "authorization"), [None]);
}

#[test]
fn user_and_password_are_in_no_file_and_in_no_message() {
    let index = index();
    let place = Place::at(&index.protect("me", "hunter2"));
    place.demo().unwrap();
    let listing = std::fs::read_to_string(place.cache().join("listings/demo.json")).unwrap();
    assert!(!listing.contains("hunter2"));
    index.fault("demo", Fault::Status { status: 500, times: 100, retry_after: None });
    assert!(!format!("{:?}", place.demo().unwrap_err()).contains("hunter2"));
}

/// The one test that meets the network: it says so, and is content without one.
#[test]
fn a_small_project_of_the_real_index_is_fetched() {
    let mut place = Place::without_index();
    (place.options.index, place.options.retries) = (None, 0);
    let source = apishift_history::ProjectSource::pypi("iniconfig", apishift_types::Role::Library);
    match place.fetch(&source) {
        Ok(fetched) => {
            assert!(versions(&fetched).len() >= 4, "{:?}", versions(&fetched));
            assert_eq!(fetched.project.imports, ["iniconfig"]);
            println!("fetched {} releases of iniconfig from the real index", versions(&fetched).len());
        }
        Err(error) if error.is_environment() => println!("SKIPPED: no package index can be reached: {error}"),
        Err(error) => panic!("{error}"),
    }
}
