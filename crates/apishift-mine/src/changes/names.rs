//! Public names of two releases: kept, gone, moved, renamed.

use std::collections::BTreeMap;

use apishift_syntax::surface::{ItemKind, NameNote, parameter_list};
use apishift_types::{ChangeKind, Evidence, EvidenceSource};

use super::{
    deprecation::{About, statements},
    draft::{Draft, Drafts},
    members::Members,
    pairs::Pair,
    replacement::{self, Context},
};
use crate::{
    message::{self, Named, Strength},
    surface::{DefId, ModuleId, PublicApi, Target, is_public_module},
};

/// Bytes of a body from which on two equal ones are no chance.
pub(super) const TELLING_BODY: u32 = 60;

/// What became of a public path.
#[derive(Clone, Copy, Debug)]
enum Fate<'a> {
    /// It leads here now.
    Is(Target),
    /// A table or `__getattr__` of its module speaks of it: file and note.
    Noted(ModuleId, &'a NameNote),
    /// It leads nowhere.
    Gone,
    /// It may still lead somewhere.
    Unclaimed,
}

/// Rows for the public names of the old release.
pub(super) fn compare(pair: Pair<'_>, drafts: &mut Drafts) {
    let (old, new) = (pair.old, pair.new);
    let mut members = Members::default();
    let families = Families::of(old);
    for (def, places) in
        old.public_defs().filter(|(def, _)| !is_plumbing(old, *def) && !families.hold(old, *def))
    {
        let fates: Vec<(String, Fate<'_>)> =
            places.iter().map(|place| (old.dotted(place), fate(old, new, place))).collect();
        let kept: Vec<(&String, DefId)> = fates
            .iter()
            .filter_map(|(path, fate)| match fate {
                Fate::Is(Target::Def(now)) => Some((path, *now)),
                _ => None,
            })
            .collect();
        let is_alive = fates.iter().any(|(_, fate)| matches!(fate, Fate::Is(_)));
        let mut gone = Vec::new();
        for (path, fate) in &fates {
            match fate {
                Fate::Gone => gone.push(path.clone()),
                Fate::Noted(module, note) => noted(pair, def, path, *module, note, drafts),
                Fate::Is(_) | Fate::Unclaimed => {}
            }
        }
        if let Some((_, now)) = kept.first() {
            let paths: Vec<String> =
                kept.iter().filter(|(_, d)| d == now).map(|(path, _)| (*path).clone()).collect();
            keep(pair, (def, *now), &paths, &mut members, drafts);
        }
        if !gone.is_empty() {
            if is_alive {
                moved_alias(pair, def, kept.first().map(|(_, now)| *now), gone, drafts);
            } else if !fates.iter().any(|(_, fate)| matches!(fate, Fate::Unclaimed | Fate::Noted(..))) {
                drafts.add(vanished(pair, def, &gone));
            }
        }
    }
    members.report(pair, drafts);
    modules(pair, drafts);
    told_only(pair, drafts);
}

/// Rows for names that no release defines where they can be seen, made at run time or taken from elsewhere, and which a table
/// of the new release begins to speak of.
fn told_only(pair: Pair<'_>, drafts: &mut Drafts) {
    for id in pair.new.graph.ids() {
        let module = &pair.new.graph.module_of(id).files.name;
        let Some(before) = pair.old.graph.module(module).filter(|_| is_public_module(module)) else {
            continue;
        };
        let known = pair.old.notes(before);
        for note in pair.new.notes(id) {
            let path = format!("{module}.{}", note.name);
            let is_known = known.iter().any(|old| old.name == note.name && old.expired == note.expired);
            let is_seen = matches!(pair.old.resolve(&path), Some(Target::Def(_) | Target::Module(_)))
                || pair.new.graph.exports_of(id).contains_key(&note.name);
            let is_name = note.name.chars().all(|c| c.is_alphanumeric() || c == '_');
            // Without words nobody knows what the table is about.
            if is_name && !is_known && !is_seen && note.text.contains(' ') {
                let kind = if note.expired { ChangeKind::Removed } else { ChangeKind::Deprecated };
                drafts.add(of_note(pair, Draft::of_name(kind, path), id, note));
            }
        }
    }
}

/// Rows for public modules that are gone, the outermost of nested ones only.
fn modules(pair: Pair<'_>, drafts: &mut Drafts) {
    for id in pair.old.graph.ids() {
        let name = &pair.old.graph.module_of(id).files.name;
        let is_gone = |name: &str| pair.new.resolve(name).is_none() && !is_shadowed(pair.new, name);
        let Some((parent, _)) = name.rsplit_once('.').filter(|_| is_public_module(name) && is_gone(name))
        else {
            continue;
        };
        if is_gone(parent) {
            continue;
        }
        let target = module_target(pair, id);
        let kind = if target.is_some() { ChangeKind::Moved } else { ChangeKind::Removed };
        let files = &pair.old.graph.module_of(id).files;
        let place = files.source.as_ref().or(files.stub.as_ref());
        let path = place.map(|(path, _)| path.clone()).unwrap_or_default();
        drafts.add(Draft::of_module(kind, name.clone(), target, path));
    }
}

/// The module that has most of what a module offered.
fn module_target(pair: Pair<'_>, id: ModuleId) -> Option<String> {
    let defs: Vec<DefId> = pair
        .old
        .graph
        .exports_of(id)
        .values()
        .filter(|export| export.offered)
        .filter_map(|export| match export.target {
            Target::Def(def) => Some(def),
            Target::Module(_) | Target::Opaque => None,
        })
        .collect();
    let mut homes: BTreeMap<String, usize> = BTreeMap::new();
    for def in &defs {
        let kept = pair.old.places(*def).iter().find_map(|place| match fate(pair.old, pair.new, place) {
            Fate::Is(Target::Def(now)) => Some(now),
            _ => None,
        });
        let path =
            kept.or_else(|| moved_to(pair, *def)).and_then(|now| pair.new.paths_of(now).into_iter().next());
        if let Some((home, _)) = path.as_deref().and_then(|path| path.rsplit_once('.')) {
            *homes.entry(home.to_owned()).or_default() += 1;
        }
    }
    let (home, count) = homes.into_iter().max_by_key(|(_, count)| *count)?;
    (count * 3 > defs.len() * 2).then_some(home)
}

/// Rows for public definitions that the old release has under no path.
pub(super) fn additions(old: &PublicApi, new: &PublicApi, drafts: &mut Drafts) {
    for (def, _) in new.public_defs() {
        let paths = new.paths_of(def);
        if paths.iter().all(|path| old.resolve(path).is_none()) {
            let mut draft = Draft::new(ChangeKind::Added, paths, new, def);
            draft.new_signature = shape(new, def);
            drafts.add(draft);
        }
    }
}

fn keep(
    pair: Pair<'_>,
    (old, new): (DefId, DefId),
    paths: &[String],
    members: &mut Members,
    drafts: &mut Drafts,
) {
    let both_classes = pair.old.item(old).as_class().is_some() && pair.new.item(new).as_class().is_some();
    if both_classes {
        members.note(pair, (old, new), paths);
    }
    pair.definitions(old, new, paths, drafts);
}

/// How many names of each module differ in a number only, by module and what stands before the number.
#[derive(Debug, Default)]
struct Families<'a>(BTreeMap<(ModuleId, &'a str), usize>);

impl<'a> Families<'a> {
    /// So many such names in one module come from a generator.
    const LARGE: usize = 20;

    fn of(api: &'a PublicApi) -> Self {
        let mut families = Self::default();
        for (def, _) in api.public_defs() {
            if let Some(stem) = stem_of(&api.item(def).name) {
                *families.0.entry((def.module(), stem)).or_default() += 1;
            }
        }
        families
    }

    /// Whether a definition is one of many that nobody names one by one.
    fn hold(&self, api: &PublicApi, def: DefId) -> bool {
        let stem = stem_of(&api.item(def).name);
        stem.and_then(|stem| self.0.get(&(def.module(), stem))).is_some_and(|count| *count >= Self::LARGE)
    }
}

/// What stands before the number at the end of a name.
fn stem_of(name: &str) -> Option<&str> {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (stem.len() < name.len()).then_some(stem)
}

/// Type variables, loggers and places of files: nobody takes them from another's module.
fn is_plumbing(api: &PublicApi, def: DefId) -> bool {
    let value = api.item(def).as_attribute().and_then(|a| a.value.as_deref()).unwrap_or_default();
    let callee = value.split('(').next().unwrap_or_default();
    let last = callee.rsplit('.').next().unwrap_or_default();
    matches!(last, "TypeVar" | "ParamSpec" | "TypeVarTuple" | "NewType" | "getLogger")
        && value.len() > callee.len()
        || value.contains("__file__")
}

fn fate<'a>(old: &PublicApi, new: &'a PublicApi, place: &(ModuleId, String)) -> Fate<'a> {
    let (module, name) = place;
    let module_name = &old.graph.module_of(*module).files.name;
    let Some(now) = new.graph.module(module_name) else {
        return match new.resolve(&old.dotted(place)) {
            Some(target) => Fate::Is(target),
            None if is_shadowed(new, module_name) => Fate::Unclaimed,
            None => Fate::Gone,
        };
    };
    let is_described = new.graph.module_of(now).source.is_none();
    match new.graph.exports_of(now).get(name) {
        // A stub names it for its own use.
        Some(export) if is_described && !export.offered => return Fate::Gone,
        Some(export) => return Fate::Is(export.target),
        None => {}
    }
    if let Some(target) = new.graph.step(Target::Module(now), name) {
        return Fate::Is(target);
    }
    let full = old.dotted(place);
    let note =
        new.notes(now).into_iter().find(|note| note.name == *name || note.name.replace(':', ".") == full);
    if let Some(note) = note {
        return Fate::Noted(now, note);
    }
    let module = new.graph.module_of(now);
    let getattr = module.source.as_ref().and_then(|s| s.getattr.as_ref());
    let may_serve = getattr.is_some_and(|g| g.is_open || g.mentions.contains(name));
    if may_serve || new.graph.is_partial(now) { Fate::Unclaimed } else { Fate::Gone }
}

/// Whether a package around a module that is gone could serve it anyway.
fn is_shadowed(new: &PublicApi, module: &str) -> bool {
    let mut name = module;
    while let Some((parent, _)) = name.rsplit_once('.') {
        if let Some(id) = new.graph.module(parent) {
            return new.graph.is_partial(id);
        }
        name = parent;
    }
    false
}

/// A name that a table or branch of `__getattr__` speaks of.
fn noted(pair: Pair<'_>, def: DefId, path: &str, module: ModuleId, note: &NameNote, drafts: &mut Drafts) {
    let kind = if note.expired { ChangeKind::Removed } else { ChangeKind::Deprecated };
    let mut draft = Draft::new(kind, vec![path.to_owned()], pair.old, def);
    draft.old_signature = shape(pair.old, def);
    drafts.add(of_note(pair, draft, module, note));
}

/// A draft with what a note of a module says.
fn of_note(pair: Pair<'_>, mut draft: Draft, module: ModuleId, note: &NameNote) -> Draft {
    let files = &pair.new.graph.module_of(module).files;
    let file =
        files.source.as_ref().or(files.stub.as_ref()).map(|(path, _)| path.clone()).unwrap_or_default();
    if draft.path.is_empty() {
        (draft.path, draft.line) = (file.clone(), note.line);
    }
    if note.text.contains(' ') {
        draft.evidence.push(Evidence {
            source: EvidenceSource::DeprecationMessage,
            text: note.text.clone(),
            path: file,
            line: note.line,
        });
    }
    let mut named = message::replacements(&note.text);
    // A table of new names gives nothing but the name.
    if !note.text.contains(' ') && !note.text.is_empty() {
        let path = note.text.replace(':', ".");
        named.insert(0, Named { path, as_parameter: false, as_rename: true, strength: Strength::Code });
    }
    let symbol = draft.paths.first().cloned().unwrap_or_default();
    let context = Context { api: pair.new, symbol: &symbol, class: None };
    if let Some((path, is_rename)) = replacement::of_symbol(&named, context) {
        draft.replacement = Some(path);
        draft.is_rename = is_rename;
    }
    draft
}

/// Some public paths of a definition are gone, others stay.
fn moved_alias(pair: Pair<'_>, def: DefId, now: Option<DefId>, gone: Vec<String>, drafts: &mut Drafts) {
    let Some(now) = now else { return };
    let paths = pair.new.paths_of(now);
    // Where the same thing is to be had from several modules, the one nearby.
    let root = |path: &str| path.split('.').next().unwrap_or_default().to_owned();
    let home = gone.first().map(|path| root(path));
    let near = paths.iter().find(|path| Some(root(path)) == home);
    let Some(target) = near.or(paths.first()).cloned() else { return };
    let last = |path: &str| path.rsplit('.').next().unwrap_or_default().to_owned();
    let name = last(&target);
    let (same, other): (Vec<String>, Vec<String>) = gone.into_iter().partition(|path| last(path) == name);
    let parent = |path: &str| path.rsplit_once('.').map(|(parent, _)| parent.to_owned());
    let (renamed, other): (Vec<String>, Vec<String>) =
        other.into_iter().partition(|path| parent(path) == parent(&target));
    let groups = [(same, ChangeKind::Moved), (renamed, ChangeKind::Renamed), (other, ChangeKind::Removed)];
    for (paths, kind) in groups.into_iter().filter(|(paths, _)| !paths.is_empty()) {
        let mut draft = Draft::new(kind, paths, pair.new, now);
        draft.symbol_kind = pair.old.kind_of(def);
        draft.replacement = Some(target.clone());
        draft.old_signature = shape(pair.old, def);
        draft.new_signature = shape(pair.new, now);
        drafts.add(draft);
    }
}

/// All public paths of a definition are gone.
fn vanished(pair: Pair<'_>, def: DefId, paths: &[String]) -> Draft {
    let mut draft = gone(pair, def, paths, None, ChangeKind::Removed);
    let twin = moved_to(pair, def).map(|d| (d, ChangeKind::Moved));
    let twin = twin.or_else(|| renamed_to(pair, def).map(|d| (d, ChangeKind::Renamed)));
    let twin = twin.or_else(|| respelt_to(pair, def).map(|d| (d, ChangeKind::Renamed)));
    if let (Some((twin, kind)), None) = (twin, &draft.replacement) {
        draft.kind = kind;
        draft.replacement = pair.new.paths_of(twin).into_iter().next();
        draft.new_signature = shape(pair.new, twin);
    }
    draft
}

/// A draft about a definition that is gone, with what the old release and its past say of it.
pub(super) fn gone(
    pair: Pair<'_>,
    def: DefId,
    paths: &[String],
    class: Option<DefId>,
    kind: ChangeKind,
) -> Draft {
    let mut draft = Draft::new(kind, paths.to_vec(), pair.old, def);
    draft.old_signature = shape(pair.old, def);
    let symbol = paths.first().cloned().unwrap_or_default();
    let said: Vec<_> = statements(pair.old, def).into_iter().filter(|s| s.about == About::Symbol).collect();
    let mut named: Vec<Named> = said.iter().flat_map(super::deprecation::Statement::replacements).collect();
    draft.evidence = said.iter().map(|s| s.evidence(pair.old)).collect();
    for told in paths.iter().filter_map(|path| pair.history.get(&(path.clone(), None))) {
        named.extend(told.replacements.iter().cloned());
        if draft.evidence.is_empty() {
            draft.evidence.clone_from(&told.evidence);
        }
    }
    let class = class.zip(symbol.rsplit_once('.').map(|(class, _)| class));
    let context = Context { api: pair.new, symbol: &symbol, class };
    if let Some((path, is_rename)) = replacement::of_symbol(&named, context) {
        let parent = |p: &str| p.rsplit_once('.').map(|(parent, _)| parent.to_owned());
        if is_rename {
            let same_place = parent(&path) == parent(&symbol);
            draft.kind = if same_place { ChangeKind::Renamed } else { draft.kind };
        }
        draft.replacement = Some(path);
    }
    draft
}

/// The same definition under another public path: same name, same kind, same content.
fn moved_to(pair: Pair<'_>, def: DefId) -> Option<DefId> {
    let name = &pair.old.item(def).name;
    let mut found = pair.new.named(name).iter().copied().filter(|candidate| {
        let is_new =
            pair.new.paths_of(*candidate).first().is_some_and(|path| pair.old.resolve(path).is_none());
        is_new && alike(pair, def, *candidate, is_new)
    });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// A definition that came in the same module with the body of the one that is gone.
fn renamed_to(pair: Pair<'_>, def: DefId) -> Option<DefId> {
    let function = pair.old.item(def).as_function().filter(|f| f.body_bytes >= TELLING_BODY)?;
    let home = def.module();
    let module = pair.new.graph.module(&pair.old.graph.module_of(home).files.name)?;
    let known = pair.old.graph.exports_of(home);
    let mut found =
        pair.new.graph.exports_of(module).iter().filter_map(|(name, export)| match export.target {
            Target::Def(now) if !known.contains_key(name) && !pair.new.places(now).is_empty() => {
                let is_same =
                    pair.new.item(now).as_function().is_some_and(|f| f.fingerprint == function.fingerprint);
                is_same.then_some(now)
            }
            _ => None,
        });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// A definition of the same kind in the same module whose name is written otherwise: `active_count` for `activeCount`.
fn respelt_to(pair: Pair<'_>, def: DefId) -> Option<DefId> {
    let module = pair.new.graph.module(&pair.old.graph.module_of(def.module()).files.name)?;
    let name = &pair.old.item(def).name;
    let mut found =
        pair.new.graph.exports_of(module).iter().filter_map(|(other, export)| match export.target {
            Target::Def(now) if is_respelt(name, other) => {
                let is_same =
                    pair.new.kind_of(now) == pair.old.kind_of(def) && !pair.new.places(now).is_empty();
                is_same.then_some(now)
            }
            _ => None,
        });
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// Whether two names differ in case and underscores only, as after a change of style. Constants and classes are told apart
/// by their case, so that one of the names has to be in lower case.
pub(super) fn is_respelt(gone: &str, name: &str) -> bool {
    let is_lower = |name: &str| !name.contains(|c: char| c.is_ascii_uppercase());
    let letters = |name: &str| name.replace('_', "").to_ascii_lowercase();
    gone != name && is_lower(name) && letters(gone) == letters(name)
}

/// Whether two definitions of the same name are the same thing.
fn alike(pair: Pair<'_>, old: DefId, new: DefId, same_name: bool) -> bool {
    match (&pair.old.item(old).kind, &pair.new.item(new).kind) {
        (ItemKind::Function(a), ItemKind::Function(b)) => {
            let names = |f: &apishift_syntax::surface::Function| {
                f.params.iter().map(|p| p.name.clone()).collect::<Vec<_>>()
            };
            (a.fingerprint == b.fingerprint && a.body_bytes >= TELLING_BODY)
                || (same_name && !a.params.is_empty() && names(a) == names(b))
        }
        (ItemKind::Class(_), ItemKind::Class(_)) => {
            let (before, _) = pair.old.members(old);
            let (after, _) = pair.new.members(new);
            let shared = before.keys().filter(|name| after.contains_key(*name)).count();
            shared * 2 >= before.len().max(1) || (before.is_empty() && after.is_empty())
        }
        (ItemKind::Attribute(a), ItemKind::Attribute(b)) => {
            a.value.as_ref().is_some_and(|v| v.len() > 3) && a.value == b.value
        }
        _ => false,
    }
}

/// Parameters, bases or value of a definition.
pub(super) fn shape(api: &PublicApi, def: DefId) -> Option<String> {
    if let Some(signature) = api.signature(def) {
        return Some(parameter_list(signature.params));
    }
    api.item(def).as_attribute().and_then(|a| a.value.clone())
}
