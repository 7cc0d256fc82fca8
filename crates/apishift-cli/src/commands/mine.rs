//! `apishift mine`.

use super::until::{Request, run_until};
use crate::{
    args::{GlobalArgs, StageArgs},
    output::Printer,
    run::Stage,
};

/// Runs the pipeline up to this stage.
pub(crate) fn run(args: &StageArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    run_until(&Request::until("mine", Stage::Mine, args), global, printer)
}
