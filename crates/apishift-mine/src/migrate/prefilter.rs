//! Which files can follow a rule, told from their words alone: most files are settled by this, unparsed.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::{
    documents::CONVENTIONS,
    vocabulary::{WordId, word_id, words_of},
};

/// Words that have to come or go where code follows a rule, each with the libraries (top-level import names) whose rules
/// ask for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling {
    words: FxHashMap<WordId, Asked>,
}

/// Libraries whose rules ask for a word, by what has to become of it.
#[derive(Clone, Debug, Default)]
struct Asked {
    falling: BTreeSet<String>,
    rising: BTreeSet<String>,
    reshaped: BTreeSet<String>,
    bared: BTreeSet<String>,
}

impl Telling {
    /// A word that the old text has more often than the new one.
    pub(super) fn falls(&mut self, root: &str, word: &str) {
        self.asked(word).falling.insert(root.to_owned());
    }

    /// A word that the new text has more often than the old one.
    pub(super) fn rises(&mut self, root: &str, word: &str) {
        self.asked(word).rising.insert(root.to_owned());
    }

    /// A name whose calls differ in their brackets.
    pub(super) fn reshapes(&mut self, root: &str, word: &str) {
        self.asked(word).reshaped.insert(root.to_owned());
    }

    /// A word that the old text has more often after a dot than the new one.
    pub(super) fn bares(&mut self, root: &str, word: &str) {
        self.asked(word).bared.insert(root.to_owned());
    }

    fn asked(&mut self, word: &str) -> &mut Asked {
        self.words.entry(word_id(word)).or_default()
    }

    /// Whether a change can follow a rule of a library that its old text names.
    pub(super) fn allows(&self, changed: &ChangedWords) -> bool {
        let any = |words: &[WordId], roots: fn(&Asked) -> &BTreeSet<String>| {
            let asked = words.iter().filter_map(|word| self.words.get(word)).map(roots);
            asked.into_iter().any(|roots| changed.named.iter().any(|named| roots.contains(named)))
        };
        any(&changed.fallen, |asked| &asked.falling)
            || any(&changed.risen, |asked| &asked.rising)
            || any(&changed.bared, |asked| &asked.bared)
            || any(&changed.reshaped, |asked| &asked.reshaped)
    }
}

/// How the words of two texts differ: all that [`Telling`] asks of them, whatever its rules are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ChangedWords {
    /// Libraries with rules that the old text names. Where there are none, the rest is not looked for.
    named: Vec<String>,
    fallen: Vec<WordId>,
    risen: Vec<WordId>,
    /// Words that stand less often after a dot.
    bared: Vec<WordId>,
    /// Names that are called with other brackets.
    reshaped: Vec<WordId>,
}

impl ChangedWords {
    /// Reads both texts. `own` are the import names of the project itself, which its documentation need not name.
    pub(super) fn of(old: &str, new: &str, own: &[String], roots: &BTreeSet<String>) -> Self {
        let named = named(old, own, roots);
        if named.is_empty() {
            return Self::default();
        }
        // All occurrences, and those after a dot.
        let mut balance: FxHashMap<&str, (i32, i32)> = FxHashMap::default();
        let mut calls: FxHashMap<(&str, WordId), i32> = FxHashMap::default();
        for (weight, text) in [(1, old), (-1, new)] {
            for (at, word) in words_of(text) {
                let (all, dotted) = balance.entry(word).or_default();
                *all += weight;
                if text[..at].ends_with('.') {
                    *dotted += weight;
                }
                let after = &text[at + word.len()..];
                if after.starts_with('(') {
                    *calls.entry((word, word_id(&brackets(after)))).or_default() += weight;
                }
            }
        }
        let words = |is_wanted: fn(i32, i32) -> bool| -> Vec<WordId> {
            let wanted = balance.iter().filter(|(_, (all, dotted))| is_wanted(*all, *dotted));
            sorted(wanted.map(|(word, _)| word_id(word)))
        };
        Self {
            named: named.into_iter().map(str::to_owned).collect(),
            fallen: words(|all, _| all > 0),
            risen: words(|all, _| all < 0),
            bared: words(|_, dotted| dotted > 0),
            reshaped: sorted(calls.iter().filter(|(_, n)| **n != 0).map(|((word, _), _)| word_id(word))),
        }
    }
}

pub(super) fn sorted(words: impl Iterator<Item = WordId>) -> Vec<WordId> {
    let mut words: Vec<WordId> = words.collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// Libraries with rules that a text names, by their own names or by what everybody calls them.
fn named<'a>(text: &str, own: &[String], roots: &'a BTreeSet<String>) -> BTreeSet<&'a str> {
    let mut named: BTreeSet<&str> = own.iter().filter_map(|own| roots.get(own)).map(String::as_str).collect();
    let aliases = CONVENTIONS
        .iter()
        .filter_map(|(alias, target)| Some((*alias, roots.get(target.split('.').next()?)?.as_str())));
    let mut names: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for (name, root) in roots.iter().map(|root| (root.as_str(), root.as_str())).chain(aliases) {
        names.entry(name).or_default().push(root);
    }
    for (_, word) in words_of(text) {
        named.extend(names.remove(word).into_iter().flatten());
    }
    named
}

/// Brackets and stars of the call that `text` starts with, `text` being what follows a name; empty where it is no call.
fn brackets(text: &str) -> String {
    // What is longer is told apart by its start well enough.
    const MAX_BYTES: usize = 400;
    let mut found = String::new();
    if !text.starts_with('(') {
        return found;
    }
    let mut depth = 0_usize;
    for byte in text.bytes().take(MAX_BYTES) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b'*' => {}
            _ => continue,
        }
        found.push(char::from(byte));
        if depth == 0 {
            break;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(telling: &Telling, old: &str, new: &str, own: &[String]) -> bool {
        let roots = ["numpy", "shelves"].map(str::to_owned).into();
        telling.allows(&ChangedWords::of(old, new, own, &roots))
    }

    #[test]
    fn only_words_of_libraries_that_are_named_count() {
        let mut telling = Telling::default();
        telling.falls("numpy", "alltrue");
        let (old, new) = ("np.alltrue(x)", "np.all(x)");
        assert!(allows(&telling, old, new, &[]));
        assert!(!allows(&telling, new, old, &[]), "the word rises");
        assert!(!allows(&telling, "alltrue(x)", "all(x)", &[]), "numpy is not named");
        assert!(
            allows(&telling, "alltrue(x)", "all(x)", &["numpy".to_owned()]),
            "these are numpy's own documents"
        );
    }

    #[test]
    fn names_that_are_called_otherwise_need_other_brackets() {
        let mut telling = Telling::default();
        telling.reshapes("shelves", "pick");
        let own = ["shelves".to_owned()];
        assert!(allows(&telling, "pick([a])", "pick(a)", &own));
        assert!(!allows(&telling, "pick([a])", "pick([b])", &own));
    }

    #[test]
    fn a_builtin_in_place_of_what_had_its_name_stands_less_often_after_a_dot() {
        let mut telling = Telling::default();
        telling.bares("numpy", "float");
        assert!(allows(&telling, "np.float(x)", "np.abs(float(x))", &[]));
        assert!(!allows(&telling, "np.float(x)", "np.float(y)", &[]));
    }
}
