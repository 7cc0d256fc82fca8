//! `apishift split`.

use super::until::{Request, run_until};
use crate::{
    args::{GlobalArgs, SplitArgs},
    output::Printer,
};

/// Runs the pipeline to its end.
pub(crate) fn run(args: &SplitArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    run_until(&Request::whole("split", args), global, printer)
}
