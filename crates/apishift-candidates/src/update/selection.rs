//! Which of the wrong programs an example gets.

use std::collections::{BTreeMap, BTreeSet};

use super::{Fault, UpdateOptions, change::Change, change::names};
use crate::{digest::seeded, program::Program};

/// Faults that any reader sees: one of them is enough, and only in one problem of three, or where there is hardly another.
const EASY: [&str; 1] = ["dropped_import"];

/// A fault with what tells it from the new code at a glance.
#[derive(Debug)]
struct Looks {
    fault: Fault,
    /// Whether it has every new name and no old one.
    is_hard: bool,
    /// -1 where it is shorter than the new code, 1 where it is longer.
    length: i64,
}

/// Chooses wrong programs by hash, so that neither names nor length tell them from the new code: as many as have the new names
/// and not the old ones as of the others, the old code among the latter; shorter ones and longer ones by turns.
pub(super) fn select(
    change: &Change<'_>,
    faults: Vec<Fault>,
    options: &UpdateOptions,
    seed: u64,
) -> Vec<Fault> {
    let mut left = distinct(change, faults);
    left.sort_by_cached_key(|looks| seeded(seed, &[&looks.fault.operator, &looks.fault.program]));
    let mut chosen: Vec<Fault> = Vec::new();
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let old = change.old.source().trim().len();
    let mut balance = (i64::try_from(old).unwrap_or(0)
        - i64::try_from(change.new.source().trim().len()).unwrap_or(0))
    .signum();
    let (mut hard, mut soft, mut general) = (0_usize, 1_usize, 0_usize);
    let takes_easy = seeded(seed, &["easy"]).is_multiple_of(3);
    while hard + soft < options.wrong {
        let wants_hard = hard <= soft;
        let fits = |looks: &Looks| {
            let is_easy = EASY.contains(&&*looks.fault.operator);
            let most = if is_easy { 1 } else { options.per_operator };
            let is_welcome = !is_easy || takes_easy || hard + soft < options.wrong.div_ceil(2);
            is_welcome
                && counts.get(&*looks.fault.operator).copied().unwrap_or(0) < most
                && (!looks.fault.is_general || general < options.general)
                && (looks.is_hard || soft < hard)
        };
        // Operators that are not there yet first, then what makes names, then what makes lengths even.
        let cost = |looks: &Looks| {
            let seen = counts.get(&*looks.fault.operator).copied().unwrap_or(0);
            let tilt = (balance + looks.length).abs();
            let is_easy = EASY.contains(&&*looks.fault.operator);
            (is_easy && !takes_easy, looks.is_hard != wants_hard, tilt > 1, seen, tilt)
        };
        let best = left
            .iter()
            .enumerate()
            .filter(|(_, looks)| fits(looks))
            .min_by_key(|(place, looks)| (cost(looks), *place));
        let Some((place, _)) = best else { break };
        let looks = left.remove(place);
        *counts.entry(looks.fault.operator.to_string()).or_default() += 1;
        general += usize::from(looks.fault.is_general);
        hard += usize::from(looks.is_hard);
        soft += usize::from(!looks.is_hard);
        balance += looks.length;
        chosen.push(looks.fault);
    }
    chosen
}

/// Faults that are Python, and neither the new code, nor the old one, nor another fault.
fn distinct(change: &Change<'_>, faults: Vec<Fault>) -> Vec<Looks> {
    let mut seen = BTreeSet::from([change.old.digest(), change.new.digest()]);
    let length = change.new.source().trim().len();
    let mut kept = Vec::new();
    for fault in faults {
        let (is_hard, size) = {
            let Some(program) = Program::read(&fault.program).filter(|program| seen.insert(program.digest()))
            else {
                continue;
            };
            let names = names(&program);
            let is_hard = change.new_names.iter().all(|name| names.contains(name))
                && !change.old_names.iter().any(|name| names.contains(name));
            (is_hard, fault.program.trim().len())
        };
        kept.push(Looks { fault, is_hard, length: i64::from(size > length) - i64::from(size < length) });
    }
    kept
}
