//! What `CPython` refuses though the grammar allows it.

use ruff_python_ast::{
    Expr, Mod,
    token::TokenKind,
    visitor::{self, Visitor},
};
use ruff_python_parser::Parsed;
use ruff_text_size::Ranged;

use super::Syntax;

/// Levels of indentation that the tokeniser takes.
const MAX_INDENTS: usize = 99;

/// Digits of a decimal integer (since 3.11, and the patches of that day before it).
const MAX_DIGITS: usize = 4300;

/// Expressions within each other that every version takes: 3.11 and 3.12 stop before 3,000, others at 6,000 or with the stack.
const MAX_NESTING: usize = 2000;

/// Whether a text that the grammar allows is refused all the same, or may be.
pub(super) fn refused(source: &str, parsed: &Parsed<Mod>) -> Option<Syntax> {
    let (mut indents, mut in_line, mut longest, mut elifs) = (0_usize, 0_usize, 0_usize, 0_usize);
    for token in parsed.tokens() {
        in_line += 1;
        match token.kind() {
            TokenKind::Indent => indents += 1,
            TokenKind::Dedent => indents = indents.saturating_sub(1),
            TokenKind::Elif => elifs += 1,
            TokenKind::Newline => {
                longest = longest.max(in_line);
                in_line = 0;
            }
            TokenKind::Int if is_too_long(&source[token.range()]) => {
                return Some(Syntax::Invalid(format!("an integer has more than {MAX_DIGITS} digits")));
            }
            _ => {}
        }
        if indents > MAX_INDENTS {
            return Some(Syntax::Invalid("too many levels of indentation".to_owned()));
        }
    }
    // An expression nests no deeper than it has tokens, and each `elif` is within the one before.
    let is_deep = || elifs > MAX_NESTING || (longest > MAX_NESTING && nesting(parsed.syntax()) > MAX_NESTING);
    is_deep().then_some(Syntax::Unsure("it nests deep"))
}

fn is_too_long(integer: &str) -> bool {
    let is_decimal = || !integer.starts_with('0') || integer.bytes().all(|byte| matches!(byte, b'0' | b'_'));
    integer.len() > MAX_DIGITS
        && is_decimal()
        && integer.bytes().filter(u8::is_ascii_digit).count() > MAX_DIGITS
}

/// Expressions within each other, at most.
fn nesting(module: &Mod) -> usize {
    let mut deepest = Deepest::default();
    match module {
        Mod::Module(module) => deepest.visit_body(&module.body),
        Mod::Expression(expression) => deepest.visit_expr(&expression.body),
    }
    deepest.most
}

#[derive(Debug, Default)]
struct Deepest {
    now: usize,
    most: usize,
}

impl<'a> Visitor<'a> for Deepest {
    fn visit_expr(&mut self, expr: &'a Expr) {
        self.now += 1;
        self.most = self.most.max(self.now);
        visitor::walk_expr(self, expr);
        self.now -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::{STACK, Syntax, check};

    /// On a stack that is large enough also without optimisation.
    fn of(source: &str) -> Syntax {
        std::thread::scope(|scope| {
            let thread = std::thread::Builder::new().stack_size(STACK);
            thread.spawn_scoped(scope, || check(source, (3, 13))).unwrap().join().unwrap()
        })
    }

    #[test]
    fn what_cpython_refuses_is_refused() {
        let blocks = |levels: usize| {
            let open: String = (0..levels).map(|level| " ".repeat(level) + "if x:\n").collect();
            open + &" ".repeat(levels) + "pass\n"
        };
        assert_eq!(of(&blocks(99)), Syntax::Valid);
        assert!(matches!(of(&blocks(100)), Syntax::Invalid(_)));
        let integer = |digits: usize| format!("x = {}\n", "1".repeat(digits));
        assert_eq!(of(&integer(4300)), Syntax::Valid);
        assert!(matches!(of(&integer(4301)), Syntax::Invalid(_)));
        assert_eq!(of(&format!("x = 0x{}\n", "1".repeat(9000))), Syntax::Valid, "no decimal one");
        assert_eq!(of(&format!("x = '{}'\n", "1".repeat(9000))), Syntax::Valid, "no integer");
    }

    #[test]
    fn deep_nesting_is_left_to_cpython() {
        for unit in ["-", "not ", "1+", "1**"] {
            assert_eq!(of(&format!("x = {}1\n", unit.repeat(1900))), Syntax::Valid, "{unit}");
            assert!(matches!(of(&format!("x = {}1\n", unit.repeat(2100))), Syntax::Unsure(_)), "{unit}");
        }
        assert_eq!(of(&format!("x = [{}]\n", "1, ".repeat(9000))), Syntax::Valid, "long, not deep");
        let elifs = |count: usize| format!("if x:\n pass\n{}", "elif x:\n pass\n".repeat(count));
        assert_eq!(of(&elifs(1000)), Syntax::Valid);
        assert!(matches!(of(&elifs(3000)), Syntax::Unsure(_)));
    }
}
