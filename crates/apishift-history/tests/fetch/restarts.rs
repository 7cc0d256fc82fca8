//! Runs after other runs: incremental, offline, interrupted, killed, two at once.

use std::{fs, path::Path, sync::atomic::AtomicBool, thread, time::Duration};

use apishift_history::{Fetched, HistoryError, fetch};
use apishift_testkit::{Fault, PackageIndex, Pages};
use apishift_types::exit;

use crate::place::{Place, demo, noise, paths, versions};

fn index(pages: Pages) -> PackageIndex {
    let index = PackageIndex::start(pages);
    for minor in 0..6 {
        let source = noise(2000) + &format!("minor = {minor}\n");
        index.add_release("demo", &format!("1.{minor}"), &source);
    }
    index
}

/// What two runs must have in common, wherever their caches are.
fn outcome(fetched: &Fetched) -> (apishift_types::Project, apishift_types::Skipped) {
    (fetched.project.clone(), fetched.skipped.clone())
}

#[test]
fn a_second_run_downloads_nothing_and_gives_the_same() {
    for pages in [Pages::Html, Pages::Json] {
        let index = index(pages);
        let place = Place::of(&index);
        let first = place.demo().unwrap();
        let downloads = index.downloads();
        assert_eq!(place.demo().unwrap(), first);
        assert_eq!(index.downloads(), downloads);
    }
}

#[test]
fn a_page_that_has_not_changed_is_not_sent_again() {
    let index = index(Pages::Json);
    let place = Place::of(&index);
    place.demo().unwrap();
    place.demo().unwrap();
    let tags = index.headers("demo", "if-none-match");
    assert!(tags[0].is_none() && tags[1].is_some(), "{tags:?}");
}

#[test]
fn a_new_release_is_all_that_is_downloaded() {
    let index = index(Pages::Html);
    let place = Place::of(&index);
    place.demo().unwrap();
    let downloads = index.downloads();
    let new = index.add_release("demo", "1.6", "y = 1\n");
    assert_eq!(versions(&place.demo().unwrap()).len(), 7);
    assert_eq!((index.downloads(), index.requests(&new)), (downloads + 1, 1));
}

#[test]
fn caches_filled_in_different_orders_give_the_same() {
    let index = index(Pages::Html);
    let (stepwise, at_once) = (Place::of(&index), Place::of(&index));
    for limit in [1, 3] {
        let mut source = demo();
        source.limit = Some(limit);
        stepwise.fetch(&source).unwrap();
    }
    assert_eq!(outcome(&stepwise.demo().unwrap()), outcome(&at_once.demo().unwrap()));
}

#[test]
fn an_archive_replaced_on_the_index_is_imported_anew() {
    let index = index(Pages::Html);
    let place = Place::of(&index);
    let before = place.demo().unwrap();
    index.remove("demo");
    index.add_release("demo", "1.0", "replaced = True\n");
    let after = place.demo().unwrap();
    assert_ne!(after.project.releases[0].commit, before.project.releases[0].commit);
    assert_eq!(crate::place::files(&after, 0)[1].1, "replaced = True\n");
}

#[test]
fn other_rules_import_from_the_cache_without_a_download() {
    let index = index(Pages::Html);
    let mut place = Place::of(&index);
    place.demo().unwrap();
    let downloads = index.downloads();
    place.options.keep.patterns = vec!["PKG-INFO".to_owned()];
    assert_eq!(paths(&place.demo().unwrap(), 0), ["PKG-INFO"]);
    assert_eq!(index.downloads(), downloads);
}

#[test]
fn offline_gives_the_same_without_a_request() {
    let index = index(Pages::Html);
    let mut place = Place::of(&index);
    let online = place.demo().unwrap();
    let requests = index.requests("demo");
    place.options.offline = true;
    place.options.index = None;
    assert_eq!(place.demo().unwrap(), online);
    assert_eq!(index.requests("demo"), requests);
}

#[test]
fn offline_imports_again_from_the_archives_in_the_cache() {
    let mut place = Place::of(&index(Pages::Html));
    let online = place.demo().unwrap();
    fs::remove_dir_all(&online.repository).unwrap();
    place.options.offline = true;
    assert_eq!(place.demo().unwrap(), online);
}

#[test]
fn offline_with_an_empty_cache_says_what_is_missing() {
    let mut place = Place::without_index();
    place.options.offline = true;
    let error = place.demo().unwrap_err();
    assert!(
        error.to_string().contains("list of releases") && error.to_string().contains("--offline"),
        "{error}"
    );
    assert_eq!(error.exit_code(), exit::ENVIRONMENT);
}

#[test]
fn offline_with_some_releases_says_which_are_missing() {
    let mut place = Place::of(&index(Pages::Html));
    let mut source = demo();
    source.limit = Some(4);
    place.fetch(&source).unwrap();
    place.options.offline = true;
    let error = place.demo().unwrap_err();
    assert!(error.to_string().contains("releases 1.0, 1.1 "), "{error}");
}

#[test]
fn an_archive_damaged_in_the_cache_is_downloaded_again() {
    let index = index(Pages::Html);
    let place = Place::of(&index);
    let first = place.demo().unwrap();
    fs::remove_dir_all(&first.repository).unwrap();
    let sha256 = &first.project.releases[0].sha256;
    let archive = place.cache().join("downloads/sha256").join(&sha256[..2]).join(sha256);
    fs::write(&archive, "damaged").unwrap();
    assert_eq!(place.demo().unwrap(), first);
}

#[test]
fn leftovers_of_a_killed_import_do_no_harm() {
    let index = index(Pages::Html);
    let place = Place::of(&index);
    let first = place.demo().unwrap();
    let of_git = |name: &str| first.repository.join(name);
    // As if the process had been killed after the pack and before the tag, and other times in the middle of a pack,
    // of its index, of a tag, of the configuration.
    fs::remove_file(of_git("refs/tags/v1.3")).unwrap();
    fs::write(of_git("refs/tags/v1.3.lock"), "half a tag").unwrap();
    fs::write(of_git("config.lock"), "half a configuration").unwrap();
    fs::write(of_git("objects/pack/pack_git2_0123456789abcdef"), "half a pack").unwrap();
    fs::write(of_git(&format!("objects/pack/pack-{}.idx", "0".repeat(40))), "an index without its pack")
        .unwrap();
    assert_eq!(place.demo().unwrap(), first);
    assert!(!of_git("config.lock").exists() && !of_git("objects/pack/pack_git2_0123456789abcdef").exists());
}

#[test]
fn a_repository_that_was_lost_is_made_again() {
    let index = index(Pages::Html);
    let place = Place::of(&index);
    let first = place.demo().unwrap();
    let downloads = index.downloads();
    fs::remove_dir_all(&first.repository).unwrap();
    assert_eq!(place.demo().unwrap(), first);
    assert_eq!(index.downloads(), downloads);
}

#[test]
fn a_damaged_list_in_the_cache_is_asked_for_again() {
    let index = index(Pages::Json);
    let place = Place::of(&index);
    let first = place.demo().unwrap();
    fs::write(place.cache().join("listings/demo.json"), "{\"format\": 1, ").unwrap();
    assert_eq!(place.demo().unwrap(), first);
}

#[test]
fn an_interrupted_run_goes_on_where_it_stopped() {
    let index = index(Pages::Html);
    let place = Place::of(&index);
    let error = fetch(&demo(), &place.options, &(), &AtomicBool::new(true)).unwrap_err();
    assert!(matches!(error, HistoryError::Interrupted));
    assert_eq!(error.exit_code(), exit::INTERRUPTED);
    assert_eq!(outcome(&place.demo().unwrap()), outcome(&Place::of(&index).demo().unwrap()));
}

#[test]
fn an_interrupt_ends_a_slow_download_soon() {
    let index = index(Pages::Html);
    for minor in 0..6 {
        index.fault(
            &format!("demo-1.{minor}.tar.gz"),
            Fault::Status { status: 503, times: 100, retry_after: Some(60) },
        );
    }
    let place = Place::of(&index);
    let interrupt = AtomicBool::new(false);
    let start = std::time::Instant::now();
    thread::scope(|scope| {
        scope.spawn(|| {
            thread::sleep(Duration::from_millis(300));
            interrupt.store(true, std::sync::atomic::Ordering::Relaxed);
        });
        let error = fetch(&demo(), &place.options, &(), &interrupt).unwrap_err();
        assert!(matches!(error, HistoryError::Interrupted), "{error}");
    });
    assert!(start.elapsed() < Duration::from_secs(10));
}

#[test]
fn two_runs_at_once_wait_for_each_other_and_agree() {
    let index = index(Pages::Html);
    let place = Place::of(&index);
    let both = thread::scope(|scope| {
        let run = || scope.spawn(|| place.demo());
        let (first, second) = (run(), run());
        [first.join().unwrap().unwrap(), second.join().unwrap().unwrap()]
    });
    assert_eq!(both[0], both[1]);
    assert_eq!(index.downloads(), 6);
}

#[test]
fn a_cache_that_cannot_be_written_is_an_error_of_the_environment() {
    let mut place = Place::of(&index(Pages::Html));
    let file = place.folder.path().join("a-file");
    fs::write(&file, "").unwrap();
    place.options.cache_dir = file.join("cache");
    let error = place.demo().unwrap_err();
    assert!(matches!(error, HistoryError::Io { .. }), "{error}");
    assert_eq!(error.exit_code(), exit::ENVIRONMENT);
}

/// Names the index and the cache folder of [`child_of_the_kill_test`].
const CHILD: &str = "APISHIFT_TEST_KILLED_CHILD";

/// Not a test of its own: the process that [`a_run_killed_anywhere_ends_as_an_undisturbed_one`] kills.
#[test]
fn child_of_the_kill_test() {
    #[expect(clippy::disallowed_methods, reason = "the only way to tell a child process what to do")]
    let Ok(task) = std::env::var(CHILD) else { return };
    let (url, cache) = task.split_once('|').unwrap();
    let mut place = Place::at(url);
    place.options.cache_dir = cache.into();
    drop(place.demo());
}

#[test]
fn a_run_killed_anywhere_ends_as_an_undisturbed_one() {
    let index = index(Pages::Html);
    let undisturbed = outcome(&Place::of(&index).demo().unwrap());
    for minor in 0..6 {
        index.fault(&format!("demo-1.{minor}.tar.gz"), Fault::Slow(Duration::from_millis(20)));
    }
    for pause in [5, 20, 35, 50, 65, 80, 110, 150] {
        let place = Place::of(&index);
        kill_after(Duration::from_millis(pause), &index.url(), place.cache());
        assert_eq!(outcome(&place.demo().unwrap()), undisturbed, "killed after {pause} ms");
    }
}

fn kill_after(pause: Duration, url: &str, cache: &Path) {
    let program = std::env::current_exe().expect("a test knows its own program");
    #[expect(clippy::disallowed_methods, reason = "only a process can be killed")]
    let mut child = std::process::Command::new(program)
        .args(["--exact", "restarts::child_of_the_kill_test"])
        .env(CHILD, format!("{url}|{}", cache.display()))
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("a test can start itself");
    thread::sleep(pause);
    child.kill().expect("a child can be killed");
    child.wait().expect("a killed child ends");
}
