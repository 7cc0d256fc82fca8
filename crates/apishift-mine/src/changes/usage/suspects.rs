//! Names whose calls look another way after an edit of brackets alone, found line by line without parsing.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::migrate::words_of;

/// Names called in lines that changed in their brackets, stars or keywords alone, with the number of those lines.
pub(super) fn suspects<'t>(
    old: &'t str,
    new: &str,
    counts: impl Fn(&str) -> bool,
) -> BTreeMap<&'t str, usize> {
    let old_lines: HashSet<&str> = lines(old).collect();
    let new_lines: HashSet<&str> = lines(new).collect();
    let mut added: HashMap<String, &str> = HashMap::new();
    for line in lines(new).filter(|line| !old_lines.contains(line) && counts(line)) {
        added.insert(bare(line), line);
    }
    let mut found = BTreeMap::new();
    if added.is_empty() {
        return found;
    }
    for line in lines(old).filter(|line| !new_lines.contains(line) && counts(line)) {
        if added.get(&bare(line)).is_some_and(|now| marks(now) != marks(line)) {
            for name in called(line) {
                *found.entry(name).or_default() += 1;
            }
        }
    }
    found
}

/// Lines without their indentation.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty())
}

/// Names that a line calls, each once.
fn called(line: &str) -> BTreeSet<&str> {
    words_of(line)
        .filter(|(at, word)| line[at + word.len()..].starts_with('('))
        .map(|(_, word)| word)
        .collect()
}

/// A line without brackets, commas, stars, spaces and keywords.
fn bare(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut from = 0;
    for (at, word) in words_of(line) {
        kept.push_str(&line[from..at]);
        let rest = &line[at + word.len()..];
        let is_keyword = rest.starts_with('=') && !rest.starts_with("==");
        if !is_keyword {
            kept.push_str(word);
        }
        from = at + word.len() + usize::from(is_keyword);
    }
    kept.push_str(&line[from..]);
    kept.retain(|c| !c.is_whitespace() && !is_mark(c) && c != ',');
    kept
}

fn is_mark(c: char) -> bool {
    matches!(c, '(' | ')' | '[' | ']' | '{' | '}' | '*' | '=')
}

/// What tells two lines of the same bare text apart.
fn marks(line: &str) -> [usize; 8] {
    ['(', ')', '[', ']', '{', '}', '*', '='].map(|mark| line.matches(mark).count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(old: &str, new: &str) -> Vec<String> {
        suspects(old, new, |_| true).into_iter().map(|(name, n)| format!("{name} {n}")).collect()
    }

    #[test]
    fn lines_that_differ_in_marks_alone_name_what_they_call() {
        assert_eq!(found("x = pick([a, b])\n", "x = pick(a, b)\n"), ["pick 1"]);
        assert_eq!(found("f(pick(shelf=a))\n", "f(pick(a))\n"), ["f 1", "pick 1"]);
        assert_eq!(found("  pick(a)\n", "pick(a)\n"), Vec::<String>::new(), "layout");
        assert_eq!(found("pick([a])\n", "pick(b)\n"), Vec::<String>::new(), "another argument");
        assert_eq!(found("pick([a])\n", "pick([a])\npick(a)\n"), Vec::<String>::new(), "the old line stays");
    }
}
