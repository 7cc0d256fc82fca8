//! Tokens: the leaves of the syntax tree that carry meaning.

use std::ops::Range;

use tree_sitter::Node;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TokenKind {
    /// A name.
    Identifier,
    /// A whole string literal without its interpolations, prefix and quotes normalised.
    String,
    /// A number.
    Number,
    /// `True`, `False`, `None`, `...`.
    Constant,
    /// Keywords, operators and brackets.
    Punctuation,
}

/// One token. Two tokens are equal where kind and text are, wherever they stand.
#[derive(Clone, Debug)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its text; for strings with double quotes and lower-case prefix.
    pub text: String,
    /// Where it stands in the source, in bytes.
    pub range: Range<usize>,
}

impl PartialEq for Token {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.text == other.text
    }
}

impl Eq for Token {}

/// Tokens of `node` that lie in `within`, in source order, without comments. A comma before a closing bracket is left
/// out: it is layout.
pub fn tokens_of(node: Node<'_>, source: &str, within: &Range<usize>) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::new();
    let mut stack = vec![node];
    while let Some(node) = stack.pop() {
        let range = node.byte_range();
        if range.start >= within.end || range.end <= within.start || node.kind() == "comment" {
            continue;
        }
        if node.kind() == "string" {
            push_string(node, source, &mut tokens, &mut stack);
            continue;
        }
        if node.child_count() == 0 || matches!(node.kind(), "string_content") {
            push_leaf(node, source, &mut tokens);
            continue;
        }
        let mut cursor = node.walk();
        let first = stack.len();
        stack.extend(node.children(&mut cursor));
        stack[first..].reverse();
    }
    tokens
}

fn push_leaf(node: Node<'_>, source: &str, tokens: &mut Vec<Token>) {
    let text = &source[node.byte_range()];
    if text.trim().is_empty() {
        return;
    }
    let kind = match node.kind() {
        "identifier" => TokenKind::Identifier,
        "integer" | "float" => TokenKind::Number,
        "true" | "false" | "none" | "ellipsis" => TokenKind::Constant,
        "string_content" | "string_start" | "string_end" => TokenKind::String,
        _ => TokenKind::Punctuation,
    };
    if matches!(text, ")" | "]" | "}") && tokens.last().is_some_and(|last| last.text == ",") {
        // `(a,)` is a tuple and keeps its comma.
        let one_tuple =
            text == ")" && tokens.iter().rev().skip(1).take_while(|t| t.text != "(").all(|t| t.text != ",");
        if !one_tuple {
            tokens.pop();
        }
    }
    tokens.push(Token { kind, text: text.to_owned(), range: node.byte_range() });
}

/// A string without interpolation is one token; with interpolation its expressions are tokens of their own.
fn push_string<'t>(node: Node<'t>, source: &str, tokens: &mut Vec<Token>, stack: &mut Vec<Node<'t>>) {
    let mut cursor = node.walk();
    let children: Vec<Node<'t>> = node.children(&mut cursor).collect();
    if children.iter().any(|child| child.kind() == "interpolation") {
        stack.extend(children.into_iter().rev());
        return;
    }
    let text = &source[node.byte_range()];
    tokens.push(Token { kind: TokenKind::String, text: normalised_string(text), range: node.byte_range() });
}

/// The literal with `"` for quotes where that changes nothing, and its prefix in lower case without `u`.
fn normalised_string(text: &str) -> String {
    let body_start = text.find(['\'', '"']).unwrap_or(0);
    let prefix = text[..body_start].to_lowercase().replace('u', "");
    let body = &text[body_start..];
    let body = match body.strip_prefix('\'').and_then(|b| b.strip_suffix('\'')) {
        Some(inner) if !body.starts_with("''") && !inner.contains('"') && !inner.contains('\\') => {
            format!("\"{inner}\"")
        }
        Some(_) | None => body.to_owned(),
    };
    prefix + &body
}
