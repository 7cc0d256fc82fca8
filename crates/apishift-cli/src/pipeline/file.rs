//! What a pipeline file may say. Everything but the name and the libraries can be left out.

use std::num::NonZeroUsize;

use apishift_history::{Artifact, Pick};
use apishift_reward::RewardSpec;
use schemars::JsonSchema;
use serde::Deserialize;
use toml::Spanned;

use super::{
    audits::AuditTable,
    benchmarks::DecontaminateTable,
    options::{AssembleTable, MigrateTable, MineTable, SplitTable, VerifyTable},
    records::ImportTable,
    value::{ProjectName, Versions},
};

/// A pipeline: one file is one reproducible run.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "apishift pipeline")]
pub struct PipelineFile {
    /// Name of the run: its output is written to `data/build/<name>`. Letters, digits, `-` and `_`.
    #[schemars(with = "String")]
    pub name: Spanned<String>,
    /// Seed of everything that is drawn at random. Default: 0. `--seed` overrides it.
    pub seed: Option<u64>,
    /// Settings of every project that does not say otherwise.
    #[serde(default)]
    pub defaults: DefaultsTable,
    /// The libraries: their API changes are mined, and their own tests, docs and examples.
    #[serde(default)]
    #[schemars(with = "Vec<ProjectTable>")]
    pub library: Vec<Spanned<ProjectTable>>,
    /// Packages that use the libraries: what they edited when the libraries changed is mined.
    #[serde(default)]
    #[schemars(with = "Vec<ProjectTable>")]
    pub dependent: Vec<Spanned<ProjectTable>>,
    /// Records of other datasets that become rows of this one.
    #[serde(default)]
    pub import: Vec<ImportTable>,
    /// How API changes are mined.
    #[serde(default)]
    pub mine: MineTable,
    /// How migrations are looked for.
    #[serde(default)]
    pub migrate: MigrateTable,
    /// What is left out of the table, and chosen among what is alike.
    #[serde(default)]
    pub assemble: AssembleTable,
    /// Benchmarks that the dataset must not give away.
    #[serde(default)]
    pub decontaminate: DecontaminateTable,
    /// What people said of rows that they read.
    #[serde(default)]
    pub audit: AuditTable,
    /// Evidence by execution.
    #[serde(default)]
    pub verify: VerifyTable,
    /// How rows are divided into train, validation and test.
    #[serde(default)]
    pub split: SplitTable,
    /// What rewards are the sum of: `apishift reward --rewards` takes them from here.
    #[serde(default)]
    pub reward: RewardSpec,
}

/// Settings of every project that does not say otherwise.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DefaultsTable {
    /// Which releases are taken. Default: `minor`.
    #[schemars(with = "Option<PickName>")]
    pub pick: Option<Pick>,
    /// Which kind of archive is taken from a package index. Default: `sdist`.
    #[schemars(with = "Option<ArtifactName>")]
    pub artifact: Option<Artifact>,
    /// Only the newest so many of the picked releases. Default: all.
    pub limit: Option<NonZeroUsize>,
}

/// A project and which of its releases are taken. One of `pypi`, `git` and `typeshed` says where they are.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ProjectTable {
    /// Name on the package index that pip uses on this machine.
    pub pypi: Option<ProjectName>,
    /// A git repository: a URL, or a path relative to the pipeline file. Its tags are the releases.
    pub git: Option<String>,
    /// A type checker on the package index, such as `mypy`: the library is Python's own, as the typeshed in its releases
    /// describes it, and its releases are versions of Python.
    pub typeshed: Option<ProjectName>,
    /// Distribution name, with `git`, or with `typeshed` (default there: `python`). `pypi` is a name already.
    pub name: Option<ProjectName>,
    /// Top-level import names, most important first. Default: found in the newest release.
    pub imports: Option<Vec<String>>,
    /// Only releases in this range. Default: all final releases.
    pub versions: Option<Versions>,
    /// Which releases of the range are taken. Default: that of `[defaults]`.
    #[schemars(with = "Option<PickName>")]
    pub pick: Option<Pick>,
    /// Which kind of archive is taken, with `pypi` only. Default: that of `[defaults]`.
    #[schemars(with = "Option<ArtifactName>")]
    pub artifact: Option<Artifact>,
    /// Only the newest so many of the picked releases. Default: that of `[defaults]`.
    pub limit: Option<NonZeroUsize>,
}

/// [`Pick`] for the JSON Schema: the crate that defines it does not know schemas.
#[derive(JsonSchema)]
#[schemars(rename = "Pick", rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used; a test compares it with the type that it stands for")]
enum PickName {
    /// The last patch (or post release) of each minor version.
    Minor,
    /// The last version of each major version.
    Major,
    /// Every version.
    All,
}

/// [`Artifact`] for the JSON Schema.
#[derive(JsonSchema)]
#[schemars(rename = "Artifact", rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used; a test compares it with the type that it stands for")]
enum ArtifactName {
    /// The source distribution; a wheel where there is none.
    Sdist,
    /// A wheel; the source distribution where there is none.
    Wheel,
    /// Whichever is smaller.
    Smallest,
}

#[cfg(test)]
mod tests {
    use apishift_types::EvidenceSource;
    use schemars::schema_for;
    use serde::de::DeserializeOwned;
    use serde_json::Value;

    use super::{super::options::EvidenceName, *};

    /// Every value that the schema names is one of `T`, and a made-up one is not.
    fn stands_for<T: DeserializeOwned>(schema: &schemars::Schema) {
        let variants =
            schema.get("oneOf").and_then(Value::as_array).expect("an enum with documented variants");
        assert!(!variants.is_empty());
        for variant in variants {
            let name = variant["const"].clone();
            assert!(serde_json::from_value::<T>(name.clone()).is_ok(), "{name} is none");
        }
        assert!(serde_json::from_value::<T>(Value::from("made-up")).is_err());
    }

    #[test]
    fn names_in_the_schema_are_those_of_the_types() {
        stands_for::<Pick>(&schema_for!(PickName));
        stands_for::<Artifact>(&schema_for!(ArtifactName));
        stands_for::<EvidenceSource>(&schema_for!(EvidenceName));
    }
}
