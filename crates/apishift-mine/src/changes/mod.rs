//! API changes between consecutive releases of a library.
//!
//! What comes in: a project and its trees. What goes out: rows of `api_changes`, each with the texts that say so.
//! Most are read off the public APIs; what signatures do not show is learnt from how the library calls itself (`usage`).
//! What cannot be claimed surely (names made at run time, bases of other distributions, compiled code) makes no row.

mod changelog;
mod deprecation;
mod draft;
mod members;
mod names;
mod pairs;
mod replacement;
mod signature;
mod usage;

use std::collections::BTreeMap;

pub(crate) use draft::id_of;
pub(crate) use signature::is_marker;

use apishift_syntax::ContentCache;
use apishift_types::{
    ApiChange, ChangeKind, Evidence, Project, Release, Skipped, TreeFile, TreeSource, Version,
};

use crate::{
    MineError,
    message::{Named, Strength},
    surface::{PublicApi, Surfaces},
};

/// What [`changes`] gives beyond what always goes in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ChangeOptions {
    /// Rows for names that were added. Default: no, since nobody has to edit anything for them.
    pub with_added: bool,
    /// Only what the two public APIs show, the texts in their docstrings and warnings included: no changelog is read, and
    /// nothing is learnt from how the library calls itself. Default: no.
    pub api_only: bool,
}

/// What earlier releases said of a symbol or parameter.
#[derive(Clone, Debug)]
struct Told {
    replacements: Vec<Named>,
    evidence: Vec<Evidence>,
}

/// Deprecations met so far, by public path and parameter: at the removal, the text is often gone already.
type History = BTreeMap<(String, Option<String>), Told>;

/// The API changes of all pairs of consecutive releases of `project`, oldest pair first, each pair's rows sorted by
/// symbol, kind and parameter. Files that could not be read are counted.
pub fn changes(
    project: &Project,
    trees: &dyn TreeSource,
    cache: &ContentCache,
    options: &ChangeOptions,
) -> Result<(Vec<ApiChange>, Skipped), MineError> {
    let mut surfaces = Surfaces::new(trees, cache, &project.imports);
    let mut history = History::new();
    let mut rows = Vec::new();
    let mut before: Option<(&Release, PublicApi, Vec<TreeFile>)> = None;
    for release in &project.releases {
        let span = tracing::info_span!("surface", library = %project.name, version = %release.version);
        let _entered = span.enter();
        let api = surfaces.of_release(release)?;
        let news = before.filter(|(old, ..)| !is_described_again(&old.version, &release.version));
        if let Some((old_release, old_api, old_files)) = news {
            let mut drafts = draft::Drafts::default();
            let versions = (&old_release.version, &release.version);
            let pair = pairs::Pair { old: &old_api, new: &api, history: &history, versions };
            names::compare(pair, &mut drafts);
            if options.with_added {
                names::additions(&old_api, &api, &mut drafts);
            }
            if !options.api_only {
                let files = usage::Releases { trees, old: &old_files, new: surfaces.files() };
                usage::learn(pair, files, &mut drafts)?;
            }
            if !options.api_only && !drafts.is_empty() {
                let log = changelog::Changelog::read(trees, cache, surfaces.files(), versions)?;
                changelog::attach(&log, &mut drafts);
            }
            remember(&drafts, &mut history);
            rows.extend(drafts.into_rows(project, old_release, (release, &api)));
        }
        before = Some((release, api, surfaces.files().to_vec()));
    }
    tracing::debug!(library = %project.name, rows = rows.len(), "api changes");
    Ok((rows, surfaces.skipped))
}

/// Whether both are descriptions of one release, `3.10` and `3.10+mypy.2.4.1`. What differs between them is what the first
/// did not know, and no news of that release.
fn is_described_again(old: &Version, new: &Version) -> bool {
    old.clone().without_local() == new.clone().without_local()
}

fn remember(drafts: &draft::Drafts, history: &mut History) {
    for draft in drafts.values().filter(|d| d.kind == ChangeKind::Deprecated) {
        let told = Told {
            replacements: draft
                .replacement
                .iter()
                .map(|path| Named {
                    path: path.clone(),
                    as_parameter: false,
                    as_rename: draft.is_rename,
                    strength: Strength::Code,
                })
                .collect(),
            evidence: draft.evidence.clone(),
        };
        for path in &draft.paths {
            history.insert((path.clone(), draft.parameter.clone()), told.clone());
        }
    }
}
