//! Changes and migrations to rows of the main table.

use std::collections::BTreeMap;

use apishift_types::{
    ApiChange, ApiUpdate, Migration, Origin, Provenance, Skipped, Split, Verification, Verified, Version,
};
use serde::{Deserialize, Serialize};

use crate::{
    Licences, Reason, UpdateInfo, UpdateInfoOptions, code, digest,
    layout::formatted,
    selection::{Candidate, Selection},
    update_info::update_info,
};

/// Filters, thresholds and caps of [`assemble`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct AssembleOptions {
    /// Seed of the choice between rows of equal worth.
    pub seed: u64,
    /// Licences that the edited project may have. Default: the permissive ones.
    pub licences: Licences,
    /// Lines (blank ones not counted) that each side has at least. Default: 2, an import and a call.
    pub min_lines: usize,
    /// Lines that each side has at most. Default: 40, as in the prototype, where it kept 95 % of the pairs.
    pub max_lines: usize,
    /// Characters that each side has at most. Default: 4000.
    pub max_chars: usize,
    /// The quality that a row of the dataset has at least, see [`crate::confirm()`]. Default: 0.8. Rows below stay in the table
    /// of this function, which is the whole scored one.
    pub min_quality: f64,
    /// What is taken for [`ApiUpdate::update_info`].
    pub update_info: UpdateInfoOptions,
    /// Rows with the same edit (names and constants blanked) of the same API. Default: 1.
    pub per_edit: usize,
    /// Jaccard similarity of token shingles, over old and new code, from which a row is a near-duplicate of another;
    /// above 1 none is. Default: 0.8, which a changed name in a snippet of ten lines stays above.
    pub near_duplicate: f64,
    /// Rows of one API (library, symbol, parameter, whatever the release) in one project. Default: 5.
    pub per_change_and_project: usize,
    /// Rows of one API in all. Default: 20.
    pub per_change: usize,
    /// Synthesized rows of one API, where nobody was seen to edit code for it. Default: 3.
    pub per_synthesized: usize,
    /// Share of the dataset that synthesized rows may have, 0 to 1. Default: a third.
    pub synthesized_share: f64,
    /// Share of the dataset that one library may have, 0 to 1. Default: none.
    pub library_share: Option<f64>,
}

impl Default for AssembleOptions {
    fn default() -> Self {
        Self {
            seed: 0,
            licences: Licences::default(),
            min_lines: 2,
            max_lines: 40,
            max_chars: 4000,
            min_quality: 0.8,
            update_info: UpdateInfoOptions::default(),
            per_edit: 1,
            near_duplicate: 0.8,
            per_change_and_project: 5,
            per_change: 20,
            per_synthesized: 3,
            synthesized_share: 1.0 / 3.0,
            library_share: None,
        }
    }
}

/// Joins migrations with the changes that caused them, leaves out what a filter refuses, and chooses among what is
/// alike.
///
/// Rows are considered from the best to the worst: by the miner's confidence, the source of the update's text, whose
/// code it is, then by a seeded hash. So the result does not depend on the order of the input. It comes sorted by
/// library, version, symbol and id; every row is in [`Split::Train`] until [`crate::split()`] divides them. Each
/// migration is either a row or counted once, under the first [`Reason`] that holds.
///
/// ```
/// use apishift_dataset::{AssembleOptions, Licences, assemble};
/// let options = AssembleOptions { licences: Licences::new(["MIT", "ISC"])?, ..AssembleOptions::default() };
/// let (rows, skipped) = assemble(&[], Vec::new(), &options);
/// assert!(rows.is_empty() && skipped.is_empty());
/// # Ok::<(), apishift_dataset::UnknownLicence>(())
/// ```
pub fn assemble(
    changes: &[ApiChange],
    migrations: Vec<Migration>,
    options: &AssembleOptions,
) -> (Vec<ApiUpdate>, Skipped) {
    let changes: BTreeMap<&str, &ApiChange> =
        changes.iter().map(|change| (change.id.as_str(), change)).collect();
    let mut told = Told { options: &options.update_info, known: BTreeMap::new() };
    let mut skipped = Skipped::default();
    let mut candidates = Vec::new();
    for migration in migrations {
        match candidate(&changes, &mut told, migration, options) {
            Ok(candidate) => candidates.push(candidate),
            Err(reason) => skipped.add(reason.as_str()),
        }
    }
    let mut rows = Selection::new(options).choose(candidates, &mut skipped);
    rows.sort_by_cached_key(|row| {
        let version = row.new_version.trim_start_matches("==");
        // A version that PEP 440 does not know comes first, by its text.
        (
            row.dependency.clone(),
            version.parse::<Version>().ok(),
            version.to_owned(),
            row.symbol.clone(),
            row.id.clone(),
        )
    });
    tracing::debug!(rows = rows.len(), skipped = skipped.total(), "assembled");
    (rows, skipped)
}

/// What is said about changes, once chosen: a change has many migrations.
struct Told<'a> {
    options: &'a UpdateInfoOptions,
    known: BTreeMap<&'a str, Option<UpdateInfo>>,
}

impl<'a> Told<'a> {
    fn of(&mut self, change: &'a ApiChange, message: Option<&str>) -> Option<UpdateInfo> {
        match message {
            // The message of one edit says nothing about another.
            Some(_) => update_info(change, message, self.options),
            None => {
                let known = self.known.entry(&change.id);
                known.or_insert_with(|| update_info(change, None, self.options)).clone()
            }
        }
    }
}

/// Longer code is not laid out anew: it is too long for a row anyway.
const MOST_BYTES: usize = 64 << 10;

/// The row that a migration makes, if it is fit for the table by itself.
fn candidate<'a>(
    changes: &BTreeMap<&str, &'a ApiChange>,
    told: &mut Told<'a>,
    mut migration: Migration,
    options: &AssembleOptions,
) -> Result<Candidate<'a>, Reason> {
    // Line ends of another system are no part of the code.
    for text in [&mut migration.old_code, &mut migration.new_code, &mut migration.description] {
        if text.contains('\r') {
            *text = text.replace("\r\n", "\n");
        }
    }
    let change = *changes.get(migration.change_id.as_str()).ok_or(Reason::UnknownChange)?;
    for code in [&mut migration.old_code, &mut migration.new_code] {
        if code::is_clean(code) && code.len() < MOST_BYTES {
            let formatted = formatted(code).ok_or(Reason::NoPython)?;
            // What others compare with their own records stays as they have it.
            if migration.origin != Origin::Imported {
                *code = formatted;
            }
        }
    }
    if let Some(reason) = refuse(&migration, options) {
        return Err(reason);
    }
    // Words of a project that only uses the library are not upstream's.
    let message = migration.commit_message.as_deref().filter(|_| migration.origin == Origin::Own);
    let info = told.of(change, message).ok_or(Reason::NoUpdateInfo)?;
    let (row, edit_shape) = row(change, migration, info);
    let order = digest::seeded(options.seed, &[&row.id]);
    Ok(Candidate { row, change, edit_shape, order })
}

/// Why a migration is unfit by itself, whatever else is in the table.
fn refuse(migration: &Migration, options: &AssembleOptions) -> Option<Reason> {
    if let Some(reason) = options.licences.refuse(migration.license.as_deref()) {
        return Some(reason);
    }
    let sides = [&migration.old_code, &migration.new_code];
    if ![&migration.old_code, &migration.new_code, &migration.description]
        .into_iter()
        .all(|text| code::is_clean(text))
    {
        return Some(Reason::UncleanText);
    }
    if sides.iter().any(|side| code::line_count(side) < options.min_lines) {
        return Some(Reason::TooShort);
    }
    if sides
        .iter()
        .any(|side| code::line_count(side) > options.max_lines || side.chars().count() > options.max_chars)
    {
        return Some(Reason::TooLong);
    }
    if migration.old_code == migration.new_code {
        return Some(Reason::Unchanged);
    }
    if code::tokens(&migration.old_code) == code::tokens(&migration.new_code) {
        return Some(Reason::OnlyLayoutChanged);
    }
    migration.quality.is_nan().then_some(Reason::LowQuality)
}

/// The row and the shape of its edit.
fn row(change: &ApiChange, migration: Migration, info: UpdateInfo) -> (ApiUpdate, String) {
    let old_version =
        if change.old_version.is_empty() { String::new() } else { format!("=={}", change.old_version) };
    let new_version = format!("=={}", change.new_version);
    let id =
        digest::id(&[&change.library, &new_version, &change.id, &migration.old_code, &migration.new_code]);
    let description = match migration.description.trim() {
        "" => format!("Code that uses `{}`.", change.symbol),
        text => text.to_owned(),
    };
    let row = ApiUpdate {
        id,
        dependency: change.library.clone(),
        old_version,
        new_version,
        release_date: change.release_date.clone(),
        description,
        update_info: info.text,
        update_info_source: info.source,
        old_code: migration.old_code,
        new_code: migration.new_code,
        language: "python".to_owned(),
        change_kind: change.kind,
        symbol: change.symbol.clone(),
        replacement: change.replacement.clone(),
        target_signature: change.target_signature.clone(),
        origin: migration.origin,
        unit_kind: migration.unit_kind,
        provenance: Provenance {
            project: migration.project,
            old_ref: migration.project_old,
            new_ref: migration.project_new,
            path: migration.path,
            start_line: migration.start_line,
            end_line: migration.end_line,
            change_id: migration.change_id,
        },
        license: migration.license.unwrap_or_default().trim().to_owned(),
        verified: Verified::NotRun,
        verification: Verification::default(),
        quality: migration.quality,
        split: Split::Train,
    };
    (row, migration.edit_shape)
}
