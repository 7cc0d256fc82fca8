//! Decorators that mark what they decorate, matched by the words of their names and the shape of their arguments.

use tree_sitter::Node;

use super::{
    literal::{Arguments, Reader, is_category},
    model::{Mark, MarkSource, MarkSubject, MarkVerb, Parameter, ParameterKind},
    warning::{is_version, join_spaces, keyword_message},
};
use crate::parser::line_of;

/// A decorator's dotted name without arguments.
pub(super) fn name_of<'s>(reader: Reader<'s, '_>, decorator: Node<'_>) -> Option<&'s str> {
    let expression = super::literal::first_expression(decorator)?;
    let callee = match expression.kind() {
        "call" => expression.child_by_field_name("function")?,
        _ => expression,
    };
    matches!(callee.kind(), "identifier" | "attribute").then(|| crate::parser::text_of(callee, reader.source))
}

/// What a family of decorators does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Family {
    /// The definition is deprecated.
    Symbol,
    /// A parameter has another name.
    Rename,
    /// A parameter goes.
    Delete,
    /// Parameters as keywords with their messages.
    Table,
    /// Some parameters have to be given by keyword.
    KeywordOnly,
}

fn family_of(name: &str) -> Option<Family> {
    let name = name.rsplit('.').next().unwrap_or_default().trim_matches('_').to_ascii_lowercase();
    let words: Vec<&str> = name.split('_').collect();
    let has = |options: &[&str]| words.iter().any(|word| options.contains(word));
    let about_parameter = has(&[
        "param",
        "params",
        "parameter",
        "parameters",
        "arg",
        "args",
        "argument",
        "arguments",
        "kwarg",
        "kwargs",
        "keyword",
        "keywords",
        "kw",
        "kws",
    ]);
    let deprecates = words.iter().any(|word| word.starts_with("deprecat"));
    let about_position =
        has(&["positional", "nonkeyword", "posargs", "pos", "keywordonly"]) || name.ends_with("keyword_only");
    match (deprecates, about_position, about_parameter) {
        (_, true, _) if deprecates || has(&["make"]) => Some(Family::KeywordOnly),
        (true, _, true) if has(&["params", "parameters"]) => Some(Family::Table),
        (_, _, true) if has(&["rename", "renamed"]) => Some(Family::Rename),
        (_, _, true) if has(&["delete", "deleted", "remove", "removed"]) => Some(Family::Delete),
        (true, _, true) => Some(Family::Rename),
        // `@deprecate_dims` deprecates something of its own that only it knows.
        (true, false, false) if words.iter().all(|word| is_plain(word)) => Some(Family::Symbol),
        _ => None,
    }
}

/// Words of decorators that say no more than that something is deprecated.
fn is_plain(word: &str) -> bool {
    word.starts_with("deprecat")
        || word.bytes().all(|b| b.is_ascii_digit())
        || matches!(
            word,
            "function"
                | "func"
                | "method"
                | "class"
                | "cls"
                | "api"
                | "alias"
                | "property"
                | "attribute"
                | "module"
                | "in"
                | "since"
                | "for"
                | "removal"
                | "as"
                | "of"
                | "public"
                | "mark"
                | "soon"
        )
}

/// Marks that a decorator puts on a definition with these parameters.
pub(super) fn marks_of<'t>(reader: Reader<'_, 't>, decorator: Node<'t>, params: &[Parameter]) -> Vec<Mark> {
    let Some(name) = name_of(reader, decorator) else { return Vec::new() };
    let Some(family) = family_of(name) else { return Vec::new() };
    let Some(expression) = super::literal::first_expression(decorator) else { return Vec::new() };
    let arguments = Arguments::of(expression, reader.source);
    let mark = |verb, subject, replacement, text: String| Mark {
        source: MarkSource::Decorator,
        verb,
        subject,
        replacement,
        version: arguments.positional.iter().find_map(|n| reader.literal(*n)).filter(|text| is_version(text)),
        text: join_spaces(&text),
        text_from: None,
        line: line_of(decorator),
    };
    match family {
        Family::Symbol => {
            let text = symbol_text(reader, expression, &arguments);
            text.map(|(text, to)| mark(MarkVerb::Deprecated, MarkSubject::Symbol, to, text))
                .into_iter()
                .collect()
        }
        Family::Rename | Family::Delete => renamed(reader, &arguments, family)
            .map(|(old, new, text)| {
                let text = text.unwrap_or_else(|| match &new {
                    Some(new) => format!("The parameter '{old}' is deprecated. Use '{new}' instead."),
                    None => format!("The parameter '{old}' is deprecated."),
                });
                mark(MarkVerb::Deprecated, MarkSubject::Parameter(old), new, text)
            })
            .into_iter()
            .collect(),
        Family::Table => arguments
            .keywords
            .iter()
            .filter_map(|(name, value)| {
                let mut cursor = value.walk();
                let text = match value.kind() {
                    "tuple" => value
                        .named_children(&mut cursor)
                        .filter_map(|n| reader.read(n))
                        .find(|t| t.contains(' ')),
                    _ => reader.read(*value).filter(|t| t.contains(' ')),
                }?;
                Some(mark(MarkVerb::Deprecated, MarkSubject::Parameter((*name).to_owned()), None, text))
            })
            .collect(),
        Family::KeywordOnly => keyword_only(reader, &arguments, params)
            .into_iter()
            .map(|name| {
                let text = format!("Passing '{name}' by position is deprecated: pass it by keyword.");
                mark(MarkVerb::KeywordOnly, MarkSubject::Parameter(name), None, text)
            })
            .collect(),
    }
}

fn symbol_text<'t>(
    reader: Reader<'_, 't>,
    expression: Node<'t>,
    arguments: &Arguments<'_, 't>,
) -> Option<(String, Option<String>)> {
    if expression.kind() != "call" {
        return Some(("Deprecated.".to_owned(), None));
    }
    if let Some(message) = keyword_message(reader, arguments) {
        return Some(message.into_parts());
    }
    let mut texts =
        arguments.positional.iter().filter_map(|n| reader.read(*n)).filter(|text| !is_version(text));
    if let Some(text) = texts.clone().find(|text| text.contains(' ')) {
        return Some((text, None));
    }
    // `@deprecated("new.path")` and `@deprecated(SomeWarning)` say less, but they say it.
    let path = texts
        .find(|text| text.chars().all(|c| c.is_alphanumeric() || "._()".contains(c)) && !text.is_empty());
    if let Some(path) = path {
        return Some((format!("Deprecated. Use {path} instead."), None));
    }
    let only_known = arguments.positional.iter().all(|n| {
        n.kind() == "string"
            || is_category(crate::parser::text_of(*n, reader.source))
            || matches!(n.kind(), "integer" | "float")
    });
    let since = arguments.positional.iter().find_map(|n| reader.literal(*n)).filter(|text| is_version(text));
    only_known
        .then(|| (since.map_or_else(|| "Deprecated.".to_owned(), |v| format!("Deprecated since {v}.")), None))
}

/// Old name, new name and text of a decorator that renames or deletes a parameter.
fn renamed<'t>(
    reader: Reader<'_, 't>,
    arguments: &Arguments<'_, 't>,
    family: Family,
) -> Option<(String, Option<String>, Option<String>)> {
    let keyword = |options: &[&str]| {
        options
            .iter()
            .find_map(|name| arguments.keyword(name))
            .and_then(|n| reader.literal(n))
            .filter(|t| is_name(t))
    };
    let mut names =
        arguments.positional.iter().filter_map(|n| reader.literal(*n)).filter(|text| is_name(text));
    let old =
        keyword(&["old_arg_name", "old_name", "old", "old_arg", "old_kwarg", "kwarg", "name", "arg_name"])
            .or_else(|| names.next())?;
    let new = match family {
        Family::Delete => None,
        _ => keyword(&["new_arg_name", "new_name", "new", "new_arg", "new_kwarg", "alternative"])
            .or_else(|| names.next()),
    };
    let text = ["message", "msg", "addendum", "comment"]
        .iter()
        .find_map(|name| arguments.keyword(name))
        .and_then(|n| reader.read(n))
        .or_else(|| {
            arguments.positional.iter().filter_map(|n| reader.read(*n)).find(|text| text.contains(' '))
        })
        .filter(|text| !text.is_empty());
    Some((old, new, text))
}

/// Parameters that a decorator asks to be given by keyword, though the list still takes them by position.
fn keyword_only<'t>(
    reader: Reader<'_, 't>,
    arguments: &Arguments<'_, 't>,
    params: &[Parameter],
) -> Vec<String> {
    let listed = |node: Node<'t>| -> Vec<String> {
        let mut cursor = node.walk();
        node.named_children(&mut cursor).filter_map(|n| reader.literal(n)).collect()
    };
    let by_position: Vec<&str> =
        params.iter().filter(|p| p.kind == ParameterKind::Either).map(|p| p.name.as_str()).collect();
    if let Some(allowed) = arguments.keyword("allowed_args").filter(|n| matches!(n.kind(), "list" | "tuple"))
    {
        let allowed = listed(allowed);
        return by_position
            .into_iter()
            .filter(|name| !allowed.iter().any(|a| a == name))
            .map(str::to_owned)
            .collect();
    }
    // The first parameter that goes behind the star; all after it go too.
    let first = arguments.positional.iter().filter_map(|n| reader.literal(*n)).find(|text| is_name(text));
    match first.and_then(|first| by_position.iter().position(|name| *name == first)) {
        Some(at) => by_position[at..].iter().map(|name| (*name).to_owned()).collect(),
        None => Vec::new(),
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}
