//! Faults in numbers and strings.

use ruff_python_ast::{
    Expr, ExprNumberLiteral, ExprStringLiteral, Number, Stmt,
    visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt},
};

use super::{Operator, call::last_name, collector::Collector};
use crate::{digest::pick, program::range};

/// Variables that count, in most programs.
const COUNTED: [&str; 16] = [
    "i", "j", "k", "n", "m", "idx", "ix", "index", "start", "stop", "end", "pos", "left", "right", "lo", "hi",
];

impl Collector<'_> {
    pub(super) fn number(&mut self, number: &ExprNumberLiteral, operator: Operator) {
        if let Some(text) = other_number(&number.value, self.program.text(number), self.hash(number)) {
            self.replace(operator, range(number), text);
        }
    }

    /// A counted variable or length with one more, or one less, where it is an index or a bound.
    pub(super) fn off_by_one(&mut self, bound: &Expr) {
        let is_counted = match bound {
            Expr::Name(name) => COUNTED.contains(&name.id.as_str()),
            Expr::Call(call) => last_name(&call.func) == Some("len"),
            _ => false,
        };
        if is_counted {
            let by = if self.hash(bound).is_multiple_of(2) { "+" } else { "-" };
            let text = format!("{} {by} 1", self.program.text(bound));
            self.replace(Operator::Index, range(bound), text);
        }
    }

    /// Another string: one that the program has elsewhere, or this one with a letter too few.
    pub(super) fn text(&mut self, literal: &ExprStringLiteral) {
        let value = literal.value.to_str();
        let text = self.program.text(literal);
        let is_plain = !literal.value.is_implicit_concatenated() && is_plain(text);
        if self.told > 0 || !is_plain || value.contains(char::is_whitespace) {
            return;
        }
        let is_alike = |other: &&str| {
            *other != value
                && is_word(other)
                && is_word(value)
                && other.len().abs_diff(value.len()) <= value.len()
        };
        let others: Vec<&str> = self.texts.iter().copied().filter(is_alike).collect();
        let quote = &text[..1];
        let other = match pick(&others, self.hash(literal)) {
            Some(other) => (*other).to_owned(),
            None => match value.char_indices().next_back() {
                Some((last, _)) if last > 0 => value[..last].to_owned(),
                _ => return,
            },
        };
        self.replace(Operator::Text, range(literal), format!("{quote}{other}{quote}"));
    }
}

/// Whether a string is written as it reads: no prefix, no escape, one pair of quotes.
pub(crate) fn is_plain(text: &str) -> bool {
    let is_quoted = text.starts_with(['"', '\'']) && !text.starts_with("\"\"\"") && !text.starts_with("'''");
    is_quoted && !text.contains('\\') && text.len() >= 2
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-.".contains(c))
}

/// Another number, written like the first.
pub(crate) fn other_number(value: &Number, text: &str, hash: u64) -> Option<String> {
    match value {
        Number::Int(int) => {
            let number = int.as_i64().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))?;
            let other = match number {
                0 => 1,
                // Half of the neighbours are below: nothing should be known by its size.
                _ if hash.is_multiple_of(2) => number - 1,
                _ => number.checked_add(1)?,
            };
            Some(other.to_string())
        }
        Number::Float(_) => {
            // The first digit that is not zero becomes its neighbour.
            let mantissa = text.find(['e', 'E']).unwrap_or(text.len());
            let (at, digit) = text[..mantissa].char_indices().find(|(_, c)| ('1'..='9').contains(c))?;
            let other = if digit == '9' { '8' } else { char::from_u32(u32::from(digit) + 1)? };
            Some(format!("{}{other}{}", &text[..at], &text[at + 1..]))
        }
        Number::Complex { .. } => None,
    }
}

/// Short strings of a program, each once, in order; docstrings are none.
pub(super) fn texts(body: &[Stmt]) -> Vec<&str> {
    let mut found = Texts::default();
    found.visit_body(body);
    found.texts
}

#[derive(Debug, Default)]
struct Texts<'a> {
    texts: Vec<&'a str>,
}

impl<'a> SourceOrderVisitor<'a> for Texts<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        if !matches!(statement, Stmt::Expr(inner) if inner.value.is_string_literal_expr()) {
            walk_stmt(self, statement);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::StringLiteral(literal) = expression {
            let text = literal.value.iter().next().map_or("", |part| &*part.value);
            if !literal.value.is_implicit_concatenated() && !self.texts.contains(&text) {
                self.texts.push(text);
            }
        }
        walk_expr(self, expression);
    }
}
