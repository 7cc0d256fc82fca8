//! What a stage has to do, from settings and manifests alone.

use std::collections::BTreeMap;

use apishift_evidence::HARNESS;
use apishift_store::{
    ApiChangeTable, ApiUpdateTable, ExecutionTable, Fingerprint, Manifest, MigrationTable, ReleaseTable,
    Shard, rows_of,
};
use apishift_types::{Project, Role};
use serde_json::{Value, json};

use super::Stage;
use crate::pipeline::{ImportSettings, ProjectSettings, Settings};

/// Fetched projects by name of their unit.
pub(crate) type Projects = BTreeMap<String, Project>;

/// One unit that a stage has to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct UnitPlan {
    /// Name of the unit.
    pub(crate) name: String,
    /// Decides, with the stage's code, what its rows are.
    pub(crate) fingerprint: Fingerprint,
}

/// What a stage has to do.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct StagePlan {
    /// The stage.
    pub(crate) stage: Stage,
    /// Its units in order; none for a stage over whole tables.
    pub(crate) units: Vec<UnitPlan>,
    settings: Value,
    inputs: BTreeMap<String, String>,
    seed: Option<u64>,
    shard: Option<Shard>,
}

impl StagePlan {
    /// Releases of the projects that the target needs.
    pub(crate) fn fetch(settings: &Settings, target: Target) -> Self {
        let units = target
            .projects(Stage::Fetch, settings)
            .into_iter()
            .map(|(name, project)| unit(Stage::Fetch, name, &Value::Null, &json!(project.source)))
            .collect();
        Self::new(Stage::Fetch, units, Value::Null, BTreeMap::new(), target.shard)
    }

    /// API changes of the libraries that the target needs.
    pub(crate) fn mine(settings: &Settings, target: Target, fetch: &Manifest, projects: &Projects) -> Self {
        let options = json!(settings.mine);
        let units = target
            .projects(Stage::Mine, settings)
            .into_iter()
            .map(|(name, _)| {
                let input = json!(projects.get(&name).map(rows_of));
                unit(Stage::Mine, name, &options, &input)
            })
            .collect();
        let shard = target.shard.filter(|_| target.until == Stage::Mine);
        Self::new(Stage::Mine, units, options, fetch.inputs_from::<ReleaseTable>(), shard)
    }

    /// Migrations of the projects that the target needs, by the rules of all libraries.
    pub(crate) fn migrate(
        settings: &Settings,
        target: Target,
        fetch: &Manifest,
        mine: &Manifest,
        projects: &Projects,
    ) -> Self {
        let options = json!(settings.migrate);
        let rules = mine.inputs_from::<ApiChangeTable>();
        let units = target
            .projects(Stage::Migrate, settings)
            .into_iter()
            .map(|(name, _)| {
                let input = json!([projects.get(&name).map(rows_of), rules]);
                unit(Stage::Migrate, name, &options, &input)
            })
            .collect();
        let mut inputs = fetch.inputs_from::<ReleaseTable>();
        inputs.extend(rules);
        Self::new(Stage::Migrate, units, options, inputs, target.shard)
    }

    /// The table of examples.
    pub(crate) fn assemble(settings: &Settings, mine: &Manifest, migrate: &Manifest) -> Self {
        let mut inputs = mine.inputs_from::<ApiChangeTable>();
        inputs.extend(migrate.inputs_from::<MigrationTable>());
        let import: Vec<_> = settings.import.iter().map(ImportSettings::identity).collect();
        // Without imports as it was before there were any: nobody's output is made anew for them.
        let options = match import.as_slice() {
            [] => json!(settings.assemble),
            import => json!({ "assemble": settings.assemble, "import": import }),
        };
        let plan = Self::new(Stage::Assemble, Vec::new(), options, inputs, None);
        Self { seed: Some(settings.seed), ..plan }
    }

    /// What the examples do. Which interpreters this machine has counts: with others, other examples can be run.
    pub(crate) fn verify(
        settings: &Settings,
        fetch: &Manifest,
        assemble: &Manifest,
        pythons: &[String],
    ) -> Self {
        let mut inputs = fetch.inputs_from::<ReleaseTable>();
        inputs.extend(assemble.inputs_from::<ApiUpdateTable>());
        let options = json!({
            "verify": settings.verify,
            "pythons": pythons,
            "harness": Fingerprint::of(&json!(HARNESS)).as_str(),
        });
        let plan = Self::new(Stage::Verify, Vec::new(), options, inputs, None);
        Self { seed: Some(settings.seed), ..plan }
    }

    /// The dataset. Its card tells name, seed, filters and version, so these count too.
    pub(crate) fn split(settings: &Settings, assemble: &Manifest, verify: &Manifest) -> Self {
        let mut inputs = assemble.inputs_from::<ApiUpdateTable>();
        inputs.extend(verify.inputs_from::<ExecutionTable>());
        let options = json!({
            "name": settings.name,
            "assemble": settings.assemble,
            "decontaminate": settings.decontaminate.identity(),
            "audit": settings.audit.identity(),
            "split": settings.split,
            "skipped": assemble.skipped,
            "version": env!("CARGO_PKG_VERSION"),
        });
        let plan = Self::new(Stage::Split, Vec::new(), options, inputs, None);
        Self { seed: Some(settings.seed), ..plan }
    }

    fn new(
        stage: Stage,
        units: Vec<UnitPlan>,
        settings: Value,
        inputs: BTreeMap<String, String>,
        shard: Option<Shard>,
    ) -> Self {
        Self { stage, units, settings, inputs, seed: None, shard }
    }

    /// Decides whether an output is up to date.
    pub(crate) fn fingerprint(&self) -> Fingerprint {
        let units: Vec<_> =
            self.units.iter().map(|unit| (unit.name.as_str(), unit.fingerprint.as_str())).collect();
        Fingerprint::of(&json!({
            "stage": self.stage,
            "version": self.stage.version(),
            "table": self.stage.table(),
            "settings": self.settings,
            "inputs": self.inputs,
            "seed": self.seed,
            "shard": self.shard,
            "units": units,
        }))
    }

    /// The manifest of the output, without tables, units and files.
    pub(crate) fn manifest(&self) -> Manifest {
        Manifest {
            inputs: self.inputs.clone(),
            settings: self.settings.clone(),
            seed: self.seed,
            shard: self.shard,
            ..Manifest::new(self.stage.name(), self.stage.version(), self.fingerprint())
        }
    }
}

/// The interpreters that a manifest of the stage `verify` names.
pub(crate) fn python_versions(manifest: &Manifest) -> Vec<String> {
    let named = manifest.settings.get("pythons").cloned();
    named.and_then(|names| serde_json::from_value(names).ok()).unwrap_or_default()
}

fn unit(stage: Stage, name: String, settings: &Value, input: &Value) -> UnitPlan {
    let fingerprint = Fingerprint::of(&json!({
        "stage": stage,
        "version": stage.version(),
        "table": stage.table(),
        "settings": settings,
        "unit": name,
        "input": input,
    }));
    UnitPlan { name, fingerprint }
}

/// How far a run goes, and which part of the units it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    /// The last stage.
    pub(crate) until: Stage,
    /// The part of the last unit-wise stage; the stages before it do what that part needs.
    pub(crate) shard: Option<Shard>,
}

impl Target {
    /// The projects whose units a stage does, by name of the unit, in the order of the settings.
    pub(crate) fn projects(self, stage: Stage, settings: &Settings) -> Vec<(String, &ProjectSettings)> {
        let mut libraries = 0;
        let mut kept = Vec::new();
        for (place, project) in settings.projects.iter().enumerate() {
            let is_library = project.source.role == Role::Library;
            let place_of_library = libraries;
            libraries += usize::from(is_library);
            let is_mined = is_library && self.mines(place_of_library);
            let is_wanted = match stage {
                Stage::Fetch => self.takes(place) || is_mined,
                Stage::Mine => is_mined,
                _ => self.takes(place),
            };
            if is_wanted {
                kept.push((project.unit(), project));
            }
        }
        kept
    }

    /// Whether the unit at a place of the sorted list is in the part.
    fn takes(self, place: usize) -> bool {
        self.shard.is_none_or(|shard| shard.takes(place))
    }

    /// Whether the library at a place of the list of libraries is mined: a part of the migrations needs the rules of
    /// every library.
    fn mines(self, place: usize) -> bool {
        match self.until {
            Stage::Fetch => false,
            Stage::Mine => self.takes(place),
            Stage::Migrate | Stage::Assemble | Stage::Verify | Stage::Split => true,
        }
    }
}
