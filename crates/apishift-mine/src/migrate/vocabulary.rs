//! Code words of prose: what a message names, as against what it merely says.

use std::collections::BTreeSet;

use xxhash_rust::xxh3::xxh3_64;

/// Identifiers that `text` names as code: in back-ticks or quotes, called, first in the brackets of a call, dotted, assigned,
/// with an underscore, or in mixed case. Plain words do not count, so that "use a new index" does not allow a variable `index`.
pub(super) fn code_words(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut quoted = None;
    for (start, word) in words_of(text) {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        if let Some(mark) = before.filter(|c| matches!(c, '`' | '\'' | '"')) {
            quoted = Some(mark);
        }
        let in_quotes = quoted.is_some();
        let attached = matches!(after, Some('(' | '=' | '['))
            || before == Some('.')
            || (after == Some('.') && dotted(text, start, word));
        let in_call =
            text[..start].strip_suffix('(').is_some_and(|text| text.ends_with(char::is_alphanumeric));
        let shaped = word.contains('_') || mixed_case(word) || word.chars().any(|c| c.is_ascii_digit());
        if word.len() > 1 && (in_quotes || attached || in_call || shaped) {
            words.insert(word.to_owned());
        }
        // A quotation ends at its mark, or where the line or sentence does.
        if after.is_some_and(|c| Some(c) == quoted || c == '\n') {
            quoted = None;
        }
    }
    if text.contains('@') {
        words.insert("@".to_owned());
    }
    words
}

/// A word as it is kept: half of its XXH3, which is the same on every machine. Words that share one are taken for each other;
/// that costs a second look.
pub(super) type WordId = u32;

pub(super) fn word_id(word: &str) -> WordId {
    (xxh3_64(word.as_bytes()) >> 32) as WordId
}

/// Identifier-like words with their byte positions.
pub(crate) fn words_of(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut at = 0;
    std::iter::from_fn(move || {
        let start = at + text[at..].find(is_word)?;
        let end = text[start..].find(|c| !is_word(c)).map_or(text.len(), |len| start + len);
        at = end;
        Some((start, &text[start..end]))
    })
}

fn dotted(text: &str, start: usize, word: &str) -> bool {
    text[start + word.len() + 1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
}

fn mixed_case(word: &str) -> bool {
    let rest_upper = word.chars().skip(1).any(char::is_uppercase);
    rest_upper && word.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_call_takes_is_code() {
        let words = code_words("Use isinstance(dtype, pd.CategoricalDtype) instead (index or not)");
        assert!(words.contains("dtype") && !words.contains("index"), "{words:?}");
    }

    #[test]
    fn only_code_counts() {
        let words =
            code_words("`n_iter` is deprecated. Use max_iter instead, a new ``tol`` or np.sum() from Index.");
        assert_eq!(
            words.iter().map(String::as_str).collect::<Vec<_>>(),
            ["max_iter", "n_iter", "np", "sum", "tol"]
        );
    }
}
