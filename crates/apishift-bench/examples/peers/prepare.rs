//! Fetching the releases, and writing the files that are read of them for tools that read folders.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use anyhow::{Context, ensure};
use apishift_history::{FetchOptions, Fetched, GitHistory, ProjectSource, fetch};
use apishift_mine::surface::sources;
use apishift_types::{BlobId, Release, Role, TreeSource};

use crate::Plan;

/// Fetches, extracts and writes `OUT/<project>.json`; gives the paths of those.
pub(crate) fn prepare(cache: &Path, out: &Path, projects: &[&str]) -> anyhow::Result<serde_json::Value> {
    let options = FetchOptions::new(cache);
    let mut plans = Vec::new();
    for project in projects {
        let border = project.find(['<', '>', '=', '!', '~']).unwrap_or(project.len());
        let (name, versions) = project.split_at(border);
        let mut source = ProjectSource::pypi(name, Role::Library);
        source.versions = Some(versions.parse().with_context(|| format!("read {project}"))?);
        let fetched = fetch(&source, &options, &(), &AtomicBool::new(false))?;
        ensure!(fetched.project.releases.len() == 2, "{project}: two minor releases are compared");
        let plan = extract(fetched, out)?;
        let path = out.join(format!("{}.json", plan.project.name));
        fs::write(&path, serde_json::to_vec(&plan)?).with_context(|| format!("write {}", path.display()))?;
        plans.push(path);
    }
    Ok(serde_json::to_value(plans)?)
}

fn extract(fetched: Fetched, out: &Path) -> anyhow::Result<Plan> {
    let history = fetched.history()?;
    let Fetched { project, repository, .. } = fetched;
    let (mut folders, mut files, mut lines, mut distinct_lines) = (Vec::new(), 0, 0, 0);
    let mut seen = BTreeSet::new();
    for release in &project.releases {
        let folder = out.join(&project.name).join(release.version.to_string());
        for (blob, count) in write(&history, release, &project.imports, &folder)? {
            files += 1;
            lines += count;
            distinct_lines += if seen.insert(blob) { count } else { 0 };
        }
        folders.push(folder);
    }
    Ok(Plan { project, repository, folders, files, lines, distinct_lines })
}

/// Writes the files of a release that its surface is read from, import roots at the top; gives the lines of each.
fn write(
    history: &GitHistory,
    release: &Release,
    imports: &[String],
    folder: &Path,
) -> anyhow::Result<Vec<(BlobId, usize)>> {
    let mut written = Vec::new();
    for file in sources(&history.files(&release.commit)?, imports) {
        let text = history.read(file.blob)?;
        let path = folder.join(below_root(&file.path, imports));
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent).with_context(|| format!("create {}", parent.display()))?;
        }
        fs::write(&path, &text).with_context(|| format!("write {}", path.display()))?;
        written.push((file.blob, text.split(|byte| *byte == b'\n').count()));
    }
    Ok(written)
}

/// The path from its import root on: `src/pkg/a.py` is `pkg/a.py`.
fn below_root(path: &str, imports: &[String]) -> PathBuf {
    let parts: Vec<&str> = path.split('/').collect();
    let root = parts.iter().position(|part| imports.iter().any(|import| import == part)).unwrap_or(0);
    parts.into_iter().skip(root).collect()
}
