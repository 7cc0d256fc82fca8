//! Which rewards are given.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, de::Error};

use crate::{Component, Fault, Faults};

/// Where the code of a completion is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields, rename_all = "kebab-case")]
#[schemars(title = "apishift rewards")]
pub struct RewardSpec {
    /// Where the code is. Default: `answer`.
    pub code: CodePlace,
    /// Whether the prompt ends with `<think>`, so that completions do not start with it, as in `ReCode`'s prompt (2506.20495,
    /// appendix). Default: either will do.
    pub prefilled: Option<bool>,
    /// Version of Python that code has to be of: major and minor. Default: 3.13.
    pub python: (u8, u8),
    /// Faults of the published code that are wanted. Default: none.
    #[schemars(with = "Vec<Fault>")]
    pub faults: Faults,
    /// What each component counts; those that are not named are not computed. A weight of 0 is reported and does not count.
    /// Default: `format` and `es_star`, each 1 (`ReCode`, section 3.2).
    #[serde(deserialize_with = "weights")]
    pub weights: BTreeMap<Component, f64>,
}

/// Weights that a sum can be made of.
fn weights<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Component, f64>, D::Error> {
    let weights = BTreeMap::<Component, f64>::deserialize(deserializer)?;
    if weights.is_empty() {
        return Err(D::Error::custom("no component is named, so that there is nothing to reward"));
    }
    match weights.iter().find(|(_, weight)| !weight.is_finite()) {
        Some((component, weight)) => {
            let name = component.as_str();
            Err(D::Error::custom(format!("the weight of `{name}` is {weight}: it has to be a finite number")))
        }
        None => Ok(weights),
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_numbers() {
        let read =
            |text: &str| toml::from_str::<RewardSpec>(text).map_err(|error| error.message().to_owned());
        assert_eq!(read("").expect("nothing is a default"), RewardSpec::default());
        let weights = read("weights = { syntax = 1, em = -0.5 }").expect("two weights").weights;
        assert_eq!(weights, BTreeMap::from([(Component::Em, -0.5), (Component::Syntax, 1.0)]));
        for (text, wanted) in [
            ("weights = { em = nan }", "the weight of `em` is NaN"),
            ("weights = { em = inf }", "the weight of `em` is inf"),
            ("weights = {}", "nothing to reward"),
            ("weights = { made_up = 1 }", "unknown variant `made_up`"),
            ("weight = { em = 1 }", "unknown field `weight`"),
            ("faults = ['made-up']", "unknown variant `made-up`"),
        ] {
            let message = read(text).expect_err(text);
            assert!(message.contains(wanted), "{text}: {message}");
        }
    }
}
