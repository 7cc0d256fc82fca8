//! Tables of names that a module deprecates or has dropped, and its `__getattr__`.

use tree_sitter::Node;

use super::{
    literal::{Arguments, Reader},
    model::{ModuleGetattr, NameNote},
    warning::{calls_in, join_spaces, message_of},
};
use crate::parser::line_of;

/// What a variable's name says of the names that it lists: `Some(true)` where they are gone.
fn listed_as(name: &str) -> Option<bool> {
    let name = name.to_ascii_lowercase();
    let has = |word: &str| name.contains(word);
    if has("expired") || has("former") || (has("removed") && !has("deprecat")) {
        return Some(true);
    }
    (has("deprecat") || has("renamed") || has("moved")).then_some(false)
}

/// Notes that a module-level dictionary or set gives, where its name says that it lists such names.
pub(super) fn notes_of<'t>(reader: Reader<'_, 't>, variable: &str, value: Node<'t>) -> Vec<NameNote> {
    let Some(expired) = listed_as(variable) else { return Vec::new() };
    let table = Table { variable, expired };
    let mut cursor = value.walk();
    let entries = value.named_children(&mut cursor);
    match value.kind() {
        "dictionary" => entries
            .filter(|n| n.kind() == "pair")
            .filter_map(|pair| {
                let (key, told) = (pair.child_by_field_name("key")?, pair.child_by_field_name("value")?);
                table.note(reader.literal(key)?, &text_of_value(reader, told), key)
            })
            .collect(),
        "set" => entries.filter_map(|entry| table.note(reader.literal(entry)?, "", entry)).collect(),
        "dictionary_comprehension" => {
            let made = comprehended(reader, value).unwrap_or_default();
            made.into_iter().filter_map(|(name, text, at)| table.note(name, &text, at)).collect()
        }
        _ => Vec::new(),
    }
}

/// Notes that `table.update({...})` adds.
pub(super) fn added_notes<'t>(reader: Reader<'_, 't>, call: Node<'t>) -> Vec<NameNote> {
    let added = || {
        let function = call.child_by_field_name("function").filter(|n| n.kind() == "attribute")?;
        let (object, method) =
            (function.child_by_field_name("object")?, function.child_by_field_name("attribute")?);
        let is_update = object.kind() == "identifier" && reader.text(method) == "update";
        let value = *Arguments::of(call, reader.source).positional.first().filter(|_| is_update)?;
        Some(notes_of(reader, reader.text(object), value))
    };
    added().unwrap_or_default()
}

/// The note that `table["name"] = ...` adds.
pub(super) fn set_note<'t>(reader: Reader<'_, 't>, left: Node<'t>, value: Node<'t>) -> Option<NameNote> {
    let (object, key) = (left.child_by_field_name("value")?, left.child_by_field_name("subscript")?);
    let variable = reader.text(object);
    let expired = listed_as(variable).filter(|_| object.kind() == "identifier")?;
    Table { variable, expired }.note(reader.literal(key)?, &text_of_value(reader, value), key)
}

/// A variable that lists names.
#[derive(Clone, Copy)]
struct Table<'a> {
    variable: &'a str,
    expired: bool,
}

impl Table<'_> {
    fn note(self, name: String, text: &str, at: Node<'_>) -> Option<NameNote> {
        let is_path = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "._:".contains(c));
        is_path.then(|| NameNote {
            table: self.variable.to_owned(),
            name,
            text: join_spaces(text),
            line: line_of(at),
            expired: self.expired,
        })
    }
}

/// A message, a new name, or the last of several strings that is a message.
fn text_of_value<'t>(reader: Reader<'_, 't>, value: Node<'t>) -> String {
    filled_value(reader, value, &[])
}

fn filled_value<'t>(reader: Reader<'_, 't>, value: Node<'t>, bound: &[(&str, String)]) -> String {
    match value.kind() {
        "tuple" | "list" => {
            let mut cursor = value.walk();
            let texts: Vec<String> =
                value.named_children(&mut cursor).filter_map(|n| reader.filled(n, bound)).collect();
            texts.iter().find(|t| t.contains(' ')).or(texts.first()).cloned().unwrap_or_default()
        }
        // A dotted name is the new object itself.
        "attribute" | "identifier" if bound.is_empty() => reader.text(value).to_owned(),
        _ => reader.filled(value, bound).unwrap_or_default(),
    }
}

/// What `{n: template.format(n=n, more=m) for n, m in [("a", "..."), ...]}` makes: name, text and where the name stands. The list
/// may stand in a variable.
fn comprehended<'t>(reader: Reader<'_, 't>, value: Node<'t>) -> Option<Vec<(String, String, Node<'t>)>> {
    let pair = value.child_by_field_name("body").filter(|body| body.kind() == "pair")?;
    let (key, made) = (pair.child_by_field_name("key")?, pair.child_by_field_name("value")?);
    let mut cursor = value.walk();
    let clauses: Vec<Node<'t>> = value.named_children(&mut cursor).filter(|n| n.kind() != "pair").collect();
    let [clause] = clauses.as_slice() else { return None };
    let (left, right) = (clause.child_by_field_name("left")?, clause.child_by_field_name("right")?);
    let rows = match right.kind() {
        "identifier" => {
            let name = reader.text(right);
            let before = |statement: &Node<'_>| statement.start_byte() < value.start_byte();
            let mut known = reader.constants.iter().rev();
            let (_, statement) = known.find(|(assigned, at)| *assigned == name && before(at))?;
            statement.named_child(0)?.child_by_field_name("right")?
        }
        _ => right,
    };
    let parts = |node: Node<'t>| -> Vec<Node<'t>> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).filter(|n| n.kind() != "comment").collect()
    };
    let is_list = |node: Node<'t>| matches!(node.kind(), "list" | "tuple");
    let variables = if left.kind() == "identifier" { vec![left] } else { parts(left) };
    let row = |row: Node<'t>| {
        let items = if variables.len() == 1 { vec![row] } else { parts(row) };
        let bound: Vec<(&str, String)> = variables
            .iter()
            .zip(&items)
            .map(|(variable, item)| (reader.text(*variable), reader.read(*item).unwrap_or_default()))
            .collect();
        Some((reader.filled(key, &bound)?, filled_value(reader, made, &bound), *items.first()?))
    };
    is_list(rows).then(|| parts(rows).into_iter().filter_map(row).collect())
}

/// What a module's `__getattr__` shows, and notes from its branches.
pub(super) fn getattr_of(reader: Reader<'_, '_>, body: Node<'_>) -> (ModuleGetattr, Vec<NameNote>) {
    let mut mentions = Vec::new();
    let mut stack = vec![body];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "identifier" => mentions.push(crate::parser::text_of(node, reader.source).to_owned()),
            "string" => {
                let text = crate::parser::text_of(node, reader.source).trim_matches(['\'', '"']);
                if text.chars().all(|c| c.is_alphanumeric() || c == '_') {
                    mentions.push(text.to_owned());
                }
            }
            _ => {
                let mut cursor = node.walk();
                stack.extend(node.named_children(&mut cursor));
            }
        }
    }
    mentions.sort_unstable();
    mentions.dedup();
    let text = crate::parser::text_of(body, reader.source);
    let is_open = ["import_module", "__import__", "getattr(", "globals()", "importlib"]
        .iter()
        .any(|w| text.contains(w));
    (ModuleGetattr { mentions, is_open }, branch_notes(reader, body))
}

/// `if name == "x": warnings.warn("...")` says something about `x`, and so does `raise AttributeError("...")` there.
fn branch_notes(reader: Reader<'_, '_>, body: Node<'_>) -> Vec<NameNote> {
    let reader = Reader { body: None, ..reader };
    let mut notes = Vec::new();
    for call in calls_in(body) {
        let warned = message_of(reader, call).map(|message| message.text);
        let expired = warned.is_none();
        let Some(text) = warned.or_else(|| refusal(reader, call)) else { continue };
        let Some(condition) = condition_of(call, body) else { continue };
        if expired && !asks_for_names(reader, condition) {
            continue;
        }
        notes.extend(compared_strings(reader, condition).into_iter().map(|name| NameNote {
            table: String::new(),
            name,
            text: text.clone(),
            line: line_of(call),
            expired,
        }));
    }
    notes
}

/// The text of an error that says that a name is not there.
fn refusal<'t>(reader: Reader<'_, 't>, call: Node<'t>) -> Option<String> {
    call.parent().filter(|parent| parent.kind() == "raise_statement")?;
    let callee = reader.text(call.child_by_field_name("function")?);
    if !matches!(callee, "AttributeError" | "ImportError") {
        return None;
    }
    let text = Arguments::of(call, reader.source).positional.first().and_then(|n| reader.read(*n));
    Some(join_spaces(&text.unwrap_or_default()))
}

/// The condition of the innermost `if` whose branch holds a node; `None` where that is an `else`.
fn condition_of<'t>(node: Node<'t>, body: Node<'t>) -> Option<Node<'t>> {
    let mut below = node;
    while let Some(node) = below.parent().filter(|n| *n != body) {
        match node.kind() {
            "else_clause" => return None,
            "if_statement" | "elif_clause" => return node.child_by_field_name("condition"),
            _ => below = node,
        }
    }
    None
}

/// Whether a condition holds for the names in it, and not for all others: `name == "x"`, `name in ("x", "y")`.
fn asks_for_names(reader: Reader<'_, '_>, condition: Node<'_>) -> bool {
    let mut cursor = condition.walk();
    let operators: Vec<&str> =
        condition.children_by_field_name("operators", &mut cursor).map(|n| reader.text(n)).collect();
    matches!(operators.as_slice(), ["==" | "in"])
}

fn compared_strings(reader: Reader<'_, '_>, condition: Node<'_>) -> Vec<String> {
    let mut out = Vec::new();
    let mut stack = vec![condition];
    while let Some(node) = stack.pop() {
        if node.kind() == "string" {
            let text = crate::parser::text_of(node, reader.source).trim_matches(['\'', '"']);
            out.push(text.to_owned());
            continue;
        }
        let mut cursor = node.walk();
        stack.extend(node.named_children(&mut cursor));
    }
    out.sort_unstable();
    out
}
