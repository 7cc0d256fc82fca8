//! The trained top of a reward model: a decoder's last layers, its last norm, and the map to one number.

use apishift_nn::{
    ModelConfig,
    torch::{Attention, Layer, Mixed, Pack, Parameters, TorchError, Trained},
};
use tch::{Kind, Tensor};

use super::PackFeatures;

/// The last layers of a decoder and a `score` on the state of a text's last token: what `transformers` calls a sequence classifier.
#[derive(Debug)]
pub struct Head {
    config: ModelConfig,
    /// All but the last of its layers.
    lower: Vec<Layer>,
    /// The last layer, the norm and the score are computed with in 32 bits: in 16, scores that differ would be alike.
    last: Layer,
    norm: Tensor,
    /// `(1, C)`
    score: Tensor,
}

/// Names of a head's parameters with their shapes, as `transformers` has them.
pub fn head_names(config: &ModelConfig, layers: usize) -> Result<Vec<(String, Vec<usize>)>, TorchError> {
    /// Notes what is asked for.
    struct Asked(Vec<(String, Vec<usize>)>);
    impl Parameters for Asked {
        fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, TorchError> {
            self.0.push((name.to_owned(), shape.to_vec()));
            Ok(Tensor::from_slice(&[0.0_f32]))
        }
    }
    let mut asked = Asked(Vec::new());
    Head::take(config, layers, &mut asked)?;
    Ok(asked.0)
}

impl Head {
    /// The last `layers` layers of a model, its norm and its score.
    pub fn take(config: &ModelConfig, layers: usize, from: &mut dyn Parameters) -> Result<Self, TorchError> {
        /// The same in 32 bits.
        struct Exact<'a>(&'a mut dyn Parameters);
        impl Parameters for Exact<'_> {
            fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, TorchError> {
                Ok(self.0.take(name, shape)?.f_to_kind(Kind::Float)?)
            }
        }
        let first = config.layers - layers.clamp(1, config.layers);
        let lower = (first..config.layers - 1).map(|number| Layer::take(config, number, from));
        let lower = lower.collect::<Result<Vec<_>, _>>()?;
        let mut from = Exact(from);
        let last = Layer::take(config, config.layers - 1, &mut from)?;
        let norm = from.take("model.norm.weight", &[config.hidden])?;
        let score = from.take("score.weight", &[1, config.hidden])?;
        Ok(Self { config: config.clone(), lower, last, norm, score })
    }

    /// A head whose parameters are all trained.
    pub fn of(config: &ModelConfig, layers: usize, trained: &Trained) -> Result<Self, TorchError> {
        /// Nothing else is there.
        struct Nothing;
        impl Parameters for Nothing {
            fn take(&mut self, name: &str, _: &[usize]) -> Result<Tensor, TorchError> {
                Err(TorchError::Shape(format!("`{name}` is not among what is trained")))
            }
        }
        Self::take(config, layers, &mut Mixed { trained, frozen: &mut Nothing })
    }

    /// Scores of a tree's texts, `(Q)` in their order: states below the trained layers, `(1, N, C)`, to the score at each last token. The
    /// lower layers are computed in the kind of the states.
    pub fn scores(&self, features: &PackFeatures) -> Result<Tensor, TorchError> {
        let device = self.score.device();
        let pack = &features.pack;
        let ends: Vec<usize> = pack.texts().iter().filter_map(|(_, nodes)| nodes.last().copied()).collect();
        let rows: Vec<i64> = ends.iter().filter_map(|end| i64::try_from(*end).ok()).collect();
        let rows = Tensor::f_from_slice(&rows)?.f_to_device(device)?;
        let mut x = features.states.f_to_device(device)?;
        if let Some(kind) = self.lower.first().map(Layer::kind) {
            x = x.f_to_kind(kind)?;
            let rotary = pack.rotary(&self.config, kind, device)?;
            let attention = pack.attention(device)?;
            for layer in &self.lower {
                x = layer.forward(&x, None, &rotary, &attention)?;
            }
        }
        let rotary = pack.rotary(&self.config, Kind::Float, device)?;
        let attention: Attention = pack.attention_of(&ends, device)?;
        let x = self.last.forward(&x.f_to_kind(Kind::Float)?, Some(&rows), &rotary, &attention)?;
        let normed = x.f_rms_norm(self.norm.size(), Some(&self.norm), self.config.epsilon)?;
        Ok(normed.f_linear(&self.score, None::<&Tensor>)?.f_reshape([-1])?)
    }

    /// Of which texts [`Self::scores`] gives scores.
    pub fn order(pack: &Pack) -> impl Iterator<Item = usize> {
        pack.texts().iter().map(|(number, _)| *number)
    }
}
