//! Whether a rule accounts for the whole difference between old and new statements.

use std::{collections::BTreeMap, ops::Range};

use apishift_syntax::code::{Binding, Chain, Root, Scope, Statement, Token, TokenKind};

use super::{
    rules::{Rule, Subject},
    sites::{Meaning, meaning},
};
use crate::shape::{Levelled, ShapeChange, canonical, is_old};

/// How well a rule accounts for an edit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Explanation {
    /// Tokens that are plausible but not named by the rule: literals, further keywords of the new signature.
    pub(super) soft: usize,
}

/// More such tokens than this, and the edit is another one.
const MAX_SOFT: usize = 4;

/// One side of an edit.
pub(super) struct Side<'a> {
    /// The statements.
    pub(super) statements: Vec<&'a Statement>,
    /// What their names mean.
    pub(super) scope: &'a Scope,
}

impl Side<'_> {
    fn tokens(&self) -> impl Iterator<Item = &Token> {
        self.statements.iter().flat_map(|statement| &statement.tokens)
    }
}

/// Accounts for the tokens that the edit takes away and adds. `gone` are the ranges in the old statements that the rule
/// wants gone. `None` where a token is left that the rule does not speak of, or where the replacement does not show.
pub(super) fn explain(
    rule: &Rule,
    old: &Side<'_>,
    new: &Side<'_>,
    gone: &[Range<usize>],
) -> Option<Explanation> {
    if let Subject::CallShape(change) = &rule.subject {
        return reshaped(rule, change, old, new).then_some(Explanation { soft: 0 });
    }
    let (removed, added) = difference(old, new, gone);
    if removed.is_empty() && added.is_empty() && !moved(rule, new) {
        return None;
    }
    if !value_may_go(rule, &removed, &added, gone) || !value_is_new(rule, &added) {
        return None;
    }
    // Where the new name stood there already, the old one was one of several.
    let is_rename = matches!(rule.subject, Subject::Name | Subject::Method)
        && rule.replacement.last().is_some_and(|last| last != rule.old_name());
    if is_rename && added.is_empty() && !removed.is_empty() && !is_bare(rule, new) {
        return None;
    }
    let mut soft = 0;
    for token in &removed {
        let inside =
            gone.iter().any(|range| range.start <= token.range.start && token.range.end <= range.end);
        if !(inside && gone_counts(rule)) {
            soft += removed_cost(rule, token, old)?;
        }
    }
    for token in &added {
        soft += added_cost(rule, token, new, &removed)?;
    }
    let is_told = replacement_shows(rule, old, new, &added) && !is_from_elsewhere(rule, new);
    (soft <= MAX_SOFT && is_told).then_some(Explanation { soft })
}

/// Whether everything in the ranges may go: not for defaults, where the range is the whole call.
fn gone_counts(rule: &Rule) -> bool {
    match rule.subject {
        Subject::Name | Subject::Method | Subject::Keyword(_) => true,
        Subject::KeywordOnly(_) | Subject::Default(_) | Subject::CallShape(_) => false,
    }
}

/// Tokens of the old side that the new one lacks, and the other way round, counted as multisets: an edit may reorder.
fn difference<'a>(
    old: &'a Side<'_>,
    new: &'a Side<'_>,
    gone: &[Range<usize>],
) -> (Vec<&'a Token>, Vec<&'a Token>) {
    let mut counts: BTreeMap<(TokenKind, &str), usize> = BTreeMap::new();
    for token in new.tokens() {
        *counts.entry((token.kind, token.text.as_str())).or_default() += 1;
    }
    // What stands outside the ranges is matched first, so that what is left over stands inside them.
    let is_gone =
        |token: &Token| gone.iter().any(|r| r.start <= token.range.start && token.range.end <= r.end);
    let mut removed = Vec::new();
    for inside in [false, true] {
        for token in old.tokens().filter(|token| is_gone(token) == inside) {
            match counts.get_mut(&(token.kind, token.text.as_str())) {
                Some(count) if *count > 0 => *count -= 1,
                _ => removed.push(token),
            }
        }
    }
    let mut added = Vec::new();
    for token in new.tokens() {
        if let Some(count) = counts.get_mut(&(token.kind, token.text.as_str())).filter(|count| **count > 0) {
            *count -= 1;
            added.push(token);
        }
    }
    (removed, added)
}

fn removed_cost(rule: &Rule, token: &Token, old: &Side<'_>) -> Option<usize> {
    let text = token.text.as_str();
    match token.kind {
        TokenKind::Identifier => {
            let named =
                rule.words.contains(text) || rule.paths.iter().any(|path| path.split('.').any(|p| p == text));
            (named || is_library(rule, text, old.scope)).then_some(0)
        }
        // A value that is another one in the new code is another edit: what the rule wants gone is not counted here.
        TokenKind::String | TokenKind::Number | TokenKind::Constant => is_told(rule, text).then_some(0),
        TokenKind::Punctuation => neutral(rule, text).then_some(0),
    }
}

fn added_cost(rule: &Rule, token: &Token, new: &Side<'_>, removed: &[&Token]) -> Option<usize> {
    let text = token.text.as_str();
    match token.kind {
        TokenKind::Identifier => {
            // What the library keeps to itself is no replacement, whoever names it.
            if text.starts_with('_') && !text.starts_with("__") {
                return None;
            }
            if rule.replacement.iter().any(|part| part == text) || rule.words.contains(text) {
                return Some(0);
            }
            if let Subject::Default(parameter) | Subject::KeywordOnly(parameter) = &rule.subject {
                if parameter == text {
                    return Some(0);
                }
            }
            if is_library(rule, text, new.scope) {
                // Of the library itself: where it is about a name, how it is reached; else another edit beside.
                return matches!(rule.subject, Subject::Name | Subject::Method).then_some(0);
            }
            if matches!(rule.subject, Subject::Name | Subject::Method) && is_way(rule, text, new) {
                return Some(0);
            }
            let keyword =
                new.statements.iter().flat_map(|s| &s.calls).any(|call| call.keyword(text).is_some());
            if keyword && rule.parameters.contains(text) {
                // Where the edit is about one argument, further ones are another choice of its author.
                return matches!(rule.subject, Subject::Name | Subject::Method).then_some(2);
            }
            matches!(
                text,
                "isinstance"
                    | "list"
                    | "tuple"
                    | "dict"
                    | "set"
                    | "len"
                    | "str"
                    | "int"
                    | "float"
                    | "bool"
                    | "type"
            )
            .then_some(1)
        }
        TokenKind::String | TokenKind::Number | TokenKind::Constant => literal_cost(rule, text, removed),
        TokenKind::Punctuation => neutral(rule, text).then_some(0),
    }
}

/// A literal that the message names costs nothing; whether another one may stand there depends on what the rule is about.
fn literal_cost(rule: &Rule, text: &str, removed: &[&Token]) -> Option<usize> {
    let strings = removed.iter().filter(|token| token.kind == TokenKind::String);
    let mut values = strings.map(|token| token.text.trim_matches(['"', '\'']));
    let is_named = is_told(rule, text) || rule.values.contains(text.trim_matches('"'));
    match rule.subject {
        // An argument that is now given by keyword has the value that it had.
        Subject::KeywordOnly(_) | Subject::CallShape(_) => None,
        // A value that is neither the old default nor the new one is its author's own choice.
        Subject::Default(_) => is_named.then_some(0),
        // A keyword of another name is given the same value, one that is made of it, or one that the texts name.
        Subject::Keyword(_) if !rule.replacement.is_empty() => {
            let is_made_of_it = values.any(|value| !value.is_empty() && text.contains(value));
            (is_named || is_made_of_it).then_some(0)
        }
        Subject::Keyword(_) => Some(0),
        Subject::Name | Subject::Method => Some(usize::from(!is_named)),
    }
}

/// Whether a dropped argument changes nothing: it was the default, it does nothing, or something told took its place.
fn value_may_go(rule: &Rule, removed: &[&Token], added: &[&Token], gone: &[Range<usize>]) -> bool {
    let Subject::Keyword(parameter) = &rule.subject else { return true };
    let is_replaced = !rule.replacement.is_empty()
        || added.iter().any(|t| t.kind == TokenKind::Identifier && rule.words.contains(&t.text));
    if is_replaced || rule.without_effect {
        return true;
    }
    gone.iter().all(|range| {
        let inside = removed.iter().filter(|t| range.start <= t.range.start && t.range.end <= range.end);
        let dropped: String = inside.map(|token| token.text.as_str()).collect();
        rule.default.as_ref().is_some_and(|default| dropped == format!("{parameter}={default}"))
    })
}

/// Whether a value is given that was not there before: one that was given by position says nothing of a default.
fn value_is_new(rule: &Rule, added: &[&Token]) -> bool {
    let Subject::Default(parameter) = &rule.subject else { return true };
    added.iter().any(|token| token.kind != TokenKind::Punctuation && token.text != *parameter)
}

/// Whether the message names a literal.
fn is_told(rule: &Rule, literal: &str) -> bool {
    rule.words.contains(literal.trim_matches(|c| c == '"' || c == '\''))
}

/// A name that an import binds to the library or to something in it.
fn is_library(rule: &Rule, name: &str, scope: &Scope) -> bool {
    match scope.imports.get(name) {
        Some(Binding::Path(path)) => {
            path.split('.').next() == Some(rule.root()) && !scope.instances.contains_key(name)
        }
        Some(Binding::Ambiguous) | None => false,
    }
}

/// Brackets, commas and dots say nothing; words and comparisons do.
fn neutral(rule: &Rule, text: &str) -> bool {
    matches!(text, "(" | ")" | "[" | "]" | "{" | "}" | "," | "." | ":" | "=" | "*" | "**")
        || rule.words.contains(text)
}

/// Whether what the rule offers instead is there.
fn replacement_shows(rule: &Rule, old: &Side<'_>, new: &Side<'_>, added: &[&Token]) -> bool {
    let calls = |side: &Side<'_>| -> Vec<String> {
        side.statements
            .iter()
            .flat_map(|s| &s.calls)
            .filter_map(|call| call.callee.last().map(str::to_owned))
            .collect()
    };
    let still_called = || calls(new).iter().any(|name| calls(old).contains(name));
    let given = |parameter: &str| {
        new.statements.iter().flat_map(|s| &s.calls).any(|call| call.keyword(parameter).is_some())
    };
    let identifiers = || added.iter().filter(|token| token.kind == TokenKind::Identifier);
    match &rule.subject {
        Subject::Name | Subject::Method => match rule.replacement.last() {
            _ if is_bare(rule, new) => true,
            // The texts give the replacement with what makes it the same: some of that has to be there.
            Some(_) if !rule.keywords.is_empty() && !rule.keywords.iter().any(|keyword| given(keyword)) => {
                false
            }
            Some(last) => {
                let is_there = moved(rule, new) || added.iter().any(|token| token.text == *last);
                is_there || identifiers().any(|token| is_alternative(rule, &token.text, new))
            }
            None => identifiers().any(|token| rule.words.contains(&token.text)),
        },
        // The parameter has another name, or went; or another callable that the texts name does what the old one did with it.
        Subject::Keyword(_) => match rule.replacement.last() {
            Some(last) => {
                let is_added = added.iter().any(|token| token.text == *last);
                is_added && (still_called() || calls(new).contains(last))
            }
            None => {
                still_called()
                    || identifiers().any(|t| rule.words.contains(&t.text) && calls(new).contains(&t.text))
            }
        },
        Subject::Default(parameter) | Subject::KeywordOnly(parameter) => still_called() && given(parameter),
        Subject::CallShape(change) => reshaped(rule, change, old, new),
    }
}

/// Whether the new side takes the replacement's name from a module of which nothing tells: `from ._compat import surface`.
fn is_from_elsewhere(rule: &Rule, new: &Side<'_>) -> bool {
    let Some(last) = rule.replacement.last() else { return false };
    let Some(Binding::Path(path)) = new.scope.imports.get(last) else { return false };
    let root = path.split('.').next().unwrap_or_default();
    let is_named = |name: &str| new.tokens().any(|token| token.text == name);
    root != rule.root()
        && rule.replacement.first().is_none_or(|first| first != root)
        && !rule.words.contains(root)
        && is_named(last)
}

/// Whether a name is another one of the library that the texts offer: `np.bool_`, where `bool` is what most should use.
fn is_alternative(rule: &Rule, name: &str, new: &Side<'_>) -> bool {
    let is_own = |chain: &Chain| {
        let path = new.scope.resolve(chain).filter(|_| chain.parts.iter().any(|part| part == name));
        path.is_some_and(|path| path.split(['.', '(']).next() == Some(rule.root()))
    };
    rule.words.contains(name)
        && name != rule.old_name()
        && new.statements.iter().flat_map(|statement| &statement.chains).any(is_own)
}

/// Whether a name is on the way to the replacement: a module of the library, on another path than the texts give.
fn is_way(rule: &Rule, name: &str, new: &Side<'_>) -> bool {
    let Some(last) = rule.replacement.last() else { return false };
    let leads = |path: &str| {
        let mut parts = path.split(['.', '(']);
        parts.next() == Some(rule.root()) && parts.any(|part| part == last)
    };
    let chains = new.statements.iter().flat_map(|statement| &statement.chains);
    chains
        .filter(|chain| chain.parts.iter().any(|part| part == name))
        .any(|chain| new.scope.resolve(chain).is_some_and(|path| leads(&path)))
}

/// Whether the new side has the builtin of the old name, where the texts speak of it: `float` for `numpy.float`.
fn is_bare(rule: &Rule, new: &Side<'_>) -> bool {
    let name = rule.old_name();
    let is_own = |chain: &Chain| chain.root == Root::Name(name.to_owned()) && chain.parts.is_empty();
    rule.is_of_builtin()
        && !new.scope.imports.contains_key(name)
        && new.statements.iter().flat_map(|s| &s.chains).any(is_own)
}

/// Whether the new side names the replacement under its full path.
fn moved(rule: &Rule, new: &Side<'_>) -> bool {
    if rule.replacement.len() < 2 || rule.subject != Subject::Name {
        return false;
    }
    let target = rule.replacement.join(".");
    new.statements.iter().flat_map(|s| &s.chains).any(|chain| {
        new.scope.resolve(chain).is_some_and(|path| {
            path.strip_prefix(&target).is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '(']))
        })
    })
}

/// Whether both sides are the same but for the shape of the rule's calls.
fn reshaped(rule: &Rule, change: &ShapeChange, old: &Side<'_>, new: &Side<'_>) -> bool {
    levelled(rule, change, old).eq(levelled(rule, change, new))
}

/// The tokens of a side, what gives the rule's calls their old or new shape left out.
fn levelled<'a>(
    rule: &'a Rule,
    change: &'a ShapeChange,
    side: &'a Side<'_>,
) -> impl Iterator<Item = &'a Token> {
    side.statements.iter().flat_map(move |statement| {
        let calls = statement.calls.iter().filter(|call| match meaning(&call.callee, side.scope) {
            Meaning::Path(path) => rule.paths.contains(&path),
            Meaning::Unknown => false,
        });
        let slots: Vec<Levelled<'_>> = calls
            .map(|call| (call, if is_old(change, statement, call) { &change.from } else { &change.to }))
            .collect();
        canonical(statement, &slots)
    })
}
