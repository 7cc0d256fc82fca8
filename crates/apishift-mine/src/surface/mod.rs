//! Public names of releases: which there are, what each leads to, how it may be called.
//!
//! What comes in: the files of a release, through [`apishift_types::TreeSource`]. What goes out: [`PublicApi`].

mod api;
mod graph;
mod layout;
mod read;

pub use api::{Member, PublicApi, Signature};
pub(crate) use api::{is_inner, is_public_module};
pub use graph::{DefId, ModuleId, Target};
pub use layout::sources;
pub use read::Surfaces;
