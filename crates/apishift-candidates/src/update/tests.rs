use std::collections::{BTreeMap, BTreeSet};

use apishift_types::{
    ChangeKind, EvidenceSource, LabelSource, Origin, Provenance, Split, UnitKind, Verification, Verified,
};

use super::*;
use crate::program::digest;

fn example(old: &str, new: &str) -> ApiUpdate {
    ApiUpdate {
        id: "00112233aabbccdd".to_owned(),
        dependency: "shapes".to_owned(),
        old_version: "==1.0".to_owned(),
        new_version: "==2.0".to_owned(),
        release_date: None,
        description: "Draws.".to_owned(),
        update_info: "`shapes.paint` is `shapes.draw` now.".to_owned(),
        update_info_source: EvidenceSource::Changelog,
        old_code: old.to_owned(),
        new_code: new.to_owned(),
        language: "python".to_owned(),
        change_kind: ChangeKind::Renamed,
        symbol: "shapes.paint".to_owned(),
        replacement: Some("shapes.draw".to_owned()),
        target_signature: Some("shapes.draw(what, size=1, *, fill=False)".to_owned()),
        origin: Origin::Own,
        unit_kind: UnitKind::Script,
        provenance: Provenance {
            project: "shapes".to_owned(),
            old_ref: "1.0".to_owned(),
            new_ref: "2.0".to_owned(),
            path: "a.py".to_owned(),
            start_line: 1,
            end_line: 4,
            change_id: "change".to_owned(),
        },
        license: "MIT".to_owned(),
        verified: Verified::NotRun,
        verification: Verification::default(),
        quality: 1.0,
        split: Split::Train,
    }
}

/// Every fault of a row, before any is chosen.
fn all(row: &ApiUpdate) -> BTreeMap<String, Vec<String>> {
    let (old, new) = (Program::read(&row.old_code).unwrap(), Program::read(&row.new_code).unwrap());
    let change = Change::between(&old, &new);
    let mut found: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for fault in faults(row, &change, &Context::of([row]), 1) {
        found.entry(fault.operator.into_owned()).or_default().push(fault.program);
    }
    found
}

const OLD: &str =
    "from shapes import paint\n\ncircle = 1\nx = paint(circle, dims=3)\ny = paint(circle, dims=4)\n";
const NEW: &str =
    "from shapes import draw\n\ncircle = 1\nx = draw(circle, size=3)\ny = draw(circle, size=4)\n";

#[test]
fn parts_of_a_change_are_taken_back() {
    let half = &all(&example(OLD, NEW))["half_migrated"];
    assert!(half.contains(&NEW.replace("import draw", "import paint")), "the import is left old");
    assert!(half.contains(&OLD.replace("import paint", "import draw")), "only the import is new");
    assert!(half.contains(&NEW.replace("y = draw(circle, size=4)", "y = paint(circle, dims=4)")));
    assert!(half.contains(&NEW.replace("size=4", "dims=4")), "a part of a line");
}

#[test]
fn an_import_that_harms_nobody_is_no_fault() {
    let old = "import shapes\n\nx = shapes.real(3)\n";
    let new = "x = float(3)\n";
    let mut row = example(old, new);
    row.symbol = "shapes.real".to_owned();
    let half = &all(&row)["half_migrated"];
    assert_eq!(
        half,
        &["x = shapes.real(3)\n"],
        "not `import shapes`, which nobody needs and which does not fail"
    );
}

#[test]
fn calls_of_the_changed_part_are_spoiled() {
    let found = all(&example(OLD, NEW));
    let has = |operator: &str, text: &str| found[operator].iter().any(|program| program.contains(text));
    assert!(has("old_keyword", "x = draw(circle, dims=3)"));
    assert!(has("old_keyword", "x = draw(circle, size=3, dims=3)"));
    assert!(has("extra_argument", "x = draw(circle, size=3, fill=True)"));
    assert!(has("dropped_argument", "x = draw(size=3)"));
    assert!(has("dropped_argument", "x = draw(circle)\n"));
    assert!(found["wrong_keyword"].iter().all(|program| program.contains("=3)") && program.contains("=4)")));
    assert!(found["wrong_value"].iter().all(|program| program.contains("size=")));
    assert!(has("dropped_import", "circle = 1\nx = draw"));
    assert!(!has("dropped_import", "import"));
    let is_gone = |program: &String| !program.contains(" draw(") || !program.contains(" size=");
    assert!(found["invented_name"].iter().all(is_gone), "wherever it stands");
}

#[test]
fn a_default_that_is_left_out_is_no_fault() {
    let row = example("import shapes\nshapes.paint(c, size=1)\n", "import shapes\nshapes.draw(c, size=1)\n");
    let dropped = &all(&row)["dropped_argument"];
    assert!(!dropped.contains(&"import shapes\nshapes.draw(c)\n".to_owned()), "`size` is 1 anyway");
}

#[test]
fn variables_are_no_new_names() {
    let row = example("x = paint(1)\n", "drawn = draw(1)\nx = drawn\n");
    let found = all(&row);
    assert!(found["invented_name"].iter().all(|program| program.starts_with("drawn = ")), "{found:?}");
}

#[test]
fn candidates_are_labelled_and_none_is_another() {
    let row = example(OLD, NEW);
    let mut skipped = Skipped::default();
    let options = UpdateOptions::default();
    let rows = update_candidates(&row, &Context::of([&row]), &options, &mut skipped);
    let of = |source: CandidateSource| rows.iter().filter(move |row| row.source == source).count();
    assert_eq!((of(CandidateSource::Gold), of(CandidateSource::Stale)), (1, 1));
    assert_eq!(of(CandidateSource::Equivalent), options.equivalents);
    assert!(of(CandidateSource::Mutant) < options.wrong && of(CandidateSource::Mutant) > 3);
    for row in &rows {
        let is_right = matches!(row.source, CandidateSource::Gold | CandidateSource::Equivalent);
        assert_eq!(row.passed, Some(is_right));
        assert_eq!((row.label, row.group.as_str(), row.id.len()), (LabelSource::Construction, "change", 16));
        assert!(
            row.answer.starts_with("<answer>\n```python\n") && row.answer.contains(row.program.trim_end())
        );
        assert!(row.prompt.contains("shapes changed in version 2.0"));
    }
    let ids: BTreeSet<&str> = rows.iter().map(|row| row.id.as_str()).collect();
    assert_eq!(ids.len(), rows.len());
    let wrong: Vec<_> = rows.iter().filter(|row| row.passed == Some(false)).collect();
    let trees: BTreeSet<_> = wrong.iter().map(|row| digest(&row.program)).collect();
    assert_eq!(trees.len(), wrong.len(), "each has its own syntax tree");
    assert!(!trees.contains(&digest(NEW)) && !trees.contains(&None));
    assert_eq!(update_candidates(&row, &Context::of([&row]), &options, &mut skipped), rows, "the same again");
    assert!(skipped.is_empty());
}

#[test]
fn half_of_the_wrong_ones_have_the_right_names() {
    let row = example(OLD, NEW);
    let rows =
        update_candidates(&row, &Context::of([&row]), &UpdateOptions::default(), &mut Skipped::default());
    let wrong: Vec<_> = rows.iter().filter(|row| row.passed == Some(false)).collect();
    let has_names = |program: &str| {
        program.contains("draw")
            && program.contains("size")
            && !program.contains("paint")
            && !program.contains("dims")
    };
    let hard = wrong.iter().filter(|row| has_names(&row.program)).count();
    assert!(hard * 2 >= wrong.len(), "{hard} of {}", wrong.len());
}

#[test]
fn what_cannot_be_read_is_counted() {
    let mut skipped = Skipped::default();
    for (old, new) in [("def (", "x = 1"), ("x = 1", "print 1"), ("x = 1", "x = (1)  # one")] {
        let row = example(old, new);
        assert_eq!(
            update_candidates(&row, &Context::of([&row]), &UpdateOptions::default(), &mut skipped),
            []
        );
    }
    let reasons: Vec<_> = skipped.iter().collect();
    assert_eq!(reasons, [("update-unreadable", 2), ("update-without-change", 1)]);
}
