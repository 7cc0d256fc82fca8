//! Tests as calls and comparisons: what can be put so is checked outside of the program's process.
//!
//! Only what is sure: assertions over calls with constant arguments, in the order in which they stand. Anything else
//! (loops, variables, own helpers, exceptions that are expected) makes the whole test one that runs as it is.

use std::sync::Arc;

use apishift_sandbox::{Arguments, BigInt, Value};
use apishift_syntax::grammar::parse_bounded;
use ruff_python_ast::{CmpOp, Expr, ExprCall, Number, Operator as Op, Stmt, StmtFunctionDef, UnaryOp};
use rustc_hash::FxHashSet;

use crate::term::{Comparison, Function, Operator, Term};

/// A test that is checked outside: calls to make, and what has to hold of their results.
#[derive(Clone, Debug, Default)]
pub struct Checks {
    /// The calls, in order: the function's name, and its arguments.
    pub calls: Arc<Vec<(String, Arguments)>>,
    /// What each call has to return, where an assertion says just that.
    pub expected: Arc<Vec<Option<Value>>>,
    /// Calls whose results are only read as rows, by their places.
    pub iterated: Arc<[usize]>,
    /// What is asserted, in order. Each is looked at as soon as its calls have returned.
    pub assertions: Vec<Term>,
}

impl Checks {
    /// The assertions of these places, in this order, with the calls that they need.
    pub(crate) fn chosen(&self, places: &[usize]) -> Self {
        let assertions = || places.iter().map(|place| &self.assertions[*place]);
        let mut calls = Vec::new();
        assertions().for_each(|assertion| assertion.results(&mut calls));
        let mut seen = FxHashSet::default();
        calls.retain(|call| seen.insert(*call));
        let renumber = |call: usize| calls.iter().position(|known| *known == call).unwrap_or_default();
        let assertions: Vec<Term> = assertions().map(|assertion| assertion.renumbered(&renumber)).collect();
        Self {
            iterated: iterated(&assertions),
            assertions,
            expected: Arc::new(calls.iter().map(|call| self.expected[*call].clone()).collect()),
            calls: Arc::new(calls.iter().map(|call| self.calls[*call].clone()).collect()),
        }
    }
}

/// Names that the test calls as functions of the program.
#[derive(Clone, Copy)]
struct Names<'a> {
    /// The parameter of `check`, and what it stands for.
    candidate: Option<(&'a str, &'a str)>,
}

/// `HumanEval`'s layout: a module with `def check(candidate)`, called with `entry_point`.
pub fn translate_check(source: &str, entry_point: &str) -> Option<Checks> {
    let module = parse_bounded(source).ok()?;
    let mut check: Option<&StmtFunctionDef> = None;
    for statement in &module {
        match statement {
            Stmt::FunctionDef(function) if function.name.as_str() == "check" => {
                if check.replace(function).is_some() {
                    return None;
                }
            }
            // Imports that the assertions need would show as names that are not known here.
            Stmt::Import(_) | Stmt::ImportFrom(_) | Stmt::Pass(_) => {}
            Stmt::Assign(assign) if constant(&assign.value).is_some() => {}
            Stmt::Expr(expression) if constant(&expression.value).is_some() => {}
            _ => return None,
        }
    }
    let check = check.filter(|check| !check.is_async && check.decorator_list.is_empty())?;
    let parameters = &check.parameters;
    let [parameter] = parameters.args.as_slice() else { return None };
    let is_plain = parameters.posonlyargs.is_empty()
        && parameters.kwonlyargs.is_empty()
        && parameters.vararg.is_none()
        && parameters.kwarg.is_none()
        && parameter.default.is_none();
    if !is_plain {
        return None;
    }
    let names = Names { candidate: Some((parameter.parameter.name.as_str(), entry_point)) };
    assertions(&check.body, names)
}

/// MBPP's layout: assertions that call the program's functions by their names.
pub fn translate_asserts(source: &str) -> Option<Checks> {
    assertions(&parse_bounded(source).ok()?, Names { candidate: None })
}

fn assertions(body: &[Stmt], names: Names<'_>) -> Option<Checks> {
    let mut checks = Checks::default();
    for statement in body {
        match statement {
            Stmt::Assert(assert) => {
                // A message that calls something would be evaluated where the assertion fails: too late to matter.
                let term = term(&assert.test, names, &mut checks)?;
                checks.assertions.push(term);
            }
            Stmt::Pass(_) => {}
            Stmt::Expr(expression) if constant(&expression.value).is_some() => {}
            Stmt::Expr(expression) if prints_constants(&expression.value) => {}
            _ => return None,
        }
    }
    let mut expected = vec![None; checks.calls.len()];
    for (call, value) in checks.assertions.iter().filter_map(Term::equality) {
        expected[call] = Some(value.clone());
    }
    checks.expected = Arc::new(expected);
    checks.iterated = iterated(&checks.assertions);
    (!checks.calls.is_empty()).then_some(checks)
}

fn iterated(assertions: &[Term]) -> Arc<[usize]> {
    let mut places = Vec::new();
    for assertion in assertions {
        assertion.read_as_rows(&mut places);
    }
    places.into()
}

fn prints_constants(expression: &Expr) -> bool {
    let Expr::Call(call) = expression else { return false };
    matches!(call.func.as_ref(), Expr::Name(name) if name.id.as_str() == "print")
        && call.arguments.keywords.is_empty()
        && call.arguments.args.iter().all(|argument| constant(argument).is_some())
}

fn term(expression: &Expr, names: Names<'_>, checks: &mut Checks) -> Option<Term> {
    if let Some(value) = constant(expression) {
        return Some(Term::Constant(value));
    }
    Some(match expression {
        Expr::Call(call) => return called(call, names, checks),
        Expr::Compare(compare) => {
            let first = term(&compare.left, names, checks)?;
            let mut rest = Vec::new();
            let before = checks.calls.len();
            for (op, right) in compare.ops.iter().zip(&compare.comparators) {
                let right = term(right, names, checks)?;
                rest.push((comparison(*op, &right)?, right));
            }
            // The second comparison of a chain is only made where the first one holds.
            if rest.len() > 1 && rest[1..].iter().any(|(_, term)| has_results(term, before)) {
                return None;
            }
            Term::Compare(Box::new(first), rest)
        }
        Expr::UnaryOp(unary) => {
            let operand = Box::new(term(&unary.operand, names, checks)?);
            match unary.op {
                UnaryOp::Not => Term::Not(operand),
                UnaryOp::USub => Term::Negative(operand),
                UnaryOp::UAdd | UnaryOp::Invert => return None,
            }
        }
        Expr::BinOp(binary) => {
            let operator = operator(binary.op)?;
            let left = term(&binary.left, names, checks)?;
            Term::Binary(operator, Box::new(left), Box::new(term(&binary.right, names, checks)?))
        }
        _ => return None,
    })
}

fn has_results(term: &Term, from: usize) -> bool {
    let mut results = Vec::new();
    term.results(&mut results);
    results.iter().any(|result| *result >= from)
}

fn called(call: &ExprCall, names: Names<'_>, checks: &mut Checks) -> Option<Term> {
    let Expr::Name(name) = call.func.as_ref() else { return None };
    let name = name.id.as_str();
    if let Some(function) = builtin(name) {
        let [argument] = call.arguments.args.as_ref() else { return None };
        if !call.arguments.keywords.is_empty() {
            return None;
        }
        return Some(Term::Apply(function, Box::new(term(argument, names, checks)?)));
    }
    let function = match names.candidate {
        Some((parameter, entry)) => (name == parameter).then_some(entry)?,
        // A name that Python knows means what the program made of it, or not.
        None if is_known(name) => return None,
        None => name,
    };
    let mut arguments = Arguments::default();
    for argument in &call.arguments.args {
        arguments.positional.push(constant(argument)?);
    }
    for keyword in &call.arguments.keywords {
        arguments.keywords.push((keyword.arg.as_ref()?.to_string(), constant(&keyword.value)?));
    }
    Arc::make_mut(&mut checks.calls).push((function.to_owned(), arguments));
    Some(Term::Result(checks.calls.len() - 1))
}

fn builtin(name: &str) -> Option<Function> {
    Some(match name {
        "abs" => Function::Abs,
        "len" => Function::Len,
        "list" => Function::List,
        "tuple" => Function::Tuple,
        "set" => Function::Set,
        "sorted" => Function::Sorted,
        "bool" => Function::Bool,
        _ => return None,
    })
}

/// Builtins that are no function of the program, whatever is done with them.
fn is_known(name: &str) -> bool {
    matches!(
        name,
        "all"
            | "any"
            | "bytes"
            | "callable"
            | "complex"
            | "dict"
            | "divmod"
            | "enumerate"
            | "eval"
            | "exec"
            | "filter"
            | "float"
            | "frozenset"
            | "getattr"
            | "hasattr"
            | "hash"
            | "id"
            | "input"
            | "int"
            | "isinstance"
            | "issubclass"
            | "iter"
            | "map"
            | "max"
            | "min"
            | "next"
            | "object"
            | "open"
            | "pow"
            | "print"
            | "range"
            | "repr"
            | "reversed"
            | "round"
            | "slice"
            | "str"
            | "sum"
            | "super"
            | "type"
            | "vars"
            | "zip"
    )
}

fn comparison(op: CmpOp, right: &Term) -> Option<Comparison> {
    let is_single = matches!(right, Term::Constant(Value::None | Value::Bool(_) | Value::Ellipsis));
    Some(match op {
        CmpOp::Eq => Comparison::Equal,
        CmpOp::NotEq => Comparison::NotEqual,
        CmpOp::Lt => Comparison::Less,
        CmpOp::LtE => Comparison::LessOrEqual,
        CmpOp::Gt => Comparison::Greater,
        CmpOp::GtE => Comparison::GreaterOrEqual,
        CmpOp::Is if is_single => Comparison::Is,
        CmpOp::IsNot if is_single => Comparison::IsNot,
        CmpOp::In => Comparison::In,
        CmpOp::NotIn => Comparison::NotIn,
        CmpOp::Is | CmpOp::IsNot => return None,
    })
}

fn operator(op: Op) -> Option<Operator> {
    Some(match op {
        Op::Add => Operator::Add,
        Op::Sub => Operator::Subtract,
        Op::Mult => Operator::Multiply,
        Op::Div => Operator::Divide,
        Op::Pow => Operator::Power,
        _ => return None,
    })
}

/// The value of an expression that has the same one wherever it stands.
fn constant(expression: &Expr) -> Option<Value> {
    let all = |items: &[Expr]| items.iter().map(constant).collect::<Option<Vec<Value>>>();
    Some(match expression {
        Expr::NoneLiteral(_) => Value::None,
        Expr::EllipsisLiteral(_) => Value::Ellipsis,
        Expr::BooleanLiteral(literal) => Value::Bool(literal.value),
        Expr::NumberLiteral(literal) => match &literal.value {
            Number::Int(number) => Value::Int(integer(&number.to_string())?),
            Number::Float(number) => Value::Float(*number),
            Number::Complex { real, imag } => Value::Complex(*real, *imag),
        },
        // A lone surrogate has no place in the parser's strings: it stands as another character there.
        Expr::StringLiteral(literal) if !literal.value.to_str().contains('\u{fffd}') => {
            Value::Str(literal.value.to_str().to_owned())
        }
        Expr::BytesLiteral(literal) => Value::Bytes(literal.value.bytes().collect()),
        Expr::List(list) => Value::List(all(&list.elts)?),
        Expr::Tuple(tuple) => Value::Tuple(all(&tuple.elts)?),
        Expr::Set(set) => Value::set(all(&set.elts)?)?,
        Expr::Dict(dict) => {
            let entries =
                dict.items.iter().map(|item| Some((constant(item.key.as_ref()?)?, constant(&item.value)?)));
            Value::dict(entries.collect::<Option<_>>()?)?
        }
        Expr::UnaryOp(unary) if unary.op == UnaryOp::USub => {
            Term::Negative(Box::new(Term::Constant(constant(&unary.operand)?))).evaluate(&[]).ok()?
        }
        Expr::UnaryOp(unary) if unary.op == UnaryOp::UAdd => {
            constant(&unary.operand).filter(|value| matches!(value, Value::Int(_) | Value::Float(_)))?
        }
        Expr::BinOp(binary) => {
            let side = |side: &Expr| constant(side).map(|value| Box::new(Term::Constant(value)));
            let term = Term::Binary(operator(binary.op)?, side(&binary.left)?, side(&binary.right)?);
            term.evaluate(&[]).ok()?
        }
        // `float("inf")` is how a test writes a number that has no literal.
        Expr::Call(call) if matches!(call.func.as_ref(), Expr::Name(name) if name.id.as_str() == "float") => {
            let [Expr::StringLiteral(text)] = call.arguments.args.as_ref() else { return None };
            Value::Float(match text.value.to_str() {
                "inf" | "infinity" => f64::INFINITY,
                "-inf" => f64::NEG_INFINITY,
                "nan" => f64::NAN,
                _ => return None,
            })
        }
        Expr::Call(call) if matches!(call.func.as_ref(), Expr::Name(name) if name.id.as_str() == "set") => {
            (call.arguments.args.is_empty() && call.arguments.keywords.is_empty())
                .then(|| Value::Set(Vec::new()))?
        }
        _ => return None,
    })
}

/// Written in decimal, or as the source has it: `0xff`.
fn integer(text: &str) -> Option<BigInt> {
    let text = text.replace('_', "");
    let lower = text.to_ascii_lowercase();
    for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] {
        if let Some(digits) = lower.strip_prefix(prefix) {
            return BigInt::parse_bytes(digits.as_bytes(), radix);
        }
    }
    BigInt::parse_bytes(text.as_bytes(), 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(body: &str) -> Option<Checks> {
        translate_check(&format!("METADATA = {{'a': 1}}\n\n\ndef check(candidate):\n    {body}\n"), "f")
    }

    /// Whether each assertion holds where the calls return these.
    fn holds(body: &str, results: &[Value]) -> Vec<Result<bool, &'static str>> {
        let checks = check(body).expect("it can be put as calls and comparisons");
        let evaluate =
            |term: &Term| term.evaluate(results).map(|value| value.is_true()).map_err(|raised| raised.0);
        checks.assertions.iter().map(evaluate).collect()
    }

    fn int(value: i64) -> Value {
        Value::Int(value.into())
    }

    #[test]
    fn assertions_mean_what_they_mean_in_python() {
        assert_eq!(holds("assert candidate(1) == 2", &[int(2)]), [Ok(true)]);
        assert_eq!(holds("assert candidate(1) == 2", &[Value::Str("2".to_owned())]), [Ok(false)]);
        assert_eq!(holds("assert abs(candidate(1) - 0.3) < 1e-6", &[Value::Float(0.1 + 0.2)]), [Ok(true)]);
        assert_eq!(holds("assert abs(candidate(1) - 0.3) < 1e-6", &[Value::None]), [Err("TypeError")]);
        assert_eq!(
            holds("assert sorted(candidate([3, 1])) == [1, 3]", &[Value::List(vec![int(3), int(1)])]),
            [Ok(true)]
        );
        assert_eq!(holds("assert not candidate(x=1)", &[Value::List(Vec::new())]), [Ok(true)]);
        assert_eq!(holds("assert candidate(1) is None", &[Value::None]), [Ok(true)]);
        assert_eq!(holds("assert candidate('a' + 'b' * 2) in ('abb', 3 * 5)", &[int(15)]), [Ok(true)]);
        assert_eq!(holds("assert 1 < candidate(1) <= 3", &[int(3)]), [Ok(true)]);
        assert_eq!(
            holds("assert True\n    assert candidate(1) == -1.5, 'why'", &[Value::Float(-1.5)]),
            [Ok(true), Ok(true)]
        );
        assert_eq!(
            holds("assert len(set(candidate(1))) == 2", &[Value::List(vec![int(1), int(1), int(2)])]),
            [Ok(true)]
        );
    }

    #[test]
    fn what_is_not_sure_is_left() {
        for body in [
            "x = candidate(1)\n    assert x == 2",
            "for n in range(3):\n        assert candidate(n) == n",
            "assert candidate(candidate(1)) == 2",
            "assert helper(1) == 2",
            "assert candidate(1) is 2",
            "assert candidate(1) == 1 or candidate(2) == 1",
            "assert candidate(*[1]) == 2",
            "assert 1 == candidate(1) == candidate(2)",
            "assert round(candidate(1), 2) == 0.5",
            "pass",
        ] {
            assert!(check(body).is_none(), "{body}");
        }
        assert!(translate_asserts("assert f(1) == 1\nassert str(f(1)) == '1'").is_none());
        assert_eq!(translate_asserts("assert f(1) == 1\nassert g(2) == 1").unwrap().calls.len(), 2);
    }

    #[test]
    fn the_first_assertions_take_only_their_calls_along() {
        let two = check("assert candidate(1) == 1\n    assert candidate(2) == candidate(3)").unwrap();
        let first = two.chosen(&[0]);
        assert_eq!((first.calls.len(), first.assertions.len()), (1, 1));
        let turned = two.chosen(&[1, 0]);
        let arguments: Vec<_> = turned.calls.iter().map(|(_, given)| given.positional[0].as_int()).collect();
        assert_eq!(arguments, [2, 3, 1].map(|n| Some(BigInt::from(n))));
        let holds = |results: [u8; 3]| {
            let results = results.map(|n| Value::Int(n.into()));
            turned.assertions.iter().map(|a| a.evaluate(&results).unwrap().is_true()).collect::<Vec<_>>()
        };
        assert_eq!(
            (holds([7, 7, 1]), holds([7, 8, 1]), holds([7, 7, 2])),
            (vec![true, true], vec![false, true], vec![true, false])
        );
        let known: Vec<bool> = turned.expected.iter().map(Option::is_some).collect();
        assert_eq!(known, [false, false, true]);
    }
}
