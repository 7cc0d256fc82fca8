//! Projects as rows: one per release.

use apishift_types::{DateSource, Project, Release, Role, SourceKind, TreeId, Version};
use serde::{Deserialize, Serialize};

use crate::{ReleaseTable, StoreError, Table};

/// One row of the table `releases`: a release with what its project has for all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReleaseRow {
    /// Normalised distribution name of the project.
    pub project: String,
    /// What the project is mined for.
    pub role: Role,
    /// Top-level import names of the project.
    pub imports: Vec<String>,
    /// Version, PEP 440.
    pub version: String,
    /// The commit, 40 hex digits.
    pub commit: String,
    /// Release day, ISO 8601; `None` where nothing gives it.
    pub date: Option<String>,
    /// How the day is known.
    pub date_source: DateSource,
    /// Where the release came from.
    pub source: SourceKind,
    /// SPDX expression; `None` where unclear.
    pub license: Option<String>,
    /// Size of the archive in bytes; 0 for git.
    pub bytes: u64,
    /// SHA-256 of the archive, hex; empty for git.
    pub sha256: String,
}

/// The rows of a project, oldest release first.
pub fn rows_of(project: &Project) -> Vec<ReleaseRow> {
    let row = |release: &Release| ReleaseRow {
        project: project.name.clone(),
        role: project.role,
        imports: project.imports.clone(),
        version: release.version.to_string(),
        commit: release.commit.0.clone(),
        date: release.date.map(|date| date.to_string()),
        date_source: release.date_source,
        source: release.source,
        license: release.license.clone(),
        bytes: release.bytes,
        sha256: release.sha256.clone(),
    };
    project.releases.iter().map(row).collect()
}

/// The projects of rows: neighbours with the same role and name are one project. A project without releases has no
/// rows, so it does not come back.
pub fn projects_of(rows: Vec<ReleaseRow>) -> Result<Vec<Project>, StoreError> {
    let mut projects: Vec<Project> = Vec::new();
    for (index, row) in rows.into_iter().enumerate() {
        let version: Version =
            row.version.parse().ok().ok_or_else(|| value(index, "version", &row.version))?;
        let date = match &row.date {
            Some(text) => Some(text.parse().ok().ok_or_else(|| value(index, "date", text))?),
            None => None,
        };
        let release = Release {
            version,
            commit: TreeId(row.commit),
            date,
            date_source: row.date_source,
            source: row.source,
            license: row.license,
            bytes: row.bytes,
            sha256: row.sha256,
        };
        match projects.last_mut() {
            Some(project) if project.name == row.project && project.role == row.role => {
                project.releases.push(release);
            }
            _ => projects.push(Project {
                name: row.project,
                imports: row.imports,
                role: row.role,
                releases: vec![release],
            }),
        }
    }
    Ok(projects)
}

fn value(row: usize, column: &'static str, value: &str) -> StoreError {
    StoreError::Value { table: ReleaseTable::NAME, row, column, value: value.to_owned() }
}
