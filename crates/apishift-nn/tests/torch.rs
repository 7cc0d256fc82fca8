//! Computing with libtorch, on tiny models whose weights are made here.

#![cfg(feature = "torch")]

use std::collections::BTreeMap;

use apishift_nn::{
    ModelConfig,
    torch::{
        AdamW, AdamWOptions, Decoder, Mixed, Parameters, TorchError, Trained, clip, load_tensors, packs,
        save_tensors,
    },
};
use serde_json::{Value, json};
use tch::{Device, Kind, Tensor};

/// Weights that follow from their names and places.
struct Made;

impl Parameters for Made {
    fn take(&mut self, name: &str, shape: &[usize]) -> Result<Tensor, TorchError> {
        let start: usize = name.bytes().map(usize::from).sum();
        let scale = if name.ends_with("norm.weight") { 1.0 } else { 0.0 };
        let weight = |place: usize| scale + 0.3 * (((start + 7 * place) % 1009) as f32 * 0.37).sin();
        let weights: Vec<f32> = (0..shape.iter().product()).map(weight).collect();
        let shape: Vec<i64> = shape.iter().map(|size| i64::try_from(*size).expect("it is small")).collect();
        Ok(Tensor::from_slice(&weights).view(shape.as_slice()))
    }
}

fn config(changes: &Value) -> ModelConfig {
    let mut json = json!({
        "model_type": "llama", "hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 3,
        "num_attention_heads": 4, "num_key_value_heads": 2, "vocab_size": 60, "max_position_embeddings": 128,
        "tie_word_embeddings": true,
    });
    if let (Value::Object(json), Value::Object(changes)) = (&mut json, changes) {
        json.extend(changes.clone());
    }
    ModelConfig::parse(json.as_object().cloned().expect("it is an object")).expect("it is known")
}

fn families() -> [ModelConfig; 4] {
    [
        config(&json!({})),
        config(&json!({ "model_type": "qwen2", "tie_word_embeddings": false })),
        config(&json!({ "model_type": "qwen3", "head_dim": 16 })),
        config(
            &json!({ "rope_scaling": { "rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32 } }),
        ),
    ]
}

fn last_states(model: &Decoder, text: &[i64]) -> Tensor {
    let states = model.forward(&Tensor::from_slice(text).unsqueeze(0)).expect("it computes");
    states.select(1, -1).squeeze_dim(0)
}

fn difference(one: &Tensor, other: &Tensor) -> f64 {
    (one - other).abs().max().double_value(&[])
}

#[test]
fn texts_in_a_tree_are_as_they_are_alone() {
    let texts = vec![vec![3, 1, 4, 1, 5, 9], vec![3, 1, 4, 2], vec![2, 7, 1, 8], vec![3, 1, 4, 1, 5]];
    for config in families() {
        let model = Decoder::take(&config, &mut Made).expect("it is whole");
        let packs = packs(&texts, 100);
        assert_eq!(packs.len(), 1);
        let pack = &packs[0];
        let rotary = pack.rotary(&config, Kind::Float, Device::Cpu).expect("places");
        let attention = pack.attention(Device::Cpu).expect("a mask");
        let ids = pack.ids(Device::Cpu).expect("ids");
        let states = model.hidden(&ids, config.layers, &rotary, &attention).expect("it computes");
        let states = model.normed(&states).expect("it computes").squeeze_dim(0);
        for (number, nodes) in pack.texts() {
            let end = i64::try_from(*nodes.last().expect("a token")).expect("it is small");
            let far = difference(&states.get(end), &last_states(&model, &texts[*number]));
            assert!(far < 1e-5, "{:?}, text {number}: {far}", config.family);
        }
    }
}

#[test]
fn runs_of_a_tree_say_what_its_mask_says() {
    // Longer than a run, with branches in the middle of one and texts that share nothing.
    let long: Vec<i64> = (0..600).map(|place| place * 7 % 59).collect();
    let branch = |at: usize, len: usize| [&long[..at], &vec![59; len]].concat();
    let texts = vec![long.clone(), branch(300, 5), branch(599, 300), branch(300, 9), vec![4, 4]];
    for config in families() {
        let config = ModelConfig { layers: 2, ..config };
        let model = Decoder::take(&config, &mut Made).expect("it is whole");
        let packs = packs(&texts, 2000);
        let pack = &packs[0];
        let rotary = pack.rotary(&config, Kind::Float, Device::Cpu).expect("places");
        let ids = pack.ids(Device::Cpu).expect("ids");
        let hidden = |attention| model.hidden(&ids, 2, &rotary, &attention).expect("it computes");
        let runs = hidden(pack.attention(Device::Cpu).expect("runs"));
        let masked = hidden(pack.mask(Device::Cpu).expect("a mask"));
        assert!(difference(&runs, &masked) < 1e-4, "{:?}", config.family);
    }
}

#[test]
fn the_last_layer_of_some_tokens_is_that_of_all() {
    for config in families() {
        let model = Decoder::take(&config, &mut Made).expect("it is whole");
        let texts = vec![vec![3, 1, 4, 1, 5, 9], vec![3, 1, 2]];
        let pack = &packs(&texts, 100)[0];
        let rotary = pack.rotary(&config, Kind::Float, Device::Cpu).expect("places");
        let x = model.embed(&pack.ids(Device::Cpu).expect("ids")).expect("states");
        let all = model.layers()[0].forward(&x, None, &rotary, &pack.attention(Device::Cpu).expect("a mask"));
        let ends = [5, 6];
        let rows = Tensor::from_slice(&[5_i64, 6]);
        let attention = pack.attention_of(&ends, Device::Cpu).expect("a mask");
        let some = model.layers()[0].forward(&x, Some(&rows), &rotary, &attention).expect("it computes");
        let far = difference(&all.expect("it computes").index_select(1, &rows), &some);
        assert!(far < 1e-4, "{:?}: {far}", config.family);
    }
}

#[test]
fn what_is_filled_up_on_the_right_changes_nothing() {
    let model = Decoder::take(&config(&json!({})), &mut Made).expect("it is whole");
    let padded =
        model.forward(&Tensor::from_slice(&[3_i64, 1, 4, 0, 0, 0]).unsqueeze(0)).expect("it computes");
    assert!(difference(&padded.get(0).get(2), &last_states(&model, &[3, 1, 4])) < 1e-5);
}

#[test]
fn an_id_beyond_the_vocabulary_is_an_error() {
    let model = Decoder::take(&config(&json!({})), &mut Made).expect("it is whole");
    assert!(model.forward(&Tensor::from_slice(&[3_i64, 60]).unsqueeze(0)).is_err());
}

/// Two parameters, one of which is looked at.
fn trained() -> Trained {
    let named = [("a", vec![1.0_f32, -2.0]), ("b", vec![0.5, 0.25, 4.0])];
    let named = named.map(|(name, values)| (name.to_owned(), Tensor::from_slice(&values)));
    Trained::new(&named, Kind::Float).expect("they are there")
}

#[test]
fn adamw_is_that_of_the_paper() {
    let mut trained = trained();
    let options = AdamWOptions { weight_decay: 0.1, ..AdamWOptions::default() };
    let mut optimiser = AdamW::new(&trained, options).expect("it begins");
    // By hand, in 64 bits: gradients 2a of the sum of squares of `a`; `b` has none, and decays only.
    let (mut a, mut b) = ([1.0_f64, -2.0], [0.5_f64, 0.25, 4.0]);
    let (mut mean, mut square) = ([0.0; 2], [0.0; 2]);
    for step in 1..=3 {
        let leaf = trained.leaf("a").expect("it is there").shallow_clone();
        leaf.square().sum(Kind::Float).backward();
        let gradient = trained.take_gradient().expect("one");
        assert_eq!(
            Vec::<f64>::try_from(gradient.narrow(0, 2, 3).to_kind(Kind::Double)).expect("numbers"),
            [0.0; 3]
        );
        optimiser.step(&mut trained, &gradient, 0.01).expect("a step");
        for place in 0..2 {
            let gradient = 2.0 * a[place];
            mean[place] = 0.9 * mean[place] + 0.1 * gradient;
            square[place] = 0.999 * square[place] + 0.001 * gradient * gradient;
            let (m, v) =
                (mean[place] / (1.0 - 0.9_f64.powi(step)), square[place] / (1.0 - 0.999_f64.powi(step)));
            a[place] = a[place] * (1.0 - 0.001) - 0.01 * m / (v.sqrt() + 1e-8);
        }
        b = b.map(|b| b * (1.0 - 0.001));
    }
    let found = Vec::<f64>::try_from(trained.flat().to_kind(Kind::Double)).expect("numbers");
    for (found, wanted) in found.iter().zip(a.iter().chain(&b)) {
        assert!((found - wanted).abs() < 1e-5, "{found} and {wanted}");
    }
    assert_eq!(Vec::<f32>::try_from(trained.leaf("b").expect("there")).expect("numbers")[2].to_bits(), {
        // The leaf is the buffer, not a copy of it.
        Vec::<f32>::try_from(trained.flat()).expect("numbers")[4].to_bits()
    });
}

#[test]
fn training_that_goes_on_is_training_that_never_stopped() {
    let run = |trained: &mut Trained, optimiser: &mut AdamW, steps: usize| {
        for _ in 0..steps {
            let loss = trained.leaf("a").expect("there").square().sum(Kind::Float)
                + trained.leaf("b").expect("there").sin().sum(Kind::Float);
            loss.backward();
            let gradient = trained.take_gradient().expect("one");
            optimiser.step(trained, &gradient, 0.05).expect("a step");
        }
    };
    let (mut whole, mut first) = (trained(), trained());
    let mut optimiser = AdamW::new(&whole, AdamWOptions::default()).expect("it begins");
    run(&mut whole, &mut optimiser, 7);
    let mut optimiser = AdamW::new(&first, AdamWOptions::default()).expect("it begins");
    run(&mut first, &mut optimiser, 3);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("state.safetensors");
    let [mean, square] = optimiser.state();
    let state = [("flat", first.flat()), ("mean", mean), ("square", square)];
    let state = state.map(|(name, tensor)| (name.to_owned(), tensor.shallow_clone()));
    save_tensors(&path, &state, &[("steps".to_owned(), optimiser.steps().to_string())]).expect("it is kept");
    let kept: BTreeMap<String, Tensor> = load_tensors(&path).expect("it is read").into_iter().collect();
    let mut second = trained();
    second.set(&kept["flat"]).expect("it fits");
    let mut resumed = AdamW::new(&second, AdamWOptions::default()).expect("it begins");
    resumed.resume(&kept["mean"], &kept["square"], 3).expect("it fits");
    run(&mut second, &mut resumed, 4);
    assert_eq!(
        Vec::<f32>::try_from(whole.flat()).expect("numbers"),
        Vec::<f32>::try_from(second.flat()).expect("numbers")
    );
}

#[test]
fn half_precision_does_not_lose_small_steps() {
    // A bf16 parameter alone would stay at 1 for ever: the step is smaller than its last digit.
    let named = [("a".to_owned(), Tensor::from_slice(&[1.0_f32]))];
    let mut trained = Trained::new(&named, Kind::BFloat16).expect("it is there");
    let mut optimiser = AdamW::new(&trained, AdamWOptions::default()).expect("it begins");
    for _ in 0..100 {
        trained.leaf("a").expect("there").square().sum(Kind::BFloat16).backward();
        let gradient = trained.take_gradient().expect("one");
        optimiser.step(&mut trained, &gradient, 1e-4).expect("a step");
    }
    let found = trained.flat().double_value(&[0]);
    assert!((found - 0.99).abs() < 1e-4, "{found}");
    assert!((trained.leaf("a").expect("there").double_value(&[0]) - 0.99).abs() < 4e-3);
}

#[test]
fn a_gradient_is_shortened_and_one_that_is_not_finite_is_seen() {
    let mut gradient = Tensor::from_slice(&[3.0_f32, 4.0]);
    assert!((clip(&mut gradient, 1.0).expect("it is one").norm - 5.0).abs() < 1e-9);
    assert!((gradient.norm().double_value(&[]) - 1.0).abs() < 1e-5);
    let mut short = Tensor::from_slice(&[0.3_f32, 0.4]);
    clip(&mut short, 1.0).expect("it is one");
    assert!((short.double_value(&[1]) - 0.4).abs() < 1e-7, "left as it is");
    let mut broken = Tensor::from_slice(&[f32::NAN, 1.0]);
    assert!(!clip(&mut broken, 1.0).expect("it is one").norm.is_finite());
    // No parameter was looked at: tch's own clipping panics there.
    let mut none = trained();
    let mut gradient = none.take_gradient().expect("zeros");
    assert!(clip(&mut gradient, 1.0).expect("it is one").norm.abs() < 1e-12);
}

#[test]
fn a_decoder_of_leaves_gives_each_its_gradient() {
    let config = config(&json!({ "model_type": "qwen2" }));
    let name = "model.layers.1.self_attn.q_proj.weight";
    let named = [(name.to_owned(), Made.take(name, &[32, 32]).expect("it is made"))];
    let mut trained = Trained::new(&named, Kind::Float).expect("it is there");
    let model =
        Decoder::take(&config, &mut Mixed { trained: &trained, frozen: &mut Made }).expect("it is whole");
    let loss = |model: &Decoder| last_states(model, &[3, 1, 4, 1]).get(0);
    let before = loss(&model).double_value(&[]);
    loss(&model).backward();
    let gradient = trained.take_gradient().expect("one");
    // Against a difference of values: the weight of the largest gradient, moved a little.
    let place = gradient.abs().argmax(0, false).int64_value(&[]);
    let slope = gradient.double_value(&[place]);
    let moved = trained.flat().copy();
    let _ = moved.get(place).fill_(trained.flat().double_value(&[place]) + 1e-2);
    trained.set(&moved).expect("it fits");
    let found = (loss(&model).double_value(&[]) - before) / 1e-2;
    assert!((found - slope).abs() < 0.05 * slope.abs(), "{found} and {slope}");
}

#[test]
fn a_file_that_is_cut_off_is_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("a.safetensors");
    save_tensors(&path, &[("x".to_owned(), Tensor::from_slice(&[1.0_f32, 2.0, 3.0]))], &[])
        .expect("it is written");
    let whole = std::fs::read(&path).expect("it is there");
    for length in [0, 4, 9, whole.len() - 1] {
        std::fs::write(&path, &whole[..length]).expect("a file");
        assert!(load_tensors(&path).is_err(), "{length} bytes");
    }
}
