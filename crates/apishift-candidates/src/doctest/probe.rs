//! More tests than a docstring has: its calls with other arguments, and what the solution shows for them.
//!
//! Two or three examples let many a wrong program pass. Each example is varied a little, the solution is run on that by whoever
//! has a sandbox, and what it shows becomes a test. Where it raises, or shows what differs from run to run, there is none.

use std::{collections::BTreeSet, ops::Range};

use ruff_python_ast::{Expr, Number};

use super::{DoctestProblem, example};
use crate::{
    digest::seeded,
    edit::{self, Edit},
    program::Program,
};

/// Longest text that a test may show, in bytes.
const MAX_SHOWN: usize = 400;

/// Tests that show the same, at most.
const SAME: usize = 3;

/// Longest text of an argument that is put in for another, in bytes.
const MAX_ARGUMENT: usize = 300;

/// An expression with a call of the function, and the arguments of that call that are literals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) source: String,
    /// Where each stands, and the literal; a variable stands for the literal that it is bound to.
    pub(super) slots: Vec<(Range<usize>, String)>,
}

impl DoctestProblem {
    /// Expressions to be shown by the solution, after its tests: at most `n`, the mildest changes first.
    pub fn probes(&self, n: usize, seed: u64) -> Vec<String> {
        let pool: BTreeSet<&str> =
            self.calls.iter().flat_map(|call| call.slots.iter().map(|(_, text)| text.as_str())).collect();
        let mut drawn: Vec<(usize, u64, String)> = Vec::new();
        for call in &self.calls {
            let variants: Vec<Vec<String>> =
                call.slots.iter().map(|(_, text)| variants(text, &pool)).collect();
            let mut put = |rank: usize, edits: &[Edit]| {
                if let Some(source) = edit::apply(&call.source, edits) {
                    drawn.push((rank, seeded(seed, &[&self.task_id, &source]), source));
                }
            };
            for ((place, _), choices) in call.slots.iter().zip(&variants) {
                for (rank, text) in choices.iter().enumerate() {
                    put(rank, &[Edit::new(place.clone(), text.as_str())]);
                }
            }
            // All arguments at once.
            let longest = variants.iter().map(Vec::len).max().unwrap_or_default();
            for round in (0..longest).filter(|_| call.slots.len() > 1) {
                let edits: Vec<Edit> = call
                    .slots
                    .iter()
                    .zip(&variants)
                    .filter_map(|((place, _), choices)| {
                        let text = choices.get(round % choices.len().max(1))?;
                        Some(Edit::new(place.clone(), text.as_str()))
                    })
                    .collect();
                put(round + 1, &edits);
            }
        }
        drawn.sort();
        let mut known: BTreeSet<String> = self.calls.iter().map(|call| call.source.clone()).collect();
        let new = drawn.into_iter().map(|(.., source)| source).filter(|source| known.insert(source.clone()));
        new.filter(|source| Program::read(source).is_some()).take(n).collect()
    }

    /// Adds tests of what the solution showed for each probe; `None` where it raised or did not come so far. At most `n` are
    /// added.
    pub fn add_answers(&mut self, answers: &[(String, Option<String>)], n: usize) {
        let mut shown: Vec<&str> = Vec::new();
        let mut added = 0;
        for (source, answer) in answers {
            let Some(text) = answer.as_deref().filter(|text| is_fit(text)) else { continue };
            if added == n || shown.iter().filter(|other| **other == text).count() >= SAME {
                continue;
            }
            shown.push(text);
            added += 1;
            self.tests.push(example::test(source, text));
        }
        self.checks += added;
        self.probed = added;
    }
}

/// Whether a text can be compared with what another run shows.
fn is_fit(text: &str) -> bool {
    let is_plain = |c: char| c == '\n' || !c.is_control();
    let blank = |line: &str| line.trim().is_empty() || line.ends_with(' ') || line.starts_with(">>>");
    !text.trim().is_empty()
        && text.len() <= MAX_SHOWN
        && text.chars().all(is_plain)
        && !text.lines().any(blank)
        && !text.contains(" at 0x")
        && !text.starts_with("Traceback")
}

/// Other literals of the same kind, the mildest first.
fn variants(text: &str, pool: &BTreeSet<&str>) -> Vec<String> {
    let Some(program) = Program::read(text) else { return Vec::new() };
    let Some(ruff_python_ast::Stmt::Expr(only)) = program.body().first() else { return Vec::new() };
    let mut out = of(&only.value, &program, 0);
    // What stands elsewhere in the examples is of use here where it is of the same kind.
    let others = pool.iter().filter(|other| **other != text && kind(other) == kind(text));
    out.splice(out.len().min(2)..out.len().min(2), others.map(|other| (*other).to_owned()).take(2));
    out.retain(|other| other != text && other.len() <= MAX_ARGUMENT);
    let mut known = BTreeSet::new();
    out.retain(|other| known.insert(other.clone()));
    out
}

/// What a literal begins like.
fn kind(text: &str) -> char {
    match text.chars().next().unwrap_or(' ') {
        '0'..='9' | '-' | '.' => '0',
        '\'' | '"' => '"',
        other => other,
    }
}

fn of(value: &Expr, program: &Program<'_>, depth: usize) -> Vec<String> {
    let text = |value: &Expr| program.text(value).to_owned();
    match value {
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(int) => int.as_i64().map(integers).unwrap_or_default(),
            Number::Float(float) => {
                let others = [float + 1.0, float / 2.0, float * 3.0, 0.0];
                others.iter().map(|other| format!("{other:?}")).collect()
            }
            Number::Complex { .. } => Vec::new(),
        },
        Expr::UnaryOp(inner) if inner.operand.is_number_literal_expr() => {
            let positive = text(&inner.operand);
            let negative = of(&inner.operand, program, depth).into_iter().map(|other| format!("-{other}"));
            negative.take(2).chain([positive]).collect()
        }
        Expr::BooleanLiteral(literal) => vec![if literal.value { "False" } else { "True" }.to_owned()],
        Expr::StringLiteral(literal) => strings(literal.value.to_str()),
        Expr::List(list) => {
            let elements: Vec<String> = list.elts.iter().map(text).collect();
            sequences(&list.elts, &elements, program, depth)
                .into_iter()
                .map(|e| format!("[{}]", e.join(", ")))
                .collect()
        }
        Expr::Tuple(tuple) => {
            let elements: Vec<String> = tuple.elts.iter().map(text).collect();
            let written = |e: Vec<String>| match &e[..] {
                [only] => format!("({only},)"),
                _ => format!("({})", e.join(", ")),
            };
            // How many there are is often part of what they mean.
            let mut all = sequences(&tuple.elts, &elements, program, depth);
            all.sort_by_key(|other| other.len() != elements.len());
            all.into_iter().map(written).collect()
        }
        Expr::Set(set) if set.elts.len() > 1 => {
            let elements: Vec<String> = set.elts.iter().map(text).collect();
            vec![
                format!("{{{}}}", elements[1..].join(", ")),
                format!("{{{}}}", elements[..elements.len() - 1].join(", ")),
            ]
        }
        Expr::Dict(dict) => {
            let items: Vec<String> = dict
                .items
                .iter()
                .map(|item| {
                    let key = item.key.as_ref().map(&text).unwrap_or_default();
                    format!("{key}: {}", text(&item.value))
                })
                .collect();
            let mut out = Vec::new();
            if let [first @ .., _] = &items[..] {
                for (at, item) in dict.items.iter().enumerate().filter(|_| depth < 2) {
                    if let (Some(key), Some(other)) =
                        (&item.key, of(&item.value, program, depth + 1).into_iter().next())
                    {
                        let mut changed = items.clone();
                        changed[at] = format!("{}: {other}", text(key));
                        out.push(format!("{{{}}}", changed.join(", ")));
                    }
                }
                out.truncate(2);
                out.push(format!("{{{}}}", first.join(", ")));
                out.push(format!("{{{}}}", items[1..].join(", ")));
            }
            out
        }
        _ => Vec::new(),
    }
}

/// Neighbours, then others of the same sign, and what comes first of all.
fn integers(number: i64) -> Vec<String> {
    let double = number.saturating_mul(2).saturating_add(1);
    let (above, below) = (number.saturating_add(1), number.saturating_sub(1));
    let near = [above, below, double, number / 2, number.saturating_add(7), 1, 0];
    let is_like = |other: &i64| *other >= 0;
    near.iter().filter(|other| is_like(other)).map(ToString::to_string).collect()
}

fn strings(value: &str) -> Vec<String> {
    let characters: Vec<char> = value.chars().collect();
    if characters.is_empty() {
        return vec!["'a'".to_owned(), "'ab'".to_owned()];
    }
    let last = characters.len() - 1;
    let middle = characters.len() / 2;
    let text = |characters: &[char]| characters.iter().collect::<String>();
    let turned: String = value.chars().rev().collect();
    let swapped: String = text(&characters[middle..]) + &text(&characters[..middle]);
    let other_case =
        if value.chars().any(char::is_lowercase) { value.to_uppercase() } else { value.to_lowercase() };
    let all = [
        text(&characters[..last]),
        text(&characters[1..]),
        swapped,
        turned,
        format!("{value}{value}"),
        other_case,
        text(&characters[..1]),
        String::new(),
    ];
    all.iter().map(|value| quoted(value)).collect()
}

/// As a literal of Python.
fn quoted(value: &str) -> String {
    let mut out = String::from("'");
    for character in value.chars() {
        match character {
            '\\' => out.push_str("\\\\"),
            '\'' => out.push_str("\\'"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            other => out.push(other),
        }
    }
    out.push('\'');
    out
}

fn sequences(values: &[Expr], elements: &[String], program: &Program<'_>, depth: usize) -> Vec<Vec<String>> {
    let mut out: Vec<Vec<String>> = Vec::new();
    let [first, .., last] = values else {
        let mut inner = Vec::new();
        if let [only] = values {
            inner = of(only, program, depth + 1).into_iter().take(2).map(|other| vec![other]).collect();
            inner.push(vec![elements[0].clone(), elements[0].clone()]);
            inner.push(Vec::new());
        }
        return inner;
    };
    let count = elements.len();
    for (at, value) in [(0, first), (count - 1, last)].into_iter().filter(|_| depth < 2) {
        if let Some(other) = of(value, program, depth + 1).into_iter().next() {
            let mut changed = elements.to_vec();
            changed[at] = other;
            out.push(changed);
        }
    }
    out.push(elements.iter().rev().cloned().collect());
    out.push(elements[..count - 1].to_vec());
    out.push(elements[1..].to_vec());
    let mut rotated = elements.to_vec();
    rotated.rotate_left(1);
    out.push(rotated);
    out.push(elements.iter().chain(elements).cloned().collect());
    out.push(elements[..1].to_vec());
    out.push(Vec::new());
    out
}
