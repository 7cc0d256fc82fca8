//! Code as text, without what does not matter.

use std::{borrow::Cow, ops::Range};

use apishift_syntax::grammar::{Code, Marks};
use memchr::memmem;

use crate::{
    completion::{is_space, strip},
    fault::{Fault, Faults},
};

/// The code without comments, blank lines and white space at line ends; what is in strings stays. With faults: as far as the
/// released code has it so.
pub(crate) fn normalised(source: &str, code: &Code, faults: Faults) -> String {
    let marks = if faults.has(Fault::QuoteInComment) { marks_by_patterns(source) } else { code.marks() };
    let Bare { text, strings } = without_comments(source, &marks, faults);
    strip(&without_blank_lines(&text, &strings, faults)).to_owned()
}

/// The code without comments, blank lines and white space at line ends; what is in strings stays. The calling thread needs
/// [`apishift_syntax::grammar::STACK`].
pub fn plain(source: &str, python: (u8, u8)) -> String {
    normalised(source, &Code::read(source, python), Faults::NONE)
}

/// A text without comments, and where its strings are.
#[derive(Debug)]
struct Bare {
    text: String,
    strings: Vec<Range<usize>>,
}

fn without_comments(source: &str, marks: &Marks, faults: Faults) -> Bare {
    let mut bare = Bare { text: String::with_capacity(source.len()), strings: Vec::new() };
    let string_text = |number: usize| -> Cow<'_, str> {
        let text = |number: usize| marks.strings.get(number).map_or("", |range| &source[range.clone()]);
        if !faults.has(Fault::PlaceholderPrefix) || number < 10 {
            return text(number).into();
        }
        // The placeholder ending in 1 is the beginning of the one that ends in 10, and is replaced first.
        let digits = number.to_string();
        let first = digits.as_bytes()[0] - b'0';
        format!("{}{}", text(usize::from(first)), &digits[1..]).into()
    };
    let mut at = 0;
    let mut comments = marks.comments.iter().peekable();
    for (number, string) in marks.strings.iter().enumerate() {
        while let Some(comment) = comments.next_if(|comment| comment.start < string.start) {
            bare.text.push_str(&source[at..comment.start.max(at)]);
            at = comment.end.max(at);
        }
        // Patterns find strings in what they take for a comment.
        if string.start < at {
            continue;
        }
        bare.text.push_str(&source[at..string.start]);
        let start = bare.text.len();
        bare.text.push_str(&string_text(number));
        bare.strings.push(start..bare.text.len());
        at = string.end;
    }
    for comment in comments {
        bare.text.push_str(&source[at..comment.start.max(at)]);
        at = comment.end.max(at);
    }
    bare.text.push_str(&source[at..]);
    bare
}

/// Drops blank lines, and white space at line ends, unless they are within the strings or a fault keeps them.
fn without_blank_lines(text: &str, strings: &[Range<usize>], faults: Faults) -> String {
    let mut out = String::with_capacity(text.len());
    let mut strings = strings.iter().peekable();
    let mut inside = false;
    let mut start = 0;
    while start <= text.len() {
        let end =
            memchr::memchr(b'\n', &text.as_bytes()[start..]).map_or(text.len(), |length| start + length);
        let starts_inside = inside;
        while strings.next_if(|string| string.end <= end).is_some() {}
        inside = strings.peek().is_some_and(|string| string.start < end);
        let line = &text[start..end];
        start = end + 1;
        // After a backslash a blank line ends the statement.
        let is_in_string = inside || starts_inside || out.ends_with("\\\n");
        if (!is_in_string || faults.has(Fault::BlankLineInString)) && line.chars().all(is_space) {
            continue;
        }
        let keeps_space = inside || faults.has(Fault::TrailingSpace);
        out.push_str(if keeps_space { line } else { line.trim_end_matches(is_space) });
        out.push('\n');
    }
    out
}

/// Comments and strings as the released code's patterns find them: strings first, in all of the text, then comments in what is
/// left.
fn marks_by_patterns(source: &str) -> Marks {
    let bytes = source.as_bytes();
    let mut marks = Marks::default();
    // For each of the four kinds: whether one that opens may still close.
    let mut may_close = [true; 4];
    let mut at = 0;
    while let Some(quote) = memchr::memchr2(b'\'', b'"', &bytes[at..]).map(|quote| at + quote) {
        let mut found = None;
        for (kind, mark) in ["'''", "\"\"\"", "'", "\""].into_iter().enumerate() {
            if !may_close[kind] || !bytes[quote..].starts_with(mark.as_bytes()) {
                continue;
            }
            let inner = quote + mark.len();
            found = memmem::find(&bytes[inner..], mark.as_bytes()).map(|end| inner + end + mark.len());
            if found.is_some() {
                break;
            }
            may_close[kind] = false;
        }
        let end = found.unwrap_or(quote + 1);
        marks.strings.extend(found.map(|end| quote..end));
        at = end;
    }
    let mut strings = marks.strings.iter().peekable();
    let mut at = 0;
    while let Some(hash) = next_outside(bytes, b'#', at, &mut strings) {
        let end = next_outside(bytes, b'\n', hash, &mut strings).unwrap_or(bytes.len());
        marks.comments.push(hash..end);
        at = end;
    }
    marks
}

/// The next such byte that is in none of the strings, which start at `at` or later.
fn next_outside<'a>(
    bytes: &[u8],
    what: u8,
    mut at: usize,
    strings: &mut std::iter::Peekable<impl Iterator<Item = &'a Range<usize>>>,
) -> Option<usize> {
    loop {
        let limit = strings.peek().map_or(bytes.len(), |string| string.start);
        if let Some(found) = memchr::memchr(what, &bytes[at..limit]) {
            return Some(at + found);
        }
        at = strings.next()?.end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn corrected(source: &str) -> String {
        normalised(source, &Code::read(source, (3, 13)), Faults::NONE)
    }

    fn released(source: &str) -> String {
        normalised(source, &Code::read(source, (3, 13)), Faults::all())
    }

    fn with(source: &str, fault: Fault) -> String {
        normalised(source, &Code::read(source, (3, 13)), [fault].into_iter().collect())
    }

    #[test]
    fn comments_and_blank_lines_go() {
        assert_eq!(corrected("# one\nx = 1  # don't\n\n\ny = 2 \t# it's\n"), "x = 1\ny = 2");
        assert_eq!(corrected("f(  # a\n    1,\n    # b\n\n    2,\n)"), "f(\n    1,\n    2,\n)");
        assert_eq!(corrected("x = 1\r\n\r\ny = 2\r\n"), "x = 1\ny = 2");
        assert_eq!(
            corrected("x = 1 \\\n\ny = 2\n\nz = 3"),
            "x = 1 \\\n\ny = 2\nz = 3",
            "a blank line ends what a backslash goes on with"
        );
        for nothing in ["", "# only\n\n# comments", " \n\t"] {
            assert_eq!(corrected(nothing), "");
            assert_eq!(released(nothing), "");
        }
    }

    #[test]
    fn strings_stay_as_they_are() {
        let text = "x = \"\"\"a # b  \n\n  c\"\"\"";
        assert_eq!(corrected(&format!("{text}  # d\n")), text);
        let text = "x = f\"\"\"a # {y} \n\n{z!r:>{w}}\n\"\"\"";
        assert_eq!(corrected(&format!("\n{text}\n\n")), text);
        assert_eq!(corrected("x = '#' # '\n"), "x = '#'");
    }

    #[test]
    fn what_is_no_python_is_normalised_as_far_as_it_can_be_read() {
        assert_eq!(corrected("def (  # a\n\n  x"), "def (\n  x");
        let deep = format!("{}  \n\nx", "(".repeat(1000));
        assert_eq!(corrected(&deep), format!("{}\nx", "(".repeat(1000)));
    }

    #[test]
    fn each_fault_can_be_had() {
        let quotes = "x = 1  # don't\ny = 2  # it's\n";
        assert_eq!(corrected(quotes), "x = 1\ny = 2");
        assert_eq!(with(quotes, Fault::QuoteInComment), "x = 1", "the second line is taken for a string");
        let eleven = (0..11).map(|n| format!("x{n} = 's{n}'\n")).collect::<Vec<_>>().concat();
        assert_eq!(corrected(&eleven), eleven.trim_end());
        assert!(with(&eleven, Fault::PlaceholderPrefix).ends_with("x9 = 's9'\nx10 = 's1'0"));
        assert_eq!(with("x = 1  # a\ny = 2", Fault::TrailingSpace), "x = 1  \ny = 2");
        assert_eq!(with("x = '''a\n\nb'''", Fault::BlankLineInString), "x = '''a\nb'''");
        assert_eq!(with("x = '''a  \n\nb'''", Fault::BlankLineInString), "x = '''a  \nb'''");
    }

    #[test]
    fn long_texts_take_no_longer_than_their_length() {
        for unit in ["'", "\"", "'''", "\"'", "#'", "'#\n", "'''\"\"\"#", "\n \n", "''\"\"\""] {
            let text = unit.repeat(200_000 / unit.len());
            let _text = released(&text);
            let _text = corrected(&text);
        }
    }
}
