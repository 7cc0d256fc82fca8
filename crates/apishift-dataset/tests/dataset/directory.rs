//! The dataset's directory: the same bytes for the same rows, and the rows back.

use std::{collections::BTreeMap, fs, path::Path};

use crate::support::{update, updates};
use apishift_dataset::{
    AssembleOptions, Benchmark, CardContext, Funnel, SCORED_FILE, SplitOptions, decontaminate, query, split,
    split_file, statistics, write_dataset,
};
use apishift_store::{ApiUpdateTable, read_table};
use apishift_types::{ApiUpdate, ChangeKind, Origin, Outcome, Skipped, Split};
use proptest::prelude::*;

fn context() -> CardContext {
    let mut skipped = Skipped::default();
    skipped.add_n("duplicate", 7);
    skipped.add_n("a-reason-of-the-miner", 2);
    CardContext {
        title: "API updates: a \"test\"".to_owned(),
        rebuild: "./justw build-dataset".to_owned(),
        version: "0.0.0".to_owned(),
        assemble: AssembleOptions::default(),
        split: SplitOptions::default(),
        split_statistics: split(some_rows(), &SplitOptions::default()).1,
        skipped,
        decontamination: None,
        funnel: Funnel::of(&some_rows()),
        judged: BTreeMap::new(),
    }
}

fn some_rows() -> Vec<ApiUpdate> {
    let mut rows: Vec<_> = (0..6).map(|n| update(&format!("r{n}"))).collect();
    rows[1].license = "Apache-2.0".into();
    rows[2].license = "MIT OR PSF-2.0".into();
    rows[3].change_kind = ChangeKind::Removed;
    rows[3].origin = Origin::Dependent;
    rows[3].provenance.project = "forms".into();
    rows[4].dependency = "forms".into();
    rows[4].release_date = None;
    rows[5].split = Split::Test;
    rows[5].release_date = Some("2023-02-01".to_owned());
    let outcomes = [Outcome::Warns, Outcome::Breaks, Outcome::OldFails, Outcome::NotSampled];
    for (row, outcome) in rows.iter_mut().zip(outcomes) {
        row.verified = outcome.verified();
        row.verification.outcome = Some(outcome);
    }
    rows
}

/// The rows, and two that are below any threshold.
fn more_rows() -> Vec<ApiUpdate> {
    let mut rows = some_rows();
    for name in ["low", "lower"] {
        rows.push(ApiUpdate { quality: 0.55, origin: Origin::Synthesized, ..update(name) });
    }
    rows
}

#[test]
fn the_notice_names_every_project_with_its_licence() {
    let folder = tempfile::tempdir().unwrap();
    write_dataset(folder.path(), some_rows(), more_rows(), &context()).unwrap();
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("NOTICE")).unwrap());
}

fn bytes_of(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut names: Vec<String> = Split::ALL.into_iter().map(split_file).collect();
    names.extend(["README.md", "NOTICE", SCORED_FILE].map(str::to_owned));
    names.into_iter().map(|name| (name.clone(), fs::read(dir.join(&name)).unwrap())).collect()
}

#[test]
fn the_card_says_it_all() {
    let folder = tempfile::tempdir().unwrap();
    let mut context = context();
    let benchmark = Benchmark { name: "tasks".to_owned(), texts: vec![update("r0").old_code] };
    context.decontamination = Some(decontaminate(&some_rows(), &[benchmark], 13));
    // One of those that are below the threshold was read too, and one of another build.
    let judged = [
        (update("r0").id, true),
        (update("r1").id, false),
        (update("low").id, true),
        ("gone".to_owned(), false),
    ];
    context.judged = judged.into();
    context.split.cutoff = Some(jiff::civil::date(2024, 3, 1));
    let written = write_dataset(folder.path(), some_rows(), more_rows(), &context).unwrap();
    assert_eq!(written.files.iter().map(|(_, rows)| rows).sum::<u64>(), 6 + 8);
    insta::assert_snapshot!(fs::read_to_string(folder.path().join("README.md")).unwrap());
}

#[test]
fn every_split_has_a_file_even_without_rows() {
    let folder = tempfile::tempdir().unwrap();
    let written = write_dataset(folder.path(), Vec::new(), Vec::new(), &context()).unwrap();
    assert_eq!(written.files.len(), 6);
    for split in Split::ALL {
        assert!(read_table::<ApiUpdateTable>(&folder.path().join(split_file(split))).unwrap().is_empty());
    }
    let card = fs::read_to_string(folder.path().join("README.md")).unwrap();
    assert!(!card.contains("- split:"), "`datasets` fails on a split without rows");
    assert!(query::scan(folder.path()).unwrap().is_empty());
}

#[test]
fn a_folder_that_cannot_be_written_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("taken");
    fs::write(&file, "").unwrap();
    let error = write_dataset(&file, some_rows(), Vec::new(), &context()).unwrap_err();
    assert!(error.to_string().contains("taken"), "{error}");
}

#[test]
fn statistics_count() {
    let statistics_of_some = statistics(&some_rows()).unwrap();
    insta::assert_snapshot!(serde_json::to_string_pretty(&statistics_of_some).unwrap());
    assert_eq!(statistics(&[]).unwrap().rows, 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn rows_come_back_and_bytes_repeat(rows in updates(), texts in prop::collection::vec(any::<String>(), 4)) {
        let mut rows = rows;
        for (row, text) in rows.iter_mut().zip(&texts) {
            row.update_info.clone_from(text);
        }
        let (rows, _) = split(rows, &SplitOptions::default());
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        write_dataset(first.path(), rows.clone(), rows.clone(), &context()).unwrap();
        write_dataset(second.path(), rows.clone(), rows.clone(), &context()).unwrap();
        let scored = read_table::<ApiUpdateTable>(&first.path().join(SCORED_FILE)).unwrap();
        prop_assert_eq!(&scored, &rows);
        prop_assert_eq!(bytes_of(first.path()), bytes_of(second.path()));
        let mut back = Vec::new();
        for split in Split::ALL {
            let part = read_table::<ApiUpdateTable>(&first.path().join(split_file(split))).unwrap();
            prop_assert!(part.iter().all(|row| row.split == split));
            back.extend(part);
        }
        let mut expected = rows;
        expected.sort_by_key(|row| row.split);
        prop_assert_eq!(back, expected);
    }
}
