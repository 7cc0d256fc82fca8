//! `apishift reward`.

use std::{
    collections::BTreeMap, fs, num::NonZeroUsize, path::Path, sync::atomic::Ordering,
    thread::available_parallelism, time::Instant,
};

use anyhow::{Context, anyhow, bail};
use apishift_reward::{Component, GroundTruth, Item, Reward, RewardSpec};
use apishift_store::{Record, RecordReader, RewardTable, RowsFile};
use apishift_types::RewardRow;
use serde::Serialize;
use serde_json::Value;

use crate::{
    args::{GlobalArgs, RewardArgs},
    failure::Interrupted,
    interrupt,
    output::{Format, Printer},
};

/// Completions that are in memory at a time.
const BATCH: usize = 4096;

/// Columns of which one has the completion, the first that is there.
const TEXTS: [&str; 5] = ["completion", "response", "solution_str", "program", "candidate"];

/// Columns of which one has the target, after `new_code`.
const TRUTHS: [&str; 4] = ["ground_truth", "label", "target", "answer"];

/// Columns of which one has the row's name.
const NAMES: [&str; 3] = ["id", "task_id", "problem_id"];

/// What is printed.
#[derive(Debug, Default, Serialize)]
struct Summary {
    rows: u64,
    /// Mean reward.
    mean: f64,
    /// Mean of each component.
    components: BTreeMap<&'static str, f64>,
    seconds: f64,
}

/// Rewards every row, and writes the rewards.
pub(crate) fn run(args: &RewardArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    let spec = spec(&args.rewards)?;
    let mut out = RowsFile::<RewardTable>::create(&args.out)?;
    let threads = global.jobs.or_else(|| available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    let start = Instant::now();
    let mut summary = Summary::default();
    let interrupt = interrupt::flag();
    let mut rows = (0_u64..).zip(RecordReader::open(&args.input)?);
    loop {
        let batch = rows.by_ref().take(BATCH);
        let read = |(row, record): (u64, Result<Record, _>)| {
            let record: Record = record?;
            let wrong =
                |error: anyhow::Error| error.context(format!("read row {row} of {}", args.input.display()));
            Ok((row, name_of(&record), text_of(&record).map_err(wrong)?, truth_of(&record).map_err(wrong)?))
        };
        let batch: Vec<_> = batch.map(read).collect::<anyhow::Result<_>>()?;
        if batch.is_empty() {
            break;
        }
        let items: Vec<Item<'_>> = batch
            .iter()
            .map(|(_, _, text, truth)| Item { completion: text, target: truth.target() })
            .collect();
        let rewards = spec.rewards(&items, threads)?;
        for ((row, name, _, _), reward) in batch.iter().zip(rewards) {
            summary.add(&reward);
            out.push(row_of(*row, name.clone(), &reward))?;
        }
        if interrupt.load(Ordering::SeqCst) {
            return Err(Interrupted.into());
        }
    }
    summary.finish(start.elapsed().as_secs_f64());
    out.finish()?;
    match args.format {
        Format::Json => printer.json(&summary),
        Format::Human => Ok(printer.print(&human(&summary, &args.out))?),
    }
}

/// A preset, a file of rewards, or the `[reward]` of a pipeline file.
fn spec(named: &str) -> anyhow::Result<RewardSpec> {
    if let Some(spec) = RewardSpec::preset(named) {
        return Ok(spec);
    }
    let text = fs::read_to_string(named).with_context(|| {
        format!(
            "read the rewards `{named}`: it is neither `default` nor `recode`, nor a file that can be read"
        )
    })?;
    RewardSpec::from_toml(&text).with_context(|| format!("read the rewards {named}"))
}

fn name_of(row: &Record) -> Option<String> {
    match NAMES.iter().find_map(|name| row.get(*name).filter(|value| !value.is_null()))? {
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn text_of(row: &Record) -> anyhow::Result<String> {
    let found =
        TEXTS.into_iter().find_map(|name| Some((name, row.get(name).filter(|value| !value.is_null())?)));
    match found {
        Some((_, Value::String(text))) => Ok(text.clone()),
        // A conversation: what the assistant says.
        Some((name, Value::Array(turns))) => {
            let last = turns.last().and_then(|turn| turn.get("content")).and_then(Value::as_str);
            last.map(ToOwned::to_owned)
                .ok_or_else(|| anyhow!("the column `{name}` is no text and no conversation"))
        }
        Some((name, _)) => bail!("the column `{name}` is no text"),
        None => bail!("there is no completion: none of the columns `{}`", TEXTS.join("`, `")),
    }
}

fn truth_of(row: &Record) -> anyhow::Result<GroundTruth> {
    let text = |name: &str| match row.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.clone())),
        Some(_) => Err(anyhow!("the column `{name}` is no text")),
    };
    if let Some(new_code) = text("new_code")? {
        let (old_code, target_signature) = (text("old_code")?, text("target_signature")?);
        return Ok(GroundTruth { new_code, old_code, target_signature });
    }
    if let Some(truth) = row.get("reward_model").and_then(|nested| nested.get("ground_truth")?.as_str()) {
        return Ok(GroundTruth::read(truth));
    }
    for name in TRUTHS {
        if let Some(truth) = text(name)? {
            return Ok(GroundTruth::read(&truth));
        }
    }
    bail!(
        "there is no target: neither `new_code` nor `reward_model.ground_truth`, and none of `{}`",
        TRUTHS.join("`, `")
    )
}

fn row_of(row: u64, id: Option<String>, reward: &Reward) -> RewardRow {
    let mut all = RewardRow { row, id, reward: reward.total, ..RewardRow::default() };
    for (component, value) in &reward.components {
        let place = match component {
            Component::Format => &mut all.format,
            Component::Em => &mut all.em,
            Component::EmStar => &mut all.em_star,
            Component::Es => &mut all.es,
            Component::EsStar => &mut all.es_star,
            Component::Syntax => &mut all.syntax,
            Component::AstMatch => &mut all.ast_match,
            Component::NewApi => &mut all.new_api,
            Component::OldApi => &mut all.old_api,
            Component::CallMatch => &mut all.call_match,
            Component::Signature => &mut all.signature,
        };
        *place = Some(*value);
    }
    all
}

impl Summary {
    fn add(&mut self, reward: &Reward) {
        self.rows += 1;
        self.mean += reward.total;
        for (component, value) in &reward.components {
            *self.components.entry(component.as_str()).or_default() += value;
        }
    }

    /// Sums to means.
    fn finish(&mut self, seconds: f64) {
        let rows = self.rows.max(1) as f64;
        self.mean /= rows;
        self.components.values_mut().for_each(|sum| *sum /= rows);
        self.seconds = seconds;
    }
}

fn human(summary: &Summary, out: &Path) -> String {
    let components = summary.components.iter().map(|(name, mean)| format!("{name} {mean:.3}"));
    let components = components.collect::<Vec<_>>().join(", ");
    let speed = summary.rows as f64 / summary.seconds.max(1e-9);
    format!(
        "{} rewards, mean {:.3} ({components})\n{:.1} s, {speed:.0} a second\n{}\n",
        summary.rows,
        summary.mean,
        summary.seconds,
        out.display(),
    )
}
