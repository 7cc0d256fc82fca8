//! Rows in the making.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use apishift_syntax::surface::Callable;
use apishift_types::{ApiChange, ChangeKind, Evidence, EvidenceSource, Project, Release};
use sha2::{Digest, Sha256};

use crate::surface::{DefId, PublicApi, Target, is_inner};

/// Most aliases that a row lists: a method of a base class has one for each class below it.
const MAX_ALIASES: usize = 100;

/// Longest text of one piece of evidence, in bytes.
const MAX_TEXT: usize = 2000;

/// What changed, before it has an id.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub kind: ChangeKind,
    /// Public paths, shortest first: the symbol and its aliases.
    pub paths: Vec<String>,
    pub symbol_kind: &'static str,
    pub parameter: Option<String>,
    pub replacement: Option<String>,
    /// The texts speak of a new name, not only of what to use.
    pub is_rename: bool,
    pub old_signature: Option<String>,
    pub new_signature: Option<String>,
    pub evidence: Vec<Evidence>,
    pub path: String,
    pub line: u32,
}

impl Draft {
    /// A draft about a definition, with nothing but its place.
    pub(super) fn new(kind: ChangeKind, paths: Vec<String>, api: &PublicApi, def: DefId) -> Self {
        let (path, line) = api.place_of(def);
        Self {
            kind,
            paths,
            symbol_kind: api.kind_of(def),
            parameter: None,
            replacement: None,
            is_rename: false,
            old_signature: None,
            new_signature: None,
            evidence: Vec::new(),
            path: path.to_owned(),
            line,
        }
    }
}

impl Draft {
    /// A draft about a name of which no definition is seen, its place still to be said.
    pub(super) fn of_name(kind: ChangeKind, path: String) -> Self {
        Self { symbol_kind: "attribute", line: 0, ..Self::of_module(kind, path, None, String::new()) }
    }

    /// A draft about a module.
    pub(super) fn of_module(
        kind: ChangeKind,
        name: String,
        replacement: Option<String>,
        path: String,
    ) -> Self {
        Self {
            kind,
            paths: vec![name],
            symbol_kind: "module",
            parameter: None,
            replacement,
            is_rename: false,
            old_signature: None,
            new_signature: None,
            evidence: Vec::new(),
            path,
            line: 1,
        }
    }
}

/// Drafts by what makes a row one row.
#[derive(Debug, Default)]
pub(super) struct Drafts(BTreeMap<(String, ChangeKind, Option<String>), Draft>);

impl Drafts {
    /// Adds a draft, or joins it with one about the same.
    pub(super) fn add(&mut self, draft: Draft) {
        let Some(symbol) = draft.paths.first() else { return };
        let key = (symbol.clone(), draft.kind, draft.parameter.clone());
        match self.0.get_mut(&key) {
            Some(known) => {
                let mut seen: BTreeSet<String> = known.paths.iter().cloned().collect();
                known.paths.extend(draft.paths.into_iter().filter(|path| seen.insert(path.clone())));
                known.replacement = known.replacement.take().or(draft.replacement);
                for evidence in draft.evidence {
                    if !known.evidence.iter().any(|e| e.text == evidence.text) {
                        known.evidence.push(evidence);
                    }
                }
            }
            None => {
                self.0.insert(key, draft);
            }
        }
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut Draft> {
        self.0.values_mut()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Draft> {
        self.0.values()
    }

    /// The rows, sorted by symbol, kind and parameter.
    pub(super) fn into_rows(
        self,
        project: &Project,
        old: &Release,
        (new, api): (&Release, &PublicApi),
    ) -> Vec<ApiChange> {
        let with_target = |draft: Draft| {
            let target = target(&draft, api).map(|target| target.to_string());
            ApiChange { target_signature: target, ..row(draft, project, old, new) }
        };
        self.0.into_values().map(with_target).collect()
    }
}

/// What new code calls: where the change is about how to call the symbol, that; else its replacement. `None` where that is not
/// of this library, or its parameters are not known.
fn target(draft: &Draft, api: &PublicApi) -> Option<Callable> {
    let is_of_call = draft.parameter.is_some()
        || matches!(draft.kind, ChangeKind::CallShapeChanged | ChangeKind::DefaultChanged);
    let path = if is_of_call { draft.paths.first() } else { draft.replacement.as_ref() }?;
    let Some(Target::Def(def)) = api.resolve(path) else { return None };
    if api.kind_of(def) == "property" {
        return None;
    }
    Some(Callable { path: path.clone(), params: api.signature(def)?.params.to_vec() })
}

/// Shortest first; each once.
pub(super) fn sort_paths(paths: &mut Vec<String>) {
    paths.sort_by_cached_key(|path| (is_inner(path), path.matches('.').count(), path.len(), path.clone()));
    paths.dedup();
}

fn row(mut draft: Draft, project: &Project, old: &Release, new: &Release) -> ApiChange {
    let version = |release: &Release| release.version.clone().without_local().to_string();
    if draft.evidence.is_empty() {
        let told = stub_evidence(&draft, &version(new));
        draft.evidence.push(told.unwrap_or_else(|| signature_evidence(&draft)));
    }
    let mut paths = draft.paths.into_iter();
    let symbol = paths.next().unwrap_or_default();
    let mut aliases: Vec<String> = paths.take(MAX_ALIASES).collect();
    aliases.sort_unstable();
    let mut evidence = draft.evidence;
    evidence.sort_by_key(|piece| piece.source);
    for piece in &mut evidence {
        cut(&mut piece.text);
    }
    ApiChange {
        id: id_of(&[
            &project.name,
            &version(old),
            &version(new),
            draft.kind.as_str(),
            &symbol,
            draft.parameter.as_deref().unwrap_or_default(),
        ]),
        library: project.name.clone(),
        old_version: version(old),
        new_version: version(new),
        release_date: new.date.map(|date| date.to_string()),
        kind: draft.kind,
        symbol,
        aliases,
        symbol_kind: draft.symbol_kind.to_owned(),
        parameter: draft.parameter,
        replacement: draft.replacement,
        old_signature: draft.old_signature,
        new_signature: draft.new_signature,
        target_signature: None,
        evidence,
        path: draft.path,
        line: draft.line,
    }
}

/// Where a stub is all that there is, its branches for versions are what its authors say of the change.
fn stub_evidence(draft: &Draft, version: &str) -> Option<Evidence> {
    let is_stub = Path::new(&draft.path).extension().is_some_and(|ending| ending == "pyi");
    let is_elsewhere =
        matches!(draft.kind, ChangeKind::Moved | ChangeKind::Renamed) && draft.parameter.is_none();
    let (gone, now) =
        draft.paths.first().zip(draft.replacement.as_ref()).filter(|_| is_stub && is_elsewhere)?;
    let text = format!("`{gone}` is gone since version {version}. It is `{now}` now.");
    Some(Evidence { source: EvidenceSource::Stub, text, path: draft.path.clone(), line: draft.line })
}

fn signature_evidence(draft: &Draft) -> Evidence {
    // What is there and has no signature to show is shown by its name.
    let name = draft.paths.first().and_then(|path| path.rsplit('.').next()).unwrap_or_default();
    let old = match &draft.old_signature {
        None if draft.kind == ChangeKind::Added => "(absent)",
        known => known.as_deref().unwrap_or(name),
    };
    let new = match &draft.new_signature {
        None if draft.kind == ChangeKind::Removed => "(absent)",
        known => known.as_deref().unwrap_or(name),
    };
    let text = format!("{old} -> {new}");
    Evidence { source: EvidenceSource::Signature, text, path: draft.path.clone(), line: draft.line }
}

fn cut(text: &mut String) {
    if text.len() > MAX_TEXT {
        let mut end = MAX_TEXT;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
    }
}

/// The id of a change: a hash of what makes it this one, 16 hex digits.
pub(crate) fn id_of(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.as_bytes());
        hasher.update([0]);
    }
    hex::encode(&hasher.finalize()[..8])
}
