//! Targets as files and trainers carry them.

use serde::Deserialize;

use crate::Target;

/// What a `label` or `ground_truth` says: JSON with `new_code` and `old_code`, or the new code itself.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct GroundTruth {
    /// The code that answers the change.
    pub new_code: String,
    /// The code before.
    #[serde(default)]
    pub old_code: Option<String>,
}

impl GroundTruth {
    /// Reads it. Python that happens to be JSON is no object with `new_code`, so that no code is taken for something else.
    pub fn read(text: &str) -> Self {
        let is_object = text.trim_start().starts_with('{');
        let read = || serde_json::from_str(text).ok();
        is_object.then(read).flatten().unwrap_or_else(|| Self { new_code: text.to_owned(), old_code: None })
    }

    /// As [`crate::RewardSpec`] takes it.
    pub fn target(&self) -> Target<'_> {
        Target { new_code: &self.new_code, old_code: self.old_code.as_deref() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_is_told_from_code() {
        let both = GroundTruth::read(r#"{"old_code": "a", "new_code": "b"}"#);
        assert_eq!(both.target(), Target { new_code: "b", old_code: Some("a") });
        for code in ["x = 1", "{'a': 1}", "{}", "{\"a\": 1}", "", "{"] {
            assert_eq!(GroundTruth::read(code).target(), Target { new_code: code, old_code: None });
        }
    }
}
