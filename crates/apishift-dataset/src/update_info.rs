//! What changed in an API: chosen from the evidence, never written here.

use std::{collections::BTreeSet, sync::LazyLock};

use apishift_types::{ApiChange, Evidence, EvidenceSource};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::{
    code, markup,
    naming::{self, Subject, last_name},
};

/// The text of [`apishift_types::ApiUpdate::update_info`], and where the first part of it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UpdateInfo {
    /// Paragraphs, an empty line between them.
    pub text: String,
    /// Source of the first paragraph, which is the best there is.
    pub source: EvidenceSource,
}

/// What makes a text good enough.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", default, deny_unknown_fields)]
pub struct UpdateInfoOptions {
    /// The weakest source that is taken. [`EvidenceSource::Signature`] takes changes that nobody wrote about: their
    /// text is the two signatures. Default: [`EvidenceSource::Usage`].
    pub weakest: EvidenceSource,
    /// Characters that the whole may have; a text that does not fit is cut after a sentence. Default: 1200, about a
    /// dozen lines: it stands in a prompt.
    pub max_chars: usize,
    /// Texts that are joined at most. Default: 3.
    pub max_texts: usize,
}

impl Default for UpdateInfoOptions {
    fn default() -> Self {
        Self { weakest: EvidenceSource::Usage, max_chars: 1200, max_texts: 3 }
    }
}

/// Chooses what is said about a change. `commit_message` is that of the edit itself, where upstream made the edit.
///
/// Texts are tried from the best source to the weakest, within a source those first that name the replacement. A
/// deprecation message or a directive stands at the symbol itself and has to say something; a changelog or a commit
/// speaks of many things, so only those paragraphs count that name the symbol (and the parameter, unless its name is
/// unmistakable) and say that something changed. A further text is joined where it adds words. Where none of them
/// names the symbol or the parameter ("this method is deprecated"), they are put before the text. `None` where nothing
/// is left.
pub fn update_info(
    change: &ApiChange,
    commit_message: Option<&str>,
    options: &UpdateInfoOptions,
) -> Option<UpdateInfo> {
    let subject = Subject::of(change);
    let mut texts: Vec<(EvidenceSource, String)> = change
        .evidence
        .iter()
        .filter(|evidence| evidence.source <= options.weakest)
        .filter_map(|evidence| Some((evidence.source, statement(evidence, &subject)?)))
        .collect();
    if let Some(message) = commit_message.filter(|_| options.weakest >= EvidenceSource::CommitMessage) {
        texts.extend(entries(message, &subject).map(|text| (EvidenceSource::CommitMessage, text)));
    }
    if texts.is_empty() && options.weakest >= EvidenceSource::Signature {
        texts.extend(signatures(change).map(|text| (EvidenceSource::Signature, text)));
    }
    // What a formatted message says with its blanks unfilled is worth little beside another text.
    if texts.iter().any(|(_, text)| !has_blanks(text)) {
        texts.retain(|(_, text)| !has_blanks(text));
    }
    // Stable: the miner's order holds among equals.
    let replacement = change.replacement.as_deref().map(last_name);
    texts.sort_by_key(|(source, text)| {
        (*source, !replacement.is_some_and(|name| naming::has_word(text, name)))
    });
    let source = texts.first()?.0;
    if source == EvidenceSource::Record {
        // A record's words are what its row is about; they are not ours to add to.
        return texts.into_iter().next().map(|(source, text)| UpdateInfo { text, source });
    }
    let text = join(texts.into_iter().map(|(_, text)| text), options);
    (!text.is_empty()).then(|| UpdateInfo { text: with_subject(text, change, &subject), source })
}

/// The text, after the names that it takes for granted where it stands.
fn with_subject(text: String, change: &ApiChange, subject: &Subject) -> String {
    let symbol = &change.symbol;
    match &change.parameter {
        Some(parameter) if !naming::has_word(&text, parameter) => {
            format!("`{symbol}`, parameter `{parameter}`: {text}")
        }
        _ if !subject.is_mentioned_in(&text) => format!("`{symbol}`: {text}"),
        _ => text,
    }
}

/// Joins texts that add words to those before them, within the limits.
pub(crate) fn join(texts: impl IntoIterator<Item = String>, options: &UpdateInfoOptions) -> String {
    let mut joined = String::new();
    let mut said = BTreeSet::new();
    let mut count = 0;
    for text in texts {
        if count == options.max_texts {
            break;
        }
        let words = telling_words(&text);
        // Two new words, and a third of all: a directive repeats the warning with some other words around it.
        let new = words.difference(&said).count();
        if count > 0 && (new < 2 || new * 3 < words.len()) {
            continue;
        }
        let room = options.max_chars.saturating_sub(joined.chars().count() + if count > 0 { 2 } else { 0 });
        let Some(part) = cut(&text, room) else { break };
        if count > 0 {
            joined.push_str("\n\n");
        }
        joined.push_str(part);
        said.extend(words);
        count += 1;
    }
    joined
}

/// What one piece of evidence says, cleaned; `None` where it says nothing about the subject.
fn statement(evidence: &Evidence, subject: &Subject) -> Option<String> {
    if !code::is_clean(&evidence.text.replace("\r\n", "\n")) {
        return None;
    }
    match evidence.source {
        EvidenceSource::DeprecationMessage | EvidenceSource::DocstringDirective => {
            let text = markup::blocks(&evidence.text).join("\n\n");
            let says_something =
                !telling_words(&text).is_empty() && (!has_blanks(&text) || subject.is_mentioned_in(&text));
            says_something.then_some(text)
        }
        EvidenceSource::Changelog | EvidenceSource::CommitMessage => entries(&evidence.text, subject),
        EvidenceSource::Record | EvidenceSource::Stub | EvidenceSource::Usage | EvidenceSource::Signature => {
            Some(evidence.text.trim().to_owned()).filter(|text| !text.is_empty())
        }
    }
}

/// Whether a message still has blanks that the running program would fill in: `%s`, `{}`, `{name}`.
fn has_blanks(text: &str) -> bool {
    static BLANK: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(r"%[srd]|%\(\w+\)|\{(?:[A-Za-z_][\w.\[\]()]*|\d+)?(?:![rsa])?\}")
            .expect("the pattern is a constant")
    });
    BLANK.is_match(text)
}

/// The paragraphs and items of a longer text that name the subject and say that something changed.
fn entries(text: &str, subject: &Subject) -> Option<String> {
    let mut blocks = markup::blocks(text);
    if blocks.len() == 2 {
        // One entry: "`a` is gone." and, as a paragraph of its own, "Use `b`."
        blocks = vec![blocks.join("\n\n")];
    }
    let named: Vec<String> =
        blocks.into_iter().filter(|block| says_change(block) && subject.is_named_in(block)).collect();
    (!named.is_empty()).then(|| named.join("\n\n"))
}

/// Stems that a text about a change of an API has; from the prototype's list, which a bug fix's entry rarely meets.
const CHANGE_STEMS: [&str; 15] = [
    "deprecat",
    "renam",
    "remov",
    "instead",
    "replac",
    "default",
    "favor",
    "favour",
    "no longer",
    "moved",
    "keyword-only",
    "keyword only",
    "supersed",
    "obsolet",
    "dropped",
];

fn says_change(text: &str) -> bool {
    let text = text.to_lowercase();
    CHANGE_STEMS.iter().any(|stem| text.contains(stem))
}

/// The two signatures: facts, where there are no words.
fn signatures(change: &ApiChange) -> Option<String> {
    let (old, new) = (change.old_signature.as_ref()?, change.new_signature.as_ref()?);
    let text = format!("{old} -> {new}");
    (old != new && code::is_clean(&text)).then_some(text)
}

/// Words that every text about a deprecation has, or that say what kind of thing it is about.
const COMMON_WORDS: [&str; 62] = [
    "a",
    "and",
    "any",
    "api",
    "are",
    "argument",
    "as",
    "attribute",
    "be",
    "been",
    "by",
    "changed",
    "class",
    "deprecated",
    "deprecation",
    "favor",
    "favour",
    "for",
    "from",
    "function",
    "future",
    "has",
    "have",
    "in",
    "instead",
    "is",
    "it",
    "its",
    "keyword",
    "method",
    "methods",
    "module",
    "new",
    "no",
    "not",
    "of",
    "on",
    "or",
    "parameter",
    "please",
    "release",
    "removal",
    "remove",
    "removed",
    "renamed",
    "replaced",
    "should",
    "since",
    "support",
    "that",
    "the",
    "this",
    "to",
    "use",
    "used",
    "using",
    "version",
    "was",
    "which",
    "will",
    "with",
    "you",
];

/// The words by which texts are compared: names by their last parts, no numbers, and none that are common.
fn telling_words(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphanumeric() && !matches!(c, '_' | '.'))
        .map(|word| last_name(word.trim_matches('.')))
        .filter(|word| word.contains(|c: char| !c.is_ascii_digit()))
        .map(str::to_lowercase)
        .filter(|word| COMMON_WORDS.binary_search(&word.as_str()).is_err())
        .collect()
}

/// The text's start up to the last end of a sentence or paragraph within `room` characters; `None` where none fits.
fn cut(text: &str, room: usize) -> Option<&str> {
    let Some((limit, _)) = text.char_indices().nth(room) else { return Some(text) };
    let head = &text[..limit];
    let sentence = head.rfind(". ").map(|at| at + 1);
    sentence.max(head.rfind("\n\n")).map(|end| head[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use apishift_types::ChangeKind;

    use super::*;

    /// `shapes.draw` changed, with these texts to say so.
    fn change(evidence: &[(EvidenceSource, &str)]) -> ApiChange {
        let evidence = evidence
            .iter()
            .map(|(source, text)| Evidence {
                source: *source,
                text: (*text).to_owned(),
                path: "shapes.py".to_owned(),
                line: 1,
            })
            .collect();
        ApiChange {
            id: "c".to_owned(),
            library: "shapes".to_owned(),
            old_version: "1.0".to_owned(),
            new_version: "1.1".to_owned(),
            release_date: None,
            kind: ChangeKind::Deprecated,
            symbol: "shapes.draw".to_owned(),
            aliases: Vec::new(),
            symbol_kind: "function".to_owned(),
            parameter: None,
            replacement: None,
            old_signature: Some("draw(a)".to_owned()),
            new_signature: Some("draw(a, *, b)".to_owned()),
            target_signature: None,
            evidence,
            path: "shapes.py".to_owned(),
            line: 1,
        }
    }

    fn text(change: &ApiChange) -> Option<String> {
        update_info(change, None, &UpdateInfoOptions::default()).map(|info| info.text)
    }

    use EvidenceSource::{
        Changelog, CommitMessage, DeprecationMessage, DocstringDirective, Signature, Usage,
    };

    #[test]
    fn one_text_is_taken_or_not() {
        let cases: [(EvidenceSource, &str, Option<&str>); 22] = [
            // Stands at the symbol, so it need not name it.
            (
                DeprecationMessage,
                "Use ``paint`` from now on.",
                Some("`shapes.draw`: Use `paint` from now on."),
            ),
            (DeprecationMessage, "draw is gone", Some("draw is gone")),
            // Says nothing.
            (DeprecationMessage, "deprecated", None),
            (DeprecationMessage, "This function is deprecated and will be removed in version 2.0.", None),
            (DocstringDirective, "versionchanged:: 1.3.0", None),
            // Its subject was never filled in.
            (DeprecationMessage, "%s is deprecated, use %s.", None),
            (DeprecationMessage, "{name} is deprecated, use {new!r} there.", None),
            (DeprecationMessage, "draw({'a': 1}) is an error", Some("draw({'a': 1}) is an error")),
            (
                DeprecationMessage,
                "`draw`: use %s in later versions",
                Some("`draw`: use %s in later versions"),
            ),
            (
                DocstringDirective,
                ".. deprecated:: 1.1\n    Use :func:`paint`.",
                Some("`shapes.draw`: Deprecated since version 1.1: Use `paint`."),
            ),
            // Names the function as code, and says that it went.
            (Changelog, "- Removed ``draw`` (#1234).", Some("Removed `draw`.")),
            (
                Changelog,
                "* ``shapes.draw`` was renamed to ``paint``.",
                Some("`shapes.draw` was renamed to `paint`."),
            ),
            // The plain word is no name.
            (Changelog, "Removed a check when we draw on disk.", None),
            // A fix, not a change of the API.
            (Changelog, "Bug in ``draw`` with empty input.", None),
            // Of many entries only those that speak of it.
            (
                Changelog,
                "- ``erase`` was removed\n- ``draw`` was removed\n- new ``fill``",
                Some("`draw` was removed"),
            ),
            // The name in one entry and the change in another are two things.
            (Changelog, "- ``draw`` is faster\n- ``erase`` was removed\n- new ``fill``", None),
            // One entry of two paragraphs.
            (
                Changelog,
                "``draw`` is no more.\n\nUse ``paint`` instead.",
                Some("`draw` is no more.\n\nUse `paint` instead."),
            ),
            (CommitMessage, "Deprecate draw()", Some("Deprecate draw()")),
            (CommitMessage, "Fix the build", None),
            // Nobody wrote about it, and the library's own code shows it.
            (
                Usage,
                "Seen in 9 places: a list as the first argument became separate arguments.",
                Some(
                    "`shapes.draw`: Seen in 9 places: a list as the first argument became separate arguments.",
                ),
            ),
            // Nobody wrote about it.
            (Signature, "draw(a) -> draw(a, *, b)", None),
            // Escape codes of a terminal.
            (DeprecationMessage, "\u{1b}[1mdraw is deprecated now\u{1b}[0m", None),
        ];
        for (source, evidence, expected) in cases {
            assert_eq!(text(&change(&[(source, evidence)])).as_deref(), expected, "{evidence:?}");
        }
    }

    #[test]
    fn parameters_are_named_with_their_function_unless_unmistakable() {
        let mut parameter = change(&[(Changelog, "The ``axis`` argument of ``draw`` was removed.")]);
        parameter.parameter = Some("axis".to_owned());
        assert!(text(&parameter).is_some());
        parameter.evidence[0].text = "The ``axis`` argument of ``fill`` was removed.".to_owned();
        assert_eq!(text(&parameter), None);
        parameter.evidence[0].source = DocstringDirective;
        parameter.evidence[0].text = "versionchanged:: 1.1 Negative values are refused.".to_owned();
        let expected =
            "`shapes.draw`, parameter `axis`: Changed in version 1.1: Negative values are refused.";
        assert_eq!(text(&parameter).as_deref(), Some(expected));
        parameter.evidence[0].source = Changelog;
        parameter.parameter = Some("n_iter".to_owned());
        parameter.evidence[0].text = "``n_iter`` was renamed to ``max_iter`` everywhere.".to_owned();
        assert!(text(&parameter).is_some());
    }

    #[test]
    fn members_are_named_with_their_class_unless_unmistakable() {
        let mut method = change(&[(Changelog, "``Canvas.draw`` was removed.")]);
        (method.symbol, method.symbol_kind) = ("shapes.Canvas.draw".to_owned(), "method".to_owned());
        assert!(text(&method).is_some());
        method.evidence[0].text = "``Image.draw`` was removed.".to_owned();
        assert_eq!(text(&method), None);
        method.symbol = "shapes.Canvas.__init__".to_owned();
        method.evidence[0].text = "``Canvas()`` without a size was deprecated.".to_owned();
        assert!(text(&method).is_some());
    }

    #[test]
    fn texts_come_from_the_best_source_on_and_only_where_they_add() {
        let change = change(&[
            (
                Changelog,
                "``draw`` is deprecated in favour of ``paint``, which fills shapes and is quicker by far.",
            ),
            (DocstringDirective, ".. deprecated:: 1.1\n   draw is deprecated, use paint."),
            (DeprecationMessage, "draw is deprecated, use paint instead."),
        ]);
        let info = update_info(&change, None, &UpdateInfoOptions::default()).unwrap();
        assert_eq!(info.source, DeprecationMessage);
        insta::assert_snapshot!(info.text, @r"
        draw is deprecated, use paint instead.

        `draw` is deprecated in favour of `paint`, which fills shapes and is quicker by far.
        ");
        let one = UpdateInfoOptions { max_texts: 1, ..UpdateInfoOptions::default() };
        assert_eq!(update_info(&change, None, &one).unwrap().text, "draw is deprecated, use paint instead.");
    }

    #[test]
    fn a_text_without_blanks_and_one_that_names_the_replacement_go_first() {
        let mut change = change(&[
            (DeprecationMessage, "{class}.draw is deprecated, use stroke."),
            (DeprecationMessage, "From 2.0 on draw fills what it draws, leave fill alone to silence this."),
            (DeprecationMessage, "draw is deprecated, use paint."),
        ]);
        change.replacement = Some("shapes.paint".to_owned());
        let one = UpdateInfoOptions { max_texts: 1, ..UpdateInfoOptions::default() };
        assert_eq!(update_info(&change, None, &one).unwrap().text, "draw is deprecated, use paint.");
        change.evidence.truncate(1);
        assert!(update_info(&change, None, &one).is_some(), "better than none");
    }

    #[test]
    fn common_words_are_sorted() {
        assert!(COMMON_WORDS.is_sorted());
    }

    #[test]
    fn long_texts_are_cut_after_a_sentence() {
        let long = format!("draw is deprecated. Use paint. {}", "And so on and on. ".repeat(20));
        let options = UpdateInfoOptions { max_chars: 35, ..UpdateInfoOptions::default() };
        let change = change(&[(DeprecationMessage, &long)]);
        assert_eq!(update_info(&change, None, &options).unwrap().text, "draw is deprecated. Use paint.");
        let none_fits = UpdateInfoOptions { max_chars: 5, ..options };
        assert_eq!(update_info(&change, None, &none_fits), None);
    }

    #[test]
    fn the_edits_own_commit_and_signatures_are_a_last_resort() {
        let options = UpdateInfoOptions::default();
        let silent = change(&[]);
        let info = update_info(&silent, Some("Replace draw() by paint()\n\nFixes #12."), &options).unwrap();
        assert_eq!((info.text.as_str(), info.source), ("Replace draw() by paint()", CommitMessage));
        let all = UpdateInfoOptions { weakest: Signature, ..options };
        let info = update_info(&silent, None, &all).unwrap();
        assert_eq!(info.text, "draw(a) -> draw(a, *, b)");
    }
}
