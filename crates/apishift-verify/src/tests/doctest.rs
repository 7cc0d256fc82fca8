//! Examples as in docstrings, by the rules of `doctest`.
//!
//! What an example shows is compared here, not in the program's process. As `doctest` has it: the same text, where
//! `<BLANKLINE>` is an empty line, `True` passes for `1`, of an exception only the last lines count, and directives
//! (`# doctest: +ELLIPSIS`) hold for their example. Otherwise than there, the module of an exception's class is never
//! compared (a program has another name here than it had where its examples were written), and the first example that fails
//! is the last one that counts.

use apishift_sandbox::Failure;

/// Characters of an exception's message that are reported.
const MESSAGE: usize = 500;

/// An example with what it has to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// What is run.
    pub source: String,
    want: String,
    /// Message of the exception that it has to raise.
    raises: Option<String>,
    options: Options,
}

/// Options of `doctest` that change what passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flag {
    Skip,
    Ellipsis,
    NormalizeWhitespace,
    IgnoreExceptionDetail,
    DontAcceptBlankline,
    DontAcceptTrueFor1,
}

/// Those that hold for an example.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Options(Vec<Flag>);

/// What an example came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shown<'a> {
    /// What it has to show.
    Wanted,
    /// Something else.
    Other,
    /// An exception that it must not raise.
    Raised(&'a Failure),
}

/// Whether a text has an example in it.
pub(crate) fn has_examples(text: &str) -> bool {
    text.lines().any(|line| line.trim_start_matches([' ', '\t']).starts_with(">>>"))
}

/// The examples of a text that are to be run; otherwise what is wrong with it.
pub fn examples(text: &str) -> Result<Vec<Example>, String> {
    let lines: Vec<String> = text.lines().map(without_tabs).collect();
    let mut examples = Vec::new();
    let mut place = 0;
    while let Some(line) = lines.get(place) {
        let first = place;
        place += 1;
        let indent = line.len() - line.trim_start_matches(' ').len();
        if !line[indent..].starts_with(">>>") {
            continue;
        }
        let wrong = |line: usize, what: &str| Err(format!("line {} of the examples {what}", line + 1));
        while lines.get(place).is_some_and(|line| line.trim_start_matches(' ').starts_with("...")) {
            place += 1;
        }
        let mut source = String::new();
        for (number, line) in (first..).zip(&lines[first..place]) {
            let prompt = if number == first { ">>>" } else { "..." };
            let Some(rest) = line.get(indent..).and_then(|line| line.strip_prefix(prompt)) else {
                return wrong(number, "is indented differently");
            };
            let Some(rest) = rest.strip_prefix(' ').or_else(|| rest.is_empty().then_some("")) else {
                return wrong(number, "has no space after its prompt");
            };
            source += rest;
            source.push('\n');
        }
        let mut want = String::new();
        while let Some(line) = lines.get(place) {
            let text = line.trim_start_matches(' ');
            if text.is_empty() || text.starts_with(">>>") {
                break;
            }
            if line.len() - text.len() < indent {
                return wrong(place, "is indented differently");
            }
            want += &line[indent..];
            want.push('\n');
            place += 1;
        }
        let options = match Options::read(&source) {
            Ok(options) => options,
            Err(name) => return wrong(first, &format!("asks for `{name}`, which is no option of doctest")),
        };
        let is_empty =
            source.lines().all(|line| matches!(line.trim_start().chars().next(), None | Some('#')));
        if !is_empty && !options.has(Flag::Skip) {
            let raises = exception(&want).map(str::to_owned);
            examples.push(Example { source, want, raises, options });
        }
    }
    Ok(examples)
}

/// Tabs become spaces up to the next multiple of eight.
fn without_tabs(line: &str) -> String {
    let mut text = String::new();
    let mut column = 0;
    for character in line.chars() {
        let width = if character == '\t' { 8 - column % 8 } else { 1 };
        column += width;
        match character {
            '\t' => text.extend(std::iter::repeat_n(' ', width)),
            other => text.push(other),
        }
    }
    text
}

/// The message of the exception that a text tells of: from the first line after the header that begins with a word.
fn exception(want: &str) -> Option<&str> {
    let (header, rest) = want.split_once('\n')?;
    let is_header = ["Traceback (most recent call last):", "Traceback (innermost last):"];
    if !is_header.contains(&header.trim_end()) {
        return None;
    }
    let mut at = 0;
    for line in rest.split_inclusive('\n') {
        if line.starts_with(|first: char| first.is_alphanumeric() || first == '_') {
            return Some(&rest[at..]);
        }
        at += line.len();
    }
    None
}

impl Options {
    fn has(&self, flag: Flag) -> bool {
        self.0.contains(&flag)
    }

    /// Reads the directives in an example; otherwise the one that is unknown.
    fn read(source: &str) -> Result<Self, String> {
        let mut options = Self::default();
        for line in source.lines() {
            let directives = line.match_indices('#').find_map(|(at, _)| {
                let text = line[at + 1..].trim_start().strip_prefix("doctest:")?;
                (!text.contains(['\'', '"'])).then_some(text)
            });
            for word in directives.unwrap_or_default().replace(',', " ").split_whitespace() {
                let (is_on, name) = match word.split_at_checked(1) {
                    Some(("+", name)) => (true, name),
                    Some(("-", name)) => (false, name),
                    _ => return Err(word.to_owned()),
                };
                let flag = match name {
                    "SKIP" => Flag::Skip,
                    "ELLIPSIS" => Flag::Ellipsis,
                    "NORMALIZE_WHITESPACE" => Flag::NormalizeWhitespace,
                    "IGNORE_EXCEPTION_DETAIL" => Flag::IgnoreExceptionDetail,
                    "DONT_ACCEPT_BLANKLINE" => Flag::DontAcceptBlankline,
                    "DONT_ACCEPT_TRUE_FOR_1" => Flag::DontAcceptTrueFor1,
                    // How failures are shown.
                    "REPORT_UDIFF"
                    | "REPORT_CDIFF"
                    | "REPORT_NDIFF"
                    | "REPORT_ONLY_FIRST_FAILURE"
                    | "FAIL_FAST" => continue,
                    _ => return Err(word.to_owned()),
                };
                options.0.retain(|known| *known != flag);
                if is_on {
                    options.0.push(flag);
                }
            }
        }
        Ok(options)
    }
}

impl Example {
    /// Compares what the example printed, or what it raised, with what it has to.
    pub(crate) fn compare<'a>(&self, text: &str, raised: Option<&'a Failure>) -> Shown<'a> {
        let holds = match (raised, &self.raises) {
            (None, _) => self.is_same(&self.want, text),
            (Some(failure), None) => return Shown::Raised(failure),
            (Some(failure), Some(message)) => self.is_raised(message, failure),
        };
        if holds { Shown::Wanted } else { Shown::Other }
    }

    fn is_raised(&self, message: &str, failure: &Failure) -> bool {
        let own = |class: &str| class.rsplit('.').next().unwrap_or_default().to_owned();
        let (class, rest) = match message.split_once(':') {
            Some((class, rest)) if !class.contains(char::is_whitespace) => (class, rest.trim_start()),
            _ => (message.trim_end(), ""),
        };
        if own(class) != own(&failure.class) {
            return false;
        }
        // A syntax error says where it is, which a traceback shows elsewhere.
        let place = failure.message.rfind(" (<").filter(|_| failure.is("SyntaxError"));
        let said = &failure.message[..place.unwrap_or(failure.message.len())];
        let is_cut = said.chars().count() >= MESSAGE;
        self.options.has(Flag::IgnoreExceptionDetail)
            || self.is_same(rest, &if said.is_empty() { String::new() } else { format!("{said}\n") })
            || is_cut && rest.starts_with(said)
    }

    fn is_same(&self, want: &str, got: &str) -> bool {
        let (mut want, mut got) = (in_ascii(want), in_ascii(got));
        if want == got {
            return true;
        }
        let is_flag = matches!((got.as_str(), want.as_str()), ("True\n", "1\n") | ("False\n", "0\n"));
        if is_flag && !self.options.has(Flag::DontAcceptTrueFor1) {
            return true;
        }
        if !self.options.has(Flag::DontAcceptBlankline) {
            let marked = |line: &str| if line.trim_end() == "<BLANKLINE>" { "" } else { line }.to_owned();
            let blank = |line: &str| if line.trim().is_empty() { "" } else { line }.to_owned();
            want = by_line(&want, marked);
            got = by_line(&got, blank);
        }
        if self.options.has(Flag::NormalizeWhitespace) {
            let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            (want, got) = (words(&want), words(&got));
        }
        want == got || self.options.has(Flag::Ellipsis) && matches(&want, &got)
    }
}

fn by_line(text: &str, line: impl Fn(&str) -> String) -> String {
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

/// Whether a text is the one that was wanted, where `...` stands for any.
fn matches(want: &str, got: &str) -> bool {
    let pieces: Vec<&str> = want.split("...").collect();
    let [first, middle @ .., last] = &pieces[..] else { return want == got };
    let Some(mut rest) = got.strip_prefix(first).and_then(|rest| rest.strip_suffix(last)) else {
        return false;
    };
    middle.iter().all(|piece| {
        let found = rest.find(piece);
        found.inspect(|at| rest = &rest[at + piece.len()..]).is_some()
    })
}

/// Characters beyond ASCII, as an escape.
fn in_ascii(text: &str) -> String {
    let escaped = |character: char| match u32::from(character) {
        0..=0x7f => character.to_string(),
        code @ 0x80..=0xff => format!("\\x{code:02x}"),
        code @ 0x100..=0xffff => format!("\\u{code:04x}"),
        code => format!("\\U{code:08x}"),
    };
    if text.is_ascii() { text.to_owned() } else { text.chars().map(escaped).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> Example {
        let mut all = examples(text).unwrap();
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0)
    }

    fn shows(text: &str, got: &str) -> bool {
        one(text).compare(got, None) == Shown::Wanted
    }

    fn failure(class: &str, message: &str) -> Failure {
        let (class, message) = (class.to_owned(), message.to_owned());
        Failure { class, message, errno: None, kinds: Vec::new() }
    }

    #[test]
    fn examples_are_found_with_what_they_show() {
        let text = "Adds.\n\n    >>> x = [\n    ...     1,\n    ... ]\n    >>> # nothing\n    >>> x\n    [1]\n\n    More.\n";
        let all = examples(text).unwrap();
        let found: Vec<_> =
            all.iter().map(|example| (example.source.as_str(), example.want.as_str())).collect();
        assert_eq!(found, [("x = [\n    1,\n]\n", ""), ("x\n", "[1]\n")]);
    }

    #[test]
    fn what_doctest_does_not_read_is_named_with_its_line() {
        let cases = [
            (">>>1\n", "line 1 of the examples has no space after its prompt"),
            ("  >>> 1\n 1\n", "line 2 of the examples is indented differently"),
            ("  >>> (1,\n ... 2)\n", "line 2 of the examples is indented differently"),
            (
                ">>> 1  # doctest: +ELIPSIS\n",
                "line 1 of the examples asks for `+ELIPSIS`, which is no option of doctest",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(examples(text).unwrap_err(), expected, "{text}");
        }
    }

    #[test]
    fn texts_are_compared_as_doctest_does() {
        assert!(shows(">>> f()\n1\n", "1\n"));
        assert!(!shows(">>> f()\n1\n", "1.0\n"));
        assert!(shows(">>> f()\n1\n", "True\n"));
        assert!(!shows(">>> f()\nTrue\n", "1\n"));
        assert!(shows(">>> f()\na\n<BLANKLINE>\nb\n", "a\n\nb\n"));
        assert!(!shows(">>> f()\n[1,  2]\n", "[1, 2]\n"));
        assert!(shows(">>> f()  # doctest: +NORMALIZE_WHITESPACE\n[1,\n  2]\n", "[1, 2]\n"));
        assert!(!shows(">>> f()\n[1, ..., 9]\n", "[1, 2, 9]\n"));
        assert!(shows(">>> f()  # doctest: +ELLIPSIS\n[1, ..., 9]\n", "[1, 2, 9]\n"));
        assert!(!shows(">>> f()  # doctest: +ELLIPSIS\na...a\n", "a\n"));
        assert!(shows(">>> f()\n'\\xe9'\n", "'\u{e9}'\n"));
        assert!(examples(">>> f()  # doctest: +SKIP\n1\n").unwrap().is_empty());
    }

    #[test]
    fn of_an_exception_the_class_and_the_message_count() {
        let text = ">>> f()\nTraceback (most recent call last):\n  ...\npackage.Bad: no luck\n";
        let raised = |failure: &Failure| one(text).compare("", Some(failure)) == Shown::Wanted;
        assert!(raised(&failure("Bad", "no luck")));
        assert!(!raised(&failure("Bad", "luck")));
        assert!(!raised(&failure("Worse", "no luck")));
        let bad = failure("Bad", "x");
        assert_eq!(one(">>> f()\n1\n").compare("", Some(&bad)), Shown::Raised(&bad));
        assert_eq!(one(text).compare("no luck\n", None), Shown::Other);
    }
}
