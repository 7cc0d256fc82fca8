//! Moving code to another indentation without touching the inside of its strings.

use std::ops::Range;

/// The text of `range` with the indentation of its first line taken off, lines inside string literals untouched.
/// `strings` are the byte ranges of multi-line strings, in order.
pub fn dedent(source: &str, range: &Range<usize>, strings: &[Range<usize>]) -> String {
    reindent(source, range, strings, 0)
}

/// The text of `range` moved so that its first line starts at `column`; see [`dedent`].
pub fn reindent(source: &str, range: &Range<usize>, strings: &[Range<usize>], column: usize) -> String {
    let line_start = source[..range.start].rfind('\n').map_or(0, |at| at + 1);
    let old_indent = &source[line_start..range.start];
    let old_indent = &old_indent[..old_indent.len() - old_indent.trim_start().len()];
    let new_indent = " ".repeat(column);
    let mut out = String::with_capacity(range.len() + column);
    let mut at = range.start;
    for (n, line) in source[range.clone()].split_inclusive('\n').enumerate() {
        let in_string = strings.iter().any(|s| s.start < at && at < s.end);
        if n == 0 {
            out.push_str(&new_indent);
            out.push_str(line);
        } else if in_string {
            out.push_str(line);
        } else if line.trim().is_empty() {
            out.push('\n');
        } else {
            out.push_str(&new_indent);
            out.push_str(line.strip_prefix(old_indent).unwrap_or_else(|| line.trim_start()));
        }
        at += line.len();
    }
    out.truncate(out.trim_end().len());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strings_keep_their_columns() {
        let source = "    x = f(\n        1,\n    '''a\n  b''')\n";
        let string = source.find("'''").unwrap()..source.rfind("'''").unwrap() + 3;
        let text = dedent(source, &(4..source.len()), &[string]);
        assert_eq!(text, "x = f(\n    1,\n'''a\n  b''')");
    }
}
