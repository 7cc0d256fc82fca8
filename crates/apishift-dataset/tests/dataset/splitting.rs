//! Splits: no leak, no dependence on order, little dependence on what else is there.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::{update, updates};
use apishift_dataset::{Fractions, LARGEST_HELD_OUT_GROUP, SplitOptions, split};
use apishift_types::{ApiUpdate, Split};
use proptest::prelude::*;

fn assigned(rows: Vec<ApiUpdate>, options: &SplitOptions) -> BTreeMap<String, Split> {
    split(rows, options).0.into_iter().map(|row| (row.id, row.split)).collect()
}

fn halves() -> SplitOptions {
    let fractions = Fractions { train: 0.5, validation: 0.25, test: 0.25 };
    SplitOptions { fractions, ..SplitOptions::default() }
}

/// A row of its own change, symbol and code.
fn lone(n: usize) -> ApiUpdate {
    let mut row = update(&format!("r{n}"));
    row.symbol = format!("shapes.f{n}");
    row.provenance.change_id = format!("c{n}");
    row
}

#[test]
fn rows_that_share_an_answer_stay_together() {
    type Edit = fn(&mut ApiUpdate);
    let ties: [(&str, Edit); 7] = [
        ("the change", |row| row.provenance.change_id = "c0".to_owned()),
        ("the symbol, in a later release", |row| {
            row.symbol = "shapes.f0".to_owned();
            row.new_version = "==2.0".to_owned();
        }),
        ("the name in a relative, in one release", |row| row.symbol = "shapes.Other.f0".to_owned()),
        ("the replacement", |row| row.replacement = Some("shapes.Other.g".to_owned())),
        ("the edit: the same names gone and come", |row| {
            row.new_code = row.old_code.clone() + "paint_r0(1)\n";
            row.old_code += "draw_r0(2)\n";
        }),
        ("the code", |row| {
            let first = lone(0);
            (row.old_code, row.new_code) = (first.old_code, first.new_code.replace("paint_r0", "fill"));
        }),
        ("the code of one as the edit of the other", |row| {
            let first = lone(0);
            (row.old_code, row.new_code) = (first.new_code, first.old_code.replace("draw_r0", "fill"));
        }),
    ];
    for (tie, edit) in ties {
        let mut first = lone(0);
        first.replacement = Some("shapes.g".to_owned());
        let mut second = lone(1);
        edit(&mut second);
        let (_, statistics) = split(vec![first, second], &SplitOptions::default());
        assert_eq!(statistics.groups, 1, "{tie}");
    }
}

#[test]
fn rows_that_share_none_do_not() {
    let mut second = lone(1);
    second.replacement = Some("other.g".to_owned());
    let mut third = lone(2);
    // The same name in another release, and the same symbol in another library.
    (third.symbol, third.new_version) = ("shapes.Other.f0".to_owned(), "==3.0".to_owned());
    let mut fourth = lone(3);
    (fourth.symbol, fourth.dependency) = ("shapes.f0".to_owned(), "forms".to_owned());
    let (_, statistics) = split(vec![lone(0), second, third, fourth], &SplitOptions::default());
    assert_eq!((statistics.groups, statistics.largest_group), (4, 1));
}

#[test]
fn shares_are_met_roughly() {
    let (rows, statistics) = split((0..4000).map(lone).collect(), &SplitOptions::default());
    let count = |part: Split| rows.iter().filter(|row| row.split == part).count();
    // Five per cent of 4000 is 200; three standard deviations are 41.
    for part in [Split::Validation, Split::Test] {
        assert!((159..=241).contains(&count(part)), "{part:?}: {}", count(part));
        assert_eq!(statistics.rows[&part], count(part) as u64);
    }
}

#[test]
fn a_large_group_trains() {
    let in_group = |n: usize| {
        let mut row = lone(n);
        row.symbol = "shapes.f".to_owned();
        row
    };
    let only_test = Fractions { train: 0.0, validation: 0.0, test: 1.0 };
    for (size, expected) in
        [(LARGEST_HELD_OUT_GROUP, Split::Test), (LARGEST_HELD_OUT_GROUP + 1, Split::Train)]
    {
        // A lone row keeps the test from being empty.
        let rows = (0..size).map(in_group).chain([lone(99)]).collect();
        let options = SplitOptions { fractions: only_test, ..SplitOptions::default() };
        let (rows, _) = split(rows, &options);
        assert_eq!(rows[0].split, expected, "{size} rows");
    }
    let mut rows: Vec<_> = (0..30).map(in_group).collect();
    rows[0].release_date = Some("2025-01-02".to_owned());
    let options = SplitOptions { cutoff: Some(jiff::civil::date(2025, 1, 1)), ..SplitOptions::default() };
    assert_eq!(split(rows, &options).0[7].split, Split::Test, "a cut-off is not about size");
}

#[test]
fn no_part_is_empty_where_there_are_groups_enough() {
    for groups in 0..40 {
        for seed in 0..5 {
            let options = SplitOptions { seed, ..SplitOptions::default() };
            let (_, statistics) = split((0..groups).map(lone).collect(), &options);
            assert_eq!(statistics.groups_of.len(), groups.min(3), "{groups} groups, seed {seed}");
        }
    }
    let no_test = SplitOptions {
        fractions: Fractions { train: 0.9, validation: 0.1, test: 0.0 },
        ..SplitOptions::default()
    };
    let (_, statistics) = split((0..40).map(lone).collect(), &no_test);
    assert!(!statistics.rows.contains_key(&Split::Test), "what is not asked for stays empty");
}

#[test]
fn a_cutoff_makes_what_came_later_test() {
    let mut rows: Vec<_> = (0..30).map(lone).collect();
    for row in &mut rows[..10] {
        row.release_date = Some("2025-01-02".to_owned());
    }
    // Released on the day itself: the model may have seen it.
    rows[10].release_date = Some("2025-01-01".to_owned());
    // Deprecated before, removed after: the group goes with its later row.
    (rows[11].symbol, rows[11].release_date) = ("shapes.f0".to_owned(), Some("2023-01-01".to_owned()));
    rows[12].release_date = None;
    let options = SplitOptions { cutoff: Some(jiff::civil::date(2025, 1, 1)), ..SplitOptions::default() };
    let (rows, statistics) = split(rows, &options);
    for (place, row) in rows.iter().enumerate() {
        assert_eq!(row.split == Split::Test, place < 10 || place == 11, "row {place}");
    }
    assert!(statistics.rows.contains_key(&Split::Validation));
    assert_eq!((statistics.test_rows_before_cutoff, statistics.rows_without_date), (1, 1));
}

/// What must not stand on two sides.
fn tied(row: &ApiUpdate) -> [String; 2] {
    [row.provenance.change_id.clone(), format!("{} {}", row.dependency, row.symbol)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn parts_share_no_change_and_no_symbol(rows in updates(), seed in any::<u64>()) {
        let (rows, _) = split(rows, &SplitOptions { seed, ..halves() });
        let mut sides: BTreeMap<String, BTreeSet<Split>> = BTreeMap::new();
        for row in &rows {
            for tie in tied(row) {
                sides.entry(tie).or_default().insert(row.split);
            }
        }
        prop_assert!(sides.values().all(|sides| sides.len() == 1));
    }

    #[test]
    fn order_does_not_matter(rows in updates(), seed in any::<u64>()) {
        let options = SplitOptions { seed, ..halves() };
        let mut turned = rows.clone();
        turned.reverse();
        let half = turned.len() / 2;
        turned.rotate_left(half);
        prop_assert_eq!(assigned(rows, &options), assigned(turned, &options));
    }

    /// Rows of new libraries join no group, so they move nothing, once every part has groups of its own: a part with
    /// a single one may have been given it so as not to be empty.
    #[test]
    fn more_rows_move_nothing(rows in updates(), more in updates()) {
        let options = halves();
        let statistics = split(rows.clone(), &options).1;
        prop_assume!(statistics.groups_of.len() == 3 && statistics.groups_of.values().all(|groups| *groups > 1));
        let before = assigned(rows.clone(), &options);
        let mut all = rows;
        all.extend(more.into_iter().map(|mut row| {
            row.id.insert(0, 'n');
            row.dependency.insert(0, 'n');
            row.provenance.change_id.insert(0, 'n');
            row.old_code = row.old_code.replace('r', "new_r");
            row.new_code = row.new_code.replace('r', "new_r");
            row
        }));
        let after = assigned(all, &options);
        for (id, part) in before {
            prop_assert_eq!(after[&id], part);
        }
    }
}
