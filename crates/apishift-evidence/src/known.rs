//! What a run knows of releases: their days, and which project a name is imported from.

use std::collections::BTreeMap;

use apishift_types::{Project, Role};
use jiff::civil::Date;

/// Days and import names of projects.
#[derive(Clone, Debug, Default)]
pub struct Known {
    days: BTreeMap<(String, String), Date>,
    /// Project of an import name, or of the project's own name, in lowercase.
    projects: BTreeMap<String, String>,
    imports: BTreeMap<String, Vec<String>>,
}

impl Known {
    /// Takes what the projects of a run say.
    pub fn new<'a>(projects: impl IntoIterator<Item = &'a Project>) -> Self {
        let mut known = Self::default();
        let mut projects: Vec<&Project> = projects.into_iter().collect();
        // A name that several projects have is the library's, then the alphabet's.
        projects
            .sort_by(|a, b| (a.role == Role::Dependent, &a.name).cmp(&(b.role == Role::Dependent, &b.name)));
        for project in projects {
            for release in &project.releases {
                if let Some(day) = release.date {
                    known.days.insert((project.name.clone(), release.version.to_string()), day);
                }
            }
            let names = project.imports.iter().map(|name| name.to_lowercase());
            for name in names.chain([project.name.to_lowercase()]) {
                known.projects.entry(name).or_insert_with(|| project.name.clone());
            }
            known.imports.entry(project.name.clone()).or_insert_with(|| project.imports.clone());
        }
        known
    }

    /// Release day of a version.
    pub(crate) fn day(&self, project: &str, version: &str) -> Option<Date> {
        self.days.get(&(project.to_owned(), version.to_owned())).copied()
    }

    /// The project that a name is imported from, whatever its case.
    pub(crate) fn project_of(&self, import: &str) -> Option<&str> {
        self.projects.get(&import.to_lowercase()).map(String::as_str)
    }

    /// The import name of a project.
    pub(crate) fn import_of(&self, project: &str) -> Option<&str> {
        self.imports.get(project)?.first().map(String::as_str)
    }
}
