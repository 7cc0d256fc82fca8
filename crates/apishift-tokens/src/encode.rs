//! Conversations as token ids, in which nobody but the template writes special tokens.

use apishift_types::ChatMessage;
use tokenizers::Tokenizer;

use crate::{ChatTokenizer, TokenizerError};

/// Stands for the characters of what looks like a special token in somebody's text. Private use: no template writes it.
const HIDDEN: char = '\u{f8ff}';

impl ChatTokenizer {
    /// The ids of a conversation: those that a trainer would have, but that a special token within a message's text is encoded as
    /// the characters that it is. Without a template, the messages' texts one after the other. `asks`: with the beginning of the
    /// assistant's turn.
    ///
    /// A template may do with a message's text what it likes as long as it does not look for special tokens in it; one that does
    /// sees private-use characters (U+F8FF) there.
    pub fn encode(&self, messages: &[ChatMessage], asks: bool) -> Result<Vec<u32>, TokenizerError> {
        let specials = self.specials();
        let hide = |message: &ChatMessage| ChatMessage {
            role: message.role.clone(),
            content: specials
                .iter()
                .fold(message.content.clone(), |text, (special, _)| hidden(&text, special)),
        };
        let hidden: Vec<ChatMessage> = messages.iter().map(hide).collect();
        let (real, marked) = match self.template() {
            Some(template) => (template.render(messages, asks)?, template.render(&hidden, asks)?),
            None => (concatenated(messages), concatenated(&hidden)),
        };
        // Character by character the same, unless the template looked into what was hidden.
        let real = if same_but_hidden(&real, &marked) { real } else { marked.clone() };
        let mut ids = Vec::new();
        let (mut marked, mut real) = (marked.as_str(), real.as_str());
        while let Some((at, special, id)) = first_special(marked, &specials) {
            let start = byte_of(real, marked[..at].chars().count());
            self.plain(&real[..start], &mut ids)?;
            ids.push(id);
            marked = &marked[at + special.len()..];
            real = &real[start + special.len()..];
        }
        self.plain(real, &mut ids)?;
        Ok(ids)
    }

    /// The ids of a text in which nothing is a special token.
    pub fn encode_plain(&self, text: &str) -> Result<Vec<u32>, TokenizerError> {
        encoded(self.untrusting(), text)
    }

    /// Ids of the special tokens, lowest first.
    pub fn special_ids(&self) -> Vec<u32> {
        let mut ids: Vec<u32> = self.specials().into_iter().map(|(_, id)| id).collect();
        ids.sort_unstable();
        ids
    }

    /// Special tokens, longest first, so that none hides within another.
    fn specials(&self) -> Vec<(String, u32)> {
        let added = self.tokenizer().get_added_tokens_decoder();
        let mut specials: Vec<(String, u32)> = added
            .into_iter()
            .filter(|(_, token)| token.special && !token.content.is_empty())
            .map(|(id, token)| (token.content, id))
            .collect();
        specials.sort_by(|(one, _), (other, _)| other.len().cmp(&one.len()).then_with(|| one.cmp(other)));
        specials
    }

    /// Adds the ids of a text without special tokens.
    fn plain(&self, text: &str, ids: &mut Vec<u32>) -> Result<(), TokenizerError> {
        if !text.is_empty() {
            ids.extend(encoded(self.untrusting(), text)?);
        }
        Ok(())
    }
}

fn encoded(tokenizer: &Tokenizer, text: &str) -> Result<Vec<u32>, TokenizerError> {
    let encoding = tokenizer.encode_fast(text, false);
    Ok(encoding.map_err(|error| TokenizerError::Encode(error.to_string()))?.get_ids().to_vec())
}

fn hidden(text: &str, special: &str) -> String {
    let filler: String = std::iter::repeat_n(HIDDEN, special.chars().count()).collect();
    text.replace(special, &filler)
}

fn concatenated(messages: &[ChatMessage]) -> String {
    messages.iter().map(|message| message.content.as_str()).collect()
}

fn same_but_hidden(real: &str, marked: &str) -> bool {
    let mut pairs = real.chars().zip(marked.chars());
    real.chars().count() == marked.chars().count()
        && pairs.all(|(real, marked)| real == marked || marked == HIDDEN)
}

/// The first special token: where it begins, in bytes, and which it is.
fn first_special<'a>(text: &str, specials: &'a [(String, u32)]) -> Option<(usize, &'a str, u32)> {
    let found =
        specials.iter().filter_map(|(special, id)| Some((text.find(special)?, special.as_str(), *id)));
    // Of those that begin at one place the longest, which comes first.
    found.min_by_key(|(at, _, _)| *at)
}

fn byte_of(text: &str, characters: usize) -> usize {
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}
