//! Docstrings as they stand in a source, with and without their examples.

use std::{collections::BTreeSet, ops::Range};

/// A string literal in three quotes, or in one.
#[derive(Clone, Copy, Debug)]
struct Literal<'s> {
    /// Prefix and opening quotes.
    open: &'s str,
    content: &'s str,
    close: &'s str,
}

impl<'s> Literal<'s> {
    fn read(text: &'s str) -> Option<Self> {
        let start = text.find(['"', '\''])?;
        let quote = &text[start..=start];
        let width = if text[start..].starts_with(&quote.repeat(3)) { 3 } else { 1 };
        let (from, to) = (start + width, text.len().checked_sub(width)?);
        let content = text.get(from..to)?;
        Some(Self { open: &text[..from], content, close: &text[to..] })
    }
}

/// The literal with the first paragraph of what it says.
pub(super) fn first_paragraph(text: &str) -> String {
    let Some(Literal { open, content, close }) = Literal::read(text) else { return text.to_owned() };
    let mut lines: Vec<&str> = Vec::new();
    for line in content.trim_start().lines() {
        if line.trim().is_empty() || line.trim_start().starts_with(">>>") {
            break;
        }
        lines.push(line.trim_end());
    }
    if lines.is_empty() { text.to_owned() } else { format!("{open}{}{close}", lines.join("\n")) }
}

/// One example of a text, with its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) source: String,
    /// What it shows; empty where it shows nothing.
    pub(super) want: String,
    pub(super) lines: Range<usize>,
}

/// The examples of a text. One that is written wrongly is left out.
pub(super) fn examples(text: &str) -> Vec<Found> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let first = at;
        at += 1;
        let indent = line.len() - line.trim_start_matches(' ').len();
        let Some(rest) = after_prompt(&line[indent..], ">>>") else { continue };
        let mut source = rest.to_owned() + "\n";
        while let Some(rest) =
            lines.get(at).and_then(|line| after_prompt(line.trim_start_matches(' '), "..."))
        {
            source = source + rest + "\n";
            at += 1;
        }
        let mut want = String::new();
        let mut is_sound = true;
        while let Some(line) = lines.get(at) {
            let shown = line.trim_start_matches(' ');
            if shown.is_empty() || shown.starts_with(">>>") {
                break;
            }
            is_sound &= line.len() - shown.len() >= indent;
            want = want + line.get(indent..).unwrap_or(shown).trim_end() + "\n";
            at += 1;
        }
        if is_sound && !source.trim().is_empty() {
            found.push(Found { source, want, lines: first..at });
        }
    }
    found
}

fn after_prompt<'t>(line: &'t str, prompt: &str) -> Option<&'t str> {
    let rest = line.strip_prefix(prompt)?;
    rest.strip_prefix(' ').or_else(|| rest.is_empty().then_some(""))
}

/// Lines that only announce examples.
const HEADINGS: [&str; 22] = [
    "example",
    "examples",
    "usage",
    "doctest",
    "doctests",
    "test",
    "tests",
    "for example",
    "e.g",
    "for instance",
    "sample",
    "sample usage",
    "example usage",
    "examples of usage",
    "basic usage",
    "usage example",
    "usage examples",
    "an example",
    "testing",
    "ex",
    "e.g.",
    "simple example",
];

fn is_heading(line: &str) -> bool {
    let said = line.trim().trim_matches(['*', '#', '`', '=', ' ']).to_lowercase();
    let is_directive = [
        ".. doctest",
        ".. code",
        ".. testcode",
        ".. testsetup",
        ".. ipython",
        "```",
        "~~~",
        ".. rubric:: example",
    ]
    .iter()
    .any(|directive| said.starts_with(directive) || line.trim().starts_with(directive));
    is_directive || HEADINGS.contains(&said.trim_matches([':', '.', ',', ' ']))
}

fn is_underline(line: &str) -> bool {
    let line = line.trim();
    line.len() > 2 && ["-", "=", "~", "^", "*"].iter().any(|mark| line.replace(mark, "").is_empty())
}

/// The literal without the examples for which `is_cut` holds, and without what only announced them.
pub(super) fn without_examples(text: &str, is_cut: impl Fn(&Found) -> bool) -> String {
    let Some(Literal { open, content, close }) = Literal::read(text) else { return text.to_owned() };
    let lines: Vec<&str> = content.split('\n').collect();
    let mut cut: BTreeSet<usize> = BTreeSet::new();
    for found in examples(content).iter().filter(|found| is_cut(found)) {
        // What stands before them goes with them where it says nothing else.
        let mut before = found.lines.start;
        while let Some(above) = before.checked_sub(1) {
            let line = lines[above];
            let is_gone = cut.contains(&above) || line.trim().is_empty();
            let announces = is_heading(line)
                || is_underline(line) && above.checked_sub(1).is_some_and(|title| is_heading(lines[title]));
            if announces {
                cut.insert(above);
            } else if !is_gone {
                break;
            }
            before = above;
        }
        cut.extend(found.lines.clone());
        if let Some(line) = lines.get(found.lines.end).filter(|line| is_heading(line)) {
            // The end of a fence.
            if line.trim().starts_with(['`', '~']) {
                cut.insert(found.lines.end);
            }
        }
    }
    if cut.is_empty() {
        return text.to_owned();
    }
    let is_long = content.contains('\n');
    let mut kept: Vec<String> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        if cut.contains(&at) {
            // What led to it leads nowhere now.
            if let Some(last) = kept.iter_mut().rev().find(|line| !line.trim().is_empty()) {
                if !cut.contains(&at.wrapping_sub(1)) && last.trim_end().ends_with(':') {
                    *last = last.trim_end().trim_end_matches(':').to_owned() + ".";
                }
            }
            continue;
        }
        let is_blank = line.trim().is_empty();
        if is_blank && kept.last().is_some_and(|last| last.trim().is_empty()) {
            continue;
        }
        kept.push(line.trim_end().to_owned());
    }
    while kept.last().is_some_and(|last| last.trim().is_empty()) {
        kept.pop();
    }
    // The last line of a long docstring is that of its quotes alone.
    let end = if is_long && kept.len() > 1 {
        let last = lines.last().filter(|last| last.trim().is_empty()).map_or("    ", |last| last);
        format!("\n{last}")
    } else {
        String::new()
    };
    format!("{open}{}{end}{close}", kept.join("\n"))
}

/// Words of the docstring outside of its examples, up to where parameters are described.
pub(super) fn prose_words(text: &str) -> usize {
    let content = Literal::read(text).map_or(text, |literal| literal.content);
    let mut words = 0;
    for line in content.lines().map(str::trim) {
        if line.to_lowercase().trim_start_matches(".. ").starts_with("see also")
            || line.starts_with(".. seealso")
        {
            break;
        }
        if line.starts_with(":param") || line.starts_with(":arg") || line.starts_with("@param") {
            continue;
        }
        words += line.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn examples_are_cut_with_what_announces_them() {
        let text = "\"\"\"Adds one.\n\n    More of it.\n\n    Examples\n    --------\n    >>> f(1)\n    2\n\n    >>> f(2)\n    3\n    \"\"\"";
        assert_eq!(without_examples(text, |_| true), "\"\"\"Adds one.\n\n    More of it.\n    \"\"\"");
        let text =
            "r'''Adds one, so that::\n\n        >>> f(1)\n        2\n\n    holds. Example:\n    nothing.'''";
        assert_eq!(
            without_examples(text, |_| true),
            "r'''Adds one, so that.\n\n    holds. Example:\n    nothing.\n    '''"
        );
        assert_eq!(without_examples("\"Adds.\"", |_| true), "\"Adds.\"");
    }

    #[test]
    fn one_example_can_be_cut_alone() {
        let text = "\"\"\"Adds.\n\n    >>> from p import f\n    >>> f(1)\n    2\n    \"\"\"";
        let cut = without_examples(text, |found| found.source.starts_with("from"));
        assert_eq!(cut, "\"\"\"Adds.\n\n    >>> f(1)\n    2\n    \"\"\"");
    }

    #[test]
    fn what_is_shown_ends_at_an_empty_line() {
        let found = examples("  >>> f(\n  ...     1)\n  2\n  3\n\n  text\n  >>> x = 1\n");
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].source.as_str(), found[0].want.as_str()), ("f(\n    1)\n", "2\n3\n"));
        assert_eq!((found[0].lines.clone(), found[1].lines.clone()), (0..4, 6..7));
        assert!(examples("  >>> f(1)\n 2\n").is_empty(), "indented less than its prompt");
    }

    #[test]
    fn a_helper_keeps_its_first_paragraph() {
        assert_eq!(
            first_paragraph("\"\"\"\n    Adds\n    one.\n\n    More.\n    \"\"\""),
            "\"\"\"Adds\n    one.\"\"\""
        );
        assert_eq!(first_paragraph("'Adds.'"), "'Adds.'");
    }
}
