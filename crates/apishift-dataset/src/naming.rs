//! Whether a text speaks of a symbol.

use std::collections::BTreeSet;

use apishift_types::ApiChange;

/// Words that stand beside a name and tell that it is one.
const KINDS: [&str; 16] = [
    "argument",
    "arguments",
    "attribute",
    "class",
    "decorator",
    "function",
    "keyword",
    "kwarg",
    "method",
    "module",
    "option",
    "parameter",
    "parameters",
    "property",
    "param",
    "keywords",
];

/// What a change is about, by the names that a text can use for it.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Last parts of the symbol's paths.
    names: BTreeSet<String>,
    /// What stands before the last part: the classes of a method, the modules of a function.
    owners: BTreeSet<String>,
    /// It belongs to a class, and another class may have one of the same name.
    is_member: bool,
    parameter: Option<String>,
}

impl Subject {
    pub(crate) fn of(change: &ApiChange) -> Self {
        let mut subject = Self {
            names: BTreeSet::new(),
            owners: BTreeSet::new(),
            is_member: matches!(change.symbol_kind.as_str(), "method" | "property" | "attribute"),
            parameter: change.parameter.clone(),
        };
        for path in std::iter::once(&change.symbol).chain(&change.aliases) {
            let mut parts: Vec<&str> = path.split('.').collect();
            // `C.__init__` is named by its class.
            if parts.last() == Some(&"__init__") {
                parts.pop();
                subject.is_member = false;
            }
            subject.names.extend(parts.pop().map(str::to_owned));
            subject.owners.extend(parts.pop().map(str::to_owned));
        }
        subject
    }

    /// Whether a text names the subject so that no other is meant: a telling name (`n_iter`, `Float64Index`) as a
    /// word; a plain one (`axis`, `rename`) marked as code, and a plain member or parameter with what it belongs to.
    pub(crate) fn is_named_in(&self, text: &str) -> bool {
        match &self.parameter {
            Some(parameter) if is_telling(parameter) => has_word(text, parameter),
            Some(parameter) => {
                has_code(text, parameter) && (self.has_name(text) || any_word(&self.owners, text))
            }
            None => self.has_name(text),
        }
    }

    /// Whether a text that stands at the symbol says its name.
    pub(crate) fn is_mentioned_in(&self, text: &str) -> bool {
        any_word(&self.names, text)
    }

    fn has_name(&self, text: &str) -> bool {
        self.names.iter().any(|name| {
            if is_telling(name) {
                has_word(text, name)
            } else {
                has_code(text, name) && (!self.is_member || any_word(&self.owners, text))
            }
        })
    }
}

/// The last part of a dotted path that says something: a constructor goes by its class.
pub(crate) fn last_name(path: &str) -> &str {
    let path = path.strip_suffix(".__init__").unwrap_or(path);
    path.rsplit('.').next().unwrap_or(path)
}

fn any_word(names: &BTreeSet<String>, text: &str) -> bool {
    names.iter().any(|name| has_word(text, name))
}

/// Whether a name is no word of ordinary language: it has an underscore, a digit, or a capital letter after its first.
fn is_telling(name: &str) -> bool {
    name.len() > 3 && name.chars().skip(1).any(|c| c == '_' || c.is_ascii_digit() || c.is_uppercase())
}

fn is_word_char(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the name stands as a whole word: the text before it and the text after it.
fn occurrences<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
    text.match_indices(name)
        .map(|(at, found)| (&text[..at], &text[at + found.len()..]))
        .filter(|(before, after)| !before.ends_with(is_word_char) && !after.starts_with(is_word_char))
}

/// Whether the name stands there as a whole word.
pub(crate) fn has_word(text: &str, name: &str) -> bool {
    !name.is_empty() && occurrences(text, name).next().is_some()
}

/// Whether the name stands there marked as code: in quotes, after a dot, before a bracket or an equals sign, or beside
/// a word such as "parameter".
fn has_code(text: &str, name: &str) -> bool {
    !name.is_empty()
        && occurrences(text, name).any(|(before, after)| {
            let beside = |word: Option<&str>| {
                word.is_some_and(|word| {
                    KINDS.contains(&word.trim_matches(|c| !is_word_char(c)).to_lowercase().as_str())
                })
            };
            before.ends_with(['`', '\'', '"', '*', '.'])
                || after.starts_with(['`', '\'', '"', '*', '(', '='])
                || (before.ends_with(' ') && beside(before.split_whitespace().next_back()))
                || (after.starts_with(' ') && beside(after.split_whitespace().next()))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn telling_names_are_no_words() {
        for name in ["n_iter", "Float64Index", "bar2", "DataFrame", "get_cmap"] {
            assert!(is_telling(name), "{name}");
        }
        for name in ["axis", "rename", "Index", "dot", "T"] {
            assert!(!is_telling(name), "{name}");
        }
    }

    #[test]
    fn plain_names_count_where_they_are_code() {
        let cases = [
            ("`dot` is gone", true),
            ("the axis parameter is gone", true),
            ("parameter axis is gone", true),
            ("call dot(a, b)", true),
            ("pass dot=1", true),
            ("DataFrame.dot is gone", true),
            ("connect the dot here", false),
            ("an axis of symmetry", false),
            ("dotted", false),
        ];
        for (text, expected) in cases {
            assert_eq!(has_code(text, "dot") || has_code(text, "axis"), expected, "{text:?}");
        }
    }
}
