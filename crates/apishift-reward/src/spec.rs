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
    /// What a right answer has at least, by component (of `old_api`: at most). Where it is given, the reward is 1 for an answer that has all of it, else 0,
    /// whatever the weights: for trainers that ask for right or wrong. Default: none, so that the reward is the weighted sum.
    #[serde(deserialize_with = "least", skip_serializing_if = "BTreeMap::is_empty")]
    pub correct: BTreeMap<Component, f64>,
}

/// Weights that a sum can be made of.
fn weights<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Component, f64>, D::Error> {
    let weights = finite(deserializer, "weight")?;
    if weights.is_empty() {
        return Err(D::Error::custom("no component is named, so that there is nothing to reward"));
    }
    Ok(weights)
}

/// Values that a component can have.
fn least<'de, D: Deserializer<'de>>(deserializer: D) -> Result<BTreeMap<Component, f64>, D::Error> {
    let values = finite(deserializer, "value")?;
    for (component, value) in &values {
        let (least, most) = component.bounds();
        if !(least..=most).contains(value) {
            let name = component.as_str();
            return Err(D::Error::custom(format!("`{name}` is {least} to {most}, and cannot be {value}")));
        }
    }
    Ok(values)
}

fn finite<'de, D: Deserializer<'de>>(
    deserializer: D,
    what: &str,
) -> Result<BTreeMap<Component, f64>, D::Error> {
    let numbers = BTreeMap::<Component, f64>::deserialize(deserializer)?;
    match numbers.iter().find(|(_, number)| !number.is_finite()) {
        Some((component, number)) => {
            let name = component.as_str();
            Err(D::Error::custom(format!("the {what} of `{name}` is {number}: it has to be a finite number")))
        }
        None => Ok(numbers),
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
            correct: BTreeMap::new(),
        }
    }
}

impl RewardSpec {
    /// Reads a file of rewards, or the `[reward]` of a pipeline file (without one: the default rewards).
    pub fn from_toml(text: &str) -> Result<Self, toml::de::Error> {
        #[derive(Deserialize)]
        struct Pipeline {
            #[serde(default)]
            reward: RewardSpec,
        }
        let table: toml::Table = toml::from_str(text)?;
        if ["reward", "library", "import"].iter().any(|key| table.contains_key(*key)) {
            if let Some(stray) = ["code", "prefilled", "python", "faults", "weights", "correct"]
                .iter()
                .find(|key| table.contains_key(**key))
            {
                let why = format!("`{stray}` stands beside `[reward]`, and belongs below it");
                return Err(Error::custom(why));
            }
            return Ok(toml::from_str::<Pipeline>(text)?.reward);
        }
        toml::from_str(text)
    }

    /// The least and the most that a reward can be.
    pub fn bounds(&self) -> (f64, f64) {
        if !self.correct.is_empty() {
            return (0.0, 1.0);
        }
        let weighed = |(component, weight): (&Component, &f64)| {
            let (least, most) = component.bounds();
            (weight * least).min(weight * most)..(weight * least).max(weight * most)
        };
        let sum =
            |(least, most): (f64, f64), range: std::ops::Range<f64>| (least + range.start, most + range.end);
        self.weights.iter().map(weighed).fold((0.0, 0.0), sum)
    }

    /// The components that are computed and reported, in the order of [`Component::ALL`].
    pub fn components(&self) -> impl Iterator<Item = Component> {
        let is_asked = |component: &Component| {
            self.weights.contains_key(component) || self.correct.contains_key(component)
        };
        Component::ALL.into_iter().filter(is_asked)
    }

    /// The reward of an answer with these components.
    pub(crate) fn total(&self, components: &[(Component, f64)]) -> f64 {
        if self.correct.is_empty() {
            let weighed =
                |(component, value): &(Component, f64)| self.weights.get(component).unwrap_or(&0.0) * value;
            return components.iter().map(weighed).sum();
        }
        let is_enough = |(component, value): &(Component, f64)| match self.correct.get(component) {
            None => true,
            Some(most) if *component == Component::OldApi => value <= most,
            Some(least) => value >= least,
        };
        f64::from(u8::from(components.iter().all(is_enough)))
    }

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
    fn bounds_follow_the_weights() {
        assert_eq!(RewardSpec::default().bounds(), (-3.0, 3.0));
        let read = |text: &str| RewardSpec::from_toml(text).expect("rewards").bounds();
        assert_eq!(read("weights = { old_api = -0.5, es_star = 2 }"), (-4.5, 4.0));
        assert_eq!(read("correct = { em = 2 }"), (0.0, 1.0));
        assert_eq!(read("name = 'a'\nlibrary = []\n[reward]\nweights = { syntax = 1 }\n"), (0.0, 1.0));
        assert_eq!(read("name = 'a'\nimport = []\n"), (-3.0, 3.0), "a pipeline that says nothing of rewards");
        assert!(RewardSpec::from_toml("weight = 3").is_err());
        let stray = RewardSpec::from_toml("weights = { em = 1 }\n[reward]\n").expect_err("two places");
        assert!(stray.message().contains("`weights` stands beside `[reward]`"), "{stray}");
    }

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
            ("correct = { em = inf }", "the value of `em` is inf"),
            ("correct = { em = 3 }", "`em` is -2 to 2, and cannot be 3"),
            ("weights = { made_up = 1 }", "unknown variant `made_up`"),
            ("weight = { em = 1 }", "unknown field `weight`"),
            ("faults = ['made-up']", "unknown variant `made-up`"),
        ] {
            let message = read(text).expect_err(text);
            assert!(message.contains(wanted), "{text}: {message}");
        }
    }
}
