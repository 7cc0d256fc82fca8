//! Archives that are hostile or broken: one property per test. A refused archive costs its release, leaves nothing in
//! the repository, and does not keep other releases from coming.

use std::fmt::Write;

use apishift_testkit::{Archive, IndexFile, Member, PackageIndex, Pages};

use crate::place::{Kept, Place, count, files, paths, versions};

/// Fetches `demo` with a good release 1.0 and the archive `bytes` as 2.0.
fn fetch_with(place: &mut Place, filename: &str, bytes: Vec<u8>) -> Kept {
    let index = PackageIndex::start(Pages::Html);
    index.add_release("demo", "1.0", "x = 1\n");
    index.add("demo", IndexFile::new(filename, bytes));
    place.options.index = Some(index.url());
    place.demo().expect("the good release is fetched")
}

/// Checks that 2.0 was refused for `reason`, and that nothing of it is in the repository.
fn check_refused(place: &mut Place, filename: &str, bytes: Vec<u8>, reason: &str) {
    let fetched = fetch_with(place, filename, bytes);
    assert_eq!(versions(&fetched), ["1.0"]);
    assert_eq!(count(&fetched, reason), 1, "{:?}", fetched.skipped);
    let packs = std::fs::read_dir(fetched.repository.join("objects/pack")).expect("the repository has packs");
    assert_eq!(packs.count(), 2, "one pack and its index");
    assert!(!fetched.repository.join("refs/tags/v2.0").exists());
}

fn check_hostile(archive: &Archive) {
    let mut place = Place::without_index();
    check_refused(&mut place, "demo-2.0.tar.gz", archive.tar_gz(), "release-hostile-archive");
}

fn check_hostile_zip(archive: &Archive) {
    let mut place = Place::without_index();
    check_refused(&mut place, "demo-2.0.zip", archive.zip(), "release-hostile-archive");
}

/// A good archive to add something bad to.
fn good() -> Archive {
    Archive::sdist("demo", "2.0", &[("demo/__init__.py", "x = 2\n")])
}

#[test]
fn a_path_out_of_the_archive_is_refused() {
    check_hostile(&good().file("demo-2.0/../../evil.py", "x"));
    check_hostile_zip(&good().file("../evil.py", "x"));
}

#[test]
fn an_absolute_path_is_refused() {
    check_hostile(&good().file("/tmp/evil.py", "x"));
    check_hostile_zip(&good().file("C:\\evil.py", "x"));
}

#[test]
fn a_symbolic_link_out_of_the_archive_is_refused() {
    check_hostile(&good().symlink("demo-2.0/link.py", "../../../etc/passwd"));
    check_hostile(&good().symlink("demo-2.0/link.py", "/etc/passwd"));
    check_hostile_zip(&good().symlink("demo-2.0/link.py", "/etc/passwd"));
}

#[test]
fn a_hard_link_out_of_the_archive_is_refused() {
    let link = Member::Hardlink { name: b"demo-2.0/link.py".to_vec(), target: b"../../evil.py".to_vec() };
    check_hostile(&good().member(link));
}

#[test]
fn a_device_is_refused() {
    check_hostile(&good().member(Member::Device { name: b"demo-2.0/null.py".to_vec() }));
}

#[test]
fn a_name_that_is_a_file_and_a_folder_is_refused() {
    check_hostile(&good().file("demo-2.0/a.py", "x").file("demo-2.0/a.py/b.py", "y"));
}

#[test]
fn a_bomb_is_refused_by_what_it_really_unpacks_to() {
    let zeros = vec![0; 2 << 20];
    let bomb = (0..40).fold(good(), |archive, n| archive.file(&format!("demo-2.0/{n}.bin"), &zeros));
    check_hostile(&bomb);
}

#[test]
fn a_bomb_of_text_in_a_zip_is_refused() {
    let mut place = Place::without_index();
    place.options.limits.unpacked_bytes = 1 << 20;
    let text = "x = 1\n".repeat(100_000);
    let bomb = good().file("demo-2.0/a.py", &text).file("demo-2.0/b.py", &text);
    check_refused(&mut place, "demo-2.0.zip", bomb.zip(), "release-hostile-archive");
}

#[test]
fn too_many_members_are_refused() {
    let mut place = Place::without_index();
    place.options.limits.members = 50;
    let many = (0..100).fold(good(), |archive, n| archive.file(&format!("demo-2.0/{n}.py"), ""));
    check_refused(&mut place, "demo-2.0.tar.gz", many.tar_gz(), "release-hostile-archive");
}

#[test]
fn a_zip_whose_list_of_members_fills_the_memory_is_refused() {
    let name = |n: u32| format!("demo-2.0/{n}{}.py", "x".repeat(60_000));
    let many = (0..600).fold(good(), |archive, n| archive.file(&name(n), ""));
    check_hostile_zip(&many);
}

#[test]
fn a_member_beyond_the_limit_is_refused() {
    let mut place = Place::without_index();
    place.options.limits.member_bytes = 1 << 20;
    let large = good().file("demo-2.0/large.bin", vec![7; 2 << 20]);
    check_refused(&mut place, "demo-2.0.tar.gz", large.tar_gz(), "release-hostile-archive");
}

#[test]
fn a_member_whose_headers_fill_the_memory_is_refused() {
    check_hostile(&good().long_name(&"a/".repeat(4 << 20)));
}

#[test]
fn folders_in_each_other_beyond_the_limit_are_refused() {
    let mut place = Place::without_index();
    place.options.limits.depth = 5;
    let deep = good().file("demo-2.0/a/b/c/d/e/f.py", "");
    check_refused(&mut place, "demo-2.0.tar.gz", deep.tar_gz(), "release-hostile-archive");
}

#[test]
fn a_truncated_archive_is_refused() {
    for at in [10, 100] {
        let mut bytes = good().tar_gz();
        bytes.truncate(bytes.len() - at);
        let mut place = Place::without_index();
        check_refused(&mut place, "demo-2.0.tar.gz", bytes, "release-broken-archive");
    }
    let mut bytes = good().zip();
    bytes.truncate(bytes.len() - 10);
    check_refused(&mut Place::without_index(), "demo-2.0.zip", bytes, "release-broken-archive");
}

#[test]
fn an_archive_with_a_wrong_checksum_is_refused() {
    let mut bytes = good().tar_gz();
    let at = bytes.len() - 6;
    bytes[at] ^= 1;
    check_refused(&mut Place::without_index(), "demo-2.0.tar.gz", bytes, "release-broken-archive");
}

#[test]
fn what_is_no_archive_at_all_is_refused() {
    let page = b"<html>moved</html>".to_vec();
    check_refused(&mut Place::without_index(), "demo-2.0.tar.gz", page.clone(), "release-broken-archive");
    check_refused(&mut Place::without_index(), "demo-2.0-py3-none-any.whl", page, "release-broken-archive");
}

#[test]
fn an_archive_without_any_text_is_refused() {
    let empty = Archive::new().file("demo-2.0/a.bin", "x");
    check_refused(&mut Place::without_index(), "demo-2.0.tar.gz", empty.tar_gz(), "release-without-text");
}

#[test]
fn links_inside_the_archive_are_left_out_and_counted() {
    let linked = good().symlink("demo-2.0/demo/link.py", "../setup.py");
    let link = Member::Hardlink { name: b"demo-2.0/hard.py".to_vec(), target: b"demo-2.0/PKG-INFO".to_vec() };
    let fetched = fetch_with(&mut Place::without_index(), "demo-2.0.tar.gz", linked.member(link).tar_gz());
    assert_eq!(paths(&fetched, 1), ["PKG-INFO", "demo/__init__.py"]);
    assert_eq!(count(&fetched, "file-link"), 2);
}

#[test]
fn names_that_are_not_utf8_are_left_out_and_counted() {
    let member = Member::File { name: b"demo-2.0/caf\xe9.py".to_vec(), content: b"x".to_vec() };
    let fetched = fetch_with(&mut Place::without_index(), "demo-2.0.tar.gz", good().member(member).tar_gz());
    assert_eq!(paths(&fetched, 1), ["PKG-INFO", "demo/__init__.py"]);
    assert_eq!(count(&fetched, "file-name-not-utf8"), 1);
}

#[test]
fn folders_of_git_are_left_out_and_counted() {
    let archive = good().file("demo-2.0/.git/hooks/x.py", "evil").file("demo-2.0/.GIT/config.txt", "evil");
    let fetched = fetch_with(&mut Place::without_index(), "demo-2.0.tar.gz", archive.tar_gz());
    assert_eq!(paths(&fetched, 1), ["PKG-INFO", "demo/__init__.py"]);
    assert_eq!(count(&fetched, "file-of-git"), 2);
}

#[test]
fn of_two_members_with_one_name_the_last_counts() {
    let twice = good().file("demo-2.0/demo/__init__.py", "x = 'last'\n");
    let fetched = fetch_with(&mut Place::without_index(), "demo-2.0.tar.gz", twice.tar_gz());
    assert_eq!(files(&fetched, 1)[1].1, "x = 'last'\n");
}

#[test]
fn files_of_apples_tar_do_not_hide_the_top_folder() {
    let fetched = fetch_with(
        &mut Place::without_index(),
        "demo-2.0.tar.gz",
        good().file("._demo-2.0", "fork").tar_gz(),
    );
    assert_eq!(paths(&fetched, 1), ["PKG-INFO", "demo/__init__.py"]);
}

#[test]
fn the_reason_names_archive_and_member() {
    let index = PackageIndex::start(Pages::Html);
    index.add("demo", IndexFile::new("demo-2.0.tar.gz", good().file("../evil.py", "x").tar_gz()));
    let error = Place::of(&index).demo().unwrap_err();
    let mut message = String::new();
    write!(message, "{error}").unwrap();
    assert!(message.contains("demo-2.0.tar.gz") && message.contains("../evil.py"), "{message}");
}

#[test]
fn a_refused_release_is_refused_again_without_a_download() {
    let index = PackageIndex::start(Pages::Html);
    index.add_release("demo", "1.0", "x = 1\n");
    index.add("demo", IndexFile::new("demo-2.0.tar.gz", good().file("../evil.py", "x").tar_gz()));
    let place = Place::of(&index);
    let first = place.demo().unwrap();
    assert_eq!(place.demo().unwrap(), first);
    assert_eq!(index.downloads(), 2);
}
