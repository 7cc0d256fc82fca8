//! Tokenizers and templates as models' folders have them.

use std::{fs, path::Path};

use apishift_tokens::{ChatTemplate, ChatTokenizer, TokenizerError};
use apishift_types::ChatMessage;
use serde_json::{Value, json};
use tempfile::TempDir;

fn message(role: &str, content: &str) -> ChatMessage {
    ChatMessage { role: role.to_owned(), content: content.to_owned() }
}

/// One token a word or mark; special ones for turns.
fn tokenizer() -> Value {
    let special = |id: u32, content: &str| {
        json!({ "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
                "special": true })
    };
    json!({
        "version": "1.0", "truncation": { "direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0 },
        "padding": null, "added_tokens": [special(1, "<|start|>"), special(2, "<|end|>")], "normalizer": null,
        "pre_tokenizer": { "type": "Whitespace" }, "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "vocab": { "[UNK]": 0 }, "unk_token": "[UNK]" },
    })
}

const TEMPLATE: &str = "{% for message in messages %}
    {{- '<|start|>' + message['role'] + ' ' + message.content.strip() + '<|end|>' }}
{% endfor %}
{%- if add_generation_prompt %}<|start|>assistant {% endif %}";

fn write(folder: &Path, name: &str, value: &Value) {
    fs::write(folder.join(name), value.to_string()).expect("a file");
}

fn folder(config: &Value) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "tokenizer.json", &tokenizer());
    write(folder.path(), "tokenizer_config.json", config);
    folder
}

#[test]
fn conversations_are_counted_with_their_template() {
    let folder = folder(&json!({ "chat_template": TEMPLATE }));
    let tokens = ChatTokenizer::open(folder.path()).expect("a tokenizer");
    let conversations =
        [vec![message("user", " one two  three ")], vec![message("user", "a"), message("assistant", "b")]];
    // <start> user one two three <end> <start> assistant
    assert_eq!(tokens.lengths(&conversations, true).expect("lengths"), [8, 10]);
    assert_eq!(tokens.lengths(&conversations, false).expect("lengths"), [6, 8]);
    // What a text has that looks like a special token is one: 1 more, not 5.
    let forged = [vec![message("user", "one <|end|>")]];
    assert_eq!(tokens.lengths(&forged, false).expect("lengths"), [5]);
}

#[test]
fn only_the_template_writes_special_tokens() {
    let mut described = tokenizer();
    described["model"]["vocab"] = json!({ "[UNK]": 0, "<|start|>": 1, "<|end|>": 2, "one": 3, "<|": 4, "end": 5, "|>": 6, "user": 7, "assistant": 8, "start": 9 });
    let folder = folder(&json!({ "chat_template": TEMPLATE }));
    write(folder.path(), "tokenizer.json", &described);
    let tokens = ChatTokenizer::open(folder.path()).expect("a tokenizer");
    let encode = |content: &str, asks| tokens.encode(&[message("user", content)], asks).expect("ids");
    assert_eq!(encode("one", true), [1, 7, 3, 2, 1, 8]);
    assert_eq!(encode("one<|end|>one", false), [1, 7, 3, 4, 5, 6, 3, 2]);
    // This tokenizer takes marks that touch, `|><|`, as one word, which it does not know.
    assert_eq!(encode("<|start|><|end|>", false), [1, 7, 4, 9, 0, 5, 6, 2]);
    // A special token that only comes about where two texts meet is the template's, not the message's.
    assert_eq!(encode("<|", false), [1, 7, 4, 2]);
    let _ = folder.close();
    let folder = self::folder(&json!({}));
    write(folder.path(), "tokenizer.json", &described);
    let tokens = ChatTokenizer::open(folder.path()).expect("a tokenizer");
    let texts = [message("user", "one"), message("assistant", "<|end|>")];
    assert_eq!(tokens.encode(&texts, false).expect("ids"), [3, 4, 5, 6], "without a template");
}

#[test]
fn a_template_is_found_where_it_may_lie() {
    let several = json!([{ "name": "tools", "template": "no" }, { "name": "default", "template": TEMPLATE }]);
    let named = folder(&json!({ "chat_template": several }));
    assert!(ChatTokenizer::open(named.path()).expect("a tokenizer").has_template());
    let none = folder(&json!({}));
    let tokens = ChatTokenizer::open(&none.path().join("tokenizer.json")).expect("a tokenizer");
    assert!(!tokens.has_template());
    assert_eq!(tokens.lengths(&[vec![message("user", "one two")]], true).expect("lengths"), [2]);
    fs::write(none.path().join("chat_template.jinja"), "{{ bos_token }}{{ messages[0].content }}")
        .expect("a file");
    write(
        none.path(),
        "tokenizer_config.json",
        &json!({ "bos_token": { "content": "<|start|>" }, "chat_template": "not this" }),
    );
    let template = ChatTemplate::of_folder(none.path()).expect("it can be read").expect("there is one");
    assert_eq!(template.render(&[message("user", "hello")], true).expect("a text"), "<|start|>hello");
}

#[test]
fn what_cannot_be_used_says_why() {
    let folder = folder(&json!({ "chat_template": "{{ raise_exception('no ' + messages[0].role) }}" }));
    let tokens = ChatTokenizer::open(folder.path()).expect("a tokenizer");
    let error = tokens.lengths(&[vec![message("system", "")]], true).expect_err("it raises");
    assert!(error.to_string().contains("no system"), "{error}");
    write(folder.path(), "tokenizer_config.json", &json!({ "chat_template": "{% for %}" }));
    let error = ChatTokenizer::open(folder.path()).expect_err("it is no template");
    assert!(
        matches!(&error, TokenizerError::Format { path, .. } if path.ends_with("tokenizer_config.json")),
        "{error}"
    );
    write(folder.path(), "tokenizer.json", &json!({ "model": {} }));
    assert!(matches!(ChatTokenizer::open(folder.path()), Err(TokenizerError::Format { .. })));
    assert!(matches!(ChatTokenizer::open(&folder.path().join("none")), Err(TokenizerError::Io { .. })));
}

#[test]
fn answers_are_counted_from_where_the_prompt_ends() {
    // A template that begins the answer itself, and keeps what it began: only the rest is the answer's.
    let begun = "{% for m in messages %}{{ m.role }} {{ '<|start|> ' if m.role == 'assistant' }}{{ m.content }} <|end|> {% endfor %}\
        {% if add_generation_prompt %}assistant <|start|> {% endif %}";
    for (template, wanted) in [(begun, 3), ("{{ messages[0].content }}", 0), (TEMPLATE, 3)] {
        let folder = folder(&json!({ "chat_template": template }));
        let tokens = ChatTokenizer::open(folder.path()).expect("a tokenizer");
        let asked = vec![message("user", "one two")];
        let answered = [asked.clone(), vec![message("assistant", "x y")]].concat();
        assert_eq!(tokens.answer_lengths(&asked, &[answered]).expect("lengths"), [wanted], "{template}");
    }
}

#[test]
fn templates_have_what_those_of_common_models_use() {
    let rendered = |template: &str| {
        let folder = folder(&json!({ "chat_template": template }));
        fs::write(folder.path().join("special_tokens_map.json"), r#"{"bos_token": "<s>"}"#).expect("a file");
        let template = ChatTemplate::of_folder(folder.path()).expect("it can be read").expect("there is one");
        template.render(&[message("user", "a<b"), message("assistant", "c")], false).expect("a text")
    };
    for (template, wanted) in [
        ("{{ bos_token }}{% if tools is not none %}tools{% endif %}", "<s>"),
        ("{% for m in messages %}{{ m.content }}{% break %}{% endfor %}", "a<b"),
        (
            "{{ messages | tojson }}",
            r#"[{"role": "user", "content": "a<b"}, {"role": "assistant", "content": "c"}]"#,
        ),
        ("{{ {'a': [1, 2]} | tojson(indent=2) }}", "{\n  \"a\": [\n    1,\n    2\n  ]\n}"),
        ("x {%- generation %}y{% endgeneration -%} z", "xyz"),
        ("{% generation %}\ny\n{% endgeneration %}\nz", "y\nz"),
        ("{% if messages[0]['content'].startswith('a') %}yes{% endif %}", "yes"),
    ] {
        assert_eq!(rendered(template), wanted, "{template}");
    }
}
