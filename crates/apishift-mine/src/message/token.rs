//! Words of a message, quoted code kept whole.

/// A word, a piece of quoted code, or a mark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// The text, without quotes, backticks and role.
    pub text: String,
    /// It stood in quotes, backticks or a role.
    pub is_quoted: bool,
    /// It ends a sentence.
    pub ends_sentence: bool,
    /// What stands right behind it: `=`, `(`, or a space.
    pub next: char,
}

impl Token {
    /// Lower case, for comparison with plain words.
    pub(super) fn lower(&self) -> String {
        self.text.to_ascii_lowercase()
    }

    /// Whether it reads as code: quoted, or with a mark that prose words lack.
    pub(super) fn is_code(&self) -> bool {
        if self.is_quoted {
            return is_path(&self.text);
        }
        let inner = self.text.trim_matches('.');
        let has_caps_inside = inner.chars().skip(1).any(|c| c.is_ascii_uppercase())
            && inner.chars().any(|c| c.is_ascii_lowercase());
        is_path(inner) && (inner.contains(['_', '.']) || has_caps_inside || self.next == '(')
    }
}

/// Whether a text is a dotted name.
pub(super) fn is_path(text: &str) -> bool {
    let text = text.trim_start_matches(['~', '.', '!']);
    !text.is_empty()
        && text.split('.').all(|part| {
            !part.is_empty()
                && !part.starts_with(|c: char| c.is_ascii_digit())
                && part.chars().all(|c| c.is_alphanumeric() || c == '_')
        })
}

/// Splits a message into tokens.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first.is_whitespace() {
            rest = &rest[first.len_utf8()..];
            continue;
        }
        if let Some((inner, after)) = quoted(rest, out.last()) {
            push_code(inner, after, &mut out);
            rest = after;
            continue;
        }
        let end = rest.find(|c: char| !(c.is_alphanumeric() || "_.{}~-".contains(c))).unwrap_or(rest.len());
        let end = glued_sentence(&rest[..end]).unwrap_or(end);
        if end == 0 {
            // `:func:` of a role says only that code follows.
            rest = match role_prefix(rest) {
                Some(after) => after,
                None => {
                    if let Some(last) = out.last_mut() {
                        last.ends_sentence |= matches!(first, ';' | '!' | '?');
                    }
                    if let Some(after) = rest.strip_prefix("=...") {
                        // `x=...` is the whole parameter.
                        if let Some(last) = out.last_mut() {
                            last.next = ' ';
                            last.is_quoted = true;
                        }
                        rest = after;
                        continue;
                    }
                    if matches!(first, ',' | ';' | ':' | '(' | ')' | '=' | '[') {
                        out.push(mark(first));
                    }
                    &rest[first.len_utf8()..]
                }
            };
            continue;
        }
        let word = &rest[..end];
        rest = &rest[end..];
        let trimmed = word.trim_end_matches('.');
        let dots = word.len() - trimmed.len();
        // An ellipsis stands for something left out, not for an end.
        let ends_sentence = dots == 1 || (dots > 1 && !trimmed.is_empty());
        if !trimmed.is_empty() {
            out.push(Token {
                text: trimmed.to_owned(),
                is_quoted: false,
                ends_sentence,
                next: rest.chars().next().unwrap_or(' '),
            });
        } else if let Some(last) = out.last_mut() {
            last.ends_sentence |= ends_sentence;
        }
    }
    out
}

/// Where a new sentence starts without a space before it ("in 3.0.Use x"), right behind the full stop.
fn glued_sentence(word: &str) -> Option<usize> {
    const FIRST: &[&str] = &["Use", "Please", "See", "Instead", "It", "This", "The", "In", "For"];
    let mut at = 0;
    for part in word.split('.') {
        if at > 0 && FIRST.contains(&part) {
            return Some(at);
        }
        at += part.len() + 1;
    }
    None
}

fn mark(c: char) -> Token {
    Token { text: c.to_string(), is_quoted: false, ends_sentence: c == ';', next: ' ' }
}

fn role_prefix(rest: &str) -> Option<&str> {
    let inner = rest.strip_prefix(':')?;
    let end = inner.find(':')?;
    let name = &inner[..end];
    let is_role =
        !name.is_empty() && name.len() < 16 && name.chars().all(|c| c.is_ascii_alphabetic() || c == '-');
    (is_role && inner[end + 1..].starts_with('`')).then(|| &inner[end + 1..])
}

/// Quoted code at the start of the text: its inside and what follows.
fn quoted<'t>(rest: &'t str, before: Option<&Token>) -> Option<(&'t str, &'t str)> {
    for quote in ["``", "`", "\"", "'"] {
        let Some(inner) = rest.strip_prefix(quote) else { continue };
        // An apostrophe inside a word opens nothing.
        if quote == "'" && before.is_some_and(|t| t.next == '\'' && !t.is_quoted) {
            return None;
        }
        let end = inner.find(quote)?;
        let content = &inner[..end];
        if content.is_empty() || content.len() > 120 {
            return None;
        }
        let after = &inner[end + quote.len()..];
        return Some((content, after.strip_prefix('_').unwrap_or(after)));
    }
    None
}

/// Adds quoted code: a path as one token, a call by its callee, an assignment by its target.
fn push_code(inner: &str, after: &str, out: &mut Vec<Token>) {
    // `text <target>` of a role shows the text and means the target.
    let inner = match inner.split_once('<') {
        Some((_, target)) if target.ends_with('>') => target.trim_end_matches('>'),
        _ => inner,
    };
    let inner = inner.trim();
    let head_end =
        inner.find(|c: char| !(c.is_alphanumeric() || "_.~!{}".contains(c))).unwrap_or(inner.len());
    let head = inner[..head_end].trim_end_matches('.');
    let tail = inner[head_end..].trim_start();
    let follows = match tail.chars().next() {
        // `x=...` is the whole parameter, `x=1` a value of it.
        Some('=') if tail.trim_start_matches(['=', ' ', '<']).starts_with("...") => ' ',
        Some(c) => c,
        None => after.chars().next().unwrap_or(' '),
    };
    let ends_sentence = after.starts_with('.') && after[1..].chars().next().is_none_or(char::is_whitespace);
    // More than one name in the quotes is an expression or a phrase, kept as it is.
    let import = inner.strip_prefix("from ").and_then(|rest| rest.split_once(" import "));
    if let Some((module, name)) = import.filter(|(module, name)| is_path(module) && is_path(name)) {
        let text = format!("{}.{}", module.trim(), name.trim());
        out.push(Token { text, is_quoted: true, ends_sentence, next: ' ' });
        return;
    }
    let is_single = tail.is_empty() || closes_at_end(tail) || tail.starts_with('=');
    let text = if is_single && !head.is_empty() { head } else { inner };
    out.push(Token { text: text.to_owned(), is_quoted: true, ends_sentence, next: follows });
}

/// Whether a text is one pair of parentheses and nothing behind it.
fn closes_at_end(tail: &str) -> bool {
    if !tail.starts_with('(') {
        return false;
    }
    let mut depth = 0_i32;
    for (at, c) in tail.char_indices() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1 == tail.len();
        }
    }
    false
}
