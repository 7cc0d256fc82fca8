//! The end of a run, in words.

use std::fmt::Write as _;

use comfy_table::{Table, presets};

use crate::{
    output::{Format, Printer},
    run::{RunReport, Stage, StageResult},
};

/// Prints what a run did.
pub(crate) fn print_summary(report: &RunReport, format: Format, printer: &Printer) -> anyhow::Result<()> {
    if format == Format::Json {
        return printer.json(report);
    }
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["stage", "", "rows", "left out"]);
    for stage in &report.stages {
        let result = match stage.result {
            StageResult::Done => "done",
            StageResult::UpToDate => "up to date",
        };
        table.add_row([
            stage.stage.name().to_owned(),
            result.to_owned(),
            stage.rows.to_string(),
            stage.skipped.total().to_string(),
        ]);
    }
    let mut text = format!("{}\n", table.trim_fmt());
    let folder = report.folder.display();
    match report.stages.last() {
        Some(last) if last.stage == Stage::Split => {
            let dataset = report.folder.join(Stage::Split.folder());
            let _infallible = writeln!(text, "\n{} examples in {}", last.rows, dataset.display());
        }
        _ => {
            let _infallible = writeln!(text, "\noutput in {folder}");
        }
    }
    Ok(printer.print(&text)?)
}
