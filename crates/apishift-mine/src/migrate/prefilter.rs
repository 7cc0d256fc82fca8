//! Which files can follow a rule, told from their words alone: most files are settled by this, unparsed.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{documents::CONVENTIONS, vocabulary::words_of};

/// Words that have to come or go where code follows a rule, each with the libraries (top-level import names) whose rules
/// ask for it.
#[derive(Clone, Debug, Default)]
pub(super) struct Telling {
    falling: Words,
    rising: Words,
    reshaped: Words,
    roots: BTreeSet<String>,
}

type Words = BTreeMap<String, BTreeSet<String>>;

impl Telling {
    /// A word that the old text has more often than the new one.
    pub(super) fn falls(&mut self, root: &str, word: &str) {
        add(&mut self.falling, root, word);
        self.roots.insert(root.to_owned());
    }

    /// A word that the new text has more often than the old one.
    pub(super) fn rises(&mut self, root: &str, word: &str) {
        add(&mut self.rising, root, word);
        self.roots.insert(root.to_owned());
    }

    /// A name whose calls differ in their brackets.
    pub(super) fn reshapes(&mut self, root: &str, word: &str) {
        add(&mut self.reshaped, root, word);
        self.roots.insert(root.to_owned());
    }

    /// Whether the difference of two texts can follow a rule of a library that the old one names. `own` are the import
    /// names of the project itself, which its documentation need not name.
    pub(super) fn allows(&self, old: &str, new: &str, own: &[String]) -> bool {
        let written: HashSet<&str> = words_of(old).map(|(_, word)| word).collect();
        let is_named = |root: &str| {
            let by_convention = |(alias, target): &(&str, &str)| {
                target.split('.').next() == Some(root) && written.contains(alias)
            };
            written.contains(root)
                || own.iter().any(|own| own == root)
                || CONVENTIONS.iter().any(by_convention)
        };
        let named: BTreeSet<&str> =
            self.roots.iter().map(String::as_str).filter(|root| is_named(root)).collect();
        if named.is_empty() {
            return false;
        }
        let asks = |words: &Words, word: &str| {
            words.get(word).is_some_and(|roots| roots.iter().any(|root| named.contains(root.as_str())))
        };
        let mut balance: BTreeMap<&str, i64> = BTreeMap::new();
        let mut calls: BTreeMap<(&str, String), i64> = BTreeMap::new();
        for (weight, text) in [(1, old), (-1, new)] {
            for (at, word) in words_of(text) {
                if asks(&self.falling, word) || asks(&self.rising, word) {
                    *balance.entry(word).or_default() += weight;
                }
                if asks(&self.reshaped, word) {
                    *calls.entry((word, brackets(&text[at + word.len()..]))).or_default() += weight;
                }
            }
        }
        calls.into_values().any(|n| n != 0)
            || balance
                .into_iter()
                .any(|(word, n)| n > 0 && asks(&self.falling, word) || n < 0 && asks(&self.rising, word))
    }
}

fn add(words: &mut Words, root: &str, word: &str) {
    words.entry(word.to_owned()).or_default().insert(root.to_owned());
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
