//! What a test compares, as the trusted side evaluates it: constants, results of the program, and what Python does with
//! values of builtin types.

use std::cmp::Ordering;

use apishift_sandbox::{BigInt, Value};

/// Bytes or items of a constant, at most: a test that builds more is run as it is.
const MAX_SIZE: usize = 1 << 20;

/// An expression over the results of calls.
#[derive(Clone, Debug)]
pub enum Term {
    /// A constant.
    Constant(Value),
    /// The result of a call, by its number.
    Result(usize),
    /// A builtin function of one argument.
    Apply(Function, Box<Self>),
    /// An operator between numbers, texts or sequences.
    Binary(Operator, Box<Self>, Box<Self>),
    /// The negative of a number.
    Negative(Box<Self>),
    /// A chain of comparisons: `a < b <= c`.
    Compare(Box<Self>, Vec<(Comparison, Self)>),
    /// `not x`.
    Not(Box<Self>),
}

/// Builtin functions whose meaning for values is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Function {
    /// `abs`
    Abs,
    /// `len`
    Len,
    /// `list`
    List,
    /// `tuple`
    Tuple,
    /// `set`
    Set,
    /// `sorted`
    Sorted,
    /// `bool`
    Bool,
    /// `str` of texts and integers
    Str,
}

/// Operators.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
    /// `**` with a small exponent
    Power,
}

/// Comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `is`, of `None`, `True` and `False`
    Is,
    /// `is not`
    IsNot,
    /// `in`
    In,
    /// `not in`
    NotIn,
}

/// What Python would raise, by the name of its class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Raised(pub &'static str);

const TYPE_ERROR: Raised = Raised("TypeError");

impl Term {
    /// The result and the constant that it has to equal, where the term says no more than that.
    pub(crate) fn equality(&self) -> Option<(usize, &Value)> {
        match self {
            Self::Compare(left, rest) => match (left.as_ref(), rest.as_slice()) {
                (Self::Result(call), [(Comparison::Equal, Self::Constant(value))]) => Some((*call, value)),
                _ => None,
            },
            _ => None,
        }
    }

    /// The value, given the results.
    pub fn evaluate(&self, results: &[Value]) -> Result<Value, Raised> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Result(number) => results.get(*number).cloned().ok_or(Raised("LookupError")),
            Self::Apply(function, argument) => apply(*function, argument.evaluate(results)?),
            Self::Binary(operator, left, right) => {
                binary(*operator, &left.evaluate(results)?, &right.evaluate(results)?)
            }
            Self::Negative(term) => {
                binary(Operator::Subtract, &Value::Int(BigInt::ZERO), &term.evaluate(results)?)
                    .map(minus_zero)
            }
            Self::Compare(first, rest) => {
                let mut left = first.evaluate(results)?;
                for (comparison, right) in rest {
                    let right = right.evaluate(results)?;
                    if !holds(*comparison, &left, &right)? {
                        return Ok(Value::Bool(false));
                    }
                    left = right;
                }
                Ok(Value::Bool(true))
            }
            Self::Not(term) => Ok(Value::Bool(!term.evaluate(results)?.is_true())),
        }
    }

    /// The same, of results that have other numbers.
    #[must_use]
    pub(crate) fn renumbered(&self, to: &impl Fn(usize) -> usize) -> Self {
        let boxed = |term: &Self| Box::new(term.renumbered(to));
        match self {
            Self::Constant(value) => Self::Constant(value.clone()),
            Self::Result(number) => Self::Result(to(*number)),
            Self::Apply(function, term) => Self::Apply(*function, boxed(term)),
            Self::Binary(operator, left, right) => Self::Binary(*operator, boxed(left), boxed(right)),
            Self::Negative(term) => Self::Negative(boxed(term)),
            Self::Compare(first, rest) => {
                let rest = rest.iter().map(|(comparison, term)| (*comparison, term.renumbered(to)));
                Self::Compare(boxed(first), rest.collect())
            }
            Self::Not(term) => Self::Not(boxed(term)),
        }
    }

    /// Numbers of the results that it only reads as rows: by making a list, tuple or set of them.
    pub(crate) fn read_as_rows(&self, out: &mut Vec<usize>) {
        match self {
            Self::Constant(_) | Self::Result(_) => {}
            Self::Apply(Function::List | Function::Tuple | Function::Set | Function::Sorted, term)
                if matches!(**term, Self::Result(_)) =>
            {
                term.results(out);
            }
            Self::Apply(_, term) | Self::Negative(term) | Self::Not(term) => term.read_as_rows(out),
            Self::Binary(_, left, right) => {
                left.read_as_rows(out);
                right.read_as_rows(out);
            }
            Self::Compare(first, rest) => {
                first.read_as_rows(out);
                for (_, term) in rest {
                    term.read_as_rows(out);
                }
            }
        }
    }

    /// Numbers of the results that it needs, in the order of their evaluation.
    pub fn results(&self, out: &mut Vec<usize>) {
        match self {
            Self::Constant(_) => {}
            Self::Result(number) => out.push(*number),
            Self::Apply(_, term) | Self::Negative(term) | Self::Not(term) => term.results(out),
            Self::Binary(_, left, right) => {
                left.results(out);
                right.results(out);
            }
            Self::Compare(first, rest) => {
                first.results(out);
                for (_, term) in rest {
                    term.results(out);
                }
            }
        }
    }
}

/// `0 - 0.0` is `0.0`, and `-0.0` is not.
fn minus_zero(value: Value) -> Value {
    match value {
        Value::Float(0.0) => Value::Float(-0.0),
        other => other,
    }
}

fn apply(function: Function, value: Value) -> Result<Value, Raised> {
    Ok(match function {
        Function::Abs => match value {
            Value::Float(value) => Value::Float(value.abs()),
            Value::Complex(re, im) => Value::Float(re.hypot(im)),
            other => {
                let number = other.as_int().ok_or(TYPE_ERROR)?;
                Value::Int(BigInt::from(number.magnitude().clone()))
            }
        },
        Function::Len => Value::Int(length(&value).ok_or(TYPE_ERROR)?.into()),
        Function::List => Value::List(items(value)?),
        Function::Tuple => Value::Tuple(items(value)?),
        Function::Set => Value::set(items(value)?).ok_or(TYPE_ERROR)?,
        Function::Sorted => Value::List(sorted(items(value)?)?),
        Function::Bool => Value::Bool(value.is_true()),
        Function::Str => match value {
            Value::Str(_) | Value::Surrogates(_) => value,
            Value::Int(number) => Value::Str(number.to_string()),
            _ => return Err(TYPE_ERROR),
        },
    })
}

fn length(value: &Value) -> Option<usize> {
    Some(match value {
        Value::Str(text) => text.chars().count(),
        Value::Bytes(bytes) => bytes.len(),
        Value::Tuple(items) | Value::List(items) | Value::Set(items) | Value::FrozenSet(items) => items.len(),
        Value::Dict(entries) => entries.len(),
        _ => return None,
    })
}

fn items(value: Value) -> Result<Vec<Value>, Raised> {
    Ok(match value {
        Value::Tuple(items) | Value::List(items) | Value::Set(items) | Value::FrozenSet(items) => items,
        Value::Dict(entries) => entries.into_iter().map(|(key, _)| key).collect(),
        Value::Str(text) => text.chars().map(|c| Value::Str(c.to_string())).collect(),
        Value::Bytes(bytes) => bytes.into_iter().map(|byte| Value::Int(byte.into())).collect(),
        _ => return Err(TYPE_ERROR),
    })
}

fn sorted(mut items: Vec<Value>) -> Result<Vec<Value>, Raised> {
    let mut is_ordered = true;
    items.sort_by(|a, b| {
        a.compare(b).unwrap_or_else(|| {
            is_ordered = false;
            Ordering::Equal
        })
    });
    if is_ordered { Ok(items) } else { Err(TYPE_ERROR) }
}

fn binary(operator: Operator, left: &Value, right: &Value) -> Result<Value, Raised> {
    match (operator, left, right) {
        (Operator::Add, Value::Str(a), Value::Str(b)) => return bounded(Value::Str(format!("{a}{b}"))),
        (Operator::Add, Value::List(a), Value::List(b)) => return bounded(Value::List([&a[..], b].concat())),
        (Operator::Add, Value::Tuple(a), Value::Tuple(b)) => {
            return bounded(Value::Tuple([&a[..], b].concat()));
        }
        (Operator::Multiply, Value::Str(_) | Value::List(_) | Value::Tuple(_), count) => {
            return repeat(left, count);
        }
        (Operator::Multiply, count, Value::Str(_) | Value::List(_) | Value::Tuple(_)) => {
            return repeat(right, count);
        }
        _ => {}
    }
    if let (Some(a), Some(b)) = (left.as_int(), right.as_int()) {
        return integers(operator, &a, &b);
    }
    let is_float = |value: &Value| matches!(value, Value::Float(_));
    if !is_float(left) && !is_float(right) {
        return Err(TYPE_ERROR);
    }
    let (a, b) = left.as_float().zip(right.as_float()).ok_or(TYPE_ERROR)?;
    Ok(Value::Float(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Divide if b == 0.0 => return Err(Raised("ZeroDivisionError")),
        Operator::Divide => a / b,
        // The C library's, which Python uses, may round otherwise.
        Operator::Power => return Err(TYPE_ERROR),
    }))
}

fn integers(operator: Operator, a: &BigInt, b: &BigInt) -> Result<Value, Raised> {
    Ok(Value::Int(match operator {
        Operator::Add => a + b,
        Operator::Subtract => a - b,
        Operator::Multiply => a * b,
        Operator::Power => {
            let exponent = u32::try_from(b).ok().filter(|exponent| *exponent <= 4096).ok_or(TYPE_ERROR)?;
            if a.bits() > 64 {
                return Err(TYPE_ERROR);
            }
            a.pow(exponent)
        }
        Operator::Divide => {
            if *b == BigInt::ZERO {
                return Err(Raised("ZeroDivisionError"));
            }
            // Exact where both are floats exactly, which is when Python divides as floats do.
            let exact = |n: &BigInt| (n.bits() <= 53).then(|| Value::Int(n.clone()).as_float()).flatten();
            let (a, b) = exact(a).zip(exact(b)).ok_or(TYPE_ERROR)?;
            return Ok(Value::Float(a / b));
        }
    }))
}

fn repeat(sequence: &Value, count: &Value) -> Result<Value, Raised> {
    let count = count.as_int().ok_or(TYPE_ERROR)?;
    let count =
        if count < BigInt::ZERO { 0 } else { usize::try_from(&count).map_err(|_large| TYPE_ERROR)? };
    let size = length(sequence).unwrap_or(0).max(1);
    if size.checked_mul(count).is_none_or(|size| size > MAX_SIZE) {
        return Err(Raised("MemoryError"));
    }
    Ok(match sequence {
        Value::Str(text) => Value::Str(text.repeat(count)),
        Value::List(items) => Value::List(items.iter().cycle().take(items.len() * count).cloned().collect()),
        Value::Tuple(items) => {
            Value::Tuple(items.iter().cycle().take(items.len() * count).cloned().collect())
        }
        _ => return Err(TYPE_ERROR),
    })
}

fn bounded(value: Value) -> Result<Value, Raised> {
    if length(&value).is_some_and(|size| size > MAX_SIZE) { Err(Raised("MemoryError")) } else { Ok(value) }
}

fn holds(comparison: Comparison, left: &Value, right: &Value) -> Result<bool, Raised> {
    Ok(match comparison {
        Comparison::Equal => left.equals(right),
        Comparison::NotEqual => !left.equals(right),
        Comparison::Is => is_same(left, right),
        Comparison::IsNot => !is_same(left, right),
        Comparison::In => contains(right, left)?,
        Comparison::NotIn => !contains(right, left)?,
        Comparison::Less => ordered(left, right, Ordering::is_lt)?,
        Comparison::LessOrEqual => ordered(left, right, Ordering::is_le)?,
        Comparison::Greater => ordered(left, right, Ordering::is_gt)?,
        Comparison::GreaterOrEqual => ordered(left, right, Ordering::is_ge)?,
    })
}

/// Identity of `None` and booleans, of which there is one each.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::None, Value::None) | (Value::Ellipsis, Value::Ellipsis) => true,
        (Value::Bool(a), Value::Bool(b)) => a == b,
        _ => false,
    }
}

fn contains(container: &Value, item: &Value) -> Result<bool, Raised> {
    match (container, item) {
        (Value::Str(text), Value::Str(part)) => Ok(text.contains(part.as_str())),
        (Value::Str(_) | Value::Bytes(_), _) => Err(TYPE_ERROR),
        (Value::Tuple(items) | Value::List(items), _) => Ok(items.iter().any(|other| other.equals(item))),
        (Value::Set(items) | Value::FrozenSet(items), _) if item.is_hashable() => {
            Ok(items.iter().any(|other| other.equals(item)))
        }
        (Value::Dict(entries), _) if item.is_hashable() => {
            Ok(entries.iter().any(|(key, _)| key.equals(item)))
        }
        _ => Err(TYPE_ERROR),
    }
}

fn ordered(left: &Value, right: &Value, wanted: fn(Ordering) -> bool) -> Result<bool, Raised> {
    let is_nan = |value: &Value| matches!(value, Value::Float(value) if value.is_nan());
    match left.compare(right) {
        Some(order) => Ok(wanted(order)),
        None if is_nan(left) || is_nan(right) => Ok(false),
        None => Err(TYPE_ERROR),
    }
}
