//! Training and scoring on a tiny model that is made here.

#![cfg(feature = "torch")]

use std::{fs, path::Path};

use apishift_nn::{
    ModelConfig, WeightFiles,
    torch::{Precision, save_tensors, set_threads},
};
use apishift_reward_model::{
    Encoded, Problem, encode,
    torch::{
        Backbone, Event, FitError, FitOptions, Head, LogLikelihood, RewardModel, TrainOptions, fit,
        open_scorer, scores, write_checkpoint,
    },
};
use apishift_tokens::ChatTokenizer;
use apishift_types::{CandidateRow, CandidateSource, ChatMessage, LabelSource, Scorer, Split};
use serde_json::{Value, json};
use tch::{Device, Tensor};
use tempfile::TempDir;

/// Words of the tiny tokenizer: one token each.
const WORDS: [&str; 12] =
    ["ask", "old", "new", "call", "left", "right", "of", "user", "assistant", "one", "two", "three"];

const TEMPLATE: &str = "{% for message in messages %}
    {{- '<|start|>' + message['role'] + ' ' + message.content + '<|end|>' }}
{% endfor %}
{%- if add_generation_prompt %}<|start|>assistant {% endif %}";

/// A language model of three layers with made weights.
fn base() -> TempDir {
    // Tests run beside each other: more threads would wait for each other.
    set_threads(1);
    let folder = tempfile::tempdir().expect("a folder");
    let special = |id: usize, content: &str| {
        json!({ "id": id, "content": content, "single_word": false, "lstrip": false, "rstrip": false, "normalized": false,
                "special": true })
    };
    let vocabulary: serde_json::Map<String, Value> = [("[UNK]", 0)]
        .into_iter()
        .chain(WORDS.into_iter().zip(4..))
        .map(|(word, id)| (word.to_owned(), id.into()))
        .collect();
    let tokenizer = json!({
        "version": "1.0", "truncation": null, "padding": null,
        "added_tokens": [special(1, "<|start|>"), special(2, "<|end|>"), special(3, "<|pad|>")], "normalizer": null,
        "pre_tokenizer": { "type": "Whitespace" }, "post_processor": null, "decoder": null,
        "model": { "type": "WordLevel", "vocab": vocabulary, "unk_token": "[UNK]" },
    });
    let config = json!({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 32, "intermediate_size": 48,
        "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 20,
        "max_position_embeddings": 128, "tie_word_embeddings": true, "pad_token_id": 3,
    });
    let settings = json!({ "chat_template": TEMPLATE });
    for (name, value) in
        [("tokenizer.json", &tokenizer), ("config.json", &config), ("tokenizer_config.json", &settings)]
    {
        fs::write(folder.path().join(name), value.to_string()).expect("a file");
    }
    let mut named = vec![
        ("model.embed_tokens.weight".to_owned(), vec![20, 32]),
        ("model.norm.weight".to_owned(), vec![32]),
    ];
    for layer in 0..3 {
        for (part, shape) in [
            ("self_attn.q_proj", [32, 32]),
            ("self_attn.k_proj", [16, 32]),
            ("self_attn.v_proj", [16, 32]),
            ("self_attn.o_proj", [32, 32]),
            ("mlp.gate_proj", [48, 32]),
            ("mlp.up_proj", [48, 32]),
            ("mlp.down_proj", [32, 48]),
        ] {
            named.push((format!("model.layers.{layer}.{part}.weight"), shape.to_vec()));
        }
        for part in ["input_layernorm", "post_attention_layernorm"] {
            named.push((format!("model.layers.{layer}.{part}.weight"), vec![32]));
        }
    }
    let made = |(name, shape): &(String, Vec<i64>)| {
        let start: i64 = name.bytes().map(i64::from).sum();
        let scale = if name.contains("norm") { 1.0 } else { 0.0 };
        let weight = |place: i64| scale + 0.4 * (((start + 7 * place) % 1009) as f32 * 0.37).sin();
        let weights: Vec<f32> = (0..shape.iter().product()).map(weight).collect();
        (name.clone(), Tensor::from_slice(&weights).view(shape.as_slice()))
    };
    let tensors: Vec<_> = named.iter().map(made).collect();
    save_tensors(&folder.path().join("model.safetensors"), &tensors, &[]).expect("weights");
    folder
}

fn load(folder: &Path, layers: usize, cache: Option<&Path>) -> Backbone {
    let config = ModelConfig::read(folder).expect("a configuration");
    let files = WeightFiles::open(folder).expect("weights");
    Backbone::load(&config, files, Precision::Float32, Device::Cpu, (layers, cache)).expect("a model")
}

/// An answer is right where it says `new` and not `old`; what else it says means nothing.
fn problem(number: usize) -> Problem {
    let row = |program: String, passed: bool| CandidateRow {
        id: format!("{number} {program}"),
        task_id: format!("p{number}"),
        group: format!("g{number}"),
        split: [Split::Train, Split::Train, Split::Validation, Split::Test][number % 4],
        prompt: format!("ask {} old", WORDS[3 + number % 3]),
        answer: program.clone(),
        program,
        source: if passed { CandidateSource::Gold } else { CandidateSource::Mutant },
        operator: (!passed).then(|| "stale".to_owned()),
        passed: Some(passed),
        label: LabelSource::Construction,
        degenerate: None,
        tests: Vec::new(),
        tests_run: 0,
        tests_passed: 0,
        error_kind: None,
        seconds: 0.0,
        library: Some("lib".to_owned()),
        change_kind: Some("renamed".to_owned()),
        old_code: Some("call old".to_owned()),
    };
    let around = WORDS[9 + number % 3];
    Problem {
        task_id: format!("p{number}"),
        group: format!("g{number}"),
        split: row(String::new(), true).split,
        candidates: vec![
            row(format!("call new {around}"), true),
            row(format!("{around} call new"), true),
            row(format!("call old {around}"), false),
            row(format!("{around} call old"), false),
            row(format!("call old new {around}"), false),
        ],
    }
}

fn problems() -> Vec<Problem> {
    (0..32).map(problem).collect()
}

fn options(epochs: usize) -> FitOptions {
    let train = TrainOptions { epochs, rate: 1e-3, ..TrainOptions::default() };
    FitOptions { limit: 64, folds: 2, train }
}

fn turn(role: &str, content: &str) -> ChatMessage {
    ChatMessage { role: role.to_owned(), content: content.to_owned() }
}

fn conversations(problem: &Problem) -> Vec<Vec<ChatMessage>> {
    problem
        .candidates
        .iter()
        .map(|row| vec![turn("user", &row.prompt), turn("assistant", &row.answer)])
        .collect()
}

fn encoded(folder: &Path, problem: &Problem) -> Encoded {
    encode(problem, &ChatTokenizer::open(folder).expect("a tokenizer"), 64).expect("ids")
}

#[test]
fn a_checkpoint_scores_as_what_was_trained_did() {
    let base = base();
    let tokens = ChatTokenizer::open(base.path()).expect("a tokenizer");
    for (layers, epochs) in [(1, 0), (2, 12)] {
        let backbone = load(base.path(), layers, None);
        let problems = problems();
        let fitted = fit(&backbone, &tokens, (&problems, &[]), &options(epochs), None, &mut |_| true)
            .expect("it trains");
        let out = tempfile::tempdir().expect("a folder");
        write_checkpoint(base.path(), &fitted.trained, out.path()).expect("a checkpoint");
        let model = RewardModel::open(out.path(), Precision::Float32, Device::Cpu, 64).expect("a model");
        let head = Head::of(backbone.decoder().config(), layers, &fitted.trained).expect("a head");
        let mut better = 0;
        for problem in &problems {
            let features = backbone.features(&encoded(base.path(), problem), true).expect("features");
            let right: Vec<bool> = problem.right().collect();
            let own = scores(&head, &[(&features, &right)]).expect("scores").remove(0);
            let theirs = model.score(&conversations(problem)).expect("scores");
            for (own, scored) in own.iter().zip(&theirs) {
                assert!((own - scored.score).abs() < 1e-4, "{layers}: {own} {scored:?}");
            }
            better += usize::from(theirs[0].score > theirs[2].score);
        }
        assert!(better > 26, "{layers} layers, {epochs} epochs: {better} of 32 in order");
    }
}

#[test]
fn a_conversation_has_the_score_that_it_has_alone() {
    let base = base();
    let tokens = ChatTokenizer::open(base.path()).expect("a tokenizer");
    let backbone = load(base.path(), 1, None);
    let fitted =
        fit(&backbone, &tokens, (&problems(), &[]), &options(0), None, &mut |_| true).expect("it trains");
    let out = tempfile::tempdir().expect("a folder");
    write_checkpoint(base.path(), &fitted.trained, out.path()).expect("a checkpoint");
    let mut scorers: Vec<(&str, Box<dyn Scorer>)> = vec![
        ("reward model", open_scorer(out.path(), Precision::Float32, Device::Cpu, 64).expect("a model")),
        ("language model", open_scorer(base.path(), Precision::Float32, Device::Cpu, 64).expect("a model")),
    ];
    let mut all = conversations(&problem(1));
    all.extend(conversations(&problem(2)));
    all.push(all[0].clone());
    for (name, scorer) in &mut scorers {
        let together = scorer.score(&all).expect("scores");
        for (conversation, scored) in all.iter().zip(&together) {
            let alone = scorer.score(std::slice::from_ref(conversation)).expect("a score")[0];
            assert!((alone.score - scored.score).abs() < 1e-4, "{name}: {alone:?} {scored:?}");
            assert_eq!(alone.tokens, scored.tokens);
        }
        assert_eq!(together[0], together[all.len() - 1], "{name}");
        assert!((together[0].score - together[2].score).abs() > 1e-3, "{name}");
    }
}

#[test]
fn log_likelihood_is_of_the_answer_alone() {
    let base = base();
    let mut model = LogLikelihood::open(base.path(), Precision::Float32, Device::Cpu, 64).expect("a model");
    let asked = [turn("user", "ask old"), turn("assistant", "call new")];
    let found = model.score(&[asked.to_vec()]).expect("a score")[0];
    // The same by hand: ids of the whole, and those of the answer are the last three: `call`, `new`, the end.
    let tokens = ChatTokenizer::open(base.path()).expect("a tokenizer");
    let ids: Vec<i64> = tokens.encode(&asked, false).expect("ids").into_iter().map(i64::from).collect();
    let decoder = load(base.path(), 1, None);
    let decoder = decoder.decoder();
    let states = decoder.forward(&Tensor::from_slice(&ids).unsqueeze(0)).expect("states");
    let logs = decoder.logits(&states).expect("logits").squeeze_dim(0).log_softmax(-1, tch::Kind::Double);
    let end = i64::try_from(ids.len()).expect("it is small");
    let sum: f64 = (end - 3..end)
        .map(|place| logs.double_value(&[place - 1, ids[usize::try_from(place).expect("it is small")]]))
        .sum();
    assert!((found.score - sum / 3.0).abs() < 1e-5, "{found:?} {}", sum / 3.0);
}

#[test]
fn what_was_seen_is_kept_and_what_is_damaged_is_seen_again() {
    let base = base();
    let cache = tempfile::tempdir().expect("a folder");
    let texts = encoded(base.path(), &problem(3));
    let backbone = load(base.path(), 2, Some(cache.path()));
    let first = backbone.features(&texts, true).expect("features");
    let again = backbone.features(&texts, true).expect("features");
    assert!(!first.cached && again.cached);
    assert_eq!(first.scalars, again.scalars);
    assert_eq!(first.packs[0].states, again.packs[0].states);
    let lower = backbone.features(&texts, false).expect("features");
    assert!(!lower.cached && lower.packs[0].states == first.packs[0].states);
    let other = load(base.path(), 1, Some(cache.path()));
    assert!(!other.features(&texts, true).expect("features").cached, "other layers are other states");
    for entry in fs::read_dir(cache.path()).expect("the cache") {
        let path = entry.expect("a file").path();
        let whole = fs::read(&path).expect("a file");
        fs::write(&path, &whole[..whole.len() / 2]).expect("half a file");
    }
    assert!(!backbone.features(&texts, true).expect("features").cached);
}

#[test]
fn who_is_told_can_stop_it_and_nothing_to_learn_from_is_an_error() {
    let base = base();
    let tokens = ChatTokenizer::open(base.path()).expect("a tokenizer");
    let backbone = load(base.path(), 2, None);
    let stopped = fit(
        &backbone,
        &tokens,
        (&problems(), &[]),
        &options(2),
        None,
        &mut |event| !matches!(event, Event::Trained { progress, .. } if progress.step == 3),
    );
    assert!(matches!(stopped, Err(FitError::Interrupted)));
    let mut alike = problems();
    for problem in &mut alike {
        problem.candidates.retain(|row| row.passed == Some(false));
    }
    let error =
        fit(&backbone, &tokens, (&alike, &[]), &options(0), None, &mut |_| true).expect_err("no pairs");
    assert!(error.to_string().contains("right and wrong"), "{error}");
}

#[test]
fn a_training_that_was_stopped_ends_as_one_that_was_not() {
    let base = base();
    let tokens = ChatTokenizer::open(base.path()).expect("a tokenizer");
    let backbone = load(base.path(), 2, None);
    let problems: Vec<Problem> = (0..24).map(problem).collect();
    let options = FitOptions { folds: 0, ..options(3) };
    let whole = fit(&backbone, &tokens, (&problems, &[]), &options, None, &mut |_| true).expect("it trains");
    let states = tempfile::tempdir().expect("a folder");
    let mut stops = 0;
    let resumed = loop {
        // Told to stop after every second step, of six.
        let mut steps = 0;
        let tried = fit(&backbone, &tokens, (&problems, &[]), &options, Some(states.path()), &mut |event| {
            steps += usize::from(matches!(event, Event::Trained { .. }));
            steps < 2
        });
        match tried {
            Ok(fitted) => break fitted,
            Err(FitError::Interrupted) => stops += 1,
            Err(other) => panic!("{other}"),
        }
    };
    assert!(stops >= 2, "{stops}");
    assert_eq!(whole.trained.flat(), resumed.trained.flat());
    let (whole, resumed) = (whole.report.training, resumed.report.training);
    assert_eq!((whole.kept, whole.steps.len()), (resumed.kept, resumed.steps.len()));
    // The history goes through text.
    let losses = whole.steps.iter().zip(&resumed.steps).map(|(one, other)| (one.loss, other.loss));
    assert!(
        losses
            .into_iter()
            .all(|(one, other)| one.zip(other).is_some_and(|(one, other)| (one - other).abs() < 1e-9))
    );

    // The state of another training is left alone.
    let other = FitOptions { train: TrainOptions { seed: 1, ..options.train }, ..options };
    let fresh = fit(&backbone, &tokens, (&problems, &[]), &other, None, &mut |_| true).expect("it trains");
    let beside = fit(&backbone, &tokens, (&problems, &[]), &other, Some(states.path()), &mut |_| true)
        .expect("it trains");
    assert_eq!(fresh.trained.flat(), beside.trained.flat());
}

#[test]
fn a_text_over_the_limit_loses_its_beginning_and_is_counted() {
    let base = base();
    let mut scorer = open_scorer(base.path(), Precision::Float32, Device::Cpu, 6).expect("a model");
    let long = [turn("user", "ask old left right of one two three"), turn("assistant", "call new")];
    let short = [turn("user", "ask"), turn("assistant", "call")];
    let scored = scorer.score(&[long.to_vec(), short.to_vec()]).expect("scores");
    assert_eq!((scored[0].tokens, scored[0].truncated), (6, true));
    // <|start|> user ask <|end|> <|start|> assistant call <|end|>
    assert_eq!((scored[1].tokens, scored[1].truncated), (6, true));
    let mut wide = open_scorer(base.path(), Precision::Float32, Device::Cpu, 64).expect("a model");
    assert_eq!(wide.score(&[short.to_vec()]).expect("a score")[0].tokens, 8);
}
