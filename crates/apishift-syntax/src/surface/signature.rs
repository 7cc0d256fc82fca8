//! Parameter lists and function bodies.

use tree_sitter::Node;

use super::model::{Parameter, ParameterKind};
use crate::parser::text_of;

/// Longest default or annotation that is kept, in bytes.
const MAX_EXPRESSION: usize = 300;

/// Parameters of a `parameters` node.
pub(super) fn parameters_of(list: Node<'_>, source: &str) -> Vec<Parameter> {
    let mut out: Vec<Parameter> = Vec::new();
    let mut kind = ParameterKind::Either;
    let mut cursor = list.walk();
    for node in list.named_children(&mut cursor) {
        match node.kind() {
            "positional_separator" => {
                for parameter in &mut out {
                    parameter.kind = ParameterKind::PositionalOnly;
                }
            }
            "keyword_separator" => kind = ParameterKind::KeywordOnly,
            _ => {
                let Some(parameter) = parameter_of(node, kind, source) else { continue };
                if parameter.kind == ParameterKind::VarPositional {
                    kind = ParameterKind::KeywordOnly;
                }
                out.push(parameter);
            }
        }
    }
    out
}

fn parameter_of(node: Node<'_>, kind: ParameterKind, source: &str) -> Option<Parameter> {
    let expression = |field: &str| node.child_by_field_name(field).map(|n| expression_text(n, source));
    let (name, kind) = match node.kind() {
        "identifier" => (node, kind),
        "default_parameter" | "typed_default_parameter" => (node.child_by_field_name("name")?, kind),
        "typed_parameter" => starred(node.named_child(0)?, kind)?,
        "list_splat_pattern" | "dictionary_splat_pattern" => starred(node, kind)?,
        _ => return None,
    };
    Some(Parameter {
        name: text_of(name, source).to_owned(),
        kind,
        default: expression("value"),
        annotation: expression("type"),
    })
}

fn starred(node: Node<'_>, kind: ParameterKind) -> Option<(Node<'_>, ParameterKind)> {
    match node.kind() {
        "list_splat_pattern" => Some((node.named_child(0)?, ParameterKind::VarPositional)),
        "dictionary_splat_pattern" => Some((node.named_child(0)?, ParameterKind::VarKeyword)),
        _ => Some((node, kind)),
    }
}

/// Source of an expression on one line.
pub(super) fn expression_text(node: Node<'_>, source: &str) -> String {
    let text = text_of(node, source);
    let mut cut = text.len().min(MAX_EXPRESSION);
    while !text.is_char_boundary(cut) {
        cut -= 1;
    }
    let text = &text[..cut];
    if text.contains('\n') { super::warning::join_spaces(text) } else { text.to_owned() }
}

/// Hash and length of a body without comments and white space.
pub(super) fn fingerprint(body: &str) -> (u64, u32) {
    let bytes = body.as_bytes();
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut count = 0_u32;
    let mut at = 0;
    // The quote that closes the string around `at`, and whether it stands three times.
    let mut string: Option<(u8, bool)> = None;
    while at < bytes.len() {
        let byte = bytes[at];
        let triple = |q: u8| bytes[at..].starts_with(&[q, q, q]);
        let mut step = 1;
        match string {
            None if byte == b'#' => {
                at += memchr::memchr(b'\n', &bytes[at..]).unwrap_or(bytes.len() - at);
                continue;
            }
            None if byte == b'"' || byte == b'\'' => {
                let long = triple(byte);
                string = Some((byte, long));
                step = if long { 3 } else { 1 };
            }
            Some(_) if byte == b'\\' => step = 2,
            Some((quote, long)) if byte == quote && (!long || triple(quote)) => {
                string = None;
                step = if long { 3 } else { 1 };
            }
            // An unclosed quote must not swallow what follows.
            Some((_, false)) if byte == b'\n' => string = None,
            _ => {}
        }
        if !byte.is_ascii_whitespace() {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
            count = count.saturating_add(1);
        }
        at += step;
    }
    (hash, count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_layout_do_not_count() {
        assert_eq!(fingerprint("return a  + b # why\n"), fingerprint("return a+b"));
        assert_ne!(fingerprint("return '# no comment'"), fingerprint("return '"));
        assert_ne!(fingerprint("return a"), fingerprint("return b"));
    }

    #[test]
    fn parameters_keep_their_kinds() {
        let source = "def f(a, b: int = 1, /, c=2, *args: str, d, **kw): pass";
        let tree = crate::parser::parse(source).unwrap();
        let list = tree.root_node().named_child(0).unwrap().child_by_field_name("parameters").unwrap();
        let seen: Vec<_> =
            parameters_of(list, source).into_iter().map(|p| (p.name, p.kind, p.default)).collect();
        let name = str::to_owned;
        assert_eq!(
            seen,
            [
                (name("a"), ParameterKind::PositionalOnly, None),
                (name("b"), ParameterKind::PositionalOnly, Some(name("1"))),
                (name("c"), ParameterKind::Either, Some(name("2"))),
                (name("args"), ParameterKind::VarPositional, None),
                (name("d"), ParameterKind::KeywordOnly, None),
                (name("kw"), ParameterKind::VarKeyword, None),
            ]
        );
    }
}
