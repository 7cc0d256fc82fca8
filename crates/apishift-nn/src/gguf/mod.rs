//! GGUF files, version 3: metadata, and tensors that are read one at a time.
//!
//! Little endian; the form is that of ggml's `docs/gguf.md`. Nothing in a file is trusted: each length is held against the bytes that
//! are left before anything is allocated for it.

mod blocks;
mod reader;

use std::{
    collections::BTreeMap,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
};

pub use blocks::WeightKind;
use reader::Reader;

use crate::ModelError;

/// A value of the metadata.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Any integer, signed or not.
    Integer(i128),
    /// A float of 32 or 64 bits.
    Float(f64),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(String),
    /// Values of one kind.
    List(Vec<Self>),
}

/// A tensor, as the file lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TensorInfo {
    /// Rows before columns, as torch has it; the file has them the other way round.
    pub shape: Vec<usize>,
    /// How its weights are stored.
    pub kind: WeightKind,
    /// Where its bytes begin, from the beginning of the file.
    offset: u64,
    /// How many there are.
    bytes: u64,
}

impl TensorInfo {
    /// How many weights it has.
    pub fn elements(&self) -> usize {
        self.shape.iter().product()
    }
}

/// A file that is open, its metadata and list of tensors read.
#[derive(Debug)]
pub struct GgufFile {
    path: PathBuf,
    file: File,
    metadata: BTreeMap<String, Value>,
    tensors: BTreeMap<String, TensorInfo>,
}

impl GgufFile {
    /// Opens a file.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let file = File::open(path).map_err(ModelError::io("read", path))?;
        let length = file.metadata().map_err(ModelError::io("read", path))?.len();
        let wrong = |why: String| ModelError::Gguf { path: path.to_owned(), why };
        let mut reader = Reader::new(&file, length);
        let header = reader.header().map_err(wrong)?;
        Ok(Self { path: path.to_owned(), metadata: header.metadata, tensors: header.tensors, file })
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// A value of the metadata.
    pub fn value(&self, key: &str) -> Option<&Value> {
        self.metadata.get(key)
    }

    /// The tensors by name.
    pub fn tensors(&self) -> &BTreeMap<String, TensorInfo> {
        &self.tensors
    }

    /// The weights of a tensor, row by row.
    pub fn weights(&self, tensor: &TensorInfo) -> Result<Vec<f32>, ModelError> {
        let mut bytes = vec![0; usize::try_from(tensor.bytes).unwrap_or(usize::MAX)];
        self.file.read_exact_at(&mut bytes, tensor.offset).map_err(ModelError::io("read", &self.path))?;
        Ok(tensor.kind.weights(&bytes))
    }
}
