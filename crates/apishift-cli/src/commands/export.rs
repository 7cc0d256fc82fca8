//! `apishift export`.

use std::{fs, path::Path};

use anyhow::{Context, bail};
use apishift_dataset::{
    export::{Candidates, ExportTarget, Exported, Quantiles, Task, TokenLengths, export, guide::MARK},
    split_file,
};
use apishift_store::{ApiUpdateTable, RecordReader, read_table};
use apishift_tokens::ChatTokenizer;
use apishift_types::Split;
use serde::Serialize;

use crate::{
    args::ExportArgs,
    folder,
    output::{Format, Printer},
};

/// What is printed.
#[derive(Debug, Serialize)]
struct Summary {
    out: String,
    files: Vec<(String, u64)>,
    without: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<TokenLengths>,
}

/// Writes the export beside its place, then puts it there.
pub(crate) fn run(args: &ExportArgs, printer: &Printer) -> anyhow::Result<()> {
    let mut tasks = tasks(&args.path)?;
    if tasks.is_empty() {
        bail!("export {}: it has no rows", args.path.display());
    }
    if args.to == ExportTarget::Recode && !args.path.is_dir() {
        bail!("export {}: only a dataset can be written as ReCode's records", args.path.display());
    }
    let lengths = match &args.tokenizer {
        Some(tokenizer) => Some(measure(&mut tasks, tokenizer, args.max_prompt_tokens)?),
        None => None,
    };
    let Exported { files, without } = folder::replace(
        &args.out,
        "export",
        |folder| Ok(is_export(folder)),
        |draft| Ok(export(args.to, &tasks, args.seed, lengths.as_ref(), draft)?),
    )?;
    let summary = Summary { out: args.out.display().to_string(), files, without, tokens: lengths };
    match args.format {
        Format::Json => printer.json(&summary),
        Format::Human => Ok(printer.print(&human(&summary))?),
    }
}

/// How long prompts and answers are; tasks with longer prompts than the limit are taken out.
fn measure(tasks: &mut Vec<Task>, tokenizer: &Path, limit: Option<usize>) -> anyhow::Result<TokenLengths> {
    let tokens = ChatTokenizer::open(tokenizer)?;
    let prompts: Vec<_> = tasks.iter().map(Task::conversation).collect();
    let mut prompts = tokens.lengths(&prompts, tokens.has_template())?;
    let before = tasks.len();
    if let Some(limit) = limit {
        let shortest = prompts.iter().min().copied().unwrap_or(0);
        let mut lengths = prompts.iter();
        tasks.retain(|_| lengths.next().is_some_and(|length| *length <= limit));
        prompts.retain(|length| *length <= limit);
        if tasks.is_empty() {
            bail!("export: no prompt has {limit} tokens or fewer; the shortest has {shortest}");
        }
    }
    let mut answers = Vec::new();
    for task in tasks.iter() {
        answers.extend(tokens.answer_lengths(&task.conversation(), &task.answered().collect::<Vec<_>>())?);
    }
    Ok(TokenLengths {
        prompts: Quantiles::of(prompts).context("measure the prompts: there are none")?,
        answers: Quantiles::of(answers),
        with_template: tokens.has_template(),
        limit,
        left_out: before - tasks.len(),
    })
}

/// Whether an export wrote the folder.
fn is_export(folder: &Path) -> bool {
    let guide = fs::read_to_string(folder.join("README.md"));
    guide.is_ok_and(|guide| guide.contains(MARK))
}

fn tasks(path: &Path) -> anyhow::Result<Vec<Task>> {
    if path.is_dir() {
        let folder = if path.join("data").is_dir() { path.to_owned() } else { path.join("dataset") };
        let mut tasks = Vec::new();
        for split in Split::ALL {
            let rows = read_table::<ApiUpdateTable>(&folder.join(split_file(split)));
            let rows = rows.with_context(|| format!("read the dataset {}", path.display()))?;
            tasks.extend(rows.into_iter().map(Task::of_update));
        }
        return Ok(tasks);
    }
    let mut candidates = Candidates::default();
    for (row, record) in RecordReader::open(path)?.enumerate() {
        candidates.add(&record?).with_context(|| format!("read row {row} of {}", path.display()))?;
    }
    Ok(candidates.tasks())
}

fn human(summary: &Summary) -> String {
    let mut lines: Vec<String> =
        summary.files.iter().map(|(file, rows)| format!("{}/{file}: {rows} rows", summary.out)).collect();
    if summary.without > 0 {
        lines.push(format!("{} tasks gave no row", summary.without));
    }
    lines.extend(summary.tokens.iter().map(ToString::to_string));
    lines.push(format!("{}/README.md says how a trainer reads it", summary.out));
    lines.join("\n") + "\n"
}
