//! Names that might well be, and are not.

use crate::digest::pick;

/// A name much like this one, for which `is_free` holds: chosen by `hash` among changes of its words. `None` where there is
/// none.
pub(crate) fn perturbed(name: &str, hash: u64, is_free: impl Fn(&str) -> bool) -> Option<String> {
    let candidates: Vec<String> =
        alike(name).into_iter().filter(|other| other != name && is_free(other)).collect();
    pick(&candidates, hash).cloned()
}

/// Words that stand for each other in names of libraries.
const TURNS: [(&str, &str); 40] = [
    ("get", "fetch"),
    ("set", "update"),
    ("to", "as"),
    ("from", "of"),
    ("is", "has"),
    ("make", "create"),
    ("create", "make"),
    ("read", "load"),
    ("load", "read"),
    ("write", "save"),
    ("save", "write"),
    ("max", "maximum"),
    ("min", "minimum"),
    ("num", "n"),
    ("n", "num"),
    ("array", "arr"),
    ("matrix", "mat"),
    ("index", "idx"),
    ("size", "length"),
    ("length", "size"),
    ("shape", "dims"),
    ("axis", "dim"),
    ("dim", "axis"),
    ("values", "data"),
    ("data", "values"),
    ("type", "kind"),
    ("kind", "type"),
    ("path", "file"),
    ("file", "path"),
    ("func", "fn"),
    ("function", "func"),
    ("string", "str"),
    ("str", "string"),
    ("output", "out"),
    ("input", "in_"),
    ("method", "mode"),
    ("mode", "method"),
    ("add", "append"),
    ("remove", "drop"),
    ("copy", "clone"),
];

/// Names alike, in a fixed order, each once.
pub(crate) fn alike(name: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut add = |other: String| {
        if is_name(&other) && other != name && !found.contains(&other) {
            found.push(other);
        }
    };
    let words: Vec<&str> = name.split('_').collect();
    if words.iter().any(|word| word.is_empty()) {
        // Leading underscores have their own meaning: only the rest changes.
        let bare = name.trim_matches('_');
        let (before, after) = name.split_once(bare).unwrap_or(("", ""));
        return if bare.is_empty() || bare == name {
            found
        } else {
            alike(bare).into_iter().map(|other| format!("{before}{other}{after}")).collect()
        };
    }
    for (place, word) in words.iter().enumerate() {
        for (from, to) in TURNS {
            if word.eq_ignore_ascii_case(from) {
                let mut other = words.clone();
                other[place] = to;
                add(other.join("_"));
            }
        }
    }
    if words.len() > 1 {
        add(words.concat());
        add(words[..words.len() - 1].join("_"));
        add(words[1..].join("_"));
        let mut turned = words.clone();
        turned.rotate_left(1);
        add(turned.join("_"));
        add(camel(&words));
    } else {
        let parts = camel_words(name);
        if parts.len() > 1 {
            add(snake(&parts));
            add(parts[..parts.len() - 1].concat());
            add(parts[1..].concat());
        }
    }
    match name.strip_suffix('s') {
        Some(single) if single.len() > 2 && !single.ends_with('s') => add(single.to_owned()),
        _ if name.len() > 2 => add(format!("{name}s")),
        _ => {}
    }
    if name.len() <= 4 || words.len() == 1 {
        let is_class = name.starts_with(|c: char| c.is_ascii_uppercase());
        for (class, other) in [("Base", "base_"), ("New", "new_")] {
            add(if is_class { format!("{class}{name}") } else { format!("{other}{name}") });
        }
        add(if is_class { format!("{name}Type") } else { format!("{name}_value") });
    }
    found
}

/// Words of a name in camel case: `ReadTable` is `Read` and `Table`.
fn camel_words(name: &str) -> Vec<&str> {
    let mut starts: Vec<usize> = vec![0];
    let bytes = name.as_bytes();
    for at in 1..bytes.len() {
        if bytes[at].is_ascii_uppercase() && !bytes[at - 1].is_ascii_uppercase() {
            starts.push(at);
        }
    }
    starts.push(name.len());
    starts.windows(2).filter_map(|pair| name.get(pair[0]..pair[1])).collect()
}

fn snake(words: &[&str]) -> String {
    words.iter().map(|word| word.to_ascii_lowercase()).collect::<Vec<_>>().join("_")
}

fn camel(words: &[&str]) -> String {
    let upper = |word: &&str| {
        let mut rest = word.chars();
        let first = rest.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(rest).collect::<String>()
    };
    let first = words.first().copied().unwrap_or_default().to_owned();
    first + &words[1.min(words.len())..].iter().map(upper).collect::<String>()
}

/// Whether a text can be a name in Python: ASCII letters, digits and underscores, and no word of its grammar.
pub(crate) fn is_name(text: &str) -> bool {
    const KEYWORDS: [&str; 35] = [
        "False", "None", "True", "and", "as", "assert", "async", "await", "break", "class", "continue",
        "def", "del", "elif", "else", "except", "finally", "for", "from", "global", "if", "import", "in",
        "is", "lambda", "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
    ];
    let is_word = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    is_word && !text.is_empty() && !text.as_bytes()[0].is_ascii_digit() && !KEYWORDS.contains(&text)
}
