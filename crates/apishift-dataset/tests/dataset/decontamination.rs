//! Overlap with benchmarks.

use std::fs;

use crate::support::update;
use apishift_dataset::{Benchmark, decontaminate};

fn benchmark(name: &str, text: &str) -> Benchmark {
    Benchmark { name: name.to_owned(), texts: vec![text.to_owned()] }
}

#[test]
fn a_shared_run_of_words_is_found_whatever_the_layout() {
    let (mut clean, mut found) = (update("clean"), update("found"));
    clean.old_code = "def area(a, b):\n    return a * b\n".to_owned();
    found.new_code = "def Volume(a, b, c):\n    # note\n    return a * b * c\n".to_owned();
    let tasks = benchmark("tasks", "Write  def volume(a, b, c): '''note''' return a*b*c");
    let report = decontaminate(&[clean, found.clone()], &[tasks, benchmark("short", "def area(a, b)")], 6);
    assert_eq!(report.overlaps.len(), 1);
    let overlap = &report.overlaps[0];
    assert_eq!((overlap.id.as_str(), overlap.benchmark.as_str()), ("found", "tasks"));
    assert_eq!(overlap.example, "def volume a b c note");
    // def volume a b c note return a b c: ten words, five runs of six.
    assert_eq!(overlap.shared, 5);
    assert_eq!(report.benchmarks["short"], 0, "four words hold no run of six");
    let (rows, skipped) = report.exclude(vec![update("clean"), found], 1);
    assert_eq!((rows.len(), skipped.total()), (1, 1));
    assert_eq!(rows[0].id, "clean");
}

#[test]
fn exclusion_asks_for_enough() {
    let row = update("r0");
    let report = decontaminate(std::slice::from_ref(&row), &[benchmark("b", &row.update_info)], 6);
    // draw is deprecated use paint instead: one run.
    assert_eq!(report.overlaps[0].shared, 1);
    assert_eq!(report.exclude(vec![row], 2).0.len(), 1);
}

#[test]
fn benchmarks_are_read_from_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tasks.jsonl");
    fs::write(&path, "{\"prompt\": \"one\", \"n\": 1, \"tests\": [\"two\"], \"meta\": {\"k\": \"three\"}}\n")
        .unwrap();
    let benchmark = Benchmark::read(&path).unwrap();
    assert_eq!(benchmark.name, "tasks");
    let mut texts = benchmark.texts;
    texts.sort();
    assert_eq!(texts, ["one", "three", "two"]);
}
