//! Keyword arguments in another order.

use ruff_python_ast::{
    Expr, ExprCall, Keyword,
    visitor::source_order::{SourceOrderVisitor, walk_expr},
};

use super::{Rewording, Rewordings};
use crate::{
    edit::Edit,
    mutation::last_name,
    program::{Program, range},
};

/// Calls that keep the order of their keywords.
const ORDERED: [&str; 20] = [
    "dict",
    "OrderedDict",
    "assign",
    "agg",
    "aggregate",
    "update",
    "with_columns",
    "select",
    "mutate",
    "Dict",
    "annotate",
    "values",
    "filter",
    "namedtuple",
    "SimpleNamespace",
    "Bunch",
    "create_model",
    "sum",
    "eval",
    "TypedDict",
];

/// Neighbouring keyword arguments that change places: values whose evaluation nobody notices, in calls that do not look at the
/// order.
pub(super) fn keywords(program: &Program<'_>) -> Rewordings {
    let mut pairs = Pairs { program, found: Vec::new() };
    pairs.visit_body(program.body());
    pairs.found
}

#[derive(Debug)]
struct Pairs<'p> {
    program: &'p Program<'p>,
    found: Rewordings,
}

impl Pairs<'_> {
    fn of(&mut self, call: &ExprCall) {
        // What is called through a variable, or with an unknown dictionary, may look at anything.
        if last_name(&call.func).is_none_or(|callee| ORDERED.contains(&callee)) {
            return;
        }
        for pair in call.arguments.keywords.windows(2) {
            let [one, two] = pair else { continue };
            let is_plain = |keyword: &Keyword| keyword.arg.is_some() && is_quiet(&keyword.value);
            let (first, second) = (range(one), range(two));
            if is_plain(one) && is_plain(two) && self.program.source()[first.end..second.start].trim() == ","
            {
                let edits =
                    vec![Edit::new(first, self.program.text(two)), Edit::new(second, self.program.text(one))];
                self.found.push((Rewording::KeywordOrder, edits));
            }
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Pairs<'_> {
    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Call(call) = expression {
            self.of(call);
        }
        walk_expr(self, expression);
    }
}

/// Whether nothing happens while a value is evaluated.
fn is_quiet(value: &Expr) -> bool {
    match value {
        Expr::Name(_)
        | Expr::StringLiteral(_)
        | Expr::NumberLiteral(_)
        | Expr::BooleanLiteral(_)
        | Expr::NoneLiteral(_)
        | Expr::BytesLiteral(_) => true,
        Expr::Attribute(attribute) => is_quiet(&attribute.value),
        Expr::UnaryOp(sign) => is_quiet(&sign.operand),
        Expr::Tuple(tuple) => tuple.elts.iter().all(is_quiet),
        Expr::List(list) => list.elts.iter().all(is_quiet),
        _ => false,
    }
}
