//! `apishift split`.

use super::until::{Request, run_until};
use crate::{
    args::{GlobalArgs, SplitArgs},
    output::Printer,
    run::Stage,
};

/// Runs the pipeline to its end.
pub(crate) fn run(args: &SplitArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    let request = Request {
        name: "split",
        until: Stage::Split,
        args: &args.stage,
        cutoff: args.cutoff,
        verify: Some(&args.verify),
    };
    run_until(&request, global, printer)
}
