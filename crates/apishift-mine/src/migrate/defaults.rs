//! What leaving an argument out means, and which values a text names: whether a dropped or a new value is the API
//! change's or its author's own choice.

use std::collections::BTreeSet;

use apishift_syntax::code::CodeFile;

use super::vocabulary::words_of;

/// The default of a parameter in a signature as `api_changes` has it (`(a, b=1, *, c='x')`), its tokens joined. `None`
/// where there is none.
pub(super) fn default_of(signature: &str, parameter: &str) -> Option<String> {
    let file = CodeFile::parse(&format!("def f{signature}: ...\n"), "")?;
    let unit = file.units.iter().find(|unit| unit.has_header())?;
    let range = unit.parameters.iter().find(|p| p.name == parameter)?.default.clone()?;
    let inside = |at: &std::ops::Range<usize>| range.start <= at.start && at.end <= range.end;
    let tokens = unit.statements.iter().flat_map(|statement| &statement.tokens);
    Some(tokens.filter(|token| inside(&token.range)).map(|token| token.text.as_str()).collect())
}

/// Values that a text names: quoted words, what stands behind an equals sign, numbers that are no versions, `True`,
/// `False` and `None`; without quotes.
pub(super) fn values_in(text: &str) -> BTreeSet<String> {
    let mut values = quoted(text);
    values.extend(numbers(text));
    values.extend(assigned(text));
    let is_constant = |word: &&str| matches!(*word, "True" | "False" | "None");
    values.extend(words_of(text).map(|(_, word)| word).filter(is_constant).map(str::to_owned));
    values
}

fn quoted(text: &str) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    for mark in ['\'', '"'] {
        for (at, _) in text.match_indices(mark) {
            let rest = &text[at + 1..];
            let end = rest.find(|c: char| c == mark || c.is_whitespace()).unwrap_or(0);
            if end > 0 && rest[end..].starts_with(mark) {
                values.insert(rest[..end].to_owned());
            }
        }
    }
    values
}

/// `mode=thin` without quotes, as documentation writes it.
fn assigned(text: &str) -> impl Iterator<Item = String> {
    let behind = text.split_whitespace().filter_map(|word| word.rsplit_once('=')).map(|(_, value)| value);
    let bare = behind.map(|value| value.trim_matches(|c: char| !c.is_ascii_alphanumeric()));
    bare.filter(|value| !value.is_empty()).map(str::to_owned)
}

/// Numbers, those left out that follow "version" or "in": "from 3 to 5 in 0.22".
fn numbers(text: &str) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    let mut before = "";
    for word in text.split_whitespace() {
        let bare = word.trim_matches(|c: char| !(c.is_ascii_alphanumeric() || c == '-'));
        // `cv=5` is a number too.
        let number =
            bare.rsplit('=').next().unwrap_or(bare).trim_start_matches(|c: char| !c.is_ascii_digit());
        let of_version = matches!(before.to_ascii_lowercase().as_str(), "version" | "in" | "since" | "until");
        if !number.is_empty() && !of_version && number.parse::<f64>().is_ok() {
            values.insert(number.to_owned());
        }
        before = bare;
    }
    values
}

/// Whether a text says that an argument does nothing, so that any value of it may be dropped.
pub(super) fn says_without_effect(text: &str) -> bool {
    const SIGNS: &[&str] = &[
        "no effect",
        "no impact",
        "no influence",
        "ignored",
        "unused",
        "not used",
        "no longer used",
        "never used",
        "does nothing",
        "do nothing",
        "no-op",
        "redundant",
        "unnecessary",
        "not needed",
        "no longer need",
        "not necessary",
        "no longer necessary",
        "no longer required",
        "not required",
        "safely remove",
        "can be removed",
        "stop setting",
        "should not pass",
        "should not be passed",
        "no replacement",
    ];
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").to_ascii_lowercase();
    SIGNS.iter().any(|sign| text.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn defaults_are_read_as_tokens_are_written() {
        let signature = "(box, /, size = 1, *, edge='x', pair=(1, 2), **rest)";
        let of = |parameter| default_of(signature, parameter);
        assert_eq!(of("size").as_deref(), Some("1"));
        assert_eq!(of("edge").as_deref(), Some("\"x\""));
        assert_eq!(of("pair").as_deref(), Some("(1,2)"));
        assert_eq!((of("box"), of("none"), default_of("<object>", "size")), (None, None, None));
    }

    #[test]
    fn a_text_names_values_but_no_versions() {
        let values = values_in(
            "The default of `cv` changes from 3 to 5 in 0.22; use cv=7, None, 'auto' or `cv=by-size`.",
        );
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        assert_eq!(values, ["3", "5", "7", "None", "auto", "by-size"]);
        assert_eq!(values_in("Since version 1.2 it isn't there").len(), 0);
    }
}
