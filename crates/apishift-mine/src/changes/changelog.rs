//! Paragraphs of the changelog that speak of a change.

use std::collections::{BTreeSet, HashMap};

use apishift_syntax::{
    ContentCache,
    docs::{ChangeNote, change_notes, is_changelog, version_in_path},
};
use apishift_types::{ChangeKind, Evidence, EvidenceSource, TreeError, TreeFile, TreeSource, Version};

use super::{
    draft::{Draft, Drafts},
    replacement::abbreviates,
};

/// Name of the cache's table; its number changes with what the reader gives.
const NAMESPACE: &str = "changelog.v1";

/// Largest changelog that is read, in bytes.
const MAX_BYTES: usize = 4 << 20;

/// Longest paragraph that is taken as evidence, in bytes: what is longer is about many things.
const MAX_NOTE: usize = 1200;

/// Words without which a paragraph is about a fix or an addition.
const UPDATE_WORDS: &[&str] = &[
    "deprecat",
    "renam",
    "remov",
    "moved",
    "instead",
    "default",
    "favor",
    "favour",
    "replac",
    "no longer",
    "must now",
];

/// Folders with changelogs of others.
const FOREIGN: &[&str] = &[
    "tests",
    "test",
    "vendor",
    "vendored",
    "_vendor",
    "extern",
    "externals",
    "third_party",
    "subprojects",
    "node_modules",
];

/// What the changelog of a release says of the versions after the old release.
#[derive(Debug, Default)]
pub(super) struct Changelog {
    notes: Vec<(String, ChangeNote)>,
    /// Notes by the words in them.
    by_word: HashMap<String, Vec<u32>>,
}

impl Changelog {
    /// Reads the sections after `old` up to `new`.
    pub(super) fn read(
        trees: &dyn TreeSource,
        cache: &ContentCache,
        files: &[TreeFile],
        (old, new): (&Version, &Version),
    ) -> Result<Self, TreeError> {
        let mut log = Self::default();
        for file in files.iter().filter(|f| is_changelog(&f.path) && !is_foreign(&f.path)) {
            let fallback = version_in_path(&file.path);
            if fallback.as_ref().is_some_and(|version| !may_hold(version, old, new)) {
                continue;
            }
            let fallback = fallback.unwrap_or_default();
            let notes = cache.get_or_make(NAMESPACE, file.blob.0, || {
                trees.read(file.blob).map(|bytes| match std::str::from_utf8(&bytes) {
                    Ok(text) if bytes.len() <= MAX_BYTES => change_notes(text),
                    _ => Vec::new(),
                })
            })?;
            let wanted = notes.into_iter().filter(|note| {
                let version = if note.version.is_empty() { &fallback } else { &note.version };
                is_between(version, old, new) && is_update(&note.text)
            });
            log.notes.extend(wanted.map(|note| (file.path.clone(), note)));
        }
        for ((_, note), at) in log.notes.iter().zip(0_u32..) {
            let words: BTreeSet<&str> = words_of(&note.text).collect();
            for word in words {
                log.by_word.entry(word.to_owned()).or_default().push(at);
            }
        }
        Ok(log)
    }

    /// The paragraph that names the symbol (and the parameter) and says what happened; the best of several.
    pub(super) fn evidence(&self, draft: &Draft) -> Option<Evidence> {
        let symbol = draft.paths.first()?;
        let (_, last) = symbol.rsplit_once('.')?;
        let candidates = self.by_word.get(last)?;
        let owners: BTreeSet<&str> = if matches!(draft.symbol_kind, "method" | "property") {
            draft.paths.iter().filter_map(|path| path.rsplit('.').nth(1)).collect()
        } else {
            BTreeSet::new()
        };
        let (path, note) = candidates
            .iter()
            .filter_map(|at| {
                let (path, note) = self.notes.get(*at as usize)?;
                let score = score(&note.text, draft, last, &owners)?;
                Some((std::cmp::Reverse(score), note.text.len(), *at, path, note))
            })
            .min_by_key(|(score, length, at, ..)| (*score, *length, *at))
            .map(|(.., path, note)| (path, note))?;
        Some(Evidence {
            source: EvidenceSource::Changelog,
            text: note.text.clone(),
            path: path.clone(),
            line: note.line,
        })
    }
}

/// How well a paragraph fits a change; `None` where it is about something else.
fn score(text: &str, draft: &Draft, last: &str, owners: &BTreeSet<&str>) -> Option<u32> {
    let signs: &[&str] = match draft.kind {
        ChangeKind::Removed | ChangeKind::ParameterRemoved => &["remov", "no longer"],
        ChangeKind::Renamed | ChangeKind::Moved | ChangeKind::ParameterRenamed => {
            &["renam", "moved", "instead", "remov"]
        }
        ChangeKind::Deprecated => &["deprecat"],
        ChangeKind::DefaultChanged => &["default"],
        ChangeKind::ParameterKeywordOnly => &["keyword-only", "keyword only", "positional", "by position"],
        ChangeKind::CallShapeChanged => &["positional", "as a list", "as a sequence", "as a tuple"],
        _ => return None,
    };
    if text.len() > MAX_NOTE {
        return None;
    }
    let lower = text.to_ascii_lowercase();
    // Fixes name what they fix, and do not change how it is called.
    let start = lower.trim_start_matches(|c: char| !c.is_alphanumeric());
    if ["bug in", "fixed", "fix ", "fixes", "regression", "added", "new "]
        .iter()
        .any(|word| start.starts_with(word))
    {
        return None;
    }
    // A heading over a list says nothing alone, and a move is told by where to.
    let leads_a_list = text.trim_end().ends_with(':');
    if leads_a_list || !names_target(text, draft) {
        return None;
    }
    if !owners.is_empty() && !words_of(text).any(|word| owners.contains(word)) {
        return None;
    }
    if draft.parameter.as_ref().is_some_and(|parameter| !mentions(text, parameter).any(|_| true)) {
        return None;
    }
    // The sentence that names it says what happened to it.
    let fits = sentences(text).any(|sentence| {
        let said = sentence.to_ascii_lowercase();
        // What happened to a parameter of it did not happen to it.
        let of_parameter = ["argument", "keyword", "parameter"].iter().any(|word| said.contains(word));
        signs.iter().any(|sign| said.contains(sign))
            && (draft.parameter.is_some() || draft.kind == ChangeKind::CallShapeChanged || !of_parameter)
            && names_symbol(sentence, draft, last)
    });
    let names_path = draft.paths.iter().any(|path| text.contains(path.as_str()));
    let names_new =
        draft.replacement.as_deref().and_then(|r| r.rsplit('.').next()).is_some_and(|r| text.contains(r));
    fits.then_some(1 + 2 * u32::from(names_path) + 2 * u32::from(names_new))
}

/// Whether a paragraph about something that has another name or place now names it too: the part of its new path that
/// the old one lacks. Changes of other kinds have nothing to name.
fn names_target(text: &str, draft: &Draft) -> bool {
    let is_elsewhere =
        matches!(draft.kind, ChangeKind::Renamed | ChangeKind::Moved | ChangeKind::ParameterRenamed);
    let Some(target) = draft.replacement.as_deref().filter(|_| is_elsewhere) else { return true };
    let before: BTreeSet<&str> = draft.paths.iter().flat_map(|path| path.split('.')).collect();
    let mut telling = target.split('.').filter(|part| !before.contains(part)).peekable();
    if telling.peek().is_none() {
        return text.contains(target);
    }
    telling.any(|part| words_of(text).any(|word| word == part))
}

fn sentences(text: &str) -> impl Iterator<Item = &str> {
    text.split_inclusive(". ")
}

/// Whether a sentence names the symbol, and not something of the same name elsewhere, nor as what to use.
fn names_symbol(sentence: &str, draft: &Draft, last: &str) -> bool {
    let is_member = matches!(draft.symbol_kind, "method" | "property");
    mentions(sentence, last).any(|at| {
        let rest = &sentence[at + last.len()..];
        let leads_on =
            rest.starts_with('.') && rest[1..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
        // A class or module is not named by its members.
        if leads_on {
            return false;
        }
        let before = &sentence[..at];
        let path_start =
            before.rfind(|c: char| !(c.is_alphanumeric() || c == '_' || c == '.')).map_or(0, |i| i + 1);
        let prefix = before[path_start.min(at)..].trim_end_matches('.');
        let lead = before[..path_start.min(at)]
            .trim_end_matches(|c: char| !c.is_alphanumeric())
            .to_ascii_lowercase();
        // "use :func:`x`": the role's name stands between.
        let lead =
            ["func", "meth", "class", "py", "attr", "obj", "mod"].iter().fold(lead.as_str(), |lead, role| {
                lead.trim_end_matches(role).trim_end_matches(|c: char| !c.is_alphanumeric())
            });
        if lead.ends_with("use") || lead.ends_with("using") {
            return false;
        }
        prefix.is_empty() || fits_prefix(prefix, draft, is_member)
    })
}

/// Whether what stands before a name's dot is one of its public parents.
fn fits_prefix(prefix: &str, draft: &Draft, is_member: bool) -> bool {
    let owner = prefix.rsplit('.').next().unwrap_or(prefix);
    let root = draft.paths.first().and_then(|path| path.split('.').next()).unwrap_or_default();
    if !prefix.contains('.') && abbreviates(owner, root) {
        return draft.paths.iter().any(|path| path.matches('.').count() == 1);
    }
    let is_instance = is_member && owner.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    is_instance
        || owner.starts_with('_')
        || draft.paths.iter().any(|path| path.split('.').rev().skip(1).any(|p| p == owner))
}

/// Where a text names something as code: in quotes or backticks, with a dot before it or a parenthesis behind it, or by
/// a name that no prose has.
fn mentions<'t>(text: &'t str, name: &'t str) -> impl Iterator<Item = usize> + 't {
    let is_word = |c: char| c.is_alphanumeric() || c == '_';
    let is_telling = name.contains('_') || name.chars().skip(1).any(|c| c.is_ascii_uppercase());
    text.match_indices(name).map(|(at, _)| at).filter(move |at| {
        let before = text[..*at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        let is_whole = !before.is_some_and(is_word) && !after.is_some_and(is_word);
        let is_marked = matches!(before, Some('`' | '.' | '~' | '\'' | '"'))
            || matches!(after, Some('`' | '(' | '\'' | '"' | '='));
        is_whole && (is_telling || is_marked)
    })
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty())
}

fn is_update(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    UPDATE_WORDS.iter().any(|word| lower.contains(word))
}

fn is_foreign(path: &str) -> bool {
    path.matches('/').count() > 6 || path.split('/').any(|folder| FOREIGN.contains(&folder))
}

/// Whether a file for this version may hold sections after `old` up to `new`: a file named 1.3 holds 1.3.2.
fn may_hold(version: &str, old: &Version, new: &Version) -> bool {
    let Ok(version) = version.parse::<Version>() else { return true };
    let length = version.release().len();
    let cut = |v: &Version| v.release().iter().take(length).copied().collect::<Vec<u64>>();
    cut(old) <= version.release().to_vec() && version.release().to_vec() <= cut(new)
}

fn is_between(version: &str, old: &Version, new: &Version) -> bool {
    version.parse::<Version>().is_ok_and(|version| *old < version && version <= *new)
}

/// Adds to each draft the paragraph that speaks of it.
pub(super) fn attach(log: &Changelog, drafts: &mut Drafts) {
    for draft in drafts.values_mut() {
        let found = log.evidence(draft);
        draft.evidence.extend(found);
    }
}
