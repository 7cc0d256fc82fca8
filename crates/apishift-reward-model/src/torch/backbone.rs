//! What a frozen decoder sees in a problem's texts: states below its trained layers, and log-likelihoods.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use apishift_nn::{
    ModelConfig, ModelError, WeightFiles,
    torch::{Decoder, Pack, Precision, TorchError, load_tensors, packs, save_tensors},
};
use tch::Tensor;
use xxhash_rust::xxh3::xxh3_128;

use super::{head::head_names, likelihood::likelihoods, pooled::Means};
use crate::Encoded;

/// Version of what is kept; raised when the same texts give other features.
const VERSION: u32 = 3;

/// Nodes of a pack: what is computed at once, and differentiated at once.
const NODES: usize = 2048;

/// Names of [`Scalars`], in their order.
pub const SCALARS: [&str; 5] =
    ["mean log-likelihood", "summed log-likelihood", "least likely token", "last token", "tokens"];

/// Numbers about an answer, natural logarithms: means and sums are over the answer's tokens, each given all before it.
pub type Scalars = [f64; SCALARS.len()];

/// Some of a problem's texts, what the decoder sees in them.
#[derive(Debug)]
pub struct PackFeatures {
    /// The tree that they are.
    pub pack: Pack,
    /// `(1, N, C)`: states below the trained layers, in the kind that they were computed in.
    pub states: Tensor,
}

/// What the decoder sees in a problem's texts.
#[derive(Debug)]
pub struct Features {
    /// States, the texts in one or several trees.
    pub packs: Vec<PackFeatures>,
    /// Of each text; 0 where only the lower layers were computed.
    pub scalars: Vec<Scalars>,
    /// What a linear head sees of the texts; 0 where only the lower layers were computed.
    pub(super) means: Means,
    /// Whether they come out of the cache.
    pub cached: bool,
    /// Tokens that the decoder read; what texts share counts once.
    pub nodes: usize,
}

/// A frozen decoder, and where what it saw is kept.
#[derive(Debug)]
pub struct Backbone {
    decoder: Decoder,
    files: WeightFiles,
    /// Layers at the top that are trained.
    trained: usize,
    /// Hash of the weights' identity.
    model: String,
    cache: Option<PathBuf>,
}

impl Backbone {
    /// The decoder in `files`. `trained`: how many layers at the top are left to be trained, at least the last one. What is kept in `cache`
    /// is found by the weights, by how they are computed with, and by the texts.
    pub fn load(
        config: &ModelConfig,
        files: WeightFiles,
        precision: Precision,
        device: tch::Device,
        (trained, cache): (usize, Option<&Path>),
    ) -> Result<Self, TorchError> {
        let decoder = Decoder::load(config, &files, precision, device)?;
        let model = format!("{} {}", files.identity(), precision.as_str());
        let trained = trained.clamp(1, config.layers);
        Ok(Self { decoder, files, trained, model, cache: cache.map(Path::to_owned) })
    }

    /// The weights, and how they are computed with.
    pub(super) fn model(&self) -> &str {
        &self.model
    }

    /// The decoder.
    pub fn decoder(&self) -> &Decoder {
        &self.decoder
    }

    /// Keys of the language model's last layer, `(KD, C)`.
    pub(super) fn last_keys(&self) -> Result<Tensor, TorchError> {
        let last = self.decoder.config().layers - 1;
        self.files.tensor(&format!("model.layers.{last}.self_attn.k_proj.weight"))
    }

    /// The trained layers below the last one, as they are.
    pub(super) fn lower(&self) -> Result<Vec<(String, Tensor)>, TorchError> {
        let config = self.decoder.config();
        let last = format!("model.layers.{}.", config.layers - 1);
        let names = head_names(config, self.trained)?;
        let lower = names
            .into_iter()
            .filter(|(name, _)| name.starts_with("model.layers.") && !name.starts_with(&last));
        lower.map(|(name, _)| Ok((name.clone(), self.files.tensor(&name)?))).collect()
    }

    /// How many layers at the top are trained.
    pub fn trained(&self) -> usize {
        self.trained
    }

    /// What the decoder sees in a problem's texts. What trained layers and the language model's head say of them is only `whole`: to
    /// learn from texts it is not needed, and it takes as long as all else.
    pub fn features(&self, encoded: &Encoded, whole: bool) -> Result<Features, TorchError> {
        let _no_grad = tch::no_grad_guard();
        let file = self.cache.as_ref().map(|cache| cache.join(self.key(encoded, whole)));
        let packs = packs(&encoded.texts, NODES);
        let nodes = packs.iter().map(Pack::len).sum();
        let texts = encoded.texts.len();
        if let Some(kept) = file.as_deref().filter(|file| file.is_file())
            && let Some(Kept { states, means, scalars }) = Kept::read(kept, &packs, texts)
        {
            return Ok(Features { packs: with(packs, states), scalars, means, cached: true, nodes });
        }
        let mut kept = Kept {
            states: Vec::with_capacity(packs.len()),
            means: Means::none(texts, self.decoder.config())?,
            scalars: vec![[0.0; SCALARS.len()]; texts],
        };
        for pack in &packs {
            self.look(pack, (&encoded.asked, whole), &mut kept)?;
        }
        if let Some(file) = file {
            kept.write(&file)?;
        }
        let Kept { states, means, scalars } = kept;
        Ok(Features { packs: with(packs, states), scalars, means, cached: false, nodes })
    }

    fn look(&self, pack: &Pack, (asked, whole): (&[usize], bool), kept: &mut Kept) -> Result<(), TorchError> {
        let (device, kind) = (self.decoder.device(), self.decoder.kind());
        let config = self.decoder.config();
        let rotary = pack.rotary(config, kind, device)?;
        let attention = pack.attention(device)?;
        let below = config.layers - self.trained;
        let states = self.decoder.hidden(&pack.ids(device)?, below, &rotary, &attention)?;
        kept.states.push(states.f_to_device(tch::Device::Cpu)?);
        if !whole {
            return Ok(());
        }
        let mut x = states;
        for (number, layer) in self.decoder.layers().iter().enumerate().skip(below) {
            if number + 1 == config.layers {
                kept.means.add(pack, &x.f_to_device(tch::Device::Cpu)?, config)?;
            }
            x = layer.forward(&x, None, &rotary, &attention)?;
        }
        let normed = self.decoder.normed(&x)?.f_squeeze_dim(0)?;
        let likelihoods = likelihoods(&self.decoder, pack, asked, &normed)?;
        for (number, nodes) in pack.texts() {
            let start = asked.get(*number).copied().unwrap_or(0);
            let of_answer: Vec<f64> =
                nodes.iter().skip(start).filter_map(|node| likelihoods[*node]).collect();
            kept.scalars[*number] = summed(&of_answer);
        }
        Ok(())
    }

    fn key(&self, encoded: &Encoded, whole: bool) -> String {
        let mut bytes = format!("{VERSION} {} {} {NODES} {whole}", self.model, self.trained).into_bytes();
        for (text, asked) in encoded.texts.iter().zip(&encoded.asked) {
            bytes.extend(asked.to_le_bytes());
            bytes.extend(text.len().to_le_bytes());
            bytes.extend(text.iter().flat_map(|id| id.to_le_bytes()));
        }
        format!("{:032x}.safetensors", xxh3_128(&bytes))
    }
}

/// What is kept of a problem.
struct Kept {
    states: Vec<Tensor>,
    means: Means,
    scalars: Vec<Scalars>,
}

impl Kept {
    fn write(&self, file: &Path) -> Result<(), TorchError> {
        if let Some(folder) = file.parent() {
            fs::create_dir_all(folder).map_err(|source| ModelError::Io {
                action: "create",
                path: folder.to_owned(),
                source,
            })?;
        }
        let flat: Vec<f64> = self.scalars.iter().flatten().copied().collect();
        let mut tensors = vec![
            ("last".to_owned(), self.means.last.shallow_clone()),
            ("means".to_owned(), self.means.means.shallow_clone()),
            ("scalars".to_owned(), Tensor::from_slice(&flat)),
        ];
        for (number, states) in self.states.iter().enumerate() {
            tensors.push((format!("states.{number:04}"), states.shallow_clone()));
        }
        save_tensors(file, &tensors, &[])
    }

    /// What was kept of these packs; `None` where it is damaged: it is made again then.
    fn read(file: &Path, packs: &[Pack], texts: usize) -> Option<Self> {
        let mut found: BTreeMap<String, Tensor> = load_tensors(file).ok()?.into_iter().collect();
        let flat = Vec::<f64>::try_from(found.remove("scalars")?).ok()?;
        let scalars: Vec<Scalars> =
            flat.chunks_exact(SCALARS.len()).filter_map(|one| one.try_into().ok()).collect();
        let means = Means { means: found.remove("means")?, last: found.remove("last")? };
        let states: Vec<Tensor> = found.into_values().collect();
        let fits = |(pack, states): (&Pack, &Tensor)| {
            states.size3().is_ok_and(|(_, nodes, _)| usize::try_from(nodes) == Ok(pack.len()))
        };
        let is_whole = states.len() == packs.len()
            && packs.iter().zip(&states).all(fits)
            && scalars.len() == texts
            && means.count() == texts;
        is_whole.then_some(Self { states, means, scalars })
    }
}

fn with(packs: Vec<Pack>, states: Vec<Tensor>) -> Vec<PackFeatures> {
    packs.into_iter().zip(states).map(|(pack, states)| PackFeatures { pack, states }).collect()
}

fn summed(likelihoods: &[f64]) -> Scalars {
    let count = likelihoods.len().max(1) as f64;
    let sum: f64 = likelihoods.iter().sum();
    let least = likelihoods.iter().copied().fold(0.0, f64::min);
    let last = likelihoods.last().copied().unwrap_or(0.0);
    [sum / count, sum, least, last, likelihoods.len() as f64]
}
