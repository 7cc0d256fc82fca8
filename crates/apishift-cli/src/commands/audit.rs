//! `apishift audit`.

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use anyhow::ensure;
use apishift_dataset::query::scan;
use apishift_report::audit::{
    Agreement, Precision, Share, Sheet, agreement, precision, read_verdicts, sheet,
};
use apishift_store::write_file;
use comfy_table::{ContentArrangement, Table, presets};
use owo_colors::OwoColorize;
use serde::Serialize;

use super::inspect::resolve;
use crate::{
    args::AuditArgs,
    output::{Format, Printer},
};

/// What is printed where a sheet was written.
#[derive(Debug, Serialize)]
struct Written {
    sheet: PathBuf,
    rows: usize,
    of: usize,
    seed: u64,
}

/// What readers say.
#[derive(Debug, Serialize)]
struct Report {
    readers: Vec<Reader>,
    /// Of each two of them, by their places.
    agreement: Vec<(usize, usize, Agreement)>,
}

#[derive(Debug, Serialize)]
struct Reader {
    table: PathBuf,
    #[serde(flatten)]
    precision: Precision,
}

/// Writes a sheet, or reports what saved sheets say.
pub(crate) fn run(args: &AuditArgs, printer: &Printer) -> anyhow::Result<()> {
    match &args.path {
        Some(path) => write_sheet(args, path, printer),
        None => report(args, printer),
    }
}

fn write_sheet(args: &AuditArgs, path: &Path, printer: &Printer) -> anyhow::Result<()> {
    let (path, _) = resolve(path)?;
    let whole = scan(&path)?;
    for column in ["id", "old_code", "new_code"] {
        let is_there = whole.columns().iter().any(|known| known.name == column);
        ensure!(
            is_there,
            "draw rows from {}: it has no column `{column}`, so it is no dataset",
            path.display()
        );
    }
    let table = match &args.filter {
        Some(filter) => whole.filter(filter)?,
        None => whole,
    };
    let rows = table.sample(args.n, args.seed)?;
    ensure!(!rows.is_empty(), "draw rows from {}: there are none", path.display());
    let dataset = path.display().to_string();
    let page = sheet(&Sheet { dataset: &dataset, of: table.len(), seed: args.seed, rows: &rows })?;
    let out = args.out.clone().unwrap_or_else(|| PathBuf::from(format!("audit-{}.html", args.seed)));
    write_file(&out, page.as_bytes())?;
    let written = Written { sheet: out, rows: rows.len(), of: table.len(), seed: args.seed };
    match args.format {
        Format::Json => printer.json(&written),
        Format::Human => {
            let sheet = written.sheet.display();
            let what = format!("{sheet}: {} of {} rows", written.rows, written.of);
            let next = "Open it in a browser, judge the rows, save the table; then\n\n    apishift audit --verdicts TABLE.csv\n";
            Ok(printer.print(&format!("{}\n{next}", what.bold()))?)
        }
    }
}

fn report(args: &AuditArgs, printer: &Printer) -> anyhow::Result<()> {
    let mut tables = Vec::new();
    for path in &args.verdicts {
        tables.push((path.clone(), read_verdicts(path)?));
    }
    let mut pairs = Vec::new();
    for second in 0..tables.len() {
        for first in 0..second {
            pairs.push((first, second, agreement(&tables[first].1, &tables[second].1)?));
        }
    }
    let readers =
        tables.into_iter().map(|(table, lines)| Reader { table, precision: precision(&lines) }).collect();
    let report = Report { readers, agreement: pairs };
    match args.format {
        Format::Json => printer.json(&report),
        Format::Human => Ok(printer.print(&human(&report))?),
    }
}

fn human(report: &Report) -> String {
    let mut text = String::new();
    for Reader { table, precision } in &report.readers {
        let mut shown = Table::new();
        shown.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        shown.set_header(["", "rows", "share", "95 % interval"]);
        let mut add = |name: &str, share: &Share| {
            let rows = format!("{} of {}", share.count, share.of);
            let interval = format!("{:.0} to {:.0} %", share.low * 100.0, share.high * 100.0);
            shown.add_row([name.to_owned(), rows, format!("{:.0} %", share.value() * 100.0), interval]);
        };
        add("good", &precision.good);
        add("good or tolerable", &precision.tolerable);
        if precision.update_info.of > 0 {
            add("update_info good", &precision.update_info);
        }
        for (column, groups) in &precision.by {
            for (name, share) in groups {
                add(&format!("good, {column} {name}"), share);
            }
        }
        let _ = writeln!(text, "{}\n{shown}\n", table.display().bold());
    }
    for (first, second, Agreement { same, kappa, differ }) in &report.agreement {
        let name = |at: usize| report.readers[at].table.display().to_string();
        let title = format!("{} and {}", name(*first), name(*second));
        let line = format!("the same on {} of {} rows, Cohen's kappa {kappa:.2}", same.count, same.of);
        let _ = writeln!(text, "{}\n{line}", title.bold());
        for (id, a, b) in differ {
            let _ = writeln!(text, "  {id}  {} / {}", a.as_str(), b.as_str());
        }
        text += "\n";
    }
    text
}
