//! A program with its syntax tree.

use std::{
    hash::{Hash, Hasher},
    ops::Range,
};

use apishift_syntax::grammar;
use ruff_python_ast::{
    ModModule, Suite,
    comparable::ComparableModModule,
    token::{Token, TokenKind},
};
use ruff_python_parser::Parsed;
use ruff_text_size::Ranged;
use xxhash_rust::xxh3::Xxh3;

/// The Python that programs are read as, major and minor.
pub(crate) const PYTHON: (u8, u8) = (3, 13);

/// A program with its syntax tree.
#[derive(Debug)]
pub(crate) struct Program<'s> {
    source: &'s str,
    parsed: Parsed<ModModule>,
}

impl<'s> Program<'s> {
    /// `None` of what is no Python, and of what nests too deep to be read here.
    pub(crate) fn read(source: &'s str) -> Option<Self> {
        let parsed = grammar::parse(source, PYTHON).ok()?;
        Some(Self { source, parsed })
    }

    pub(crate) fn source(&self) -> &'s str {
        self.source
    }

    pub(crate) fn body(&self) -> &Suite {
        self.parsed.suite()
    }

    pub(crate) fn text(&self, node: &impl Ranged) -> &'s str {
        &self.source[range(node)]
    }

    pub(crate) fn tokens(&self) -> &[Token] {
        self.parsed.tokens()
    }

    /// Tokens that mean something, in a range.
    pub(crate) fn tokens_in(&self, within: Range<usize>) -> impl Iterator<Item = &Token> {
        let tokens = self.tokens();
        let first = tokens.partition_point(|token| range(token).start < within.start);
        tokens[first..]
            .iter()
            .take_while(move |token| range(token).end <= within.end)
            .filter(|token| !matches!(token.kind(), TokenKind::Comment | TokenKind::NonLogicalNewline))
    }

    /// A hash of the syntax tree: programs that differ in layout alone have the same.
    pub(crate) fn digest(&self) -> u64 {
        let mut hasher = Xxh3::new();
        ComparableModModule::from(self.parsed.syntax()).hash(&mut hasher);
        hasher.finish()
    }
}

/// The digest of a program's syntax tree; `None` of what is no Python.
pub(crate) fn digest(source: &str) -> Option<u64> {
    Program::read(source).map(|program| program.digest())
}

/// Where a node stands, in bytes.
pub(crate) fn range(node: &impl Ranged) -> Range<usize> {
    let range = node.range();
    range.start().to_usize()..range.end().to_usize()
}
