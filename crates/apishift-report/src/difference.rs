//! Two codes as lines of one difference, the changed words of a line marked.

use serde::Serialize;
use similar::{ChangeTag, TextDiff};

/// A line of the difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Line {
    /// `same`, `old` or `new`.
    pub(crate) side: &'static str,
    /// Text, and whether it is what changed in the line.
    pub(crate) parts: Vec<(String, bool)>,
}

/// The difference of two texts, whole: the codes of a row are short.
pub(crate) fn lines(old: &str, new: &str) -> Vec<Line> {
    let difference = TextDiff::from_lines(old, new);
    let changes = difference.ops().iter().flat_map(|op| difference.iter_inline_changes(op));
    changes
        .map(|change| Line {
            side: match change.tag() {
                ChangeTag::Equal => "same",
                ChangeTag::Delete => "old",
                ChangeTag::Insert => "new",
            },
            parts: change
                .iter_strings_lossy()
                .map(|(is_changed, text)| (text.trim_end_matches('\n').to_owned(), is_changed))
                .filter(|(text, _)| !text.is_empty())
                .collect(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_words_are_marked_and_other_lines_are_whole() {
        let lines = lines("import a\nold(x)\n", "import a\nnew(x)\n");
        let sides: Vec<&str> = lines.iter().map(|line| line.side).collect();
        assert_eq!(sides, ["same", "old", "new"]);
        assert_eq!(lines[0].parts, [("import a".to_owned(), false)]);
        assert!(lines[1].parts.contains(&("old".to_owned(), true)), "{:?}", lines[1]);
        let text: String = lines[2].parts.iter().map(|(text, _)| text.as_str()).collect();
        assert_eq!(text, "new(x)");
    }
}
