//! Whether a text is Python, told in this process, fast and without running anything.
//!
//! The parser is ruff's. It recurses as deep as its input nests, so that a text which nests too deep for any stack is not
//! given to it: [`Syntax::Unsure`] asks `CPython` in the sandbox instead. So does every construct of which the two are known
//! to judge differently.

mod form;
mod limits;
mod marks;

pub use marks::Marks;

use ruff_python_ast::{Mod, ModModule, PythonVersion, Suite};
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
    Code::read(source, version).syntax
}

/// The syntax tree of a valid text; otherwise why there is none. The calling thread needs [`STACK`].
pub fn parse(source: &str, version: (u8, u8)) -> Result<Parsed<ModModule>, Syntax> {
    let Code { parsed, syntax } = Code::read(source, version);
    match (syntax, parsed.and_then(Parsed::try_into_module)) {
        (Syntax::Valid, Some(module)) => Ok(module),
        (Syntax::Valid, None) => Err(Syntax::Unsure("it is no module")),
        (other, _) => Err(other),
    }
}

/// The statements of a short and shallow text, for those who write tests.
pub fn parse_bounded(source: &str) -> Result<Suite, Syntax> {
    if source.contains('\0') {
        return Err(Syntax::Invalid("null bytes".to_owned()));
    }
    if let Some(why) = unsure(source) {
        return Err(Syntax::Unsure(why));
    }
    let parsed = ruff_python_parser::parse_module(source).map_err(|e| Syntax::Invalid(e.to_string()))?;
    Ok(parsed.into_suite())
}

/// A text that was parsed once: whether it is Python, and the forms in which it is compared.
///
/// ```
/// use apishift_syntax::grammar::Code;
/// let code = Code::read("x = f('a')  # why\n\n", (3, 13));
/// assert!(code.is_valid());
/// assert_eq!(code.marks().comments, [12..17]);
/// assert!(code.has_form_of(&Code::read("x = f(\n    \"a\",\n)\n", (3, 13))));
/// ```
#[derive(Debug)]
pub struct Code {
    /// Whether it is Python.
    pub syntax: Syntax,
    /// What the parser saw, even where it complains; `None` where it was not asked.
    parsed: Option<Parsed<Mod>>,
}

impl Code {
    /// Parses a text as the Python of this version (major and minor) does. The calling thread needs [`STACK`].
    pub fn read(source: &str, (major, minor): (u8, u8)) -> Self {
        let unread = |syntax| Self { syntax, parsed: None };
        if source.contains('\0') {
            return unread(Syntax::Invalid("source code cannot contain null bytes".to_owned()));
        }
        // Of bytes it would be a mark of their encoding; of a text it is a character.
        if source.starts_with('\u{feff}') {
            return unread(Syntax::Invalid("invalid non-printable character U+FEFF".to_owned()));
        }
        if let Some(why) = unsure(source) {
            return unread(Syntax::Unsure(why));
        }
        let options = ParseOptions::from(Mode::Module).with_target_version(PythonVersion { major, minor });
        let parsed = parse_unchecked(source, options);
        let error = parsed.errors().first().map(|error| error.error.to_string());
        let unsupported = || parsed.unsupported_syntax_errors().first().map(ToString::to_string);
        let refused = || limits::refused(source, &parsed);
        let syntax =
            error.or_else(unsupported).map(Syntax::Invalid).or_else(refused).unwrap_or(Syntax::Valid);
        Self { syntax, parsed: Some(parsed) }
    }

    /// Whether it is Python.
    pub fn is_valid(&self) -> bool {
        self.syntax == Syntax::Valid
    }

    /// Where its comments and strings are, as far as it can be read. None where it was too deep to be read.
    pub fn marks(&self) -> Marks {
        self.parsed.as_ref().map(|parsed| Marks::of(parsed.tokens())).unwrap_or_default()
    }

    /// Whether two codes are the same but for layout, comments, quotes and the order of imports. `false` where one of them is
    /// no Python.
    pub fn has_form_of(&self, other: &Self) -> bool {
        let module = |parsed: &Option<Parsed<Mod>>| match parsed.as_ref().map(Parsed::syntax) {
            Some(Mod::Module(module)) => Some(form::tidied(&module.body)),
            _ => None,
        };
        let forms = || module(&self.parsed).zip(module(&other.parsed));
        self.is_valid() && other.is_valid() && forms().is_some_and(|(one, two)| form::is_same(&one, &two))
    }
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
