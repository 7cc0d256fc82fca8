//! Calls that the change made what they are, and what can be wrong with them.

use std::{collections::BTreeSet, ops::Range};

use apishift_syntax::surface::{Callable, ParameterKind};
use apishift_types::{ApiUpdate, ChangeKind};
use ruff_python_ast::{
    Expr, ExprCall, Identifier, Keyword, Stmt,
    token::TokenKind,
    visitor::source_order::{SourceOrderVisitor, walk_expr},
};

use super::{Fault, change::Change};
use crate::{
    digest::{pick, seeded},
    edit,
    edit::Edit,
    mutation::{
        droppable, is_plain, is_symmetric, is_told_keyword, is_usual_type, last_name, may_be_default,
        other_number, swaps,
    },
    name,
    program::range,
};

/// Other keywords that are put in the place of one, at most.
const PER_KEYWORD: usize = 3;

/// Everything that can be wrong with the calls of the changed part.
pub(super) fn call_faults(row: &ApiUpdate, change: &Change<'_>, seed: u64) -> Vec<Fault> {
    let mut calls = Calls { found: Vec::new() };
    calls.visit_body(change.new.body());
    let changed = changed(change, &calls.found);
    let signature = row.target_signature.as_deref().and_then(Callable::read);
    let mut faults = Faults { row, change, signature, seed, found: Vec::new() };
    for call in changed {
        faults.keywords(call);
        faults.old_keywords(call);
        faults.extra(call);
        faults.dropped(call);
        faults.swapped(call);
        faults.values(call);
    }
    faults.found
}

#[derive(Debug)]
struct Calls<'a> {
    found: Vec<&'a ExprCall>,
}

impl<'a> SourceOrderVisitor<'a> for Calls<'a> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        self.found.extend(expression.as_call_expr());
        walk_expr(self, expression);
    }
}

/// Calls that something new stands in, and in no call within them; and calls of what was imported anew.
fn changed<'a>(change: &Change<'_>, calls: &[&'a ExprCall]) -> Vec<&'a ExprCall> {
    let imported: BTreeSet<&str> = change
        .hunks
        .iter()
        .filter(|hunk| hunk.is_import)
        .flat_map(|hunk| change.sides(hunk).1)
        .filter(|token| token.kind == TokenKind::Name)
        .map(|token| token.text)
        .collect();
    let innermost = |place: &Range<usize>| {
        let around = calls.iter().filter(|call| {
            let whole = range(**call);
            whole.start <= place.start && place.end <= whole.end
        });
        around.min_by_key(|call| range(**call).len()).map(|call| range(*call))
    };
    let places: BTreeSet<(usize, usize)> = change
        .came
        .iter()
        .filter_map(|token| innermost(&token.range))
        .map(|place| (place.start, place.end))
        .collect();
    let is_changed = |call: &&&ExprCall| {
        let place = range(**call);
        let is_import = last_name(&call.func).is_some_and(|name| imported.contains(name));
        is_import || places.contains(&(place.start, place.end))
    };
    calls.iter().filter(is_changed).copied().collect()
}

#[derive(Debug)]
struct Faults<'r> {
    row: &'r ApiUpdate,
    change: &'r Change<'r>,
    signature: Option<Callable>,
    seed: u64,
    found: Vec<Fault>,
}

impl Faults<'_> {
    fn add(&mut self, operator: &'static str, edits: &[Edit]) {
        let program = edit::apply(self.change.new.source(), edits);
        self.found.extend(program.map(|program| Fault::new(operator, program)));
    }

    /// How the call may be called, where that is known.
    fn signature_of(&self, call: &ExprCall) -> Option<&Callable> {
        let last = |path: &str| path.rsplit('.').next().map(ToOwned::to_owned);
        self.signature.as_ref().filter(|known| last(&known.path).as_deref() == last_name(&call.func))
    }

    /// Keywords that are not the call's: made up, of another parameter, or out of the note.
    fn keywords(&mut self, call: &ExprCall) {
        let given = given(call);
        let params: BTreeSet<String> = self
            .signature_of(call)
            .map(|known| known.params.iter().map(|param| param.name.clone()).collect())
            .unwrap_or_default();
        for keyword in &call.arguments.keywords {
            let Some(known) = keyword.arg.as_ref().filter(|known| !is_told_keyword(Some(known.as_str())))
            else {
                continue;
            };
            let is_free = |other: &String| !given.contains(other.as_str());
            let alike = name::alike(known.as_str())
                .into_iter()
                .filter(|other| is_free(other) && !params.contains(other));
            let mut others: Vec<String> = alike.collect();
            // A parameter that is there takes something else: most plausible of all.
            let takes_params = self.row.change_kind != ChangeKind::DefaultChanged;
            others.extend(params.iter().filter(|other| takes_params && is_free(other)).cloned());
            others.sort_by_cached_key(|other| seeded(self.seed, &[known.as_str(), other]));
            for other in others.into_iter().take(PER_KEYWORD) {
                self.add("wrong_keyword", &[Edit::new(range(known), other)]);
            }
        }
    }

    /// Keywords that the old code had, with the new values.
    fn old_keywords(&mut self, call: &ExprCall) {
        let given = given(call);
        let old = self.change.old_keywords();
        let news = call.arguments.keywords.iter().filter_map(|keyword| keyword.arg.as_ref());
        let news: Vec<Range<usize>> = news.map(range).filter(|place| self.change.is_changed(place)).collect();
        for place in news {
            for old in old.iter().filter(|old| !given.contains(*old)) {
                self.add("old_keyword", &[Edit::new(place.clone(), *old)]);
            }
        }
    }

    /// Arguments too many: one that the old call has and the new one has not, or one that turns a switch which nobody asked for.
    fn extra(&mut self, call: &ExprCall) {
        let given = given(call);
        let whole = range(&call.arguments);
        let Some(last) = call.arguments.iter_source_order().last() else { return };
        let is_generator = call.arguments.args.iter().any(Expr::is_generator_expr);
        let tail = &self.change.new.source()[range(&last).end..whole.end - 1];
        if is_generator || !matches!(tail.trim(), "" | ",") {
            return;
        }
        let mut more: Vec<(&'static str, String)> = Vec::new();
        let before = self.row.symbol.rsplit('.').next().unwrap_or_default();
        let callees = [last_name(&call.func).unwrap_or_default(), before];
        let olds = old_arguments(self.change.old.body(), &callees);
        for keyword in olds {
            let name = keyword.arg.as_ref().map_or("", |name| name.as_str());
            let is_gone = self.change.old_keywords().contains(name);
            if is_gone && !given.contains(name) {
                more.push(("old_keyword", self.change.old.text(keyword).to_owned()));
            }
        }
        for param in self.signature_of(call).map(|known| known.params.as_slice()).unwrap_or_default() {
            let is_there = given.contains(param.name.as_str()) || is_told_keyword(Some(&param.name));
            let turned = match param.default.as_deref() {
                Some("True") => "False",
                Some("False") => "True",
                _ => continue,
            };
            if !is_there && param.kind == ParameterKind::KeywordOnly {
                more.push(("extra_argument", format!("{}={turned}", param.name)));
            }
        }
        for (operator, text) in more {
            let end = range(&last).end;
            self.add(operator, &[Edit::new(end..end, format!(", {text}"))]);
        }
    }

    /// Arguments that the call needs.
    fn dropped(&mut self, call: &ExprCall) {
        let signature = self.signature_of(call).cloned();
        for dropped in droppable(self.change.new, call) {
            let place = call.arguments.args.iter().position(|argument| range(argument) == dropped.place);
            let param = signature.as_ref().and_then(|known| match (dropped.keyword, place) {
                (Some(keyword), _) => known.params.iter().find(|param| param.name == keyword),
                (None, Some(place)) => known.params.get(place).filter(|param| {
                    matches!(param.kind, ParameterKind::PositionalOnly | ParameterKind::Either)
                }),
                (None, None) => None,
            });
            let is_harmless = match param.map(|param| param.default.as_deref()) {
                Some(Some(default)) => is_default(default, self.change.new.text(dropped.value)),
                Some(None) => false,
                None => {
                    may_be_default(dropped.value)
                        || is_usual_type(last_name(&call.func).unwrap_or_default(), &dropped)
                }
            };
            // Another argument takes the place of one that is given by position.
            let shifts = place.is_some_and(|place| place + 1 < call.arguments.args.len());
            if (!is_harmless || shifts && !may_be_default(dropped.value)) && !is_told_keyword(dropped.keyword)
            {
                self.add("dropped_argument", &[dropped.edit]);
            }
        }
    }

    /// Arguments in each other's places, by position or by keyword.
    fn swapped(&mut self, call: &ExprCall) {
        if !last_name(&call.func).is_some_and(is_symmetric) {
            for (_, edits) in swaps(self.change.new, call) {
                self.add("swapped_arguments", &edits);
            }
        }
        for pair in call.arguments.keywords.windows(2) {
            let [one, two] = pair else { continue };
            let is_plain = |keyword: &Keyword| {
                keyword.arg.as_ref().is_some_and(|known| !is_told_keyword(Some(known.as_str())))
            };
            let (first, second) = (self.change.new.text(&one.value), self.change.new.text(&two.value));
            if is_plain(one) && is_plain(two) && first != second {
                self.add(
                    "swapped_arguments",
                    &[Edit::new(range(&one.value), second), Edit::new(range(&two.value), first)],
                );
            }
        }
    }

    /// Other values of arguments.
    fn values(&mut self, call: &ExprCall) {
        let positional = call.arguments.args.iter().map(|value| (None, value));
        let keywords = call.arguments.keywords.iter();
        let keywords = keywords.map(|keyword| (keyword.arg.as_ref().map(Identifier::as_str), &keyword.value));
        for (keyword, value) in positional.chain(keywords) {
            if is_told_keyword(keyword) {
                continue;
            }
            let text = self.change.new.text(value);
            let hash = seeded(self.seed, &[text, keyword.unwrap_or_default()]);
            let other = match value {
                Expr::BooleanLiteral(literal) => {
                    Some(if literal.value { "False" } else { "True" }.to_owned())
                }
                Expr::NumberLiteral(number) => other_number(&number.value, text, hash),
                Expr::StringLiteral(literal) => self.other_text(text, literal.value.to_str(), hash),
                Expr::NoneLiteral(_) if keyword.is_some() => Some("True".to_owned()),
                _ => None,
            };
            if let Some(other) = other {
                self.add("wrong_value", &[Edit::new(range(value), other)]);
            }
        }
    }

    /// Another string: a word that the note has in quotes, else one that is made up.
    fn other_text(&self, text: &str, value: &str, hash: u64) -> Option<String> {
        if !is_plain(text) || !name::is_name(value) {
            return None;
        }
        let quoted: Vec<&str> = self
            .row
            .update_info
            .split(['\'', '"'])
            .skip(1)
            .step_by(2)
            .filter(|word| name::is_name(word) && *word != value && word.len() < 30)
            .collect();
        let made = || name::perturbed(value, hash, |_| true);
        let other = pick(&quoted, hash).map(|word| (*word).to_owned()).or_else(made)?;
        let quote = &text[..1];
        Some(format!("{quote}{other}{quote}"))
    }
}

/// Keyword arguments of a program's calls of these names.
fn old_arguments<'a>(body: &'a [Stmt], callees: &[&str]) -> Vec<&'a Keyword> {
    let mut calls = Calls { found: Vec::new() };
    calls.visit_body(body);
    let of_name = calls
        .found
        .into_iter()
        .filter(|call| last_name(&call.func).is_some_and(|callee| callees.contains(&callee)));
    of_name.flat_map(|call| call.arguments.keywords.iter()).collect()
}

fn given(call: &ExprCall) -> BTreeSet<&str> {
    call.arguments.keywords.iter().filter_map(|keyword| Some(keyword.arg.as_ref()?.as_str())).collect()
}

/// Whether a value is written as a default, but for quotes and spaces.
fn is_default(default: &str, value: &str) -> bool {
    let bare = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .map(|c| if c == '\'' { '"' } else { c })
            .collect::<String>()
    };
    // `...` stands for a default that is not told.
    default == "..." || bare(default) == bare(value)
}
