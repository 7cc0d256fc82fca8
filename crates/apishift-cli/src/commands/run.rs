//! `apishift run`.

use super::until::{Request, run_until};
use crate::{
    args::{GlobalArgs, RunArgs},
    output::Printer,
};

/// Runs the pipeline to its end.
pub(crate) fn run(args: &RunArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    run_until(&Request::whole("run", args), global, printer)
}
