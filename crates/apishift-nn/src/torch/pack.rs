//! Texts that begin alike, as one tree: what they share is computed once.
//!
//! The candidates of a problem share their prompt, and a faulty program shares with the right one all that stands before its fault. A
//! [`Pack`] has a node for each token of each distinct beginning; a node attends to those that lead to it, and its place is how
//! many these are. What comes out for a text's last node is what comes out for the text alone.

use std::collections::HashMap;

use tch::{Device, Kind, Tensor};

use super::{Attention, Rotary, TorchError, decoder::Run};
use crate::ModelConfig;

/// Nodes of a run at most: of longer ones, what comes later would be computed for what comes before.
const RUN: usize = 256;

/// A tree of texts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pack {
    /// Token of each node; a node's parent stands before it.
    ids: Vec<i64>,
    /// Place of each node in its texts, from 0.
    places: Vec<i64>,
    /// Parent of each node; none where a text begins.
    parents: Vec<Option<usize>>,
    /// The nodes of each text, in order: by its number in what was packed.
    texts: Vec<(usize, Vec<usize>)>,
}

/// Packs texts of token ids: each in one pack, in their order, as many in one as `limit` nodes take; a longer text gets a pack of its
/// own. Empty texts are in none.
pub fn packs(texts: &[Vec<i64>], limit: usize) -> Vec<Pack> {
    let mut packs: Vec<Pack> = Vec::new();
    let mut open = Branches::default();
    for (number, text) in texts.iter().enumerate().filter(|(_, text)| !text.is_empty()) {
        let is_full = packs.last().is_none_or(|pack| pack.ids.len() + open.missing(text) > limit);
        if is_full {
            packs.push(Pack::default());
            open = Branches::default();
        }
        if let Some(pack) = packs.last_mut() {
            let nodes = open.add(pack, text);
            pack.texts.push((number, nodes));
        }
    }
    packs
}

/// The nodes of the pack that is being filled, by parent and token.
#[derive(Default)]
struct Branches {
    children: HashMap<(Option<usize>, i64), usize>,
}

impl Branches {
    /// How many nodes a text would add.
    fn missing(&self, text: &[i64]) -> usize {
        let mut parent = None;
        for (place, token) in text.iter().enumerate() {
            match self.children.get(&(parent, *token)) {
                Some(node) => parent = Some(*node),
                None => return text.len() - place,
            }
        }
        0
    }

    fn add(&mut self, pack: &mut Pack, text: &[i64]) -> Vec<usize> {
        let mut nodes: Vec<usize> = Vec::with_capacity(text.len());
        for (place, token) in (0..).zip(text) {
            let parent = nodes.last().copied();
            let node = *self.children.entry((parent, *token)).or_insert_with(|| {
                pack.ids.push(*token);
                pack.places.push(place);
                pack.parents.push(parent);
                pack.ids.len() - 1
            });
            nodes.push(node);
        }
        nodes
    }
}

impl Pack {
    /// How many nodes it has.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Its texts: the number of each, and its nodes in order.
    pub fn texts(&self) -> &[(usize, Vec<usize>)] {
        &self.texts
    }

    /// The tree of some of its texts, by their numbers, and which of its nodes those are. What is known of nodes of the whole tree is known of
    /// these: they attend to nothing else.
    pub fn only(&self, numbers: &[usize]) -> (Self, Vec<usize>) {
        let chosen: Vec<&(usize, Vec<usize>)> =
            self.texts.iter().filter(|(number, _)| numbers.contains(number)).collect();
        let mut places: Vec<Option<usize>> = vec![None; self.len()];
        for node in chosen.iter().flat_map(|(_, nodes)| nodes) {
            places[*node] = Some(0);
        }
        let mut pack = Self::default();
        let mut kept = Vec::new();
        // In order: a parent comes before its children.
        for node in 0..self.len() {
            if places[node].is_some() {
                places[node] = Some(kept.len());
                kept.push(node);
                pack.ids.push(self.ids[node]);
                pack.places.push(self.places[node]);
                pack.parents.push(self.parents[node].and_then(|parent| places[parent]));
            }
        }
        for (number, nodes) in chosen {
            pack.texts.push((*number, nodes.iter().filter_map(|node| places[*node]).collect()));
        }
        (pack, kept)
    }

    /// Token of a node.
    pub fn token(&self, node: usize) -> Option<i64> {
        self.ids.get(node).copied()
    }

    /// Token ids, `(1, N)`.
    pub fn ids(&self, device: Device) -> Result<Tensor, TorchError> {
        Ok(Tensor::f_from_slice(&self.ids)?.f_unsqueeze(0)?.f_to_device(device)?)
    }

    /// What its nodes are turned by.
    pub fn rotary(&self, config: &ModelConfig, kind: Kind, device: Device) -> Result<Rotary, TorchError> {
        let places = Tensor::f_from_slice(&self.places)?.f_unsqueeze(0)?.f_to_device(device)?;
        Rotary::new(config, &places, kind)
    }

    /// Who attends to whom. On a CPU what the tree hides is not computed; a GPU is faster with all of it at once.
    pub fn attention(&self, device: Device) -> Result<Attention, TorchError> {
        if self.parents.iter().enumerate().all(|(node, parent)| *parent == node.checked_sub(1)) {
            return Ok(Attention::Causal);
        }
        if device != Device::Cpu {
            return self.mask(device);
        }
        let mut runs = Vec::new();
        let mut start = 0;
        while start < self.ids.len() {
            let run = self.run(start);
            runs.push(self.asked(start, run)?);
            start += run;
        }
        Ok(Attention::Runs(runs))
    }

    /// Who attends to whom: `(N, N)`.
    pub fn mask(&self, device: Device) -> Result<Attention, TorchError> {
        let n = self.ids.len();
        let mut mask = vec![0_u8; n * n];
        for (node, parent) in self.parents.iter().enumerate() {
            if let Some(parent) = parent {
                mask.copy_within(parent * n..(parent + 1) * n, node * n);
            }
            mask[node * n + node] = 1;
        }
        let mask = Tensor::f_from_slice(&mask)?.f_view([side(n)?, side(n)?])?;
        Ok(Attention::Mask(mask.f_to_kind(Kind::Bool)?.f_to_device(device)?))
    }

    /// How many nodes from `start` on follow each other in one text; at most [`RUN`].
    fn run(&self, start: usize) -> usize {
        let follows = |node: &usize| self.parents[*node] == Some(node - 1);
        1 + (start + 1..self.ids.len()).take(RUN - 1).take_while(follows).count()
    }

    /// A run asks what leads to it, and itself up to who asks.
    fn asked(&self, start: usize, run: usize) -> Result<Run, TorchError> {
        let mut asked: Vec<i64> = Vec::new();
        let mut at = self.parents[start];
        while let Some(node) = at {
            asked.push(side(node)?);
            at = self.parents[node];
        }
        asked.reverse();
        let before = asked.len();
        for node in start..start + run {
            asked.push(side(node)?);
        }
        let of = |row: usize| {
            (0..before + run).map(move |column| if column <= before + row { 0.0 } else { f32::NEG_INFINITY })
        };
        let bias: Vec<f32> = (0..run).flat_map(of).collect();
        let bias = Tensor::f_from_slice(&bias)?.f_view([side(run)?, side(asked.len())?])?;
        Ok(Run { asking: side(run)?, asked: Tensor::f_from_slice(&asked)?, bias })
    }

    /// Who attends to whom where only some nodes ask: `(Q, N)`, a row for each.
    pub fn attention_of(&self, nodes: &[usize], device: Device) -> Result<Attention, TorchError> {
        let n = self.ids.len();
        let mut mask = vec![0_u8; nodes.len() * n];
        for (row, node) in nodes.iter().enumerate() {
            let mut at = Some(*node);
            while let Some(node) = at {
                mask[row * n + node] = 1;
                at = self.parents.get(node).copied().flatten();
            }
        }
        let mask = Tensor::f_from_slice(&mask)?.f_view([side(nodes.len())?, side(n)?])?;
        Ok(Attention::Mask(mask.f_to_kind(Kind::Bool)?.f_to_device(device)?))
    }
}

fn side(count: usize) -> Result<i64, TorchError> {
    i64::try_from(count).map_err(|_too_large| TorchError::Shape(format!("{count} nodes in a pack")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_alike_is_there_once() {
        let texts = vec![vec![1, 2, 3, 4], vec![1, 2, 5], vec![], vec![1, 2, 3, 4], vec![7]];
        let packs = packs(&texts, 100);
        assert_eq!(packs.len(), 1);
        assert_eq!(packs[0].ids, [1, 2, 3, 4, 5, 7]);
        assert_eq!(packs[0].places, [0, 1, 2, 3, 2, 0]);
        let nodes: Vec<_> = packs[0].texts.iter().map(|(number, nodes)| (*number, nodes.clone())).collect();
        assert_eq!(nodes, [(0, vec![0, 1, 2, 3]), (1, vec![0, 1, 4]), (3, vec![0, 1, 2, 3]), (4, vec![5])]);
    }

    #[test]
    fn some_texts_of_a_tree_are_a_tree() {
        let texts = vec![vec![1, 2, 3], vec![1, 2, 4, 5], vec![1, 6], vec![1, 2, 4, 7]];
        let whole = &packs(&texts, 100)[0];
        let (some, kept) = whole.only(&[1, 2]);
        let again = &packs(&texts[1..3], 100)[0];
        assert_eq!((&some.ids, &some.places, &some.parents), (&again.ids, &again.places, &again.parents));
        assert_eq!(kept.iter().map(|node| whole.ids[*node]).collect::<Vec<_>>(), some.ids);
        assert_eq!(some.texts, [(1, vec![0, 1, 2, 3]), (2, vec![0, 4])]);
        assert!(whole.only(&[]).0.is_empty());
    }

    #[test]
    fn a_pack_takes_no_more_than_its_limit() {
        let texts = vec![vec![1, 2, 3], vec![1, 2, 4], vec![1, 5, 6, 7, 8, 9], vec![1, 2, 3]];
        let sizes: Vec<_> = packs(&texts, 4).iter().map(|pack| (pack.len(), pack.texts.len())).collect();
        assert_eq!(sizes, [(4, 2), (6, 1), (3, 1)]);
    }
}
