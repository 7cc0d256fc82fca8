//! The gradients of one step, for the test that compares them with PyTorch's: `gradients FOLDER PROMPT CHOSEN REJECTED OUT` reads a
//! reward model, computes the Bradley-Terry loss of one pair in 32 bits, writes the gradient of each parameter above the embeddings
//! as `OUT`, safetensors, and prints the loss.

#![expect(clippy::print_stdout, reason = "a tool for tests")]

use std::{env, path::Path};

use anyhow::bail;
use apishift_nn::{
    ModelConfig, WeightFiles,
    torch::{Precision, Trained, save_tensors},
};
use apishift_reward_model::{
    Encoded,
    torch::{Backbone, Head, LossOptions, bradley_terry, head_names},
};
use apishift_tokens::ChatTokenizer;
use apishift_types::ChatMessage;
use tch::{Device, Kind, Tensor};

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, prompt, chosen, rejected, out] = arguments.as_slice() else {
        bail!("name a folder, a prompt, the chosen and the rejected answer, and the output");
    };
    let folder = Path::new(folder);
    let (config, files) = (ModelConfig::read(folder)?, WeightFiles::open(folder)?);
    let tokens = ChatTokenizer::open(folder)?;
    let turn = |role: &str, content: &str| ChatMessage { role: role.to_owned(), content: content.to_owned() };
    let ids = |answer: &str| -> anyhow::Result<Vec<i64>> {
        let ids = tokens.encode(&[turn("user", prompt), turn("assistant", answer)], false)?;
        Ok(ids.into_iter().map(i64::from).collect())
    };
    let encoded = Encoded { texts: vec![ids(chosen)?, ids(rejected)?], asked: vec![0, 0], truncated: 0 };
    let named: Vec<(String, Tensor)> = head_names(&config, config.layers)?
        .into_iter()
        .map(|(name, _)| Ok((name.clone(), files.tensor(&name)?)))
        .collect::<anyhow::Result<_>>()?;
    let trained = Trained::new(&named, Kind::Float)?;
    let backbone = Backbone::load(&config, files, Precision::Float32, Device::Cpu, (config.layers, None))?;
    let features = backbone.features(&encoded, false)?;
    let head = Head::of(&config, config.layers, &trained)?;
    let [pack] = features.packs.as_slice() else { bail!("give shorter answers") };
    let scores = head.scores(pack)?;
    let loss = bradley_terry(&scores.narrow(0, 0, 1), &scores.narrow(0, 1, 1), LossOptions::default())?;
    loss.backward();
    let gradient = |(name, _): &(String, Tensor)| Some((name.clone(), trained.leaf(name)?.grad()));
    let gradients: Vec<(String, Tensor)> = named.iter().filter_map(gradient).collect();
    save_tensors(Path::new(out), &gradients, &[])?;
    println!("{}", loss.double_value(&[]));
    Ok(())
}
