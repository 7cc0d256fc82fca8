//! Checkpoints that others load: the conventions of Hugging Face's sequence classifiers.

use std::{collections::BTreeMap, fs, io, path::Path};

use apishift_nn::{
    ModelConfig, ModelError, WeightFiles,
    torch::{Trained, save_tensors},
};
use apishift_tokens::ChatTokenizer;
use apishift_types::ChatMessage;
use serde_json::{Map, Value, json};

use super::ScoreError;

/// Files of a tokenizer that are taken over as they are.
const COPIED: [&str; 4] =
    ["tokenizer.json", "chat_template.jinja", "special_tokens_map.json", "added_tokens.json"];

/// Writes the folder of a reward model: `config.json` of the base's own, `model.safetensors` with `score.weight` (32 bits), the tokenizer. The
/// folder has to be there and empty.
pub fn write_checkpoint(base: &Path, trained: &Trained, out: &Path) -> Result<(), ScoreError> {
    let config = ModelConfig::read(base)?;
    let files = WeightFiles::open(base)?;
    let mut tensors: BTreeMap<String, tch::Tensor> = BTreeMap::new();
    for name in files.names().filter(|name| name.starts_with("model.")) {
        tensors.insert(name.to_owned(), files.tensor(name)?);
    }
    for (name, tensor) in trained.masters()? {
        tensors.insert(name, tensor);
    }
    let tensors: Vec<_> = tensors.into_iter().collect();
    for name in COPIED {
        match fs::copy(base.join(name), out.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(failed("copy", &base.join(name), error).into());
            }
            _ => {}
        }
    }
    let tokens = ChatTokenizer::open(base)?;
    let padding = padding(&config, &tokens)?;
    let tokenizer = base.join("tokenizer_config.json");
    let text = fs::read(&tokenizer).map_err(|error| failed("read", &tokenizer, error))?;
    let wrong =
        |error: serde_json::Error| ModelError::Config { path: tokenizer.clone(), why: error.to_string() };
    let mut settings: Map<String, Value> = serde_json::from_slice(&text).map_err(wrong)?;
    if let Some(token) = padding.and_then(|id| tokens.token(id)) {
        settings.insert("pad_token".to_owned(), token.into());
    }
    write(out, "tokenizer_config.json", &Value::Object(settings))?;
    save_tensors(&out.join("model.safetensors"), &tensors, &[])?;
    // Last: a folder without it is no model.
    Ok(write(out, "config.json", &Value::Object(classifier(&config, padding)))?)
}

/// The base's own `config.json`, as that of a classifier with one number and no activation on it.
fn classifier(config: &ModelConfig, padding: Option<u32>) -> Map<String, Value> {
    let mut json = config.json.clone();
    let changes = [
        ("architectures", json!([format!("{}ForSequenceClassification", config.family.class())])),
        // Some readers look at the one, some at the others.
        ("num_labels", json!(1)),
        ("id2label", json!({ "0": "LABEL_0" })),
        ("label2id", json!({ "LABEL_0": 0 })),
        // vLLM would squash the score otherwise.
        ("problem_type", json!("regression")),
        ("torch_dtype", json!("float32")),
    ];
    json.remove("dtype");
    json.extend(changes.map(|(key, value)| (key.to_owned(), value)));
    if let Some(padding) = padding {
        json.insert("pad_token_id".to_owned(), padding.into());
    }
    json
}

/// A token to fill texts up with that no conversation ends with: readers take the last token that is another one. The base's own, if
/// it is such; else the first special token that no conversation has.
fn padding(config: &ModelConfig, tokens: &ChatTokenizer) -> Result<Option<u32>, ScoreError> {
    let turn = |role: &str| ChatMessage { role: role.to_owned(), content: "x".to_owned() };
    let used = tokens.encode(&[turn("system"), turn("user"), turn("assistant")], true)?;
    let own = config.padding.and_then(|id| u32::try_from(id).ok());
    let free = |id: &u32| !used.contains(id);
    Ok(own.filter(free).or_else(|| tokens.special_ids().into_iter().find(free)).or(own))
}

fn write(out: &Path, name: &str, value: &Value) -> Result<(), ModelError> {
    let path = out.join(name);
    fs::write(&path, format!("{value:#}\n")).map_err(|error| failed("write", &path, error))
}

fn failed(action: &'static str, path: &Path, source: io::Error) -> ModelError {
    ModelError::Io { action, path: path.to_owned(), source }
}
