//! What a model says comes next, for the tests that compare it with `transformers`: `next_tokens FOLDER TEXT..` prints a line of JSON
//! for each text with its ids, the five likeliest next ids and their log-probabilities, and the mean log-probability of the text's
//! own tokens after the first; texts are computed as one tree.

use std::{env, path::Path};

use apishift_nn::{
    ModelConfig, WeightFiles,
    torch::{Decoder, Precision, packs},
};
use apishift_tokens::ChatTokenizer;
use apishift_types::ChatMessage;
use tch::{Device, Kind};

#[expect(clippy::print_stdout, reason = "a tool for tests")]
fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [folder, texts @ ..] = arguments.as_slice() else { anyhow::bail!("name a folder and texts") };
    let folder = Path::new(folder);
    let config = ModelConfig::read(folder)?;
    let model = Decoder::load(&config, &WeightFiles::open(folder)?, Precision::Float32, Device::Cpu)?;
    let tokens = ChatTokenizer::open(folder)?;
    let encoded = |text: &String| {
        let message = ChatMessage { role: "user".to_owned(), content: text.clone() };
        let ids = tokens.encode_plain(&message.content)?;
        Ok(ids.into_iter().map(i64::from).collect())
    };
    let ids = texts.iter().map(encoded).collect::<anyhow::Result<Vec<Vec<i64>>>>()?;
    let _guard = tch::no_grad_guard();
    for pack in packs(&ids, 1024) {
        let rotary = pack.rotary(&config, Kind::Float, Device::Cpu)?;
        let x =
            model.hidden(&pack.ids(Device::Cpu)?, config.layers, &rotary, &pack.attention(Device::Cpu)?)?;
        let log_probs = model.logits(&model.normed(&x)?)?.squeeze_dim(0).log_softmax(-1, Kind::Float);
        for (number, nodes) in pack.texts() {
            let last = log_probs.get(i64::try_from(*nodes.last().unwrap_or(&0))?);
            let (top, at) = last.topk(5, 0, true, true);
            let mut own = 0.0;
            for pair in nodes.windows(2) {
                own += log_probs.double_value(&[i64::try_from(pair[0])?, pack.token(pair[1]).unwrap_or(0)]);
            }
            let said = serde_json::json!({
                "ids": ids[*number],
                "next": Vec::<i64>::try_from(at)?,
                "log_probs": Vec::<f32>::try_from(top)?,
                "mean": own / (nodes.len() - 1).max(1) as f64,
            });
            println!("{said}");
        }
    }
    Ok(())
}
