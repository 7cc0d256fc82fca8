//! A model's tokenizer with its chat template.

use std::path::Path;

use apishift_types::ChatMessage;
use tokenizers::Tokenizer;

use crate::{ChatTemplate, TokenizerError};

/// A tokenizer, and the template by which a conversation becomes a text.
#[derive(Debug)]
pub struct ChatTokenizer {
    tokenizer: Tokenizer,
    /// The same, to which special tokens are texts like others.
    untrusting: Tokenizer,
    template: Option<ChatTemplate>,
}

impl ChatTokenizer {
    /// Opens a model's folder, or a `tokenizer.json` with what lies beside it.
    pub fn open(path: &Path) -> Result<Self, TokenizerError> {
        let folder = if path.is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
        let file = if path.is_dir() { path.join("tokenizer.json") } else { path.to_owned() };
        let text =
            std::fs::read(&file).map_err(|source| TokenizerError::Io { path: file.clone(), source })?;
        let wrong =
            |error: tokenizers::Error| TokenizerError::Format { path: file.clone(), why: error.to_string() };
        let mut tokenizer = Tokenizer::from_bytes(text).map_err(wrong)?;
        // A file may ask for texts to be cut and filled up: then all would have one length.
        tokenizer.with_truncation(None).map_err(wrong)?;
        tokenizer.with_padding(None);
        let mut untrusting = tokenizer.clone();
        untrusting.set_encode_special_tokens(true);
        Ok(Self { tokenizer, untrusting, template: ChatTemplate::of_folder(folder)? })
    }

    pub(crate) fn tokenizer(&self) -> &Tokenizer {
        &self.tokenizer
    }

    pub(crate) fn untrusting(&self) -> &Tokenizer {
        &self.untrusting
    }

    pub(crate) fn template(&self) -> Option<&ChatTemplate> {
        self.template.as_ref()
    }

    /// How many ids there are, those of added tokens with them: the embeddings of a model need as many rows.
    pub fn vocabulary(&self) -> usize {
        self.tokenizer.get_vocab_size(true)
    }

    /// Id of a token, special or not.
    pub fn id(&self, token: &str) -> Option<u32> {
        self.tokenizer.token_to_id(token)
    }

    /// The text of an id.
    pub fn token(&self, id: u32) -> Option<String> {
        self.tokenizer.id_to_token(id)
    }

    /// Whether there is a chat template. Without one, a conversation is its texts, each by itself.
    pub fn has_template(&self) -> bool {
        self.template.is_some()
    }

    /// How many tokens each conversation has, as a trainer counts them: rendered by the template, and encoded without tokens around
    /// it. `asks`: with the beginning of the assistant's turn. What looks like a special token counts as one, as it does there.
    pub fn lengths(
        &self,
        conversations: &[Vec<ChatMessage>],
        asks: bool,
    ) -> Result<Vec<usize>, TokenizerError> {
        let Some(template) = &self.template else {
            let texts = |messages: &Vec<ChatMessage>| {
                self.count(messages.iter().map(|message| message.content.clone()).collect())
            };
            let sums = conversations.iter().map(|messages| Ok(texts(messages)?.into_iter().sum()));
            return sums.collect();
        };
        let texts = conversations.iter().map(|messages| template.render(messages, asks));
        self.count(texts.collect::<Result<_, _>>()?)
    }

    /// How many tokens an answer adds to what was asked, its turn's end with it: of each conversation that goes on where `asked`
    /// ends. What a template puts before the answer counts as asked, as far as both have it.
    pub fn answer_lengths(
        &self,
        asked: &[ChatMessage],
        conversations: &[Vec<ChatMessage>],
    ) -> Result<Vec<usize>, TokenizerError> {
        let Some(template) = &self.template else {
            let answer = |messages: &Vec<ChatMessage>| {
                let answers = messages.iter().skip(asked.len()).map(|message| message.content.as_str());
                answers.collect::<Vec<_>>().concat()
            };
            return self.count(conversations.iter().map(answer).collect());
        };
        let asked = template.render(asked, true)?;
        let answer = |messages: &Vec<ChatMessage>| {
            let whole = template.render(messages, false)?;
            let mut pairs = whole.char_indices().zip(asked.chars());
            let differs = pairs.find(|((_, one), other)| one != other).map(|((at, _), _)| at);
            let start = differs.unwrap_or(asked.len().min(whole.len()));
            Ok(whole[start..].to_owned())
        };
        self.count(conversations.iter().map(answer).collect::<Result<_, _>>()?)
    }

    fn count(&self, texts: Vec<String>) -> Result<Vec<usize>, TokenizerError> {
        let encoded = self.tokenizer.encode_batch_fast(texts, false);
        let encoded = encoded.map_err(|error| TokenizerError::Encode(error.to_string()))?;
        Ok(encoded.iter().map(tokenizers::Encoding::len).collect())
    }
}
