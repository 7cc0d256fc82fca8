//! Candidates of a built dataset's examples, with counts: `update_candidates OUT.parquet ROWS.parquet...`.

use std::{
    cmp::Ordering,
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    path::PathBuf,
    thread,
};

use anyhow::{Context as _, bail};
use apishift_candidates::{Context, UpdateOptions, update_candidates};
use apishift_store::{ApiUpdateTable, CandidateTable, read_table, write_table};
use apishift_syntax::grammar::STACK;
use apishift_types::{ApiUpdate, CandidateRow, CandidateSource, Skipped};

fn main() -> anyhow::Result<()> {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let Some(out) = paths.next() else { bail!("say where to write, and what to read") };
    let mut rows: Vec<ApiUpdate> = Vec::new();
    for path in paths {
        rows.extend(read_table::<ApiUpdateTable>(&path).with_context(|| format!("read {}", path.display()))?);
    }
    let work = move || all(&rows);
    let worker = thread::Builder::new().stack_size(STACK).spawn(work)?;
    let Ok((candidates, skipped)) = worker.join() else { bail!("the worker panicked") };
    report(&candidates, &skipped)?;
    write_table::<CandidateTable>(&out, candidates)?;
    Ok(())
}

fn all(rows: &[ApiUpdate]) -> (Vec<CandidateRow>, Skipped) {
    let context = Context::of(rows);
    let mut skipped = Skipped::default();
    let options = UpdateOptions::default();
    let candidates =
        rows.iter().flat_map(|row| update_candidates(row, &context, &options, &mut skipped)).collect();
    (candidates, skipped)
}

/// Counts by source and operator, with what a rule over names and a rule over lengths make of each.
fn report(candidates: &[CandidateRow], skipped: &Skipped) -> io::Result<()> {
    let mut tasks: BTreeMap<&str, Vec<&CandidateRow>> = BTreeMap::new();
    for candidate in candidates {
        tasks.entry(&candidate.task_id).or_default().push(candidate);
    }
    let mut tallies: BTreeMap<(String, String), Tally> = BTreeMap::new();
    let (mut wrong, mut few, mut half) = (0, 0, 0);
    for rows in tasks.values() {
        let cues = Cues::of(rows);
        let negatives: Vec<&&CandidateRow> = rows.iter().filter(|row| row.passed == Some(false)).collect();
        wrong += negatives.len();
        few += usize::from(negatives.len() < 4);
        half +=
            usize::from(negatives.iter().filter(|row| cues.score(row) >= 2.0).count() * 2 >= negatives.len());
        for row in rows {
            let key = (row.source.to_string(), row.operator.clone().unwrap_or_default());
            for key in [key, (format!("all {}", row.passed == Some(true)), String::new())] {
                tallies.entry(key).or_default().add(row, rows, &cues);
            }
        }
    }
    let mut out = io::stdout().lock();
    writeln!(
        out,
        "{:12} {:20} {:>6} {:>7} {:>7} {:>7}",
        "source", "operator", "rows", "names", "shorter", "longer"
    )?;
    for ((source, operator), tally) in &tallies {
        let share = |sum: f64| sum / tally.pairs.max(1.0);
        let shares = [share(tally.names), share(tally.shorter), 1.0 - share(tally.shorter)];
        let [names, shorter, longer] = shares;
        writeln!(out, "{source:12} {operator:20} {:6} {names:7.3} {shorter:7.3} {longer:7.3}", tally.rows)?;
    }
    let per_task = |count: usize| count as f64 / tasks.len().max(1) as f64;
    writeln!(
        out,
        "problems {}, wrong programs of each {:.2}, of fewer than four {:.4}",
        tasks.len(),
        per_task(wrong),
        per_task(few)
    )?;
    writeln!(
        out,
        "problems where names do not tell at least half of the wrong programs: {:.4}",
        per_task(half)
    )?;
    for (reason, count) in skipped.iter() {
        writeln!(out, "left out: {reason} {count}")?;
    }
    Ok(())
}

/// What simple rules say of the wrong programs of one kind, against all right ones of the same problem.
#[derive(Debug, Default)]
struct Tally {
    rows: usize,
    pairs: f64,
    names: f64,
    shorter: f64,
}

impl Tally {
    fn add(&mut self, row: &CandidateRow, rows: &[&CandidateRow], cues: &Cues) {
        self.rows += 1;
        if row.passed != Some(false) {
            return;
        }
        for right in rows.iter().filter(|row| row.passed == Some(true)) {
            self.pairs += 1.0;
            self.names += won(cues.score(right), cues.score(row));
            self.shorter += won(row.program.len() as f64, right.program.len() as f64);
        }
    }
}

/// 1 where the first is more, a half where they are equal.
fn won(one: f64, two: f64) -> f64 {
    match one.total_cmp(&two) {
        Ordering::Greater => 1.0,
        Ordering::Equal => 0.5,
        Ordering::Less => 0.0,
    }
}

/// Names that only the new code has, and those that only the old one has.
#[derive(Debug)]
struct Cues {
    new: BTreeSet<String>,
    old: BTreeSet<String>,
}

impl Cues {
    fn of(rows: &[&CandidateRow]) -> Self {
        let gold = rows.iter().find(|row| row.source == CandidateSource::Gold);
        let new = gold.map(|row| words(&row.program)).unwrap_or_default();
        let old = rows.first().and_then(|row| row.old_code.as_deref()).map(words).unwrap_or_default();
        Self { new: new.difference(&old).cloned().collect(), old: old.difference(&new).cloned().collect() }
    }

    /// The share of new names that are there, and of old names that are not: 2 where the rule is content.
    fn score(&self, row: &CandidateRow) -> f64 {
        let words = words(&row.program);
        let share = |names: &BTreeSet<String>, is_there: bool| {
            let right = names.iter().filter(|name| words.contains(*name) == is_there).count();
            if names.is_empty() { 1.0 } else { right as f64 / names.len() as f64 }
        };
        share(&self.new, true) + share(&self.old, false)
    }
}

fn words(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_alphanumeric() && c != '_');
    words
        .filter(|word| word.starts_with(|c: char| c.is_alphabetic() || c == '_'))
        .map(ToOwned::to_owned)
        .collect()
}
