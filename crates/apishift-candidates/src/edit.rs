//! A change of a part of a text.

use std::ops::Range;

/// New text for a part of an old one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Edit {
    /// In bytes of the old text.
    pub(crate) range: Range<usize>,
    pub(crate) text: String,
}

impl Edit {
    pub(crate) fn new(range: Range<usize>, text: impl Into<String>) -> Self {
        Self { range, text: text.into() }
    }

    /// Nothing for a part of the text.
    pub(crate) fn removal(range: Range<usize>) -> Self {
        Self::new(range, "")
    }
}

/// The text with all edits made; `None` where they overlap.
pub(crate) fn apply(source: &str, edits: &[Edit]) -> Option<String> {
    let mut sorted: Vec<&Edit> = edits.iter().collect();
    sorted.sort_by_key(|edit| (edit.range.start, edit.range.end));
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    for edit in sorted {
        out.push_str(source.get(at..edit.range.start)?);
        out.push_str(&edit.text);
        at = edit.range.end;
    }
    out.push_str(source.get(at..)?);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_are_made_wherever_they_come_in_the_list() {
        let edits = [Edit::new(4..5, "Y"), Edit::new(0..1, "long"), Edit::removal(1..3)];
        assert_eq!(apply("a + b", &edits).as_deref(), Some("long Y"));
        assert_eq!(apply("abc", &[Edit::removal(0..2), Edit::new(1..3, "x")]), None, "they overlap");
        assert_eq!(apply("abc", &[]).as_deref(), Some("abc"));
    }
}
