//! Places of a program where a fault can be put.

use std::ops::Range;

use ruff_python_ast::{
    Comprehension, Expr, ExprContext, Stmt,
    visitor::source_order::{SourceOrderVisitor, walk_body, walk_comprehension, walk_expr, walk_stmt},
};
use ruff_text_size::Ranged;

use super::{Operator, scope::Scope};
use crate::{
    digest::seeded,
    edit::Edit,
    program::{Program, range},
};

/// A fault that can be put into a program.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) operator: Operator,
    pub(super) place: Range<usize>,
    pub(super) edits: Vec<Edit>,
}

/// Walks a program and notes what can be done to it.
#[derive(Debug)]
pub(super) struct Collector<'a> {
    pub(super) program: &'a Program<'a>,
    sites: Vec<Site>,
    scopes: Vec<Scope>,
    /// Whether numbers are indices here.
    is_index: bool,
    /// How many of the calls around only tell or show something.
    pub(super) told: usize,
    /// Strings of the program, each once, in order.
    pub(super) texts: Vec<&'a str>,
}

impl<'a> Collector<'a> {
    pub(super) fn new(program: &'a Program<'a>) -> Self {
        Self { program, sites: Vec::new(), scopes: Vec::new(), is_index: false, told: 0, texts: Vec::new() }
    }

    /// The sites by their places.
    pub(super) fn collect(mut self) -> Vec<Site> {
        let body = self.program.body();
        self.texts = super::literal::texts(body);
        self.scopes.push(Scope::of(None, body));
        self.visit_body(body);
        self.sites.sort_by_key(|site| (site.place.start, site.place.end, site.operator));
        self.sites
    }

    pub(super) fn note(&mut self, operator: Operator, place: Range<usize>, edits: Vec<Edit>) {
        self.sites.push(Site { operator, place, edits });
    }

    /// Notes that a part of the text becomes another one.
    pub(super) fn replace(&mut self, operator: Operator, place: Range<usize>, text: impl Into<String>) {
        self.note(operator, place.clone(), vec![Edit::new(place, text)]);
    }

    /// A hash of a place, to choose by.
    pub(super) fn hash(&self, node: &impl Ranged) -> u64 {
        let start = u64::try_from(range(node).start).unwrap_or(u64::MAX);
        seeded(start, &[self.program.text(node)])
    }

    fn within(&mut self, scope: Scope, body: &'a [Stmt]) {
        self.scopes.push(scope);
        self.visit_body(body);
        self.scopes.pop();
    }

    fn bounds(&mut self, slice: &Expr) {
        match slice {
            Expr::Slice(slice) => {
                for bound in [&slice.lower, &slice.upper].into_iter().flatten() {
                    self.off_by_one(bound);
                }
            }
            _ => self.off_by_one(slice),
        }
    }

    fn variable(&mut self, expression: &Expr) {
        let (Expr::Name(name), Some(scope)) = (expression, self.scopes.last()) else { return };
        if let Some(other) = scope.other(name.id.as_str(), range(expression).start, self.hash(expression)) {
            let other = other.to_owned();
            self.replace(Operator::Variable, range(expression), other);
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Collector<'a> {
    fn visit_body(&mut self, body: &'a [Stmt]) {
        self.dropped(body);
        walk_body(self, body);
    }

    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            // What a person is told, and what is not run.
            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Raise(_) | Stmt::TypeAlias(_) => {}
            Stmt::Expr(inner) if inner.value.is_string_literal_expr() => {}
            Stmt::FunctionDef(inner) => {
                for parameter in inner.parameters.iter_non_variadic_params() {
                    if let Some(default) = &parameter.default {
                        self.visit_expr(default);
                    }
                }
                self.within(Scope::of(Some(&inner.parameters), &inner.body), &inner.body);
            }
            Stmt::ClassDef(inner) => self.within(Scope::default(), &inner.body),
            Stmt::Assert(inner) => self.visit_expr(&inner.test),
            Stmt::If(inner) if is_main_guard(self.program.text(&*inner.test)) => self.visit_body(&inner.body),
            _ => {
                self.statement(statement);
                walk_stmt(self, statement);
            }
        }
    }

    fn visit_annotation(&mut self, _: &'a Expr) {}

    fn visit_comprehension(&mut self, comprehension: &'a Comprehension) {
        for test in &comprehension.ifs {
            self.negated(test);
        }
        walk_comprehension(self, comprehension);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::FString(_) | Expr::TString(_) | Expr::BytesLiteral(_) => return,
            Expr::Call(call) => return self.call(call),
            Expr::Subscript(subscript) => {
                self.visit_expr(&subscript.value);
                self.bounds(&subscript.slice);
                let around = std::mem::replace(&mut self.is_index, true);
                self.visit_expr(&subscript.slice);
                self.is_index = around;
                return;
            }
            Expr::NumberLiteral(number) => {
                let operator = if self.is_index { Operator::Index } else { Operator::Number };
                self.number(number, operator);
            }
            Expr::Slice(_) | Expr::UnaryOp(_) | Expr::Tuple(_) => return walk_expr(self, expression),
            Expr::Name(name) if name.ctx == ExprContext::Load => self.variable(expression),
            _ => self.expression(expression),
        }
        let around = std::mem::replace(&mut self.is_index, false);
        walk_expr(self, expression);
        self.is_index = around;
    }
}

fn is_main_guard(test: &str) -> bool {
    test.starts_with("__name__")
}
