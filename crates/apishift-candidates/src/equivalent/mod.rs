//! The same program in other words: right answers that are not the mined text.
//!
//! Each change is of a kind that cannot change what the program does; where that is not certain, it is not made.

mod import;
mod layout;
mod names;
mod order;

use std::{collections::BTreeSet, fmt};

use crate::{
    digest::{pick, seeded},
    edit,
    edit::Edit,
    program::Program,
};
use names::NameUse;

/// How a program was reworded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Rewording {
    /// A variable has another name.
    Renamed,
    /// A module has another name in the program.
    ImportAlias,
    /// Two keyword arguments have changed places.
    KeywordOrder,
    /// Strings have the other quotes.
    Quotes,
    /// A comment more or less.
    Comment,
    /// A blank line more or less.
    BlankLine,
    /// Parentheses around a value.
    Parentheses,
    /// Arguments on lines of their own, or all on one line.
    Layout,
}

impl Rewording {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Renamed => "renamed",
            Self::ImportAlias => "import_alias",
            Self::KeywordOrder => "keyword_order",
            Self::Quotes => "quotes",
            Self::Comment => "comment",
            Self::BlankLine => "blank_line",
            Self::Parentheses => "parentheses",
            Self::Layout => "layout",
        }
    }

    /// Whether the syntax tree stays the same.
    fn keeps_tree(self) -> bool {
        !matches!(self, Self::Renamed | Self::ImportAlias | Self::KeywordOrder)
    }
}

impl fmt::Display for Rewording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A program in other words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Equivalent {
    /// What was done.
    pub rewording: Rewording,
    /// The whole program.
    pub source: String,
}

/// Edits that reword a program.
type Rewordings = Vec<(Rewording, Vec<Edit>)>;

/// Every way in which a program is reworded by one change, in a fixed order. Of what is no Python there is none. The calling
/// thread needs [`apishift_syntax::grammar::STACK`].
pub fn equivalents(source: &str) -> Vec<Equivalent> {
    let Some(program) = Program::read(source) else { return Vec::new() };
    let names = NameUse::of(&program);
    let mut all: Rewordings = names::renamed(&names);
    all.extend(import::aliased(&program, &names));
    all.extend(order::keywords(&program));
    all.extend(layout::quotes(&program));
    all.extend(layout::comments(&program));
    all.extend(layout::blank_lines(&program));
    all.extend(layout::parentheses(&program));
    all.extend(layout::arguments(&program));
    let tree = program.digest();
    let mut seen = BTreeSet::from([source.to_owned()]);
    let mut found = Vec::new();
    for (rewording, edits) in all {
        let Some(source) = edit::apply(source, &edits) else { continue };
        let is_right = Program::read(&source)
            .is_some_and(|program| (program.digest() == tree) == rewording.keeps_tree());
        if is_right && seen.insert(source.clone()) {
            found.push(Equivalent { rewording, source });
        }
    }
    found
}

/// At most `n` ways to reword a program, each of another kind, chosen by hash: first the kind, then one of it.
pub fn reworded(source: &str, n: usize, seed: u64) -> Vec<Equivalent> {
    let all = equivalents(source);
    let mut kinds: Vec<Rewording> = all.iter().map(|one| one.rewording).collect();
    kinds.dedup();
    kinds.sort_by_key(|kind| seeded(seed, &[kind.as_str()]));
    let mut chosen = Vec::new();
    for kind in kinds.into_iter().take(n) {
        let of_kind: Vec<&Equivalent> = all.iter().filter(|one| one.rewording == kind).collect();
        chosen.extend(pick(&of_kind, seeded(seed, &[source, kind.as_str()])).map(|one| (*one).clone()));
    }
    chosen
}

#[cfg(test)]
mod tests;
