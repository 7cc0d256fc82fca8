//! One layout for all code, so that two sides differ only in what they say.

use std::path::Path;

use ruff_python_formatter::{MagicTrailingComma, PyFormatOptions, format_module_source};

/// Brackets within each other, at most: the formatter recurses, and ends the process where the stack does.
const DEEPEST: usize = 100;

/// The code as Ruff's formatter writes it (Black's style, 88 columns); `None` where it is no Python 3.
pub(crate) fn formatted(code: &str) -> Option<String> {
    if depth(code) > DEEPEST {
        return None;
    }
    // A comma at the end would keep a call on many lines on one side, and on one line on the other.
    let options = PyFormatOptions::from_extension(Path::new("row.py"))
        .with_magic_trailing_comma(MagicTrailingComma::Ignore);
    let printed = format_module_source(code, options).ok()?;
    Some(printed.into_code())
}

/// How deep brackets and repeated operators of one operand may nest, at most.
fn depth(code: &str) -> usize {
    let (mut open, mut deepest) = (0_usize, 0);
    for character in code.chars() {
        match character {
            '(' | '[' | '{' => open += 1,
            ')' | ']' | '}' => open = open.saturating_sub(1),
            _ => {}
        }
        deepest = deepest.max(open);
    }
    deepest.max(code.matches("not ").count() / 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_layouts_become_one() {
        let one = "x = f(a,\n      b = 'c',)\n";
        let other = "x = f(\n    a,\n    b=\"c\",\n)\n";
        assert_eq!(formatted(one), formatted(other));
        assert_eq!(formatted(one).as_deref(), Some("x = f(a, b=\"c\")\n"));
    }

    #[test]
    fn what_is_no_python_3_is_none() {
        assert_eq!(formatted("print 'a'\n"), None);
        assert_eq!(formatted("def f(:\n"), None);
        assert_eq!(formatted(&format!("x = {}{}\n", "(".repeat(5000), ")".repeat(5000))), None);
        assert_eq!(formatted(&format!("x = {}1\n", "not ".repeat(5000))), None);
    }
}
