//! What a message says to use instead.

use super::token::{Token, is_path, tokens};

/// A name that a message gives as replacement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// As written, without quotes and leading `~` or dots.
    pub path: String,
    /// The message calls it a parameter, argument, keyword or option.
    pub as_parameter: bool,
    /// The message says that the thing has this new name, not only that this is to be used.
    pub as_rename: bool,
    /// How sure it is that a name is meant.
    pub strength: Strength,
}

/// How sure it is that a message means a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// It may be an ordinary word.
    Word,
    /// It is code, behind a phrase of everyday use ("pass x"): good for a parameter, not for a symbol.
    Everyday,
    /// It is quoted or has a mark of code.
    Code,
}

/// Phrases before a replacement, in words; whether the phrase says that the name changed.
const BEFORE: &[(&[&str], bool)] = &[
    (&["renamed", "to"], true),
    (&["renamed", "as"], true),
    (&["renamed"], true),
    (&["replaced", "by"], false),
    (&["replaced", "with"], false),
    (&["superseded", "by"], false),
    (&["moved", "to"], true),
    (&["in", "favor", "of"], false),
    (&["in", "favour", "of"], false),
    (&["now", "called"], true),
    (&["now", "named"], true),
    (&["now", "available", "as"], true),
    (&["available", "as"], false),
    (&["migrate", "to"], false),
    (&["switch", "to"], false),
    (&["change", "to"], false),
    (&["please", "use"], false),
    (&["instead", "use"], false),
    (&["use"], false),
    (&["using"], false),
    (&["call"], false),
    (&["calling"], false),
    (&["pass"], false),
    (&["specify"], false),
];

/// Words between such a phrase and the name.
const FILLERS: &[&str] = &[
    "the",
    "a",
    "an",
    "new",
    "function",
    "method",
    "class",
    "module",
    "parameter",
    "argument",
    "keyword",
    "attribute",
    "property",
    "option",
    "public",
    "either",
    "its",
    "explicit",
    "equivalent",
    "corresponding",
    "standard",
    "helper",
    "built-in",
    "builtin",
    "instead",
    "be",
    "just",
    "your",
    "also",
    "one",
    "of",
    "directly",
    "python",
    "constructor",
];

/// Words that say that a parameter is meant.
const PARAMETER_WORDS: [&str; 9] =
    ["parameter", "argument", "keyword", "option", "kwarg", "arg", "parameters", "arguments", "keywords"];

/// Replacements that a message names, best first.
pub(crate) fn replacements(text: &str) -> Vec<Named> {
    let tokens = tokens(text);
    let mut found: Vec<(u8, Named)> = Vec::new();
    for at in 0..tokens.len() {
        if let Some((rank, named)) = after_phrase(&tokens, at).or_else(|| before_phrase(&tokens, at)) {
            if !found.iter().any(|(_, known)| known.path == named.path) {
                found.push((rank, named));
            }
        }
        if let Some(named) = from_to(&tokens, at) {
            found.push((0, named));
        }
        if let Some(named) = from_import(&tokens, at) {
            found.push((0, named));
        }
    }
    found.sort_by_key(|(rank, _)| *rank);
    found.into_iter().map(|(_, named)| named).collect()
}

/// `use X`, `renamed to X` at a place.
fn after_phrase(tokens: &[Token], at: usize) -> Option<(u8, Named)> {
    let (words, as_rename) = BEFORE.iter().find(|(words, _)| {
        words.len() <= tokens.len() - at
            && words
                .iter()
                .zip(&tokens[at..])
                .all(|(word, token)| !token.is_quoted && token.lower() == **word)
    })?;
    // "Use of x is deprecated", "to use x", "do not use x" name no replacement.
    let verb = *words.first()?;
    let before = at.checked_sub(1).map(|i| tokens[i].lower()).unwrap_or_default();
    if matches!(before.as_str(), "not" | "don't" | "to" | "of" | "when" | "if" | "cannot" | "never" | "for")
        && matches!(verb, "use" | "using" | "call" | "calling" | "pass" | "specify")
    {
        // "to use x instead" at the end of "please switch to use x" is rare; "set x to use y" is not.
        return None;
    }
    let mut i = at + words.len();
    if tokens.get(i).is_some_and(|t| t.lower() == "of" && !t.is_quoted) {
        return None;
    }
    let mut as_parameter = false;
    while let Some(token) = tokens.get(i).filter(|t| !t.is_quoted && FILLERS.contains(&t.lower().as_str())) {
        as_parameter |= PARAMETER_WORDS.contains(&token.lower().as_str());
        // A filler that ends the sentence or stands for itself was the name.
        if token.ends_sentence {
            return None;
        }
        i += 1;
    }
    let token = tokens.get(i)?;
    let mut named = candidate(tokens, i, as_parameter, *as_rename)?;
    let says_instead = tokens[i + 1..].iter().take(8).any(|t| t.lower() == "instead");
    let rank = match (verb, says_instead) {
        ("use" | "please", true) => 0,
        ("renamed" | "replaced" | "superseded" | "in" | "moved" | "now", _) => 0,
        ("use" | "please" | "instead", false) => 1,
        (_, true) => 1,
        _ => 2,
    };
    // Verbs of everyday use need the word "instead", or quoted code right behind them.
    let everyday = matches!(verb, "call" | "calling" | "pass" | "specify" | "using" | "change" | "switch");
    if everyday && named.strength == Strength::Word {
        return None;
    }
    if everyday && !says_instead && !(token.is_quoted && rank < 2) {
        named.strength = Strength::Everyday;
    }
    Some((rank, named))
}

/// `X should be used instead`, `X instead` at a place.
fn before_phrase(tokens: &[Token], at: usize) -> Option<(u8, Named)> {
    let words: Vec<String> = tokens[at + 1..].iter().take(5).map(Token::lower).collect();
    let skip = usize::from(
        words.first().is_some_and(|w| PARAMETER_WORDS.contains(&w.as_str()) || FILLERS.contains(&w.as_str())),
    );
    let rest: Vec<&str> = words.iter().skip(skip).map(String::as_str).collect();
    let says = matches!(rest.as_slice(), ["should" | "must" | "can" | "may", "be", "used", ..])
        && words.iter().any(|w| w == "instead");
    let named = says.then(|| candidate(tokens, at, skip == 1, false)).flatten()?;
    Some((1, named))
}

fn candidate(tokens: &[Token], at: usize, as_parameter: bool, as_rename: bool) -> Option<Named> {
    let token = &tokens[at];
    let path = token.text.trim_start_matches(['~', '.', '!']).trim_end_matches('.');
    // `module.{}`: the old name in another module.
    let path = path.split_once(".{").map_or(path, |(module, _)| module);
    let keeps_name = token.text.contains(".{");
    // A value (`x="y"`), an element (`x[...]`), or no name at all.
    if !is_path(path) || matches!(token.next, '=' | '[') || tokens.get(at + 1).is_some_and(|t| t.text == "=")
    {
        return None;
    }
    // "`x` attribute of the result", "`x` with `y`" and the like: the name alone is not the replacement.
    let follow: Vec<String> = tokens[at + 1..].iter().take(2).map(Token::lower).collect();
    let next_word =
        if token.ends_sentence { "" } else { follow.first().map(String::as_str).unwrap_or_default() };
    if matches!(next_word, "attribute" | "version" | "versions" | "of") || is_prose(path, token) {
        return None;
    }
    let as_parameter = as_parameter || PARAMETER_WORDS.contains(&next_word);
    let is_code = token.is_code() || keeps_name;
    // An ordinary word is only a name where nothing else can follow it.
    let stands_alone = token.ends_sentence
        || matches!(next_word, "" | "instead" | "function" | "method" | "class" | "property" | "," | ";")
        || PARAMETER_WORDS.contains(&next_word);
    if !is_code && !stands_alone && !as_rename {
        return None;
    }
    let strength = if is_code { Strength::Code } else { Strength::Word };
    let mut path = with_module(tokens, at, path);
    if keeps_name {
        path.push('.');
    }
    Some(Named { path, as_parameter, as_rename, strength })
}

/// `X from Y` and `X in Y` with code on both sides.
fn with_module(tokens: &[Token], at: usize, path: &str) -> String {
    let (Some(word), Some(module)) = (tokens.get(at + 1), tokens.get(at + 2)) else { return path.to_owned() };
    let joins = matches!(word.lower().as_str(), "from") && !word.is_quoted && !tokens[at].ends_sentence;
    let is_module = is_path(&module.text) && (module.is_quoted || module.text.contains('.'));
    if joins && is_module && !path.contains('.') {
        format!("{}.{path}", module.text)
    } else {
        path.to_owned()
    }
}

/// Words that only prose has in the place of a name.
fn is_prose(path: &str, token: &Token) -> bool {
    const PROSE: &[&str] = &[
        "instead",
        "this",
        "that",
        "it",
        "them",
        "these",
        "those",
        "keyword",
        "and",
        "or",
        "to",
        "another",
        "different",
        "other",
        "explicitly",
        "version",
        "with",
        "in",
        "as",
        "is",
        "True",
        "False",
    ];
    !token.is_quoted && PROSE.contains(&path) || matches!(path, "None" | "True" | "False" | "self" | "cls")
}

/// `moved from X to Y`: `Y` with the old name.
fn from_to(tokens: &[Token], at: usize) -> Option<Named> {
    let words = tokens.get(at..at + 5)?;
    let says = words[0].lower() == "moved" && words[1].lower() == "from" && words[3].lower() == "to";
    let module = words[4].text.trim_start_matches(['~', '.']);
    let is_module = is_path(module) && words[4].is_code();
    (says && is_module).then(|| Named {
        path: format!("{module}."),
        as_parameter: false,
        as_rename: true,
        strength: Strength::Code,
    })
}

/// `import X from Y`, `imported from Y`: `Y` with the old name, marked by an empty last part.
fn from_import(tokens: &[Token], at: usize) -> Option<Named> {
    let word = tokens.get(at)?;
    if word.is_quoted || !matches!(word.lower().as_str(), "import" | "imported" | "importing") {
        return None;
    }
    let mut i = at + 1;
    let named =
        tokens.get(i).filter(|t| t.is_code() && tokens.get(i + 1).is_some_and(|n| n.lower() == "from"));
    let name = named.map(|t| t.text.clone());
    i += usize::from(
        name.is_some() || tokens.get(i).is_some_and(|t| matches!(t.lower().as_str(), "it" | "this")),
    );
    tokens.get(i).filter(|t| t.lower() == "from" && !t.is_quoted)?;
    let module = tokens.get(i + 1).filter(|t| is_path(&t.text) && (t.is_quoted || t.is_code()))?;
    let path = format!("{}.{}", module.text.trim_start_matches(['~', '.']), name.unwrap_or_default());
    Some(Named { path, as_parameter: false, as_rename: true, strength: Strength::Code })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(text: &str) -> Option<String> {
        replacements(text).into_iter().next().map(|n| n.path)
    }

    #[test]
    fn replacements_are_named_in_many_ways() {
        let cases = [
            ("foo is deprecated, use bar_baz instead", Some("bar_baz")),
            ("`foo` is deprecated. Use `pkg.mod.bar` instead.", Some("pkg.mod.bar")),
            ("Use :func:`~pkg.mod.bar` instead.", Some("pkg.mod.bar")),
            ("foo has been renamed to ``bar`` in 1.2", Some("bar")),
            ("deprecated in favor of :meth:`.Thing.bar`", Some("Thing.bar")),
            ("`old` was deprecated; `new` should be used instead", Some("new")),
            ("Please use the `estimator` parameter instead", Some("estimator")),
            ("Use DataFrame.map instead.", Some("DataFrame.map")),
            ("import it from `pkg.other` instead", Some("pkg.other.")),
            ("Use obj.ffill() or obj.bfill() instead.", Some("obj.ffill")),
            // A value or a keyword with its value is no replacement.
            ("deprecated, use `response_method=\"decision\"` instead", None),
            ("Use of `x` is deprecated", None),
            ("foo is deprecated and will be removed", None),
            ("Do not use `x`", None),
            ("Use a[...] instead", None),
            ("removed in 3.0.Use ``pickle.load(path)``", Some("pickle.load")),
            ("Use joblib.{} instead.", Some("joblib.")),
            ("`delayed` has been moved from `a.fixes` to `a.parallel`.", Some("a.parallel.")),
            ("Use `from pkg.utils import edges_equal` instead", Some("pkg.utils.edges_equal")),
            ("Explicitly specify the new values instead.", None),
            ("use `a.b(c).d` instead", None),
        ];
        for (text, expected) in cases {
            assert_eq!(first(text).as_deref(), expected, "{text}");
        }
    }
}
