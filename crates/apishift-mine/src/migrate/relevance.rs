//! Which rules can have a say in a file, told from its words.
//!
//! What comes of a file is a function of the file and of these rules. So it can be kept for as long as none of them changes,
//! and a release more of a library costs what it adds: see [`super::engine`].

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{
    documents::CONVENTIONS,
    prefilter::sorted,
    rules::{Rule, Subject},
    vocabulary::{WordId, word_id, words_of},
};

/// All words that an analysis of a file meets, sorted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct AllWords(Vec<WordId>);

impl AllWords {
    /// Words of all texts: both versions of a file, and their paths, from which relative imports start.
    pub(super) fn of(texts: &[&str]) -> Self {
        let words = || texts.iter().flat_map(|text| words_of(text)).map(|(_, word)| word);
        // Documents need not import what everybody imports under the same name.
        let meant = CONVENTIONS.iter().filter(|(alias, _)| words().any(|word| word == *alias));
        let meant = meant.flat_map(|(_, target)| words_of(target)).map(|(_, word)| word);
        Self(sorted(words().chain(meant).map(word_id)))
    }

    pub(super) fn has(&self, word: WordId) -> bool {
        self.0.binary_search(&word).is_ok()
    }
}

/// Rules by the words without which they have nothing to say.
#[derive(Clone, Debug, Default)]
pub(super) struct Relevance {
    /// Rules by the last part of a path of theirs: whatever resolves to the path names that part.
    by_word: FxHashMap<WordId, Vec<usize>>,
    /// What tells a rule from any other, and a second word that it needs.
    rules: Vec<([u8; 32], Option<WordId>)>,
}

impl Relevance {
    /// Takes the next rule.
    pub(super) fn add(&mut self, rule: &Rule) {
        let at = self.rules.len();
        for word in sorted(rule.paths.iter().filter_map(|path| path.rsplit('.').next()).map(word_id)) {
            self.by_word.entry(word).or_default().push(at);
        }
        let further = match &rule.subject {
            Subject::Keyword(parameter) => Some(word_id(parameter)),
            // Calls that lack the keyword concern these rules too.
            Subject::Default(_) | Subject::KeywordOnly(_) => None,
            Subject::Name | Subject::Method | Subject::CallShape(_) => None,
        };
        // Everything that a rule holds is in what is shown of it for debugging.
        self.rules.push((Sha256::digest(format!("{rule:?}")).into(), further));
    }

    /// A hash of these rules.
    pub(super) fn digest_of(&self, rules: impl Iterator<Item = usize>) -> [u8; 32] {
        let mut hasher = Sha256::new();
        rules.for_each(|rule| hasher.update(self.rules[rule].0));
        hasher.finalize().into()
    }

    /// A hash of all rules that can have a say where these words are.
    pub(super) fn digest(&self, words: &AllWords) -> [u8; 32] {
        let mut found: Vec<usize> =
            words.0.iter().filter_map(|word| self.by_word.get(word)).flatten().copied().collect();
        found.retain(|&rule| self.rules[rule].1.is_none_or(|further| words.has(further)));
        found.sort_unstable();
        found.dedup();
        self.digest_of(found.into_iter())
    }
}
