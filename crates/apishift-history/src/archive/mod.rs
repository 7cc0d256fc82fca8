//! Archives of releases, read as streams, with everything in them under suspicion.

mod error;
mod path;
mod reader;
mod tar;
mod unpacker;
mod zip;

pub use error::{ArchiveError, Hostility};
pub(crate) use unpacker::Unpacker;
