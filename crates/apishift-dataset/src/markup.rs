//! Texts out of docstrings, changelogs and warnings, without the marks of their markup.
//!
//! Only marks go: roles, targets of links, numbers of issues, names of authors. No word that says something is
//! changed, but directives get the words that Sphinx prints for them.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// Stands where something was taken out until the punctuation around it is mended. A control character, so that it
/// stands in no text worth keeping; where it does, it goes too.
const GAP: &str = "\u{1}";

/// A pattern and what takes its place.
struct Rule {
    pattern: Regex,
    replacement: String,
}

fn rule(pattern: &str, replacement: impl Into<String>) -> Rule {
    Rule { pattern: regex(pattern), replacement: replacement.into() }
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("patterns are constants, and tests compile each of them")
}

fn apply(rules: &[Rule], text: String) -> String {
    rules
        .iter()
        .fold(text, |text, rule| rule.pattern.replace_all(&text, rule.replacement.as_str()).into_owned())
}

/// Before roles are read: where the removal of a role would leave the words around it.
static AUTHORS_AND_TAGS: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    vec![
        // "By :user:`Ann <ann>`, :user:`Bob <bob>` and :user:`Eve <eve>`."
        rule(r"\b[Bb]y\s+:user:`[^`]*`(?:[\s,+]*(?:and\s+)?:user:`[^`]*`)*", GAP),
        rule(
            r"\b[Bb]y\s+(?:\[@[\w-]+\]\([^)\s]*\)|@[\w-]+)(?:[\s,]*(?:and\s+)?(?:\[@[\w-]+\]\([^)\s]*\)|@[\w-]+))*",
            GAP,
        ),
        // Tags of a changelog's entries, substituted by pictures: "|API| text".
        rule(r"\|[A-Z]\w*(?: \w+)?\|", GAP),
        // What a forge reads out of commit messages: "Fixes #12", "Co-authored-by: Ann <ann@mail.example>".
        rule(r"\b(?:[Ff]ix(?:es|ed)?|[Cc]lose[sd]?|[Rr]esolve[sd]?|[Rr]efs?):?\s+(?:gh-|GH-)?#?\d+\b", GAP),
        rule(r"(?m)^[A-Z][a-z]+(?:-[a-z]+)*-(?:by|Id|id):.*$", ""),
        rule(r"(?m)^[ \t]*\.\.[ \t]+(?:note|warning|attention|important|tip|seealso|caution)::[ \t]*", ""),
    ]
});

/// A directive, or what the miner keeps of one: without the two dots.
static DIRECTIVE: LazyLock<Regex> = LazyLock::new(|| {
    regex(concat!(
        r"(?m)^[ \t]*(?:\.\.[ \t]+)?(deprecated|versionchanged|versionadded|versionremoved|keyword[ -]only)::",
        r"[ \t]*([vV]?\d[\w.]*)?[ \t]*:?(?:[ \t]|\n(?:[ \t]*\n)*[ \t]+|$)",
    ))
});

static ROLE: LazyLock<Regex> = LazyLock::new(|| regex(r":(?:[a-z]+:)*([a-zA-Z_-]+):`([^`]+)`"));

/// After roles are read.
static LINKS_AND_NUMBERS: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    vec![
        rule(r"``([^`]+)``", "`$1`"),
        // A link keeps its text, unless that is the number of an issue.
        rule(r"`#?\d+\s*<[^`>]+>`__?", GAP),
        rule(r"`([^`<]+?)\s*<[^`>]+>`__?", "$1"),
        rule(r"(^|[\s(,])\[[\w/.-]*#?\d+\]\([^)\s]*\)", format!("$1{GAP}")),
        rule(r"\[([^\]\n]+)\]\((?:https?:|\.{0,2}/|#)[^)\s]*\)", "$1"),
        // Two digits at least: "argument #1" is no issue.
        rule(r"\b(?:gh|GH|PR|pr|[Ii]ssue|[Pp]ull)[ -]?#?\d+\b", GAP),
        rule(r"(^|[\s(\[,])#\d{2,}\b", format!("$1{GAP}")),
        // RST's escapes, and `\ ` which prints nothing.
        rule(r"\\([*_|`])", "$1"),
        rule(r"\\ ", ""),
    ]
});

/// What stands around the gaps: brackets that are empty now, commas between nothing, blanks before marks.
static GAPS: LazyLock<Vec<Rule>> = LazyLock::new(|| {
    let gap = format!(r"(?:[\s,;.&]|\band\b|\bsee\b|\bSee\b|{GAP})*{GAP}(?:[\s,;.&]|\band\b|{GAP})*");
    vec![
        rule(
            &format!(
                r"(?:,\s*)?(?:\b[Ff]or (?:further|more) (?:details?|information),?\s+)?\b[Ss]ee(?: also)?\s+{GAP}"
            ),
            GAP,
        ),
        rule(&format!(r"[ \t]*[(\[]{gap}[)\]]"), ""),
        rule(&format!(r"{GAP}(?:\s|[,;]|\band\b|{GAP})*{GAP}"), GAP),
        // A clause of nothing but gaps ends with the sentence before it, or is none.
        rule(&format!(r"(^|[.!?:])[ \t]*{GAP}[ \t]*[.,;:]?(\s|$)"), "$1$2"),
        rule(&format!(r"[ \t]*[,;:]?[ \t]*{GAP}[ \t]*([.,;:]|$)"), "$1"),
        rule(&format!(r"[ \t]*{GAP}"), ""),
    ]
});

/// The paragraphs and list items of a text, without marks. Wrapped lines are joined; code keeps its lines.
pub(crate) fn blocks(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n");
    let text = DIRECTIVE.replace_all(&text, directive_in_words);
    let text = apply(&AUTHORS_AND_TAGS, text.into_owned());
    let text = ROLE.replace_all(&text, role_in_words);
    let text = apply(&LINKS_AND_NUMBERS, text.into_owned());
    let mut blocks: Vec<Vec<&str>> = Vec::new();
    let mut fresh = true;
    for line in without_tables(&text) {
        if line.trim().is_empty() {
            fresh = true;
        } else if fresh || item_of(line).is_some() {
            blocks.push(vec![line]);
            fresh = false;
        } else if let Some(block) = blocks.last_mut() {
            block.push(line);
        }
    }
    blocks
        .iter()
        .map(|lines| before_table(join(lines)))
        .filter(|block| block.chars().any(char::is_alphanumeric))
        .collect()
}

/// The block up to a table whose lines were joined before.
fn before_table(mut block: String) -> String {
    let is_border = |word: &str| word.len() > 3 && word.bytes().all(|b| b == b'=');
    let start = block.split(' ').scan(0, |at, word| {
        let start = *at;
        *at += word.len() + 1;
        Some((start, word))
    });
    let border = start.filter(|(_, word)| is_border(word)).map(|(start, _)| start).next();
    block.truncate(border.unwrap_or(block.len()));
    block.truncate(block.trim_end().len());
    block
}

/// The lines without tables, which make no sense as running text: from a border of several columns (`=== ===`, `+---+---+`) to
/// the last border before a blank line.
fn without_tables(text: &str) -> impl Iterator<Item = &str> {
    let is_border = |line: &str| {
        let line = line.trim();
        let columns = line.split([' ', '+']).filter(|column| !column.is_empty());
        columns.clone().count() > 1 && columns.flat_map(str::chars).all(|c| matches!(c, '=' | '-'))
    };
    let mut in_table = false;
    text.lines().filter(move |line| {
        in_table = if in_table { !line.trim().is_empty() } else { is_border(line) };
        !in_table
    })
}

/// The text of a list's item, without its bullet.
fn item_of(line: &str) -> Option<&str> {
    let line = line.trim_start();
    ["- ", "* ", "+ ", "• "].iter().find_map(|bullet| line.strip_prefix(bullet))
}

fn join(lines: &[&str]) -> String {
    if lines.iter().any(|line| line.trim_start().starts_with(">>>")) {
        return lines.iter().map(|line| line.trim_end().replace(GAP, "")).collect::<Vec<_>>().join("\n");
    }
    let joined = lines
        .iter()
        .map(|line| item_of(line).unwrap_or(line))
        .flat_map(str::split_whitespace)
        .collect::<Vec<_>>()
        .join(" ");
    apply(&GAPS, joined).trim().to_owned()
}

fn directive_in_words(found: &Captures<'_>) -> String {
    let words = match &found[1] {
        "deprecated" => ("Deprecated since version", "Deprecated"),
        "versionchanged" => ("Changed in version", "Changed"),
        "versionadded" => ("New in version", "New"),
        "versionremoved" => ("Removed in version", "Removed"),
        _ => ("Keyword-only since version", "Keyword-only"),
    };
    match found.get(2) {
        Some(version) => format!("{} {}: ", words.0, version.as_str()),
        None => format!("{}: ", words.1),
    }
}

fn role_in_words(found: &Captures<'_>) -> String {
    let content = &found[2];
    let text = content.split_once('<').map_or(content, |(text, _)| text).trim();
    let text = if text.is_empty() { content.trim_matches(['<', '>']) } else { text };
    match &found[1] {
        // A reference to a section without a text of its own: the label is no text.
        "ref" | "doc" if !content.contains('<') => GAP.to_owned(),
        "issue" | "pr" | "pull" | "gh" | "ghpull" | "ghissue" | "bug" | "ticket" | "commit" | "user"
        | "author" => GAP.to_owned(),
        "ref" | "doc" | "term" | "title" | "any" => text.to_owned(),
        "pep" => format!("PEP {text}"),
        // `~` and `!` steer the printing of a reference.
        _ => format!("`{}`", text.trim_start_matches(['~', '!'])),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> String {
        blocks(text).join(" | ")
    }

    #[test]
    fn marks_go_and_words_stay() {
        let cases = [
            // Roles keep what they name.
            (
                "Use :func:`~pkg.mod.new` instead of :meth:`Old.run`.",
                "Use `pkg.mod.new` instead of `Old.run`.",
            ),
            ("Use :func:`b`. For further details see :ref:`whatsnew_1.b`", "Use `b`."),
            (":py:class:`the class <pkg.C>` is gone", "`the class` is gone"),
            ("see :ref:`the guide <guide>`", "see the guide"),
            // Double backquotes are RST for code.
            ("``old`` was renamed to ``new``", "`old` was renamed to `new`"),
            // Issues and people are no information about the API.
            ("Renamed ``a`` to ``b`` (:issue:`12`, :pr:`34`).", "Renamed `a` to `b`."),
            ("Removed `a`. :pr:`123` by :user:`Ann A <ann>` and :user:`Bob <bob>`.", "Removed `a`."),
            ("Removed `a` (#1234)", "Removed `a`"),
            ("Removed `a`, see #1234.", "Removed `a`."),
            ("Drop `a` ([#55](https://forge.example/55)) by @ann", "Drop `a`"),
            ("Drop `a` (GH-1234)", "Drop `a`"),
            ("Drop `a`\n\nFixes #12.\n\nCo-authored-by: Ann <ann@mail.example>", "Drop `a`"),
            ("|API| `a` is deprecated", "`a` is deprecated"),
            // A call's empty brackets and a positional argument's number are text.
            ("call `f()` instead of g()", "call `f()` instead of g()"),
            ("argument #1 is deprecated", "argument #1 is deprecated"),
            // Links keep their text.
            ("Use `the new way <https://docs.example/new>`_.", "Use the new way."),
            ("Use [the new way](https://docs.example/new).", "Use the new way."),
            ("`x[0](1)` stays", "`x[0](1)` stays"),
            // Star arguments are escaped in RST.
            (r"takes \*args and \*\*kwargs", "takes *args and **kwargs"),
            // Directives in the words that Sphinx prints.
            (".. deprecated:: 1.3\n   Use ``b``.", "Deprecated since version 1.3: Use `b`."),
            (".. versionchanged:: 2.0 Default is now 3.", "Changed in version 2.0: Default is now 3."),
            (".. deprecated::\n\n    Use ``b``.", "Deprecated: Use `b`."),
            ("deprecated:: 1.3 Use ``b``.", "Deprecated since version 1.3: Use `b`."),
            // Wrapped lines are one paragraph; items and paragraphs are not.
            ("one\n  two\n\nthree", "one two | three"),
            ("- one\n  two\n- three", "one two | three"),
            ("call it:\n\n>>> f(1)\n2", "call it: | >>> f(1)\n2"),
            ("-----", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(one(text), expected, "{text:?}");
        }
    }

    #[test]
    fn tables_are_left_out() {
        let text = "Use `b`.\n\n=== ====\nold new\n=== ====\na   b\n=== ====\n\nIt is gone in 2.0.\n";
        assert_eq!(blocks(text), ["Use `b`.", "It is gone in 2.0."]);
        let joined =
            "Use `b`.\n\n===== ===== old new ===== ===== a b ===== =====\n\nMore here: ===== ===== a b";
        assert_eq!(blocks(joined), ["Use `b`.", "More here:"]);
        let title = "Removed\n=======\n\n`a` is gone.\n";
        assert_eq!(blocks(title), ["Removed", "`a` is gone."]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn plain_words_are_never_touched(words in prop::collection::vec("[a-z]{1,8}", 1..20)) {
            prop_assume!(!words.iter().any(|word| word == "gh" || word == "pr"));
            let text = words.join(" ");
            prop_assert_eq!(one(&text), text);
        }

        #[test]
        fn any_text_is_survived(text in any::<String>()) {
            prop_assert!(blocks(&text).iter().all(|block| !block.contains(GAP)));
        }
    }
}
