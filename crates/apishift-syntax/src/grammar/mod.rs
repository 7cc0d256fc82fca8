//! Whether a text is Python, told in this process, fast and without running anything.
//!
//! The parser is ruff's. It recurses as deep as its input nests, so that a text which nests too deep for any stack is not
//! given to it: [`Syntax::Unsure`] asks `CPython` in the sandbox instead. So does every construct of which the two are known
//! to judge differently.

use ruff_python_ast::{ModModule, PythonVersion, Suite};
use ruff_python_parser::{Mode, ParseOptions, Parsed, parse_unchecked};

/// Longest text that is parsed here, in bytes.
const MAX_BYTES: usize = 1 << 20;

/// Longest logical line, in bytes without strings and comments: no nesting is deeper than it is long.
const MAX_LINE: usize = 50_000;

/// Nested brackets that `CPython`'s tokeniser takes.
const MAX_BRACKETS: usize = 200;

/// Stack that parsing the longest line may need, in bytes. Threads that parse have at least this.
pub const STACK: usize = 512 << 20;

/// What a look at a text says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `CPython` parses it.
    Valid,
    /// `CPython` refuses it: why.
    Invalid(String),
    /// Only `CPython` knows: why.
    Unsure(&'static str),
}

/// Looks at a text as the Python of this version (major and minor) does. The calling thread needs [`STACK`].
pub fn check(source: &str, version: (u8, u8)) -> Syntax {
    parse(source, version).map_or_else(|why| why, |_parsed| Syntax::Valid)
}

/// The syntax tree of a valid text; otherwise why there is none.
pub(crate) fn parse(source: &str, (major, minor): (u8, u8)) -> Result<Parsed<ModModule>, Syntax> {
    if source.contains('\0') {
        return Err(Syntax::Invalid("source code cannot contain null bytes".to_owned()));
    }
    // Of bytes it would be a mark of their encoding; of a text it is a character.
    if source.starts_with('\u{feff}') {
        return Err(Syntax::Invalid("invalid non-printable character U+FEFF".to_owned()));
    }
    if let Some(why) = unsure(source) {
        return Err(Syntax::Unsure(why));
    }
    let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion { major, minor });
    let parsed = parse_unchecked(source, options);
    if let Some(error) = parsed.errors().first() {
        return Err(Syntax::Invalid(error.error.to_string()));
    }
    if let Some(error) = parsed.unsupported_syntax_errors().first() {
        return Err(Syntax::Invalid(error.to_string()));
    }
    parsed.try_into_module().ok_or(Syntax::Unsure("it is no module"))
}

/// The statements of a short and shallow text, for those who write tests.
pub(crate) fn parse_bounded(source: &str) -> Result<Suite, Syntax> {
    if source.contains('\0') {
        return Err(Syntax::Invalid("null bytes".to_owned()));
    }
    if let Some(why) = unsure(source) {
        return Err(Syntax::Unsure(why));
    }
    let parsed = ruff_python_parser::parse_module(source).map_err(|e| Syntax::Invalid(e.to_string()))?;
    Ok(parsed.into_suite())
}

/// Why the parser should not see the text.
fn unsure(source: &str) -> Option<&'static str> {
    if source.len() > MAX_BYTES {
        return Some("the text is long");
    }
    let shape = Shape::of(source);
    if shape.line > MAX_LINE {
        return Some("a statement is long");
    }
    (shape.brackets > MAX_BRACKETS).then_some("brackets nest deep")
}

/// Upper bounds of what a parser meets: found without parsing, and never too low.
#[derive(Debug, Default)]
struct Shape {
    /// Longest logical line, strings included where it is not sure that they are strings.
    line: usize,
    /// Deepest nesting of brackets.
    brackets: usize,
}

impl Shape {
    fn of(source: &str) -> Self {
        let mut shape = Self::default();
        let (mut depth, mut deepest, mut line) = (0_usize, 0_usize, 0_usize);
        for text in source.lines() {
            line += text.len();
            for byte in text.bytes() {
                match byte {
                    b'(' | b'[' | b'{' => depth += 1,
                    b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                deepest = deepest.max(depth);
            }
            let is_continued = text.ends_with('\\');
            // Brackets in strings and comments count as brackets: a bound that is too high only asks CPython once more.
            if depth == 0 && !is_continued {
                shape.line = shape.line.max(line);
                line = 0;
            }
        }
        shape.line = shape.line.max(line);
        shape.brackets = deepest;
        shape
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> Syntax {
        check(source, (3, 11))
    }

    #[test]
    fn python_is_told_from_what_is_none() {
        assert_eq!(of("def f(x):\n    return x\n"), Syntax::Valid);
        assert!(matches!(of("def f(x)\n    return x\n"), Syntax::Invalid(_)));
        assert!(matches!(of("x = 1\0"), Syntax::Invalid(_)));
        assert!(matches!(of("x = f'{'a'}'"), Syntax::Invalid(_)), "3.12 takes it, 3.11 does not");
        assert_eq!(check("x = f'{'a'}'", (3, 12)), Syntax::Valid);
    }

    #[test]
    fn what_nests_deep_is_not_parsed_here() {
        for bomb in [
            "(".repeat(200_000),
            format!("x = {}1", "-".repeat(200_000)),
            format!("x = {}1", "not ".repeat(200_000)),
            format!("x = {}1", "1 + ".repeat(200_000)),
            format!("x = '{}'", "x".repeat(10 << 20)),
            format!("x = {}1{}", "[".repeat(300), "]".repeat(300)),
        ] {
            assert!(matches!(of(&bomb), Syntax::Unsure(_)), "{}", &bomb[..20]);
        }
    }

    #[test]
    fn the_longest_line_that_is_parsed_here_fits_the_stack() {
        let deepest = |unit: &str| format!("x = {}1\n", unit.repeat(MAX_LINE / unit.len() - 3));
        let parse = move || {
            for unit in ["-", "not ", "1+", "1**", "lambda:", "a if b else "] {
                let _verdict = of(&deepest(unit));
            }
        };
        let thread = std::thread::Builder::new().stack_size(STACK).spawn(parse).unwrap();
        thread.join().unwrap();
    }
}
