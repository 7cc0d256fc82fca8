//! Code that is migrated in part.

use apishift_types::{ApiUpdate, ChangeKind};

use super::change::{Change, Hunk};
use crate::{edit, edit::Edit, update::Fault};

/// The new code with one part of its changes taken back, or with all but one of them.
pub(super) fn half_migrated(row: &ApiUpdate, change: &Change<'_>) -> Vec<Fault> {
    let parts: Vec<&Hunk> = change.hunks.iter().filter(|hunk| matters(row, change, hunk)).collect();
    let mut found = Vec::new();
    let mut add = |edits: &[Edit]| {
        found.extend(
            edit::apply(change.new.source(), edits).map(|program| Fault::new("half_migrated", program)),
        );
    };
    if change.hunks.len() > 1 {
        for part in &parts {
            add(&[change.reverted(part)]);
        }
    }
    if parts.len() > 2 {
        for kept in &parts {
            let edits: Vec<Edit> =
                parts.iter().filter(|part| part != &kept).map(|part| change.reverted(part)).collect();
            add(&edits);
        }
    }
    for part in &parts {
        for edit in change.reverted_within(part) {
            add(&[edit]);
        }
    }
    found
}

/// Whether a code is wrong without this part of the change. An import that is not needed any more harms nobody, unless it
/// fails.
fn matters(row: &ApiUpdate, change: &Change<'_>, hunk: &Hunk) -> bool {
    let (old, new) = change.sides(hunk);
    if !hunk.is_import {
        return old.iter().any(|token| change.old_names.contains(token.text))
            || new.iter().any(|token| change.new_names.contains(token.text));
    }
    let brings = new.iter().any(|token| change.new_names.contains(token.text));
    let last = row.symbol.rsplit('.').next().unwrap_or_default();
    let is_gone = matches!(row.change_kind, ChangeKind::Removed | ChangeKind::Moved | ChangeKind::Renamed);
    brings || is_gone && old.iter().any(|token| token.text == last)
}
