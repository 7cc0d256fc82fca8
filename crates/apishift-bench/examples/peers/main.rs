//! Our side of the comparison with other tools; `peers/bench.py` runs it, each measurement in a process of its own.
//!
//!     peers prepare CACHE OUT PROJECT>=A,<B...   fetch two releases of each project, write the files that are read
//!     peers measure PLAN [PARSES]                surface of both releases and changes between them, with times
//!     peers findings PLAN                        the changes, and what either release offers
//!
//! Each prints one JSON value; `PLAN` is a file that `prepare` wrote.

mod clock;
mod findings;
mod measure;
mod prepare;

use std::path::PathBuf;

use anyhow::{Context, bail};
use apishift_history::GitHistory;
use apishift_types::Project;
use serde::{Deserialize, Serialize};

/// The binary's own allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Two releases of a project, ready to be read.
#[derive(Debug, Serialize, Deserialize)]
struct Plan {
    /// The project with its two releases.
    project: Project,
    /// The bare repository that has their trees.
    repository: PathBuf,
    /// Where the same files lie, one folder a release, oldest first.
    folders: Vec<PathBuf>,
    /// Files read.
    files: usize,
    /// Lines of the files of both releases.
    lines: usize,
    /// The same, files that both releases have unchanged counted once.
    distinct_lines: usize,
}

impl Plan {
    fn read(path: &str) -> anyhow::Result<Self> {
        let text = std::fs::read(path).with_context(|| format!("read {path}"))?;
        serde_json::from_slice(&text).with_context(|| format!("read {path}"))
    }

    fn history(&self) -> anyhow::Result<GitHistory> {
        Ok(GitHistory::open(&self.repository)?)
    }
}

#[expect(clippy::print_stdout, reason = "the script that runs this reads it")]
fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let answer = match arguments.as_slice() {
        ["prepare", cache, out, projects @ ..] => prepare::prepare(cache.as_ref(), out.as_ref(), projects)?,
        ["measure", plan] => measure::measure(&Plan::read(plan)?, None)?,
        ["measure", plan, parses] => measure::measure(&Plan::read(plan)?, Some(parses.as_ref()))?,
        ["findings", plan] => findings::findings(&Plan::read(plan)?)?,
        _ => bail!("usage: peers prepare CACHE OUT PROJECT... | measure PLAN [PARSES] | findings PLAN"),
    };
    println!("{answer}");
    Ok(())
}
