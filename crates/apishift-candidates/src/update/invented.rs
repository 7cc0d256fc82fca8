//! Names that are not there.

use std::collections::BTreeSet;

use ruff_python_ast::token::TokenKind;

use super::{Context, Fault, binding::own_names, change::Change};
use crate::{digest::seeded, edit, edit::Edit, name, program::range};

/// Made-up names that are put in the place of one new name, at most.
const PER_NAME: usize = 2;

/// The new code with a name of its changed part made up, wherever it stands.
pub(super) fn invented(change: &Change<'_>, context: &Context, library: &str, seed: u64) -> Vec<Fault> {
    let own = own_names(change.new.body());
    let is_new = |text: &&str| change.new_names.contains(text) && !own.contains(text);
    let new: BTreeSet<&str> = change
        .came
        .iter()
        .filter(|token| token.kind == TokenKind::Name)
        .map(|token| token.text)
        .filter(is_new)
        .collect();
    let mut found = Vec::new();
    for text in new {
        let mut others = name::alike(text);
        others.retain(|other| !context.is_known(library, other));
        others.sort_by_cached_key(|other| seeded(seed, &[text, other]));
        for other in others.iter().take(PER_NAME) {
            found.extend(renamed(change, text, other).map(|program| Fault::new("invented_name", program)));
        }
    }
    found
}

/// The new code with another name in the place of one, wherever it stands.
pub(super) fn renamed(change: &Change<'_>, from: &str, to: &str) -> Option<String> {
    let program = change.new;
    let is_it = |token: &&ruff_python_ast::token::Token| {
        token.kind() == TokenKind::Name && program.text(*token) == from
    };
    let edits: Vec<Edit> =
        program.tokens().iter().filter(is_it).map(|token| Edit::new(range(token), to)).collect();
    edit::apply(program.source(), &edits)
}
