//! Tensors in files of their own.

use std::{borrow::Cow, collections::HashMap, fs, path::Path};

use safetensors::{Dtype, View};
use tch::{Kind, Tensor};

use super::{
    TorchError,
    tensors::{bytes, sizes, tensor},
};
use crate::{ModelError, Stored, WeightFiles};

/// A tensor's numbers, as they go to a file.
struct Written {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl View for Written {
    fn dtype(&self) -> Dtype {
        self.dtype
    }

    fn shape(&self) -> &[usize] {
        &self.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        Cow::Borrowed(&self.bytes)
    }

    fn data_len(&self) -> usize {
        self.bytes.len()
    }
}

/// Writes tensors as one file of safetensors, beside `path` first; `{"format": "pt"}` and `metadata` in its head.
pub fn save_tensors(
    path: &Path,
    tensors: &[(String, Tensor)],
    metadata: &[(String, String)],
) -> Result<(), TorchError> {
    let written = |(name, tensor): &(String, Tensor)| Ok((name.clone(), written(tensor)?));
    let tensors = tensors.iter().map(written).collect::<Result<Vec<_>, TorchError>>()?;
    let mut head: HashMap<String, String> = metadata.iter().cloned().collect();
    head.insert("format".to_owned(), "pt".to_owned());
    let draft = path.with_extension(format!("{}.tmp", std::process::id()));
    // Its library keeps the file from everybody else; it is one like the others.
    fs::write(&draft, []).map_err(ModelError::io("write", &draft))?;
    let usual = fs::metadata(&draft).map_err(ModelError::io("read", &draft))?.permissions();
    let saved = safetensors::serialize_to_file(tensors, Some(head), &draft);
    saved.map_err(|error| ModelError::Safetensors { path: path.to_owned(), why: error.to_string() })?;
    fs::set_permissions(&draft, usual).map_err(ModelError::io("write", &draft))?;
    Ok(fs::rename(&draft, path).map_err(ModelError::io("write", path))?)
}

fn written(tensor: &Tensor) -> Result<Written, TorchError> {
    let dtype = match tensor.kind() {
        Kind::Float => Dtype::F32,
        Kind::BFloat16 => Dtype::BF16,
        Kind::Half => Dtype::F16,
        Kind::Double => Dtype::F64,
        Kind::Int64 => Dtype::I64,
        Kind::Uint8 => Dtype::U8,
        other => return Err(TorchError::Shape(format!("{other:?} is not written to files"))),
    };
    let shape = tensor.size().iter().filter_map(|size| usize::try_from(*size).ok()).collect();
    Ok(Written { dtype, shape, bytes: bytes(tensor)? })
}

/// All tensors of a file, on the CPU, in the kinds that they were stored in.
pub fn load_tensors(path: &Path) -> Result<Vec<(String, Tensor)>, TorchError> {
    let file = WeightFiles::open_file(path)?;
    let wrong = |why: String| ModelError::Weights { path: path.to_owned(), why };
    let read = |name: &str| {
        let stored: Option<Stored<'_>> = file.get(name);
        let stored = stored.ok_or_else(|| wrong(format!("`{name}` is cut off")))?;
        sizes(stored.shape).map_err(wrong)?;
        Ok((name.to_owned(), tensor(&stored).map_err(wrong)??))
    };
    file.names().map(read).collect()
}
