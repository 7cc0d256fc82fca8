//! Source text as tokens: what counts when two pieces of code are compared.

/// An open bracket while tokens are read.
struct Bracket {
    /// It is the bracket of a call or of a subscript: a name, a string or a closing bracket stands before it.
    after_value: bool,
    /// It is `(`.
    round: bool,
    /// Commas directly within it.
    commas: usize,
}

/// Tokens of Python source as far as sameness needs them: no comments, no layout, no trailing commas that mean
/// nothing, and strings without the style of their quotes. Never fails: what is no Python gives some tokens too.
pub(crate) fn tokens(source: &str) -> Vec<String> {
    let mut reader = Reader { rest: source, tokens: Vec::new(), brackets: Vec::new() };
    while reader.step() {}
    reader.tokens
}

/// Lines that hold more than blanks.
pub(crate) fn line_count(source: &str) -> usize {
    source.lines().filter(|line| !line.trim().is_empty()).count()
}

/// Whether the text may stand in a row: no control characters but line ends and tabs, no replacement characters
/// (which stand for bytes that were not UTF-8), no direction marks (which make code read as what it is not).
pub(crate) fn is_clean(text: &str) -> bool {
    !text.chars().any(|c| {
        (c.is_control() && !matches!(c, '\n' | '\t'))
            || matches!(c, '\u{fffd}' | '\u{feff}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

struct Reader<'a> {
    rest: &'a str,
    tokens: Vec<String>,
    brackets: Vec<Bracket>,
}

/// Operators of two and three characters, longest first.
const OPERATORS: [&str; 24] = [
    "**=", "//=", ">>=", "<<=", "...", "**", "//", ">>", "<<", "->", ":=", "==", "!=", "<=", ">=", "+=",
    "-=", "*=", "/=", "%=", "&=", "|=", "^=", "@=",
];

impl<'a> Reader<'a> {
    /// Reads one token, or skips one stretch of what is none; `false` at the end.
    fn step(&mut self) -> bool {
        let Some(first) = self.rest.chars().next() else { return false };
        if first.is_whitespace() || first == '\\' {
            self.take(first.len_utf8());
        } else if first == '#' {
            let end = self.rest.find('\n').unwrap_or(self.rest.len());
            self.take(end);
        } else if first == '"' || first == '\'' {
            self.string("");
        } else if first == '_' || first.is_alphabetic() {
            self.name();
        } else if first.is_ascii_digit() || self.is_fraction() {
            let word = self.take_while(|c| c.is_ascii_alphanumeric() || c == '_' || c == '.');
            self.tokens.push(word.to_owned());
        } else {
            self.operator(first);
        }
        true
    }

    fn take(&mut self, bytes: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(bytes);
        self.rest = rest;
        taken
    }

    fn take_while(&mut self, keep: impl Fn(char) -> bool) -> &'a str {
        let end = self.rest.find(|c| !keep(c)).unwrap_or(self.rest.len());
        self.take(end)
    }

    fn is_fraction(&self) -> bool {
        self.rest.strip_prefix('.').is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
    }

    fn name(&mut self) {
        let word = self.take_while(|c| c == '_' || c.is_alphanumeric());
        let is_prefix = word.len() <= 2 && word.bytes().all(|b| b"rbufRBUF".contains(&b));
        if is_prefix && self.rest.starts_with(['"', '\'']) {
            self.string(word);
        } else {
            self.tokens.push(word.to_owned());
        }
    }

    /// A string, its quotes written as `"` and its prefix in lower case without the meaningless `u`.
    fn string(&mut self, prefix: &str) {
        let quote = &self.rest[..1];
        let triple = self.rest.starts_with(&quote.repeat(3));
        let close = if triple { quote.repeat(3) } else { quote.to_owned() };
        self.take(close.len());
        let end = string_end(self.rest, &close);
        let content = self.take(end);
        if self.rest.starts_with(&close) {
            self.take(close.len());
        }
        let mut prefix: Vec<char> = prefix.to_lowercase().chars().filter(|c| *c != 'u').collect();
        prefix.sort_unstable();
        let mut token: String = prefix.into_iter().collect();
        token.push('"');
        token.push_str(content);
        token.push('"');
        self.tokens.push(token);
    }

    fn operator(&mut self, first: char) {
        let long = OPERATORS.iter().find(|operator| self.rest.starts_with(**operator));
        let operator = self.take(long.map_or(first.len_utf8(), |operator| operator.len()));
        match operator {
            "(" | "[" | "{" => {
                let after_value = self.tokens.last().is_some_and(|token| ends_value(token));
                self.brackets.push(Bracket { after_value, round: operator == "(", commas: 0 });
            }
            "," => {
                if let Some(bracket) = self.brackets.last_mut() {
                    bracket.commas += 1;
                }
            }
            ")" | "]" | "}" => {
                if let Some(bracket) = self.brackets.pop() {
                    self.drop_trailing_comma(&bracket);
                }
            }
            _ => {}
        }
        self.tokens.push(operator.to_owned());
    }

    /// `f(a,)` is `f(a)` and `[a,]` is `[a]`, but `(a,)` is not `(a)` and `x[a,]` is not `x[a]`.
    fn drop_trailing_comma(&mut self, bracket: &Bracket) {
        let meaningless = bracket.commas > 1 || bracket.round == bracket.after_value;
        if meaningless && self.tokens.last().is_some_and(|token| token == ",") {
            self.tokens.pop();
        }
    }
}

/// Whether a bracket after this token calls or subscripts it.
fn ends_value(token: &str) -> bool {
    const KEYWORDS: [&str; 15] = [
        "and", "assert", "await", "elif", "else", "for", "if", "import", "in", "is", "lambda", "not", "or",
        "return", "yield",
    ];
    let last = token.chars().next_back().unwrap_or(' ');
    (last == '_' || last.is_alphanumeric() || matches!(last, ')' | ']' | '}' | '"'))
        && !KEYWORDS.contains(&token)
}

/// Where the string that ends with `close` ends; an open one ends with its line, or with the text if triple.
fn string_end(text: &str, close: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if text[at..].starts_with(close) || (c == '\n' && close.len() == 1) {
            return at;
        }
        at += c.len_utf8();
        if c == '\\' {
            at += text[at..].chars().next().map_or(0, char::len_utf8);
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn layout_does_not_count() {
        let same = [
            ("f(a, b)", "f(\n    a,\n    b,\n)  # why\n"),
            ("x = 'a'", "x = \"a\""),
            ("x = u'a'", "x='a'"),
            ("x = rb'a'", "x = BR'''a'''"),
            ("[1, 2]", "[1, 2,]"),
            ("[a]", "[a,]"),
            ("f(a)", "f(a,)"),
            ("a + \\\n b", "a + b"),
        ];
        for (left, right) in same {
            assert_eq!(tokens(left), tokens(right), "{left:?} {right:?}");
        }
    }

    #[test]
    fn meaning_does() {
        let different = [
            ("(a,)", "(a)"),
            ("x[a,]", "x[a]"),
            ("return (a,)", "return (a)"),
            ("f('# a')", "f('# b')"),
            ("a - b", "a -= b"),
            ("'a' 'b'", "'ab'"),
            ("1.5", "1 . 5"),
            ("f(a)", "f(b)"),
            ("r'a'", "'a'"),
        ];
        for (left, right) in different {
            assert_ne!(tokens(left), tokens(right), "{left:?} {right:?}");
        }
    }

    #[test]
    fn clean_text_has_nothing_hidden() {
        assert!(is_clean("x = 'é'\n\ty\n"));
        for hidden in ["\0", "\u{7f}", "\r", "\u{1b}[0m", "\u{fffd}", "\u{202e}", "\u{85}"] {
            assert!(!is_clean(&format!("x = '{hidden}'")), "{hidden:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn any_text_gives_tokens_and_the_same_again(text in any::<String>()) {
            let once = tokens(&text);
            prop_assert!(once.iter().all(|token| !token.is_empty()));
            prop_assert_eq!(tokens(&text), once);
        }
    }
}
