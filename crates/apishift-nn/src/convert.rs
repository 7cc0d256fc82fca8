//! GGUF to a folder as Hugging Face's libraries have it.

use std::{
    borrow::Cow,
    cell::RefCell,
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use apishift_tokens::gguf_tokenizer;
use safetensors::{Dtype, View};
use serde_json::{Map, json};

use crate::{
    ModelError,
    gguf::{GgufFile, TensorInfo, Value},
};

/// What [`import_gguf`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// Architecture, as the file names it: `llama`, `qwen2`, `qwen3`.
    pub architecture: String,
    /// Weights of all tensors.
    pub parameters: usize,
    /// Layers.
    pub layers: usize,
    /// Tokens of the vocabulary.
    pub vocabulary: usize,
}

/// Architectures that are known, with the names that `transformers` has for them.
const ARCHITECTURES: [(&str, &str); 3] =
    [("llama", "LlamaForCausalLM"), ("qwen2", "Qwen2ForCausalLM"), ("qwen3", "Qwen3ForCausalLM")];

/// Parts of a layer: the name in GGUF, and in `transformers`.
const PARTS: [(&str, &str); 11] = [
    ("attn_norm", "input_layernorm"),
    ("ffn_norm", "post_attention_layernorm"),
    ("attn_q", "self_attn.q_proj"),
    ("attn_k", "self_attn.k_proj"),
    ("attn_v", "self_attn.v_proj"),
    ("attn_output", "self_attn.o_proj"),
    ("attn_q_norm", "self_attn.q_norm"),
    ("attn_k_norm", "self_attn.k_norm"),
    ("ffn_gate", "mlp.gate_proj"),
    ("ffn_up", "mlp.up_proj"),
    ("ffn_down", "mlp.down_proj"),
];

/// Writes a folder with `config.json`, `model.safetensors` (32 bits), `tokenizer.json`, `tokenizer_config.json` and
/// `generation_config.json`. `out` has to be empty, or not there.
///
/// Known are the architectures `llama`, `qwen2` and `qwen3` with weights of the kinds in [`crate::gguf::WeightKind`]; anything that
/// would be loaded without an error and give other numbers (a scaled `RoPE`, a tensor of no known name) is refused.
pub fn import_gguf(file: &Path, out: &Path) -> Result<Imported, ModelError> {
    let model = Model::read(file)?;
    let tokenizer = model.tokenizer()?;
    fs::create_dir_all(out).map_err(ModelError::io("create", out))?;
    let write = |name: &str, value: &serde_json::Value| {
        let path = out.join(name);
        fs::write(&path, format!("{value:#}\n")).map_err(ModelError::io("write", &path))
    };
    write("tokenizer.json", &tokenizer.tokenizer)?;
    let weights = out.join("model.safetensors");
    model.write_weights(&weights)?;
    // Its library keeps the file from everybody else; it is one like the others.
    let usual = fs::metadata(out.join("tokenizer.json")).map(|file| file.permissions());
    usual
        .and_then(|usual| fs::set_permissions(&weights, usual))
        .map_err(ModelError::io("write", &weights))?;
    write("tokenizer_config.json", &tokenizer.config)?;
    let ids = model.ids();
    write("generation_config.json", &ids.clone().into())?;
    // Last: a folder without it is no model.
    write("config.json", &model.config(ids))?;
    Ok(Imported {
        architecture: model.architecture.clone(),
        parameters: model.file.tensors().values().map(TensorInfo::elements).sum(),
        layers: model.layers,
        vocabulary: model.vocabulary,
    })
}

/// What decides how a file is converted.
struct Model {
    file: GgufFile,
    architecture: String,
    layers: usize,
    heads: usize,
    key_heads: usize,
    vocabulary: usize,
}

impl Model {
    fn read(path: &Path) -> Result<Self, ModelError> {
        let file = GgufFile::open(path)?;
        let unsupported = |why: String| ModelError::Unsupported { path: path.to_owned(), why };
        let architecture = match file.value("general.architecture") {
            Some(Value::Text(name)) => name.clone(),
            _ => return Err(unsupported("it names no architecture".to_owned())),
        };
        if !ARCHITECTURES.iter().any(|(known, _)| *known == architecture) {
            let known = ARCHITECTURES.map(|(known, _)| known).join(", ");
            return Err(unsupported(format!("its architecture is `{architecture}`; known are {known}")));
        }
        let mut model = Self { file, architecture, layers: 0, heads: 0, key_heads: 0, vocabulary: 0 };
        model.layers = model.number("block_count")?;
        model.heads = model.number("attention.head_count")?;
        model.key_heads = model.number("attention.head_count_kv").unwrap_or(model.heads);
        let embeddings = model.file.tensors().get("token_embd.weight");
        model.vocabulary = embeddings
            .map(|info| info.shape[0])
            .ok_or_else(|| unsupported("it has no token_embd.weight".to_owned()))?;
        let scaling = format!("{}.rope.scaling.type", model.architecture);
        match model.file.value(&scaling) {
            None => {}
            Some(Value::Text(kind)) if kind == "none" => {}
            Some(other) => {
                return Err(unsupported(format!("its `{scaling}` is {other:?}, which is not known yet")));
            }
        }
        if model.heads == 0 || model.key_heads == 0 || !model.heads.is_multiple_of(model.key_heads) {
            return Err(unsupported(format!(
                "it has {} heads and {} for keys",
                model.heads, model.key_heads
            )));
        }
        Ok(model)
    }

    fn unsupported(&self, why: String) -> ModelError {
        ModelError::Unsupported { path: self.file.path().to_owned(), why }
    }

    fn value(&self, key: &str) -> Option<&Value> {
        self.file.value(&format!("{}.{key}", self.architecture))
    }

    /// A count of the architecture.
    fn number(&self, key: &str) -> Result<usize, ModelError> {
        let wrong = || self.unsupported(format!("its metadata has no number `{}.{key}`", self.architecture));
        match self.value(key) {
            Some(Value::Integer(number)) => usize::try_from(*number).map_err(|_out_of_range| wrong()),
            _ => Err(wrong()),
        }
    }

    fn float(&self, key: &str) -> Option<f64> {
        match self.value(key) {
            Some(Value::Float(number)) => Some(*number),
            _ => None,
        }
    }

    /// Tokens at the beginning, at the end and for padding, where the file names them.
    fn ids(&self) -> Map<String, serde_json::Value> {
        let named = [("bos_token_id", "bos"), ("eos_token_id", "eos"), ("pad_token_id", "padding")];
        let id = |(name, key): (&str, &str)| match self.file.value(&format!("tokenizer.ggml.{key}_token_id"))
        {
            Some(Value::Integer(id)) => i64::try_from(*id).ok().map(|id| (name.to_owned(), json!(id))),
            _ => None,
        };
        named.into_iter().filter_map(id).collect()
    }

    fn config(&self, ids: Map<String, serde_json::Value>) -> serde_json::Value {
        let (_, class) =
            ARCHITECTURES.iter().find(|(name, _)| *name == self.architecture).unwrap_or(&ARCHITECTURES[0]);
        let number = |key: &str| self.number(key).ok();
        let hidden = number("embedding_length").unwrap_or(0);
        let has_bias = self.file.tensors().contains_key("blk.0.attn_q.bias");
        let mut config = json!({
            "architectures": [class],
            "model_type": self.architecture,
            "hidden_size": hidden,
            "intermediate_size": number("feed_forward_length"),
            "num_hidden_layers": self.layers,
            "num_attention_heads": self.heads,
            "num_key_value_heads": self.key_heads,
            "head_dim": number("rope.dimension_count").unwrap_or(hidden / self.heads),
            "max_position_embeddings": number("context_length"),
            "rms_norm_eps": self.float("attention.layer_norm_rms_epsilon").unwrap_or(1e-6),
            "rope_theta": self.float("rope.freq_base").unwrap_or(10_000.0),
            "hidden_act": "silu",
            "vocab_size": self.vocabulary,
            "tie_word_embeddings": !self.file.tensors().contains_key("output.weight"),
            "torch_dtype": "float32",
        });
        if let Some(config) = config.as_object_mut() {
            config.extend(ids);
            if self.architecture != "qwen2" {
                config.insert("attention_bias".to_owned(), has_bias.into());
            }
        }
        config
    }

    /// The name that `transformers` has for a tensor.
    fn name(&self, name: &str) -> Option<String> {
        match name {
            "token_embd.weight" => return Some("model.embed_tokens.weight".to_owned()),
            "output_norm.weight" => return Some("model.norm.weight".to_owned()),
            "output.weight" => return Some("lm_head.weight".to_owned()),
            _ => {}
        }
        let (layer, rest) = name.strip_prefix("blk.")?.split_once('.')?;
        let (part, kind) = rest.split_once('.')?;
        let (_, part) = PARTS.iter().find(|(known, _)| *known == part)?;
        let is_layer = layer.parse::<usize>().is_ok_and(|number| number < self.layers);
        (is_layer && matches!(kind, "weight" | "bias")).then(|| format!("model.layers.{layer}.{part}.{kind}"))
    }

    /// Heads whose rows stand in another order than `transformers` has them: GGUF keeps those of llama for a `RoPE` that turns
    /// neighbours.
    fn turned_heads(&self, name: &str) -> Option<usize> {
        let is = |part: &str| self.architecture == "llama" && name.contains(part);
        if is(".attn_q.") {
            Some(self.heads)
        } else if is(".attn_k.") {
            Some(self.key_heads)
        } else {
            None
        }
    }

    fn write_weights(&self, path: &Path) -> Result<(), ModelError> {
        let failed = RefCell::new(None);
        let mut tensors: Vec<(String, Tensor<'_>)> = Vec::new();
        for (name, info) in self.file.tensors() {
            let renamed = self.name(name);
            let renamed =
                renamed.ok_or_else(|| self.unsupported(format!("its tensor `{name}` is not known")))?;
            let heads = self.turned_heads(name);
            if heads.is_some_and(|heads| !info.shape[0].is_multiple_of(2 * heads)) {
                return Err(
                    self.unsupported(format!("`{name}` has {} rows for {heads:?} heads", info.shape[0]))
                );
            }
            tensors.push((renamed, Tensor { model: self, info, heads, failed: &failed }));
        }
        let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
        let written = safetensors::serialize_to_file(tensors, Some(metadata), path);
        if let Some(error) = failed.into_inner() {
            return Err(error);
        }
        written.map_err(|error| ModelError::Safetensors { path: path.to_owned(), why: error.to_string() })
    }

    fn tokenizer(&self) -> Result<apishift_tokens::GgufTokenizer, ModelError> {
        let texts = |key: &str| match self.file.value(&format!("tokenizer.ggml.{key}")) {
            Some(Value::List(values)) => {
                let text =
                    |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
                values.iter().map(text).collect::<Option<Vec<String>>>()
            }
            _ => None,
        };
        let text = |key: &str| match self.file.value(key) {
            Some(Value::Text(text)) => Some(text.as_str()),
            _ => None,
        };
        let missing = |what: &str| self.unsupported(format!("its metadata has no `tokenizer.ggml.{what}`"));
        let tokens = texts("tokens").ok_or_else(|| missing("tokens"))?;
        let merges = texts("merges").ok_or_else(|| missing("merges"))?;
        if tokens.len() > self.vocabulary {
            let (tokens, rows) = (tokens.len(), self.vocabulary);
            return Err(
                self.unsupported(format!("its tokenizer has {tokens} tokens, its embeddings {rows} rows"))
            );
        }
        let kinds = match self.file.value("tokenizer.ggml.token_type") {
            Some(Value::List(kinds)) => kinds.as_slice(),
            _ => &[],
        };
        let is_control = |place: usize| kinds.get(place) == Some(&Value::Integer(3));
        let id = |key: &str| match self.file.value(&format!("tokenizer.ggml.{key}_token_id")) {
            Some(Value::Integer(id)) => usize::try_from(*id).ok(),
            _ => None,
        };
        let described = apishift_tokens::GgufVocabulary {
            model: text("tokenizer.ggml.model").unwrap_or_default(),
            pre: text("tokenizer.ggml.pre").unwrap_or_default(),
            control: (0..tokens.len()).filter(|place| is_control(*place)).collect(),
            tokens,
            merges,
            begin: id("bos"),
            end: id("eos"),
            padding: id("padding"),
            template: text("tokenizer.chat_template"),
        };
        let path = || PathBuf::from(self.file.path());
        gguf_tokenizer(&described).map_err(|source| ModelError::Tokenizer { path: path(), source })
    }
}

/// A tensor that is read when it is written, so that a model need not fit in memory.
struct Tensor<'a> {
    model: &'a Model,
    info: &'a TensorInfo,
    heads: Option<usize>,
    /// What went wrong: the trait that asks for bytes takes no errors.
    failed: &'a RefCell<Option<ModelError>>,
}

impl View for Tensor<'_> {
    fn dtype(&self) -> Dtype {
        Dtype::F32
    }

    fn shape(&self) -> &[usize] {
        &self.info.shape
    }

    fn data(&self) -> Cow<'_, [u8]> {
        let weights = match self.model.file.weights(self.info) {
            Ok(weights) => weights,
            Err(error) => {
                self.failed.borrow_mut().get_or_insert(error);
                vec![0.0; self.info.elements()]
            }
        };
        let weights = match self.heads {
            Some(heads) => turned(&weights, heads, self.info.shape[0]),
            None => weights,
        };
        weights.iter().flat_map(|weight| weight.to_le_bytes()).collect::<Vec<u8>>().into()
    }

    fn data_len(&self) -> usize {
        self.info.elements() * 4
    }
}

/// Rows `b * 2 + a` of each head become rows `a * half + b`, for a `RoPE` that turns halves.
fn turned(weights: &[f32], heads: usize, rows: usize) -> Vec<f32> {
    let columns = weights.len() / rows;
    let head_rows = rows / heads;
    let half = head_rows / 2;
    let mut turned = Vec::with_capacity(weights.len());
    for head in 0..heads {
        for row in 0..head_rows {
            let (a, b) = (row / half, row % half);
            let from = (head * head_rows + b * 2 + a) * columns;
            turned.extend_from_slice(&weights[from..from + columns]);
        }
    }
    turned
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_each_head_are_turned() {
        // Two heads of four rows with one column, numbered as GGUF has them.
        let rows: Vec<f32> = (0..8_u8).map(f32::from).collect();
        assert_eq!(turned(&rows, 2, 8), [0.0, 2.0, 1.0, 3.0, 4.0, 6.0, 5.0, 7.0]);
    }
}
