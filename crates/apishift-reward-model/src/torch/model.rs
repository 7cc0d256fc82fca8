//! A whole reward model: a folder that `transformers` loads as a sequence classifier, read and scored here.

use std::path::{Path, PathBuf};

use apishift_nn::{
    ModelConfig, ModelError, WeightFiles,
    torch::{Decoder, FromFiles, Precision, TorchError, packs},
};
use apishift_tokens::{ChatTokenizer, TokenizerError};
use apishift_types::ChatMessage;

use super::{Head, PackFeatures};

/// Nodes of a tree of texts that are computed at once.
const NODES: usize = 1024;

/// Why a model scores nothing.
#[derive(Debug, thiserror::Error)]
pub enum ScoreError {
    /// Its files.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// Its tokenizer.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
    /// The tokenizer has ids that the model has no embeddings for.
    #[error("use the model in {}: its tokenizer has {tokens} ids, its embeddings {rows} rows", folder.display())]
    Vocabulary {
        /// The model.
        folder: PathBuf,
        /// Ids of the tokenizer.
        tokens: usize,
        /// Rows of the embeddings.
        rows: usize,
    },
}

/// What a model says of a conversation.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    /// The raw score.
    pub score: f64,
    /// Tokens that were read.
    pub tokens: usize,
    /// Whether the conversation was longer than the limit, and was read without its beginning.
    pub truncated: bool,
}

/// A model that scores conversations.
#[derive(Debug)]
pub struct RewardModel {
    decoder: Decoder,
    head: Head,
    tokens: ChatTokenizer,
    limit: usize,
}

impl RewardModel {
    /// Loads a model's folder. `limit`: tokens of a conversation at most, the last ones count; never more than the model has positions.
    pub fn open(
        folder: &Path,
        precision: Precision,
        device: tch::Device,
        limit: usize,
    ) -> Result<Self, ScoreError> {
        let config = ModelConfig::read(folder)?;
        let files = WeightFiles::open(folder)?;
        let tokens = ChatTokenizer::open(folder)?;
        if tokens.vocabulary() > config.vocabulary {
            let (tokens, rows) = (tokens.vocabulary(), config.vocabulary);
            return Err(ScoreError::Vocabulary { folder: folder.to_owned(), tokens, rows });
        }
        let limit = limit.min(config.positions);
        let decoder = Decoder::load(&config, &files, precision, device)?;
        let mut from = FromFiles { files: &files, kind: precision.kind(), device };
        let head = tch::no_grad(|| Head::take(&config, 1, &mut from))?;
        Ok(Self { decoder, head, tokens, limit })
    }

    /// Scores of conversations, each by itself whatever the others are.
    pub fn score(&self, conversations: &[Vec<ChatMessage>]) -> Result<Vec<Scored>, ScoreError> {
        let _no_grad = tch::no_grad_guard();
        let mut scored = Vec::with_capacity(conversations.len());
        let mut texts: Vec<Vec<i64>> = Vec::with_capacity(conversations.len());
        for conversation in conversations {
            let ids = self.tokens.encode(conversation, false)?;
            let over = ids.len().saturating_sub(self.limit);
            scored.push(Scored { score: 0.0, tokens: ids.len() - over, truncated: over > 0 });
            texts.push(ids.into_iter().skip(over).map(i64::from).collect());
        }
        let (config, device, kind) = (self.decoder.config(), self.decoder.device(), self.decoder.kind());
        for pack in packs(&texts, NODES) {
            let rotary = pack.rotary(config, kind, device)?;
            let states = self.decoder.hidden(
                &pack.ids(device)?,
                config.layers - 1,
                &rotary,
                &pack.attention(device)?,
            )?;
            let features = PackFeatures { pack, states };
            let scores = Vec::<f64>::try_from(
                self.head.scores(&features)?.f_to_kind(tch::Kind::Double).map_err(TorchError::from)?,
            )
            .map_err(TorchError::from)?;
            for (number, score) in Head::order(&features.pack).zip(scores) {
                scored[number].score = score;
            }
        }
        Ok(scored)
    }
}
