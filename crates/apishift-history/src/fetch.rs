//! The entry: a project's source to its releases.

use std::{
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use apishift_types::{Project, Release, Skipped, TreeError};

use crate::{
    FetchOptions, GitHistory, HistoryError, Phase, Progress, ProjectSource, Source,
    cache::{Cache, RepositoryLock},
    find_imports, git_source, license, pypi, typeshed,
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
    let of_index = |project| pypi::Fetch {
        source,
        project,
        cache: &cache,
        repository: &repository,
        options,
        progress,
        interrupt,
    };
    let mut modules = Vec::new();
    let mut releases = match &source.source {
        Source::Git { url } => {
            git_source::fetch(source, url, &repository, options, progress, interrupt, &mut skipped)
        }
        Source::Pypi { project } => of_index(project).releases(&mut skipped),
        Source::Typeshed { carrier } => {
            let fetched = typeshed::Fetch(of_index(carrier)).releases(&mut skipped);
            fetched.map(|(releases, found)| {
                modules = found;
                releases
            })
        }
    }?;
    progress.phase(Phase::Reading);
    let history = GitHistory::open(&repository)?;
    for release in &mut releases {
        let texts = history.license_texts(&release.commit).map_err(unreadable)?;
        release.license = license::detect(&texts);
    }
    let is_told = source.imports.is_empty() && !modules.is_empty();
    let imports = if is_told { modules } else { imports(source, &name, &releases, &history)? };
    let project = Project { name, imports, role: source.role, releases };
    tracing::info!(releases = project.releases.len(), imports = ?project.imports, "fetched");
    Ok(Fetched { project, skipped, repository })
}

/// The import names that were given, else those of the newest release that has any.
fn imports(
    source: &ProjectSource,
    name: &str,
    releases: &[Release],
    history: &GitHistory,
) -> Result<Vec<String>, HistoryError> {
    if !source.imports.is_empty() {
        return Ok(source.imports.clone());
    }
    for release in releases.iter().rev() {
        let found = find_imports(history, &release.commit, name).map_err(unreadable)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    tracing::warn!("no import name found; name it in the pipeline file");
    Ok(Vec::new())
}

/// The repository does not have what was just written to it.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
pub(crate) fn unreadable(error: TreeError) -> HistoryError {
    HistoryError::Git { what: error.to_string(), source: git2::Error::from_str("the repository is damaged") }
}
