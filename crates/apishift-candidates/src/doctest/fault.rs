//! Bodies as models get them wrong: the beginning of the right idea, another idea, or no idea at all.
//!
//! Operators of `mutation` change a token or a statement. What models write is further off: they return in the first round of
//! a loop, forget a case, begin with the wrong value, answer the example, or write another function.

use std::{fmt, ops::Range};

use ruff_python_ast::{
    Expr, Number, Stmt, StmtFor, StmtFunctionDef,
    statement_visitor::{StatementVisitor, walk_stmt},
};

use super::DoctestProblem;
use crate::{
    digest::{pick, seeded},
    edit::{self, Edit},
    program::{Program, digest, range},
};

/// What is wrong with a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ModelFault {
    /// It is that of another function of the same file.
    OtherBody,
    /// It returns a parameter at once.
    ParameterReturned,
    /// A loop ends one round too early, or begins one too late.
    LoopBound,
    /// What is returned after a loop is returned in its first round.
    FirstRound,
    /// A case that was looked at by itself is not.
    CaseMissing,
    /// What a loop adds to begins with another value.
    WrongStart,
    /// It knows the answer of the first example, and no other.
    HardCoded,
    /// Its last statements before the return are missing.
    CutShort,
}

impl ModelFault {
    /// Every fault.
    pub const ALL: [Self; 8] = [
        Self::OtherBody,
        Self::ParameterReturned,
        Self::LoopBound,
        Self::FirstRound,
        Self::CaseMissing,
        Self::WrongStart,
        Self::HardCoded,
        Self::CutShort,
    ];

    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OtherBody => "other_body",
            Self::ParameterReturned => "parameter_returned",
            Self::LoopBound => "loop_bound",
            Self::FirstRound => "first_round",
            Self::CaseMissing => "case_missing",
            Self::WrongStart => "wrong_start",
            Self::HardCoded => "hard_coded",
            Self::CutShort => "cut_short",
        }
    }
}

impl fmt::Display for ModelFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Programs with such faults, at most one of each kind, in the order of [`ModelFault::ALL`]. None is the solution or another one
/// in other layout; each is Python.
pub(super) fn programs(problem: &DoctestProblem, seed: u64) -> Vec<(ModelFault, String)> {
    let solution = problem.program();
    let Some(program) = Program::read(&solution) else { return Vec::new() };
    let Some(Stmt::FunctionDef(function)) = program.body().last() else { return Vec::new() };
    let mut sites = Sites { program: &program, found: Vec::new() };
    sites.block(&function.body);
    sites.cut_short(function, problem.stub.len());
    let mut seen = vec![program.digest()];
    let mut out = Vec::new();
    for fault in ModelFault::ALL {
        let mut choices: Vec<String> = match fault {
            ModelFault::OtherBody => problem.others.iter().map(|body| problem.with_body(body)).collect(),
            ModelFault::ParameterReturned => {
                let bodies =
                    problem_parameters(function).into_iter().map(|name| format!("    return {name}"));
                bodies.map(|body| problem.with_body(&body)).collect()
            }
            ModelFault::HardCoded => hard_coded(problem, function).into_iter().collect(),
            _ => sites
                .found
                .iter()
                .filter(|(known, _)| *known == fault)
                .filter_map(|(_, edits)| edit::apply(&solution, edits))
                .collect(),
        };
        choices.retain(|choice| digest(choice).is_some_and(|hash| !seen.contains(&hash)));
        if let Some(chosen) = pick(&choices, seeded(seed, &[fault.as_str(), &problem.task_id])) {
            seen.extend(digest(chosen));
            out.push((fault, chosen.clone()));
        }
    }
    out
}

/// Parameters by position, without `self`.
fn problem_parameters(function: &StmtFunctionDef) -> Vec<String> {
    let parameters = function.parameters.posonlyargs.iter().chain(&function.parameters.args);
    parameters.map(|parameter| parameter.name().to_string()).take(2).collect()
}

/// Knows the first example, and has the second one's answer for everything else.
fn hard_coded(problem: &DoctestProblem, function: &StmtFunctionDef) -> Option<String> {
    let (arguments, value) = problem.shown.first()?;
    let other = problem.shown.iter().map(|(_, value)| value).find(|other| *other != value)?;
    let parameters = &function.parameters;
    let is_plain = parameters.vararg.is_none() && parameters.posonlyargs.is_empty();
    let first = problem_parameters(function).into_iter().next().filter(|_| is_plain)?;
    let given = arguments_of(arguments)?;
    let body = format!("    if {first} == {given}:\n        return {value}\n    return {other}");
    Some(problem.with_body(&body))
}

/// The first of several arguments.
fn arguments_of(arguments: &str) -> Option<String> {
    let call = format!("f({arguments})");
    let program = Program::read(&call)?;
    let Some(Stmt::Expr(only)) = program.body().first() else { return None };
    let Expr::Call(call) = &*only.value else { return None };
    call.arguments.args.first().map(|value| program.text(value).to_owned())
}

/// Places where something can go wrong.
struct Sites<'p, 's> {
    program: &'p Program<'s>,
    found: Vec<(ModelFault, Vec<Edit>)>,
}

impl Sites<'_, '_> {
    fn note(&mut self, fault: ModelFault, edits: Vec<Edit>) {
        self.found.push((fault, edits));
    }

    /// The statements of a block, and those in it.
    fn block(&mut self, body: &[Stmt]) {
        for (at, statement) in body.iter().enumerate() {
            let rest = &body[at + 1..];
            match statement {
                Stmt::For(inner) => {
                    self.bounds(inner);
                    self.first_round(&inner.body, rest);
                }
                Stmt::While(inner) => self.first_round(&inner.body, rest),
                Stmt::If(inner)
                    if inner.elif_else_clauses.is_empty() && body.len() > 1 && !rest.is_empty() =>
                {
                    let leaves = inner
                        .body
                        .last()
                        .is_some_and(|last| matches!(last, Stmt::Return(_) | Stmt::Continue(_)));
                    if leaves {
                        self.note(
                            ModelFault::CaseMissing,
                            vec![Edit::removal(self.lines_of(range(statement)))],
                        );
                    }
                }
                Stmt::Assign(inner)
                    if inner.targets.len() == 1
                        && rest.iter().any(|next| matches!(next, Stmt::For(_) | Stmt::While(_))) =>
                {
                    self.start(&inner.value);
                }
                _ => {}
            }
            let mut inner = Blocks { blocks: Vec::new() };
            walk_stmt(&mut inner, statement);
            for block in inner.blocks {
                self.block(block);
            }
        }
    }

    /// Another value to begin with.
    fn start(&mut self, value: &Expr) {
        let other = match value {
            Expr::NumberLiteral(literal) => match &literal.value {
                Number::Int(int) => match int.as_u64() {
                    Some(0) => "1",
                    Some(_) => "0",
                    None => return,
                },
                Number::Float(float) if *float == 0.0 => "1.0",
                _ => return,
            },
            Expr::BooleanLiteral(literal) => {
                if literal.value {
                    "False"
                } else {
                    "True"
                }
            }
            Expr::StringLiteral(literal) if literal.value.is_empty() => "' '",
            Expr::List(list) if list.elts.is_empty() => "[0]",
            Expr::UnaryOp(inner) if inner.operand.is_number_literal_expr() => "0",
            _ => return,
        };
        self.note(ModelFault::WrongStart, vec![Edit::new(range(value), other)]);
    }

    /// One round less.
    fn bounds(&mut self, looped: &StmtFor) {
        let Expr::Call(call) = &*looped.iter else {
            // A sequence without its first or its last.
            if let Expr::Name(name) = &*looped.iter {
                let sliced = |slice: &str| format!("list({}){slice}", name.id);
                for slice in ["[1:]", "[:-1]"] {
                    self.note(ModelFault::LoopBound, vec![Edit::new(range(&*looped.iter), sliced(slice))]);
                }
            }
            return;
        };
        if !matches!(&*call.func, Expr::Name(name) if name.id.as_str() == "range")
            || !call.arguments.keywords.is_empty()
        {
            return;
        }
        let text = |value: &Expr| self.program.text(value).to_owned();
        let changed: Vec<(Range<usize>, String)> = match &call.arguments.args[..] {
            [end] => {
                vec![(range(end), format!("{} - 1", text(end))), (range(end), format!("1, {}", text(end)))]
            }
            [start, end, ..] => vec![
                (range(end), shifted(&text(end), "- 1")),
                (range(end), shifted(&text(end), "+ 1")),
                (range(start), shifted(&text(start), "+ 1")),
            ],
            [] => Vec::new(),
        };
        for (place, text) in changed {
            self.note(ModelFault::LoopBound, vec![Edit::new(place, text)]);
        }
    }

    /// What follows a loop, in the loop.
    fn first_round(&mut self, looped: &[Stmt], rest: &[Stmt]) {
        let (Some(last), Some(Stmt::Return(returned))) = (looped.last(), rest.first()) else { return };
        let Some(first) = looped.first() else { return };
        if returned.value.is_none() {
            return;
        }
        let indent = " ".repeat(self.column(range(first).start));
        let end = range(last).end;
        let text = format!("\n{indent}{}", self.program.text(returned));
        self.note(ModelFault::FirstRound, vec![Edit::new(end..end, text)]);
    }

    /// The function without the statement before its last.
    fn cut_short(&mut self, function: &StmtFunctionDef, start: usize) {
        let body: Vec<&Stmt> =
            function.body.iter().filter(|statement| range(*statement).start >= start).collect();
        let [first, .., before, last] = &body[..] else { return };
        if matches!(last, Stmt::Return(_)) && range(*first).start < range(*before).start {
            self.note(ModelFault::CutShort, vec![Edit::removal(self.lines_of(range(*before)))]);
        }
    }

    fn column(&self, at: usize) -> usize {
        let source = self.program.source();
        at - source[..at].rfind('\n').map_or(0, |line| line + 1)
    }

    /// The range with the indentation before it and the line break after it.
    fn lines_of(&self, place: Range<usize>) -> Range<usize> {
        let source = self.program.source();
        let start = source[..place.start].rfind('\n').map_or(0, |line| line + 1);
        let end = source[place.end..].find('\n').map_or(source.len(), |line| place.end + line + 1);
        start..end
    }
}

/// `n + 1` less one is `n`.
fn shifted(text: &str, by: &str) -> String {
    let (sign, other) = if by.starts_with('-') { ("+ 1", "- 1") } else { ("- 1", "+ 1") };
    match text.strip_suffix(sign) {
        Some(rest) if !rest.trim().is_empty() => rest.trim().to_owned(),
        _ if text == "0" && other == "+ 1" => "1".to_owned(),
        _ => format!("{text} {by}"),
    }
}

/// Blocks directly in a statement; functions and classes in it are left alone.
struct Blocks<'a> {
    blocks: Vec<&'a [Stmt]>,
}

impl<'a> StatementVisitor<'a> for Blocks<'a> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        self.blocks.push(body);
    }

    fn visit_stmt(&mut self, _statement: &'a Stmt) {}
}
