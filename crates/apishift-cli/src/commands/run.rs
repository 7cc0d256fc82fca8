//! `apishift run`.

use super::until::{Request, run_until};
use crate::{
    args::{GlobalArgs, RunArgs},
    output::Printer,
    run::Stage,
};

/// Runs the pipeline to its end.
pub(crate) fn run(args: &RunArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    let request = Request {
        name: "run",
        until: Stage::Split,
        args: &args.stage,
        cutoff: args.cutoff,
        verify: Some(&args.verify),
    };
    run_until(&request, global, printer)
}
