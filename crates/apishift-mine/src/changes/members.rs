//! Members of a class that both releases have.

use std::collections::BTreeMap;

use apishift_types::ChangeKind;

use super::{
    deprecation::{About, statements},
    draft::{Drafts, sort_paths},
    names,
    pairs::Pair,
};
use crate::surface::{DefId, Member};

/// Members that several classes share, met once for all of them.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Members that both releases have: public paths of each pair.
    kept: BTreeMap<(DefId, DefId), Paths>,
    /// Members that the new classes have no more: public paths, and the new class of one of them.
    gone: BTreeMap<DefId, (Paths, DefId)>,
}

/// Public paths of a member.
#[derive(Debug, Default)]
struct Paths {
    /// Through the best path of the class that defines it.
    own: Option<String>,
    /// Through the best path of each other class that has it.
    best: Vec<String>,
    /// Through other paths of the class that defines it.
    other: Vec<String>,
}

impl Paths {
    fn add(&mut self, name: &str, class_paths: &[String], is_own: bool) {
        let mut places = class_paths.iter().map(|path| format!("{path}.{name}"));
        if is_own && self.own.is_none() {
            self.own = places.next();
        } else {
            self.best.extend(places.next());
        }
        if is_own {
            self.other.extend(places);
        }
    }

    /// The best one first.
    fn into_list(mut self) -> Vec<String> {
        sort_paths(&mut self.best);
        sort_paths(&mut self.other);
        self.own.into_iter().chain(self.best).chain(self.other).collect()
    }
}

impl Members {
    /// Takes note of the members of a class in two releases, `paths` being its public paths.
    pub(super) fn note(&mut self, pair: Pair<'_>, (old, new): (DefId, DefId), paths: &[String]) {
        let (before, _) = pair.old.members(old);
        let (after, _) = pair.new.members(new);
        for (name, def) in before.into_iter().filter(|(name, _)| is_public_member(name)) {
            let is_own = pair.old.class_of(def) == Some(old);
            match after.get(name) {
                Some(now) => self.kept.entry((def, *now)).or_default().add(name, paths, is_own),
                None if is_gone(pair, (def, new), name) => {
                    let (places, _) = self.gone.entry(def).or_insert_with(|| (Paths::default(), new));
                    places.add(name, paths, is_own);
                }
                None => {}
            }
        }
    }

    /// Rows for what was noted.
    pub(super) fn report(self, pair: Pair<'_>, drafts: &mut Drafts) {
        for ((old, new), paths) in self.kept {
            pair.definitions(old, new, &paths.into_list(), drafts);
        }
        for (old, (paths, class)) in self.gone {
            let paths = paths.into_list();
            let mut draft = names::gone(pair, old, &paths, Some(class), ChangeKind::Removed);
            if draft.replacement.is_none() {
                let aliased = aliased_member(pair, old, class, &paths);
                let renamed =
                    || renamed_member(pair, old, class).or_else(|| respelt_member(pair, old, class));
                if let Some(name) = aliased.or_else(renamed) {
                    let parent = paths.first().and_then(|p| p.rsplit_once('.')).map(|(parent, _)| parent);
                    draft.replacement = parent.map(|parent| format!("{parent}.{name}"));
                    draft.kind = ChangeKind::Renamed;
                }
            }
            drafts.add(draft);
        }
    }
}

/// Whether a class has a member no more. Where a base that cannot be seen or a `__getattr__` may still serve it, only if
/// its end was announced.
fn is_gone(pair: Pair<'_>, (old, class): (DefId, DefId), name: &str) -> bool {
    match pair.new.member(class, name) {
        Member::Missing => true,
        Member::Found(_) => false,
        Member::Unknown => {
            !pair.new.sets_on_self(class, name)
                && statements(pair.old, old).iter().any(|said| said.about == About::Symbol)
        }
    }
}

/// Names of members that people use: no leading underscore.
fn is_public_member(name: &str) -> bool {
    !name.starts_with('_')
}

/// The member that one was another name of: `failIf = assertFalse`.
fn aliased_member(pair: Pair<'_>, old: DefId, class: DefId, paths: &[String]) -> Option<String> {
    let name = &pair.old.item(old).name;
    let is_other = paths.iter().all(|path| path.rsplit('.').next() != Some(name));
    let is_there = is_public_member(name) && matches!(pair.new.member(class, name), Member::Found(_));
    (is_other && is_there).then(|| name.clone())
}

/// The member that is written as one that is gone, but for case and underscores: `is_alive` for `isAlive`.
fn respelt_member(pair: Pair<'_>, old: DefId, class: DefId) -> Option<String> {
    let gone = &pair.old.item(old).name;
    let (members, _) = pair.new.members(class);
    members
        .into_keys()
        .find(|name| is_public_member(name) && names::is_respelt(gone, name))
        .map(str::to_owned)
}

/// A member that came with the body of the one that is gone.
fn renamed_member(pair: Pair<'_>, old: DefId, class: DefId) -> Option<String> {
    let body = pair.old.item(old).as_function().filter(|f| f.body_bytes >= names::TELLING_BODY)?;
    let old_class = pair.old.class_of(old)?;
    let (members, _) = pair.new.members(class);
    // The look-up in the old class goes through all its bases: last.
    members
        .into_iter()
        .filter(|(_, def)| {
            pair.new.item(*def).as_function().is_some_and(|f| f.fingerprint == body.fingerprint)
        })
        .find(|(name, _)| is_public_member(name) && pair.old.member(old_class, name) == Member::Missing)
        .map(|(name, _)| name.to_owned())
}
