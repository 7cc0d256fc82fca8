//! Where comments and strings stand.

use std::ops::Range;

use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_text_size::Ranged;

/// Where comments and strings are, in bytes, each in order. A string within a string counts as its part.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marks {
    /// From `#` to the end of the line.
    pub comments: Vec<Range<usize>>,
    /// Prefixes and quotes included.
    pub strings: Vec<Range<usize>>,
}

impl Marks {
    pub(super) fn of(tokens: &Tokens) -> Self {
        let mut marks = Self::default();
        // Starts of strings with expressions in them, the outermost first.
        let mut open: Vec<usize> = Vec::new();
        for token in tokens {
            let range = token.range().start().to_usize()..token.range().end().to_usize();
            match token.kind() {
                TokenKind::Comment if open.is_empty() => marks.comments.push(range),
                TokenKind::String if open.is_empty() => marks.strings.push(range),
                TokenKind::FStringStart | TokenKind::TStringStart => open.push(range.start),
                TokenKind::FStringEnd | TokenKind::TStringEnd => {
                    if let (Some(start), true) = (open.pop(), open.is_empty()) {
                        marks.strings.push(start..range.end);
                    }
                }
                _ => {}
            }
        }
        marks
    }
}

#[cfg(test)]
mod tests {
    use super::super::Code;

    #[test]
    fn strings_are_whole_and_comments_in_them_are_none() {
        let source = "x = f'{a!r:>{w}} # {\"b\"}'  # c\ny = '#'\n";
        let marks = Code::read(source, (3, 13)).marks();
        let text = |ranges: &[std::ops::Range<usize>]| {
            ranges.iter().map(|range| source[range.clone()].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(text(&marks.comments), ["# c"]);
        assert_eq!(text(&marks.strings), ["f'{a!r:>{w}} # {\"b\"}'", "'#'"]);
    }
}
