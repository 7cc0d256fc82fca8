//! Which files can follow a rule, told from their words alone: most files are settled by this, unparsed.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use super::{documents::CONVENTIONS, vocabulary::words_of};

/// Words that have to come or go where code follows a rule, each with the libraries (top-level import names) whose rules
/// ask for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling {
    words: FxHashMap<String, Asked>,
    roots: BTreeSet<String>,
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
        self.asked(root, word).falling.insert(root.to_owned());
    }

    /// A word that the new text has more often than the old one.
    pub(super) fn rises(&mut self, root: &str, word: &str) {
        self.asked(root, word).rising.insert(root.to_owned());
    }

    /// A name whose calls differ in their brackets.
    pub(super) fn reshapes(&mut self, root: &str, word: &str) {
        self.asked(root, word).reshaped.insert(root.to_owned());
    }

    /// A word that the old text has more often after a dot than the new one.
    pub(super) fn bares(&mut self, root: &str, word: &str) {
        self.asked(root, word).bared.insert(root.to_owned());
    }

    fn asked(&mut self, root: &str, word: &str) -> &mut Asked {
        self.roots.insert(root.to_owned());
        self.words.entry(word.to_owned()).or_default()
    }

    /// Whether the difference of two texts can follow a rule of a library that the old one names. `own` are the import
    /// names of the project itself, which its documentation need not name.
    pub(super) fn allows(&self, old: &str, new: &str, own: &[String]) -> bool {
        let named = self.named(old, own);
        if named.is_empty() {
            return false;
        }
        let concerns = |roots: &BTreeSet<String>| roots.iter().any(|root| named.contains(root.as_str()));
        let mut balance: FxHashMap<&str, (&Asked, i64)> = FxHashMap::default();
        let mut dotted: FxHashMap<&str, i64> = FxHashMap::default();
        let mut calls: FxHashMap<(&str, String), i64> = FxHashMap::default();
        for (weight, text) in [(1, old), (-1, new)] {
            for (at, word) in words_of(text) {
                let Some(asked) = self.words.get(word) else { continue };
                balance.entry(word).or_insert((asked, 0)).1 += weight;
                if text[..at].ends_with('.') && concerns(&asked.bared) {
                    *dotted.entry(word).or_default() += weight;
                }
                if concerns(&asked.reshaped) {
                    *calls.entry((word, brackets(&text[at + word.len()..]))).or_default() += weight;
                }
            }
        }
        calls.into_values().any(|n| n != 0)
            || dotted.into_values().any(|n| n > 0)
            || balance
                .into_values()
                .any(|(asked, n)| n > 0 && concerns(&asked.falling) || n < 0 && concerns(&asked.rising))
    }

    /// Libraries with rules that a text names, by their own names or by what everybody calls them.
    fn named(&self, text: &str, own: &[String]) -> BTreeSet<&str> {
        let mut named: BTreeSet<&str> =
            own.iter().filter_map(|own| self.roots.get(own)).map(String::as_str).collect();
        let roots = self.roots.iter().map(|root| (root.as_str(), root.as_str()));
        let aliases = CONVENTIONS.iter().filter_map(|(alias, target)| {
            Some((*alias, self.roots.get(target.split('.').next()?)?.as_str()))
        });
        let mut names: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
        for (name, root) in roots.chain(aliases) {
            names.entry(name).or_default().push(root);
        }
        for (_, word) in words_of(text) {
            named.extend(names.remove(word).into_iter().flatten());
        }
        named
    }
}

/// Brackets and stars of the call that `text` starts with, `text` being what follows a name; empty where it is no call.
fn brackets(text: &str) -> String {
    // What is longer is told apart by its start well enough.
    const MAX_BYTES: usize = 400;
    let text = text.trim_start();
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

    #[test]
    fn only_words_of_libraries_that_are_named_count() {
        let mut telling = Telling::default();
        telling.falls("numpy", "alltrue");
        let (old, new) = ("np.alltrue(x)", "np.all(x)");
        assert!(telling.allows(old, new, &[]));
        assert!(!telling.allows(new, old, &[]), "the word rises");
        assert!(!telling.allows("alltrue(x)", "all(x)", &[]), "numpy is not named");
        assert!(
            telling.allows("alltrue(x)", "all(x)", &["numpy".to_owned()]),
            "these are numpy's own documents"
        );
    }

    #[test]
    fn names_that_are_called_otherwise_need_other_brackets() {
        let mut telling = Telling::default();
        telling.reshapes("shelves", "pick");
        let own = ["shelves".to_owned()];
        assert!(telling.allows("pick([a])", "pick(a)", &own));
        assert!(!telling.allows("pick([a])", "pick([b])", &own));
    }
}
