//! `apishift status`.

use std::fmt::Write as _;

use anyhow::Context;
use apishift_store::RunFolder;
use comfy_table::{Table, presets};
use serde_json::json;

use crate::{
    args::StatusArgs,
    output::{Format, Printer},
    run::{Journal, RunRecord, StageState, StageStatus, states},
};

/// Reasons that are listed for each stage.
const MOST_REASONS: usize = 5;

/// Shows how far the stages of a run are.
pub(crate) fn run(args: &StatusArgs, printer: &Printer) -> anyhow::Result<()> {
    let record = RunRecord::read(&args.folder)?
        .with_context(|| format!("find a run in {}: it has no run.json", args.folder.display()))?;
    let states = states(&RunFolder::view(&args.folder), &record)?;
    let journal = Journal::read(&args.folder);
    let is_complete = states.iter().all(|status| status.progress == StageState::Complete);
    let command = (!is_complete).then_some(journal.command);
    match args.format {
        Format::Json => printer.json(&json!({
            "name": record.settings.name,
            "shard": record.shard.map(|shard| shard.to_string()),
            "complete": is_complete,
            "stages": states,
            "continue": command,
        })),
        Format::Human => Ok(printer.print(&human(&record, &states, command.as_deref()))?),
    }
}

fn human(record: &RunRecord, states: &[StageStatus], command: Option<&str>) -> String {
    let shard = record.shard.map(|shard| format!(", shard {shard}")).unwrap_or_default();
    let mut text = format!("run {} (seed {}{shard})\n\n", record.settings.name, record.settings.seed);
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["stage", "state", "rows", "left out"]);
    for status in states {
        table.add_row([
            status.stage.name().to_owned(),
            state(status),
            status.rows.map(|rows| rows.to_string()).unwrap_or_default(),
            status.rows.map(|_| left_out(status)).unwrap_or_default(),
        ]);
    }
    let _infallible = writeln!(text, "{}", table.trim_fmt());
    if let Some(command) = command {
        let _infallible = writeln!(text, "\ncontinue with: {command}");
    }
    text
}

fn state(status: &StageStatus) -> String {
    let part = |done: usize, of: usize| match of {
        0 => format!("{done} {} done", status.stage.units()),
        _ => format!("{done} of {of} {} done", status.stage.units()),
    };
    match status.progress {
        StageState::Complete => "complete".to_owned(),
        StageState::Missing => "missing".to_owned(),
        StageState::Partial { done, of } => format!("partial: {}", part(done, of)),
        StageState::OutOfDate { done: 0, .. } => "out of date".to_owned(),
        StageState::OutOfDate { done, of } => format!("out of date: {}", part(done, of)),
    }
}

/// The total, and the most frequent reasons.
fn left_out(status: &StageStatus) -> String {
    let mut reasons: Vec<_> = status.skipped.iter().collect();
    reasons.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let shown: Vec<_> =
        reasons.iter().take(MOST_REASONS).map(|(reason, count)| format!("{reason} {count}")).collect();
    let total = status.skipped.total();
    match (shown.as_slice(), reasons.len().saturating_sub(MOST_REASONS)) {
        ([], _) => total.to_string(),
        (shown, 0) => format!("{total}: {}", shown.join(", ")),
        (shown, more) => format!("{total}: {}, and {more} more reasons", shown.join(", ")),
    }
}
