//! The same definition in two releases.

use std::collections::BTreeMap;

use apishift_syntax::surface::parameter_list;
use apishift_types::{ChangeKind, Version};

use super::{
    History,
    deprecation::{About, Statement, statements},
    draft::{Draft, Drafts},
    replacement::{self, Context},
    signature::{Difference, differences},
};
use crate::surface::{DefId, PublicApi, Signature};

/// Two releases and what is known of their past.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub old: &'a PublicApi,
    pub new: &'a PublicApi,
    pub history: &'a History,
    pub versions: (&'a Version, &'a Version),
}

impl<'a> Pair<'a> {
    /// Rows from the parameter lists and marks of a definition that both releases have under these public paths.
    pub(super) fn definitions(self, old: DefId, new: DefId, paths: &[String], drafts: &mut Drafts) {
        self.marks(old, new, paths, drafts);
        let (Some(before), Some(after)) = (self.old.signature(old), self.new.signature(new)) else { return };
        self.signatures(old, new, (&before, &after), paths, drafts);
    }

    fn context<'s>(self, new: DefId, symbol: &'s str) -> Context<'s>
    where
        'a: 's,
    {
        let class = match self.new.item(new).as_class() {
            Some(_) => Some((new, symbol)),
            None => self.new.class_of(new).zip(symbol.rsplit_once('.').map(|(class, _)| class)),
        };
        Context { api: self.new, symbol, class }
    }

    fn draft(
        self,
        kind: ChangeKind,
        new: DefId,
        paths: &[String],
        signatures: Option<(&str, &str)>,
    ) -> Draft {
        let mut draft = Draft::new(kind, paths.to_vec(), self.new, new);
        draft.old_signature = signatures.map(|(old, _)| old.to_owned());
        draft.new_signature = signatures.map(|(_, new)| new.to_owned());
        draft
    }

    fn signatures(
        self,
        old: DefId,
        new: DefId,
        (before, after): (&Signature<'_>, &Signature<'_>),
        paths: &[String],
        drafts: &mut Drafts,
    ) {
        let symbol = paths.first().map(String::as_str).unwrap_or_default();
        let old_statements = statements(self.old, old);
        let new_params: Vec<&str> = after.params.iter().map(|p| p.name.as_str()).collect();
        let told = |name: &str| -> Option<String> {
            let context = self.context(new, symbol);
            let about = About::Parameter(name.to_owned());
            let from_old =
                old_statements.iter().filter(|s| s.about == about).flat_map(Statement::replacements);
            let past = self.history.get(&(symbol.to_owned(), Some(name.to_owned())));
            let named: Vec<_> =
                from_old.chain(past.into_iter().flat_map(|t| t.replacements.clone())).collect();
            replacement::of_parameter(&named, name, &new_params, context)
        };
        let announced = |name: &str| {
            old_statements.iter().any(|s| s.about == About::Parameter(name.to_owned()))
                || self.history.contains_key(&(symbol.to_owned(), Some(name.to_owned())))
        };
        let found = differences(before, after, told, announced);
        if found.is_empty() {
            return;
        }
        let rendered = (parameter_list(before.params), parameter_list(after.params));
        for difference in found {
            let (kind, name, renamed) = match difference {
                Difference::Added { name } => (ChangeKind::ParameterAdded, name, None),
                Difference::Removed { name } => (ChangeKind::ParameterRemoved, name, None),
                Difference::Renamed { old, new } => (ChangeKind::ParameterRenamed, old, Some(new)),
                Difference::KeywordOnly { name } => (ChangeKind::ParameterKeywordOnly, name, None),
                Difference::Default { name } => (ChangeKind::DefaultChanged, name, None),
                Difference::Deprecated { name } => (ChangeKind::Deprecated, name, None),
            };
            let mut draft = self.draft(kind, new, paths, Some((&rendered.0, &rendered.1)));
            let about = match kind {
                ChangeKind::ParameterRemoved | ChangeKind::ParameterRenamed | ChangeKind::Deprecated => {
                    vec![About::Parameter(name.clone())]
                }
                ChangeKind::ParameterKeywordOnly => vec![About::KeywordOnly(name.clone())],
                ChangeKind::ParameterAdded => vec![About::Since(Some(name.clone()))],
                _ => vec![About::Behaviour(Some(name.clone()))],
            };
            if matches!(kind, ChangeKind::ParameterRemoved | ChangeKind::ParameterRenamed) {
                draft.replacement = renamed.or_else(|| told(&name));
                draft.evidence = old_statements
                    .iter()
                    .filter(|s| about.contains(&s.about))
                    .map(|s| s.evidence(self.old))
                    .collect();
                if draft.evidence.is_empty() {
                    let past = self.history.get(&(symbol.to_owned(), Some(name.clone())));
                    draft.evidence.extend(past.into_iter().flat_map(|t| t.evidence.clone()));
                }
            } else {
                let now = statements(self.new, new);
                draft.evidence = now
                    .iter()
                    .filter(|s| about.contains(&s.about) && s.speaks_of(self.versions))
                    .map(|s| s.evidence(self.new))
                    .collect();
            }
            // What went into `**kwargs` before may have been taken all along, unless a text says since when.
            let may_be_old = kind == ChangeKind::ParameterAdded && before.takes_any_keyword();
            if may_be_old && draft.evidence.is_empty() {
                continue;
            }
            draft.parameter = Some(name);
            drafts.add(draft);
        }
    }

    /// Rows from marks that the new release has and the old one has not.
    fn marks(self, old: DefId, new: DefId, paths: &[String], drafts: &mut Drafts) {
        let now = statements(self.new, new);
        if now.is_empty() {
            return;
        }
        let before = statements(self.old, old);
        let symbol = paths.first().map(String::as_str).unwrap_or_default();
        let context = self.context(new, symbol);
        let signature = self.new.signature(new);
        let mut groups: BTreeMap<(&About, ChangeKind), Vec<&Statement<'_>>> = BTreeMap::new();
        for statement in &now {
            let kind = match &statement.about {
                About::Symbol | About::Parameter(_) => ChangeKind::Deprecated,
                About::KeywordOnly(_) => ChangeKind::ParameterKeywordOnly,
                About::Behaviour(_) => ChangeKind::BehaviourNoted,
                About::Since(_) => continue,
            };
            let is_known = before.iter().any(|b| {
                b.about == statement.about && (kind != ChangeKind::BehaviourNoted || b.text == statement.text)
            });
            if !is_known && !statement.is_older_than(self.versions.0) {
                groups.entry((&statement.about, kind)).or_default().push(statement);
            }
        }
        for ((about, kind), group) in groups {
            let mut draft = self.draft(kind, new, paths, None);
            if let (Some(before), Some(after)) = (self.old.signature(old), &signature) {
                draft.old_signature = Some(parameter_list(before.params));
                draft.new_signature = Some(parameter_list(after.params));
            }
            let named: Vec<_> = group.iter().flat_map(|s| s.replacements()).collect();
            match about {
                About::Symbol => {
                    if let Some((path, is_rename)) = replacement::of_symbol(&named, context) {
                        draft.replacement = Some(path);
                        draft.is_rename = is_rename;
                    }
                }
                About::Parameter(name) => {
                    let params: Vec<&str> =
                        signature.iter().flat_map(|s| s.params).map(|p| p.name.as_str()).collect();
                    draft.replacement = replacement::of_parameter(&named, name, &params, context);
                    draft.parameter = Some(name.clone());
                }
                About::KeywordOnly(name) => draft.parameter = Some(name.clone()),
                About::Behaviour(name) => draft.parameter.clone_from(name),
                About::Since(_) => {}
            }
            draft.evidence = group.iter().map(|s| s.evidence(self.new)).collect();
            drafts.add(draft);
        }
    }
}
