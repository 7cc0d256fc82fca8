//! Arguments as they are written.

use std::ops::Range;

use apishift_syntax::code::{Argument, Call, Statement, Token, TokenKind};

use super::change::{Form, Place, ShapeChange, Slot};

/// Stands for the name of `**x`, so that it is neither positional nor any keyword.
const DOUBLE_STAR: &str = "**";

/// One argument of a call, or one element of a bracketed literal.
#[derive(Clone, Debug)]
pub(super) struct Written<'a> {
    /// Keyword; `None` by position.
    pub(super) name: Option<&'a str>,
    /// How the value is written.
    pub(super) form: Form,
    /// Tokens of the value, a star left out.
    pub(super) value: &'a [Token],
    /// Index of the value's first token in the statement (0-based from the slice that it was read from).
    pub(super) first: usize,
}

impl<'a> Written<'a> {
    fn of_value(name: Option<&'a str>, tokens: &'a [Token], first: usize) -> Self {
        match tokens.first().map(|token| token.text.as_str()) {
            Some("*") => Self { name, form: Form::Star, value: &tokens[1..], first: first + 1 },
            _ => Self { name, form: form_of(tokens), value: tokens, first },
        }
    }

    /// The elements of a bracketed literal; empty for anything else.
    pub(super) fn elements(&self) -> Vec<Self> {
        if !self.form.is_bracketed() || self.value.len() < 2 {
            return Vec::new();
        }
        let inner = &self.value[1..self.value.len() - 1];
        let mut parts = Vec::new();
        let mut start = 0;
        let commas = top_level(inner).filter(|&at| inner[at].text == ",").chain([inner.len()]);
        for end in commas {
            if end > start {
                parts.push(Self::of_value(None, &inner[start..end], self.first + 1 + start));
            }
            start = end + 1;
        }
        parts
    }

    /// The form of the literal that a star unpacks.
    pub(super) fn unpacked(&self) -> Option<Form> {
        let form = form_of(self.value);
        (self.form == Form::Star && matches!(form, Form::List | Form::Tuple | Form::Set)).then_some(form)
    }

    /// Whether two arguments hold the same tokens, brackets and commas left out.
    pub(super) fn same_words(&self, other: &Self) -> bool {
        words(self.value).eq(words(other.value))
    }

    /// Whether two arguments are the same but for what is inside.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.name == other.name && self.form == other.form && self.same_words(other)
    }

    /// Whether it is a plain positional argument.
    pub(super) fn is_positional(&self) -> bool {
        self.name.is_none() && self.form != Form::Star
    }
}

/// The arguments of a call in a statement.
pub(super) fn arguments<'a>(statement: &'a Statement, call: &'a Call) -> Vec<Written<'a>> {
    call.arguments.iter().map(|argument| written(statement, argument)).collect()
}

fn written<'a>(statement: &'a Statement, argument: &'a Argument) -> Written<'a> {
    let range = token_range(&statement.tokens, &argument.value);
    let tokens = &statement.tokens[range.clone()];
    let is_mapping = argument.splat && tokens.first().is_some_and(|token| token.text == DOUBLE_STAR);
    let name = if is_mapping { Some(DOUBLE_STAR) } else { argument.name.as_deref() };
    Written::of_value(name, tokens, range.start)
}

/// Indexes of the tokens that lie in a range of bytes.
pub(super) fn token_range(tokens: &[Token], bytes: &Range<usize>) -> Range<usize> {
    let start = tokens.partition_point(|token| token.range.start < bytes.start);
    let end = tokens.partition_point(|token| token.range.start < bytes.end);
    start..end.max(start)
}

fn words(tokens: &[Token]) -> impl Iterator<Item = (TokenKind, &str)> {
    tokens
        .iter()
        .map(|token| (token.kind, token.text.as_str()))
        .filter(|(_, text)| !matches!(*text, "(" | ")" | "[" | "]" | "{" | "}" | ","))
}

/// Indexes of the tokens that stand in no bracket.
fn top_level(tokens: &[Token]) -> impl Iterator<Item = usize> {
    let mut depth = 0_usize;
    tokens.iter().enumerate().filter_map(move |(at, token)| match token.text.as_str() {
        "(" | "[" | "{" => {
            depth += 1;
            (depth == 1).then_some(at)
        }
        ")" | "]" | "}" => {
            depth = depth.saturating_sub(1);
            (depth == 0).then_some(at)
        }
        _ => (depth == 0).then_some(at),
    })
}

fn form_of(tokens: &[Token]) -> Form {
    // One pair of brackets around all of it: `[a] + [b]` has four brackets at the top.
    let [open, .., close] = tokens else { return Form::Value };
    let is_pair = matches!((open.text.as_str(), close.text.as_str()), ("(", ")") | ("[", "]") | ("{", "}"));
    if !is_pair || top_level(tokens).count() != 2 {
        return Form::Value;
    }
    let inner = &tokens[1..tokens.len() - 1];
    let has = |text: &str| top_level(inner).any(|at| inner[at].text == text);
    if has("for") {
        return Form::Value;
    }
    match open.text.as_str() {
        "[" => Form::List,
        "(" if inner.is_empty() || has(",") => Form::Tuple,
        "(" => Form::Value,
        _ if inner.is_empty() || has(":") || has(DOUBLE_STAR) => Form::Dict,
        _ => Form::Set,
    }
}

/// The argument in a slot's place, whatever its form.
pub(super) fn argument_at<'a>(arguments: &[Written<'a>], place: &Place) -> Option<Written<'a>> {
    match place {
        Place::Position(at) => {
            let before = arguments.get(..*at)?;
            let found = arguments.get(*at).filter(|argument| argument.name.is_none())?;
            before.iter().all(Written::is_positional).then(|| found.clone())
        }
        Place::Keyword(name) => arguments.iter().find(|a| a.name == Some(name.as_str())).cloned(),
    }
}

fn fills(arguments: &[Written<'_>], slot: &Slot) -> bool {
    argument_at(arguments, &slot.place).is_some_and(|argument| match slot.form {
        Form::Value | Form::Items => argument.form != Form::Star,
        form => argument.form == form,
    })
}

/// Whether a call has the shape that the change takes away.
pub(crate) fn is_old(change: &ShapeChange, statement: &Statement, call: &Call) -> bool {
    let arguments = arguments(statement, call);
    let is_plain = matches!(change.from.form, Form::Items | Form::Value);
    fills(&arguments, &change.from) && !(is_plain && fills(&arguments, &change.to))
}

/// Whether a call has the shape that the change brings.
pub(crate) fn is_new(change: &ShapeChange, statement: &Statement, call: &Call) -> bool {
    let arguments = arguments(statement, call);
    fills(&arguments, &change.to) && !fills(&arguments, &change.from)
}
