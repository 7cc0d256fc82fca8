//! Documentation as text: the code in it.
//!
//! What comes in: the text of a docstring, of a reStructuredText or of a Markdown file. What goes out: its Python code
//! blocks, prompts stripped and outputs dropped, each with its first line.

mod blocks;

pub use blocks::{BlockKind, CodeBlock, doctests, document_blocks};
