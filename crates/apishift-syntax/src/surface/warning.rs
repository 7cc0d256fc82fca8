//! Calls that warn about deprecation, and what has to hold for them to be met.

use memchr::memmem;
use tree_sitter::Node;

use super::{
    literal::{Arguments, Reader, is_category},
    model::{Function, Mark, MarkSource, MarkSubject, MarkVerb},
};
use crate::parser::line_of;

/// A warning found in a body, and the class's parameter that it is about, where its condition tests `self.name`.
pub(super) struct Found {
    /// The mark, for the function.
    pub mark: Mark,
    /// Name of the attribute of `self` that its condition tests.
    pub on_self: Option<String>,
}

/// Whether a body can hold a warning at all. Most do not, and are not walked.
pub(super) fn may_warn(body: &[u8]) -> bool {
    memmem::find(body, b"warn").is_some() || memmem::find(body, b"deprecat").is_some()
}

/// Whether a warning in a body can be about deprecation, as far as its text tells: a word says so, or something that is
/// no literal is warned with.
pub(super) fn may_announce(body: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [b"eprecat", b"FutureWarning", b"emoved", b"enamed", b"MovedIn", b"Legacy"];
    may_warn(body)
        && (WORDS.into_iter().any(|word| memmem::find(body, word).is_some())
            || memmem::find_iter(body, b"warn").any(|at| passes_more_than_literals(&body[at..])))
}

/// Whether a text that starts with `warn` calls something of that name whose first argument is no literal.
fn passes_more_than_literals(text: &[u8]) -> bool {
    let name = text.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count();
    let Some(arguments) = text[name..].trim_ascii_start().strip_prefix(b"(") else { return false };
    let first = arguments.trim_ascii_start();
    let first = first.strip_prefix(b"f").unwrap_or(first);
    !matches!(first.first(), Some(b'"' | b'\'' | b')'))
}

/// Warnings about deprecation in the body of a function, in order.
pub(super) fn in_function(reader: Reader<'_, '_>, body: Node<'_>, function: &Function) -> Vec<Found> {
    calls_in(body)
        .into_iter()
        .filter_map(|call| {
            let message = message_of(reader, call)?;
            let guards = guards_of(reader, call, body)?;
            // Without the text, a condition does not tell which of its names is meant.
            let (subject, on_self) = match message.from {
                Some(_) if guards.is_conditional => (MarkSubject::Conditional, None),
                _ => subject_of(&guards, &message.text, function),
            };
            Some(Found { mark: message.into_mark(subject, line_of(call)), on_self })
        })
        .collect()
}

/// Warnings about deprecation at import of the module.
pub(super) fn at_import(reader: Reader<'_, '_>, statement: Node<'_>) -> Vec<Mark> {
    calls_in(statement)
        .into_iter()
        .filter_map(|call| {
            let message = message_of(reader, call)?;
            let guards = guards_of(reader, call, reader.root)?;
            let subject = if guards.is_conditional { MarkSubject::Conditional } else { MarkSubject::Symbol };
            Some(message.into_mark(subject, line_of(call)))
        })
        .collect()
}

/// Every call below a node, nested functions and classes left out.
pub(super) fn calls_in(node: Node<'_>) -> Vec<Node<'_>> {
    let mut calls = Vec::new();
    let mut cursor = node.walk();
    let root_depth = cursor.depth();
    loop {
        let here = cursor.node();
        let kind = here.kind();
        if kind == "call" {
            calls.push(here);
        }
        let opaque =
            matches!(kind, "function_definition" | "class_definition" | "lambda" | "string" | "comment");
        if (!opaque || here == node) && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() || cursor.depth() == root_depth {
                return calls;
            }
        }
    }
}

/// The text of a warning.
pub(super) struct Message {
    /// White space joined.
    pub text: String,
    from: Option<String>,
    replacement: Option<String>,
    version: Option<String>,
}

impl Message {
    /// Text and replacement.
    pub(super) fn into_parts(self) -> (String, Option<String>) {
        (self.text, self.replacement)
    }

    fn into_mark(self, subject: MarkSubject, line: u32) -> Mark {
        Mark {
            source: MarkSource::Warning,
            verb: MarkVerb::Deprecated,
            subject,
            replacement: self.replacement,
            version: self.version,
            text: self.text,
            text_from: self.from,
            line,
        }
    }
}

/// The message of a call that warns about deprecation; `None` for all other calls.
pub(super) fn message_of<'t>(reader: Reader<'_, 't>, call: Node<'t>) -> Option<Message> {
    let callee = reader.text(call.child_by_field_name("function")?);
    let name = callee.rsplit('.').next().unwrap_or_default();
    if !name.contains("warn") {
        return None;
    }
    let arguments = Arguments::of(call, reader.source);
    if name.contains("deprecat") {
        return keyword_message(reader, &arguments).or_else(|| plain_message(reader, &arguments));
    }
    let category = arguments.positional.get(1).copied().or_else(|| arguments.keyword("category"));
    let announces = match category {
        Some(category) => is_category(reader.text(category)),
        None => arguments.positional.first().is_some_and(|first| {
            let callee = first.child_by_field_name("function").unwrap_or(*first);
            is_category(reader.text(callee))
        }),
    };
    let message = plain_message(reader, &arguments)?;
    // What a constant of another module says, `mine` finds out.
    (announces || message.from.is_some() || says_deprecated(&message.text)).then_some(message)
}

/// Whether a text itself announces a deprecation.
pub(super) fn says_deprecated(text: &str) -> bool {
    ["deprecat", "will be removed", "has been renamed"].iter().any(|phrase| text.contains(phrase))
}

fn plain_message<'t>(reader: Reader<'_, 't>, arguments: &Arguments<'_, 't>) -> Option<Message> {
    let first = arguments.keyword("message").or_else(|| arguments.keyword("msg"));
    // `warn_deprecated("1.4", "text")` gives a version first.
    let candidates = first.into_iter().chain(arguments.positional.iter().copied());
    let version = candidates.clone().find_map(|n| reader.literal(n)).filter(|text| is_version(text));
    if let Some(text) = candidates.clone().filter_map(|n| reader.read(n)).find(|text| text.contains(' ')) {
        return Some(Message { text: join_spaces(&text), from: None, replacement: None, version });
    }
    // `MESSAGE` or `MESSAGE.format(...)`, with the message in another module.
    let template = |n: Node<'t>| {
        let function = n.child_by_field_name("function").filter(|f| f.kind() == "attribute")?;
        function.child_by_field_name("object").filter(|_| reader.text(function).ends_with(".format"))
    };
    let name = candidates
        .map(|n| template(n).unwrap_or(n))
        .find(|n| matches!(n.kind(), "identifier" | "attribute"))?;
    // A local variable that could not be read is no name of a message elsewhere.
    let name = reader.text(name);
    let is_constant =
        name.rsplit('.').next().is_some_and(|last| last.chars().all(|c| !c.is_ascii_lowercase()));
    is_constant.then(|| Message {
        text: String::new(),
        from: Some(name.to_owned()),
        replacement: None,
        version,
    })
}

/// Messages that helpers put together: `warn_deprecated("3.8", name="x", alternative="y")`.
pub(super) fn keyword_message<'t>(reader: Reader<'_, 't>, arguments: &Arguments<'_, 't>) -> Option<Message> {
    let read = |keyword: &str| {
        arguments.keyword(keyword).and_then(|n| reader.read(n)).filter(|text| !text.is_empty())
    };
    let alternative = ["alternative", "replacement", "instead", "new_name", "use_instead"]
        .iter()
        .find_map(|keyword| read(keyword));
    let message = ["message", "reason", "details", "extra", "msg"].iter().find_map(|keyword| read(keyword));
    let name = ["name", "old_name"].iter().find_map(|keyword| read(keyword));
    let since = ["since", "version"]
        .iter()
        .find_map(|keyword| read(keyword))
        .or_else(|| arguments.positional.iter().find_map(|n| reader.literal(*n)))
        .filter(|text| is_version(text));
    if alternative.is_none() && message.is_none() && name.is_none() {
        return None;
    }
    let mut text = match (message, &name) {
        (Some(message), _) => message,
        (None, Some(name)) => format!("{name} is deprecated."),
        (None, None) => {
            since.as_ref().map_or_else(|| "Deprecated.".to_owned(), |v| format!("Deprecated since {v}."))
        }
    };
    // Some helpers are given a name, others a sentence.
    let is_sentence = alternative.as_deref().is_some_and(is_sentence);
    if let Some(alternative) = &alternative {
        let end = if text.ends_with(['.', ';', '!']) { "" } else { "." };
        let advice = if is_sentence { alternative.clone() } else { format!("Use {alternative} instead.") };
        text = format!("{text}{end} {advice}");
    }
    if let Some(addendum) = read("addendum") {
        text = format!("{text} {addendum}");
    }
    let replacement = alternative.filter(|_| !is_sentence);
    Some(Message { text: join_spaces(&text), from: None, replacement, version: since })
}

/// Whether a text is a sentence: some words, of which the first has a capital letter and is no name of code.
fn is_sentence(text: &str) -> bool {
    let first = text.split_whitespace().next().unwrap_or_default();
    text.split_whitespace().count() > 3
        && first.starts_with(|c: char| c.is_ascii_uppercase())
        && first.chars().skip(1).all(|c| c.is_ascii_lowercase())
}

/// White space joined to single spaces.
pub(super) fn join_spaces(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    out
}

/// Whether a string is a version number and nothing else.
pub(super) fn is_version(text: &str) -> bool {
    let text = text.strip_prefix('v').unwrap_or(text);
    text.starts_with(|c: char| c.is_ascii_digit()) && text.contains('.') && !text.contains(' ')
}

/// What has to hold for a call to be met.
struct Guards {
    /// Names read in the conditions.
    names: Vec<String>,
    /// Strings in the conditions (`"old" in kwargs`).
    strings: Vec<String>,
    /// Attributes of `self` read in the conditions.
    on_self: Vec<String>,
    /// Whether there is any condition.
    is_conditional: bool,
}

/// The conditions between a call and the body; `None` where a function or class stands between.
fn guards_of(reader: Reader<'_, '_>, call: Node<'_>, body: Node<'_>) -> Option<Guards> {
    let mut guards =
        Guards { names: Vec::new(), strings: Vec::new(), on_self: Vec::new(), is_conditional: false };
    let mut below = call;
    while below != body {
        let node = below.parent()?;
        match node.kind() {
            "function_definition" | "class_definition" | "lambda" => return None,
            "if_statement" | "elif_clause" | "while_statement" | "conditional_expression" => {
                guards.is_conditional = true;
                let condition = node.child_by_field_name("condition").or_else(|| node.named_child(1));
                if let Some(condition) = condition.filter(|c| *c != below) {
                    guards.take(reader, condition);
                }
            }
            "for_statement"
            | "except_clause"
            | "except_group_clause"
            | "case_clause"
            | "boolean_operator" => {
                guards.is_conditional = true;
            }
            _ => {}
        }
        below = node;
    }
    Some(guards)
}

impl Guards {
    fn take(&mut self, reader: Reader<'_, '_>, condition: Node<'_>) {
        let mut stack = vec![condition];
        while let Some(node) = stack.pop() {
            match node.kind() {
                "identifier" => self.names.push(crate::parser::text_of(node, reader.source).to_owned()),
                "string" => {
                    let text = crate::parser::text_of(node, reader.source);
                    self.strings.push(text.trim_matches(['\'', '"']).to_owned());
                }
                "attribute" => {
                    let text = crate::parser::text_of(node, reader.source);
                    if let Some(name) = text.strip_prefix("self.").filter(|name| !name.contains('.')) {
                        self.on_self.push(name.to_owned());
                        continue;
                    }
                    stack.extend(node.child_by_field_name("object"));
                }
                "keyword_argument" => stack.extend(node.child_by_field_name("value")),
                "call" => {
                    // The name of the function called is no subject, its arguments are, and so is its receiver.
                    let function = node.child_by_field_name("function").filter(|f| f.kind() == "attribute");
                    stack.extend(function);
                    stack.extend(node.child_by_field_name("arguments"));
                }
                _ => {
                    let mut cursor = node.walk();
                    stack.extend(node.named_children(&mut cursor));
                }
            }
        }
    }
}

/// What a warning is about by its conditions, and the attribute of `self` that they test.
fn subject_of(guards: &Guards, text: &str, function: &Function) -> (MarkSubject, Option<String>) {
    if !guards.is_conditional {
        return (MarkSubject::Symbol, None);
    }
    let params = |name: &&String| function.params.iter().any(|p| p.name == **name && name.as_str() != "self");
    let takes_any = function.params.iter().any(|p| p.kind == super::model::ParameterKind::VarKeyword);
    let mut names: Vec<&String> = guards.names.iter().filter(params).collect();
    if takes_any {
        names.extend(guards.strings.iter().filter(|s| is_name(s)));
        names.extend(guards.names.iter().filter(|name| mentions(text, name)));
    }
    names.sort_unstable();
    names.dedup();
    let named: Vec<&&String> = names.iter().filter(|name| mentions(text, name)).collect();
    match (named.as_slice(), names.as_slice()) {
        ([only], _) => (MarkSubject::Parameter((**only).clone()), None),
        ([], [only]) if function.params.iter().any(|p| p.name == **only && p.kind.takes_one()) => {
            (MarkSubject::Parameter((*only).clone()), None)
        }
        _ => {
            let on_self = guards.on_self.iter().find(|name| mentions(text, name)).cloned();
            (MarkSubject::Conditional, on_self)
        }
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// Whether a text holds a name as a word of its own.
pub(super) fn mentions(text: &str, name: &str) -> bool {
    let is_word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    let bytes = text.as_bytes();
    !name.is_empty()
        && memmem::find_iter(bytes, name.as_bytes()).any(|at| {
            let after = at + name.len();
            !at.checked_sub(1).is_some_and(|i| is_word(bytes[i]))
                && !bytes.get(after).is_some_and(|b| is_word(*b))
        })
}
