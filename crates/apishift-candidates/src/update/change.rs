//! What an API change made of a code, place by place.

use std::{collections::BTreeSet, ops::Range};

use ruff_python_ast::token::{Token, TokenKind};

use super::{binding::keywords, diff::hunks};
use crate::{
    edit::Edit,
    program::{Program, range},
};

/// A logical line: a simple statement, or the head of a compound one.
#[derive(Debug)]
struct Line<'s> {
    /// From the beginning of its first line to the end of its last, in bytes.
    range: Range<usize>,
    indent: &'s str,
    /// Its tokens, without comments and line breaks.
    tokens: Vec<Piece<'s>>,
}

/// A token as it is compared.
#[derive(Clone, Debug)]
pub(super) struct Piece<'s> {
    pub(super) kind: TokenKind,
    pub(super) text: &'s str,
    pub(super) range: Range<usize>,
}

impl PartialEq for Piece<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl PartialEq for Line<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.indent == other.indent && self.tokens == other.tokens
    }
}

impl Line<'_> {
    fn is_import(&self) -> bool {
        self.tokens.first().is_some_and(|token| matches!(token.kind, TokenKind::Import | TokenKind::From))
    }
}

/// Logical lines that came in the place of others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Hunk {
    /// Places in the lines of the old code.
    old: Range<usize>,
    /// Places in the lines of the new code.
    new: Range<usize>,
    /// Whether all of them are imports.
    pub(super) is_import: bool,
}

/// What an API change made of a code.
#[derive(Debug)]
pub(super) struct Change<'p> {
    pub(super) old: &'p Program<'p>,
    pub(super) new: &'p Program<'p>,
    old_lines: Vec<Line<'p>>,
    new_lines: Vec<Line<'p>>,
    pub(super) hunks: Vec<Hunk>,
    /// Tokens of the new code that the old one does not have there.
    pub(super) came: Vec<Piece<'p>>,
    /// Tokens of the old code that are gone.
    pub(super) went: Vec<Piece<'p>>,
    /// Names that only the new code has.
    pub(super) new_names: BTreeSet<&'p str>,
    /// Names that only the old code has.
    pub(super) old_names: BTreeSet<&'p str>,
}

impl<'p> Change<'p> {
    pub(super) fn between(old: &'p Program<'p>, new: &'p Program<'p>) -> Self {
        let (old_lines, new_lines) = (lines(old), lines(new));
        let mut found = Vec::new();
        for (old, new) in hunks(&old_lines, &new_lines) {
            divide(&old_lines, &new_lines, old, new, &mut found);
        }
        let (mut came, mut went) = (Vec::new(), Vec::new());
        for hunk in &found {
            let (old, new) = (tokens(&old_lines[hunk.old.clone()]), tokens(&new_lines[hunk.new.clone()]));
            for (gone, added) in hunks(&old, &new) {
                went.extend_from_slice(&old[gone]);
                came.extend_from_slice(&new[added]);
            }
        }
        let (old_all, new_all) = (names(old), names(new));
        Self {
            old_names: old_all.difference(&new_all).copied().collect(),
            new_names: new_all.difference(&old_all).copied().collect(),
            old,
            new,
            old_lines,
            new_lines,
            hunks: found,
            came,
            went,
        }
    }

    /// The edit of the new code that takes a hunk back.
    pub(super) fn reverted(&self, hunk: &Hunk) -> Edit {
        let place = extent(&self.new_lines, &hunk.new, self.new.source());
        let old = &self.old.source()[extent(&self.old_lines, &hunk.old, self.old.source())];
        let mut text = old.to_owned();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push('\n');
        }
        Edit::new(place, text)
    }

    /// Edits of the new code that each take back one of several changes of the same logical line.
    pub(super) fn reverted_within(&self, hunk: &Hunk) -> Vec<Edit> {
        let (old, new) =
            (tokens(&self.old_lines[hunk.old.clone()]), tokens(&self.new_lines[hunk.new.clone()]));
        let parts = hunks(&old, &new);
        if parts.len() < 2 {
            return Vec::new();
        }
        let edit = |(old_part, new_part): (Range<usize>, Range<usize>)| {
            // White space before a token goes with it where there is nothing on the other side.
            let is_exchange = !old_part.is_empty() && !new_part.is_empty();
            let of = |tokens: &[Piece<'_>], part: &Range<usize>| {
                let before = part.start.checked_sub(1).map(|before| tokens[before].range.end);
                let first = tokens.get(part.start).map(|token| token.range.start);
                let last = part.end.checked_sub(1).map(|last| tokens[last].range.end);
                let start = if is_exchange { first } else { before.or(first) };
                let start = start.unwrap_or_default();
                start..last.filter(|_| !part.is_empty()).unwrap_or(start)
            };
            Edit::new(of(&new, &new_part), &self.old.source()[of(&old, &old_part)])
        };
        parts.into_iter().map(edit).collect()
    }

    /// The tokens of a hunk on both sides.
    pub(super) fn sides(&self, hunk: &Hunk) -> (Vec<Piece<'p>>, Vec<Piece<'p>>) {
        (tokens(&self.old_lines[hunk.old.clone()]), tokens(&self.new_lines[hunk.new.clone()]))
    }

    /// Keywords that only the old code's calls have.
    pub(super) fn old_keywords(&self) -> BTreeSet<&'p str> {
        let new = keywords(self.new.body());
        keywords(self.old.body()).into_iter().filter(|old| !new.contains(old)).collect()
    }

    /// Whether a place of the new code touches what came.
    pub(super) fn is_changed(&self, place: &Range<usize>) -> bool {
        self.came.iter().any(|token| token.range.start < place.end && place.start < token.range.end)
    }
}

/// A hunk as parts that can be taken back one by one: imports for themselves, and line by line where there are as many.
fn divide(
    old_lines: &[Line<'_>],
    new_lines: &[Line<'_>],
    old: Range<usize>,
    new: Range<usize>,
    out: &mut Vec<Hunk>,
) {
    let imports = |lines: &[Line<'_>]| lines.iter().take_while(|line| line.is_import()).count();
    let (old_head, new_head) =
        (old.start + imports(&old_lines[old.clone()]), new.start + imports(&new_lines[new.clone()]));
    if old_head > old.start || new_head > new.start {
        out.push(Hunk { old: old.start..old_head, new: new.start..new_head, is_import: true });
    }
    let (old, new) = (old_head..old.end, new_head..new.end);
    if old.len() == new.len() {
        for (old, new) in old.zip(new) {
            if old_lines[old] != new_lines[new] {
                out.push(Hunk { old: old..old + 1, new: new..new + 1, is_import: false });
            }
        }
    } else {
        out.push(Hunk { old, new, is_import: false });
    }
}

/// Bytes of some lines; of none, the place where they would be.
fn extent(lines: &[Line<'_>], places: &Range<usize>, source: &str) -> Range<usize> {
    let next = |place: usize| lines.get(place).map_or(source.len(), |line| line.range.start);
    match lines.get(places.clone()) {
        Some([first, .., last]) => first.range.start..last.range.end,
        Some([only]) => only.range.clone(),
        _ => next(places.start)..next(places.start),
    }
}

fn tokens<'s>(lines: &[Line<'s>]) -> Vec<Piece<'s>> {
    lines.iter().flat_map(|line| line.tokens.iter().cloned()).collect()
}

fn lines<'s>(program: &Program<'s>) -> Vec<Line<'s>> {
    let source = program.source();
    let mut found = Vec::new();
    let mut tokens: Vec<Piece<'s>> = Vec::new();
    for token in program.tokens() {
        match token.kind() {
            TokenKind::Comment
            | TokenKind::NonLogicalNewline
            | TokenKind::Indent
            | TokenKind::Dedent
            | TokenKind::EndOfFile => {}
            TokenKind::Newline => {
                if let Some(first) = tokens.first() {
                    let start = source[..first.range.start].rfind('\n').map_or(0, |end| end + 1);
                    let indent = &source[start..first.range.start];
                    let end = range(token).end;
                    found.push(Line { range: start..end, indent, tokens: std::mem::take(&mut tokens) });
                }
            }
            _ => tokens.push(piece(program, token)),
        }
    }
    found
}

fn piece<'s>(program: &Program<'s>, token: &Token) -> Piece<'s> {
    Piece { kind: token.kind(), text: program.text(token), range: range(token) }
}

/// Every identifier of a program.
pub(super) fn names<'s>(program: &Program<'s>) -> BTreeSet<&'s str> {
    let is_name = |token: &&Token| token.kind() == TokenKind::Name;
    program.tokens().iter().filter(is_name).map(|token| program.text(token)).collect()
}
