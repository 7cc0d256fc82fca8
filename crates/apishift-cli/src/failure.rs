//! Failures on their way out: exit code and words.

use std::{error::Error, fmt::Write as _, io};

use apishift_dataset::query::QueryError;
use apishift_history::HistoryError;
use apishift_sandbox::SandboxError;
use apishift_store::StoreError;
use apishift_types::exit;
use miette::{GraphicalReportHandler, GraphicalTheme};
use thiserror::Error;

use crate::{pipeline::PipelineError, run::UnitFailures};

/// The user stopped the run.
#[derive(Debug, Error)]
#[error("finish: interrupted")]
pub(crate) struct Interrupted;

/// This binary cannot compute with models.
#[derive(Debug, Error)]
#[error(
    "run `apishift {command}`: this apishift was built without libtorch. In the repository `./justw {command}` builds one with it; or \
     `cargo xtask libtorch`, then `cargo build --release --package apishift-cli --features torch`"
)]
pub(crate) struct NoTorch {
    /// What was to be run.
    pub(crate) command: &'static str,
}

/// The exit code that stands for a failure. What is not known better is wrong input.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    for cause in error.chain() {
        if cause.is::<Interrupted>() {
            return exit::INTERRUPTED;
        }
        if let Some(failures) = cause.downcast_ref::<UnitFailures>() {
            return failures.exit_code();
        }
        if let Some(error) = cause.downcast_ref::<HistoryError>() {
            return error.exit_code();
        }
        if let Some(error) = cause.downcast_ref::<SandboxError>() {
            return if matches!(error, SandboxError::Path(_)) { exit::USAGE } else { exit::ENVIRONMENT };
        }
        if cause.is::<NoTorch>() {
            return exit::ENVIRONMENT;
        }
        #[cfg(feature = "torch")]
        if let Some(error) = cause.downcast_ref::<apishift_nn::torch::DeviceError>() {
            return if matches!(error, apishift_nn::torch::DeviceError::Name(_)) {
                exit::USAGE
            } else {
                exit::ENVIRONMENT
            };
        }
        if let Some(error) = cause.downcast_ref::<io::Error>() {
            return io_exit_code(error);
        }
    }
    exit::USAGE
}

/// A file that is not there was named wrongly; everything else is the environment.
fn io_exit_code(error: &io::Error) -> u8 {
    use io::ErrorKind::{AlreadyExists, InvalidData, InvalidInput, IsADirectory, NotADirectory, NotFound};
    match error.kind() {
        NotFound | NotADirectory | IsADirectory | AlreadyExists | InvalidInput | InvalidData => exit::USAGE,
        _ => exit::ENVIRONMENT,
    }
}

/// Whether the reader of our output went away, as `head` does: that is no failure.
pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let is_it = |cause: &(dyn Error + 'static)| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    };
    error.chain().any(is_it)
}

/// The words for stderr. Every message is a fragment that reads after "failed to".
pub(crate) fn render(error: &anyhow::Error, colour: bool) -> String {
    if let Some(complaint) = error.downcast_ref::<PipelineError>() {
        let theme = if colour { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
        let mut text = String::new();
        let handler = GraphicalReportHandler::new_themed(theme).with_width(100).with_links(false);
        if handler.render_report(&mut text, complaint).is_ok() {
            return format!("error: failed to {complaint}\n{}", without_title(&text));
        }
    }
    let mut text = format!("error: failed to {error}\n");
    for cause in error.chain().skip(1) {
        let _infallible = writeln!(text, "  cause: {cause}");
    }
    if let Some(help) = help(error) {
        let _infallible = writeln!(text, "  help: {help}");
    }
    text
}

/// The report without its first lines, which repeat the message.
fn without_title(report: &str) -> String {
    report.lines().skip_while(|line| !line.contains('╭')).fold(String::new(), |text, line| text + line + "\n")
}

fn help(error: &anyhow::Error) -> Option<&'static str> {
    let store = error.chain().find_map(|cause| cause.downcast_ref::<StoreError>());
    let history = error.chain().find_map(|cause| cause.downcast_ref::<HistoryError>());
    let query = error.chain().find_map(|cause| cause.downcast_ref::<QueryError>());
    let sandbox = error.chain().find_map(|cause| cause.downcast_ref::<SandboxError>());
    match (store, history, query) {
        _ if matches!(sandbox, Some(SandboxError::Missing(_))) => Some(
            "`apishift doctor` shows each layer; --isolation process-only does without them, if programs may see this machine",
        ),
        (Some(StoreError::Locked { .. }), _, _) => {
            Some("wait until it is done, or choose another folder with --out")
        }
        (Some(StoreError::Changed { .. }), _, _) => Some("do the stage again with --redo and its name"),
        (_, Some(HistoryError::Network { .. }), _) => Some(
            "what is downloaded is kept: the same command goes on from there; --offline uses the cache alone",
        ),
        (_, _, Some(QueryError::Syntax { .. })) => {
            Some("write it as in \"change_kind = 'removed' AND quality > 0.8\"")
        }
        _ => None,
    }
}
