//! What a library's own tests, docs and examples show of it: calls whose shape changed.
//!
//! What comes in: the files of two releases and their public APIs. What goes out: drafts of
//! [`apishift_types::ChangeKind::CallShapeChanged`].
//!
//! Most files are settled by their text ([`suspects`]); the others are read as the migration engine reads them
//! ([`sightings`]); what was seen often enough is held against the calls that stayed as they were ([`remains`]).

mod learn;
mod remains;
mod sightings;
mod suspects;

pub(super) use learn::{Releases, learn};
