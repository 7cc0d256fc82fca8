//! Tensors out of files.

use std::path::PathBuf;

use tch::{Kind, TchError, Tensor};

use crate::{Dtype, ModelError, Stored, WeightFiles};

/// What libtorch, or a model's weights, refuse.
#[derive(Debug, thiserror::Error)]
pub enum TorchError {
    /// libtorch itself.
    #[error("compute with libtorch")]
    Torch(#[from] TchError),
    /// A model's files.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Tensors that do not fit each other.
    #[error("compute with libtorch: {0}")]
    Shape(String),
}

/// Where a decoder's parameters come from: files, or leaves that are trained.
pub trait Parameters {
    /// The parameter of a name, which has to have this shape.
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, TorchError>;
}

/// The parameters of a folder, in one kind on one device.
#[derive(Clone, Copy, Debug)]
pub struct FromFiles<'a> {
    /// The folder's files.
    pub files: &'a WeightFiles,
    /// The kind that they are computed with in.
    pub kind: Kind,
    /// The device.
    pub device: tch::Device,
}

impl WeightFiles {
    /// A tensor on the CPU, in the kind that it is stored in.
    pub fn tensor(&self, name: &str) -> Result<Tensor, TorchError> {
        let wrong = |why: String| ModelError::Weights { path: PathBuf::from(self.folder()), why };
        let stored = self.get(name).ok_or_else(|| wrong(format!("there is no `{name}`")))?;
        Ok(tensor(&stored).map_err(wrong)??)
    }
}

impl Parameters for FromFiles<'_> {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, TorchError> {
        let wrong = |why: String| ModelError::Weights { path: PathBuf::from(self.files.folder()), why };
        let stored = self.files.get(name).ok_or_else(|| wrong(format!("there is no `{name}`")))?;
        if stored.shape != shape {
            return Err(wrong(format!(
                "`{name}` is {:?}, and the configuration says {shape:?}",
                stored.shape
            ))
            .into());
        }
        Ok(tensor(&stored).map_err(wrong)??.f_to_kind(self.kind)?.f_to_device(self.device)?)
    }
}

/// A tensor in the kind that it is stored in. Wrong: a kind that no model is stored in.
pub(super) fn tensor(stored: &Stored<'_>) -> Result<Result<Tensor, TchError>, String> {
    let kind = match stored.dtype {
        Dtype::F32 => Kind::Float,
        Dtype::F16 => Kind::Half,
        Dtype::BF16 => Kind::BFloat16,
        Dtype::F64 => Kind::Double,
        Dtype::I64 => Kind::Int64,
        Dtype::U8 => Kind::Uint8,
        other => {
            return Err(format!("a tensor is stored as {other:?}; known are F64, F32, F16, BF16, I64, U8"));
        }
    };
    let shape = sizes(stored.shape)?;
    Ok(Tensor::f_from_data_size(stored.bytes, &shape, kind))
}

/// A shape as libtorch has it.
pub(super) fn sizes(shape: &[usize]) -> Result<Vec<i64>, String> {
    let size = |size: &usize| i64::try_from(*size).map_err(|_too_large| format!("{shape:?} is no shape"));
    shape.iter().map(size).collect()
}

/// A tensor's numbers, little endian, row by row.
pub(super) fn bytes(tensor: &Tensor) -> Result<Vec<u8>, TorchError> {
    let tensor = tensor.f_detach()?.f_to_device(tch::Device::Cpu)?.f_contiguous()?;
    let width = tensor.kind().elt_size_in_bytes();
    let mut bytes = vec![0; tensor.numel() * width];
    tensor.f_copy_data_u8(&mut bytes, tensor.numel())?;
    Ok(bytes)
}
