//! API changes between releases, and the migrations that they caused.
//!
//! What comes in: a project's releases and their trees through [`apishift_types::TreeSource`]. What goes out: rows of
//! `api_changes` and `migrations`. No git, no network and no files here; nothing of a project is run.

mod changes;
mod error;
mod message;
mod migrate;
pub mod recode;
mod shape;
pub mod surface;

pub use changes::{ChangeOptions, changes};
pub use error::MineError;
pub use migrate::{MIGRATE_VERSION, MigrateOptions, Rule, RuleSet, Subject, migrations};
pub use shape::{NoShape, ShapeChange, Slot};
