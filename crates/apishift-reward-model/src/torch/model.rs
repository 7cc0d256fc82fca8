//! Scorers: folders that `transformers` loads, read and asked here.

use std::{
    error::Error,
    path::{Path, PathBuf},
};

use apishift_nn::{
    ModelConfig, ModelError, WeightFiles,
    torch::{Decoder, FromFiles, Pack, Precision, TorchError, packs},
};
use apishift_tokens::{ChatTokenizer, TokenizerError};
use apishift_types::{ChatMessage, Scored, Scorer};
use serde_json::Value;
use tch::{Kind, Tensor};

use super::{Head, PackFeatures, likelihood::likelihoods};

/// Nodes of a tree of texts that are computed at once.
const NODES: usize = 4096;

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

/// Reads conversations.
#[derive(Debug)]
struct Reader {
    decoder: Decoder,
    tokens: ChatTokenizer,
    limit: usize,
}

/// Conversations as token ids, alike ones side by side.
struct Read {
    /// What is known before anything is computed; scores are 0.
    scored: Vec<Scored>,
    /// Texts in an order in which what begins alike stands together.
    texts: Vec<Vec<i64>>,
    /// Place in `scored` of each text.
    places: Vec<usize>,
    /// Of each text, how many tokens are what was asked.
    asked: Vec<usize>,
}

impl Reader {
    fn open(
        folder: &Path,
        precision: Precision,
        device: tch::Device,
        limit: usize,
    ) -> Result<(Self, WeightFiles), ScoreError> {
        let config = ModelConfig::read(folder)?;
        let files = WeightFiles::open(folder)?;
        let tokens = ChatTokenizer::open(folder)?;
        if tokens.vocabulary() > config.vocabulary {
            let (tokens, rows) = (tokens.vocabulary(), config.vocabulary);
            return Err(ScoreError::Vocabulary { folder: folder.to_owned(), tokens, rows });
        }
        let limit = limit.min(config.positions);
        let decoder = Decoder::load(&config, &files, precision, device)?;
        Ok((Self { decoder, tokens, limit }, files))
    }

    fn read(&self, conversations: &[Vec<ChatMessage>]) -> Result<Read, ScoreError> {
        let mut scored = Vec::with_capacity(conversations.len());
        let mut texts: Vec<(Vec<i64>, usize, usize)> = Vec::with_capacity(conversations.len());
        for (place, conversation) in conversations.iter().enumerate() {
            let ids = self.tokens.encode(conversation, false)?;
            let asked = match conversation.split_last() {
                Some((_, before)) if !before.is_empty() => self.tokens.encode(before, true)?,
                _ => Vec::new(),
            };
            let shared = asked.iter().zip(&ids).take_while(|(one, other)| one == other).count();
            let over = ids.len().saturating_sub(self.limit);
            scored.push(Scored { score: 0.0, tokens: ids.len() - over, truncated: over > 0 });
            let ids: Vec<i64> = ids.into_iter().skip(over).map(i64::from).collect();
            texts.push((ids, place, shared.saturating_sub(over)));
        }
        texts.sort();
        let (mut read, mut places, mut asked) = (Vec::new(), Vec::new(), Vec::new());
        for (text, place, of_it) in texts {
            read.push(text);
            places.push(place);
            asked.push(of_it);
        }
        Ok(Read { scored, texts: read, places, asked })
    }

    /// States after the first `layers` layers, `(1, N, C)`.
    fn states(&self, pack: &Pack, layers: usize) -> Result<Tensor, TorchError> {
        let device = self.decoder.device();
        let rotary = pack.rotary(self.decoder.config(), self.decoder.kind(), device)?;
        self.decoder.hidden(&pack.ids(device)?, layers, &rotary, &pack.attention(device)?)
    }
}

/// A model that scores conversations.
#[derive(Debug)]
pub struct RewardModel {
    reader: Reader,
    head: Head,
}

impl RewardModel {
    /// Loads a model's folder. `limit`: tokens of a conversation at most, the last ones count; never more than the model has positions.
    pub fn open(
        folder: &Path,
        precision: Precision,
        device: tch::Device,
        limit: usize,
    ) -> Result<Self, ScoreError> {
        let (reader, files) = Reader::open(folder, precision, device, limit)?;
        let mut from = FromFiles { files: &files, kind: precision.kind(), device };
        let head = tch::no_grad(|| Head::take(reader.decoder.config(), 1, &mut from))?;
        Ok(Self { reader, head })
    }

    /// Scores of conversations, each by itself whatever the others are.
    pub fn score(&self, conversations: &[Vec<ChatMessage>]) -> Result<Vec<Scored>, ScoreError> {
        let _no_grad = tch::no_grad_guard();
        let Read { mut scored, texts, places, .. } = self.reader.read(conversations)?;
        for pack in packs(&texts, NODES) {
            let states = self.reader.states(&pack, self.reader.decoder.config().layers - 1)?;
            let features = PackFeatures { pack, states };
            let scores = self.head.scores(&features)?.f_to_kind(Kind::Double).map_err(TorchError::from)?;
            let scores = Vec::<f64>::try_from(scores).map_err(TorchError::from)?;
            for (number, score) in Head::order(&features.pack).zip(scores) {
                scored[places[number]].score = score;
            }
        }
        Ok(scored)
    }
}

impl Scorer for RewardModel {
    fn score(
        &mut self,
        conversations: &[Vec<ChatMessage>],
    ) -> Result<Vec<Scored>, Box<dyn Error + Send + Sync>> {
        Ok(Self::score(self, conversations)?)
    }
}

/// A language model that says how likely it finds an answer: the mean log-likelihood of its tokens, natural logarithm. Needs no training
/// (2506.10056 has it as a baseline).
#[derive(Debug)]
pub struct LogLikelihood {
    reader: Reader,
}

impl LogLikelihood {
    /// Loads a model's folder, as [`RewardModel::open`] does.
    pub fn open(
        folder: &Path,
        precision: Precision,
        device: tch::Device,
        limit: usize,
    ) -> Result<Self, ScoreError> {
        Ok(Self { reader: Reader::open(folder, precision, device, limit)?.0 })
    }
}

impl Scorer for LogLikelihood {
    fn score(
        &mut self,
        conversations: &[Vec<ChatMessage>],
    ) -> Result<Vec<Scored>, Box<dyn Error + Send + Sync>> {
        let _no_grad = tch::no_grad_guard();
        let Read { mut scored, texts, places, asked } = self.reader.read(conversations)?;
        let decoder = &self.reader.decoder;
        for pack in packs(&texts, NODES) {
            let states = self.reader.states(&pack, decoder.config().layers)?;
            let normed = decoder.normed(&states)?.f_squeeze_dim(0)?;
            let likelihoods = likelihoods(decoder, &pack, &asked, &normed)?;
            for (number, nodes) in pack.texts() {
                let answer = nodes.get(asked[*number]..).unwrap_or_default();
                let known: Vec<f64> = answer.iter().filter_map(|node| likelihoods[*node]).collect();
                scored[places[*number]].score = known.iter().sum::<f64>() / known.len().max(1) as f64;
            }
        }
        Ok(scored)
    }
}

/// The scorer that a folder is: a sequence classifier a [`RewardModel`], a language model a [`LogLikelihood`].
pub fn open_scorer(
    folder: &Path,
    precision: Precision,
    device: tch::Device,
    limit: usize,
) -> Result<Box<dyn Scorer>, ScoreError> {
    let config = ModelConfig::read(folder)?;
    let class = config.json.get("architectures").and_then(|all| all.get(0)).and_then(Value::as_str);
    if class.is_some_and(|class| class.ends_with("ForCausalLM")) {
        return Ok(Box::new(LogLikelihood::open(folder, precision, device, limit)?));
    }
    Ok(Box::new(RewardModel::open(folder, precision, device, limit)?))
}
