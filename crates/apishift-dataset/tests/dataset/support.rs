//! Rows for tests, all of our own writing.

use apishift_types::{
    ApiChange, ApiUpdate, ChangeKind, Evidence, EvidenceSource, Migration, Origin, Provenance, Split,
    UnitKind, Verification, Verified,
};
use proptest::prelude::*;

/// A piece of evidence.
pub(crate) fn evidence(source: EvidenceSource, text: &str) -> Evidence {
    Evidence { source, text: text.to_owned(), path: "shapes/core.py".to_owned(), line: 7 }
}

/// `shapes.draw` was deprecated in favour of `shapes.paint`.
pub(crate) fn change(id: &str) -> ApiChange {
    ApiChange {
        id: id.to_owned(),
        library: "shapes".to_owned(),
        old_version: "1.9".to_owned(),
        new_version: "1.10".to_owned(),
        release_date: Some("2024-05-01".to_owned()),
        kind: ChangeKind::Deprecated,
        symbol: "shapes.draw".to_owned(),
        aliases: Vec::new(),
        symbol_kind: "function".to_owned(),
        parameter: None,
        replacement: Some("shapes.paint".to_owned()),
        old_signature: Some("draw(what)".to_owned()),
        new_signature: Some("draw(what, *, size=1)".to_owned()),
        target_signature: Some("shapes.paint(what)".to_owned()),
        evidence: vec![evidence(
            EvidenceSource::DeprecationMessage,
            "draw is deprecated, use paint instead.",
        )],
        path: "shapes/core.py".to_owned(),
        line: 3,
    }
}

/// An edit that [`change`] caused; `tag` makes its code another one.
pub(crate) fn migration(change_id: &str, tag: &str) -> Migration {
    Migration {
        library: "shapes".to_owned(),
        change_id: change_id.to_owned(),
        origin: Origin::Own,
        unit_kind: UnitKind::Test,
        project: "shapes".to_owned(),
        project_old: "1.9".to_owned(),
        project_new: "1.10".to_owned(),
        path: "tests/test_draw.py".to_owned(),
        start_line: 10,
        end_line: 12,
        unit: format!("test_{tag}"),
        license: Some("MIT".to_owned()),
        old_code: format!("from shapes import draw\n{tag} = load('{tag}')\ndraw({tag})\n"),
        new_code: format!("from shapes import paint\n{tag} = load('{tag}')\npaint({tag})\n"),
        edit_shape: format!("draw(_) -> paint(_) {tag}"),
        description: format!("Draws {tag}."),
        quality: 0.9,
        commit_message: None,
    }
}

/// A row of the main table.
pub(crate) fn update(id: &str) -> ApiUpdate {
    ApiUpdate {
        id: id.to_owned(),
        dependency: "shapes".to_owned(),
        old_version: "==1.9".to_owned(),
        new_version: "==1.10".to_owned(),
        release_date: Some("2024-05-01".to_owned()),
        description: format!("Draws {id}."),
        update_info: "draw is deprecated, use paint instead.".to_owned(),
        update_info_source: EvidenceSource::DeprecationMessage,
        old_code: unlike(id, "draw"),
        new_code: unlike(id, "paint"),
        language: "python".to_owned(),
        change_kind: ChangeKind::Deprecated,
        symbol: "shapes.draw".to_owned(),
        replacement: None,
        target_signature: None,
        origin: Origin::Own,
        unit_kind: UnitKind::Test,
        provenance: Provenance {
            project: "shapes".to_owned(),
            old_ref: "1.9".to_owned(),
            new_ref: "1.10".to_owned(),
            path: "tests/test_draw.py".to_owned(),
            start_line: 10,
            end_line: 12,
            change_id: "c0".to_owned(),
        },
        license: "MIT".to_owned(),
        verified: Verified::NotRun,
        verification: Verification::default(),
        quality: 0.9,
        split: Split::Train,
    }
}

/// Code that shares little with that of another id.
fn unlike(id: &str, call: &str) -> String {
    let names: Vec<String> = (0..12).map(|n| format!("{id}_{n}")).collect();
    format!("{call}_{id}({})\n", names.join(", "))
}

/// Rows of several libraries, symbols and changes, some of them with a common one.
pub(crate) fn updates() -> impl Strategy<Value = Vec<ApiUpdate>> {
    let row = (0_usize..4, 0_usize..12, 0_usize..3, prop::option::of(0_usize..20), 1_u32..28);
    prop::collection::vec(row, 0..60).prop_map(|rows| {
        rows.into_iter()
            .enumerate()
            .map(|(place, (library, symbol, version, replacement, day))| {
                let mut row = update(&format!("r{place}"));
                row.dependency = format!("lib{library}");
                row.new_version = format!("=={version}.0");
                row.symbol = format!("lib{library}.f{symbol}");
                row.replacement = replacement.map(|name| format!("lib{library}.g{name}"));
                row.provenance.change_id = format!("c-{library}-{symbol}-{version}");
                row.release_date = (day != 13).then(|| format!("2024-01-{day:02}"));
                row
            })
            .collect()
    })
}
