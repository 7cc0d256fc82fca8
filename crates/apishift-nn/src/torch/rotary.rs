//! Rotary positions: cosines and sines of tokens' places.

use tch::{Kind, Tensor};

use super::TorchError;
use crate::ModelConfig;

/// What queries and keys at some places are turned by.
#[derive(Debug)]
pub struct Rotary {
    /// `(B or 1, 1, T, D)`
    cos: Tensor,
    /// `(B or 1, 1, T, D)`
    sin: Tensor,
}

impl Rotary {
    /// Of places `(B or 1, T)`, counted from 0. Computed in 32 bits, as `transformers` does, then kept in `kind`.
    pub fn new(config: &ModelConfig, places: &Tensor, kind: Kind) -> Result<Self, TorchError> {
        let (frequencies, attention) = config.rope.frequencies(config.head_dim);
        let frequencies =
            Tensor::f_from_slice(&frequencies)?.f_to_kind(Kind::Float)?.f_to_device(places.device())?;
        let angles = places.f_to_kind(Kind::Float)?.f_unsqueeze(-1)?.f_mul(&frequencies)?;
        let angles = Tensor::f_cat(&[&angles, &angles], -1)?.f_unsqueeze(1)?;
        let scaled = |tensor: Tensor| tensor.f_mul_scalar(attention)?.f_to_kind(kind);
        Ok(Self { cos: scaled(angles.f_cos()?)?, sin: scaled(angles.f_sin()?)? })
    }

    /// Only of some of the tokens `(Q)`.
    pub fn at(&self, rows: &Tensor) -> Result<Self, TorchError> {
        Ok(Self { cos: self.cos.f_index_select(2, rows)?, sin: self.sin.f_index_select(2, rows)? })
    }

    /// Turns `(B, H, T, D)`.
    pub(super) fn turn(&self, x: &Tensor) -> Result<Tensor, TorchError> {
        let halves = x.f_chunk(2, -1)?;
        let [first, second] = halves.as_slice() else {
            return Err(TorchError::Shape("a head that cannot be halved".to_owned()));
        };
        let turned = Tensor::f_cat(&[&second.f_neg()?, first], -1)?;
        Ok(x.f_mul(&self.cos)?.f_add(&turned.f_mul(&self.sin)?)?)
    }
}
