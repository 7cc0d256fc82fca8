//! One measurement.

use std::path::Path;

use apishift_mine::{ChangeOptions, changes, surface::Surfaces};
use apishift_syntax::ParseCache;
use serde_json::{Value, json};

use crate::{Plan, clock::Start};

/// Times of reading both surfaces, and of all that `mine` does with two releases, which reads them once more.
/// `parses` is the file of a parse cache.
pub(crate) fn measure(plan: &Plan, parses: Option<&Path>) -> anyhow::Result<Value> {
    let start = Start::now();
    let history = plan.history()?;
    let cache = parses.map_or_else(ParseCache::none, ParseCache::open);
    let (rows, _) = changes(&plan.project, &history, &cache, &ChangeOptions::default())?;
    let total = start.elapsed();
    drop((cache, history));

    let start = Start::now();
    let history = plan.history()?;
    let cache = parses.map_or_else(ParseCache::none, ParseCache::open);
    let mut surfaces = Surfaces::new(&history, &cache, &plan.project.imports);
    let mut apis = Vec::new();
    for release in &plan.project.releases {
        apis.push(surfaces.of_release(release)?);
    }
    let load = start.elapsed();
    Ok(json!({ "total": total, "load": load, "findings": rows.len() }))
}
