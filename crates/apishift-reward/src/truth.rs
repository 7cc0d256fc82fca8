//! Targets as files and trainers carry them.

use serde::Deserialize;

use crate::Target;

/// What a `label` or `ground_truth` says: JSON with `new_code`, `old_code` and `target_signature`, or the new code itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroundTruth {
    /// The code that answers the change.
    pub new_code: String,
    /// The code before.
    #[serde(default)]
    pub old_code: Option<String>,
    /// How what the new code calls may be called, `numpy.linalg.norm(x, ord=None)`.
    #[serde(default)]
    pub target_signature: Option<String>,
}

impl GroundTruth {
    /// Reads it. Python that happens to be JSON is no object with `new_code`, so that no code is taken for something else.
    pub fn read(text: &str) -> Self {
        let is_object = text.trim_start().starts_with('{');
        let read = || serde_json::from_str(text).ok();
        let plain = || Self { new_code: text.to_owned(), old_code: None, target_signature: None };
        is_object.then(read).flatten().unwrap_or_else(plain)
    }

    /// As [`crate::RewardSpec`] takes it.
    pub fn target(&self) -> Target<'_> {
        Target {
            new_code: &self.new_code,
            old_code: self.old_code.as_deref(),
            signature: self.target_signature.as_deref(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_code() {
        let both = GroundTruth::read(r#"{"old_code": "a", "new_code": "b", "target_signature": "f(x)"}"#);
        assert_eq!(both.target(), Target { new_code: "b", old_code: Some("a"), signature: Some("f(x)") });
        for code in ["x = 1", "{'a': 1}", "{}", "{\"a\": 1}", "", "{"] {
            assert_eq!(GroundTruth::read(code).target(), Target::code(code));
        }
    }
}
