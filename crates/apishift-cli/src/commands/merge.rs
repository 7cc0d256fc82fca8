//! `apishift merge`.

use std::collections::BTreeSet;

use apishift_store::RunFolder;

use super::{
    summary::print_summary,
    until::{default_out, machine, pool, with_way_on},
};
use crate::{
    args::{GlobalArgs, MergeArgs},
    interrupt,
    output::Printer,
    run::{Journal, Runner, Shards},
};

/// Joins shards and does what is left of their run.
pub(crate) fn run(args: &MergeArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    let Shards { folders, mut record } = Shards::open(&args.shards)?;
    if let Some(rows) = args.verify.verify {
        record.settings.verify.rows = rows;
    }
    let out = args.out.clone().unwrap_or_else(|| default_out(&record.settings));
    let folder = RunFolder::open(&out)?;
    let machine = machine(global, &record.settings, Some(&args.verify));
    let interrupt = interrupt::flag();
    let runner = Runner {
        folder: &folder,
        record: &record,
        machine: &machine,
        interrupt: &interrupt,
        until: record.until,
        redo: BTreeSet::new(),
        shards: folders,
        pool: pool(machine.jobs)?,
    };
    let parts: Vec<_> = args.shards.iter().map(|part| part.display().to_string()).collect();
    let command = format!("apishift merge {} --out {}", parts.join(" "), out.display());
    let journal = Journal { command: command.clone(), ..Journal::read(&out) };
    let report = runner.run(journal).map_err(|error| with_way_on(error, &command))?;
    print_summary(&report, args.format, printer)
}
