//! Python code as the migration engine sees it: units, their statements, and what each statement names and calls.
//!
//! What comes in: the text of a file or of a documentation block. What goes out: owned values with byte ranges into
//! that text. Names are resolved through the file's imports only ([`Scope`]); nothing is run and no type is inferred
//! beyond `x = Class(...)` and annotations.

mod builder;
mod file;
mod imports;
mod reader;
mod scope;
mod statement;
mod text;
mod token;
mod usage;

pub use file::{ClassHeader, CodeFile, CodeSource, CodeUnit, Parameter};
pub use scope::{Binding, Scope};
pub use statement::{Argument, Call, Chain, Names, Root, Statement, StatementKind};
pub use text::{dedent, reindent};
pub use token::{Token, TokenKind, tokens_of};
pub use usage::{Shape, Usage, Use};
