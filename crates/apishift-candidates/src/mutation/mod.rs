//! Programs with one fault put into them (AST operators of trainable verifiers, 2506.10056, section 3.4 of the project's
//! papers), by edits of the source: layout and comments stay, so that nothing but the fault tells a mutant from its original.

mod call;
mod choice;
mod collector;
mod expression;
mod literal;
mod operator;
mod scope;
mod statement;

use std::{collections::BTreeSet, ops::Range};

pub(crate) use call::{
    droppable, is_symmetric, is_told_keyword, is_usual_type, last_name, may_be_default, swaps,
};
pub use choice::choose;
pub(crate) use literal::{is_plain, other_number};
pub use operator::Operator;
pub(crate) use statement::own_lines;

use crate::{
    edit,
    program::{Program, digest},
};
use collector::Collector;

/// A program with one fault.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// What was done.
    pub operator: Operator,
    /// Where: bytes of the original.
    pub place: Range<usize>,
    /// The whole program with the fault in it.
    pub source: String,
}

/// All mutants of a program, in the order of their places. Each is Python, its syntax tree is not the original's, and no two
/// have the same. Of what is no Python there are none. The calling thread needs [`apishift_syntax::grammar::STACK`].
///
/// Faults that are known to do nothing, or that only change what a person is told (messages, titles, seeds), are left out;
/// whether a mutant is wrong is for its tests to say.
pub fn mutants(source: &str) -> Vec<Mutant> {
    let Some(program) = Program::read(source) else { return Vec::new() };
    let sites = Collector::new(&program).collect();
    let mut seen = BTreeSet::from([program.digest()]);
    let mut mutants = Vec::with_capacity(sites.len());
    for site in sites {
        let Some(source) = edit::apply(source, &site.edits) else { continue };
        if digest(&source).is_some_and(|digest| seen.insert(digest)) {
            mutants.push(Mutant { operator: site.operator, place: site.place, source });
        }
    }
    mutants
}

#[cfg(test)]
mod tests;
