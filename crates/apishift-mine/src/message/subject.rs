//! What a message is about.

use super::token::{Token, tokens};

/// Names that may be the subject of a message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    /// Names of the symbol: its own, and its class's for a constructor.
    pub symbol: &'a [&'a str],
    /// Names of its parameters, old and new.
    pub params: &'a [&'a str],
}

/// What a message is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    /// The symbol, named or as "this function".
    Symbol,
    /// Parameters; none named where the message says "this parameter".
    Parameters(Vec<String>),
    /// A value of a parameter, or its default.
    Value(String),
    /// The message has no subject of its own: "deprecated, use x".
    Implicit,
    /// The message does not say that anything goes: "use x instead".
    Silent,
    /// Something else.
    Other,
}

/// Verbs that say that the subject goes.
const VERBS: &[&str] = &[
    "deprecated",
    "removed",
    "renamed",
    "replaced",
    "dropped",
    "deprecates",
    "obsolete",
    "superseded",
    "moved",
    "ignored",
    "discouraged",
    "expired",
    "unsupported",
    "unused",
];

/// Words before a verb that belong to it.
const AUXILIARIES: &[&str] = &[
    "is", "are", "was", "were", "has", "have", "been", "be", "will", "being", "now", "also", "and", "to",
    "going", "soon",
];

/// Words that say that a parameter is meant.
const PARAMETER_WORDS: &[&str] = &[
    "parameter",
    "argument",
    "keyword",
    "kwarg",
    "option",
    "arg",
    "parameters",
    "arguments",
    "keywords",
    "kwargs",
    "options",
    "args",
    "flag",
];

/// What a message calls the definition that it stands in.
const THINGS: &[&str] = &[
    "function",
    "method",
    "class",
    "module",
    "property",
    "attribute",
    "decorator",
    "routine",
    "feature",
    "api",
    "alias",
    "estimator",
];

/// First words of a sentence that is about a way of calling, not about what is called.
const WAYS: &[&str] = &[
    "leaving",
    "not",
    "passing",
    "using",
    "calling",
    "setting",
    "specifying",
    "providing",
    "accessing",
    "support",
    "supplying",
    "giving",
    "creating",
    "indexing",
    "returning",
    "comparing",
    "converting",
    "importing",
    "implicit",
];

/// Reads the subject of the first sentence that says that something goes.
pub(crate) fn subject(text: &str, known: Known<'_>) -> Subject {
    let tokens = tokens(text);
    let Some(verb) = tokens.iter().position(|t| !t.is_quoted && VERBS.contains(&t.lower().as_str())) else {
        return match mentions_default(&tokens) {
            true => default_of(&tokens, known),
            false if tells_future(&tokens) => Subject::Other,
            false => Subject::Silent,
        };
    };
    let start = tokens[..verb].iter().rposition(|t| t.ends_sentence).map_or(0, |at| at + 1);
    let mut end = verb;
    while end > start && !tokens[end - 1].is_quoted && AUXILIARIES.contains(&tokens[end - 1].lower().as_str())
    {
        end -= 1;
    }
    let phrase = &tokens[start..end];
    if phrase.is_empty() {
        return Subject::Implicit;
    }
    if mentions_default(phrase) {
        return default_of(phrase, known);
    }
    phrase_subject(phrase, known)
}

fn phrase_subject(phrase: &[Token], known: Known<'_>) -> Subject {
    let lower: Vec<String> = phrase.iter().map(Token::lower).collect();
    let has =
        |words: &[&str]| lower.iter().zip(phrase).any(|(w, t)| !t.is_quoted && words.contains(&w.as_str()));
    let names_parameter = has(PARAMETER_WORDS);
    let params: Vec<(usize, &str)> = phrase
        .iter()
        .enumerate()
        .map(|(at, t)| (at, t, t.text.trim_start_matches('*')))
        .filter(|(at, t, name)| {
            known.params.contains(name) && (t.is_quoted || t.is_code() || names_parameter || *at == 0)
        })
        .map(|(at, _, name)| (at, name))
        .collect();
    let names = || params.iter().map(|(_, name)| (*name).to_owned()).collect::<Vec<_>>();
    let symbol = phrase.iter().any(|t| is_symbol(t, known)) && !names_parameter;
    let is_way = !phrase[0].is_quoted
        && lower.first().is_some_and(|w| WAYS.contains(&w.as_str()) || w.starts_with("non-"));
    if let Some((at, name)) = params.first() {
        let has_value = phrase[*at].next == '=' || phrase.get(at + 1).is_some_and(|n| n.text == "=");
        let of_value =
            has(&["value", "values", "type", "types"]) && !has(&["parameter", "argument", "keyword"]);
        // "The loss arguments 'a' and 'b'": quoted words that are no parameters are values.
        let quotes_values = phrase
            .iter()
            .any(|t| t.is_quoted && !known.params.contains(&t.text.as_str()) && !is_symbol(t, known))
            && !phrase[*at].is_quoted;
        // "Passing the 'x' keyword" is about the keyword, "passing a list as 'x'" about the value.
        let is_plain = phrase.len() <= 5 && !has(&["as", "to", "in", "with", "without", "non", "for"]);
        // "Passing x to f" is about x, "passing x to None" about a value of it.
        let to_symbol = *at == 1
            && phrase.len() == 4
            && matches!(lower[2].as_str(), "to" | "in")
            && is_symbol(&phrase[3], known);
        if has_value || of_value || quotes_values || (is_way && !is_plain && !to_symbol) {
            return Subject::Value((*name).to_owned());
        }
        if names_parameter || !symbol || is_way {
            return Subject::Parameters(names());
        }
    }
    let this_parameter = lower.len() == 2
        && matches!(lower[0].as_str(), "this" | "the")
        && PARAMETER_WORDS.contains(&lower[1].as_str());
    if this_parameter {
        return Subject::Parameters(Vec::new());
    }
    // "x without y", "x when z": a way of using it.
    let is_partial = has(&["with", "without", "when", "for", "if"]);
    if (is_way && (lower.len() > 3 || !symbol)) || names_parameter || is_partial {
        return Subject::Other;
    }
    let this =
        lower.windows(2).any(|w| matches!(w[0].as_str(), "this" | "the") && THINGS.contains(&w[1].as_str()));
    let bare =
        lower.len() <= 3 && lower.iter().any(|w| matches!(w.as_str(), "it" | "this" | "that" | "which"));
    if symbol || ((this || bare) && phrase.iter().all(|t| !t.is_code())) {
        Subject::Symbol
    } else {
        Subject::Other
    }
}

/// Whether a token is the symbol's name, with or without a path, or a hole that running fills with it.
fn is_symbol(token: &Token, known: Known<'_>) -> bool {
    let text = token.text.trim_start_matches(['~', '.', '!']);
    if matches!(text, "{function}" | "{class}") {
        return true;
    }
    let last = text.rsplit('.').next().unwrap_or(text);
    known.symbol.contains(&last) && (token.is_quoted || token.is_code() || last.len() > 2)
}

/// Whether a message says what something will do: "will return an array" is no end of it.
fn tells_future(tokens: &[Token]) -> bool {
    tokens.windows(2).any(|pair| {
        pair[0].lower() == "will" && !matches!(pair[1].lower().as_str(), "be" | "disappear" | "go" | "vanish")
    })
}

fn mentions_default(phrase: &[Token]) -> bool {
    phrase.iter().any(|t| {
        !t.is_quoted && matches!(t.lower().as_str(), "default" | "defaults" | "behavior" | "behaviour")
    })
}

/// The parameter whose default a phrase speaks of.
fn default_of(phrase: &[Token], known: Known<'_>) -> Subject {
    let name = phrase.iter().map(|t| t.text.trim_start_matches('*')).find(|text| known.params.contains(text));
    name.map_or(Subject::Other, |name| Subject::Value(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_are_told_apart() {
        let known =
            Known { symbol: &["fit_it", "fit"], params: &["n_iter", "normalize", "max_features", "x"] };
        let param = |n: &str| Subject::Parameters(vec![n.to_owned()]);
        let value = |n: &str| Subject::Value(n.to_owned());
        let cases = [
            ("`n_iter` is deprecated in 1.3. Use `max_iter` instead.", param("n_iter")),
            ("'normalize' was deprecated in version 1.0 and will be removed in 1.2.", param("normalize")),
            ("The parameter n_iter is deprecated", param("n_iter")),
            ("fit_it is deprecated", Subject::Symbol),
            ("`pkg.mod.fit_it` has been removed", Subject::Symbol),
            ("This function is deprecated and will be removed", Subject::Symbol),
            ("Deprecated. Use x instead", Subject::Implicit),
            ("`max_features='auto'` has been deprecated in 1.1", value("max_features")),
            ("The default value of `n_iter` will change from 10 to 'auto' in 1.4.", value("n_iter")),
            ("Passing a list as `x` is deprecated", value("x")),
            ("The max_features arguments 'auto' and 'all' were deprecated", value("max_features")),
            (
                "The 'x' and 'n_iter' keywords in {class}.fit are deprecated",
                Subject::Parameters(vec!["x".into(), "n_iter".into()]),
            ),
            ("{class}.fit without 'x' and with other things is deprecated", Subject::Other),
            ("Leaving `n_iter` to None is deprecated", value("n_iter")),
            ("This parameter is deprecated since 1.4", Subject::Parameters(Vec::new())),
            ("Passing n_iter to fit_it is deprecated and goes in 2.0", param("n_iter")),
            ("Setting per-request x=<...> is being deprecated", Subject::Other),
            ("Non-integer `n_iter` and `x` with `exact=True` is deprecated", value("n_iter")),
            ("fit should not be used on such values", Subject::Silent),
            ("fit_it will return an array instead of a list in 3.0.", Subject::Other),
            ("Support for other_things is deprecated", Subject::Other),
            ("`another_function` is deprecated", Subject::Other),
            ("Calling fit_it with a list is deprecated", Subject::Other),
        ];
        for (text, expected) in cases {
            assert_eq!(subject(text, known), expected, "{text}");
        }
    }
}
