//! A module without what says nothing of its surface: function bodies that neither announce a change nor serve names, and
//! docstrings without directives. That is most of a source, and most of the time that parsing it takes.
//!
//! What comes in: a source. What goes out: a shorter text, every line where it was, and what its places are in the source.

use std::ops::Range;

use super::{directive, warning};

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Skeleton {
    /// The shorter text.
    pub text: String,
    cuts: Vec<Cut>,
}

/// Something that was left out, but for its line breaks.
#[derive(Debug)]
struct Cut {
    /// Where its line breaks start in the shorter text.
    start: usize,
    /// Where they end.
    end: usize,
    /// Where what was left out ends in the source.
    source_end: usize,
}

impl Skeleton {
    /// The skeleton of a source; the source itself where its brackets or strings do not match, so that bodies cannot be
    /// told.
    pub(super) fn of(source: &str) -> Self {
        let cutter = Cutter { source: source.as_bytes(), text: Vec::new(), copied: 0, cuts: Vec::new() };
        let skeleton =
            cutter.cut_all().ok().and_then(|(text, cuts)| Some((String::from_utf8(text).ok()?, cuts)));
        let (text, cuts) = skeleton.unwrap_or_else(|| (source.to_owned(), Vec::new()));
        Self { text, cuts }
    }

    /// Places of the source for what starts and ends at these of the text; what was cut off at its end belongs to it.
    pub(super) fn in_source(&self, range: Range<usize>) -> Range<usize> {
        let start = self.cuts.partition_point(|cut| cut.start < range.start);
        let end = self.cuts.partition_point(|cut| cut.start <= range.end);
        self.shifted(start, range.start)..self.shifted(end, range.end)
    }

    /// The place of the source for one of the text that has so many cuts before it.
    fn shifted(&self, cuts: usize, at: usize) -> usize {
        let last = cuts.checked_sub(1).and_then(|last| self.cuts.get(last));
        last.map_or(at, |cut| cut.source_end + at.saturating_sub(cut.end))
    }
}

/// Makes a skeleton.
struct Cutter<'s> {
    source: &'s [u8],
    text: Vec<u8>,
    /// How much of the source is in the text, or cut out.
    copied: usize,
    cuts: Vec<Cut>,
}

impl Cutter<'_> {
    fn cut_all(mut self) -> Result<(Vec<u8>, Vec<Cut>), Unmatched> {
        let mut lines = Lines { source: self.source, at: 0 };
        let mut line = lines.next_line()?;
        while let Some(head) = line {
            self.docstring(head);
            line = lines.next_line()?;
            let Some(first) = line.filter(|_| head.opens_function(self.source)) else { continue };
            let mut end = None;
            while let Some(inner) = line.filter(|inner| inner.indent > head.indent) {
                end = Some(inner.end);
                line = lines.next_line()?;
            }
            let end = end.ok_or(Unmatched)?;
            if memchr::memmem::find(self.slice(head.start..head.end), b"__getattr__").is_none() {
                self.docstring(first);
                self.body(first, end);
            }
        }
        self.cut(self.source.len()..self.source.len(), b"");
        Ok((self.text, self.cuts))
    }

    /// Leaves out what a string that stands alone says, where it holds no directive.
    fn docstring(&mut self, line: Line) {
        let Some((start, end)) = line.string.filter(|(_, end)| end + 3 == line.end) else { return };
        if !directive::may_mark(self.slice(start..end)) {
            self.cut(start..end, b"");
        }
    }

    /// Leaves out what comes after the docstring of a function.
    fn body(&mut self, first: Line, end: usize) {
        // Without docstring, a body needs a statement.
        let (rest, placeholder): (Range<usize>, &[u8]) = if first.opens_with_string(self.source) {
            (first.end..end, b"")
        } else {
            (first.start..end, b"0")
        };
        if !rest.is_empty() && !warning::may_announce(self.slice(rest.clone())) {
            self.cut(rest, placeholder);
        }
    }

    fn slice(&self, range: Range<usize>) -> &[u8] {
        self.source.get(range).unwrap_or_default()
    }

    /// Leaves out a range that starts behind all earlier ones.
    fn cut(&mut self, range: Range<usize>, placeholder: &[u8]) {
        let source = self.source;
        self.text.extend_from_slice(source.get(self.copied..range.start).unwrap_or_default());
        self.text.extend_from_slice(placeholder);
        let start = self.text.len();
        let breaks = memchr::memchr_iter(b'\n', source.get(range.clone()).unwrap_or_default()).count();
        self.text.resize(start + breaks, b'\n');
        self.cuts.push(Cut { start, end: self.text.len(), source_end: range.end });
        self.copied = range.end;
    }
}

/// A logical line with something on it.
#[derive(Clone, Copy, Debug)]
struct Line {
    /// Columns before it.
    indent: usize,
    /// Its first byte that is no white space.
    start: usize,
    /// Past its last byte that is neither white space nor comment.
    end: usize,
    /// Start and end of what is between the quotes, where it starts with a string in triple quotes.
    string: Option<(usize, usize)>,
}

impl Line {
    /// Whether it is the head of a function whose body stands below it.
    fn opens_function(self, source: &[u8]) -> bool {
        let Some(text) = source.get(self.start..self.end) else { return false };
        let text = text.strip_prefix(b"async").map_or(text, <[u8]>::trim_ascii_start);
        let name = text.strip_prefix(b"def");
        name.is_some_and(|name| name.first().is_some_and(u8::is_ascii_whitespace))
            && text.last() == Some(&b':')
    }

    /// Whether it starts with a string, as docstrings do.
    fn opens_with_string(self, source: &[u8]) -> bool {
        quote_of(source.get(self.start..self.end).unwrap_or_default()).is_some()
    }
}

/// Where the first quote of a string stands that starts here.
fn quote_of(text: &[u8]) -> Option<usize> {
    let at = text.iter().position(|byte| !b"rRbBuUfF".contains(byte))?;
    matches!(text.get(at), Some(b'"' | b'\'')).then_some(at)
}

/// Brackets or strings of a source do not match.
#[derive(Debug)]
struct Unmatched;

/// Cuts a source into logical lines.
struct Lines<'s> {
    source: &'s [u8],
    at: usize,
}

impl Lines<'_> {
    /// The next line that is neither empty nor a comment; `None` at the end.
    fn next_line(&mut self) -> Result<Option<Line>, Unmatched> {
        let mut indent = 0;
        while let Some(byte) = self.source.get(self.at) {
            match byte {
                b' ' => indent += 1,
                b'\t' => indent = (indent / 8 + 1) * 8,
                b'\r' => {}
                b'\n' | b'\x0c' => indent = 0,
                b'#' => {
                    self.skip_comment();
                    continue;
                }
                _ => {
                    let start = self.at;
                    let string = self.skip_long_string()?;
                    let end = self.end_of_line()?;
                    return Ok(Some(Line { indent, start, end, string }));
                }
            }
            self.at += 1;
        }
        Ok(None)
    }

    /// Goes behind the logical line that stands here; gives the place past its last byte that counts.
    fn end_of_line(&mut self) -> Result<usize, Unmatched> {
        let (mut depth, mut end) = (0_usize, self.at);
        while let Some(byte) = self.source.get(self.at) {
            match byte {
                b'\n' if depth == 0 => break,
                b'#' => {
                    self.skip_comment();
                    continue;
                }
                b'"' | b'\'' => {
                    self.skip_string(*byte)?;
                    end = self.at;
                    continue;
                }
                // The next byte belongs to it, a line's end most of all.
                b'\\' => self.at += 1 + usize::from(self.source.get(self.at + 1) == Some(&b'\r')),
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.checked_sub(1).ok_or(Unmatched)?,
                _ => {}
            }
            self.at += 1;
            if !byte.is_ascii_whitespace() {
                end = self.at;
            }
        }
        let is_whole = depth == 0 && end <= self.source.len();
        if is_whole { Ok(end) } else { Err(Unmatched) }
    }

    /// Goes behind a string in triple quotes, where one starts here; gives the place of what is between the quotes.
    fn skip_long_string(&mut self) -> Result<Option<(usize, usize)>, Unmatched> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let Some(open) = quote_of(rest) else { return Ok(None) };
        match rest.get(open..open + 3) {
            Some(&[quote, second, third]) if quote == second && quote == third => {
                self.at += open;
                let start = self.at + 3;
                self.skip_string(quote)?;
                Ok(Some((start, self.at - 3)))
            }
            _ => Ok(None),
        }
    }

    fn skip_comment(&mut self) {
        let rest = self.source.get(self.at..).unwrap_or_default();
        self.at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    }

    /// Goes behind the string whose opening quote stands here.
    fn skip_string(&mut self, quote: u8) -> Result<(), Unmatched> {
        let rest = self.source.get(self.at..).unwrap_or_default();
        let is_long = rest.starts_with(&[quote, quote, quote]);
        self.at += if is_long { 3 } else { 1 };
        loop {
            let rest = self.source.get(self.at..).unwrap_or_default();
            let step = if is_long {
                memchr::memchr2(quote, b'\\', rest)
            } else {
                memchr::memchr3(quote, b'\\', b'\n', rest)
            };
            let step = step.ok_or(Unmatched)?;
            self.at += step;
            match rest.get(step..) {
                Some([b'\\', ..]) => self.at += 2,
                Some([b'\n', ..]) => return Err(Unmatched),
                Some(rest) if is_long && !rest.starts_with(&[quote, quote, quote]) => self.at += 1,
                _ => {
                    self.at += if is_long { 3 } else { 1 };
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skeleton(source: &str) -> String {
        let text = Skeleton::of(source).text;
        assert_eq!(text.matches('\n').count(), source.matches('\n').count(), "lines stay where they are");
        text
    }

    #[test]
    fn bodies_are_left_out_and_docstrings_emptied() {
        let source = "\"\"\"Module.\"\"\"\ndef f(a, b=(1,\n      2)):  # why\n    x = [1,\n2]\n    return x\n\nclass C:\n    y = 1\n    async def g(self):\n        r'''Doc:\n  of it.'''\n        return 1\n    z = 2\n";
        assert_eq!(
            skeleton(source),
            "\"\"\"\"\"\"\ndef f(a, b=(1,\n      2)):  # why\n    0\n\n\n\nclass C:\n    y = 1\n    async def g(self):\n        r'''\n'''\n\n    z = 2\n"
        );
    }

    #[test]
    fn what_tells_something_stays() {
        for source in [
            "def f():\n    x = 1\n    warnings.warn('deprecated')",
            "def f():\n    warnings.warn(MESSAGE)",
            "def __getattr__(name):\n    return 1",
            "def f(): return 1",
            "def f():\n    '''.. deprecated:: 1.0'''",
            "defer(1)\nif x:\n    y = '''two'''",
        ] {
            assert_eq!(skeleton(source), source);
        }
    }

    #[test]
    fn strings_comments_and_continued_lines_hide_what_they_hold() {
        let source =
            "def f():\n    a = '(\\'' \\\n  + \"#\"  # (\n# def\n    b = \"\"\"\ndef g():\n\"\"\"\n\nx = 1";
        assert_eq!(skeleton(source), "def f():\n    0\n\n\n\n\n\n\nx = 1");
    }

    #[test]
    fn what_does_not_match_stays_whole() {
        for source in ["def f():\n    (1\n", "x = 'a\n'", "def f():\npass", "]", "x = '''a", "x = 1 \\"] {
            assert_eq!(skeleton(source), source);
        }
    }

    #[test]
    fn places_lead_back_to_the_source() {
        let source = "def f():\n    'Doc.'\n    x = 1\n    return x  # it\n\ndef g():\n    return 2\n";
        let skeleton = Skeleton::of(source);
        let in_source = |part: &str| {
            let start = skeleton.text.find(part).unwrap();
            &source[skeleton.in_source(start..start + part.len())]
        };
        assert_eq!(in_source("'Doc.'"), "'Doc.'\n    x = 1\n    return x");
        assert_eq!(in_source("0"), "return 2");
        assert_eq!(in_source("def g():"), "def g():");
    }
}
