//! Computing with libtorch.
//!
//! Shapes: `B` texts of a batch, `T` tokens, `C` width of the residual stream, `H` heads, `D` width of a head, `V` vocabulary, `N` nodes
//! of a [`Pack`].

mod decoder;
mod device;
mod pack;
mod rotary;
mod tensors;

pub use decoder::{Attention, Decoder, Layer};
pub use device::{Device, DeviceError, Precision};
pub use pack::{Pack, packs};
pub use rotary::Rotary;
pub use tensors::{Parameters, TorchError};
