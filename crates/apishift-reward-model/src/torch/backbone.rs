//! What a frozen decoder sees in a problem's texts: states below its trained layers, and log-likelihoods.

use std::{
    fs,
    path::{Path, PathBuf},
};

use apishift_nn::{
    ModelError,
    torch::{Decoder, Pack, TorchError, load_tensors, packs, save_tensors},
};
use tch::{Kind, Tensor};
use xxhash_rust::xxh3::xxh3_128;

use crate::Encoded;

/// Version of what is kept; raised when the same texts give other features.
const VERSION: u32 = 1;

/// Nodes of a pack: above this, attention among all pairs costs more than what sharing saves.
const NODES: usize = 1024;

/// Names of [`Scalars`], in their order.
pub const SCALARS: [&str; 6] =
    ["mean log-likelihood", "summed log-likelihood", "least likely token", "last token", "tokens", "entropy"];

/// Numbers about an answer, natural logarithms: means and sums are over the answer's tokens, each given all before it.
pub type Scalars = [f64; SCALARS.len()];

/// Some of a problem's texts, what the decoder sees in them.
#[derive(Debug)]
pub struct PackFeatures {
    /// The tree that they are.
    pub pack: Pack,
    /// `(1, N, C)`: states below the trained layers, 16 bits.
    pub states: Tensor,
}

/// What the decoder sees in a problem's texts.
#[derive(Debug)]
pub struct Features {
    /// States, the texts in one or several trees.
    pub packs: Vec<PackFeatures>,
    /// Of each text.
    pub scalars: Vec<Scalars>,
    /// Whether they come out of the cache.
    pub cached: bool,
    /// Tokens that the decoder read; what texts share counts once.
    pub nodes: usize,
}

/// A frozen decoder, and where what it saw is kept.
#[derive(Debug)]
pub struct Backbone {
    decoder: Decoder,
    /// Layers at the top that are trained.
    trained: usize,
    /// Hash of the weights' identity.
    model: String,
    cache: Option<PathBuf>,
}

impl Backbone {
    /// `trained`: how many layers at the top are left to be trained. `model` names the weights and how they are computed with: what is
    /// kept in `cache` is found by it and by the texts.
    pub fn new(decoder: Decoder, trained: usize, model: &str, cache: Option<&Path>) -> Self {
        let trained = trained.min(decoder.config().layers);
        Self { decoder, trained, model: model.to_owned(), cache: cache.map(Path::to_owned) }
    }

    /// The decoder.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// How many layers at the top are trained.
    pub fn trained(&self) -> usize {
        self.trained
    }

    /// What the decoder sees in a problem's texts.
    pub fn features(&self, encoded: &Encoded) -> Result<Features, TorchError> {
        let _no_grad = tch::no_grad_guard();
        let file = self.cache.as_ref().map(|cache| cache.join(self.key(encoded)));
        let packs = packs(&encoded.texts, NODES);
        if let Some(kept) = file.as_deref().filter(|file| file.is_file()).and_then(|file| read(file, &packs))
        {
            return Ok(Features {
                scalars: kept.1,
                nodes: packs.iter().map(Pack::len).sum(),
                packs: with(packs, kept.0),
                cached: true,
            });
        }
        let mut states = Vec::with_capacity(packs.len());
        let mut scalars = vec![[0.0; SCALARS.len()]; encoded.texts.len()];
        for pack in &packs {
            states.push(self.look(pack, &encoded.asked, &mut scalars)?);
        }
        if let Some(file) = file {
            keep(&file, &states, &scalars)?;
        }
        Ok(Features {
            scalars,
            nodes: packs.iter().map(Pack::len).sum(),
            packs: with(packs, states),
            cached: false,
        })
    }

    fn look(&self, pack: &Pack, asked: &[usize], scalars: &mut [Scalars]) -> Result<Tensor, TorchError> {
        let (device, kind) = (self.decoder.device(), self.decoder.kind());
        let config = self.decoder.config();
        let rotary = pack.rotary(config, kind, device)?;
        let attention = pack.attention(device)?;
        let below = config.layers - self.trained;
        let states = self.decoder.hidden(&pack.ids(device)?, below, &rotary, &attention)?;
        let mut x = states.shallow_clone();
        for layer in &self.decoder.layers()[below..] {
            x = layer.forward(&x, None, &rotary, &attention)?;
        }
        let normed = self.decoder.normed(&x)?.f_squeeze_dim(0)?;
        let likelihoods = self.likelihoods(pack, asked, &normed)?;
        for (number, nodes) in pack.texts() {
            let start = asked.get(*number).copied().unwrap_or(0);
            let of_answer: Vec<(f64, f64)> =
                nodes.iter().skip(start).filter_map(|node| likelihoods[*node]).collect();
            scalars[*number] = summed(&of_answer);
        }
        Ok(states.f_to_kind(Kind::BFloat16)?.f_to_device(tch::Device::Cpu)?)
    }

    /// Of each node of an answer, its log-likelihood and the entropy of what might have stood there.
    fn likelihoods(
        &self,
        pack: &Pack,
        asked: &[usize],
        normed: &Tensor,
    ) -> Result<Vec<Option<(f64, f64)>>, TorchError> {
        let mut wanted: Vec<(usize, usize)> = Vec::new();
        let mut seen = vec![false; pack.len()];
        for (number, nodes) in pack.texts() {
            let start = asked.get(*number).copied().unwrap_or(0).max(1);
            for pair in nodes.get(start - 1..).unwrap_or_default().windows(2) {
                if !std::mem::replace(&mut seen[pair[1]], true) {
                    wanted.push((pair[0], pair[1]));
                }
            }
        }
        let mut found = vec![None; pack.len()];
        // A few at a time: logits are as wide as the vocabulary.
        for part in wanted.chunks(256) {
            let parents: Vec<i64> =
                part.iter().filter_map(|(parent, _)| i64::try_from(*parent).ok()).collect();
            let tokens: Vec<i64> = part.iter().filter_map(|(_, node)| pack.token(*node)).collect();
            let device = normed.device();
            let rows = normed.f_index_select(0, &Tensor::from_slice(&parents).f_to_device(device)?)?;
            let logs = self.decoder.logits(&rows)?.f_to_kind(Kind::Float)?.f_log_softmax(-1, Kind::Float)?;
            let tokens = Tensor::from_slice(&tokens).f_to_device(device)?.f_unsqueeze(-1)?;
            let own = logs.f_gather(-1, &tokens, false)?.f_squeeze_dim(-1)?;
            let entropy = logs
                .f_exp()?
                .f_mul(&logs)?
                .f_sum_dim_intlist([-1_i64].as_slice(), false, Kind::Float)?
                .f_neg()?;
            let (own, entropy) = (Vec::<f32>::try_from(own)?, Vec::<f32>::try_from(entropy)?);
            for ((_, node), (own, entropy)) in part.iter().zip(own.into_iter().zip(entropy)) {
                found[*node] = Some((f64::from(own), f64::from(entropy)));
            }
        }
        Ok(found)
    }

    fn key(&self, encoded: &Encoded) -> String {
        let mut bytes = format!("{VERSION} {} {} {NODES}", self.model, self.trained).into_bytes();
        for (text, asked) in encoded.texts.iter().zip(&encoded.asked) {
            bytes.extend(asked.to_le_bytes());
            bytes.extend(text.len().to_le_bytes());
            bytes.extend(text.iter().flat_map(|id| id.to_le_bytes()));
        }
        format!("{:032x}.safetensors", xxh3_128(&bytes))
    }
}

fn keep(file: &Path, states: &[Tensor], scalars: &[Scalars]) -> Result<(), TorchError> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder).map_err(|source| ModelError::Io {
            action: "create",
            path: folder.to_owned(),
            source,
        })?;
    }
    let flat: Vec<f64> = scalars.iter().flatten().copied().collect();
    let mut tensors = vec![("scalars".to_owned(), Tensor::from_slice(&flat))];
    for (number, states) in states.iter().enumerate() {
        tensors.push((format!("states.{number:04}"), states.shallow_clone()));
    }
    save_tensors(file, &tensors, &[])
}

fn with(packs: Vec<Pack>, states: Vec<Tensor>) -> Vec<PackFeatures> {
    packs.into_iter().zip(states).map(|(pack, states)| PackFeatures { pack, states }).collect()
}

/// What was kept of these packs; `None` where it is damaged: it is made again then.
fn read(file: &Path, packs: &[Pack]) -> Option<(Vec<Tensor>, Vec<Scalars>)> {
    let mut states = Vec::new();
    let mut scalars = Vec::new();
    for (name, tensor) in load_tensors(file).ok()? {
        if name == "scalars" {
            let flat = Vec::<f64>::try_from(tensor).ok()?;
            scalars = flat.chunks_exact(SCALARS.len()).filter_map(|one| one.try_into().ok()).collect();
        } else {
            states.push(tensor);
        }
    }
    let fits = |(pack, states): (&Pack, &Tensor)| {
        states.size3().is_ok_and(|(_, nodes, _)| usize::try_from(nodes) == Ok(pack.len()))
    };
    (states.len() == packs.len() && packs.iter().zip(&states).all(fits)).then_some((states, scalars))
}

fn summed(likelihoods: &[(f64, f64)]) -> Scalars {
    let count = likelihoods.len().max(1) as f64;
    let sum: f64 = likelihoods.iter().map(|(own, _)| own).sum();
    let least = likelihoods.iter().map(|(own, _)| *own).fold(0.0, f64::min);
    let last = likelihoods.last().map_or(0.0, |(own, _)| *own);
    let entropy: f64 = likelihoods.iter().map(|(_, entropy)| entropy).sum();
    [sum / count, sum, least, last, likelihoods.len() as f64, entropy / count]
}
