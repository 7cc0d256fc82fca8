//! Statements with a change of shape evened out: what is left has to be the same on both sides.

use std::collections::BTreeSet;

use apishift_syntax::code::{Call, Statement, Token, TokenKind};

use super::{
    arguments::{argument_at, arguments, token_range},
    change::{Form, Place, Slot},
};

/// A call and the slot of it whose brackets, star or keyword do not count.
pub(crate) type Levelled<'a> = (&'a Call, &'a Slot);

/// The tokens of a statement without the marks of the levelled slots, and without parentheses that only hold one
/// expression: those come and go with the layout.
pub(crate) fn canonical<'a>(statement: &'a Statement, levelled: &[Levelled<'_>]) -> Vec<&'a Token> {
    let marks: BTreeSet<usize> =
        levelled.iter().flat_map(|(call, slot)| marks(statement, call, slot)).collect();
    let tokens = statement.tokens.iter().enumerate();
    without_layout(tokens.filter(|(at, _)| !marks.contains(at)).map(|(_, token)| token).collect())
}

/// Indexes of the tokens that give a slot its shape.
fn marks(statement: &Statement, call: &Call, slot: &Slot) -> Vec<usize> {
    let Some(argument) = argument_at(&arguments(statement, call), &slot.place) else { return Vec::new() };
    let mut marks = Vec::new();
    if let Place::Keyword(name) = &slot.place {
        if let Some(whole) = call.keyword(name) {
            marks.extend(token_range(&statement.tokens, &(whole.range.start..whole.value.start)));
        }
    }
    // `*[a, b]` is `a, b`.
    let spread = argument.unpacked().filter(|_| slot.form == Form::Items);
    if argument.form == Form::Star && (slot.form == Form::Star || spread.is_some()) {
        marks.extend(argument.first.checked_sub(1));
    }
    let has_brackets = slot.form.is_bracketed() && argument.form == slot.form || spread.is_some();
    if has_brackets && !argument.value.is_empty() {
        let last = argument.first + argument.value.len() - 1;
        marks.extend([argument.first, last]);
        // `(a,)`
        marks.extend(last.checked_sub(1).filter(|&at| statement.tokens[at].text == ","));
    }
    marks
}

fn without_layout(tokens: Vec<&Token>) -> Vec<&Token> {
    let mut layout = BTreeSet::new();
    let mut open: Vec<Open> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token.text.as_str() {
            "(" | "[" | "{" => {
                let groups = token.text == "(" && !at.checked_sub(1).is_some_and(|n| is_callee(tokens[n]));
                open.push(Open { at, groups });
            }
            ")" | "]" | "}" => {
                if let Some(pair) = open.pop().filter(|pair| pair.groups && at > pair.at + 1) {
                    layout.extend([pair.at, at]);
                }
            }
            "," | "for" | ":=" => {
                if let Some(pair) = open.last_mut() {
                    pair.groups = false;
                }
            }
            _ => {}
        }
    }
    let all = tokens.into_iter().enumerate();
    all.filter(|(at, _)| !layout.contains(at)).map(|(_, token)| token).collect()
}

/// An opening bracket that waits for its end.
struct Open {
    at: usize,
    /// Whether it is, as far as seen, a parenthesis around one expression.
    groups: bool,
}

/// Whether a parenthesis after this token is a call's.
fn is_callee(token: &Token) -> bool {
    matches!(token.kind, TokenKind::Identifier | TokenKind::String)
        || matches!(token.text.as_str(), ")" | "]" | "}")
}
