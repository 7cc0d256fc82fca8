//! What string expressions say, as far as the file tells.

use std::cell::Cell;

use tree_sitter::Node;

use crate::parser::text_of;

/// How deep expressions are followed: through names, concatenations, calls.
const MAX_DEPTH: u32 = 24;

/// How many expressions are read for one text: names that hold names several times each would never end.
const MAX_STEPS: u32 = 256;

/// Longest text that is one, in bytes; a message is some sentences.
const MAX_TEXT: usize = 8 << 10;

/// What is left of the limits while a text is read.
#[derive(Clone, Copy)]
struct Allowance<'c> {
    depth: u32,
    steps: &'c Cell<u32>,
}

impl Allowance<'_> {
    /// One expression further in; `None` where that is too far.
    fn deeper(self) -> Option<Self> {
        self.steps.set(self.steps.get().checked_sub(1)?);
        Some(Self { depth: self.depth.checked_sub(1)?, ..self })
    }
}

/// Reads string expressions of one file.
#[derive(Clone, Copy)]
pub(super) struct Reader<'s, 't> {
    /// The whole source.
    pub source: &'s str,
    /// Its root node.
    pub root: Node<'t>,
    /// Assignments to names at module level, in order; see [`assignments_of`].
    pub constants: &'s [(&'s str, Node<'t>)],
    /// Body of the function that the expression stands in, whose variables are followed.
    pub body: Option<Node<'t>>,
}

impl<'s, 't> Reader<'s, 't> {
    /// Source of a node.
    pub(super) fn text(&self, node: Node<'t>) -> &'s str {
        text_of(node, self.source)
    }

    /// The text of a string expression, holes as `{expression}`; `None` where it is no string as far as can be seen.
    pub(super) fn read(&self, node: Node<'t>) -> Option<String> {
        let steps = Cell::new(MAX_STEPS);
        self.read_within(node, Allowance { depth: MAX_DEPTH, steps: &steps })
    }

    /// The text of a plain string literal, parts joined; `None` for all else.
    pub(super) fn literal(&self, node: Node<'t>) -> Option<String> {
        matches!(node.kind(), "string" | "concatenated_string").then(|| self.read(node)).flatten()
    }

    /// What a template gives where some names stand for these texts: `template.format(n=n)`, or one of the names alone.
    pub(super) fn filled(&self, node: Node<'t>, bound: &[(&str, String)]) -> Option<String> {
        let known = |n: Node<'t>| {
            let named = bound.iter().find(|(name, _)| n.kind() == "identifier" && *name == self.text(n));
            named.map(|(_, text)| text.clone())
        };
        let call = node.child_by_field_name("function").filter(|_| node.kind() == "call");
        let Some(function) = call.filter(|function| function.kind() == "attribute") else {
            return known(node).or_else(|| self.read(node));
        };
        if self.text(function.child_by_field_name("attribute")?) != "format" {
            return self.read(node);
        }
        let template = self.read(function.child_by_field_name("object")?)?;
        let fill = |n: Node<'t>| known(n).or_else(|| self.read(n)).unwrap_or_else(|| self.hole(n));
        Some(formatted(&template, &Arguments::of(node, self.source), fill))
    }

    fn read_within(&self, node: Node<'t>, allowed: Allowance<'_>) -> Option<String> {
        self.expression(node, allowed.deeper()?).filter(|text| text.len() <= MAX_TEXT)
    }

    fn expression(&self, node: Node<'t>, allowed: Allowance<'_>) -> Option<String> {
        match node.kind() {
            "string" => Some(self.string(node, allowed)),
            "concatenated_string" => {
                let mut cursor = node.walk();
                Some(
                    node.named_children(&mut cursor)
                        .filter(|n| n.kind() == "string")
                        .map(|n| self.string(n, allowed))
                        .collect(),
                )
            }
            "parenthesized_expression" => self.read_within(first_expression(node)?, allowed),
            "conditional_expression" => self.read_within(node.named_child(0)?, allowed),
            "binary_operator" => self.operator(node, allowed),
            "call" => self.call(node, allowed),
            "identifier" => self.variable(self.text(node), node.start_byte(), allowed),
            _ => None,
        }
    }

    fn string(&self, node: Node<'t>, allowed: Allowance<'_>) -> String {
        let mut out = String::new();
        let mut cursor = node.walk();
        let is_raw = node.child(0).is_some_and(|start| self.text(start).contains(['r', 'R']));
        for child in node.children(&mut cursor) {
            match child.kind() {
                "string_content" if is_raw => out.push_str(self.text(child)),
                "string_content" => self.content(child, &mut out),
                "interpolation" => {
                    let Some(inner) = child.named_child(0) else { continue };
                    out.push_str(&self.read_within(inner, allowed).unwrap_or_else(|| self.hole(inner)));
                }
                _ => {}
            }
        }
        out
    }

    fn content(&self, node: Node<'t>, out: &mut String) {
        let mut at = node.start_byte();
        let mut cursor = node.walk();
        for escape in node.children(&mut cursor) {
            out.push_str(self.source.get(at..escape.start_byte()).unwrap_or_default());
            at = escape.end_byte();
            match self.text(escape) {
                "\\n" | "\\t" | "\\r" => out.push(' '),
                "\\\\" => out.push('\\'),
                "\\'" => out.push('\''),
                "\\\"" => out.push('"'),
                "{{" => out.push('{'),
                "}}" => out.push('}'),
                continued if continued.starts_with("\\\n") || continued.starts_with("\\\r") => {}
                other => out.push_str(other),
            }
        }
        out.push_str(self.source.get(at..node.end_byte()).unwrap_or_default());
    }

    fn hole(&self, node: Node<'t>) -> String {
        let text = self.text(node);
        // Names of the definition itself are the only holes that a reader can fill.
        if text.contains("__name__") || text.contains("__qualname__") {
            let owner = if text.contains("self") || text.contains("cls") { "class" } else { "function" };
            return format!("{{{owner}}}");
        }
        format!("{{{}}}", text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    fn operator(&self, node: Node<'t>, allowed: Allowance<'_>) -> Option<String> {
        let left = node.child_by_field_name("left")?;
        let right = node.child_by_field_name("right")?;
        match self.text(node.child_by_field_name("operator")?) {
            "+" => match (self.read_within(left, allowed), self.read_within(right, allowed)) {
                (None, None) => None,
                (l, r) => Some(l.unwrap_or_else(|| self.hole(left)) + &r.unwrap_or_else(|| self.hole(right))),
            },
            "%" => {
                let template = self.read_within(left, allowed)?;
                Some(self.percent(&template, right, allowed))
            }
            _ => None,
        }
    }

    fn percent(&self, template: &str, right: Node<'t>, allowed: Allowance<'_>) -> String {
        let fill = |n: Node<'t>| self.read_within(n, allowed).unwrap_or_else(|| self.hole(n));
        let mut cursor = right.walk();
        let values: Vec<(Option<String>, String)> = match right.kind() {
            "tuple" => right
                .named_children(&mut cursor)
                .filter(|n| n.kind() != "comment")
                .map(|n| (None, fill(n)))
                .collect(),
            "dictionary" => right
                .named_children(&mut cursor)
                .filter_map(|pair| {
                    let key = self.literal(pair.child_by_field_name("key")?)?;
                    Some((Some(key), fill(pair.child_by_field_name("value")?)))
                })
                .collect(),
            "parenthesized_expression" => {
                first_expression(right).map(|n| (None, fill(n))).into_iter().collect()
            }
            _ => vec![(None, fill(right))],
        };
        fill_percent(template, &values)
    }

    fn call(&self, node: Node<'t>, allowed: Allowance<'_>) -> Option<String> {
        let function = node.child_by_field_name("function")?;
        let arguments = Arguments::of(node, self.source);
        if function.kind() == "attribute" {
            let method = self.text(function.child_by_field_name("attribute")?);
            if matches!(method, "format" | "strip" | "lstrip" | "rstrip" | "replace" | "join" | "lower") {
                let template = self.read_within(function.child_by_field_name("object")?, allowed)?;
                if method != "format" {
                    return Some(template);
                }
                let fill = |n: Node<'t>| self.read_within(n, allowed).unwrap_or_else(|| self.hole(n));
                return Some(formatted(&template, &arguments, fill));
            }
        }
        // `dedent("...")`, `_("...")`, `DeprecationWarning("...")`: the text passes through.
        let name = self.text(function).rsplit('.').next().unwrap_or_default();
        let passes =
            matches!(name, "dedent" | "cleandoc" | "_" | "gettext" | "fill" | "str") || is_category(name);
        if !passes {
            return None;
        }
        self.read_within(*arguments.positional.first()?, allowed)
    }

    /// The text of a variable: what the function assigned last before `before`, else the module's constant. A function finds
    /// the last one; the module itself the last one before, where it has one.
    fn variable(&self, name: &str, before: usize, allowed: Allowance<'_>) -> Option<String> {
        self.body.and_then(|body| self.assigned(body, name, before, allowed)).or_else(|| {
            let assigned = self.constants.iter().filter(|(assigned, _)| *assigned == name);
            let statements: Vec<Node<'t>> = assigned.map(|(_, statement)| *statement).collect();
            let first_after = statements.partition_point(|statement| statement.end_byte() <= before);
            let end = if self.body.is_some() || first_after == 0 { statements.len() } else { first_after };
            self.value_after(statements.into_iter().take(end), name, allowed)
        })
    }

    fn assigned(&self, body: Node<'t>, name: &str, before: usize, allowed: Allowance<'_>) -> Option<String> {
        let mut stack = vec![body];
        let mut statements = Vec::new();
        while let Some(node) = stack.pop() {
            let mut cursor = node.walk();
            for child in node.named_children(&mut cursor) {
                match child.kind() {
                    "expression_statement" => statements.push(child),
                    "function_definition" | "class_definition" | "decorated_definition" => {}
                    kind if is_compound(kind) => stack.push(child),
                    _ => {}
                }
            }
        }
        statements.sort_by_key(Node::start_byte);
        let end = statements.partition_point(|n| n.start_byte() < before);
        self.value_after(statements.into_iter().take(end), name, allowed)
    }

    /// The text that a name has after these statements: what was assigned last, and what was added to it since. Earlier
    /// assignments are not read: each may hold the name again.
    fn value_after(
        &self,
        statements: impl DoubleEndedIterator<Item = Node<'t>>,
        name: &str,
        allowed: Allowance<'_>,
    ) -> Option<String> {
        let mut parts = Vec::new();
        for statement in statements.rev() {
            let Some((right, is_augmented)) = self.assigned_to(statement, name) else { continue };
            let Some(text) = self.read_within(right, allowed) else { continue };
            parts.push(text);
            if !is_augmented {
                break;
            }
        }
        (!parts.is_empty()).then(|| parts.into_iter().rev().collect())
    }

    /// What a statement assigns to a name, and whether it adds it.
    fn assigned_to(&self, statement: Node<'t>, name: &str) -> Option<(Node<'t>, bool)> {
        let assignment = statement.named_child(0).filter(|_| statement.kind() == "expression_statement")?;
        let is_augmented = assignment.kind() == "augmented_assignment";
        if !is_augmented && assignment.kind() != "assignment" {
            return None;
        }
        let left = assignment.child_by_field_name("left")?;
        let is_meant = left.kind() == "identifier" && self.text(left) == name;
        Some((assignment.child_by_field_name("right").filter(|_| is_meant)?, is_augmented))
    }
}

/// The statements of a module that assign to one name each, with that name; those in branches too, in the order of the file.
pub(super) fn assignments_of<'s, 't>(root: Node<'t>, source: &'s str) -> Vec<(&'s str, Node<'t>)> {
    let (mut found, mut stack) = (Vec::new(), vec![root]);
    while let Some(node) = stack.pop() {
        let mut cursor = node.walk();
        for child in node.named_children(&mut cursor) {
            if child.kind() != "expression_statement" {
                stack.extend(is_compound(child.kind()).then_some(child));
                continue;
            }
            let left = child.named_child(0).and_then(|assignment| assignment.child_by_field_name("left"));
            if let Some(left) = left.filter(|left| left.kind() == "identifier") {
                found.push((text_of(left, source), child));
            }
        }
    }
    found.sort_by_key(|(_, statement)| statement.start_byte());
    found
}

/// Statements and clauses that hold statements of the same scope.
pub(super) fn is_compound(kind: &str) -> bool {
    matches!(
        kind,
        "block"
            | "if_statement"
            | "elif_clause"
            | "else_clause"
            | "try_statement"
            | "except_clause"
            | "except_group_clause"
            | "finally_clause"
            | "with_statement"
            | "for_statement"
            | "while_statement"
            | "match_statement"
            | "case_clause"
    )
}

/// Whether a name is that of a warning category that announces a change.
pub(super) fn is_category(name: &str) -> bool {
    let name = name.rsplit('.').next().unwrap_or_default();
    name == "FutureWarning"
        || name.contains("Deprecat")
        || (name.ends_with("Warning")
            && (name.contains("Removed") || name.contains("MovedIn") || name.contains("Legacy")))
}

/// First child that is not a comment.
pub(super) fn first_expression(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|n| n.kind() != "comment")
}

/// Arguments of a call.
#[derive(Debug, Default)]
pub(super) struct Arguments<'s, 't> {
    /// By position, in order.
    pub positional: Vec<Node<'t>>,
    /// By keyword, in order.
    pub keywords: Vec<(&'s str, Node<'t>)>,
}

impl<'s, 't> Arguments<'s, 't> {
    /// Arguments of a `call` node; splats are left out.
    pub(super) fn of(call: Node<'t>, source: &'s str) -> Self {
        let mut out = Self::default();
        let Some(list) = call.child_by_field_name("arguments").filter(|n| n.kind() == "argument_list") else {
            return out;
        };
        let mut cursor = list.walk();
        for child in list.named_children(&mut cursor) {
            match child.kind() {
                "keyword_argument" => {
                    if let (Some(name), Some(value)) =
                        (child.child_by_field_name("name"), child.child_by_field_name("value"))
                    {
                        out.keywords.push((text_of(name, source), value));
                    }
                }
                "comment" | "list_splat" | "dictionary_splat" => {}
                _ => out.positional.push(child),
            }
        }
        out
    }

    /// Value of a keyword.
    pub(super) fn keyword(&self, name: &str) -> Option<Node<'t>> {
        self.keywords.iter().find(|(k, _)| *k == name).map(|(_, n)| *n)
    }
}

fn fill_percent(template: &str, values: &[(Option<String>, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut positional = values.iter();
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let key = rest.strip_prefix('(').and_then(|r| r.split_once(')'));
        let spec = key.map_or(rest, |(_, after)| after);
        let Some(end) = spec.find(|c: char| c.is_ascii_alphabetic()) else {
            out.push('%');
            continue;
        };
        // A percent sign of prose ("100 % of it") has a space or nothing that a conversion allows.
        if !spec[..end].chars().all(|c| c.is_ascii_digit() || ".-+#".contains(c)) {
            out.push('%');
            continue;
        }
        match key {
            Some((key, _)) => match values.iter().find(|(k, _)| k.as_deref() == Some(key)) {
                Some((_, value)) => out.push_str(value),
                None => out.extend(["{", key, "}"]),
            },
            None => out.push_str(positional.next().map_or("{}", |(_, value)| value)),
        }
        rest = &spec[end + 1..];
    }
    out.push_str(rest);
    out
}

/// What `template.format(...)` gives, each argument as `fill` reads it.
fn formatted<'t>(template: &str, arguments: &Arguments<'_, 't>, fill: impl Fn(Node<'t>) -> String) -> String {
    let positional: Vec<String> = arguments.positional.iter().map(|n| fill(*n)).collect();
    let keywords: Vec<(&str, String)> = arguments.keywords.iter().map(|(k, n)| (*k, fill(*n))).collect();
    fill_format(template, &positional, &keywords)
}

fn fill_format(template: &str, positional: &[String], keywords: &[(&str, String)]) -> String {
    let mut out = String::with_capacity(template.len());
    let mut next = 0;
    let mut rest = template;
    while let Some(at) = rest.find(['{', '}']) {
        out.push_str(&rest[..at]);
        let brace = &rest[at..=at];
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix(brace) {
            out.push_str(brace);
            rest = after;
            continue;
        }
        let Some((field, after)) = rest.split_once('}').filter(|_| brace == "{") else {
            out.push_str(brace);
            continue;
        };
        let name = field.split([':', '!', '.', '[']).next().unwrap_or_default();
        let value = if name.is_empty() {
            next += 1;
            positional.get(next - 1)
        } else if let Ok(index) = name.parse::<usize>() {
            positional.get(index)
        } else {
            keywords.iter().find(|(k, _)| *k == name).map(|(_, v)| v)
        };
        match value {
            Some(value) => out.push_str(value),
            None => out.extend(["{", field, "}"]),
        }
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::{super::extract, MAX_TEXT};

    /// Each name holds the one before twice: read to its end, the text has a billion words.
    #[test]
    fn texts_that_double_are_given_up() {
        let mut source = "t0 = 'Use `other` instead. '\n".to_owned();
        source.extend((1..30).map(|n| format!("t{n} = t{0} + t{0}\n", n - 1)));
        source += "import warnings\n\n\ndef old():\n    warnings.warn(t29, DeprecationWarning)\n\n\n\
                   def older():\n    warnings.warn(t2, DeprecationWarning)\n";
        let surface = extract(source.as_bytes()).expect("it is Python");
        let stored = format!("{surface:?}");
        assert!(stored.len() < 4 * MAX_TEXT, "{} bytes", stored.len());
        assert!(stored.contains(&"Use `other` instead. ".repeat(4)), "{stored}");
    }
}
