//! Texts and conversations as a model's tokens.
//!
//! What comes in: the `tokenizer.json` of a model, and the chat template beside it. What goes out: token ids, and how many they
//! are. No model is loaded, and no libtorch is needed.

mod encode;
mod error;
mod gguf;
mod template;
mod tokenizer;

pub use error::TokenizerError;
pub use gguf::{GgufTokenizer, GgufVocabulary, gguf_tokenizer};
pub use template::ChatTemplate;
pub use tokenizer::ChatTokenizer;
