//! Members of a class that both releases have.

use std::collections::BTreeMap;

use apishift_types::ChangeKind;

use super::{draft::Drafts, names, pairs::Pair};
use crate::surface::{DefId, Member};

/// Members that several classes share, met once for all of them.
#[derive(Debug, Default)]
pub(super) struct Members {
    /// Members that both releases have: public paths of each pair.
    kept: BTreeMap<(DefId, DefId), Vec<String>>,
    /// Members that the new classes have no more: public paths, and the new class of one of them.
    gone: BTreeMap<DefId, (Vec<String>, DefId)>,
}

impl Members {
    /// Takes note of the members of a class in two releases, `paths` being its public paths.
    pub(super) fn note(&mut self, pair: Pair<'_>, (old, new): (DefId, DefId), paths: &[String]) {
        let (before, _) = pair.old.members(old);
        let (after, _) = pair.new.members(new);
        for (name, def) in before.into_iter().filter(|(name, _)| is_public_member(name)) {
            // All paths of the class that defines a member; of classes that inherit it only the shortest.
            let own = pair.old.class_of(def) == Some(old);
            let through = if own { paths } else { &paths[..paths.len().min(1)] };
            let places = through.iter().map(|path| format!("{path}.{name}"));
            match after.get(name) {
                Some(now) => self.kept.entry((def, *now)).or_default().extend(places),
                None if pair.new.member(new, name) == Member::Missing => {
                    self.gone.entry(def).or_insert_with(|| (Vec::new(), new)).0.extend(places);
                }
                None => {}
            }
        }
    }

    /// Rows for what was noted.
    pub(super) fn report(self, pair: Pair<'_>, drafts: &mut Drafts) {
        for ((old, new), mut paths) in self.kept {
            super::draft::sort_paths(&mut paths);
            pair.definitions(old, new, &paths, drafts);
        }
        for (old, (mut paths, class)) in self.gone {
            super::draft::sort_paths(&mut paths);
            let mut draft = names::gone(pair, old, &paths, Some(class), ChangeKind::Removed);
            if draft.replacement.is_none() {
                if let Some(name) = renamed_member(pair, old, class) {
                    let parent = paths.first().and_then(|p| p.rsplit_once('.')).map(|(parent, _)| parent);
                    draft.replacement = parent.map(|parent| format!("{parent}.{name}"));
                    draft.kind = ChangeKind::Renamed;
                }
            }
            drafts.add(draft);
        }
    }
}

/// Names of members that people use: no leading underscore.
fn is_public_member(name: &str) -> bool {
    !name.starts_with('_')
}

/// A member that came with the body of the one that is gone.
fn renamed_member(pair: Pair<'_>, old: DefId, class: DefId) -> Option<String> {
    let body = pair.old.item(old).as_function().filter(|f| f.body_bytes >= names::TELLING_BODY)?;
    let old_class = pair.old.class_of(old)?;
    let (members, _) = pair.new.members(class);
    members
        .into_iter()
        .filter(|(name, _)| is_public_member(name) && pair.old.member(old_class, name) == Member::Missing)
        .find(|(_, def)| pair.new.item(*def).as_function().is_some_and(|f| f.fingerprint == body.fingerprint))
        .map(|(name, _)| name.to_owned())
}
