//! Documentation as text: the code in it, and what changelogs say of which version.
//!
//! What comes in: the text of a docstring, of a reStructuredText or of a Markdown file. What goes out: its Python code
//! blocks, prompts stripped and outputs dropped, each with its first line; of a changelog, its paragraphs by version.

mod blocks;
mod changelog;

pub use blocks::{BlockKind, CodeBlock, doctests, document_blocks};
pub use changelog::{ChangeNote, change_notes, is_changelog, version_in_path};
