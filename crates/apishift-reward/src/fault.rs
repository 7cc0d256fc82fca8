//! Known faults of `ReCode`'s released rewards, each of which can be had.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A way in which the released code (2506.20495, `reward.py` of its repository) departs from the paper, or from Python.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Fault {
    /// The code is the first Python block anywhere, the reasoning included. Otherwise: the last one in the answer.
    BlockAnywhere,
    /// A fence counts only with `python` and a line end after it, or with a line end before it.
    StrictFence,
    /// A text that does not parse has no exact match, even if it is equal to the target.
    ParseFirst,
    /// A quote opens a string wherever it stands, so that an apostrophe in a comment swallows what follows it.
    QuoteInComment,
    /// From the eleventh string on, a string is replaced by another one and a digit.
    PlaceholderPrefix,
    /// White space at line ends stays, also what stood before a comment.
    TrailingSpace,
    /// Blank lines go from strings too, and after a backslash, where they end a statement.
    BlankLineInString,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 7] = [
        Self::BlockAnywhere,
        Self::StrictFence,
        Self::ParseFirst,
        Self::QuoteInComment,
        Self::PlaceholderPrefix,
        Self::TrailingSpace,
        Self::BlankLineInString,
    ];
}

/// A set of faults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<Fault>", into = "Vec<Fault>")]
pub struct Faults(u8);

impl Faults {
    /// None of them: the corrected rewards.
    pub const NONE: Self = Self(0);

    /// All of them: what the released code gives.
    pub fn all() -> Self {
        Fault::ALL.into_iter().collect()
    }

    /// Whether it is among them.
    pub fn has(self, fault: Fault) -> bool {
        self.0 & (1 << fault as u8) != 0
    }

    /// Those of them, in the order of [`Fault::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Fault> {
        Fault::ALL.into_iter().filter(move |fault| self.has(*fault))
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<I: IntoIterator<Item = Fault>>(faults: I) -> Self {
        Self(faults.into_iter().fold(0, |set, fault| set | 1 << fault as u8))
    }
}

impl From<Vec<Fault>> for Faults {
    fn from(faults: Vec<Fault>) -> Self {
        faults.into_iter().collect()
    }
}

impl From<Faults> for Vec<Fault> {
    fn from(faults: Faults) -> Self {
        faults.iter().collect()
    }
}
