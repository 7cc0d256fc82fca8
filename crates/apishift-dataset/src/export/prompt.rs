//! What a model is asked, and how it should answer.

use apishift_types::{ApiUpdate, ChatMessage};

/// The prompt of an example: the parts of `ReCode`'s (2506.20495, appendix), in our words, in one turn of the user, as some
/// trainers read only the first turn and some templates know no system. Without a beginning of the answer: templates that are
/// asked for a new turn would open a second one.
pub(super) fn of_update(row: &ApiUpdate) -> String {
    let (library, old, new) = (&row.dependency, bare(&row.old_version), bare(&row.new_version));
    let before = if old.is_empty() { String::new() } else { format!(" {old}") };
    format!(
        "{library} changed in version {new}:\n\
         <doc>\n{}\n</doc>\n\n\
         This code was written for {library}{before}, before that change:\n\
         ```python\n{}\n```\n\n\
         Rewrite it for {library} {new}. Reason first, between <think> and </think>. Then give the whole code between <answer> \
         and </answer>, in a ```python block.",
        row.update_info.trim_end(),
        row.old_code.trim_end(),
    )
}

/// A version without `==`.
pub(super) fn bare(version: &str) -> &str {
    version.trim_start_matches("==")
}

/// An answer in the form that is asked for. Without reasoning there are no think tags: nobody should learn to leave it empty.
pub(super) fn answer(reasoning: Option<&str>, code: &str) -> String {
    let reasoning =
        reasoning.map(|text| format!("<think>\n{}\n</think>\n", text.trim_end())).unwrap_or_default();
    format!("{reasoning}<answer>\n{}\n</answer>", block(code))
}

/// Code between fences.
pub(super) fn block(code: &str) -> String {
    format!("```python\n{}\n```", code.trim_end())
}

pub(super) fn user(content: &str) -> ChatMessage {
    ChatMessage { role: "user".to_owned(), content: content.to_owned() }
}

pub(super) fn assistant(content: &str) -> ChatMessage {
    ChatMessage { role: "assistant".to_owned(), content: content.to_owned() }
}
