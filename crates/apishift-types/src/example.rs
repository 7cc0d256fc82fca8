//! The main table: API-update examples.

use serde::{Deserialize, Serialize};

use crate::{ChangeKind, EvidenceSource, Origin, Outcome, UnitKind};

/// Which part of the dataset a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// For training.
    Train,
    /// For choosing between trained models.
    Validation,
    /// For the final figure.
    Test,
}

impl Split {
    /// Every split, in file order.
    pub const ALL: [Self; 3] = [Self::Train, Self::Validation, Self::Test];

    /// The name in tables and file names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
        }
    }
}

/// Whether execution confirms the row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verified {
    /// Old code runs on the old version, new code on the new one, and old code on the new one fails or warns more.
    Yes,
    /// It was run, and that was not seen.
    No,
    /// It was not run.
    NotRun,
}

/// The three runs behind [`Verified`], in words; `None` where one was not made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verification {
    /// What came of it all.
    pub outcome: Option<Outcome>,
    /// Old code on the old version.
    pub old_on_old: Option<String>,
    /// New code on the new version.
    pub new_on_new: Option<String>,
    /// Old code on the new version.
    pub old_on_new: Option<String>,
    /// Version of Python, `3.10`; two where Python is what changed, `3.10 and 3.12`.
    pub python: Option<String>,
    /// Whether functions of the row were called with arguments that the verifier made up.
    pub made_up: bool,
    /// Whether what depends on the changed statements has the same values in both codes: on the new version where the old code
    /// runs there, else each on its own version. `None` where no value can be compared.
    pub same_values: Option<bool>,
}

/// Where a row's code comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provenance {
    /// Distribution name of the project that was edited.
    pub project: String,
    /// Version or commit with the old code.
    pub old_ref: String,
    /// Version or commit with the new code.
    pub new_ref: String,
    /// File of the new code.
    pub path: String,
    /// First line there, from 1; of an imported row the number of its record.
    pub start_line: u32,
    /// Last line there.
    pub end_line: u32,
    /// Id of the API change in the table `api_changes`; of an imported row an id of its own.
    pub change_id: String,
}

/// One row of the table `api_updates`. The six fields of ReCode's records (2506.20495, section 3.1) keep their
/// meaning: `dependency`, `new_version`, `description`, `update_info`, `old_code`, `new_code`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ApiUpdate {
    /// Content hash of dependency, version, change and both codes: 16 hex digits.
    pub id: String,
    /// Distribution name of the library whose API changed.
    pub dependency: String,
    /// The last release before the change, `==x.y.z`.
    pub old_version: String,
    /// The first release with the change, `==x.y.z`.
    pub new_version: String,
    /// Release day of the new version, ISO 8601; `None` where unknown.
    pub release_date: Option<String>,
    /// What the code does.
    pub description: String,
    /// What changed in the API, in upstream's words.
    pub update_info: String,
    /// Where [`Self::update_info`] stands.
    pub update_info_source: EvidenceSource,
    /// Self-contained code that uses the old API.
    pub old_code: String,
    /// The same, migrated.
    pub new_code: String,
    /// Programming language, `python`.
    pub language: String,
    /// What changed.
    pub change_kind: ChangeKind,
    /// Public path of what changed.
    pub symbol: String,
    /// What to use instead, where known.
    pub replacement: Option<String>,
    /// How what the new code should call may be called in the new version, `numpy.linalg.norm(x, ord=None)`; `None` where that is
    /// not known.
    pub target_signature: Option<String>,
    /// Whose code was edited.
    pub origin: Origin,
    /// What kind of code the edit was in.
    pub unit_kind: UnitKind,
    /// Where the code comes from.
    pub provenance: Provenance,
    /// SPDX expression of the edited project's licence.
    pub license: String,
    /// Whether execution confirms the row.
    pub verified: Verified,
    /// The runs behind [`Self::verified`].
    pub verification: Verification,
    /// How sure the miner is, 0 to 1.
    pub quality: f64,
    /// Which part of the dataset the row belongs to.
    pub split: Split,
}
