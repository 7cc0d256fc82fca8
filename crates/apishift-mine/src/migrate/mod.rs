//! Code that API changes made somebody edit.
//!
//! What comes in: the rows of `api_changes` as a [`RuleSet`], and the history of a project (a library itself, or a
//! package that uses libraries). What goes out: [`apishift_types::Migration`]s: the same piece of code before and after, cut down
//! to the changed statements with what they need, where the difference is what the rule says and nothing else.
//!
//! The way of a unit (function, class body, script, document): [`pairs`] aligns it between two trees; [`edits`] finds
//! the statements that changed; [`sites`] finds uses of the old API in them, through imports; [`explain`] asks whether
//! the rule accounts for every token of the difference; [`slice`] cuts out the statements that are needed and writes
//! them before and after; [`check`] reads the result again as a stranger would.

mod check;
mod defaults;
mod describe;
mod documents;
mod edits;
mod engine;
mod explain;
mod leftover;
mod pairs;
mod prefilter;
mod relevance;
mod rules;
mod sides;
mod sites;
mod slice;
mod synthesize;
mod tests_as_scripts;
mod unit;
mod vocabulary;

pub(crate) use documents::is_document;
pub(crate) use edits::hunks;
pub use engine::{MIGRATE_VERSION, MigrateOptions, migrations};
pub(crate) use engine::{has_ending, is_outside, may_use_a_library};
pub(crate) use pairs::{FilePair, changed_files, package_of};
pub use rules::{Rule, RuleSet, Subject};
pub(crate) use sides::{Sides, each_unit};
pub(crate) use sites::{Meaning, meaning};
pub(crate) use vocabulary::words_of;
