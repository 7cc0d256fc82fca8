//! The choice among rows that are fit by themselves: duplicates, near-duplicates, caps.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use apishift_types::{ApiChange, ApiUpdate, Origin, Skipped};

use crate::{
    AssembleOptions, Reason, UpdateInfoOptions, code, digest,
    naming::last_name,
    similarity::{Shingles, SimilarityIndex},
    update_info,
};

/// Whatever the release: library, symbol, parameter.
type Api = (String, String, Option<String>);

/// A row that may enter the table, with what the choice needs.
pub(crate) struct Candidate<'a> {
    pub(crate) row: ApiUpdate,
    pub(crate) change: &'a ApiChange,
    pub(crate) edit_shape: String,
    /// Seeded hash of the row's id.
    pub(crate) order: u64,
}

impl Candidate<'_> {
    /// Best first, and what people wrote before what a rule did. The comparison ends in the whole row, so that equal ids (the same code in two places) do not leave
    /// the choice to the order of the input.
    fn compare(&self, other: &Self) -> Ordering {
        let whole = |candidate: &Self| serde_json::to_string(&candidate.row).unwrap_or_default();
        let is_synthesized = |candidate: &Self| candidate.row.origin == Origin::Synthesized;
        is_synthesized(self)
            .cmp(&is_synthesized(other))
            .then(other.row.quality.total_cmp(&self.row.quality))
            .then(self.row.update_info_source.cmp(&other.row.update_info_source))
            .then(self.row.origin.cmp(&other.row.origin))
            .then(self.order.cmp(&other.order))
            .then_with(|| whole(self).cmp(&whole(other)))
            .then_with(|| self.edit_shape.cmp(&other.edit_shape))
    }

    fn api(&self) -> Api {
        (self.change.library.clone(), self.change.symbol.clone(), self.change.parameter.clone())
    }
}

/// A candidate's code, as it is compared.
struct Code {
    old: Vec<String>,
    new: Vec<String>,
    /// Hashes of both sides, the lesser first: a pair turned round is the same pair, for the table would teach both ways.
    pair: (String, String),
}

impl Code {
    fn of(row: &ApiUpdate) -> Self {
        let (old, new) = (code::tokens(&row.old_code), code::tokens(&row.new_code));
        let hash = |tokens: &[String]| digest::id(&[&tokens.join(" ")]);
        let (a, b) = (hash(&old), hash(&new));
        Self { old, new, pair: if a <= b { (a, b) } else { (b, a) } }
    }

    fn holds(&self, name: &str) -> bool {
        self.old.iter().chain(&self.new).any(|token| token == name)
    }
}

/// A row that was chosen.
struct Kept {
    row: ApiUpdate,
    /// What is said about other changes of the same release that the same edit answers to.
    companions: Vec<String>,
}

/// The table while it grows.
pub(crate) struct Selection<'o> {
    options: &'o AssembleOptions,
    kept: Vec<Kept>,
    pairs: BTreeMap<(String, String), usize>,
    edits: BTreeMap<(Api, String), usize>,
    of_project: BTreeMap<(Api, String), usize>,
    of_api: BTreeMap<Api, usize>,
    /// Libraries and symbols for which somebody's own edit is there.
    of_people: BTreeSet<(String, String)>,
    similar: SimilarityIndex,
}

impl<'o> Selection<'o> {
    pub(crate) fn new(options: &'o AssembleOptions) -> Self {
        Self {
            options,
            kept: Vec::new(),
            pairs: BTreeMap::new(),
            edits: BTreeMap::new(),
            of_project: BTreeMap::new(),
            of_api: BTreeMap::new(),
            of_people: BTreeSet::new(),
            similar: SimilarityIndex::default(),
        }
    }

    /// Takes the candidates from the best to the worst; whoever is refused does not stand in the way of a later one.
    pub(crate) fn choose(
        mut self,
        mut candidates: Vec<Candidate<'_>>,
        skipped: &mut Skipped,
    ) -> Vec<ApiUpdate> {
        candidates.sort_by(Candidate::compare);
        for candidate in candidates {
            if let Some(reason) = self.consider(candidate) {
                skipped.add(reason.as_str());
            }
        }
        let share = library_limit(&self.kept, self.options.library_share);
        let mut of_library: BTreeMap<String, usize> = BTreeMap::new();
        let mut rows = Vec::with_capacity(self.kept.len());
        for kept in self.kept {
            if kept.row.origin == Origin::Imported {
                rows.push(kept.into_row(&self.options.update_info));
                continue;
            }
            let count = of_library.entry(kept.row.dependency.clone()).or_default();
            if *count < share {
                *count += 1;
                rows.push(kept.into_row(&self.options.update_info));
            } else {
                skipped.add(Reason::LibraryShare.as_str());
            }
        }
        rows
    }

    fn consider(&mut self, candidate: Candidate<'_>) -> Option<Reason> {
        let code = Code::of(&candidate.row);
        if let Some(number) = self.pairs.get(&code.pair) {
            self.kept[*number].accompany(&candidate, &code);
            return Some(Reason::Duplicate);
        }
        let api = candidate.api();
        let is_synthesized = candidate.row.origin == Origin::Synthesized;
        // Who imports records wants them, however many are about one API; and they take nothing from what is mined.
        let is_capped = candidate.row.origin != Origin::Imported;
        if is_synthesized && self.of_people.contains(&(api.0.clone(), api.1.clone())) {
            return Some(Reason::Covered);
        }
        let edit = (api.clone(), candidate.edit_shape);
        let is_full = |count: Option<&usize>, limit: usize| count.is_some_and(|count| *count >= limit);
        if !edit.1.is_empty() && is_full(self.edits.get(&edit), self.options.per_edit) {
            return Some(Reason::SameEdit);
        }
        let project = (api.clone(), candidate.row.provenance.project.clone());
        if is_capped && is_full(self.of_project.get(&project), self.options.per_change_and_project) {
            return Some(Reason::ProjectCap);
        }
        if is_synthesized && is_full(self.of_api.get(&api), self.options.per_synthesized) {
            return Some(Reason::SynthesizedCap);
        }
        if is_capped && is_full(self.of_api.get(&api), self.options.per_change) {
            return Some(Reason::ChangeCap);
        }
        let shingles = Shingles::new(&[&code.old, &code.new]);
        if !self.similar.similar(&shingles, self.options.near_duplicate).is_empty() {
            return Some(Reason::NearDuplicate);
        }
        self.similar.insert(shingles);
        self.pairs.insert(code.pair, self.kept.len());
        *self.edits.entry(edit).or_default() += 1;
        if is_capped {
            *self.of_project.entry(project).or_default() += 1;
            *self.of_api.entry(api.clone()).or_default() += 1;
        }
        if is_capped && !is_synthesized {
            self.of_people.insert((api.0, api.1));
        }
        self.kept.push(Kept { row: candidate.row, companions: Vec::new() });
        None
    }
}

impl Kept {
    /// One edit can answer to two changes of a release. Where the second one's names stand in the code too, what is
    /// said about it explains the rest of the edit.
    fn accompany(&mut self, other: &Candidate<'_>, code: &Code) {
        // A record says what its writer wanted it to say, and is no help to another row.
        if [&self.row, &other.row].iter().any(|row| row.origin == Origin::Imported) {
            return;
        }
        let stands_there = code.holds(last_name(&other.change.symbol))
            && other.change.parameter.as_deref().is_none_or(|name| code.holds(name));
        let same_release =
            self.row.dependency == other.row.dependency && self.row.new_version == other.row.new_version;
        let same_way = self.row.old_code == other.row.old_code;
        let other_change = self.row.provenance.change_id != other.row.provenance.change_id;
        if stands_there && same_release && same_way && other_change {
            self.companions.push(other.row.update_info.clone());
        }
    }

    fn into_row(self, options: &UpdateInfoOptions) -> ApiUpdate {
        let mut row = self.row;
        if !self.companions.is_empty() {
            let options = UpdateInfoOptions { max_texts: self.companions.len() + 1, ..options.clone() };
            let texts = std::iter::once(std::mem::take(&mut row.update_info)).chain(self.companions);
            row.update_info = update_info::join(texts, &options);
        }
        row
    }
}

/// The most rows that a library may have, so that none has more than its share of what is left. No limit where the
/// share cannot be kept: with fewer than 1 / share libraries, one always has more.
fn library_limit(kept: &[Kept], share: Option<f64>) -> usize {
    let Some(share) = share else { return usize::MAX };
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for kept in kept.iter().filter(|kept| kept.row.origin != Origin::Imported) {
        *counts.entry(&kept.row.dependency).or_default() += 1;
    }
    let most = counts.values().copied().max().unwrap_or(0);
    let keeps_share = |limit: &usize| {
        let total: usize = counts.values().map(|count| (*count).min(*limit)).sum();
        *limit as f64 <= share * total as f64
    };
    let limit = (1..=most).rev().find(keeps_share);
    if limit.is_none() && most > 0 {
        tracing::warn!(
            share,
            libraries = counts.len(),
            "too few libraries for the share of each; not applied"
        );
    }
    limit.unwrap_or(usize::MAX)
}
