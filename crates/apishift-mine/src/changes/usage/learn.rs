//! From sightings to drafts.

use std::collections::{BTreeMap, BTreeSet};

use apishift_types::{ChangeKind, Evidence, EvidenceSource, TreeError, TreeFile, TreeSource};
use rayon::prelude::*;

use super::{
    remains::{Claim, Count, remains},
    sightings::{Sighting, sightings},
    suspects::suspects,
};
use crate::{
    changes::{
        deprecation::statements,
        draft::{Draft, Drafts, sort_paths},
        pairs::Pair,
    },
    migrate::{FilePair, Sides, changed_files, each_unit, is_document, is_outside, may_use_a_library},
    shape::{Form, ShapeChange},
    surface::{DefId, PublicApi, Target},
};

/// Fewest places (functions, scripts, doctests) that show a change.
const MIN_UNITS: usize = 5;

/// Fewest files among them: one file may have habits of its own.
const MIN_FILES: usize = 2;

/// The files of two releases.
#[derive(Clone, Copy)]
pub(in crate::changes) struct Releases<'a> {
    pub trees: &'a dyn TreeSource,
    pub old: &'a [TreeFile],
    pub new: &'a [TreeFile],
}

/// Where a change was seen.
#[derive(Debug, Default)]
struct Seen {
    /// Paths that the callee goes by.
    paths: BTreeSet<String>,
    /// Files, units and their lines.
    units: BTreeSet<(String, u32, String)>,
}

impl Seen {
    fn files(&self) -> usize {
        self.units.iter().map(|(file, ..)| file).collect::<BTreeSet<_>>().len()
    }

    fn is_enough(&self) -> bool {
        self.units.len() >= MIN_UNITS && self.files() >= MIN_FILES
    }
}

/// A definition of the new release and how its calls changed.
type Subject = (DefId, ShapeChange);

/// Adds rows for calls that are written another way now.
pub(in crate::changes) fn learn(
    pair: Pair<'_>,
    releases: Releases<'_>,
    drafts: &mut Drafts,
) -> Result<(), TreeError> {
    let seen = seen(pair, releases)?;
    let claims: Vec<Claim<'_>> =
        seen.iter().map(|((_, change), seen)| Claim { paths: &seen.paths, change }).collect();
    if claims.is_empty() {
        return Ok(());
    }
    let counts = remains(releases.trees, releases.new, &claims)?;
    let mut best: BTreeMap<(DefId, Option<String>), (usize, Draft)> = BTreeMap::new();
    for (((def, change), seen), count) in seen.iter().zip(counts) {
        tracing::debug!(path = ?seen.paths.first(), %change, units = seen.units.len(), files = seen.files(), ?count, "call shape");
        if !holds(seen, count) {
            continue;
        }
        let draft = draft(pair, (*def, change), seen);
        let key = (*def, draft.parameter.clone());
        // Of two changes of the same argument, one row: the one that was seen more often.
        if best.get(&key).is_none_or(|(units, _)| *units < seen.units.len()) {
            best.insert(key, (seen.units.len(), draft));
        }
    }
    for (_, draft) in best.into_values() {
        drafts.add(draft);
    }
    Ok(())
}

/// Changes that were seen often enough.
fn seen(pair: Pair<'_>, releases: Releases<'_>) -> Result<BTreeMap<Subject, Seen>, TreeError> {
    let files = changed_files(releases.old, releases.new, may_use_a_library);
    let names: Vec<BTreeMap<String, usize>> =
        files.par_iter().map(|file| suspects_of(file, releases.trees)).collect::<Result<_, TreeError>>()?;
    let suspects = frequent(&names);
    let wanted: Vec<&FilePair> = files
        .iter()
        .zip(&names)
        .filter(|(_, names)| names.keys().any(|name| suspects.contains(name)))
        .map(|(file, _)| file)
        .collect();
    let found: Vec<Vec<Sighting>> = wanted
        .par_iter()
        .map(|file| sightings_of(file, releases.trees, &suspects))
        .collect::<Result<_, TreeError>>()?;
    let mut seen: BTreeMap<Subject, Seen> = BTreeMap::new();
    for sighting in found.into_iter().flatten() {
        let Some(def) = public_def(pair, &sighting.path) else { continue };
        let entry = seen.entry((def, sighting.change)).or_default();
        entry.paths.insert(sighting.path);
        entry.units.insert((sighting.file, sighting.line, sighting.unit));
    }
    // Last, what costs most: the claims that are left are held against the whole new tree.
    seen.retain(|(def, change), seen| {
        seen.is_enough() && !is_shown(pair.new, *def, change) && !is_spelling(change)
    });
    Ok(seen)
}

/// Both texts of a file, where they are text.
fn texts(file: &FilePair, trees: &dyn TreeSource) -> Result<Option<(String, String)>, TreeError> {
    let read = |blob| trees.read(blob).map(|bytes| String::from_utf8(bytes).ok());
    Ok(read(file.old)?.zip(read(file.new)?))
}

fn suspects_of(file: &FilePair, trees: &dyn TreeSource) -> Result<BTreeMap<String, usize>, TreeError> {
    let Some((old, new)) = texts(file, trees)? else { return Ok(BTreeMap::new()) };
    let all = is_document(&file.path) || is_outside(&file.path);
    // Of the library's own code, only the doctests use it from outside.
    let counts = |line: &str| all || line.starts_with(">>>") || line.starts_with("...");
    Ok(suspects(&old, &new, counts).into_iter().map(|(name, n)| (name.to_owned(), n)).collect())
}

/// Names with enough lines in enough files.
fn frequent(names: &[BTreeMap<String, usize>]) -> BTreeSet<String> {
    let mut sums: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (name, lines) in names.iter().flatten() {
        let (files, sum) = sums.entry(name).or_default();
        *files += 1;
        *sum += lines;
    }
    let enough = |(files, lines): (usize, usize)| files >= MIN_FILES && lines >= MIN_UNITS;
    sums.into_iter().filter(|(_, sum)| enough(*sum)).map(|(name, _)| name.to_owned()).collect()
}

fn sightings_of(
    file: &FilePair,
    trees: &dyn TreeSource,
    names: &BTreeSet<String>,
) -> Result<Vec<Sighting>, TreeError> {
    let Some((old, new)) = texts(file, trees)? else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    let mut visit = |sides: &Sides<'_>| found.append(&mut sightings(file, sides, names));
    // A file that does not parse shows nothing; the migration engine counts it.
    let _ = each_unit(file, (&old, &new), |_| is_outside(&file.path), &mut visit);
    Ok(found)
}

/// The public definition behind a path that both releases have.
fn public_def(pair: Pair<'_>, path: &str) -> Option<DefId> {
    pair.old.resolve(path)?;
    match pair.new.resolve(path)? {
        Target::Def(def) if !pair.new.paths_of(def).is_empty() => Some(def),
        Target::Def(_) | Target::Module(_) | Target::Opaque => None,
    }
}

/// Whether the change is the library's doing, and not a habit of its authors: those leave most calls as they were.
fn holds(seen: &Seen, count: Count) -> bool {
    seen.units.len() > count.old
}

/// Whether a list became a tuple in its place, or the reverse: both mean the same nearly everywhere, so that a reader of
/// documentation who likes the one better is the likelier reason.
fn is_spelling(change: &ShapeChange) -> bool {
    let is_sequence = |form| matches!(form, Form::List | Form::Tuple);
    change.from.place == change.to.place && is_sequence(change.from.form) && is_sequence(change.to.form)
}

/// Whether the new signature has the keyword: then it shows whether old code has to follow.
fn is_shown(api: &PublicApi, def: DefId, change: &ShapeChange) -> bool {
    let Some(keyword) = change.keyword() else { return false };
    api.signature(def).is_some_and(|signature| signature.param(keyword).is_some_and(|p| p.kind.takes_one()))
}

fn draft(pair: Pair<'_>, (def, change): (DefId, &ShapeChange), seen: &Seen) -> Draft {
    let mut paths = pair.new.paths_of(def);
    paths.extend(seen.paths.iter().cloned());
    sort_paths(&mut paths);
    let mut draft = Draft::new(ChangeKind::CallShapeChanged, paths, pair.new, def);
    draft.parameter = parameter(pair, &draft.paths, change);
    draft.old_signature = Some(change.from.to_string());
    draft.new_signature = Some(change.to.to_string());
    draft.evidence = warnings(pair, def);
    draft.evidence.push(evidence(change, seen));
    draft
}

/// The parameter that the old signature has in the place of the change.
fn parameter(pair: Pair<'_>, paths: &[String], change: &ShapeChange) -> Option<String> {
    if let Some(keyword) = change.keyword() {
        return Some(keyword.to_owned());
    }
    let Some(Target::Def(old)) = paths.iter().find_map(|path| pair.old.resolve(path)) else { return None };
    let signature = pair.old.signature(old)?;
    let parameter = signature.params.get(change.old_position()?)?;
    parameter.kind.takes_one().then(|| parameter.name.clone())
}

/// Warnings of the new release that speak of how arguments are given.
fn warnings(pair: Pair<'_>, def: DefId) -> Vec<Evidence> {
    let is_about_shape = |text: &str| {
        ["positional", "as a list", "as a sequence", "as a tuple", "by keyword", "keyword argument"]
            .iter()
            .any(|words| text.contains(words))
    };
    let said = statements(pair.new, def);
    let fitting = said.iter().filter(|s| is_about_shape(s.text) && s.speaks_of(pair.versions));
    fitting.map(|statement| statement.evidence(pair.new)).collect()
}

fn evidence(change: &ShapeChange, seen: &Seen) -> Evidence {
    let (path, line) = seen.units.first().map(|(path, line, _)| (path.clone(), *line)).unwrap_or_default();
    let text = format!(
        "Seen in {} places ({} files) of the library's own tests, docs and examples: {change}.",
        seen.units.len(),
        seen.files(),
    );
    Evidence { source: EvidenceSource::Usage, text, path, line }
}
