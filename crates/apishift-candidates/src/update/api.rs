//! Names that are there, and are not what is wanted.

use std::{collections::BTreeSet, ops::Range};

use apishift_types::ApiUpdate;
use ruff_python_ast::{
    Expr, ExprContext,
    token::TokenKind,
    visitor::source_order::{SourceOrderVisitor, walk_expr},
};

use super::{
    Context, Fault,
    binding::{keywords, modules, own_names},
    change::{Change, Piece},
    context::words,
    invented::renamed,
};
use crate::{
    digest::seeded,
    edit,
    edit::Edit,
    mutation::last_name,
    program::{Program, range},
};

/// Other names that are put in the place of one new name, at most.
const PER_NAME: usize = 2;

/// The new code with another name in the place of a new one: what another change of the library advises, or another name that
/// this code uses. Names that the note speaks of are left out, as it may offer a choice.
pub(super) fn wrong_api(row: &ApiUpdate, change: &Change<'_>, context: &Context, seed: u64) -> Vec<Fault> {
    let own = own_names(change.new.body());
    let offered: BTreeSet<String> = words(&row.update_info).map(bare).collect();
    let last = row.replacement.as_deref().and_then(|path| path.rsplit('.').next());
    let mut attributes = Attributes::default();
    attributes.visit_body(change.new.body());
    let mut found = Vec::new();
    for new in targets(change, &own, last) {
        let is_called = attributes.called.contains(new);
        let others = context.replacements(row.split, &row.dependency, is_called);
        let mut others: Vec<&str> = others
            .chain(attributes.like(new))
            .filter(|other| {
                let (one, two) = (bare(other), bare(new));
                // `gettext` and `gettext_lazy` do much the same.
                let is_other = !one.starts_with(&two) && !two.starts_with(&one) && !offered.contains(&one);
                is_other && !own.contains(other) && !change.old_names.contains(other) && is_alike(new, other)
            })
            .collect();
        others.sort_by_cached_key(|other| (seeded(seed, &[new, other]), (*other).to_owned()));
        others.dedup();
        for other in others.into_iter().take(PER_NAME) {
            found.extend(renamed(change, new, other).map(|program| Fault::new("wrong_api", program)));
        }
    }
    found
}

/// The new names of the changed part that stand for what is to be used, and no keywords or modules; the replacement's too where it is not
/// new.
fn targets<'p>(change: &Change<'p>, own: &BTreeSet<&str>, last: Option<&str>) -> BTreeSet<&'p str> {
    let is_new = |text: &str| change.new_names.contains(text) || last == Some(text);
    let (keywords, modules) = (keywords(change.new.body()), modules(change.new.body()));
    change
        .came
        .iter()
        .filter(|token| token.kind == TokenKind::Name && is_new(token.text))
        .map(|token| token.text)
        .filter(|text| !own.contains(text) && !keywords.contains(text) && !modules.contains(text))
        .collect()
}

/// A name without what people spell in two ways.
fn bare(name: &str) -> String {
    name.replace('_', "").to_ascii_lowercase()
}

/// Whether two names could be taken for names of the same kind: both of classes, or both not.
fn is_alike(one: &str, two: &str) -> bool {
    let is_class = |name: &str| name.starts_with(|c: char| c.is_ascii_uppercase());
    is_class(one) == is_class(two)
}

impl<'a> Attributes<'a> {
    /// Attributes that are used as this name is: called or not.
    fn like(&self, name: &str) -> impl Iterator<Item = &'a str> {
        let is_called = self.called.contains(name);
        self.read.iter().copied().filter(move |read| self.called.contains(read) == is_called)
    }
}

/// Attributes that a program reads, and whether it calls each.
#[derive(Debug, Default)]
struct Attributes<'a> {
    read: BTreeSet<&'a str>,
    called: BTreeSet<&'a str>,
}

impl<'a> SourceOrderVisitor<'a> for Attributes<'a> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Call(call) => self.called.extend(last_name(&call.func)),
            Expr::Attribute(attribute) => self.read.extend([attribute.attr.as_str()]),
            _ => {}
        }
        walk_expr(self, expression);
    }
}

/// The new code with the new name in the place of a variable that only has the old one's name.
pub(super) fn over_migrated(change: &Change<'_>) -> Vec<Fault> {
    let last_of = |tokens: &[Piece<'_>]| {
        tokens.iter().rev().find(|token| token.kind == TokenKind::Name).map(|token| token.text.to_owned())
    };
    let (Some(old), Some(new)) = (last_of(&change.went), last_of(&change.came)) else { return Vec::new() };
    let own = own_names(change.new.body());
    if !own.contains(old.as_str()) || own.contains(new.as_str()) || old == new {
        return Vec::new();
    }
    let mut loads = Loads { name: &old, places: Vec::new() };
    loads.visit_body(change.new.body());
    let places = loads.places.into_iter();
    let program: &Program<'_> = change.new;
    let with = |place| edit::apply(program.source(), &[Edit::new(place, new.clone())]);
    places.filter_map(with).map(|program| Fault::new("over_migrated", program)).collect()
}

#[derive(Debug)]
struct Loads<'n> {
    name: &'n str,
    places: Vec<Range<usize>>,
}

impl<'a> SourceOrderVisitor<'a> for Loads<'_> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Name(name) = expression {
            if name.ctx == ExprContext::Load && name.id.as_str() == self.name {
                self.places.push(range(expression));
            }
        }
        walk_expr(self, expression);
    }
}
