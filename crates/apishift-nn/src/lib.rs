//! Language models: their files, and what reads and writes them.
//!
//! What comes in: a GGUF file. What goes out: a folder as Hugging Face's libraries have it (`config.json`, `model.safetensors`,
//! `tokenizer.json`, `tokenizer_config.json`), which `transformers` and everything that builds on it loads.

#![deny(unsafe_code)]

mod config;
mod convert;
mod error;
pub mod gguf;
mod schedule;
#[cfg(feature = "torch")]
pub mod torch;
mod weights;

pub use config::{Family, ModelConfig, Rope, RopeScaling};
pub use convert::{Imported, import_gguf};
pub use error::ModelError;
pub use schedule::{Decay, Schedule};
pub use weights::{Dtype, Stored, WeightFiles};
