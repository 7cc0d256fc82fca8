//! How likely a language model finds answers.

use apishift_nn::torch::{Decoder, Pack, TorchError};
use tch::{Kind, Tensor};

/// Tokens whose logits are computed at a time: they are as wide as the vocabulary.
const AT_ONCE: usize = 256;

/// Of those, how many are looked at together: what stays in a processor's cache is 20 times as fast as what does not.
const CACHED: i64 = 8;

/// Of each node of an answer, its log-likelihood, natural logarithm. `asked`: how many
/// tokens at the beginning of each text are what was asked; `normed`, `(N, C)`: states after the last norm.
pub(super) fn likelihoods(
    decoder: &Decoder,
    pack: &Pack,
    asked: &[usize],
    normed: &Tensor,
) -> Result<Vec<Option<f64>>, TorchError> {
    let mut wanted: Vec<(usize, usize)> = Vec::new();
    let mut seen = vec![false; pack.len()];
    for (number, nodes) in pack.texts() {
        let start = asked.get(*number).copied().unwrap_or(0).max(1);
        for pair in nodes.get(start - 1..).unwrap_or_default().windows(2) {
            if !std::mem::replace(&mut seen[pair[1]], true) {
                wanted.push((pair[0], pair[1]));
            }
        }
    }
    let mut found = vec![None; pack.len()];
    for part in wanted.chunks(AT_ONCE) {
        let parents: Vec<i64> = part.iter().filter_map(|(parent, _)| i64::try_from(*parent).ok()).collect();
        let tokens: Vec<i64> = part.iter().filter_map(|(_, node)| pack.token(*node)).collect();
        let device = normed.device();
        let rows = normed.f_index_select(0, &Tensor::from_slice(&parents).f_to_device(device)?)?;
        let logits = decoder.logits(&rows)?;
        let tokens = Tensor::from_slice(&tokens).f_to_device(device)?.f_unsqueeze(-1)?;
        let together = if device == tch::Device::Cpu { CACHED } else { logits.size2()?.0 };
        let parts = logits.f_split(together, 0)?.into_iter().zip(tokens.f_split(together, 0)?);
        let own = parts.map(|(logits, tokens)| {
            let logs = logits.f_to_kind(Kind::Float)?.f_log_softmax(-1, Kind::Float)?;
            logs.f_gather(-1, &tokens, false)?.f_squeeze_dim(-1)
        });
        let own = Tensor::f_cat(&own.collect::<Result<Vec<_>, _>>()?, 0)?;
        for ((_, node), own) in part.iter().zip(Vec::<f32>::try_from(own)?) {
            found[*node] = Some(f64::from(own));
        }
    }
    Ok(found)
}
