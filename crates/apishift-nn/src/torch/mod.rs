//! Computing with libtorch.
//!
//! Shapes: `B` texts of a batch, `T` tokens, `C` width of the residual stream, `H` heads, `D` width of a head, `V` vocabulary, `N` nodes
//! of a [`Pack`].

mod decoder;
mod device;
mod optimizer;
mod pack;
mod rotary;
mod store;
mod tensors;
mod trained;

pub use decoder::{Attention, Decoder, Layer, Run};
pub use device::{Device, DeviceError, Precision, set_threads};
pub use optimizer::{AdamW, AdamWOptions, Clipped, clip};
pub use pack::{Pack, packs};
pub use rotary::Rotary;
pub use store::{load_tensors, save_tensors};
pub use tensors::{FromFiles, Parameters, TorchError};
pub use trained::{Mixed, Trained};
