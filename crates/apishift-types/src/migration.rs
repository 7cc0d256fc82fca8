//! Code that an API change made somebody edit.

use serde::{Deserialize, Serialize};

/// Whose code was edited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A package that uses the library.
    Dependent,
    /// The library's own tests, docs or examples.
    Own,
    /// A real call site of the old API, rewritten by the rule.
    Synthesized,
    /// A record of another dataset.
    Imported,
}

impl Origin {
    /// Every origin, in order.
    pub const ALL: [Self; 4] = [Self::Dependent, Self::Own, Self::Synthesized, Self::Imported];

    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dependent => "dependent",
            Self::Own => "own",
            Self::Synthesized => "synthesized",
            Self::Imported => "imported",
        }
    }
}

/// What kind of code the edit was in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnitKind {
    /// A function or method.
    Function,
    /// A test function or method.
    Test,
    /// The statements of a module or of an example script.
    Script,
    /// A doctest in a docstring or document.
    Doctest,
    /// A code block of the documentation.
    DocBlock,
}

impl UnitKind {
    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::Test => "test",
            Self::Script => "script",
            Self::Doctest => "doctest",
            Self::DocBlock => "doc_block",
        }
    }
}

/// One row of the table `migrations`: a pair as it was found, before filters over the whole table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Migration {
    /// The library whose API changed.
    pub library: String,
    /// Id of the [`crate::ApiChange`] that caused the edit.
    pub change_id: String,
    /// Whose code was edited.
    pub origin: Origin,
    /// What kind of code the edit was in.
    pub unit_kind: UnitKind,
    /// Project that was edited (the library itself for [`Origin::Own`]).
    pub project: String,
    /// Version or commit of the project with the old code.
    pub project_old: String,
    /// Version or commit of the project with the new code.
    pub project_new: String,
    /// File of the new code in the project.
    pub path: String,
    /// First and last line of the unit in the new file, from 1.
    pub start_line: u32,
    /// See [`Self::start_line`].
    pub end_line: u32,
    /// Dotted name of the unit in its file; empty for scripts and blocks.
    pub unit: String,
    /// SPDX expression of the edited project's licence; `None` where unclear.
    pub license: Option<String>,
    /// Self-contained code that uses the old API.
    pub old_code: String,
    /// The same, migrated.
    pub new_code: String,
    /// The changed statements alone, old and new, names and constants blanked: the key of near-duplicates.
    pub edit_shape: String,
    /// What the code is about, by rule: docstring or name of the unit, calls it makes.
    pub description: String,
    /// How sure the miner is, 0 to 1.
    pub quality: f64,
    /// Message of the commit that made the edit, where the history has commits.
    pub commit_message: Option<String>,
}
