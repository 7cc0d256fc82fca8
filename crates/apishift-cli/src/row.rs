//! One row of a table, for people.

use std::fmt::Write as _;

use owo_colors::OwoColorize;
use serde_json::{Map, Value};
use similar::{ChangeTag, TextDiff};

/// Columns that are shown as one difference.
const OLD: &str = "old_code";
const NEW: &str = "new_code";

/// Fields one per line, longer texts indented below their name, code before and after as a difference by line with the
/// changed words emphasised. Nulls are left out.
pub(crate) fn render_row(row: &Map<String, Value>) -> String {
    let mut lines = Vec::new();
    let codes = row.get(OLD).and_then(Value::as_str).zip(row.get(NEW).and_then(Value::as_str));
    for (name, value) in row {
        if codes.is_none() || (name != OLD && name != NEW) {
            field(&mut lines, name, value);
        }
    }
    if let Some((old, new)) = codes {
        lines.push(format!("  {}", "old_code -> new_code:".dimmed()));
        lines.push(diff(old, new));
    }
    lines.join("\n")
}

fn field(lines: &mut Vec<String>, name: &str, value: &Value) {
    let label = format!("{name}:");
    let label = label.dimmed();
    match value {
        Value::Null => {}
        Value::Object(fields) => {
            for (part, value) in fields {
                field(lines, &format!("{name}.{part}"), value);
            }
        }
        Value::Array(items) if items.is_empty() => {}
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            let items: Vec<_> = items.iter().map(scalar).collect();
            lines.push(format!("  {label} {}", items.join(", ")));
        }
        Value::Array(items) => {
            for (place, item) in items.iter().enumerate() {
                field(lines, &format!("{name}[{place}]"), item);
            }
        }
        Value::String(text) if text.trim_end().contains('\n') => {
            lines.push(format!("  {label}"));
            lines.extend(text.trim_end().lines().map(|line| format!("    {line}").trim_end().to_owned()));
        }
        scalar_value => lines.push(format!("  {label} {}", scalar(scalar_value))),
    }
}

fn scalar(value: &Value) -> String {
    match value {
        Value::String(text) => text.trim_end().to_owned(),
        other => other.to_string(),
    }
}

/// Every line of both codes, with its sign; in changed lines, the changed words stand out.
fn diff(old: &str, new: &str) -> String {
    let diff = TextDiff::from_lines(old, new);
    let mut text = String::new();
    for op in diff.ops() {
        for change in diff.iter_inline_changes(op) {
            let sign = match change.tag() {
                ChangeTag::Delete => "-",
                ChangeTag::Insert => "+",
                ChangeTag::Equal => " ",
            };
            let mut line = String::new();
            for (emphasised, part) in change.iter_strings_lossy() {
                let part = part.trim_end_matches(['\n', '\r']);
                let _infallible = match (change.tag(), emphasised) {
                    (_, _) if part.is_empty() => Ok(()),
                    (ChangeTag::Delete, true) => write!(line, "{}", part.red().bold().underline()),
                    (ChangeTag::Delete, false) => write!(line, "{}", part.red()),
                    (ChangeTag::Insert, true) => write!(line, "{}", part.green().bold().underline()),
                    (ChangeTag::Insert, false) => write!(line, "{}", part.green()),
                    (ChangeTag::Equal, _) => write!(line, "{part}"),
                };
            }
            let sign = match change.tag() {
                ChangeTag::Delete => sign.red().to_string(),
                ChangeTag::Insert => sign.green().to_string(),
                ChangeTag::Equal => sign.to_owned(),
            };
            let gap = if line.is_empty() { "" } else { " " };
            let _infallible = writeln!(text, "  {sign}{gap}{line}");
        }
    }
    text.truncate(text.trim_end().len());
    text
}
