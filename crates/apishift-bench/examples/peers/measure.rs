//! One measurement.

use std::path::Path;

use apishift_history::GitHistory;
use apishift_mine::{ChangeOptions, changes, surface::Surfaces};
use apishift_syntax::ContentCache;
use serde_json::{Value, json};

use crate::{
    Plan,
    clock::{Seconds, Start},
};

/// Times of reading both surfaces (`load`), of finding what changed between them too (`total`), which is what peers do, and
/// of all that the stage `mine` does with two releases (`mine`): changelogs and learning from calls besides. Each reads
/// everything anew. `parses` is the file of a parse cache.
pub(crate) fn measure(plan: &Plan, parses: Option<&Path>) -> anyhow::Result<Value> {
    let api_only = ChangeOptions { api_only: true, ..ChangeOptions::default() };
    let (total, findings) =
        timed(plan, parses, |history, cache| Ok(changes(&plan.project, history, cache, &api_only)?.0.len()))?;
    let (load, _) = timed(plan, parses, |history, cache| {
        let mut surfaces = Surfaces::new(history, cache, &plan.project.imports);
        plan.project
            .releases
            .iter()
            .map(|release| Ok(surfaces.of_release(release)?))
            .collect::<anyhow::Result<Vec<_>>>()
    })?;
    let (mine, _) = timed(plan, parses, |history, cache| {
        Ok(changes(&plan.project, history, cache, &ChangeOptions::default())?)
    })?;
    Ok(json!({ "total": total, "load": load, "mine": mine, "findings": findings }))
}

/// What some work on the opened history gives, and its time, opening included.
fn timed<T>(
    plan: &Plan,
    parses: Option<&Path>,
    work: impl FnOnce(&GitHistory, &ContentCache) -> anyhow::Result<T>,
) -> anyhow::Result<(Seconds, T)> {
    let start = Start::now();
    let history = plan.history()?;
    let cache = parses.map_or_else(ContentCache::none, ContentCache::open);
    let done = work(&history, &cache)?;
    Ok((start.elapsed(), done))
}
