//! What can be wrong with a model's files.

use std::{io, path::PathBuf};

use apishift_tokens::TokenizerError;

/// A model that cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// The file system refused.
    #[error("{action} {}", path.display())]
    Io {
        /// What was tried: `read`, `write`, `create`.
        action: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// What the file system said.
        #[source]
        source: io::Error,
    },
    /// The file is damaged, or is none of its kind.
    #[error("read {} as GGUF: {why}", path.display())]
    Gguf {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// A model of a kind that is not known here.
    #[error("import {}: {why}", path.display())]
    Unsupported {
        /// The file.
        path: PathBuf,
        /// What is not known, and what is.
        why: String,
    },
    /// A `config.json` that is not understood.
    #[error("read {}: {why}", path.display())]
    Config {
        /// The file.
        path: PathBuf,
        /// What is wrong with it, or not known.
        why: String,
    },
    /// Weights that are damaged, or do not fit the configuration.
    #[error("read the weights in {}: {why}", path.display())]
    Weights {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with them.
        why: String,
    },
    /// The tokenizer that the file describes is none.
    #[error("import {}: make its tokenizer", path.display())]
    Tokenizer {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        #[source]
        source: TokenizerError,
    },
    /// Weights cannot be written.
    #[error("write {}: {why}", path.display())]
    Safetensors {
        /// The file.
        path: PathBuf,
        /// What its library says.
        why: String,
    },
}

impl ModelError {
    pub(crate) fn io(action: &'static str, path: &std::path::Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }
}
