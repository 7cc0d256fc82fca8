//! Variables that can have another name.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use ruff_python_ast::{
    Alias, ExceptHandler, Expr, ExprContext, FString, Parameter, Stmt,
    token::TokenKind,
    visitor::source_order::{
        SourceOrderVisitor, walk_alias, walk_except_handler, walk_expr, walk_f_string, walk_parameter,
        walk_stmt,
    },
};

use super::{Rewording, Rewordings};
use crate::{
    digest::{pick, seeded},
    edit::Edit,
    name::is_name,
    program::{Program, range},
};

/// Calls that see names as text.
const SEES_NAMES: [&str; 9] =
    ["locals", "globals", "vars", "eval", "exec", "_getframe", "evaluate", "query", "import_module"];

/// Variables of modules that a framework looks for.
const LOOKED_FOR: [&str; 14] = [
    "urlpatterns",
    "app_name",
    "application",
    "app",
    "pytestmark",
    "revision",
    "down_revision",
    "handler404",
    "handler500",
    "extensions",
    "project",
    "register",
    "default_app_config",
    "dependencies",
];

/// Names that people give to the same things.
const USUAL: [(&str, &str); 28] = [
    ("result", "res"),
    ("results", "outcome"),
    ("res", "result"),
    ("data", "dataset"),
    ("df", "frame"),
    ("i", "idx"),
    ("j", "k"),
    ("x", "xs"),
    ("y", "ys"),
    ("arr", "values"),
    ("array", "arr"),
    ("out", "output"),
    ("output", "out"),
    ("a", "first"),
    ("b", "second"),
    ("c", "third"),
    ("expected", "wanted"),
    ("actual", "got"),
    ("n", "count"),
    ("fig", "figure"),
    ("ax", "axes"),
    ("axes", "axs"),
    ("model", "estimator"),
    ("clf", "classifier"),
    ("f", "func"),
    ("s", "text"),
    ("idx", "index"),
    ("G", "graph"),
];

/// How a program uses its names.
#[derive(Debug, Default)]
pub(super) struct NameUse {
    /// Places of each variable.
    places: BTreeMap<String, Vec<Range<usize>>>,
    /// Names that the program assigns.
    assigned: BTreeSet<String>,
    /// Names that are more than variables: parameters, functions, attributes of classes, parts of strings.
    fixed: BTreeSet<String>,
    /// How often each name is imported.
    imported: BTreeMap<String, usize>,
    /// Every identifier and every word of a string, and how often each is there.
    taken: BTreeMap<String, usize>,
    is_in_class: bool,
    is_in_function: bool,
    is_in_text: bool,
}

impl NameUse {
    pub(super) fn of(program: &Program<'_>) -> Self {
        let mut names = Self::default();
        for token in program.tokens() {
            let text = program.text(token);
            match token.kind() {
                TokenKind::Name => *names.taken.entry(text.to_owned()).or_default() += 1,
                TokenKind::String | TokenKind::FStringMiddle | TokenKind::TStringMiddle => {
                    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
                    for word in words.filter(|word| is_name(word)) {
                        *names.taken.entry(word.to_owned()).or_default() += 1;
                        names.fixed.extend([word.to_owned()]);
                    }
                }
                _ => {}
            }
        }
        if SEES_NAMES.iter().any(|call| names.taken.contains_key(*call)) {
            names.fix_all();
        }
        names.visit_body(program.body());
        names
    }

    /// Places of a name that is imported once, and is nothing else; `None` of any other.
    pub(super) fn places_of_import(&self, name: &str) -> Option<&[Range<usize>]> {
        let is_plain = self.imported.get(name) == Some(&1)
            && !self.assigned.contains(name)
            && !self.fixed.contains(name);
        self.places.get(name).filter(|_| is_plain).map(Vec::as_slice)
    }

    /// Whether a name stands in one place only.
    pub(super) fn is_single(&self, name: &str) -> bool {
        self.taken.get(name) == Some(&1)
    }

    /// Another name for the same thing that nothing has yet.
    pub(super) fn fresh(&self, name: &str) -> Option<String> {
        let usual = USUAL.iter().filter(|(from, _)| *from == name).map(|(_, to)| (*to).to_owned());
        let made = [
            format!("{name}_"),
            format!("my_{name}"),
            format!("{name}2"),
            format!("cur_{name}"),
            format!("{name}_value"),
        ];
        let is_free = |other: &String| is_name(other) && !self.taken.contains_key(other);
        let usual: Vec<String> = usual.filter(is_free).collect();
        let made: Vec<String> = made.into_iter().filter(is_free).collect();
        usual.first().or_else(|| pick(&made, seeded(0, &[name]))).cloned()
    }

    fn fix_all(&mut self) {
        self.fixed.extend(self.taken.keys().cloned());
    }

    fn fix(&mut self, name: &str) {
        self.fixed.insert(name.to_owned());
    }
}

impl<'a> SourceOrderVisitor<'a> for NameUse {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        let around = (self.is_in_class, self.is_in_function);
        match statement {
            Stmt::FunctionDef(inner) => {
                self.fix(inner.name.as_str());
                (self.is_in_class, self.is_in_function) = (false, true);
            }
            Stmt::ClassDef(inner) => {
                self.fix(inner.name.as_str());
                self.is_in_class = true;
            }
            Stmt::Global(inner) => self.fixed.extend(inner.names.iter().map(ToString::to_string)),
            Stmt::Nonlocal(inner) => self.fixed.extend(inner.names.iter().map(ToString::to_string)),
            // Patterns bind names in their own ways.
            Stmt::Match(_) => self.fix_all(),
            _ => {}
        }
        walk_stmt(self, statement);
        (self.is_in_class, self.is_in_function) = around;
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Name(name) = expression {
            let text = name.id.to_string();
            if name.ctx != ExprContext::Load {
                let is_public = !self.is_in_function
                    && (text.starts_with(|c: char| c.is_uppercase()) || LOOKED_FOR.contains(&text.as_str()));
                if self.is_in_class || is_public {
                    self.fix(&text);
                }
                self.assigned.insert(text.clone());
            }
            if self.is_in_text {
                self.fix(&text);
            }
            self.places.entry(text).or_default().push(range(expression));
        }
        walk_expr(self, expression);
    }

    fn visit_f_string(&mut self, string: &'a FString) {
        let around = std::mem::replace(&mut self.is_in_text, true);
        walk_f_string(self, string);
        self.is_in_text = around;
    }

    fn visit_parameter(&mut self, parameter: &'a Parameter) {
        self.fix(parameter.name.as_str());
        walk_parameter(self, parameter);
    }

    fn visit_alias(&mut self, alias: &'a Alias) {
        let bound = alias.asname.as_ref().unwrap_or(&alias.name).as_str();
        let bound = bound.split('.').next().unwrap_or_default();
        *self.imported.entry(bound.to_owned()).or_default() += 1;
        walk_alias(self, alias);
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.fix(name.as_str());
        }
        walk_except_handler(self, handler);
    }
}

/// Each variable that the program assigns and nothing else knows, with another name in all of its places.
pub(super) fn renamed(names: &NameUse) -> Rewordings {
    let is_free = |name: &&String| {
        !names.fixed.contains(*name) && !names.imported.contains_key(*name) && !name.starts_with('_')
    };
    let mut found = Vec::new();
    for name in names.assigned.iter().filter(is_free) {
        let (Some(places), Some(other)) = (names.places.get(name), names.fresh(name)) else { continue };
        let edits = places.iter().map(|place| Edit::new(place.clone(), other.clone())).collect();
        found.push((Rewording::Renamed, edits));
    }
    found
}
