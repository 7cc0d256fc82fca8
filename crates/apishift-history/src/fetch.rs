//! The entry: a project's source to its releases.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use apishift_types::{Project, Release, Skipped, TreeError, TreeSource};

use crate::{
    FetchOptions, GitHistory, HistoryError, Phase, Progress, ProjectSource, Source,
    cache::{Cache, RepositoryLock},
    find_imports, git_source, pypi,
};

/// A project that is ready to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The project and its releases, oldest first.
    pub project: Project,
    /// What was left out, by reason: releases (`release-*`), listed files (`listed-*`) and files of archives (`file-*`).
    pub skipped: Skipped,
    /// The bare repository that holds the releases' trees.
    pub repository: PathBuf,
}

impl Fetched {
    /// Opens the repository for reading.
    pub fn history(&self) -> Result<GitHistory, HistoryError> {
        GitHistory::open(&self.repository)
    }
}

/// Where the repository of `source` is, or will be, below a cache folder.
pub fn repository_path(cache_dir: &Path, source: &ProjectSource) -> PathBuf {
    Cache::new(cache_dir).repository(source)
}

/// Fetches the wanted releases of a project, as far as the cache does not have them yet, and waits for other processes
/// that fetch the same project. Several projects may be fetched at once, from several threads.
///
/// Raising `interrupt` ends it soon with [`HistoryError::Interrupted`]; nothing is lost or half-written, and the same
/// call goes on from there. The result depends on the index, the archives and the options, not on what the cache held.
pub fn fetch(
    source: &ProjectSource,
    options: &FetchOptions,
    progress: &dyn Progress,
    interrupt: &AtomicBool,
) -> Result<Fetched, HistoryError> {
    let name = source.normalized_name();
    let span = tracing::info_span!("fetch", project = name);
    let _entered = span.enter();
    let cache = Cache::new(&options.cache_dir);
    let repository = cache.repository(source);
    let _lock = RepositoryLock::acquire(&repository, progress, interrupt)?;
    let mut skipped = Skipped::default();
    let releases = match &source.source {
        Source::Git { url } => {
            git_source::fetch(source, url, &repository, options, progress, interrupt, &mut skipped)
        }
        Source::Pypi { project } => {
            let run = pypi::Fetch {
                source,
                project,
                cache: &cache,
                repository: &repository,
                options,
                progress,
                interrupt,
            };
            run.releases(&mut skipped)
        }
    }?;
    progress.phase(Phase::Reading);
    let imports = imports(source, &name, &releases, &repository)?;
    let project = Project { name, imports, role: source.role, releases };
    tracing::info!(releases = project.releases.len(), imports = ?project.imports, "fetched");
    Ok(Fetched { project, skipped, repository })
}

/// The import names that were given, else those of the newest release that has any.
fn imports(
    source: &ProjectSource,
    name: &str,
    releases: &[Release],
    repository: &Path,
) -> Result<Vec<String>, HistoryError> {
    if !source.imports.is_empty() {
        return Ok(source.imports.clone());
    }
    let history = GitHistory::open(repository)?;
    for release in releases.iter().rev() {
        let found = find_imports(&history, &release.commit, name).map_err(unreadable)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    tracing::warn!("no import name found; name it in the pipeline file");
    Ok(Vec::new())
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
/// The repository does not have what was just written to it.
pub(crate) fn unreadable(error: TreeError) -> HistoryError {
    HistoryError::Git { what: error.to_string(), source: git2::Error::from_str("the repository is damaged") }
}

/// Texts of a tree that may tell the licence.
pub(crate) fn license_texts(
    history: &GitHistory,
    tree: &apishift_types::TreeId,
) -> Result<std::collections::BTreeMap<String, String>, HistoryError> {
    let files = history.files(tree).map_err(unreadable)?;
    let mut texts = std::collections::BTreeMap::new();
    for file in files.into_iter().filter(|file| crate::license::is_candidate(&file.path)) {
        let text = history.read(file.blob).map_err(unreadable)?;
        if text.len() <= crate::license::MAX_TEXT {
            texts.insert(file.path, String::from_utf8_lossy(&text).into_owned());
        }
    }
    Ok(texts)
}
