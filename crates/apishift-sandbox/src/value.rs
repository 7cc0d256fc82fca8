//! Python values outside of Python: what programs are given and what they give back, compared as Python compares.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
};

use num_bigint::BigInt;
use num_traits::{FromPrimitive, ToPrimitive};

/// A value of an exact builtin type. Instances of subclasses have no place here: their methods would be the program's.
#[derive(Clone, Debug)]
pub enum Value {
    /// `None`.
    None,
    /// `...`.
    Ellipsis,
    /// `True` and `False`.
    Bool(bool),
    /// An integer of any size.
    Int(BigInt),
    /// A float, NaN and the infinities included.
    Float(f64),
    /// A complex number: real and imaginary part.
    Complex(f64, f64),
    /// Text.
    Str(String),
    /// Text with lone surrogates, as Python's `surrogatepass` encodes it.
    Surrogates(Vec<u8>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A tuple.
    Tuple(Vec<Self>),
    /// A list.
    List(Vec<Self>),
    /// A dictionary, in its order.
    Dict(Vec<(Self, Self)>),
    /// A set.
    Set(Vec<Self>),
    /// A frozen set.
    FrozenSet(Vec<Self>),
}

/// What Python looks up in sets and dictionaries: equal values have equal keys, whatever their type.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key<'a> {
    None,
    Ellipsis,
    Int(BigInt),
    /// Bits of a float that is no integer.
    Float(u64),
    Complex(u64, u64),
    Str(&'a str),
    Surrogates(&'a [u8]),
    Bytes(&'a [u8]),
    Tuple(Vec<Self>),
    Set(BTreeSet<Self>),
}

impl Value {
    /// What Python calls the type.
    pub fn type_name(&self) -> &'static str {
        match self {
            Self::None => "NoneType",
            Self::Ellipsis => "ellipsis",
            Self::Bool(_) => "bool",
            Self::Int(_) => "int",
            Self::Float(_) => "float",
            Self::Complex(..) => "complex",
            Self::Str(_) | Self::Surrogates(_) => "str",
            Self::Bytes(_) => "bytes",
            Self::Tuple(_) => "tuple",
            Self::List(_) => "list",
            Self::Dict(_) => "dict",
            Self::Set(_) => "set",
            Self::FrozenSet(_) => "frozenset",
        }
    }

    /// Whether `bool(value)` is true.
    pub fn is_true(&self) -> bool {
        match self {
            Self::None => false,
            Self::Ellipsis => true,
            Self::Bool(value) => *value,
            Self::Int(value) => *value != BigInt::ZERO,
            Self::Float(value) => *value != 0.0,
            Self::Complex(re, im) => *re != 0.0 || *im != 0.0,
            Self::Str(text) => !text.is_empty(),
            Self::Surrogates(bytes) | Self::Bytes(bytes) => !bytes.is_empty(),
            Self::Tuple(items) | Self::List(items) | Self::Set(items) | Self::FrozenSet(items) => {
                !items.is_empty()
            }
            Self::Dict(items) => !items.is_empty(),
        }
    }

    /// Whether `self == other` in Python.
    pub fn equals(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Tuple(a), Self::Tuple(b)) | (Self::List(a), Self::List(b)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.equals(b))
            }
            (Self::Set(a) | Self::FrozenSet(a), Self::Set(b) | Self::FrozenSet(b)) => {
                keys(a).zip(keys(b)).is_some_and(|(a, b)| a == b)
            }
            (Self::Dict(a), Self::Dict(b)) => same_entries(a, b),
            (Self::Tuple(_) | Self::List(_) | Self::Set(_) | Self::FrozenSet(_) | Self::Dict(_), _) => false,
            _ => self.key().zip(other.key()).is_some_and(|(a, b)| a == b),
        }
    }

    /// Order as `<` has it; `None` where Python raises, or where one side is NaN.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Str(a), Self::Str(b)) => Some(a.cmp(b)),
            (Self::Bytes(a), Self::Bytes(b)) => Some(a.cmp(b)),
            (Self::Tuple(a), Self::Tuple(b)) | (Self::List(a), Self::List(b)) => {
                match a.iter().zip(b).find(|(a, b)| !a.equals(b)) {
                    Some((a, b)) => a.compare(b),
                    None => Some(a.len().cmp(&b.len())),
                }
            }
            _ => compare_numbers(self, other),
        }
    }

    /// The value as an integer: of integers and booleans.
    pub fn as_int(&self) -> Option<BigInt> {
        match self {
            Self::Bool(value) => Some(BigInt::from(u8::from(*value))),
            Self::Int(value) => Some(value.clone()),
            _ => None,
        }
    }

    /// The value as a float: of all real numbers, as `float(value)`; `None` where that overflows.
    pub fn as_float(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some(*value),
            _ => self.as_int()?.to_f64().filter(|value| value.is_finite()),
        }
    }

    fn key(&self) -> Option<Key<'_>> {
        Some(match self {
            Self::None => Key::None,
            Self::Ellipsis => Key::Ellipsis,
            Self::Bool(value) => Key::Int(BigInt::from(u8::from(*value))),
            Self::Int(value) => Key::Int(value.clone()),
            Self::Float(value) => key_of_float(*value)?,
            Self::Complex(re, im) if *im == 0.0 => key_of_float(*re)?,
            Self::Complex(re, im) if re.is_nan() || im.is_nan() => return None,
            // `0.0` and `-0.0` are equal.
            Self::Complex(re, im) => Key::Complex((re + 0.0).to_bits(), (im + 0.0).to_bits()),
            Self::Str(text) => Key::Str(text),
            Self::Surrogates(bytes) => Key::Surrogates(bytes),
            Self::Bytes(bytes) => Key::Bytes(bytes),
            Self::Tuple(items) => Key::Tuple(items.iter().map(Self::key).collect::<Option<_>>()?),
            Self::FrozenSet(items) => Key::Set(keys(items)?),
            Self::List(_) | Self::Dict(_) | Self::Set(_) => return None,
        })
    }
}

/// NaN equals nothing and so has none; a float that is an integer equals that integer.
fn key_of_float(value: f64) -> Option<Key<'static>> {
    if value.is_nan() {
        return None;
    }
    let is_integer = value.is_finite() && value.fract() == 0.0;
    Some(match BigInt::from_f64(value).filter(|_| is_integer) {
        Some(integer) => Key::Int(integer),
        None => Key::Float(value.to_bits()),
    })
}

fn keys(items: &[Value]) -> Option<BTreeSet<Key<'_>>> {
    items.iter().map(Value::key).collect()
}

fn same_entries(a: &[(Value, Value)], b: &[(Value, Value)]) -> bool {
    fn entries(items: &[(Value, Value)]) -> Option<BTreeMap<Key<'_>, &Value>> {
        items.iter().map(|(key, value)| Some((key.key()?, value))).collect()
    }
    let Some((a, b)) = entries(a).zip(entries(b)) else { return false };
    a.len() == b.len() && a.iter().all(|(key, value)| b.get(key).is_some_and(|other| value.equals(other)))
}

fn compare_numbers(a: &Value, b: &Value) -> Option<Ordering> {
    match (a, b) {
        (Value::Float(a), Value::Float(b)) => a.partial_cmp(b),
        (Value::Float(a), _) => compare_float(*a, &b.as_int()?),
        (_, Value::Float(b)) => compare_float(*b, &a.as_int()?).map(Ordering::reverse),
        _ => Some(a.as_int()?.cmp(&b.as_int()?)),
    }
}

/// Exact, as Python's: not by rounding the integer.
fn compare_float(a: f64, b: &BigInt) -> Option<Ordering> {
    if a.is_nan() {
        return None;
    }
    let Some(whole) = BigInt::from_f64(a.trunc()) else {
        return Some(if a > 0.0 { Ordering::Greater } else { Ordering::Less });
    };
    Some(whole.cmp(b).then_with(|| a.fract().partial_cmp(&0.0).unwrap_or(Ordering::Equal)))
}

impl Value {
    /// A set of these; `None` where Python could not hash one of them.
    pub fn set(items: Vec<Self>) -> Option<Self> {
        if !items.iter().all(Self::is_hashable) {
            return None;
        }
        let mut keys = BTreeSet::new();
        // NaN equals nothing, not even another NaN.
        let is_new: Vec<bool> =
            items.iter().map(|item| item.key().is_none_or(|key| keys.insert(key))).collect();
        drop(keys);
        let distinct = items.into_iter().zip(is_new).filter(|(_, is_new)| *is_new).map(|(item, _)| item);
        Some(Self::Set(distinct.collect()))
    }

    /// A dictionary of these, of equal keys the last value; `None` where Python could not hash a key.
    pub fn dict(entries: Vec<(Self, Self)>) -> Option<Self> {
        let mut distinct: Vec<(Self, Self)> = Vec::new();
        for (key, value) in entries {
            if !key.is_hashable() {
                return None;
            }
            match distinct.iter_mut().find(|(known, _)| known.equals(&key)) {
                Some((_, known)) => *known = value,
                None => distinct.push((key, value)),
            }
        }
        Some(Self::Dict(distinct))
    }

    /// Whether Python hashes it, as members of sets and keys have to be.
    pub fn is_hashable(&self) -> bool {
        match self {
            Self::List(_) | Self::Set(_) | Self::Dict(_) => false,
            Self::Tuple(items) | Self::FrozenSet(items) => items.iter().all(Self::is_hashable),
            _ => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(value: i64) -> Value {
        Value::Int(value.into())
    }

    #[test]
    fn values_are_equal_as_python_has_it() {
        assert!(int(1).equals(&Value::Bool(true)) && int(1).equals(&Value::Float(1.0)));
        assert!(Value::Complex(2.0, 0.0).equals(&int(2)) && Value::Float(0.0).equals(&Value::Float(-0.0)));
        assert!(!Value::Float(f64::NAN).equals(&Value::Float(f64::NAN)));
        assert!(!Value::List(vec![int(1)]).equals(&Value::Tuple(vec![int(1)])));
        assert!(
            !Value::Str("1".to_owned()).equals(&int(1))
                && !Value::Str("a".to_owned()).equals(&Value::Bytes(vec![97]))
        );
        // 2**53 + 1 is no float.
        assert!(!int((1 << 53) + 1).equals(&Value::Float((1_u64 << 53) as f64)));
        let set = |items: [Value; 2]| Value::set(items.to_vec()).unwrap();
        assert!(set([int(1), Value::Float(1.0)]).equals(&Value::FrozenSet(vec![Value::Bool(true)])));
        let dict = |key: Value| Value::dict(vec![(key, Value::List(vec![int(3)]))]).unwrap();
        assert!(dict(int(1)).equals(&dict(Value::Float(1.0))) && !dict(int(1)).equals(&dict(int(2))));
        assert!(Value::set(vec![Value::List(Vec::new())]).is_none(), "a list cannot be hashed");
    }

    #[test]
    fn values_are_ordered_as_python_has_it() {
        assert_eq!(int(1).compare(&Value::Float(1.5)), Some(Ordering::Less));
        assert_eq!(
            Value::Float(f64::INFINITY).compare(&Value::Int(BigInt::from(3).pow(2000))),
            Some(Ordering::Greater)
        );
        assert_eq!(Value::Float(-1.5).compare(&int(-1)), Some(Ordering::Less));
        assert_eq!(int(1).compare(&Value::Str("1".to_owned())), None);
        let list = |items: &[i64]| Value::List(items.iter().map(|&n| int(n)).collect());
        assert_eq!(list(&[1, 2]).compare(&list(&[1, 2, 0])), Some(Ordering::Less));
        assert_eq!(list(&[2]).compare(&list(&[1, 9])), Some(Ordering::Greater));
    }
}
