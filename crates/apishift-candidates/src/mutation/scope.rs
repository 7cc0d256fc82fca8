//! Variables of a function or a module, and from where on they have a value.

use std::collections::BTreeMap;

use ruff_python_ast::{
    ExceptHandler, Expr, ExprContext, Parameters, Stmt,
    visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt},
};

use crate::program::range;

/// Variables of one scope.
#[derive(Debug, Default)]
pub(super) struct Scope {
    /// Byte from which on each has a value.
    bound: BTreeMap<String, usize>,
}

impl Scope {
    pub(super) fn of(parameters: Option<&Parameters>, body: &[Stmt]) -> Self {
        let mut scope = Self::default();
        for parameter in parameters.into_iter().flatten() {
            scope.bind(parameter.name().as_str(), 0);
        }
        scope.visit_body(body);
        scope
    }

    /// Another variable that has a value at this place, chosen by `hash`; `None` where `name` is none of the scope's.
    pub(super) fn other(&self, name: &str, at: usize, hash: u64) -> Option<&str> {
        if self.bound.get(name).is_none_or(|from| *from > at) {
            return None;
        }
        let others: Vec<&str> = self
            .bound
            .iter()
            .filter(|(other, from)| **from <= at && *other != name)
            .map(|(other, _)| other.as_str())
            .collect();
        crate::digest::pick(&others, hash).copied()
    }

    fn bind(&mut self, name: &str, from: usize) {
        if name.starts_with('_') || name == "self" || name == "cls" {
            return;
        }
        let place = self.bound.entry(name.to_owned()).or_insert(from);
        *place = from.min(*place);
    }

    fn bind_each(&mut self, targets: &[Expr], from: usize) {
        for target in targets {
            self.bind_all(target, from);
        }
    }

    fn bind_all(&mut self, target: &Expr, from: usize) {
        match target {
            Expr::Name(name) => self.bind(name.id.as_str(), from),
            Expr::Tuple(tuple) => self.bind_each(&tuple.elts, from),
            Expr::List(list) => self.bind_each(&list.elts, from),
            Expr::Starred(starred) => self.bind_all(&starred.value, from),
            _ => {}
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Scope {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let end = range(statement).end;
        match statement {
            // Scopes of their own.
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => return,
            Stmt::Assign(inner) => self.bind_each(&inner.targets, end),
            Stmt::AnnAssign(inner) if inner.value.is_some() => self.bind_all(&inner.target, end),
            Stmt::For(inner) => self.bind_all(&inner.target, range(&*inner.iter).end),
            Stmt::With(inner) => {
                for item in &inner.items {
                    if let Some(target) = &item.optional_vars {
                        self.bind_all(target, range(&**target).end);
                    }
                }
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Lambda(_)
            | Expr::ListComp(_)
            | Expr::SetComp(_)
            | Expr::DictComp(_)
            | Expr::Generator(_) => {}
            Expr::Named(named) if matches!(&*named.target, Expr::Name(name) if name.ctx == ExprContext::Store) =>
            {
                self.bind_all(&named.target, range(expression).end);
            }
            _ => walk_expr(self, expression),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        // The name of the exception has no value after the handler: it is left alone.
        let ExceptHandler::ExceptHandler(handler) = handler;
        self.visit_body(&handler.body);
    }
}
