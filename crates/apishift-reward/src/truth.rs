//! Targets as files and trainers carry them.

use serde_json::{Map, Value};

use crate::Target;

/// What a `label` or `ground_truth` says: JSON with `new_code`, `old_code` and `target_signature`, or the new code itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroundTruth {
    /// The code that answers the change.
    pub new_code: String,
    /// The code before.
    pub old_code: Option<String>,
    /// How what the new code calls may be called, `numpy.linalg.norm(x, ord=None)`.
    pub target_signature: Option<String>,
}

impl GroundTruth {
    /// Reads it. Python that happens to be JSON is no object with `new_code`, so that no code is taken for something else.
    pub fn read(text: &str) -> Self {
        let is_object = text.trim_start().starts_with('{');
        // What is of another type than text says nothing; the code stays the code.
        let read = || {
            let row: Map<String, Value> = serde_json::from_str(text).ok()?;
            let text = |key: &str| row.get(key).and_then(Value::as_str).map(ToOwned::to_owned);
            let (old_code, target_signature) = (text("old_code"), text("target_signature"));
            Some(Self { new_code: text("new_code")?, old_code, target_signature })
        };
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
        let odd = GroundTruth::read(r#"{"new_code": "b", "target_signature": 3, "old_code": null}"#);
        assert_eq!(odd.target(), Target::code("b"));
        for code in ["x = 1", "{'a': 1}", "{}", "{\"a\": 1}", "", "{"] {
            assert_eq!(GroundTruth::read(code).target(), Target::code(code));
        }
    }
}
