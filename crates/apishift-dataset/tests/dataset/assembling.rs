//! Filters, duplicates and caps, each with its reason.

use crate::support::{change, evidence, migration};
use apishift_dataset::{AssembleOptions, Licences, Reason, assemble};
use apishift_types::{ApiChange, ApiUpdate, ChangeKind, EvidenceSource, Migration, Origin, Skipped};
use proptest::prelude::*;

fn run(changes: &[ApiChange], migrations: Vec<Migration>) -> (Vec<ApiUpdate>, Skipped) {
    assemble(changes, migrations, &AssembleOptions::default())
}

fn reasons(skipped: &Skipped) -> Vec<(String, u64)> {
    skipped.iter().map(|(reason, rows)| (reason.to_owned(), rows)).collect()
}

#[test]
fn a_row_carries_what_the_two_tables_say() {
    let (rows, skipped) = run(&[change("c1")], vec![migration("c1", "dot")]);
    assert!(skipped.is_empty());
    insta::assert_snapshot!(serde_json::to_string_pretty(&rows).unwrap());
}

#[test]
fn every_filter_counts_its_reason() {
    type Edit = fn(&mut Migration);
    let cases: [(Reason, Edit); 15] = [
        (Reason::UnknownChange, |m| m.change_id = "c9".to_owned()),
        (Reason::LicenceUnknown, |m| m.license = None),
        (Reason::LicenceUnknown, |m| m.license = Some("see LICENSE".to_owned())),
        (Reason::LicenceNotPermitted, |m| m.license = Some("GPL-3.0-or-later".to_owned())),
        // A bell in a string: terminals and tokenizers stumble over it.
        (Reason::UncleanText, |m| m.old_code.push_str("bell = '\u{7}'\n")),
        // What a lossy decoder leaves of bytes that were not UTF-8.
        (Reason::UncleanText, |m| m.new_code.push_str("name = '\u{fffd}'\n")),
        (Reason::UncleanText, |m| m.description = "\u{0}".to_owned()),
        // One line has no import, so it does not stand alone.
        (Reason::TooShort, |m| m.old_code = "draw(dot)\n\n\n".to_owned()),
        (Reason::TooShort, |m| m.new_code = String::new()),
        (Reason::TooLong, |m| m.new_code.push_str(&"paint(1)\n".repeat(40))),
        (Reason::TooLong, |m| m.old_code += &"a".repeat(4000)),
        (Reason::Unchanged, |m| m.new_code = m.old_code.clone()),
        // Black's doing, not an update's.
        (Reason::OnlyLayoutChanged, |m| m.new_code = format!("# why\n{}", m.old_code.replace('\'', "\""))),
        (Reason::LowQuality, |m| m.quality = f64::NAN),
        (Reason::NoUpdateInfo, |m| m.change_id = "silent".to_owned()),
    ];
    let mut silent = change("silent");
    silent.evidence.clear();
    let changes = [change("c1"), silent];
    for (expected, edit) in cases {
        let mut row = migration("c1", "dot");
        edit(&mut row);
        let (rows, skipped) = run(&changes, vec![row.clone()]);
        assert_eq!(reasons(&skipped), [(expected.to_string(), 1)], "{row:#?}");
        assert!(rows.is_empty());
    }
}

#[test]
fn limits_are_inclusive() {
    let mut two_lines = migration("c1", "dot");
    two_lines.old_code = "import shapes\nshapes.draw(1)\n".to_owned();
    two_lines.new_code = "import shapes\nshapes.paint(1)\n".to_owned();
    two_lines.quality = 0.8;
    assert_eq!(run(&[change("c1")], vec![two_lines]).0.len(), 1);
}

#[test]
fn line_ends_of_another_system_are_no_fault() {
    let mut row = migration("c1", "dot");
    row.old_code = row.old_code.replace('\n', "\r\n");
    row.new_code = row.new_code.replace('\n', "\r\n");
    let (rows, _) = run(&[change("c1")], vec![row, migration("c1", "dot")]);
    assert_eq!(rows.len(), 1);
    assert!(!rows[0].old_code.contains('\r'));
}

#[test]
fn a_layout_twin_and_a_pair_turned_round_are_duplicates() {
    let first = migration("c1", "dot");
    let mut twin = migration("c1", "dot");
    twin.old_code = twin.old_code.replace("draw(dot)", "draw(\n    dot,\n)");
    twin.project = "other".to_owned();
    let mut turned = migration("c1", "dot");
    std::mem::swap(&mut turned.old_code, &mut turned.new_code);
    turned.quality = 0.9;
    let (rows, skipped) = run(&[change("c1")], vec![turned, twin, first]);
    assert_eq!(rows.len(), 1);
    assert!(rows[0].new_code.contains("paint"), "the better one stays");
    assert_eq!(reasons(&skipped), [("duplicate".to_owned(), 2)]);
}

#[test]
fn the_same_edit_in_other_code_is_one_row_per_api() {
    let (mut one, mut two) = (migration("c1", "dot"), migration("c1", "circle"));
    one.edit_shape = "draw(_) -> paint(_)".to_owned();
    two.edit_shape.clone_from(&one.edit_shape);
    // The removal of what an earlier release deprecated is about the same API.
    let mut later = change("c2");
    (later.new_version, later.kind) = ("2.0".to_owned(), ChangeKind::Removed);
    two.change_id = "c2".to_owned();
    // The same shape of another symbol is another edit.
    let mut other = change("c3");
    other.symbol = "shapes.sketch".to_owned();
    let mut three = migration("c3", "square");
    three.edit_shape.clone_from(&one.edit_shape);
    let (rows, skipped) = run(&[change("c1"), later, other], vec![one, two, three]);
    assert_eq!(rows.len(), 2);
    assert_eq!(reasons(&skipped), [("same-edit".to_owned(), 1)]);
}

/// Code of some length, in which `name` stands once.
fn long_code(name: &str) -> String {
    let lines: Vec<_> = (0..20).map(|n| format!("step_{n} = prepare(step_{n}, level={n})")).collect();
    format!("import shapes\n{}\nshapes.draw({name})\n", lines.join("\n"))
}

#[test]
fn nearly_the_same_code_is_one_row() {
    let row = |name: &str| {
        let mut row = migration("c1", name);
        row.old_code = long_code(name);
        row.new_code = long_code(name).replace("draw", "paint");
        row
    };
    let (rows, skipped) = run(&[change("c1")], vec![row("dot"), row("circle")]);
    assert_eq!(rows.len(), 1);
    assert_eq!(reasons(&skipped), [("near-duplicate".to_owned(), 1)]);
    let off = AssembleOptions { near_duplicate: 1.1, ..AssembleOptions::default() };
    assert_eq!(assemble(&[change("c1")], vec![row("dot"), row("circle")], &off).0.len(), 2);
}

#[test]
fn caps_hold_per_project_and_over_all() {
    let of_project = |project: usize| {
        (0..8).map(move |n| {
            let mut row = migration("c1", &format!("tag{project}x{n}"));
            row.project = format!("p{project}");
            row
        })
    };
    let (rows, skipped) = run(&[change("c1")], (0..6).flat_map(of_project).collect());
    assert_eq!(rows.len(), 20);
    for project in 0..6 {
        let name = format!("p{project}");
        assert!(rows.iter().filter(|row| row.provenance.project == name).count() <= 5);
    }
    assert_eq!(skipped.total(), 28);
    let kinds: Vec<_> = reasons(&skipped).into_iter().map(|(reason, _)| reason).collect();
    assert_eq!(kinds, ["change-cap", "project-cap"]);
}

#[test]
fn the_best_rows_stay_under_a_cap() {
    let rows = (0_u32..10).map(|n| {
        let mut row = migration("c1", &format!("tag{n}"));
        row.quality = 0.8 + f64::from(n) / 50.0;
        row
    });
    let (kept, _) = run(&[change("c1")], rows.collect());
    assert_eq!(kept.len(), 5);
    assert!(kept.iter().all(|row| row.quality > 0.89));
}

#[test]
fn a_library_has_its_share() {
    let mut changes = Vec::new();
    let mut migrations = Vec::new();
    for (library, rows) in [("big", 5), ("mid", 3), ("small", 1)] {
        let mut of_library = change(library);
        of_library.library = library.to_owned();
        changes.push(of_library);
        migrations.extend((0..rows).map(|n| {
            let mut row = migration(library, &format!("{library}{n}"));
            row.library = library.to_owned();
            row
        }));
    }
    let count = |share: f64| {
        let options = AssembleOptions { library_share: Some(share), ..AssembleOptions::default() };
        let (rows, skipped) = assemble(&changes, migrations.clone(), &options);
        assert_eq!(rows.len() as u64 + skipped.total(), 9);
        ["big", "mid", "small"].map(|name| rows.iter().filter(|row| row.dependency == name).count())
    };
    assert_eq!(count(0.5), [4, 3, 1], "four of eight is a half");
    assert_eq!(count(0.4), [2, 2, 1]);
    assert_eq!(count(0.2), [5, 3, 1], "three libraries cannot have a fifth each");
}

#[test]
fn one_edit_for_two_changes_is_one_row_with_both_texts() {
    let mut size = change("c2");
    size.parameter = Some("size_px".to_owned());
    size.evidence = vec![evidence(
        EvidenceSource::DeprecationMessage,
        "Parameter size_px was renamed to size in this release.",
    )];
    // Its names do not stand in the code, so its text does not explain the edit.
    let mut unrelated = change("c3");
    unrelated.symbol = "shapes.erase".to_owned();
    unrelated.evidence =
        vec![evidence(EvidenceSource::DeprecationMessage, "erase is deprecated, use wipe instead.")];
    let row = |id: &str, quality: f64| {
        let mut row = migration(id, "dot");
        row.old_code = row.old_code.replace("draw(dot)", "draw(dot, size_px=3)");
        row.quality = quality;
        row
    };
    let (rows, _) =
        run(&[change("c1"), size, unrelated], vec![row("c3", 0.7), row("c2", 0.8), row("c1", 0.9)]);
    assert_eq!(rows.len(), 1);
    insta::assert_snapshot!(rows[0].update_info, @r"
    draw is deprecated, use paint instead.

    `shapes.draw`: Parameter size_px was renamed to size in this release.
    ");
}

#[test]
fn options_are_read_with_defaults_and_unknown_keys_are_refused() {
    let options: AssembleOptions = serde_json::from_str(r#"{"max-lines": 60, "licences": ["MIT"]}"#).unwrap();
    assert_eq!(options.max_lines, 60);
    assert_eq!(options.licences, Licences::new(["MIT"]).unwrap());
    assert_eq!(options.per_change, 20);
    assert!(serde_json::from_str::<AssembleOptions>(r#"{"max_lines": 60}"#).is_err());
    assert!(serde_json::from_str::<AssembleOptions>(r#"{"licences": ["Apache2"]}"#).is_err());
}

/// Migrations of a few changes and projects, some alike, some equal in all but their place.
fn migrations() -> impl Strategy<Value = Vec<Migration>> {
    let row = (0_usize..3, 0_usize..4, 0_usize..6, 0_usize..3, prop::bool::ANY);
    prop::collection::vec(row, 0..40).prop_map(|rows| {
        rows.into_iter()
            .map(|(id, project, tag, quality, dependent)| {
                let mut row = migration(&format!("c{id}"), &format!("tag{tag}"));
                row.project = format!("p{project}");
                row.quality = [0.3, 0.7, 0.9][quality];
                row.origin = if dependent { Origin::Dependent } else { Origin::Own };
                row
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_order_of_the_input_does_not_matter(rows in migrations(), turn in any::<prop::sample::Index>()) {
        let changes = [change("c0"), change("c1"), { let mut c = change("c2"); c.symbol = "shapes.sketch".to_owned(); c }];
        let expected = run(&changes, rows.clone());
        let mut turned = rows.clone();
        if !turned.is_empty() {
            turned.rotate_left(turn.index(rows.len()));
        }
        turned.reverse();
        let mut other_changes = changes.to_vec();
        other_changes.reverse();
        prop_assert_eq!(expected.0.len() as u64 + expected.1.total(), rows.len() as u64);
        prop_assert_eq!(run(&other_changes, turned), expected);
    }

    /// What is left is left alone: a second pass over the kept rows refuses none.
    #[test]
    fn ids_are_distinct(rows in migrations()) {
        let (kept, _) = run(&[change("c0"), change("c1"), change("c2")], rows);
        let mut ids: Vec<_> = kept.iter().map(|row| row.id.clone()).collect();
        ids.sort();
        ids.dedup();
        prop_assert_eq!(ids.len(), kept.len());
    }
}
