//! `apishift doctor`.

use std::fmt::Write as _;

use apishift_sandbox::{Found, Host, Isolation, Layer, Settings};
use comfy_table::{Table, presets};
use serde::Serialize;

use crate::{
    args::{DoctorArgs, IsolationLevel, SandboxArgs},
    output::{Format, Printer},
};

/// What is said of one layer.
#[derive(Debug, Serialize)]
struct LayerReport {
    layer: &'static str,
    required: bool,
    state: &'static str,
    note: String,
}

/// What is printed.
#[derive(Debug, Serialize)]
struct Diagnosis {
    layers: Vec<LayerReport>,
    python: Option<String>,
    /// Why no sandbox starts; `None` where one does.
    failure: Option<String>,
}

/// Probes every layer, and starts a sandbox.
pub(crate) fn run(args: &DoctorArgs, printer: &Printer) -> anyhow::Result<()> {
    let layers: Vec<LayerReport> = Layer::ALL.into_iter().map(report).collect();
    let started = start(&args.sandbox);
    let (python, failure) = match &started {
        Ok(version) => (Some(version.clone()), None),
        Err(error) => (None, Some(error.to_string())),
    };
    let diagnosis = Diagnosis { layers, python, failure };
    match args.format {
        Format::Json => printer.json(&diagnosis)?,
        Format::Human => printer.print(&human(&diagnosis, args.sandbox.isolation))?,
    }
    started.map(drop)
}

/// The settings that arguments ask for.
pub(crate) fn settings(args: &SandboxArgs) -> Settings {
    Settings { python: args.python.clone(), isolation: isolation(args.isolation), ..Settings::default() }
}

/// The sandbox's word for a level.
pub(crate) fn isolation(level: IsolationLevel) -> Isolation {
    match level {
        IsolationLevel::Full => Isolation::Full,
        IsolationLevel::ProcessOnly => Isolation::ProcessOnly,
    }
}

fn start(args: &SandboxArgs) -> anyhow::Result<String> {
    let host = Host::new(settings(args))?;
    host.check()?;
    Ok(format!("Python {} at {}", host.runtime().version, host.runtime().executable.display()))
}

fn report(layer: Layer) -> LayerReport {
    let (state, note) = match layer.probe() {
        Found::Holds(note) => ("holds", note),
        Found::NotNeeded(why) => ("not needed", why.to_owned()),
        Found::Missing(why) => ("missing", format!("{why}; {}", layer.remedy())),
    };
    LayerReport { layer: layer.name(), required: layer.is_required(), state, note }
}

fn human(diagnosis: &Diagnosis, isolation: IsolationLevel) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["layer", "state", ""]);
    for LayerReport { layer, required, state, note } in &diagnosis.layers {
        let state = if *required || *state != "missing" {
            (*state).to_owned()
        } else {
            "missing, optional".to_owned()
        };
        table.add_row([(*layer).to_owned(), state, note.clone()]);
    }
    let mut text = format!("{}\n", table.trim_fmt());
    let level = match isolation {
        IsolationLevel::Full => "full",
        IsolationLevel::ProcessOnly => "process-only",
    };
    let _infallible = match (&diagnosis.python, &diagnosis.failure) {
        (Some(python), _) => writeln!(text, "\n{level} isolation: a sandbox starts, with {python}"),
        (None, Some(_)) => writeln!(text, "\n{level} isolation: no sandbox starts"),
        (None, None) => Ok(()),
    };
    text
}
