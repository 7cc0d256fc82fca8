//! One decoder for Llama, Qwen2 and Qwen3: the arithmetic of `transformers`, checked against it in `tests/interop`.

use tch::{Kind, Tensor};

use super::{Parameters, Precision, Rotary, TorchError, tensors::FromFiles};
use crate::{ModelConfig, WeightFiles};

/// Who attends to whom.
#[derive(Debug)]
pub enum Attention {
    /// Everybody to everything before: what is filled up on the right stays without effect on what stands before it, so that no mask
    /// is needed.
    Causal,
    /// Those for whom it says so, `(Q, T)` or `(B, 1, Q, T)`, truth values.
    Mask(Tensor),
    /// Runs of tokens that ask, one after the other, each of some tokens only: what a mask says, without computing what it hides.
    Runs(Vec<Run>),
}

/// Tokens one after the other that ask.
#[derive(Debug)]
pub struct Run {
    /// How many ask: those after the ones of the run before.
    pub(super) asking: i64,
    /// Whom they ask, `(K)`: places.
    pub(super) asked: Tensor,
    /// What is added to how much each asks each, `(Q, K)`: 0, or minus infinity for whom it may not ask.
    pub(super) bias: Tensor,
}

/// A linear map, `(out, in)`.
#[derive(Debug)]
struct Linear {
    weight: Tensor,
    bias: Option<Tensor>,
}

impl Linear {
    fn take(
        from: &mut dyn Parameters,
        name: &str,
        shape: [usize; 2],
        has_bias: bool,
    ) -> Result<Self, TorchError> {
        let bias = has_bias.then(|| from.take(&format!("{name}.bias"), &shape[..1])).transpose()?;
        Ok(Self { weight: from.take(&format!("{name}.weight"), &shape)?, bias })
    }

    fn of(&self, x: &Tensor) -> Result<Tensor, TorchError> {
        Ok(x.f_linear(&self.weight, self.bias.as_ref())?)
    }
}

/// A layer: attention, then a gated feed-forward part, each added to what comes in.
#[derive(Debug)]
pub struct Layer {
    before_attention: Tensor,
    queries: Linear,
    keys: Linear,
    values: Linear,
    query_norm: Option<Tensor>,
    key_norm: Option<Tensor>,
    output: Linear,
    before_feed_forward: Tensor,
    gate: Linear,
    up: Linear,
    down: Linear,
    shape: Shape,
}

/// What a layer knows of the model.
#[derive(Clone, Copy, Debug)]
struct Shape {
    heads: i64,
    key_heads: i64,
    head_dim: i64,
    epsilon: f64,
}

impl Layer {
    /// The layer of a number, its parameters named as `transformers` names them.
    pub fn take(config: &ModelConfig, number: usize, from: &mut dyn Parameters) -> Result<Self, TorchError> {
        let (hidden, inner) = (config.hidden, config.intermediate);
        let (wide, narrow) = (config.heads * config.head_dim, config.key_heads * config.head_dim);
        let name = |part: &str| format!("model.layers.{number}.{part}");
        let bias = config.attention_bias;
        let mut linear = |part: &str, shape, bias| Linear::take(from, &name(part), shape, bias);
        let queries = linear("self_attn.q_proj", [wide, hidden], bias)?;
        let keys = linear("self_attn.k_proj", [narrow, hidden], bias)?;
        let values = linear("self_attn.v_proj", [narrow, hidden], bias)?;
        let output = linear("self_attn.o_proj", [hidden, wide], config.output_bias)?;
        let gate = linear("mlp.gate_proj", [inner, hidden], config.feed_forward_bias)?;
        let up = linear("mlp.up_proj", [inner, hidden], config.feed_forward_bias)?;
        let down = linear("mlp.down_proj", [hidden, inner], config.feed_forward_bias)?;
        let mut norm = |part: &str, width: usize| from.take(&name(part), &[width]);
        let normed = config.family == crate::Family::Qwen3;
        Ok(Self {
            before_attention: norm("input_layernorm.weight", hidden)?,
            before_feed_forward: norm("post_attention_layernorm.weight", hidden)?,
            query_norm: normed.then(|| norm("self_attn.q_norm.weight", config.head_dim)).transpose()?,
            key_norm: normed.then(|| norm("self_attn.k_norm.weight", config.head_dim)).transpose()?,
            queries,
            keys,
            values,
            output,
            gate,
            up,
            down,
            shape: Shape::of(config),
        })
    }

    /// In which kind it computes.
    pub fn kind(&self) -> Kind {
        self.before_attention.kind()
    }

    /// What comes out for `x`, `(B, T, C)`. With `rows`, `(Q)`, only these tokens ask, and only of them is there something that comes
    /// out, `(B, Q, C)`: the last layer of a model whose other tokens nobody looks at costs next to nothing.
    pub fn forward(
        &self,
        x: &Tensor,
        rows: Option<&Tensor>,
        rotary: &Rotary,
        attention: &Attention,
    ) -> Result<Tensor, TorchError> {
        let normed = norm(x, &self.before_attention, self.shape.epsilon)?;
        let (asking, asked, rotary_of_queries) = match rows {
            None => (x.shallow_clone(), normed.shallow_clone(), None),
            Some(rows) => {
                (x.f_index_select(1, rows)?, normed.f_index_select(1, rows)?, Some(rotary.at(rows)?))
            }
        };
        let split = |x: Tensor, heads: i64, weight: &Option<Tensor>| -> Result<Tensor, TorchError> {
            let (batch, tokens, _) = x.size3()?;
            let x = x.f_view([batch, tokens, heads, self.shape.head_dim])?;
            let x = match weight {
                Some(weight) => norm(&x, weight, self.shape.epsilon)?,
                None => x,
            };
            Ok(x.f_transpose(1, 2)?)
        };
        let queries = split(self.queries.of(&asked)?, self.shape.heads, &self.query_norm)?;
        let queries = rotary_of_queries.as_ref().unwrap_or(rotary).turn(&queries)?;
        let keys = rotary.turn(&split(self.keys.of(&normed)?, self.shape.key_heads, &self.key_norm)?)?;
        let values = split(self.values.of(&normed)?, self.shape.key_heads, &None)?;
        let mixed = self.attend(&queries, &keys, &values, attention)?;
        let (batch, _, tokens, _) = mixed.size4()?;
        let mixed = mixed.f_transpose(1, 2)?.f_reshape([batch, tokens, -1])?;
        let x = asking.f_add(&self.output.of(&mixed)?)?;
        let normed = norm(&x, &self.before_feed_forward, self.shape.epsilon)?;
        let (mut gate, up) = (self.gate.of(&normed)?, self.up.of(&normed)?);
        let inner = if gate.requires_grad() || up.requires_grad() {
            gate.f_silu()?.f_mul(&up)?
        } else {
            // In place: fresh memory of this size costs more than what is computed.
            gate.f_silu_()?.f_mul_(&up)?
        };
        Ok(x.f_add(&self.down.of(&inner)?)?)
    }

    /// Values mixed as queries and keys say: `(B, H, Q, D)`.
    fn attend(
        &self,
        queries: &Tensor,
        keys: &Tensor,
        values: &Tensor,
        attention: &Attention,
    ) -> Result<Tensor, TorchError> {
        let shares = self.shape.heads != self.shape.key_heads;
        let mix = |mask: Option<&Tensor>| {
            let is_causal = mask.is_none();
            Tensor::f_scaled_dot_product_attention(queries, keys, values, mask, 0.0, is_causal, None, shares)
        };
        Ok(match attention {
            Attention::Causal => mix(None)?,
            Attention::Mask(mask) => mix(Some(mask))?,
            Attention::Runs(runs) => {
                let mut mixed = Vec::with_capacity(runs.len());
                let mut start = 0;
                for run in runs {
                    let asking = queries.f_narrow(2, start, run.asking)?;
                    mixed.push(self.mix_run(&asking, keys, values, run)?);
                    start += run.asking;
                }
                Tensor::f_cat(&mixed, 2)?
            }
        })
    }

    /// The same for one run of one text, `(1, H, Q, D)`, as two products: with a mask libtorch's own kernel for CPUs takes up to twice
    /// as long. Heads that share their keys ask together.
    fn mix_run(
        &self,
        asking: &Tensor,
        keys: &Tensor,
        values: &Tensor,
        run: &Run,
    ) -> Result<Tensor, TorchError> {
        let Shape { heads, key_heads, head_dim, .. } = self.shape;
        let of = |x: &Tensor| x.f_squeeze_dim(0)?.f_index_select(1, &run.asked);
        let (keys, values) = (of(keys)?, of(values)?);
        let scale = 1.0 / (head_dim as f64).sqrt();
        let asking = asking.f_mul_scalar(scale)?.f_reshape([key_heads, -1, head_dim])?;
        let shape = [key_heads, heads / key_heads, run.asking, run.asked.size1()?];
        let bias = run.bias.f_to_kind(asking.kind())?;
        let shares = asking
            .f_bmm(&keys.f_transpose(1, 2)?)?
            .f_view(shape)?
            .f_add(&bias)?
            .f_softmax(-1, asking.kind())?;
        let mixed = shares.f_view([key_heads, -1, shape[3]])?.f_bmm(&values)?;
        Ok(mixed.f_view([1, heads, run.asking, head_dim])?)
    }
}

impl Shape {
    fn of(config: &ModelConfig) -> Self {
        // `ModelConfig` takes no count that does not fit.
        let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Self {
            heads: number(config.heads),
            key_heads: number(config.key_heads),
            head_dim: number(config.head_dim),
            epsilon: config.epsilon,
        }
    }
}

/// Root-mean-square norm over the last dimension.
fn norm(x: &Tensor, weight: &Tensor, epsilon: f64) -> Result<Tensor, TorchError> {
    let kind = x.kind();
    if kind == Kind::Float || x.device() != tch::Device::Cpu {
        return Ok(x.f_rms_norm(weight.size(), Some(weight), epsilon)?);
    }
    // In 16 bits libtorch goes through a CPU's memory many times; there and back is faster, and what `transformers` computes.
    let exact = x.f_to_kind(Kind::Float)?;
    let normed = exact.f_rms_norm(weight.size(), Some(&weight.f_to_kind(Kind::Float)?), epsilon)?;
    Ok(normed.f_to_kind(kind)?)
}

/// A decoder with the head of its language model.
#[derive(Debug)]
pub struct Decoder {
    config: ModelConfig,
    embeddings: Tensor,
    layers: Vec<Layer>,
    norm: Tensor,
    head: Option<Tensor>,
}

impl Decoder {
    /// Loads a model's weights.
    pub fn load(
        config: &ModelConfig,
        files: &WeightFiles,
        precision: Precision,
        device: tch::Device,
    ) -> Result<Self, TorchError> {
        // Wrapped: what is read is no part of a computation that somebody differentiates.
        tch::no_grad(|| Self::take(config, &mut FromFiles { files, kind: precision.kind(), device }))
    }

    /// A decoder of parameters from anywhere. A head that is not tied and not there (a reward model has none) is left out.
    pub fn take(config: &ModelConfig, from: &mut dyn Parameters) -> Result<Self, TorchError> {
        let table = [config.vocabulary, config.hidden];
        let embeddings = from.take("model.embed_tokens.weight", &table)?;
        let layers = (0..config.layers).map(|number| Layer::take(config, number, from));
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let norm = from.take("model.norm.weight", &[config.hidden])?;
        let head = if config.tied { None } else { from.take("lm_head.weight", &table).ok() };
        Ok(Self { config: config.clone(), embeddings, layers, norm, head })
    }

    /// Its shape.
    pub fn config(&self) -> &ModelConfig {
        &self.config
    }

    /// In which kind it computes.
    pub fn kind(&self) -> Kind {
        self.embeddings.kind()
    }

    /// Where it computes.
    pub fn device(&self) -> tch::Device {
        self.embeddings.device()
    }

    /// Its layers, in order.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// `(B, T)` token ids to `(B, T, C)`. An id beyond the vocabulary is an error, and stays one on a GPU too.
    pub fn embed(&self, ids: &Tensor) -> Result<Tensor, TorchError> {
        Ok(Tensor::f_embedding(&self.embeddings, ids, -1, false, false)?)
    }

    /// `(B, T, C)` after the first `count` layers, without the last norm.
    pub fn hidden(
        &self,
        ids: &Tensor,
        count: usize,
        rotary: &Rotary,
        attention: &Attention,
    ) -> Result<Tensor, TorchError> {
        let mut x = self.embed(ids)?;
        for layer in self.layers.iter().take(count) {
            x = layer.forward(&x, None, rotary, attention)?;
        }
        Ok(x)
    }

    /// The last norm.
    pub fn normed(&self, x: &Tensor) -> Result<Tensor, TorchError> {
        norm(x, &self.norm, self.config.epsilon)
    }

    /// Logits of the next token, `(.., V)`, of what [`Self::normed`] gives.
    pub fn logits(&self, normed: &Tensor) -> Result<Tensor, TorchError> {
        let head = if self.config.tied { Some(&self.embeddings) } else { self.head.as_ref() };
        let head =
            head.ok_or_else(|| TorchError::Shape("the model has no head of a language model".to_owned()))?;
        Ok(normed.f_linear(head, None::<&Tensor>)?)
    }

    /// Normed states of right-padded texts, `(B, T)` ids to `(B, T, C)`.
    pub fn forward(&self, ids: &Tensor) -> Result<Tensor, TorchError> {
        let (_, tokens) = ids.size2()?;
        let places = Tensor::f_arange(tokens, (Kind::Int64, ids.device()))?.f_unsqueeze(0)?;
        let rotary = Rotary::new(&self.config, &places, self.kind())?;
        let x = self.hidden(ids, self.layers.len(), &rotary, &Attention::Causal)?;
        self.normed(&x)
    }
}
