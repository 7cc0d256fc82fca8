//! The same syntax tree in another layout.

use std::ops::Range;

use ruff_python_ast::{
    Expr, ExprCall, Stmt,
    token::TokenKind,
    visitor::source_order::{SourceOrderVisitor, walk_body, walk_expr, walk_stmt},
};

use super::{Rewording, Rewordings};
use crate::{
    digest::{pick, seeded},
    edit::Edit,
    mutation::{is_plain, own_lines},
    program::{Program, range},
};

/// Longest line that arguments are put on, in bytes.
const MAX_LINE: usize = 110;

/// Comments that say nothing.
const COMMENTS: [&str; 8] = [
    "# as documented",
    "# see above",
    "# same as before",
    "# checked by hand",
    "# keep this simple",
    "# first step",
    "# main part",
    "# next step",
];

/// All plain strings with the other quotes, where they all have the same.
pub(super) fn quotes(program: &Program<'_>) -> Rewordings {
    let mut depth = 0_usize;
    let mut edits = Vec::new();
    for token in program.tokens() {
        match token.kind() {
            TokenKind::FStringStart | TokenKind::TStringStart => depth += 1,
            TokenKind::FStringEnd | TokenKind::TStringEnd => depth = depth.saturating_sub(1),
            TokenKind::String if depth == 0 => {
                let text = program.text(token);
                let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
                if is_plain(text) && !inner.contains(['"', '\'']) {
                    let quote = if text.starts_with('"') { '\'' } else { '"' };
                    edits.push(Edit::new(range(token), format!("{quote}{inner}{quote}")));
                }
            }
            _ => {}
        }
    }
    if edits.is_empty() { Vec::new() } else { vec![(Rewording::Quotes, edits)] }
}

/// A comment that is left out, or one that is added before a statement.
pub(super) fn comments(program: &Program<'_>) -> Rewordings {
    let source = program.source();
    let mut found = Vec::new();
    for token in program.tokens().iter().filter(|token| token.kind() == TokenKind::Comment) {
        let (place, text) = (range(token), program.text(token));
        let speaks_to_tools = ["type:", "noqa", "pragma", "coding", "pylint", "fmt", "isort", "mypy", "!"];
        if speaks_to_tools.iter().any(|mark| text.contains(mark)) {
            continue;
        }
        let gone = own_lines(program, place.clone()).unwrap_or_else(|| {
            let before = source[..place.start].trim_end_matches([' ', '\t']).len();
            before..place.end
        });
        found.push((Rewording::Comment, vec![Edit::removal(gone)]));
    }
    for (start, indent) in starts(program) {
        if let Some(comment) = pick(&COMMENTS, seeded(0, &[&source[start..], source])) {
            found.push((Rewording::Comment, vec![Edit::new(start..start, format!("{indent}{comment}\n"))]));
        }
    }
    found
}

/// A blank line before a statement that is left out, or one that is added.
pub(super) fn blank_lines(program: &Program<'_>) -> Rewordings {
    let source = program.source();
    let mut found = Vec::new();
    for (start, _) in starts(program).into_iter().filter(|(start, _)| *start > 0) {
        let edit = if source[..start].ends_with("\n\n") {
            Edit::removal(start - 1..start)
        } else {
            Edit::new(start..start, "\n")
        };
        found.push((Rewording::BlankLine, vec![edit]));
    }
    found
}

/// Starts of the lines of statements that are not the first of their body, with their indentation.
fn starts<'s>(program: &Program<'s>) -> Vec<(usize, &'s str)> {
    let mut starts = Starts { program, found: Vec::new() };
    starts.visit_body(program.body());
    starts.found
}

#[derive(Debug)]
struct Starts<'p, 's> {
    program: &'p Program<'s>,
    found: Vec<(usize, &'s str)>,
}

impl<'a> SourceOrderVisitor<'a> for Starts<'_, '_> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        for statement in body.iter().skip(1) {
            let place = range(statement).start;
            if let Some(lines) = own_lines(self.program, range(statement)) {
                self.found.push((lines.start, &self.program.source()[lines.start..place]));
            }
        }
        walk_body(self, body);
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// Parentheses around the value of an assignment or a return.
pub(super) fn parentheses(program: &Program<'_>) -> Rewordings {
    let mut values = Values { found: Vec::new() };
    values.visit_body(program.body());
    let is_single_line = |place: &Range<usize>| !program.source()[place.clone()].contains('\n');
    let around = |place: Range<usize>| {
        let edits = vec![Edit::new(place.start..place.start, "("), Edit::new(place.end..place.end, ")")];
        (Rewording::Parentheses, edits)
    };
    values.found.into_iter().filter(is_single_line).map(around).collect()
}

#[derive(Debug)]
struct Values {
    found: Vec<Range<usize>>,
}

impl<'a> SourceOrderVisitor<'a> for Values {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let value = match statement {
            Stmt::Assign(inner) => Some(&*inner.value),
            Stmt::Return(inner) => inner.value.as_deref(),
            _ => None,
        };
        let gains = |value: &&Expr| {
            matches!(value, Expr::BinOp(_) | Expr::Compare(_) | Expr::BoolOp(_) | Expr::If(_) | Expr::Call(_))
        };
        self.found.extend(value.filter(gains).map(range));
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// Arguments of a call on lines of their own, or all on one line.
pub(super) fn arguments(program: &Program<'_>) -> Rewordings {
    let mut calls = Calls { found: Vec::new() };
    calls.visit_body(program.body());
    calls.found.into_iter().filter_map(|(call, indent)| other_layout(program, call, indent)).collect()
}

#[derive(Debug)]
struct Calls<'a> {
    /// Calls with the place where their statement starts.
    found: Vec<(&'a ExprCall, usize)>,
}

impl<'a> SourceOrderVisitor<'a> for Calls<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let value = match statement {
            Stmt::Assign(inner) => Some(&*inner.value),
            Stmt::Return(inner) => inner.value.as_deref(),
            Stmt::Expr(inner) => Some(&*inner.value),
            _ => None,
        };
        if let Some(Expr::Call(call)) = value {
            self.found.push((call, range(statement).start));
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Lambda(_) = expression {
            walk_expr(self, expression);
        }
    }
}

fn other_layout(program: &Program<'_>, call: &ExprCall, statement: usize) -> Option<(Rewording, Vec<Edit>)> {
    let source = program.source();
    let whole = range(&call.arguments);
    let arguments: Vec<Range<usize>> =
        call.arguments.iter_source_order().map(|argument| range(&argument)).collect();
    let (first, last) = (arguments.first()?, arguments.last()?);
    let is_comma = |pair: &[Range<usize>]| source[pair[0].end..pair[1].start].trim() == ",";
    let tail = source[last.end..whole.end - 1].trim();
    let is_plain = arguments.windows(2).all(is_comma)
        && source[whole.start + 1..first.start].trim().is_empty()
        && (tail.is_empty() || tail == ",");
    let is_generator = call.arguments.args.iter().any(Expr::is_generator_expr);
    let texts: Vec<&str> = arguments.iter().map(|place| &source[place.clone()]).collect();
    if !is_plain || is_generator || texts.iter().any(|text| text.contains('\n')) {
        return None;
    }
    let line = source[..statement].rfind('\n').map_or(0, |end| end + 1);
    let indent = &source[line..statement];
    if !indent.trim().is_empty() {
        return None;
    }
    let text = if source[whole.clone()].contains('\n') {
        let joined = format!("({})", texts.join(", "));
        let before = source[..whole.start].rfind('\n').map_or(0, |end| end + 1);
        (whole.start - before + joined.len() <= MAX_LINE).then_some(joined)?
    } else {
        let lines: String = texts.iter().flat_map(|text| [indent, "    ", text, ",\n"]).collect();
        format!("(\n{lines}{indent})")
    };
    Some((Rewording::Layout, vec![Edit::new(whole, text)]))
}
