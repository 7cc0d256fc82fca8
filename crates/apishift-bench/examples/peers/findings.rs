//! What we find, and what either release offers: what the differences to another tool are explained from.

use apishift_mine::{
    ChangeOptions, changes,
    surface::{PublicApi, Surfaces},
};
use apishift_syntax::ContentCache;
use serde_json::{Value, json};

use crate::Plan;

/// The rows of `api_changes`, and of both releases every public definition with its paths and members.
pub(crate) fn findings(plan: &Plan) -> anyhow::Result<Value> {
    let (history, cache) = (plan.history()?, ContentCache::none());
    let (rows, skipped) = changes(&plan.project, &history, &cache, &ChangeOptions::default())?;
    let mut surfaces = Surfaces::new(&history, &cache, &plan.project.imports);
    let mut releases = Vec::new();
    for release in &plan.project.releases {
        releases.push(offered(&surfaces.of_release(release)?));
    }
    Ok(json!({ "rows": rows, "skipped": skipped, "releases": releases }))
}

fn offered(api: &PublicApi) -> Vec<Value> {
    let definition = |def, places: &[_]| {
        let paths: Vec<String> = places.iter().map(|place| api.dotted(place)).collect();
        let is_class = api.item(def).as_class().is_some();
        let (members, all_known) = if is_class { api.members(def) } else { Default::default() };
        let members: Vec<&str> = members.into_keys().collect();
        let (path, line) = api.place_of(def);
        json!({
            "paths": paths, "kind": api.kind_of(def), "path": path, "line": line,
            "members": members, "all_members_known": !is_class || all_known,
        })
    };
    api.public_defs().map(|(def, places)| definition(def, places)).collect()
}
