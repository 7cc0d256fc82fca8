//! What a pipeline file means: everything resolved, nothing left to a default.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use apishift_dataset::{AssembleOptions, SplitOptions};
use apishift_history::{Artifact, Pick, ProjectSource, Source};
use apishift_reward::RewardSpec;
use apishift_types::Role;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{
    audits::AuditSettings,
    benchmarks::DecontaminateSettings,
    complaint::PipelineError,
    file::{DefaultsTable, PipelineFile, ProjectTable},
    options::{MigrateSettings, MineSettings, VerifySettings},
    records::ImportSettings,
};

/// A pipeline, resolved. The manifests and the run's record hold parts of this; no path of the machine is in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Settings {
    /// Name of the run.
    pub name: String,
    /// Seed of everything that is drawn at random.
    pub seed: u64,
    /// Libraries, then dependents, each by name.
    pub projects: Vec<ProjectSettings>,
    /// Records of other datasets.
    #[serde(default)]
    pub import: Vec<ImportSettings>,
    /// How API changes are mined.
    pub mine: MineSettings,
    /// How migrations are looked for.
    pub migrate: MigrateSettings,
    /// What is left out of the table, and chosen among what is alike.
    pub assemble: AssembleOptions,
    /// Benchmarks that the dataset must not give away.
    pub decontaminate: DecontaminateSettings,
    /// What people said of rows that they read.
    pub audit: AuditSettings,
    /// Which rows are run on both versions of their library.
    pub verify: VerifySettings,
    /// How rows are divided.
    pub split: SplitOptions,
    /// What rewards are the sum of.
    #[serde(default)]
    pub reward: RewardSpec,
}

/// One project of a pipeline.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProjectSettings {
    /// The project and which of its releases are taken, as the file has it: a relative path of a git repository stays
    /// relative.
    pub source: ProjectSource,
    /// Line of the pipeline file, from 1, for messages. 0 where the settings do not come from a file.
    #[serde(skip)]
    pub line: usize,
}

impl ProjectSettings {
    /// Name of the unit: role and normalised name.
    pub fn unit(&self) -> String {
        unit_name(self.source.role, &self.source.normalized_name())
    }
}

/// Name of a project's unit in every stage.
pub(crate) fn unit_name(role: Role, name: &str) -> String {
    match role {
        Role::Library => format!("library/{name}"),
        Role::Dependent => format!("dependent/{name}"),
    }
}

impl Settings {
    /// Reads and checks a pipeline file.
    pub fn read(path: &Path, seed: Option<u64>) -> anyhow::Result<Self> {
        let text =
            fs::read_to_string(path).with_context(|| format!("read the pipeline file {}", path.display()))?;
        Ok(Self::parse(path, &text, seed)?)
    }

    /// Checks the text of a pipeline file. `seed` overrides the one in the file.
    pub fn parse(path: &Path, text: &str, seed: Option<u64>) -> Result<Self, PipelineError> {
        let file: PipelineFile =
            toml::from_str(text).map_err(|error| PipelineError::from_toml(path, text, &error))?;
        let reader = Reader { path, text };
        reader.name(&file.name)?;
        let projects = reader.projects(&file)?;
        let seed = seed.or(file.seed).unwrap_or(0);
        let assemble = file.assemble.resolve(seed);
        let import = file.import.iter().map(|table| table.resolve(&assemble.licences, path, text));
        Ok(Self {
            name: file.name.into_inner(),
            seed,
            projects,
            import: import.collect::<Result<_, _>>()?,
            mine: file.mine.resolve(),
            migrate: file.migrate.resolve(),
            assemble,
            decontaminate: file.decontaminate.resolve(path, text)?,
            audit: file.audit.resolve(path, text)?,
            verify: file.verify.resolve(),
            split: file.split.resolve(seed),
            reward: file.reward,
        })
    }
}

/// Name of the library that `typeshed` describes.
const PYTHON: &str = "python";

/// The file's path and text, for complaints.
struct Reader<'a> {
    path: &'a Path,
    text: &'a str,
}

impl Reader<'_> {
    fn complaint<T>(&self, place: &Spanned<T>, label: impl Into<String>) -> PipelineError {
        PipelineError::new(self.path, self.text, Some(place.span()), label.into())
    }

    fn name(&self, name: &Spanned<String>) -> Result<(), PipelineError> {
        let text = name.get_ref();
        let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        if text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(allowed) {
            return Ok(());
        }
        Err(self.complaint(name, "not a name of a run").with_help(
            "it names a folder: letters and digits first, then also `-` and `_`, such as \"api-updates\"",
        ))
    }

    fn projects(&self, file: &PipelineFile) -> Result<Vec<ProjectSettings>, PipelineError> {
        if file.library.is_empty() && file.import.is_empty() {
            let label = "no [[library]] and no [[import]] in this pipeline".to_owned();
            return Err(PipelineError::new(self.path, self.text, Some(file.name.span()), label)
                .with_help("name at least one: [[library]] with pypi = \"...\" or git = \"...\" below it, or [[import]] with recode = \"...\""));
        }
        let mut projects: BTreeMap<(Role, String), ProjectSettings> = BTreeMap::new();
        let libraries = file.library.iter().map(|table| (Role::Library, table));
        let dependents = file.dependent.iter().map(|table| (Role::Dependent, table));
        for (role, table) in libraries.chain(dependents) {
            let source = self.source(role, table, &file.defaults)?;
            let name = source.normalized_name();
            let line = self.line(table.span().start);
            if let Some(first) = projects.get(&(role, name.clone())) {
                let label = format!("`{name}` is listed a second time (first in line {})", first.line);
                return Err(self.complaint(table, label));
            }
            projects.insert((role, name), ProjectSettings { source, line });
        }
        Ok(projects.into_values().collect())
    }

    fn source(
        &self,
        role: Role,
        table: &Spanned<ProjectTable>,
        defaults: &DefaultsTable,
    ) -> Result<ProjectSource, PipelineError> {
        let project = table.get_ref();
        let given = [project.pypi.is_some(), project.git.is_some(), project.typeshed.is_some()];
        if given.iter().filter(|is_given| **is_given).count() > 1 {
            return Err(self.complaint(table, "`pypi`, `git` and `typeshed` exclude each other"));
        }
        let own_name = project.name.as_ref().map(|name| name.0.clone());
        let (name, source) = if let Some(pypi) = &project.pypi {
            if own_name.is_some() {
                return Err(self.complaint(table, "`name` is not for `pypi`, which is a name already"));
            }
            (pypi.0.clone(), Source::Pypi { project: pypi.0.clone() })
        } else if let Some(url) = &project.git {
            let Some(name) = own_name else {
                return Err(self.complaint(table, "a project with `git` needs a `name`"));
            };
            (name, Source::Git { url: url.clone() })
        } else if let Some(carrier) = &project.typeshed {
            if role == Role::Dependent {
                return Err(self.complaint(table, "`typeshed` is for libraries: it has no code"));
            }
            (own_name.unwrap_or_else(|| PYTHON.to_owned()), Source::Typeshed { carrier: carrier.0.clone() })
        } else {
            return Err(self.complaint(table, "this project has neither `pypi` nor `git` nor `typeshed`"));
        };
        if project.pypi.is_none() && project.artifact.is_some() {
            return Err(self.complaint(table, "`artifact` is for `pypi` only"));
        }
        Ok(ProjectSource {
            name,
            imports: project.imports.clone().unwrap_or_default(),
            role,
            source,
            versions: project.versions.clone().map(|versions| versions.0),
            pick: project.pick.or(defaults.pick).unwrap_or(Pick::Minor),
            limit: project.limit.or(defaults.limit).map(std::num::NonZeroUsize::get),
            artifact: project.artifact.or(defaults.artifact).unwrap_or(Artifact::Sdist),
        })
    }

    fn line(&self, offset: usize) -> usize {
        self.text.get(..offset).map_or(0, |before| before.matches('\n').count()) + 1
    }
}

/// The source with the path of a repository on this machine made absolute; `base` is the folder of the pipeline file.
pub(crate) fn locate(source: &ProjectSource, base: &Path) -> ProjectSource {
    let mut located = source.clone();
    if let Source::Git { url } = &mut located.source {
        if !is_remote(url) {
            let path: PathBuf = base.join(&*url);
            *url = fs::canonicalize(&path).unwrap_or(path).display().to_string();
        }
    }
    located
}

/// Whether git would go over the network: `scheme://...` or `user@host:path`.
fn is_remote(url: &str) -> bool {
    let scp = url.split_once(':').is_some_and(|(host, _)| host.contains('@') && !host.contains('/'));
    url.contains("://") || scp
}
