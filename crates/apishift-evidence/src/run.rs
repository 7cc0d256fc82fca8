//! One run of one side of a row.

use std::{collections::BTreeMap, path::Path};

use apishift_sandbox::{Host, Isolation, Job, Limits, Lost, Preload, SandboxError, Settings, Task, Worker};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Interpreter;

/// What runs beside the row's code, in the sandbox. Its text is part of what results depend on.
pub const HARNESS: &str = include_str!("harness.py");

/// What the harness imports.
const IMPORTS: [&str; 10] = [
    "ast",
    "asyncio",
    "inspect",
    "json",
    "random",
    "re",
    "tempfile",
    "traceback",
    "unittest.mock",
    "warnings",
];

/// What is run.
#[derive(Debug, Serialize)]
pub(crate) struct Request<'a> {
    pub(crate) code: &'a str,
    /// The other side, from which it differs.
    pub(crate) other: &'a str,
    /// How its functions are called; `None`: that is searched for.
    pub(crate) recipes: Option<&'a [Value]>,
}

/// What was raised.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub(crate) struct Raised {
    pub(crate) class: String,
    pub(crate) message: String,
    pub(crate) line: Option<u32>,
    /// Module that an import did not find.
    pub(crate) module: Option<String>,
}

/// What the harness says.
#[derive(Clone, Debug, Default, Deserialize, PartialEq)]
pub(crate) struct Report {
    pub(crate) error: Option<Raised>,
    /// Statements that differ from the other side, and how many of them ran.
    pub(crate) changed: u32,
    pub(crate) reached: u32,
    /// Class of a warning, whether it is one of a deprecation, its text.
    pub(crate) warnings: Vec<(String, bool, String)>,
    pub(crate) recipes: Vec<Value>,
    /// What depends on the changed statements, as text.
    pub(crate) values: BTreeMap<String, String>,
}

/// The report, or why there is none.
pub(crate) type Ran = Result<Report, String>;

#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Broken { broken: Raised },
    Report(Report),
}

/// A sandbox with a target in it.
#[derive(Debug)]
pub(crate) struct Room {
    host: Host,
    slot: u32,
    worker: Worker,
}

impl Room {
    /// Starts a sandbox that shows `folder`, and imports `preload` there if that can be done.
    pub(crate) fn open(
        interpreter: &Interpreter,
        folder: Option<&Path>,
        preload: Option<&str>,
        isolation: Isolation,
        slot: u32,
    ) -> Result<Self, SandboxError> {
        let start = |preload: Option<&str>| {
            let imports = IMPORTS.iter().copied().chain(preload).map(ToOwned::to_owned).collect();
            let host = Host::new(Settings {
                python: interpreter.path.clone(),
                isolation,
                imports,
                path: folder.map(Path::to_owned).into_iter().collect(),
                installed: false,
                ..Settings::default()
            })?;
            let worker = Worker::start(&host, slot, Preload::Common)?;
            Ok::<_, SandboxError>(Self { host, slot, worker })
        };
        match start(preload) {
            // The row itself will say what is wrong with it.
            Err(SandboxError::Imports(_) | SandboxError::Server(_)) if preload.is_some() => start(None),
            started => started,
        }
    }

    /// Runs one side of a row.
    pub(crate) fn run(&mut self, request: &Request<'_>, limits: &Limits) -> Result<Ran, SandboxError> {
        let input = serde_json::to_vec(request).unwrap_or_default();
        let job = Job { sources: vec![HARNESS.to_owned()], task: Task::Script { input } };
        // A server that is lost may have been lost to the run before: once more, with a new one.
        let mut result = Err(Lost::Died);
        for _ in 0..2 {
            if !self.worker.is_fit() {
                self.worker = Worker::start(&self.host, self.slot, Preload::Common)?;
            }
            result = self.worker.run(&job, limits, &mut |_frames| false, &|| false);
            if !matches!(result, Err(Lost::Died)) {
                break;
            }
        }
        let outcome = match result {
            Ok(outcome) => outcome,
            Err(Lost::Memory(bytes)) => return Ok(Err(format!("it took {} MiB", bytes >> 20))),
            Err(Lost::Died | Lost::Stopped) => return Ok(Err("it ended the server that runs it".to_owned())),
        };
        if let Some(limit) = outcome.ending.killed {
            return Ok(Err(limit));
        }
        if let Some(signal) = outcome.ending.signal {
            return Ok(Err(format!("signal {signal}")));
        }
        let said = String::from_utf8_lossy(&outcome.ending.output);
        let last = said.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        Ok(match serde_json::from_str(last) {
            Ok(Answer::Report(report)) => Ok(report),
            Ok(Answer::Broken { broken }) => Err(format!("{}: {}", broken.class, broken.message)),
            Err(_) => Err("it ended without a report".to_owned()),
        })
    }
}
