//! Majority vote: the program that most samples agree on.

use std::collections::BTreeMap;

use crate::chance::hypergeometric;

/// Samples of one text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Vote {
    /// Stands for the normalised text: equal for samples that say the same.
    pub text: u64,
    /// How many samples.
    pub count: u32,
    /// Whether they are right.
    pub passed: bool,
}

/// Samples of one text, merged.
#[derive(Clone, Copy, Debug, Default)]
struct Text {
    count: u64,
    passed: u64,
}

impl Text {
    fn share(self) -> f64 {
        self.passed as f64 / self.count as f64
    }
}

/// Chance that the most frequent text of `k` samples, drawn at random, is right: exact, over all draws. It counts texts within
/// the draw; to count them over all samples and then choose among `k` would be no vote of `k`. Of texts that are equally
/// frequent, the mean; of a text whose samples differ in their labels (normalised apart only by comments, say), the share of right
/// ones. `None` for `k` of 0 or more than there are.
///
/// Time `O(texts that occur twice or more, k^3)`: a draw is read as the number of samples that each text gets, one text
/// after the other.
pub fn majority_of(votes: &[Vote], k: u32) -> Option<f64> {
    let mut texts: BTreeMap<u64, Text> = BTreeMap::new();
    for vote in votes.iter().filter(|vote| vote.count > 0) {
        let text = texts.entry(vote.text).or_default();
        text.count += u64::from(vote.count);
        text.passed += if vote.passed { u64::from(vote.count) } else { 0 };
    }
    let all: u64 = texts.values().map(|text| text.count).sum();
    if !(1..=all).contains(&u64::from(k)) {
        return None;
    }
    // Texts of one sample are alike: they are drawn together.
    let (once, often): (Vec<Text>, Vec<Text>) = texts.into_values().partition(|text| text.count == 1);
    let singles = Text { count: once.len() as u64, passed: once.iter().map(|text| text.passed).sum() };
    let tables = tables(singles, &often, k, all);
    let most = often.iter().map(|text| text.count).max().unwrap_or(1);
    let most = u32::try_from(most).unwrap_or(k).min(k);
    let chances = (1..=most).map(|votes| won_with(votes as usize, singles, &often, &tables, k as usize));
    Some(chances.sum())
}

/// For the singles, then each other text: chances to draw 0, 1, .. of it, by how many samples are still to be drawn.
type Table = Vec<Vec<f64>>;

fn tables(singles: Text, often: &[Text], k: u32, all: u64) -> Vec<Table> {
    let mut left = all;
    [singles]
        .iter()
        .chain(often)
        .map(|text| {
            let table = (0..=k)
                .map(|to_draw| {
                    let mut chances = Vec::new();
                    // More than are left cannot be asked for.
                    if u64::from(to_draw) <= left {
                        hypergeometric(left, text.count, to_draw, &mut chances);
                    }
                    chances
                })
                .collect();
            left -= text.count;
            table
        })
        .collect()
}

/// What is known after some texts: chance of each (samples still to be drawn, texts that have just the winning number), and that
/// chance times the sum of those texts' shares of right samples.
struct Draws {
    /// Texts that can have the winning number, and none.
    width: usize,
    chance: Vec<f64>,
    right: Vec<f64>,
}

impl Draws {
    fn empty(k: usize, width: usize) -> Self {
        Self { width, chance: vec![0.0; (k + 1) * width], right: vec![0.0; (k + 1) * width] }
    }

    /// `winners` more texts have the winning number, whose shares of right samples add up to `share`.
    fn add(
        &mut self,
        from: &Self,
        at: (usize, usize),
        taken: usize,
        winners: usize,
        share: f64,
        chance: f64,
    ) {
        let (to_draw, before) = at;
        if before + winners >= self.width {
            return;
        }
        let old = to_draw * self.width + before;
        let new = (to_draw - taken) * self.width + before + winners;
        self.chance[new] += from.chance[old] * chance;
        self.right[new] += (from.right[old] + share * from.chance[old]) * chance;
    }
}

/// Chance that a right text wins with just so many votes.
fn won_with(votes: usize, singles: Text, often: &[Text], tables: &[Table], k: usize) -> f64 {
    let width = k / votes + 1;
    let mut draws = Draws::empty(k, width);
    draws.chance[k * width] = 1.0;
    for (place, table) in tables.iter().enumerate() {
        let text = place.checked_sub(1).and_then(|place| often.get(place));
        let mut next = Draws::empty(k, width);
        for (to_draw, chances) in table.iter().enumerate() {
            for before in 0..width {
                if draws.chance[to_draw * width + before] <= 0.0 {
                    continue;
                }
                for (taken, &chance) in chances.iter().enumerate() {
                    let at = (to_draw, before);
                    match text {
                        Some(_) if taken > votes => break,
                        Some(text) if taken == votes => next.add(&draws, at, taken, 1, text.share(), chance),
                        None if votes == 1 && taken > 0 => {
                            let right = singles.share() * taken as f64;
                            next.add(&draws, at, taken, taken, right, chance);
                        }
                        _ => next.add(&draws, at, taken, 0, 0.0, chance),
                    }
                }
            }
        }
        draws = next;
    }
    // Nothing is left to be drawn; the winners share the win.
    (1..width).map(|winners| draws.right[winners] / winners as f64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By looking at every draw of `k` samples.
    fn by_enumeration(samples: &[(u64, bool)], k: usize) -> f64 {
        let (mut draws, mut won) = (0.0, 0.0);
        for mask in 0_u32..1 << samples.len() {
            if mask.count_ones() as usize != k {
                continue;
            }
            let drawn = |text: u64| {
                (0..samples.len()).filter(move |&at| mask >> at & 1 == 1 && samples[at].0 == text).count()
            };
            let most = samples.iter().map(|&(text, _)| drawn(text)).max().unwrap();
            let mut winners: Vec<u64> =
                samples.iter().map(|&(text, _)| text).filter(|&text| drawn(text) == most).collect();
            winners.sort_unstable();
            winners.dedup();
            let share = |winner: &u64| {
                let labels: Vec<f64> = samples
                    .iter()
                    .filter(|(text, _)| text == winner)
                    .map(|&(_, passed)| f64::from(u8::from(passed)))
                    .collect();
                labels.iter().sum::<f64>() / labels.len() as f64
            };
            won += winners.iter().map(share).sum::<f64>() / winners.len() as f64;
            draws += 1.0;
        }
        won / draws
    }

    fn votes(samples: &[(u64, bool)]) -> Vec<Vote> {
        samples.iter().map(|&(text, passed)| Vote { text, count: 1, passed }).collect()
    }

    #[test]
    fn a_vote_of_three() {
        // a a b c, a right. Of 4 draws of 3: aab twice (a wins), aac is the other of them, abc twice (one third each).
        let samples = [(1, true), (1, true), (2, false), (3, false)];
        let expected = (1.0 + 1.0 + 1.0 / 3.0 + 1.0 / 3.0) / 4.0;
        assert!((majority_of(&votes(&samples), 3).unwrap() - expected).abs() < 1e-14);
        // A vote of one is a random pick, one of all is the most frequent text.
        assert_eq!(
            (majority_of(&votes(&samples), 1), majority_of(&votes(&samples), 4)),
            (Some(0.5), Some(1.0))
        );
    }

    #[test]
    fn counts_are_equal_samples() {
        let counted = [
            Vote { text: 4, count: 3, passed: true },
            Vote { text: 9, count: 0, passed: true },
            Vote { text: 5, count: 2, passed: false },
        ];
        let samples = [(4, true), (4, true), (4, true), (5, false), (5, false)];
        for k in 1..=5 {
            let (one, other) = (majority_of(&counted, k).unwrap(), by_enumeration(&samples, k as usize));
            assert!((one - other).abs() < 1e-14, "{k}: {one} {other}");
        }
    }

    #[test]
    fn what_cannot_be_drawn_has_no_value() {
        let one = votes(&[(1, true)]);
        assert_eq!((majority_of(&one, 0), majority_of(&one, 2), majority_of(&[], 1)), (None, None, None));
    }

    #[test]
    fn a_hundred_samples_are_quick_and_sum_to_one() {
        // All right: whatever wins is right, so the chances of all outcomes add up.
        let samples: Vec<(u64, bool)> = (0..200).map(|at| (at * at % 61, true)).collect();
        for k in [8, 32] {
            assert!((majority_of(&votes(&samples), k).unwrap() - 1.0).abs() < 1e-11, "{k}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_draw_is_counted(samples in proptest::collection::vec((0_u64..5, proptest::bool::ANY), 1..10)) {
            for k in 1..=samples.len() {
                let exact = majority_of(&votes(&samples), u32::try_from(k).unwrap()).unwrap();
                let counted = by_enumeration(&samples, k);
                proptest::prop_assert!((exact - counted).abs() < 1e-12, "{k}: {exact} {counted}");
            }
        }
    }
}
