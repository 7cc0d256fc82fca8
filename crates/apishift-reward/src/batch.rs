//! Many rewards at once.

use std::{
    collections::HashMap,
    io,
    sync::{
        OnceLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use apishift_syntax::grammar::STACK;

use crate::{Reward, RewardSpec, Target, score::Reference};

/// Completions that a thread takes at a time.
const CHUNK: usize = 16;

/// A completion and what it should say.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The text of a model.
    pub completion: &'a str,
    /// What it is compared with. Items with the same target share its reading.
    pub target: Target<'a>,
}

impl RewardSpec {
    /// The rewards of many completions, in their order, on so many threads, at least one. They are the same on any number.
    ///
    /// The threads are started for this call and have the stack that reading needs: nothing is left running that a fork of the
    /// process would miss. Fails where no thread can be started.
    pub fn rewards(&self, items: &[Item<'_>], threads: usize) -> io::Result<Vec<Reward>> {
        let mut numbers: HashMap<Target<'_>, usize> = HashMap::new();
        let mut targets = Vec::with_capacity(items.len());
        for item in items {
            let next = numbers.len();
            targets.push(*numbers.entry(item.target).or_insert(next));
        }
        let references: Vec<OnceLock<Reference>> = numbers.iter().map(|_| OnceLock::new()).collect();
        let next = AtomicUsize::new(0);
        let work = || {
            let mut done = Vec::new();
            loop {
                let start = next.fetch_add(CHUNK, Ordering::Relaxed);
                let chunk = start..items.len().min(start.saturating_add(CHUNK));
                if chunk.is_empty() {
                    return done;
                }
                for at in chunk {
                    let item = &items[at];
                    let reference = references[targets[at]].get_or_init(|| self.reference(&item.target));
                    done.push((at, self.reward(item.completion, reference)));
                }
            }
        };
        let threads = threads.min(items.len().div_ceil(CHUNK)).max(1);
        let mut all = Vec::with_capacity(items.len());
        thread::scope(|scope| {
            let start = |_| thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
            let started: Vec<_> = (0..threads).map(start).collect::<io::Result<_>>()?;
            for thread in started {
                all.extend(
                    thread
                        .join()
                        .map_err(|_panic| io::Error::other("a thread that gives rewards panicked"))?,
                );
            }
            Ok::<_, io::Error>(())
        })?;
        all.sort_unstable_by_key(|(at, _)| *at);
        Ok(all.into_iter().map(|(_, reward)| reward).collect())
    }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "rewards are exact")]
mod tests {
    use super::*;

    #[test]
    fn rewards_are_those_of_each_alone_on_any_number_of_threads() {
        let spec = RewardSpec::default();
        let codes: Vec<String> = (0..100).map(|n| format!("x = {}", n * n)).collect();
        let completions: Vec<String> =
            codes.iter().map(|code| format!("</think><answer>\n```python\n{code}\n```\n</answer>")).collect();
        let target = |at: usize| Target::code(&codes[at % 7]);
        let items: Vec<Item<'_>> = completions
            .iter()
            .enumerate()
            .map(|(at, completion)| Item { completion, target: target(at) })
            .collect();
        let one = spec.rewards(&items, 1).unwrap();
        assert_eq!(one.len(), 100);
        assert_eq!(one, spec.rewards(&items, 8).unwrap());
        assert_eq!(one[3].total, 3.0, "its own target");
        assert!(spec.rewards(&[], 4).unwrap().is_empty());
    }
}
