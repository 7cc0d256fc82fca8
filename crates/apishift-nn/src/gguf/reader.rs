//! The header of a file: metadata, and the list of tensors.

use std::{
    collections::BTreeMap,
    fs::File,
    io::{BufReader, Read},
};

use super::{TensorInfo, Value, WeightKind};

/// Dimensions that a tensor may have.
const MOST_DIMENSIONS: u32 = 4;

/// Where tensors begin, where the file says nothing else.
const ALIGNMENT: u64 = 32;

/// Values of a list: some ten times what the largest vocabularies have.
const MOST_VALUES: u64 = 1 << 22;

/// Lists within lists that are followed.
const MOST_LISTS: usize = 4;

pub(super) struct Header {
    pub(super) metadata: BTreeMap<String, Value>,
    pub(super) tensors: BTreeMap<String, TensorInfo>,
}

/// Reads from the beginning, and knows how many bytes are left.
pub(super) struct Reader<'a> {
    from: BufReader<&'a File>,
    length: u64,
    left: u64,
}

impl<'a> Reader<'a> {
    pub(super) fn new(file: &'a File, length: u64) -> Self {
        Self { from: BufReader::new(file), length, left: length }
    }

    pub(super) fn header(&mut self) -> Result<Header, String> {
        if &self.bytes::<4>()? != b"GGUF" {
            return Err("it does not begin with GGUF".to_owned());
        }
        let version = self.u32()?;
        if version != 3 {
            return Err(format!("it has version {version}, and 3 is known"));
        }
        let (tensors, values) = (self.count(1)?, self.count(1)?);
        let mut metadata = BTreeMap::new();
        for _ in 0..values {
            let key = self.text()?;
            let kind = self.u32()?;
            let value = self.value(kind, 0).map_err(|why| format!("`{key}`: {why}"))?;
            metadata.insert(key, value);
        }
        let mut listed = BTreeMap::new();
        for _ in 0..tensors {
            let name = self.text()?;
            let info = self.tensor().map_err(|why| format!("tensor `{name}`: {why}"))?;
            if listed.insert(name.clone(), info).is_some() {
                return Err(format!("tensor `{name}` is there twice"));
            }
        }
        let alignment = match metadata.get("general.alignment") {
            None => ALIGNMENT,
            Some(Value::Integer(bytes)) if (1..=1 << 20).contains(bytes) => {
                u64::try_from(*bytes).unwrap_or(ALIGNMENT)
            }
            Some(other) => return Err(format!("`general.alignment` is {other:?}")),
        };
        let base = (self.length - self.left).next_multiple_of(alignment);
        for (name, info) in &mut listed {
            let end = info.offset.checked_add(base).and_then(|start| start.checked_add(info.bytes));
            if end.is_none_or(|end| end > self.length) {
                return Err(format!("tensor `{name}` ends beyond the file, which is cut off"));
            }
            info.offset += base;
        }
        Ok(Header { metadata, tensors: listed })
    }

    fn tensor(&mut self) -> Result<TensorInfo, String> {
        let dimensions = self.u32()?;
        if !(1..=MOST_DIMENSIONS).contains(&dimensions) {
            return Err(format!("it has {dimensions} dimensions"));
        }
        let mut shape = Vec::new();
        for _ in 0..dimensions {
            shape.push(usize::try_from(self.u64()?).map_err(|error| error.to_string())?);
        }
        let code = self.u32()?;
        let kind = WeightKind::ALL.into_iter().find(|kind| kind.code() == code).ok_or_else(|| {
            let known = WeightKind::ALL.map(|kind| format!("{kind:?} ({})", kind.code())).join(", ");
            format!("its weights are of type {code}; known are {known}")
        })?;
        let (count, size) = kind.block();
        if !shape[0].is_multiple_of(count) {
            return Err(format!("its rows of {} weights are no blocks of {count}", shape[0]));
        }
        let elements = shape.iter().try_fold(1_usize, |product, size| product.checked_mul(*size));
        let bytes =
            elements.and_then(|elements| (elements / count).checked_mul(size)).ok_or("it is too large")?;
        let offset = self.u64()?;
        shape.reverse();
        Ok(TensorInfo { shape, kind, offset, bytes: bytes as u64 })
    }

    fn value(&mut self, kind: u32, depth: usize) -> Result<Value, String> {
        Ok(match kind {
            0 => Value::Integer(u8::from_le_bytes(self.bytes()?).into()),
            1 => Value::Integer(i8::from_le_bytes(self.bytes()?).into()),
            2 => Value::Integer(u16::from_le_bytes(self.bytes()?).into()),
            3 => Value::Integer(i16::from_le_bytes(self.bytes()?).into()),
            4 => Value::Integer(self.u32()?.into()),
            5 => Value::Integer(i32::from_le_bytes(self.bytes()?).into()),
            // As the decimal number that somebody wrote: 1e-5, not 9.99999974e-6.
            6 => {
                let written = f32::from_le_bytes(self.bytes()?).to_string();
                Value::Float(written.parse().map_err(|error| format!("{written}: {error}"))?)
            }
            7 => Value::Bool(self.bytes::<1>()? != [0]),
            8 => Value::Text(self.text()?),
            9 if depth < MOST_LISTS => {
                let kind = self.u32()?;
                let count = self.count(1)?;
                if count > MOST_VALUES {
                    return Err(format!("it is a list of {count} values, and {MOST_VALUES} are read"));
                }
                Value::List((0..count).map(|_| self.value(kind, depth + 1)).collect::<Result<_, _>>()?)
            }
            10 => Value::Integer(self.u64()?.into()),
            11 => Value::Integer(i64::from_le_bytes(self.bytes()?).into()),
            12 => Value::Float(f64::from_le_bytes(self.bytes()?)),
            other => return Err(format!("it is of type {other}, which is not known")),
        })
    }

    /// A number of things that take so many bytes each, at least.
    fn count(&mut self, size: u64) -> Result<u64, String> {
        let count = self.u64()?;
        if count.checked_mul(size).is_none_or(|bytes| bytes > self.left) {
            return Err(format!("it says {count} where {} bytes are left: it is cut off", self.left));
        }
        Ok(count)
    }

    fn text(&mut self) -> Result<String, String> {
        let length = self.count(1)?;
        let mut bytes = vec![0; usize::try_from(length).map_err(|error| error.to_string())?];
        self.fill(&mut bytes)?;
        String::from_utf8(bytes).map_err(|error| format!("a text is not UTF-8: {error}"))
    }

    fn u32(&mut self) -> Result<u32, String> {
        Ok(u32::from_le_bytes(self.bytes()?))
    }

    fn u64(&mut self) -> Result<u64, String> {
        Ok(u64::from_le_bytes(self.bytes()?))
    }

    fn bytes<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }

    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), String> {
        let length = bytes.len() as u64;
        self.left = self.left.checked_sub(length).ok_or("it is cut off")?;
        self.from.read_exact(bytes).map_err(|error| error.to_string())
    }
}
