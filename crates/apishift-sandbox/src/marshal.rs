//! Python's `marshal` format, version 2: how values go into a program's process and come out of it.
//!
//! `marshal.dumps(value, 2)` takes exact builtin types only, runs no code of the values, and is in C; its format has been
//! the same since Python 2.5. What comes out was written in the program's process, so that reading trusts nothing.

use num_bigint::{BigInt, Sign};

use super::value::Value;

/// Deepest nesting that is read. Python writes 2,000; no test expects a tenth of that, and any thread's stack has room for it.
const MAX_DEPTH: usize = 256;

/// Bits of a digit of a long integer.
const DIGIT_BITS: usize = 15;

/// Why bytes are no value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnmarshalError {
    /// The bytes end early.
    #[error("the encoded value ends early")]
    Short,
    /// There is more after the value.
    #[error("there are bytes after the encoded value")]
    Long,
    /// Lists in lists in lists.
    #[error("the encoded value nests too deep")]
    Deep,
    /// A type that is no exact builtin, or a damaged one.
    #[error("the encoded value has a part of unknown type {0:#04x}")]
    Type(u8),
    /// A number or text that Python does not write.
    #[error("the encoded value has a damaged number or text")]
    Damaged,
}

/// Reads a whole value.
pub fn unmarshal(bytes: &[u8]) -> Result<Value, UnmarshalError> {
    let mut reader = Reader { rest: bytes, depth: 0 };
    let value = reader.value()?.ok_or(UnmarshalError::Type(b'0'))?;
    if reader.rest.is_empty() { Ok(value) } else { Err(UnmarshalError::Long) }
}

struct Reader<'a> {
    rest: &'a [u8],
    depth: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], UnmarshalError> {
        let (head, rest) = self.rest.split_at_checked(count).ok_or(UnmarshalError::Short)?;
        self.rest = rest;
        Ok(head)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], UnmarshalError> {
        self.take(N)?.try_into().map_err(|_short| UnmarshalError::Short)
    }

    fn size(&mut self) -> Result<usize, UnmarshalError> {
        usize::try_from(i32::from_le_bytes(self.array()?)).map_err(|_short| UnmarshalError::Damaged)
    }

    fn float(&mut self) -> Result<f64, UnmarshalError> {
        Ok(f64::from_le_bytes(self.array()?))
    }

    /// The next value; `None` for the mark that ends a dictionary.
    fn value(&mut self) -> Result<Option<Value>, UnmarshalError> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(UnmarshalError::Deep);
        }
        let [tag] = self.array()?;
        let value = match tag {
            b'0' => {
                self.depth -= 1;
                return Ok(None);
            }
            b'N' => Value::None,
            b'.' => Value::Ellipsis,
            b'T' => Value::Bool(true),
            b'F' => Value::Bool(false),
            b'i' => Value::Int(BigInt::from(i32::from_le_bytes(self.array()?))),
            b'l' => Value::Int(self.long()?),
            b'g' => Value::Float(self.float()?),
            b'y' => Value::Complex(self.float()?, self.float()?),
            b's' => Value::Bytes(self.sized()?.to_vec()),
            b'u' => text(self.sized()?),
            b'(' => Value::Tuple(self.items()?),
            b'[' => Value::List(self.items()?),
            b'<' => Value::Set(self.items()?),
            b'>' => Value::FrozenSet(self.items()?),
            b'{' => Value::Dict(self.entries()?),
            other => return Err(UnmarshalError::Type(other)),
        };
        self.depth -= 1;
        Ok(Some(value))
    }

    fn sized(&mut self) -> Result<&'a [u8], UnmarshalError> {
        let size = self.size()?;
        self.take(size)
    }

    fn items(&mut self) -> Result<Vec<Value>, UnmarshalError> {
        let count = self.size()?;
        // Each takes a byte at least: a lie about the count reserves nothing.
        let mut items = Vec::with_capacity(count.min(self.rest.len()));
        for _ in 0..count {
            items.push(self.value()?.ok_or(UnmarshalError::Type(b'0'))?);
        }
        Ok(items)
    }

    fn entries(&mut self) -> Result<Vec<(Value, Value)>, UnmarshalError> {
        let mut entries = Vec::new();
        while let Some(key) = self.value()? {
            let value = self.value()?.ok_or(UnmarshalError::Type(b'0'))?;
            entries.push((key, value));
        }
        Ok(entries)
    }

    fn long(&mut self) -> Result<BigInt, UnmarshalError> {
        let count = i32::from_le_bytes(self.array()?);
        let length = usize::try_from(count.unsigned_abs()).map_err(|_short| UnmarshalError::Damaged)?;
        let bytes = self.take(length.checked_mul(2).ok_or(UnmarshalError::Damaged)?)?;
        let mut bits = Vec::with_capacity(length * DIGIT_BITS);
        for digit in bytes.chunks_exact(2) {
            let digit = u16::from_le_bytes([digit[0], digit[1]]);
            if digit >> DIGIT_BITS != 0 {
                return Err(UnmarshalError::Damaged);
            }
            bits.extend((0..DIGIT_BITS).map(|bit| u8::from(digit >> bit & 1 == 1)));
        }
        let magnitude = num_bigint::BigUint::from_radix_le(&bits, 2).unwrap_or_default();
        Ok(BigInt::from_biguint(if count < 0 { Sign::Minus } else { Sign::Plus }, magnitude))
    }
}

fn text(bytes: &[u8]) -> Value {
    match std::str::from_utf8(bytes) {
        Ok(text) => Value::Str(text.to_owned()),
        Err(_) => Value::Surrogates(bytes.to_vec()),
    }
}

/// Writes a value as `marshal.dumps(value, 2)` does.
pub fn marshal(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::None => out.push(b'N'),
        Value::Ellipsis => out.push(b'.'),
        Value::Bool(value) => out.push(if *value { b'T' } else { b'F' }),
        Value::Int(value) => match i32::try_from(value) {
            Ok(small) => tagged(b'i', &small.to_le_bytes(), out),
            Err(_) => long(value, out),
        },
        Value::Float(value) => tagged(b'g', &value.to_le_bytes(), out),
        Value::Complex(re, im) => {
            tagged(b'y', &re.to_le_bytes(), out);
            out.extend(im.to_le_bytes());
        }
        Value::Str(text) => sized(b'u', text.as_bytes(), out),
        Value::Surrogates(bytes) => sized(b'u', bytes, out),
        Value::Bytes(bytes) => sized(b's', bytes, out),
        Value::Tuple(items) => many(b'(', items, out),
        Value::List(items) => many(b'[', items, out),
        Value::Set(items) => many(b'<', items, out),
        Value::FrozenSet(items) => many(b'>', items, out),
        Value::Dict(entries) => {
            out.push(b'{');
            for (key, value) in entries {
                marshal(key, out);
                marshal(value, out);
            }
            out.push(b'0');
        }
    }
}

fn tagged(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    out.push(tag);
    out.extend(bytes);
}

fn count(count: usize) -> [u8; 4] {
    // Inputs are source texts of bounded size: no part of one has two billion items.
    i32::try_from(count).unwrap_or(i32::MAX).to_le_bytes()
}

fn sized(tag: u8, bytes: &[u8], out: &mut Vec<u8>) {
    tagged(tag, &count(bytes.len()), out);
    out.extend(bytes);
}

fn many(tag: u8, items: &[Value], out: &mut Vec<u8>) {
    tagged(tag, &count(items.len()), out);
    for item in items {
        marshal(item, out);
    }
}

fn long(value: &BigInt, out: &mut Vec<u8>) {
    let bits = value.magnitude().to_radix_le(2);
    let digits: Vec<u16> = bits
        .chunks(DIGIT_BITS)
        .map(|digit| digit.iter().rev().fold(0, |sum, bit| sum << 1 | u16::from(*bit)))
        .collect();
    let length = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    let signed = if value.sign() == Sign::Minus { -length } else { length };
    tagged(b'l', &signed.to_le_bytes(), out);
    out.extend(digits.iter().flat_map(|digit| digit.to_le_bytes()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(value: &Value) -> Vec<u8> {
        let mut bytes = Vec::new();
        marshal(value, &mut bytes);
        bytes
    }

    #[test]
    fn bytes_are_those_that_python_writes() {
        // `marshal.dumps(value, 2)` of CPython 3.11.
        let list = Value::List(vec![
            Value::Int(1.into()),
            Value::Str("a".to_owned()),
            Value::Tuple(vec![Value::Int(2.into())]),
        ]);
        let expected =
            b"[\x03\x00\x00\x00i\x01\x00\x00\x00u\x01\x00\x00\x00a(\x01\x00\x00\x00i\x02\x00\x00\x00";
        assert_eq!(written(&list), expected);
        let dict = Value::Dict(vec![(Value::Int(1.into()), Value::Int(2.into()))]);
        assert_eq!(written(&dict), b"{i\x01\x00\x00\x00i\x02\x00\x00\x000");
        let large = Value::Int(BigInt::from(-(1_i64 << 40)));
        assert_eq!(written(&large), b"l\xfd\xff\xff\xff\x00\x00\x00\x00\x00\x04");
    }

    #[test]
    fn what_is_written_is_read() {
        let values = [
            Value::None,
            Value::Ellipsis,
            Value::Bool(true),
            Value::Int(BigInt::from(u128::MAX)),
            Value::Int(i32::MIN.into()),
            Value::Float(-0.5),
            Value::Complex(1.0, 2.0),
            Value::Surrogates(vec![0xed, 0xa0, 0x80]),
            Value::Bytes(vec![0, 255]),
            Value::FrozenSet(vec![Value::Str("x".to_owned())]),
            Value::Dict(vec![(Value::None, Value::List(Vec::new()))]),
        ];
        for value in values {
            let read = unmarshal(&written(&value)).unwrap();
            assert!(read.equals(&value), "{value:?} became {read:?}");
        }
    }

    #[test]
    fn damaged_bytes_are_refused() {
        let whole =
            written(&Value::List(vec![Value::Str("text".to_owned()), Value::Int(BigInt::from(1_i64 << 50))]));
        for end in 0..whole.len() {
            assert!(unmarshal(&whole[..end]).is_err(), "cut at {end}");
        }
        assert_eq!(unmarshal(b"N N").unwrap_err(), UnmarshalError::Long);
        assert_eq!(unmarshal(b"c").unwrap_err(), UnmarshalError::Type(b'c'));
        assert_eq!(unmarshal(b"u\xff\xff\xff\xff").unwrap_err(), UnmarshalError::Damaged);
        assert_eq!(unmarshal(b"(\xff\xff\xff\x7f").unwrap_err(), UnmarshalError::Short);
        let deep: Vec<u8> = b"(\x01\x00\x00\x00".repeat(5000);
        assert_eq!(unmarshal(&deep).unwrap_err(), UnmarshalError::Deep);
    }
}
