//! What a model's `config.json` says.

use std::{fs, path::Path};

use serde_json::{Map, Value};

use crate::ModelError;

/// Families of decoders, by `model_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Llama, and what has its form (`SmolLM2`).
    Llama,
    /// Qwen2 and Qwen2.5: biases on queries, keys and values.
    Qwen2,
    /// Qwen3: queries and keys are normalised in each head.
    Qwen3,
}

impl Family {
    /// Every family.
    pub const ALL: [Self; 3] = [Self::Llama, Self::Qwen2, Self::Qwen3];

    /// The name in `model_type`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Llama => "llama",
            Self::Qwen2 => "qwen2",
            Self::Qwen3 => "qwen3",
        }
    }

    /// The beginning of the names of its classes in `transformers`.
    pub fn class(self) -> &'static str {
        match self {
            Self::Llama => "Llama",
            Self::Qwen2 => "Qwen2",
            Self::Qwen3 => "Qwen3",
        }
    }
}

/// How the frequencies of rotary positions are stretched beyond the length that a model was first trained on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum RopeScaling {
    /// Not at all.
    None,
    /// All by one factor.
    Linear {
        /// How much longer texts may be.
        factor: f64,
    },
    /// Llama 3: low frequencies by the factor, high ones not, those between in part.
    Llama3 {
        /// How much longer texts may be.
        factor: f64,
        /// Waves longer than the first length divided by this are stretched whole.
        low: f64,
        /// Waves shorter than the first length divided by this are left alone.
        high: f64,
        /// The first length, in tokens.
        original: f64,
    },
    /// `YaRN` (2309.00071), as Qwen2.5 uses it.
    Yarn {
        /// How much longer texts may be.
        factor: f64,
        /// Rotations over the first length above which a frequency is left alone.
        fast: f64,
        /// Rotations below which it is stretched whole.
        slow: f64,
        /// The first length, in tokens.
        original: f64,
        /// What cosines and sines are multiplied by.
        attention: f64,
        /// Whether the limits of the ramp are rounded outwards.
        truncate: bool,
    },
}

/// Rotary positions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rope {
    /// Base of the frequencies.
    pub theta: f64,
    /// How they are stretched.
    pub scaling: RopeScaling,
}

/// Shape of a decoder, as its `config.json` has it.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of the file, and none follows from another")]
pub struct ModelConfig {
    /// The family.
    pub family: Family,
    /// Width of the residual stream.
    pub hidden: usize,
    /// Width inside a feed-forward part.
    pub intermediate: usize,
    /// Layers.
    pub layers: usize,
    /// Heads of queries.
    pub heads: usize,
    /// Heads of keys and values; divides `heads`.
    pub key_heads: usize,
    /// Width of a head.
    pub head_dim: usize,
    /// Rows of the embeddings.
    pub vocabulary: usize,
    /// The longest text, in tokens.
    pub positions: usize,
    /// Added to the mean square before its root.
    pub epsilon: f64,
    /// Rotary positions.
    pub rope: Rope,
    /// Whether queries, keys and values have biases.
    pub attention_bias: bool,
    /// Whether the attention's output has one.
    pub output_bias: bool,
    /// Whether feed-forward parts have them.
    pub feed_forward_bias: bool,
    /// Whether the head of the language model is the embeddings.
    pub tied: bool,
    /// Token that texts are filled up with, where there is one.
    pub padding: Option<i64>,
    /// The whole file, to be written again.
    pub json: Map<String, Value>,
}

impl ModelConfig {
    /// Reads the `config.json` of a model's folder.
    pub fn read(folder: &Path) -> Result<Self, ModelError> {
        let path = folder.join("config.json");
        let text = fs::read(&path).map_err(ModelError::io("read", &path))?;
        let wrong = |why: String| ModelError::Config { path: path.clone(), why };
        let value: Value = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        let Value::Object(json) = value else { return Err(wrong("it is no object".to_owned())) };
        Self::parse(json).map_err(wrong)
    }

    /// What an object says. Wrong: a sentence about the first thing that is not known or does not fit.
    pub fn parse(json: Map<String, Value>) -> Result<Self, String> {
        let keys = Keys(&json);
        let kind = keys.text("model_type")?;
        let known = || Family::ALL.map(Family::as_str).join(", ");
        let family = Family::ALL.into_iter().find(|family| family.as_str() == kind);
        let family = family.ok_or_else(|| format!("its `model_type` is `{kind}`; known are {}", known()))?;
        if let Some(act) = json.get("hidden_act").filter(|act| *act != "silu") {
            return Err(format!("its `hidden_act` is {act}; known is \"silu\""));
        }
        if keys.flag("use_sliding_window")? == Some(true) {
            return Err("it uses a sliding window, which is not known here".to_owned());
        }
        let hidden = keys.count("hidden_size")?;
        let heads = keys.count("num_attention_heads")?;
        let key_heads = keys.optional_count("num_key_value_heads")?.unwrap_or(heads);
        if !heads.is_multiple_of(key_heads) {
            return Err(format!("its {heads} heads cannot share {key_heads} heads of keys"));
        }
        let head_dim = keys.optional_count("head_dim")?.unwrap_or(hidden / heads);
        if !head_dim.is_multiple_of(2) || head_dim == 0 {
            return Err(format!("its heads are {head_dim} wide, which cannot be halved"));
        }
        let positions = keys.count("max_position_embeddings")?;
        let bias = keys.flag("attention_bias")?.unwrap_or(family == Family::Qwen2);
        Ok(Self {
            family,
            hidden,
            intermediate: keys.count("intermediate_size")?,
            layers: keys.count("num_hidden_layers")?,
            heads,
            key_heads,
            head_dim,
            vocabulary: keys.count("vocab_size")?,
            positions,
            epsilon: keys.number("rms_norm_eps")?.unwrap_or(1e-6),
            rope: rope(&keys, positions)?,
            attention_bias: bias,
            output_bias: bias && family != Family::Qwen2,
            feed_forward_bias: keys.flag("mlp_bias")?.unwrap_or(false),
            // What `transformers` takes where the file is silent.
            tied: keys.flag("tie_word_embeddings")?.unwrap_or(false),
            padding: json.get("pad_token_id").and_then(Value::as_i64),
            json,
        })
    }
}

/// An object's keys, read with their types.
struct Keys<'a>(&'a Map<String, Value>);

impl Keys<'_> {
    fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key).filter(|value| !value.is_null())
    }

    fn text(&self, key: &str) -> Result<&str, String> {
        self.get(key).and_then(Value::as_str).ok_or_else(|| format!("it has no text `{key}`"))
    }

    fn flag(&self, key: &str) -> Result<Option<bool>, String> {
        let wrong = |value: &Value| format!("its `{key}` is {value}, not true or false");
        self.get(key).map(|value| value.as_bool().ok_or_else(|| wrong(value))).transpose()
    }

    fn number(&self, key: &str) -> Result<Option<f64>, String> {
        let wrong = |value: &Value| format!("its `{key}` is {value}, no number");
        self.get(key).map(|value| value.as_f64().ok_or_else(|| wrong(value))).transpose()
    }

    fn optional_count(&self, key: &str) -> Result<Option<usize>, String> {
        let wrong = |value: &Value| format!("its `{key}` is {value}, no count");
        let count = |value: &Value| {
            let count = value.as_u64().and_then(|count| usize::try_from(count).ok());
            // No dimension of a model is larger, and products of them must not overflow.
            count.filter(|count| (1..=1 << 24).contains(count)).ok_or_else(|| wrong(value))
        };
        self.get(key).map(count).transpose()
    }

    fn count(&self, key: &str) -> Result<usize, String> {
        self.optional_count(key)?.ok_or_else(|| format!("it has no `{key}`"))
    }
}

/// `rope_theta` with `rope_scaling`, or `rope_parameters` as transformers 5 writes it.
fn rope(keys: &Keys<'_>, positions: usize) -> Result<Rope, String> {
    let empty = Map::new();
    let named = ["rope_parameters", "rope_scaling"].into_iter().find_map(|key| Some((key, keys.get(key)?)));
    let parameters = match named {
        None => &empty,
        Some((_, Value::Object(parameters))) => parameters,
        Some((key, other)) => return Err(format!("its `{key}` is {other}, no object")),
    };
    let parameters = Keys(parameters);
    if parameters.number("partial_rotary_factor")?.is_some_and(|factor| (factor - 1.0).abs() > 0.0) {
        return Err("only a part of its heads is rotated, which is not known here".to_owned());
    }
    let theta = match parameters.number("rope_theta")? {
        Some(theta) => theta,
        None => keys.number("rope_theta")?.unwrap_or(10_000.0),
    };
    let need = |key: &str| parameters.number(key)?.ok_or_else(|| format!("its RoPE has no `{key}`"));
    let or = |key: &str, default: f64| Ok::<f64, String>(parameters.number(key)?.unwrap_or(default));
    let kind = parameters.get("rope_type").or_else(|| parameters.get("type"));
    let original = || or("original_max_position_embeddings", positions as f64);
    let scaling = match kind.map_or(Some("default"), Value::as_str) {
        Some("default") => RopeScaling::None,
        Some("linear") => RopeScaling::Linear { factor: need("factor")? },
        Some("llama3") => RopeScaling::Llama3 {
            factor: need("factor")?,
            low: need("low_freq_factor")?,
            high: need("high_freq_factor")?,
            original: original()?,
        },
        Some("yarn") => {
            let factor = need("factor")?;
            if parameters.get("mscale").is_some() || parameters.get("mscale_all_dim").is_some() {
                return Err("its YaRN has `mscale`, which is not known here".to_owned());
            }
            let usual = if factor > 1.0 { 0.1f64.mul_add(factor.ln(), 1.0) } else { 1.0 };
            RopeScaling::Yarn {
                factor,
                fast: or("beta_fast", 32.0)?,
                slow: or("beta_slow", 1.0)?,
                original: original()?,
                attention: or("attention_factor", usual)?,
                truncate: parameters.flag("truncate")?.unwrap_or(true),
            }
        }
        _ => {
            let kind = kind.map(ToString::to_string).unwrap_or_default();
            return Err(format!("its RoPE is scaled as {kind}; known are default, linear, llama3, yarn"));
        }
    };
    Ok(Rope { theta, scaling })
}

impl Rope {
    /// Frequencies of a head's halves, `head_dim / 2` of them, in radians per token; and what cosines and sines are multiplied by.
    /// The arithmetic of `transformers`, in 64 bits.
    pub fn frequencies(&self, head_dim: usize) -> (Vec<f64>, f64) {
        let plain = |place: usize| self.theta.powf(-2.0 * place as f64 / head_dim as f64);
        let plain = (0..head_dim / 2).map(plain);
        let tau = std::f64::consts::TAU;
        match self.scaling {
            RopeScaling::None => (plain.collect(), 1.0),
            RopeScaling::Linear { factor } => (plain.map(|frequency| frequency / factor).collect(), 1.0),
            RopeScaling::Llama3 { factor, low, high, original } => {
                let scaled = |frequency: f64| {
                    let wave = tau / frequency;
                    if wave < original / high {
                        frequency
                    } else if wave > original / low {
                        frequency / factor
                    } else {
                        let smooth = (original / wave - low) / (high - low);
                        (1.0 - smooth).mul_add(frequency / factor, smooth * frequency)
                    }
                };
                (plain.map(scaled).collect(), 1.0)
            }
            RopeScaling::Yarn { factor, fast, slow, original, attention, truncate } => {
                let width = head_dim as f64;
                let place = |turns: f64| width * (original / (turns * tau)).ln() / (2.0 * self.theta.ln());
                let (mut first, mut last) = (place(fast), place(slow));
                if truncate {
                    (first, last) = (first.floor(), last.ceil());
                }
                (first, last) = (first.max(0.0), last.min(width - 1.0));
                let span = if last - first == 0.0 { 0.001 } else { last - first };
                let scaled = |(place, frequency): (usize, f64)| {
                    let ramp = ((place as f64 - first) / span).clamp(0.0, 1.0);
                    (1.0 - ramp).mul_add(frequency, ramp * frequency / factor)
                };
                (plain.enumerate().map(scaled).collect(), attention)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn config(changes: Value) -> Result<ModelConfig, String> {
        let mut whole = json!({
            "model_type": "llama", "hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2,
            "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 100, "max_position_embeddings": 512,
        });
        if let (Value::Object(whole), Value::Object(changes)) = (&mut whole, changes) {
            whole.extend(changes);
        }
        match whole {
            Value::Object(whole) => ModelConfig::parse(whole),
            other => Err(other.to_string()),
        }
    }

    #[test]
    fn what_is_left_out_is_what_transformers_takes() {
        let config = config(json!({})).expect("it is whole");
        assert_eq!((config.head_dim, config.tied, config.attention_bias), (16, false, false));
        assert_eq!(config.rope, Rope { theta: 10_000.0, scaling: RopeScaling::None });
        let qwen = self::config(json!({ "model_type": "qwen2" })).expect("it is whole");
        assert!(qwen.attention_bias && !qwen.output_bias);
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        let cases = [
            (json!({ "model_type": "mamba" }), "`mamba`; known are llama, qwen2, qwen3"),
            (json!({ "hidden_act": "gelu" }), "\"gelu\""),
            (json!({ "num_key_value_heads": 3 }), "3 heads of keys"),
            (json!({ "hidden_size": "wide" }), "`hidden_size` is \"wide\""),
            (json!({ "vocab_size": -1 }), "`vocab_size` is -1"),
            (json!({ "rope_scaling": { "type": "dynamic", "factor": 2 } }), "\"dynamic\""),
            (json!({ "rope_scaling": { "rope_type": "llama3", "factor": 8 } }), "`low_freq_factor`"),
            (json!({ "use_sliding_window": true }), "sliding window"),
        ];
        for (changes, wanted) in cases {
            let error = config(changes.clone()).expect_err("it is not known");
            assert!(error.contains(wanted), "{changes}: {error}");
        }
    }

    #[test]
    fn both_ways_to_write_rope_are_read() {
        let old = json!({ "rope_theta": 500_000.0, "rope_scaling": { "type": "linear", "factor": 4.0 } });
        let new =
            json!({ "rope_parameters": { "rope_type": "linear", "rope_theta": 500_000.0, "factor": 4.0 } });
        assert_eq!(config(old).expect("known").rope, config(new).expect("known").rope);
    }
}
