//! Deprecation messages: what they are about, and what they say to use instead.
//!
//! What comes in: the text of a warning, decorator or directive. What goes out: its subject and the replacement as the
//! text writes it; `changes` checks both against the two releases.

mod replacement;
mod subject;
mod token;

pub(crate) use replacement::{Named, Strength, replacements};
pub(crate) use subject::{Known, Subject, subject};
