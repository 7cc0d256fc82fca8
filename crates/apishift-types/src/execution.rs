//! What came of running a row's code on both versions of its library.

use serde::{Deserialize, Serialize};

use crate::{Verification, Verified};

/// How far the runs of a row came, and what they showed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// The old code fails on the new version; the new code does not.
    Breaks,
    /// The old code is warned of a deprecation on the new version, of which the new code is not.
    Warns,
    /// Both codes run on the new version, and neither is warned more.
    NoDifference,
    /// The new code fails on the new version.
    NewFails,
    /// The old code fails on the old version.
    OldFails,
    /// What was changed did not run: no arguments were found that lead there.
    NotReached,
    /// It was ended: by a limit, or by its own crash.
    Ended,
    /// No wheels that fit together for any interpreter of this machine.
    NoTarget,
    /// It needs a project that the pipeline leaves out of targets.
    LeftOut,
    /// The day of a release is not known, and so not what it was used with.
    NoDate,
    /// The sample that was asked for does not contain it.
    NotSampled,
}

impl Outcome {
    /// Every outcome, in order.
    pub const ALL: [Self; 11] = [
        Self::Breaks,
        Self::Warns,
        Self::NoDifference,
        Self::NewFails,
        Self::OldFails,
        Self::NotReached,
        Self::Ended,
        Self::NoTarget,
        Self::LeftOut,
        Self::NoDate,
        Self::NotSampled,
    ];

    /// The name in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Breaks => "breaks",
            Self::Warns => "warns",
            Self::NoDifference => "no_difference",
            Self::NewFails => "new_fails",
            Self::OldFails => "old_fails",
            Self::NotReached => "not_reached",
            Self::Ended => "ended",
            Self::NoTarget => "no_target",
            Self::LeftOut => "left_out",
            Self::NoDate => "no_date",
            Self::NotSampled => "not_sampled",
        }
    }

    /// What it says of the row.
    pub fn verified(self) -> Verified {
        match self {
            Self::Breaks | Self::Warns => Verified::Yes,
            Self::NoDifference | Self::NewFails | Self::OldFails | Self::NotReached | Self::Ended => {
                Verified::No
            }
            Self::NoTarget | Self::LeftOut | Self::NoDate | Self::NotSampled => Verified::NotRun,
        }
    }
}

/// One row of the table `executions`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Execution {
    /// Id of the row of `api_updates`.
    pub id: String,
    /// What came of it.
    pub outcome: Outcome,
    /// The runs.
    pub verification: Verification,
    /// What was asked for in the target of the old version, such as `pandas==1.5.3`.
    pub old_requirements: Vec<String>,
    /// The same for the new version.
    pub new_requirements: Vec<String>,
    /// How the row's functions were called (the harness's recipes, JSON); empty where they were not.
    pub calls: String,
    /// What was in the way, where something was.
    pub note: Option<String>,
}

impl Execution {
    /// Of a row that was not run.
    pub fn not_run(id: &str, outcome: Outcome) -> Self {
        Self {
            id: id.to_owned(),
            outcome,
            verification: Verification { outcome: Some(outcome), ..Verification::default() },
            old_requirements: Vec::new(),
            new_requirements: Vec::new(),
            calls: String::new(),
            note: None,
        }
    }
}
