//! Wheels of which only some members are wanted.

use apishift_testkit::{Archive, Fault, IndexFile, PackageIndex, Pages};

use crate::place::{Place, noise, versions};

const FILE: &str = "demo-1.0-cp311-cp311-manylinux_2_17_x86_64.whl";

/// Two modules far from each other, with what is not text between them and after them.
fn wheel() -> Archive {
    let binary = noise(1_500_000);
    Archive::new()
        .file("demo/__init__.py", "x = 1\n")
        .file("demo/core.so", &binary)
        .folder("demo/inner")
        .file("demo/inner/__init__.py", "y = 2\n")
        .file("demo/inner/data.bin", &binary)
        .file("demo-1.0.dist-info/METADATA", "Name: demo\nVersion: 1.0\n")
}

fn index(content: Vec<u8>) -> PackageIndex {
    let index = PackageIndex::start(Pages::Html);
    index.add("demo", IndexFile::new(FILE, content));
    index
}

#[test]
fn only_what_is_wanted_of_a_wheel_travels() {
    let parted = index(wheel().zip());
    let fetched = Place::of(&parted).demo().unwrap();
    let ranges = parted.headers(FILE, "range");
    let asked: Vec<&str> = ranges.iter().flatten().map(String::as_str).collect();
    assert_eq!(asked.len(), ranges.len(), "{ranges:?}");
    let length = |range: &str| {
        let (start, end) = range.strip_prefix("bytes=").unwrap().split_once('-').unwrap();
        end.parse::<u64>().unwrap() + 1 - start.parse::<u64>().unwrap_or(1)
    };
    let travelled: u64 = asked.into_iter().map(length).sum();
    assert!(travelled < 200_000, "{ranges:?}");
    // The same commit as from the whole wheel.
    let whole = index(wheel().zip());
    whole.serve_ranges(false);
    let expected = Place::of(&whole).demo().unwrap();
    assert_eq!(fetched.project, expected.project);
    assert_eq!(fetched.skipped, expected.skipped);
}

#[test]
fn what_does_not_travel_may_be_of_any_size() {
    let index = index(wheel().zip());
    let mut place = Place::of(&index);
    place.options.limits.member_bytes = 1_000_000;
    assert_eq!(versions(&place.demo().unwrap()), ["1.0"]);
    assert!(index.headers(FILE, "range").iter().all(Option::is_some));
}

#[test]
fn nothing_of_it_stays_in_the_cache() {
    let index = index(wheel().zip());
    let place = Place::of(&index);
    place.demo().unwrap();
    let partial = place.options.cache_dir.join("downloads/partial");
    assert_eq!(std::fs::read_dir(partial).unwrap().count(), 0);
    let requests = index.downloads();
    place.demo().unwrap();
    assert_eq!(index.downloads(), requests);
}

#[test]
fn a_wheel_that_cannot_be_read_in_parts_is_fetched_whole() {
    let behind = noise(1_500_000);
    let linked = wheel().symlink("demo/link.bin", "core.so").file("demo/more.bin", &behind).zip();
    let mut cut = wheel().zip();
    cut.truncate(cut.len() - 1);
    for (content, is_readable) in [(linked, true), (cut, false)] {
        let index = index(content);
        assert_eq!(Place::of(&index).demo().is_ok(), is_readable);
        assert!(index.headers(FILE, "range").iter().any(Option::is_none));
    }
}

#[test]
fn damaged_parts_are_not_taken() {
    let index = index(wheel().zip());
    // The second request, the first one for members.
    index.fault(FILE, Fault::WrongBytes { times: 2 });
    assert_eq!(versions(&Place::of(&index).demo().unwrap()), ["1.0"]);
}
