//! `apishift inspect`.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Context;
use apishift_dataset::query::{QueryError, QueryTable, ValueCounts, scan};
use apishift_store::{ColumnSchema, RunFolder};
use comfy_table::{ContentArrangement, Table, presets};
use owo_colors::OwoColorize;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{
    args::InspectArgs,
    output::{Format, Printer},
    row::render_row,
    run::{RunRecord, Stage},
};

/// Columns with at most so many distinct values have them listed.
const MOST_VALUES: usize = 24;
/// Values that are listed in a line for people.
const SHOWN_VALUES: usize = 8;

/// A table of a run, in the overview.
#[derive(Debug, Serialize)]
pub(super) struct TableOverview {
    stage: Stage,
    table: String,
    rows: u64,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Inspection {
    /// What was looked into.
    path: PathBuf,
    /// Tables of the run, where the path is that of a run.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tables: Vec<TableOverview>,
    /// Rows that the filter leaves.
    rows: usize,
    /// Rows of the whole table.
    total: usize,
    columns: Vec<ColumnSchema>,
    counts: Vec<ValueCounts>,
    sample: Vec<Map<String, Value>>,
}

/// Shows what is in a table.
pub(crate) fn run(args: &InspectArgs, printer: &Printer) -> anyhow::Result<()> {
    let (path, tables) = resolve(&args.path)?;
    let whole = scan(&path)?;
    check_columns(&whole, &args.columns)?;
    let table = match &args.filter {
        Some(filter) => whole.filter(filter)?,
        None => whole.clone(),
    };
    let mut sample = table.sample(args.sample, args.seed)?;
    if !args.columns.is_empty() {
        sample = sample.into_iter().map(|row| only(row, &args.columns)).collect();
    }
    let inspection = Inspection {
        path,
        tables,
        rows: table.len(),
        total: whole.len(),
        columns: table.columns(),
        counts: table.value_counts(MOST_VALUES)?,
        sample,
    };
    match args.format {
        Format::Json => printer.json(&inspection),
        Format::Human => Ok(printer.print(&human(&inspection))?),
    }
}

/// The file or folder with the rows. In a run folder: the output of the last stage that is complete.
pub(super) fn resolve(path: &Path) -> anyhow::Result<(PathBuf, Vec<TableOverview>)> {
    if RunRecord::read(path)?.is_none() {
        return Ok((path.to_owned(), Vec::new()));
    }
    let folder = RunFolder::view(path);
    let mut tables = Vec::new();
    let mut last = None;
    for stage in Stage::ALL {
        let stage_folder = folder.stage(stage.folder());
        if let Some(manifest) = stage_folder.manifest()? {
            for (table, entry) in &manifest.tables {
                tables.push(TableOverview { stage, table: table.clone(), rows: entry.rows });
            }
            last = Some(stage_folder.path().to_owned());
        }
    }
    let last = last.with_context(|| format!("find a table in {}: no stage is complete", path.display()))?;
    Ok((last, tables))
}

fn check_columns(table: &QueryTable, wanted: &[String]) -> Result<(), QueryError> {
    let known: Vec<String> = table.columns().into_iter().map(|column| column.name).collect();
    match wanted.iter().find(|column| !known.contains(column)) {
        Some(column) => Err(QueryError::UnknownColumn { column: column.clone(), known }),
        None => Ok(()),
    }
}

/// The named columns of a row, in the order in which they were named.
fn only(mut row: Map<String, Value>, columns: &[String]) -> Map<String, Value> {
    columns.iter().filter_map(|column| Some((column.clone(), row.remove(column)?))).collect()
}

fn human(inspection: &Inspection) -> String {
    let Inspection { path, tables, rows, total, columns, counts, sample } = inspection;
    let mut text = String::new();
    // It borrows: a closure that takes two empty strings frees one twice, as rustc 1.95 compiles it (rust-lang/rust#155241).
    let mut line = |line: &str| {
        text += line;
        text.push('\n');
    };
    for table in tables {
        line(&format!("{:10} {:12} {} rows", table.stage.name(), table.table, table.rows));
    }
    if !tables.is_empty() {
        line("");
    }
    let of = if rows == total { String::new() } else { format!(" of {total}") };
    line(&format!("{}: {rows}{of} rows, {} columns", path.display(), columns.len()).bold().to_string());
    line("");
    line(&schema(columns, counts));
    for (place, row) in (1..).zip(sample) {
        line("");
        line(&format!("row {place} of {}", sample.len()).bold().to_string());
        line(&render_row(row));
    }
    text
}

/// The columns with their types, and the values of those that have few.
fn schema(columns: &[ColumnSchema], counts: &[ValueCounts]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(["column", "type", "values"]);
    let mut add = |name: String, kind: &str, nullable: bool| {
        let values = counts.iter().find(|counted| counted.column == name).map(values);
        let kind = if nullable { format!("{kind}?") } else { kind.to_owned() };
        table.add_row([name, kind, values.unwrap_or_default()]);
    };
    for column in columns {
        add(column.name.clone(), &column.kind, column.nullable);
        for field in &column.fields {
            add(format!("{}.{}", column.name, field.name), &field.kind, field.nullable);
        }
    }
    table.trim_fmt()
}

/// The most frequent values of a column, or how many there are.
fn values(counted: &ValueCounts) -> String {
    // Values that are all different say no more than that.
    let is_key = counted.values.len() > 1 && counted.values.iter().all(|count| count.rows == 1);
    let mut text = if counted.values.is_empty() || is_key {
        match counted.distinct {
            0 => String::new(),
            n => format!("{n} distinct"),
        }
    } else {
        let shown = counted.values.iter().take(SHOWN_VALUES);
        let shown: Vec<_> = shown.map(|count| format!("{} {}", short(&count.value), count.rows)).collect();
        let more = counted.values.len().saturating_sub(SHOWN_VALUES);
        shown.join(", ") + &if more > 0 { format!(", {more} more") } else { String::new() }
    };
    if counted.nulls > 0 {
        let comma = if text.is_empty() { "" } else { ", " };
        let _infallible = write!(text, "{comma}null {}", counted.nulls);
    }
    text
}

/// A value in a list of values: its beginning, in one line.
fn short(value: &str) -> String {
    const MOST: usize = 32;
    let line = value.lines().next().unwrap_or_default();
    let is_whole = line.chars().count() <= MOST && line.len() == value.len();
    if is_whole { line.to_owned() } else { line.chars().take(MOST).collect::<String>() + "..." }
}
