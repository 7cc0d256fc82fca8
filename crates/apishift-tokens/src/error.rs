//! What can be wrong with a tokenizer.

use std::{io, path::PathBuf};

/// A tokenizer that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TokenizerError {
    /// A file cannot be read.
    #[error("read {path}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A file is there and is not what it should be.
    #[error("read {path}: {why}")]
    Format {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The chat template cannot be applied to a conversation.
    #[error("apply the chat template: {0}")]
    Template(String),
    /// What a file says of its tokenizer makes none.
    #[error("make a tokenizer: {0}")]
    Description(String),
    /// A text has no tokens.
    #[error("encode a text: {0}")]
    Encode(String),
}
