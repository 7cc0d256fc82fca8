//! Faults in calls: arguments and keywords.

use std::ops::Range;

use ruff_python_ast::{
    ArgOrKeyword, Expr, ExprCall, Identifier, UnaryOp, visitor::source_order::SourceOrderVisitor,
};

use super::{Operator, collector::Collector};
use crate::{
    edit::Edit,
    name,
    program::{Program, range},
};

/// Calls that write to a log. By the last name of what is called.
pub(super) const LOGGED: [&str; 8] =
    ["debug", "info", "warning", "warn", "error", "exception", "log", "critical"];

/// Other calls whose arguments are for a person's eye, or of which any would do. By the last name of what is called.
const TOLD: [&str; 36] = [
    "print",
    "set_title",
    "title",
    "suptitle",
    "set_xlabel",
    "set_ylabel",
    "set_zlabel",
    "xlabel",
    "ylabel",
    "legend",
    "text",
    "annotate",
    "figure",
    "subplots",
    "savefig",
    "show",
    "tight_layout",
    "colorbar",
    "seed",
    "default_rng",
    "RandomState",
    "sleep",
    "filterwarnings",
    "simplefilter",
    "skip",
    "skipif",
    "xfail",
    "getLogger",
    "add_argument",
    "fail",
    "help_text",
    "set_description",
    "catch_warnings",
    "tick_params",
    "set_ticks",
    "plot",
];

/// Keywords whose value is for a person's eye, or of which any would do.
const TOLD_KEYWORDS: [&str; 42] = [
    "copy",
    "copy_X",
    "copy_x",
    "overwrite_a",
    "overwrite_b",
    "check_finite",
    "memory",
    "low_memory",
    "seed",
    "random_state",
    "random_seed",
    "verbose",
    "n_jobs",
    "figsize",
    "dpi",
    "title",
    "label",
    "xlabel",
    "ylabel",
    "color",
    "c",
    "alpha",
    "linestyle",
    "ls",
    "lw",
    "linewidth",
    "marker",
    "cmap",
    "fontsize",
    "help",
    "description",
    "doc",
    "msg",
    "message",
    "reason",
    "err_msg",
    "stacklevel",
    "name",
    "verbose_name",
    "help_text",
    "rng",
    "timeout",
];

/// Calls that give the same with arguments in another order, or that only compare.
const SYMMETRIC: [&str; 51] = [
    "dot",
    "convolve",
    "fftconvolve",
    "cosine",
    "euclidean",
    "hamming",
    "jaccard",
    "cdist",
    "corrcoef",
    "pearsonr",
    "spearmanr",
    "kendalltau",
    "mean_squared_error",
    "mean_absolute_error",
    "accuracy_score",
    "adjusted_rand_score",
    "isomorphic",
    "is_isomorphic",
    "could_be_isomorphic",
    "result_type",
    "promote_types",
    "max",
    "min",
    "gcd",
    "lcm",
    "add",
    "multiply",
    "maximum",
    "minimum",
    "fmax",
    "fmin",
    "hypot",
    "logical_and",
    "logical_or",
    "logical_xor",
    "bitwise_and",
    "bitwise_or",
    "union",
    "intersection",
    "intersect1d",
    "union1d",
    "add_edge",
    "has_edge",
    "isdisjoint",
    "assert_",
    "And",
    "Or",
    "Union",
    "inner",
    "vdot",
    "broadcast_arrays",
];

impl<'a> Collector<'a> {
    /// Notes what can be done to a call, and walks through it.
    pub(super) fn call(&mut self, call: &'a ExprCall) {
        let callee = last_name(&call.func);
        let is_told = callee.is_some_and(|callee| LOGGED.contains(&callee) || TOLD.contains(&callee));
        if !is_told && self.told == 0 {
            self.arguments(call, callee.unwrap_or_default());
        }
        // What is called is no variable to be mixed up: only what it is an attribute of.
        if let Expr::Attribute(attribute) = &*call.func {
            self.visit_expr(&attribute.value);
        } else if !call.func.is_name_expr() {
            self.visit_expr(&call.func);
        }
        let told = self.told;
        for argument in call.arguments.iter_source_order() {
            let keyword = match argument {
                ArgOrKeyword::Keyword(keyword) => keyword.arg.as_ref().map(Identifier::as_str),
                ArgOrKeyword::Arg(_) => None,
            };
            if !is_told && !keyword.is_some_and(|keyword| TOLD_KEYWORDS.contains(&keyword)) {
                self.visit_expr(argument.value());
            }
        }
        self.told = told;
    }

    fn arguments(&mut self, call: &'a ExprCall, callee: &str) {
        for dropped in droppable(self.program, call) {
            let is_harmless = may_be_default(dropped.value) || is_usual_type(callee, &dropped);
            if !is_harmless && !is_told_keyword(dropped.keyword) {
                self.note(Operator::ArgumentDropped, dropped.place, vec![dropped.edit]);
            }
        }
        if !is_symmetric(callee) {
            for (place, edits) in swaps(self.program, call) {
                self.note(Operator::ArgumentsSwapped, place, edits);
            }
        }
        if callee == "range" {
            for bound in &call.arguments.args {
                self.off_by_one(bound);
            }
        }
        for keyword in &call.arguments.keywords {
            if let Some(known) = keyword.arg.as_ref().filter(|known| !is_told_keyword(Some(known.as_str()))) {
                let taken: Vec<&str> = call
                    .arguments
                    .keywords
                    .iter()
                    .filter_map(|keyword| Some(keyword.arg.as_ref()?.as_str()))
                    .collect();
                let other =
                    name::perturbed(known.as_str(), self.hash(known), |other| !taken.contains(&other));
                if let Some(other) = other {
                    self.replace(Operator::Keyword, range(known), other);
                }
            }
        }
    }
}

/// Whether any value of a keyword would do, as it is for a person's eye.
pub(crate) fn is_told_keyword(keyword: Option<&str>) -> bool {
    keyword.is_some_and(|keyword| TOLD_KEYWORDS.contains(&keyword))
}

/// Whether two arguments of such a call may change places without harm.
pub(crate) fn is_symmetric(callee: &str) -> bool {
    let lower = callee.to_ascii_lowercase();
    SYMMETRIC.contains(&callee)
        || ["equal", "close", "same", "distance", "match", "compare"].iter().any(|part| lower.contains(part))
}

/// Whether a value is one that a parameter often has anyway.
pub(crate) fn may_be_default(value: &Expr) -> bool {
    match value {
        Expr::NoneLiteral(_) | Expr::BooleanLiteral(_) | Expr::EllipsisLiteral(_) => true,
        Expr::NumberLiteral(number) => {
            number.value.as_int().and_then(ruff_python_ast::Int::as_i64).is_some_and(|value| value <= 1)
        }
        Expr::UnaryOp(sign) => sign.op == UnaryOp::USub && may_be_default(&sign.operand),
        Expr::StringLiteral(text) => text.value.is_empty(),
        Expr::Tuple(tuple) => tuple.elts.is_empty(),
        Expr::List(list) => list.elts.is_empty(),
        Expr::Dict(dict) => dict.items.is_empty(),
        Expr::Starred(_) => true,
        _ => false,
    }
}

/// Whether an argument names the type that an array has anyway: where it is made of values, any may be; else floats are.
pub(crate) fn is_usual_type(callee: &str, dropped: &Dropped<'_>) -> bool {
    let name = match dropped.value {
        Expr::StringLiteral(text) => text.value.to_str(),
        value => last_name(value).unwrap_or_default(),
    };
    let is_float = name.starts_with("float") || name == "double" || name == "d";
    let is_type = dropped.keyword == Some("dtype")
        || is_float
        || ["int", "bool", "object", "complex", "str"].contains(&name);
    let is_made_of_values = !["zeros", "ones", "empty", "eye", "identity"].contains(&callee);
    let is_usual_graph = dropped.keyword == Some("create_using") && name == "Graph";
    is_usual_graph
        || is_type && callee != "astype" && callee != "isinstance" && (is_float || is_made_of_values)
}

/// The last part of a dotted name.
pub(crate) fn last_name(callee: &Expr) -> Option<&str> {
    match callee {
        Expr::Name(name) => Some(name.id.as_str()),
        Expr::Attribute(attribute) => Some(attribute.attr.as_str()),
        _ => None,
    }
}

/// An argument that a call can do without, as far as the grammar goes.
#[derive(Debug)]
pub(crate) struct Dropped<'a> {
    pub(crate) keyword: Option<&'a str>,
    pub(crate) value: &'a Expr,
    pub(crate) place: Range<usize>,
    pub(crate) edit: Edit,
}

/// Every argument of a call between plain commas, with the edit that takes it away.
pub(crate) fn droppable<'a>(program: &Program<'_>, call: &'a ExprCall) -> Vec<Dropped<'a>> {
    let arguments: Vec<ArgOrKeyword<'a>> = call.arguments.iter_source_order().collect();
    let source = program.source();
    let inner = range(&call.arguments).start + 1..range(&call.arguments).end - 1;
    let mut found = Vec::new();
    for (number, &argument) in arguments.iter().enumerate() {
        let (value, keyword) = match argument {
            ArgOrKeyword::Arg(value) => (value, None),
            ArgOrKeyword::Keyword(keyword) => match &keyword.arg {
                Some(name) => (&keyword.value, Some(name.as_str())),
                None => continue,
            },
        };
        let place = range(&argument);
        let before = number.checked_sub(1).map(|before| range(&arguments[before]).end);
        let after = arguments.get(number + 1).map(|next| range(next).start);
        let is_comma = |between: &str| between.trim() == ",";
        let is_open = |between: &str| between.trim().is_empty();
        let left = &source[before.unwrap_or(inner.start)..place.start];
        let right = &source[place.end..after.unwrap_or(inner.end)];
        let is_left_plain = if before.is_some() { is_comma(left) } else { is_open(left) };
        let is_right_plain =
            if after.is_some() { is_comma(right) } else { is_open(right) || is_comma(right) };
        if !is_left_plain || !is_right_plain {
            continue;
        }
        let gone = match (before, after) {
            (_, Some(next)) => place.start..next,
            (Some(previous), None) => previous..place.end,
            (None, None) => inner.clone(),
        };
        found.push(Dropped { keyword, value, place, edit: Edit::removal(gone) });
    }
    found
}

/// Neighbouring positional arguments that can change places: where they are, and the edits that do it.
pub(crate) fn swaps(program: &Program<'_>, call: &ExprCall) -> Vec<(Range<usize>, Vec<Edit>)> {
    let mut found = Vec::new();
    for pair in call.arguments.args.windows(2) {
        let [one, two] = pair else { continue };
        if one.is_starred_expr() || two.is_starred_expr() || program.text(one) == program.text(two) {
            continue;
        }
        let (first, second) = (range(one), range(two));
        if program.source()[first.end..second.start].trim() != "," {
            continue;
        }
        let edits =
            vec![Edit::new(first.clone(), program.text(two)), Edit::new(second.clone(), program.text(one))];
        found.push((first.start..second.end, edits));
    }
    found
}
