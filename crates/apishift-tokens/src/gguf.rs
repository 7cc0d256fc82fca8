//! Tokenizers as GGUF files describe them.

use serde_json::{Value, json};
use tokenizers::Tokenizer;

use crate::TokenizerError;

/// What a GGUF file says of its tokenizer.
#[derive(Clone, Debug)]
pub struct GgufVocabulary<'a> {
    /// `tokenizer.ggml.model`: `gpt2` is BPE of bytes.
    pub model: &'a str,
    /// `tokenizer.ggml.pre`: how a text is split before.
    pub pre: &'a str,
    /// Tokens by id.
    pub tokens: Vec<String>,
    /// Ids of tokens that steer and stand for no text.
    pub control: Vec<usize>,
    /// Merges, best first, each two tokens with a blank between them.
    pub merges: Vec<String>,
    /// Id of the token at the beginning of a text.
    pub begin: Option<usize>,
    /// Id of the token at the end.
    pub end: Option<usize>,
    /// Id of the token for padding.
    pub padding: Option<usize>,
    /// The chat template.
    pub template: Option<&'a str>,
}

/// The two files of a tokenizer.
#[derive(Clone, Debug, PartialEq)]
pub struct GgufTokenizer {
    /// `tokenizer.json`.
    pub tokenizer: Value,
    /// `tokenizer_config.json`.
    pub config: Value,
}

/// How GPT-2 and its heirs split a text, as llama.cpp names them; the pattern is that of `transformers`.
const QWEN: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

/// Makes a tokenizer, and sees that it is one. Known are BPE of bytes (`gpt2`) with the splits `smollm`, `gpt-2`, `default` and
/// `qwen2`; another would be loaded, and cut texts in other places.
pub fn gguf_tokenizer(described: &GgufVocabulary<'_>) -> Result<GgufTokenizer, TokenizerError> {
    let unknown = |what: &str, found: &str, known: &str| {
        TokenizerError::Description(format!("its {what} is `{found}`; known are {known}"))
    };
    if described.model != "gpt2" {
        return Err(unknown("`tokenizer.ggml.model`", described.model, "`gpt2`"));
    }
    let bytes = |use_regex: bool| json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": use_regex });
    let before = match described.pre {
        "smollm" => {
            json!({ "type": "Sequence", "pretokenizers": [{ "type": "Digits", "individual_digits": true }, bytes(true)] })
        }
        "gpt-2" | "default" => bytes(true),
        "qwen2" => {
            let split = json!({ "type": "Split", "pattern": { "Regex": QWEN }, "behavior": "Isolated", "invert": false });
            json!({ "type": "Sequence", "pretokenizers": [split, bytes(false)] })
        }
        other => return Err(unknown("`tokenizer.ggml.pre`", other, "`smollm`, `gpt-2`, `default`, `qwen2`")),
    };
    let text = |id: Option<usize>| id.and_then(|id| described.tokens.get(id)).cloned();
    let added: Vec<Value> = described
        .control
        .iter()
        .filter_map(|id| Some((id, described.tokens.get(*id)?)))
        .map(|(id, token)| {
            json!({ "id": id, "content": token, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
                    "special": true })
        })
        .collect();
    let vocabulary: serde_json::Map<String, Value> =
        described.tokens.iter().enumerate().map(|(id, token)| (token.clone(), id.into())).collect();
    if vocabulary.len() != described.tokens.len() {
        return Err(TokenizerError::Description("two of its tokens are the same".to_owned()));
    }
    let normalizer = if described.pre == "qwen2" { json!({ "type": "NFC" }) } else { Value::Null };
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": added, "normalizer": normalizer,
        "pre_tokenizer": before, "post_processor": null, "decoder": bytes(true),
        "model": {
            "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null, "end_of_word_suffix": null,
            "fuse_unk": false, "byte_fallback": false, "ignore_merges": false, "vocab": vocabulary, "merges": described.merges,
        },
    });
    Tokenizer::from_bytes(tokenizer.to_string())
        .map_err(|error| TokenizerError::Description(error.to_string()))?;
    let config = json!({
        "tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": false, "add_prefix_space": false,
        "bos_token": text(described.begin), "eos_token": text(described.end), "pad_token": text(described.padding),
        "chat_template": described.template,
    });
    Ok(GgufTokenizer { tokenizer, config })
}
