//! Names that a program gives a meaning itself.

use std::collections::BTreeSet;

use ruff_python_ast::{
    Alias, ExceptHandler, Expr, ExprContext, Identifier, Keyword, Parameter, Stmt,
    visitor::source_order::{
        SourceOrderVisitor, walk_alias, walk_except_handler, walk_expr, walk_keyword, walk_parameter,
        walk_stmt,
    },
};

/// Names that a program gives a meaning itself: variables, parameters, functions, classes, aliases of imports.
pub(super) fn own_names(body: &[Stmt]) -> BTreeSet<&str> {
    let mut own = Own::default();
    own.visit_body(body);
    own.names
}

/// Parts of the paths that a program imports from.
pub(super) fn modules(body: &[Stmt]) -> BTreeSet<&str> {
    let mut modules = Modules::default();
    modules.visit_body(body);
    modules.names
}

#[derive(Debug, Default)]
struct Modules<'a> {
    names: BTreeSet<&'a str>,
}

impl<'a> SourceOrderVisitor<'a> for Modules<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(inner) => {
                self.names.extend(inner.names.iter().flat_map(|alias| alias.name.as_str().split('.')));
            }
            Stmt::ImportFrom(inner) => {
                let module = inner.module.as_ref().map_or("", |module| module.as_str());
                self.names.extend(module.split('.'));
            }
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, _: &'a Expr) {}
}

/// Names of keywords in a program's calls.
pub(super) fn keywords(body: &[Stmt]) -> BTreeSet<&str> {
    let mut keywords = Keywords::default();
    keywords.visit_body(body);
    keywords.names
}

#[derive(Debug, Default)]
struct Keywords<'a> {
    names: BTreeSet<&'a str>,
}

impl<'a> SourceOrderVisitor<'a> for Keywords<'a> {
    fn visit_keyword(&mut self, keyword: &'a Keyword) {
        self.names.extend(keyword.arg.as_ref().map(Identifier::as_str));
        walk_keyword(self, keyword);
    }
}

#[derive(Debug, Default)]
struct Own<'a> {
    names: BTreeSet<&'a str>,
}

impl<'a> SourceOrderVisitor<'a> for Own<'a> {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(inner) => self.names.extend([inner.name.as_str()]),
            Stmt::ClassDef(inner) => self.names.extend([inner.name.as_str()]),
            _ => {}
        }
        walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) if name.ctx != ExprContext::Load => self.names.extend([name.id.as_str()]),
            Expr::Attribute(attribute) if attribute.ctx != ExprContext::Load => {
                self.names.extend([attribute.attr.as_str()]);
            }
            _ => {}
        }
        walk_expr(self, expression);
    }

    fn visit_parameter(&mut self, parameter: &'a Parameter) {
        self.names.extend([parameter.name.as_str()]);
        walk_parameter(self, parameter);
    }

    fn visit_alias(&mut self, alias: &'a Alias) {
        self.names.extend(alias.asname.as_ref().map(Identifier::as_str));
        walk_alias(self, alias);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        self.names.extend(inner.name.as_ref().map(Identifier::as_str));
        walk_except_handler(self, handler);
    }
}
