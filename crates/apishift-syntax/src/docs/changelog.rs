//! Changelogs: which files are one, and what they say of which version.

use serde::{Deserialize, Serialize};

use crate::surface::indent_of;

/// A paragraph or list item of a changelog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChangeNote {
    /// Version of the section that it stands in, as written, without `v`; empty where none is named.
    pub version: String,
    /// Its text on one line, list marks cut off.
    pub text: String,
    /// Its first line in the file, from 1.
    pub line: u32,
}

/// Words of paths that hold changes by version.
const WORDS: &[&str] = &[
    "changes",
    "changelog",
    "changelogs",
    "change",
    "history",
    "news",
    "whatsnew",
    "whats",
    "release",
    "releases",
    "relnotes",
    "migration",
    "announce",
];

/// Whether a path is that of a changelog: its name, or that of a folder around it, says so.
pub fn is_changelog(path: &str) -> bool {
    let (folders, file) = path.rsplit_once('/').unwrap_or(("", path));
    let (stem, ending) = file.rsplit_once('.').unwrap_or((file, ""));
    // `CHANGES` without ending, or `release-1.2` whose "ending" is part of the version.
    let is_text = matches!(ending, "" | "rst" | "md" | "txt");
    let says_so = |part: &str| {
        let part = part.to_ascii_lowercase();
        part.split(|c: char| !c.is_ascii_alphabetic()).any(|word| WORDS.contains(&word))
    };
    is_text && (says_so(stem) || folders.split('/').any(says_so))
}

/// The version that a path names: of the file (`v1.3.rst`, `2.1.0-notes.rst`), else of the nearest folder
/// (`api_changes_3.9.0/removals.rst`).
pub fn version_in_path(path: &str) -> Option<String> {
    let stem = [".rst", ".md", ".txt"].iter().find_map(|ending| path.strip_suffix(ending)).unwrap_or(path);
    stem.rsplit('/').find_map(version_in)
}

/// Paragraphs and list items of a changelog, in order, with the versions of their sections.
///
/// ```
/// use apishift_syntax::docs::change_notes;
/// let notes = change_notes("Version 2.1\n-----------\n\n-   ``old`` is removed,\n    use ``new``.\n");
/// assert_eq!((notes[0].version.as_str(), notes[0].line), ("2.1", 4));
/// assert_eq!(notes[0].text, "``old`` is removed, use ``new``.");
/// ```
pub fn change_notes(text: &str) -> Vec<ChangeNote> {
    let lines: Vec<&str> = text.lines().collect();
    let mut notes: Vec<ChangeNote> = Vec::new();
    let mut version = String::new();
    let mut is_open = false;
    let mut n = 0;
    while n < lines.len() {
        let line = lines[n];
        let trimmed = line.trim();
        if let Some((heading, skip)) = heading_at(&lines, n) {
            if let Some(found) = version_in_heading(heading) {
                version = found;
            }
            is_open = false;
            n += skip;
            continue;
        }
        n += 1;
        if let Some(found) = trimmed.strip_prefix(":version:").and_then(version_in) {
            version = found;
        }
        if trimmed.is_empty() || is_markup(trimmed) {
            is_open = false;
            continue;
        }
        let (content, is_item) = match after_bullet(trimmed) {
            Some(content) => (content, true),
            None => (trimmed, false),
        };
        match notes.last_mut().filter(|_| is_open && !is_item) {
            Some(note) => {
                note.text.push(' ');
                note.text.push_str(content);
            }
            None => notes.push(ChangeNote {
                version: version.clone(),
                text: content.to_owned(),
                line: u32::try_from(n).unwrap_or(u32::MAX),
            }),
        }
        is_open = true;
    }
    notes
}

/// A heading at this line, and how many lines it takes.
fn heading_at<'t>(lines: &[&'t str], n: usize) -> Option<(&'t str, usize)> {
    let line = lines[n].trim_end();
    if let Some(rest) = line.strip_prefix('#') {
        let text = rest.trim_start_matches('#');
        if text.starts_with(' ') {
            return Some((text.trim(), 1));
        }
    }
    if line.trim().is_empty() || is_rule(line.trim()) {
        // The line above a title is of the same kind as the one below it.
        let title = lines.get(n + 1).filter(|title| !title.trim().is_empty() && is_rule(line.trim()))?;
        let below = lines.get(n + 2).is_some_and(|rule| is_rule(rule.trim()));
        return below.then(|| (title.trim(), 3));
    }
    let rule = lines.get(n + 1)?.trim_end();
    let is_underlined = is_rule(rule) && rule.len() + 2 >= line.trim().chars().count();
    (is_underlined && indent_of(line) <= 1).then(|| (line.trim(), 2))
}

fn is_rule(line: &str) -> bool {
    let first = line.bytes().next().unwrap_or(b' ');
    line.len() >= 3
        && first.is_ascii_punctuation()
        && line.bytes().all(|b| b == first)
        && first != b':'
        && first != b'`'
}

/// Directives, their options, comments and targets are no text.
fn is_markup(line: &str) -> bool {
    if line.starts_with("..") && !line.starts_with("...") {
        return true;
    }
    line.strip_prefix(':').and_then(|rest| rest.split_once(':')).is_some_and(|(name, after)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            && !after.starts_with('`')
    })
}

fn after_bullet(line: &str) -> Option<&str> {
    for bullet in ["- ", "* ", "+ ", "#. ", "• "] {
        if let Some(rest) = line.strip_prefix(bullet) {
            return Some(rest.trim_start());
        }
    }
    let (number, rest) = line.split_once(". ")?;
    (!number.is_empty() && number.len() < 4 && number.bytes().all(|b| b.is_ascii_digit()))
        .then(|| rest.trim_start())
}

/// The version that a heading is about: among its first words, or the whole heading is one.
fn version_in_heading(heading: &str) -> Option<String> {
    heading.split_whitespace().take(6).find_map(|word| {
        let word = word.trim_matches(|c: char| !c.is_alphanumeric());
        // `[2.1.0](https://...)` of Markdown.
        let word = word.split([']', ')', ',']).next()?;
        let version = word.strip_prefix('v').unwrap_or(word);
        is_version(version).then(|| version.to_owned())
    })
}

/// The first version in a file or folder name; `changelog_14` names 1.4.
fn version_in(name: &str) -> Option<String> {
    let words = name.split(|c: char| !(c.is_ascii_alphanumeric() || c == '.'));
    let mut compact = None;
    for word in words {
        let word = word.trim_matches('.');
        let word = word.strip_prefix('v').unwrap_or(word);
        if is_version(word) {
            return Some(word.to_owned());
        }
        if word.len() == 2 && word.bytes().all(|b| b.is_ascii_digit()) {
            compact = Some(format!("{}.{}", &word[..1], &word[1..]));
        }
    }
    compact
}

fn is_version(word: &str) -> bool {
    let mut parts = word.split('.');
    let first_is_number =
        parts.next().is_some_and(|p| !p.is_empty() && p.len() < 5 && p.bytes().all(|b| b.is_ascii_digit()));
    let second = parts.next().unwrap_or_default();
    first_is_number && second.starts_with(|c: char| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changelogs_are_known_by_name_or_folder() {
        for path in [
            "CHANGES.rst",
            "HISTORY.md",
            "NEWS",
            "doc/whats_new/v1.3.rst",
            "docs/releases/5.1.txt",
            "doc/source/whatsnew/v2.0.0.rst",
            "doc/release/release_2.8.4.rst",
            "doc/api/prev_api_changes/api_changes_3.9.0/removals.rst",
            "doc/whats-new.rst",
        ] {
            assert!(is_changelog(path), "{path}");
        }
        for path in ["README.md", "doc/newsletter.rst", "changes.py", "doc/exchange.rst"] {
            assert!(!is_changelog(path), "{path}");
        }
    }

    #[test]
    fn versions_are_found_in_paths() {
        let cases = [
            ("doc/whats_new/v1.3.rst", Some("1.3")),
            ("doc/source/release/2.1.0-notes.rst", Some("2.1.0")),
            ("doc/api/api_changes_3.9.0/removals.rst", Some("3.9.0")),
            ("doc/build/changelog/changelog_14.rst", Some("1.4")),
            ("docs/releases/5.1.txt", Some("5.1")),
            ("CHANGES.rst", None),
        ];
        for (path, version) in cases {
            assert_eq!(version_in_path(path).as_deref(), version, "{path}");
        }
    }

    #[test]
    fn sections_of_all_kinds_give_versions() {
        let text = "Changelog\n=========\n\n===========\nVersion 3.0\n===========\n\nRemoved\n-------\n- ``a`` is gone\n- ``b``\n  \
                    too\n\n## [2.5.0](link) - 2024-01-01\n\nA paragraph\nof two lines.\n\n.. changelog::\n    :version: 1.4.2\n\n    \
                    .. change::\n        :tags: bug\n\n        Fixed ``c``.\n";
        let seen: Vec<(String, String)> =
            change_notes(text).into_iter().map(|n| (n.version, n.text)).collect();
        let expected = [
            ("3.0", "``a`` is gone"),
            ("3.0", "``b`` too"),
            ("2.5.0", "A paragraph of two lines."),
            ("1.4.2", "Fixed ``c``."),
        ];
        let expected: Vec<(String, String)> =
            expected.iter().map(|(v, t)| ((*v).to_owned(), (*t).to_owned())).collect();
        assert_eq!(seen, expected);
    }
}
