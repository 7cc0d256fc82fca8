//! What a reward is made of.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A part of a reward. `ES` is the edit similarity of code and target, 0 to 1, both normalised
/// ([`crate::edit_similarity`]).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Component {
    /// 1 where the completion is reasoning and an answer and nothing else, otherwise -1 (`ReCode`, section 3.2).
    Format,
    /// Exact match: 2 where code and target are equal, -1.5 where not, -2 without code.
    Em,
    /// EM*: 2 where code and target are equal, -1.5 where not, -2 where it does not parse, or without code.
    EmStar,
    /// 3.5 `ES` - 1.5, so -1.5 to 2; -2 without code.
    Es,
    /// ES*: 3.5 `ES` - 1.5, so -1.5 to 2; -2 where it does not parse, or without code. `ReCode`'s default.
    EsStar,
    /// 1 where the code parses, otherwise 0.
    Syntax,
    /// 1 where code and target are the same but for layout, comments, quotes and the order of imports, otherwise 0.
    AstMatch,
    /// The share of the names and keywords that the change brought which the code uses, 0 to 1.
    NewApi,
    /// The share of the names and keywords that the change took away which the code still uses, 0 to 1: give it a negative
    /// weight.
    OldApi,
    /// How far the calls that changed have the target's arguments, 0 to 1.
    CallMatch,
    /// The share of the calls of the new API (alike ones count once) which its signature in the target version accepts, 0 to 1;
    /// 0 where there is no such call, and for all codes alike where the ground truth has no signature that its new code keeps.
    Signature,
}

impl Component {
    /// Every component, in the order in which they are reported.
    pub const ALL: [Self; 11] = [
        Self::Format,
        Self::Em,
        Self::EmStar,
        Self::Es,
        Self::EsStar,
        Self::Syntax,
        Self::AstMatch,
        Self::NewApi,
        Self::OldApi,
        Self::CallMatch,
        Self::Signature,
    ];

    /// The name in files, tables and logs.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Format => "format",
            Self::Em => "em",
            Self::EmStar => "em_star",
            Self::Es => "es",
            Self::EsStar => "es_star",
            Self::Syntax => "syntax",
            Self::AstMatch => "ast_match",
            Self::NewApi => "new_api",
            Self::OldApi => "old_api",
            Self::CallMatch => "call_match",
            Self::Signature => "signature",
        }
    }

    /// The least and the most that it can be.
    pub fn bounds(self) -> (f64, f64) {
        match self {
            Self::Format => (-1.0, 1.0),
            Self::Em | Self::EmStar | Self::Es | Self::EsStar => (-2.0, 2.0),
            Self::Syntax
            | Self::AstMatch
            | Self::NewApi
            | Self::OldApi
            | Self::CallMatch
            | Self::Signature => (0.0, 1.0),
        }
    }

    /// Whether it needs to know which API changed.
    pub(crate) fn is_of_api(self) -> bool {
        matches!(self, Self::NewApi | Self::OldApi | Self::CallMatch)
    }
}
