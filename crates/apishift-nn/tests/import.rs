//! GGUF files that are made here, as folders.

use std::{collections::BTreeMap, fs, path::Path};

use apishift_nn::{ModelError, gguf::GgufFile, import_gguf};
use half::f16;
use safetensors::SafeTensors;
use serde_json::Value;
use tempfile::TempDir;

/// A value of the metadata, with its type.
enum Meta {
    Integer(u32),
    Float(f32),
    Text(&'static str),
    Texts(Vec<String>),
    Kinds(Vec<i32>),
}

/// A file in the making: what it says, and its tensors (rows before columns).
struct Maker {
    metadata: Vec<(String, Meta)>,
    tensors: Vec<(String, Vec<u64>, u32, Vec<u8>)>,
}

fn text(out: &mut Vec<u8>, text: &str) {
    out.extend((text.len() as u64).to_le_bytes());
    out.extend(text.as_bytes());
}

impl Maker {
    /// A llama of one layer: width 32, two heads of 16, one for keys.
    fn llama() -> Self {
        let tokens = ["<|end|>", "a", "b", "ab"].map(str::to_owned).to_vec();
        let metadata = [
            ("general.architecture", Meta::Text("llama")),
            ("llama.block_count", Meta::Integer(1)),
            ("llama.attention.head_count", Meta::Integer(2)),
            ("llama.attention.head_count_kv", Meta::Integer(1)),
            ("llama.embedding_length", Meta::Integer(32)),
            ("llama.feed_forward_length", Meta::Integer(64)),
            ("llama.context_length", Meta::Integer(128)),
            ("llama.attention.layer_norm_rms_epsilon", Meta::Float(1e-5)),
            ("llama.rope.freq_base", Meta::Float(100_000.0)),
            ("tokenizer.ggml.model", Meta::Text("gpt2")),
            ("tokenizer.ggml.pre", Meta::Text("smollm")),
            ("tokenizer.ggml.tokens", Meta::Texts(tokens)),
            ("tokenizer.ggml.merges", Meta::Texts(vec!["a b".to_owned()])),
            ("tokenizer.ggml.token_type", Meta::Kinds(vec![3, 1, 1, 1])),
            ("tokenizer.ggml.eos_token_id", Meta::Integer(0)),
            ("tokenizer.chat_template", Meta::Text("{{ messages[0].content }}")),
        ];
        let metadata = metadata.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        let mut maker = Self { metadata, tensors: Vec::new() };
        for (name, rows) in
            [("token_embd", 4), ("output_norm", 0), ("blk.0.attn_norm", 0), ("blk.0.attn_k", 16)]
        {
            maker.numbers(name, rows);
        }
        maker.numbers("blk.0.attn_q", 32);
        maker
    }

    /// A tensor of 32 columns whose weights are numbered.
    fn numbers(&mut self, name: &str, rows: u16) {
        let shape = if rows == 0 { vec![32] } else { vec![32, u64::from(rows)] };
        let weights = (0..rows.max(1) * 32).flat_map(|number| f32::from(number).to_le_bytes()).collect();
        self.tensors.push((format!("{name}.weight"), shape, 0, weights));
    }

    fn bytes(&self) -> Vec<u8> {
        let mut out = b"GGUF".to_vec();
        out.extend(3_u32.to_le_bytes());
        out.extend((self.tensors.len() as u64).to_le_bytes());
        out.extend((self.metadata.len() as u64).to_le_bytes());
        for (key, value) in &self.metadata {
            text(&mut out, key);
            match value {
                Meta::Integer(number) => {
                    out.extend(4_u32.to_le_bytes());
                    out.extend(number.to_le_bytes());
                }
                Meta::Float(number) => {
                    out.extend(6_u32.to_le_bytes());
                    out.extend(number.to_le_bytes());
                }
                Meta::Text(value) => {
                    out.extend(8_u32.to_le_bytes());
                    text(&mut out, value);
                }
                Meta::Texts(values) => {
                    out.extend([9_u32.to_le_bytes(), 8_u32.to_le_bytes()].concat());
                    out.extend((values.len() as u64).to_le_bytes());
                    for value in values {
                        text(&mut out, value);
                    }
                }
                Meta::Kinds(values) => {
                    out.extend([9_u32.to_le_bytes(), 5_u32.to_le_bytes()].concat());
                    out.extend((values.len() as u64).to_le_bytes());
                    for value in values {
                        out.extend(value.to_le_bytes());
                    }
                }
            }
        }
        let mut offset = 0_u64;
        for (name, shape, kind, bytes) in &self.tensors {
            text(&mut out, name);
            out.extend(u32::try_from(shape.len()).expect("few").to_le_bytes());
            for size in shape {
                out.extend(size.to_le_bytes());
            }
            out.extend(kind.to_le_bytes());
            out.extend(offset.to_le_bytes());
            offset += (bytes.len() as u64).next_multiple_of(32);
        }
        for (_, _, _, bytes) in &self.tensors {
            out.resize(out.len().next_multiple_of(32), 0);
            out.extend(bytes);
        }
        out
    }

    fn write(&self, folder: &Path) -> std::path::PathBuf {
        let path = folder.join("model.gguf");
        fs::write(&path, self.bytes()).expect("a file");
        path
    }
}

fn folder() -> TempDir {
    tempfile::tempdir().expect("a folder")
}

/// The weights of a folder by name: shape, and numbers.
fn weights(folder: &Path) -> BTreeMap<String, (Vec<usize>, Vec<f32>)> {
    let bytes = fs::read(folder.join("model.safetensors")).expect("weights");
    let tensors = SafeTensors::deserialize(&bytes).expect("safetensors");
    let numbers = |bytes: &[u8]| {
        bytes.chunks_exact(4).map(|four| f32::from_le_bytes(four.try_into().expect("four"))).collect()
    };
    tensors
        .iter()
        .map(|(name, view)| (name.to_owned(), (view.shape().to_vec(), numbers(view.data()))))
        .collect()
}

#[test]
#[expect(clippy::float_cmp, reason = "weights are moved, not changed")]
fn a_file_becomes_a_folder() {
    let folder = folder();
    let mut maker = Maker::llama();
    let half: Vec<u8> =
        (0..32_u8).flat_map(|number| f16::from_f32(f32::from(number) / 8.0).to_le_bytes()).collect();
    maker.tensors.push(("blk.0.ffn_norm.weight".to_owned(), vec![32], 1, half));
    let out = folder.path().join("out");
    let imported = import_gguf(&maker.write(folder.path()), &out).expect("a model");
    assert_eq!(
        (imported.layers, imported.vocabulary, imported.parameters),
        (1, 4, 32 * (4 + 1 + 1 + 16 + 32 + 1))
    );
    let weights = weights(&out);
    assert_eq!(weights["model.embed_tokens.weight"].0, [4, 32]);
    assert_eq!(weights["model.layers.0.post_attention_layernorm.weight"].1[9], 1.125);
    // Row 1 of a head of 16 is its row 2 in the file, row 8 is its row 1.
    let (shape, queries) = &weights["model.layers.0.self_attn.q_proj.weight"];
    assert_eq!(shape, &[32, 32]);
    let row = |at: usize| queries[at * 32] / 32.0;
    assert_eq!([row(0), row(1), row(8), row(15), row(17), row(24)], [0.0, 2.0, 1.0, 15.0, 18.0, 17.0]);
    let read = |name: &str| {
        serde_json::from_slice::<Value>(&fs::read(out.join(name)).expect("a file")).expect("JSON")
    };
    let config = read("config.json");
    assert_eq!((&config["tie_word_embeddings"], &config["rope_theta"]), (&true.into(), &100_000.0.into()));
    assert_eq!(
        (&config["rms_norm_eps"], &config["head_dim"], &config["eos_token_id"]),
        (&1e-5.into(), &16.into(), &0.into())
    );
    let tokens = apishift_tokens::ChatTokenizer::open(&out).expect("a tokenizer");
    let message = apishift_types::ChatMessage { role: "user".to_owned(), content: "abb<|end|>".to_owned() };
    assert_eq!(tokens.lengths(&[vec![message]], true).expect("lengths"), [3], "ab, b, the end");
}

#[test]
fn what_would_give_other_numbers_is_refused() {
    type Change = fn(&mut Maker);
    let cases: [(Change, &str); 7] = [
        (
            |maker| maker.metadata[0].1 = Meta::Text("gemma"),
            "its architecture is `gemma`; known are llama, qwen2, qwen3",
        ),
        (|maker| maker.tensors[1].2 = 2, "its weights are of type 2"),
        (|maker| maker.numbers("blk.0.attn_sinks", 0), "its tensor `blk.0.attn_sinks.weight` is not known"),
        (|maker| maker.numbers("blk.7.attn_norm", 0), "its tensor `blk.7.attn_norm.weight` is not known"),
        (
            |maker| maker.metadata.push(("llama.rope.scaling.type".to_owned(), Meta::Text("yarn"))),
            "rope.scaling.type` is Text(\"yarn\")",
        ),
        (|maker| maker.metadata[10].1 = Meta::Text("llama-bpe"), "its `tokenizer.ggml.pre` is `llama-bpe`"),
        (|maker| maker.metadata[2].1 = Meta::Integer(0), "it has 0 heads"),
    ];
    for (change, wanted) in cases {
        let folder = folder();
        let mut maker = Maker::llama();
        change(&mut maker);
        let out = folder.path().join("out");
        let error = import_gguf(&maker.write(folder.path()), &out).expect_err(wanted);
        let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        assert!(format!("{error} {cause}").contains(wanted), "{wanted}: {error} {cause}");
        assert!(!out.join("config.json").exists(), "{wanted}: no half model");
    }
}

#[test]
fn a_file_that_is_cut_off_or_damaged_is_refused_wherever_it_is() {
    let folder = folder();
    let whole = Maker::llama().bytes();
    let path = folder.path().join("model.gguf");
    for end in (0..whole.len()).step_by(7) {
        fs::write(&path, &whole[..end]).expect("a file");
        let error = GgufFile::open(&path).expect_err("it is cut off");
        assert!(matches!(error, ModelError::Gguf { .. }), "{end}: {error}");
    }
    // Any byte of the header may be anything: an answer comes, and no memory beyond the file's size is asked for.
    for at in 0..1500.min(whole.len()) {
        let mut damaged = whole.clone();
        damaged[at] = 0xFF;
        fs::write(&path, &damaged).expect("a file");
        let _any_answer = import_gguf(&path, &folder.path().join("out"));
    }
}
