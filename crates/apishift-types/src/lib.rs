//! Nouns of every stage, and nothing that does work.
//!
//! What comes in: nothing. What goes out: the values that stages hand to each other, the exit codes of the binary,
//! and [`TreeSource`], the border between git and everything that reads source trees. No I/O happens here.

mod candidate;
mod change;
mod example;
mod execution;
pub mod exit;
mod export;
mod migration;
mod name;
mod release;
mod reward;
mod score;
mod skipped;
mod tree;
mod verdict;

pub use candidate::{CandidateRow, CandidateSource, Degenerate, LabelSource};
pub use change::{ApiChange, ChangeKind, Evidence, EvidenceSource};
pub use example::{ApiUpdate, Provenance, Split, Verification, Verified};
pub use execution::{Execution, Outcome};
pub use export::{
    ChatMessage, ExtraInfo, PreferenceRow, PreferenceTextRow, RewardMethod, RewardModel, RlRow, SftRow,
    UnpairedRow,
};
pub use migration::{Migration, Origin, UnitKind};
pub use name::normalized_name;
pub use pep440_rs::{Version, VersionSpecifiers};
pub use release::{DateSource, Project, Release, Role, SourceKind};
pub use reward::RewardRow;
pub use score::{ScoreRow, Scored, Scorer};
pub use skipped::Skipped;
pub use tree::{BlobId, Commit, MemoryTree, TreeError, TreeFile, TreeId, TreeSource};
pub use verdict::{VerdictKind, VerdictRow};
