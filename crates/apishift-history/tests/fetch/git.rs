//! Git repositories as sources, and what is read from any repository.

use std::path::Path;

use apishift_history::{GitHistory, HistoryError, ProjectSource};
use apishift_testkit::{GitFixture, PackageIndex, Pages};
use apishift_types::{DateSource, Role, SourceKind, TreeError, TreeId, TreeSource, exit};

use crate::place::{Place, count, files, versions};

fn source(git: &GitFixture) -> ProjectSource {
    ProjectSource::git("demo", &git.path().display().to_string(), Role::Library)
}

/// Two releases with three commits between them, one of them a merge.
fn fixture() -> GitFixture {
    let git = GitFixture::new();
    git.commit("start", &[("demo/__init__.py", Some("x = 1\n")), ("README.md", Some("demo\n"))]);
    git.tag("v1.0");
    let base = git.commit("rename x to y", &[("demo/__init__.py", Some("y = 1\n"))]);
    let side = git.commit("on a branch", &[("demo/side.py", Some("z = 1\n"))]);
    git.checkout(&base);
    git.commit("on the main line", &[("demo/main.py", Some("m = 1\n"))]);
    git.merge("merge the branch", &side, &[("demo/side.py", Some("z = 1\n"))]);
    git.annotated_tag("v1.1", "release 1.1");
    git
}

#[test]
fn tags_become_releases() {
    let git = fixture();
    git.tag("v1.2rc1");
    git.tag("nightly");
    let fetched = Place::without_index().fetch(&source(&git)).unwrap();
    assert_eq!(versions(&fetched), ["1.0", "1.1"]);
    assert_eq!(fetched.project.imports, ["demo"]);
    let release = &fetched.project.releases[1];
    assert_eq!((release.source, release.date_source), (SourceKind::Git, DateSource::Commit));
    assert_eq!(release.date.unwrap().to_string(), "2021-01-04");
    assert_eq!((count(&fetched, "release-pre"), count(&fetched, "listed-tag-without-version")), (1, 1));
}

#[test]
fn commits_between_releases_follow_the_first_parent_oldest_first() {
    let fetched = Place::without_index().fetch(&source(&fixture())).unwrap();
    let [old, new] = [0, 1].map(|at| fetched.project.releases[at].commit.clone());
    let commits = fetched.history().unwrap().commits(&old, &new).unwrap();
    let messages: Vec<_> = commits.iter().map(|commit| commit.message.as_str()).collect();
    assert_eq!(messages, ["rename x to y", "on the main line", "merge the branch"]);
    assert_eq!((&commits[0].parent, &commits[2].id), (&old, &new));
}

#[test]
fn imported_releases_have_no_commits_between_them() {
    let index = PackageIndex::start(Pages::Html);
    index.add_release("demo", "1.0", "x = 1\n");
    index.add_release("demo", "1.1", "y = 1\n");
    let fetched = Place::of(&index).demo().unwrap();
    let [old, new] = [0, 1].map(|at| fetched.project.releases[at].commit.clone());
    assert_eq!(fetched.history().unwrap().commits(&old, &new).unwrap(), []);
}

#[test]
fn a_later_run_sees_new_tags() {
    let (git, place) = (fixture(), Place::without_index());
    let first = place.fetch(&source(&git)).unwrap();
    git.commit("more", &[("demo/more.py", Some("x = 3\n"))]);
    git.tag("2.0");
    let second = place.fetch(&source(&git)).unwrap();
    assert_eq!(versions(&second), ["1.0", "1.1", "2.0"]);
    assert_eq!(second.project.releases[..2], first.project.releases[..]);
}

#[test]
fn offline_uses_the_clone() {
    let (git, mut place) = (fixture(), Place::without_index());
    let online = place.fetch(&source(&git)).unwrap();
    place.options.offline = true;
    assert_eq!(place.fetch(&source(&git)).unwrap(), online);
    git.tag("v3.0");
    assert_eq!(versions(&place.fetch(&source(&git)).unwrap()), ["1.0", "1.1"]);
}

#[test]
fn offline_without_a_clone_says_so() {
    let mut place = Place::without_index();
    place.options.offline = true;
    let error = place.fetch(&source(&fixture())).unwrap_err();
    assert!(matches!(error, HistoryError::Offline { .. }), "{error}");
    assert_eq!(error.exit_code(), exit::ENVIRONMENT);
}

#[test]
fn a_path_that_is_no_repository_is_an_error_that_names_it() {
    let place = Place::without_index();
    let nowhere = place.folder.path().join("nowhere").display().to_string();
    let error = place.fetch(&ProjectSource::git("demo", &nowhere, Role::Library)).unwrap_err();
    assert!(error.to_string().contains(&nowhere), "{error}");
}

#[test]
fn a_repository_without_releases_is_an_error() {
    let git = GitFixture::new();
    git.commit("start", &[("a.py", Some(""))]);
    git.tag("nightly");
    let error = Place::without_index().fetch(&source(&git)).unwrap_err();
    assert!(matches!(error, HistoryError::NoRelease { .. }), "{error}");
    assert_eq!(error.exit_code(), exit::USAGE);
}

#[test]
fn two_sources_of_one_name_do_not_share_a_repository() {
    let (one, other, place) = (fixture(), fixture(), Place::without_index());
    other.tag("v9.0");
    assert_eq!(versions(&place.fetch(&source(&one)).unwrap()).len(), 2);
    assert_eq!(versions(&place.fetch(&source(&other)).unwrap()).len(), 3);
    assert_eq!(versions(&place.fetch(&source(&one)).unwrap()).len(), 2);
}

#[test]
fn the_licence_is_read_from_the_tagged_tree() {
    let git = GitFixture::new();
    let text =
        "Permission is hereby granted, free of charge, to any person obtaining a copy of this software";
    git.commit("start", &[("demo.py", Some("")), ("LICENSE", Some(text))]);
    git.tag("1.0");
    let fetched = Place::without_index().fetch(&source(&git)).unwrap();
    assert_eq!(fetched.project.releases[0].license.as_deref(), Some("MIT"));
}

#[test]
fn files_come_in_byte_order_of_their_paths() {
    let git = GitFixture::new();
    let names = ["a/b.py", "a-b.py", "a.py", "a0.py", "a/B.py", "ä.py"];
    let changes: Vec<_> = names.iter().map(|name| (*name, Some("x\n"))).collect();
    git.commit("start", &changes);
    git.tag("1.0");
    let fetched = Place::without_index().fetch(&source(&git)).unwrap();
    let listed: Vec<_> = files(&fetched, 0).into_iter().map(|(path, _)| path).collect();
    let mut sorted = names.map(str::to_owned).to_vec();
    sorted.sort();
    assert_eq!(listed, sorted);
}

#[test]
fn what_is_not_in_the_repository_is_told_apart_from_damage() {
    let fetched = Place::without_index().fetch(&source(&fixture())).unwrap();
    let history = fetched.history().unwrap();
    for name in ["0".repeat(40), "no-such-tag".to_owned()] {
        assert!(matches!(history.files(&TreeId(name)), Err(TreeError::NoTree(_))));
    }
    let blob = apishift_types::BlobId([7; 20]);
    assert!(matches!(history.read(blob), Err(TreeError::NoBlob(_))));
}

#[test]
fn many_threads_read_at_once() {
    let fetched = Place::without_index().fetch(&source(&fixture())).unwrap();
    let history = fetched.history().unwrap();
    let commit = &fetched.project.releases[1].commit;
    let expected = history.files(commit).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..50 {
                    let listed = history.files(commit).unwrap();
                    assert_eq!(listed, expected);
                    assert!(!history.read(listed[0].blob).unwrap().is_empty());
                }
            });
        }
    });
}

/// git's own opinion, where there is a git.
fn git(repository: &Path, arguments: &[&str]) -> Option<(bool, String)> {
    #[expect(clippy::disallowed_methods, reason = "the test compares with git itself")]
    let output = std::process::Command::new("git").arg("-C").arg(repository).args(arguments).output().ok()?;
    Some((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn git_itself_finds_nothing_wrong_with_an_imported_repository() {
    let index = PackageIndex::start(Pages::Html);
    for version in ["1.0", "1.1", "1.2"] {
        index.add_release("demo", version, &format!("x = '{version}'\n"));
    }
    let fetched = Place::of(&index).demo().unwrap();
    let Some((sound, _)) = git(&fetched.repository, &["fsck", "--strict"]) else {
        println!("SKIPPED: there is no git");
        return;
    };
    assert!(sound);
    let release = &fetched.project.releases[2];
    let (_, listed) = git(&fetched.repository, &["ls-tree", "-r", &release.commit.0]).unwrap();
    let ours: Vec<String> = GitHistory::open(&fetched.repository)
        .unwrap()
        .files(&release.commit)
        .unwrap()
        .iter()
        .map(|file| format!("100644 blob {}\t{}\n", hex::encode(file.blob.0), file.path))
        .collect();
    assert_eq!(ours.concat(), listed);
}
