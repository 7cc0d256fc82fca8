//! Which rewards are given.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{Component, Faults};

/// Where the code of a completion is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CodePlace {
    /// In the last Python block of the last `<answer>`.
    #[default]
    Answer,
    /// In the last Python block of the whole text.
    Block,
    /// The whole text is code.
    Text,
}

/// What a reward is the sum of, and how a completion is read. As a table of a TOML file: a file of `apishift reward --rewards`,
/// `[reward]` of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
pub struct RewardSpec {
    /// Where the code is. Default: `answer`.
    pub code: CodePlace,
    /// Whether the prompt ends with `<think>`, so that completions do not start with it, as in `ReCode`'s prompt (2506.20495,
    /// appendix). Default: either will do.
    pub prefilled: Option<bool>,
    /// Version of Python that code has to be of: major and minor. Default: 3.13.
    pub python: (u8, u8),
    /// Faults of the published code that are wanted. Default: none.
    pub faults: Faults,
    /// What each component counts; those that are not named are not computed. A weight of 0 is reported and does not count.
    /// Default: `format` and `es_star`, each 1 (`ReCode`, section 3.2).
    pub weights: BTreeMap<Component, f64>,
}

impl Default for RewardSpec {
    fn default() -> Self {
        Self {
            code: CodePlace::Answer,
            prefilled: None,
            python: (3, 13),
            faults: Faults::NONE,
            weights: BTreeMap::from([(Component::Format, 1.0), (Component::EsStar, 1.0)]),
        }
    }
}

impl RewardSpec {
    /// What `ReCode`'s released code gives, its faults included. Where that code ends with an error, the corrected rewards.
    pub fn recode() -> Self {
        Self { prefilled: Some(true), faults: Faults::all(), ..Self::default() }
    }

    /// A preset by name: `default`, `recode`.
    pub fn preset(name: &str) -> Option<Self> {
        match name {
            "default" => Some(Self::default()),
            "recode" => Some(Self::recode()),
            _ => None,
        }
    }
}
