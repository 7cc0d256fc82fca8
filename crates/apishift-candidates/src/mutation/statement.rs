//! Faults in statements: dropped ones, returned values, ways out of loops.

use std::ops::Range;

use ruff_python_ast::{
    Expr, ExprContext, Stmt, StmtReturn,
    visitor::source_order::{SourceOrderVisitor, walk_expr},
};

use super::{
    Operator,
    call::{LOGGED, last_name},
    collector::Collector,
    expression::other,
};
use crate::{
    edit::Edit,
    program::{Program, range},
};

/// Calls that nobody misses, beside those that write to a log. By the last name of what is called.
const UNMISSED: [&str; 8] =
    ["filterwarnings", "simplefilter", "tight_layout", "seed", "sleep", "collect", "flush", "close"];

impl Collector<'_> {
    /// Notes what can be done to a statement as such.
    pub(super) fn statement(&mut self, statement: &Stmt) {
        match statement {
            Stmt::If(inner) => {
                self.negated(&inner.test);
                for clause in &inner.elif_else_clauses {
                    if let Some(test) = &clause.test {
                        self.negated(test);
                    }
                }
            }
            Stmt::While(inner) => self.negated(&inner.test),
            Stmt::Return(inner) => self.returned(inner),
            Stmt::AugAssign(inner) => {
                let between = range(&*inner.target).end..range(&*inner.value).start;
                let place = self
                    .program
                    .tokens_in(between)
                    .find_map(|token| Some((range(token), other(token.kind())?)));
                let is_text =
                    matches!(*inner.value, Expr::StringLiteral(_) | Expr::FString(_) | Expr::List(_));
                if let (Some((place, text)), false) = (place, is_text) {
                    self.replace(Operator::Arithmetic, place, text);
                }
            }
            Stmt::Break(_) => self.replace(Operator::LoopExit, range(statement), "continue"),
            Stmt::Continue(_) => self.replace(Operator::LoopExit, range(statement), "break"),
            _ => {}
        }
    }

    fn returned(&mut self, statement: &StmtReturn) {
        let Some(value) = statement.value.as_deref().filter(|value| !value.is_none_literal_expr()) else {
            return;
        };
        let place = range(value);
        let program = self.program;
        let whole = range(statement).start + "return".len()..range(statement).end;
        // The value may stand in parentheses, which go with it.
        self.note(Operator::ReturnNone, place.clone(), vec![Edit::new(whole, " None")]);
        let part = match value {
            Expr::BinOp(operation) => Some(&*operation.left),
            Expr::BoolOp(operation) => operation.values.first(),
            Expr::If(choice) => Some(&*choice.body),
            Expr::Tuple(tuple) if tuple.elts.len() > 1 => tuple.elts.first(),
            Expr::Call(call) if call.arguments.len() == 1 => call
                .arguments
                .args
                .first()
                .filter(|only| !only.is_starred_expr() && !only.is_generator_expr()),
            _ => None,
        };
        if let Some(part) = part {
            self.replace(Operator::ReturnPart, place, program.text(part));
        }
    }

    /// Notes statements that matter and can be dropped from a body.
    pub(super) fn dropped(&mut self, body: &[Stmt]) {
        let real = body.iter().filter(|statement| !is_text(statement)).count();
        if real < 2 {
            return;
        }
        for statement in body {
            if let (true, Some(lines)) = (self.matters(statement), own_lines(self.program, range(statement)))
            {
                self.note(Operator::StatementDropped, range(statement), vec![Edit::removal(lines)]);
            }
        }
    }

    /// Whether something is amiss without the statement.
    fn matters(&self, statement: &Stmt) -> bool {
        match statement {
            Stmt::Assign(inner) => self.is_used(&inner.targets, range(statement)),
            Stmt::AugAssign(_) => true,
            Stmt::Expr(inner) => match &*inner.value {
                Expr::Call(call) => {
                    let missed = |callee| !LOGGED.contains(&callee) && !UNMISSED.contains(&callee);
                    last_name(&call.func).is_none_or(missed)
                }
                _ => false,
            },
            _ => false,
        }
    }

    /// Whether any of the targets is read outside of a statement, or is no mere variable.
    fn is_used(&self, targets: &[Expr], outside: Range<usize>) -> bool {
        targets.iter().any(|target| {
            let Expr::Name(name) = target else { return true };
            let mut reads = Reads { name: name.id.as_str(), outside: outside.clone(), is_read: false };
            reads.visit_body(self.program.body());
            reads.is_read
        })
    }
}

fn is_text(statement: &Stmt) -> bool {
    matches!(statement, Stmt::Expr(inner) if inner.value.is_string_literal_expr())
}

/// The lines that only this statement is on, line ends included; `None` where it shares them with another.
pub(crate) fn own_lines(program: &Program<'_>, statement: Range<usize>) -> Option<Range<usize>> {
    let source = program.source();
    let start = source[..statement.start].rfind('\n').map_or(0, |end| end + 1);
    let end = source[statement.end..].find('\n').map_or(source.len(), |end| statement.end + end + 1);
    let rest = source[statement.end..end].trim();
    let is_alone =
        source[start..statement.start].trim().is_empty() && (rest.is_empty() || rest.starts_with('#'));
    is_alone.then_some(start..end)
}

/// Looks whether a name is read outside of a place.
#[derive(Debug)]
struct Reads<'n> {
    name: &'n str,
    outside: Range<usize>,
    is_read: bool,
}

impl<'a> SourceOrderVisitor<'a> for Reads<'_> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Name(name) = expression {
            let is_outside = !self.outside.contains(&range(expression).start);
            self.is_read |= is_outside && name.ctx == ExprContext::Load && name.id.as_str() == self.name;
        }
        walk_expr(self, expression);
    }
}
