//! Source text to API surfaces, code units and documentation blocks, per language; and whether it is of the language.

mod cache;
pub mod code;
pub mod docs;
pub mod grammar;
pub mod parser;
pub mod surface;

pub use cache::{ContentCache, ContentId};
