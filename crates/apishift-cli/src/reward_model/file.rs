//! What a pipeline file of a reward model may say. Everything but the name can be left out.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use apishift_types::VersionSpecifiers;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::pipeline::PipelineError;

/// A pipeline that makes a reward model: candidates of a dataset, training, figures, a checkpoint.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
#[schemars(title = "apishift reward model")]
pub struct RewardModelFile {
    /// Name of the run: its output is written to `data/build/<name>`.
    pub name: String,
    /// Seed of everything that is drawn at random. Default: 0. `--seed` overrides it.
    pub seed: Option<u64>,
    /// Where the examples come from.
    #[serde(default)]
    pub dataset: DatasetTable,
    /// The model that is trained on.
    #[serde(default)]
    pub base: BaseTable,
    /// Candidates of each example.
    #[serde(default)]
    pub candidates: CandidatesTable,
    /// Training.
    #[serde(default)]
    pub train: TrainTable,
    /// Packages whose functions with doctests are further problems to learn from: the signature and the docstring are asked, the right
    /// body and faulty ones are labelled by running. They are learned from only: figures are about API changes.
    #[serde(default)]
    pub doctests: Vec<DoctestTable>,
    /// Candidates of others, which the model is judged on and never trained on.
    #[serde(default, rename = "test")]
    pub tests: Vec<TestTable>,
}

/// A package of the package index.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DoctestTable {
    /// Name of the project.
    pub pypi: String,
    /// Versions that may be taken, such as `==11.2.1`: the newest of them is. Default: all.
    pub versions: Option<String>,
}

/// A file of candidates with labels.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TestTable {
    /// A .parquet or .jsonl file, relative to the pipeline file: rows with `task_id` (or `problem_id`), `prompt`, `program` (or
    /// `candidate`) and `passed`.
    pub path: PathBuf,
}

/// Where the examples come from.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DatasetTable {
    /// Names of runs: the first whose dataset is in `data/build` already. Where none is, the last one is built, from the pipeline
    /// file of its name beside this one. Default: `["api-updates", "quickstart"]`.
    pub runs: Option<Vec<String>>,
}

/// The model that is trained on.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct BaseTable {
    /// `smollm2-135m`, which is fetched, or the folder of a model as Hugging Face's libraries have it, relative to the pipeline file.
    /// Default: `smollm2-135m`.
    pub model: Option<String>,
}

/// Candidates of each example.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct CandidatesTable {
    /// Wrong programs of an example, the old code among them, at most. Default: 8.
    pub wrong: Option<usize>,
    /// Of those, faults that any program could have, at most. Default: 2.
    pub general: Option<usize>,
    /// Right programs in other words, at most. Default: 2.
    pub equivalents: Option<usize>,
}

/// Training: a linear head is found first, which needs none of the numbers about steps; with `epochs`, its layer is then trained on.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TrainTable {
    /// Passes over the problems in which layers are trained, after a linear head was found for the last one. Default: 0.
    pub epochs: Option<usize>,
    /// Layers at the top that are trained, with `epochs`; those below stay as they are, and are computed once. Default: 1.
    pub layers: Option<usize>,
    /// Problems of a step, with `epochs`. Default: 8.
    pub batch: Option<usize>,
    /// The highest learning rate, with `epochs`. Default: 0.0003.
    pub rate: Option<f64>,
    /// Share of a parameter that goes in a step, times the learning rate; with `epochs`. Default: 0.01.
    pub weight_decay: Option<f64>,
    /// Pairs of a problem at most, each candidate in one of them (2506.10056 takes 6). Default: every right with every wrong one.
    pub pairs: Option<usize>,
    /// What a right one has to be ahead by, with `epochs`. Default: 0.
    pub margin: Option<f64>,
    /// How strongly scores are kept around 0, with `epochs`. Default: 0 (TRL
    /// recommends 0.01 where scores of several problems are compared).
    pub centre: Option<f64>,
    /// Judge each candidate by itself instead of in pairs, with `epochs`. Default: false.
    pub pointwise: Option<bool>,
    /// Epochs without a better validation after which training ends. Default: 4.
    pub patience: Option<usize>,
    /// Tokens of a text at most, the last ones count. Default: 1024.
    pub limit: Option<usize>,
    /// Parts of the problems, by API change: each is judged by a model trained on the others. 0: only the test split is. Default: 5.
    pub folds: Option<usize>,
}

/// What the file means, with nothing left to a default that another version may have otherwise.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct RewardModelSettings {
    pub(crate) name: String,
    pub(crate) seed: u64,
    pub(crate) runs: Vec<String>,
    pub(crate) base: String,
    pub(crate) wrong: usize,
    pub(crate) general: usize,
    pub(crate) equivalents: usize,
    pub(crate) train: TrainSettings,
    pub(crate) doctests: Vec<DoctestSettings>,
    pub(crate) tests: Vec<PathBuf>,
}

/// A package with functions to learn from.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct DoctestSettings {
    pub(crate) pypi: String,
    pub(crate) versions: Option<VersionSpecifiers>,
}

/// The resolved part of training.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) struct TrainSettings {
    pub(crate) epochs: usize,
    pub(crate) layers: usize,
    pub(crate) batch: usize,
    pub(crate) rate: f64,
    pub(crate) weight_decay: f64,
    pub(crate) pairs: Option<usize>,
    pub(crate) margin: f64,
    pub(crate) centre: f64,
    pub(crate) pointwise: bool,
    pub(crate) patience: usize,
    pub(crate) limit: usize,
    pub(crate) folds: usize,
}

impl RewardModelSettings {
    /// Reads and checks a file. `seed` overrides the one in it.
    pub(crate) fn read(path: &Path, seed: Option<u64>) -> anyhow::Result<Self> {
        let (file, text) = RewardModelFile::read_with_text(path)?;
        let mut settings = file.resolve(seed).map_err(|why| PipelineError::new(path, &text, None, why))?;
        let folder = path.parent().unwrap_or(Path::new(""));
        for test in &mut settings.tests {
            *test = folder.join(&test);
        }
        Ok(settings)
    }
}

impl RewardModelFile {
    /// Reads a file, without looking whether its values make sense.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Ok(Self::read_with_text(path)?.0)
    }

    fn read_with_text(path: &Path) -> anyhow::Result<(Self, String)> {
        let text =
            fs::read_to_string(path).with_context(|| format!("read the pipeline file {}", path.display()))?;
        let file = toml::from_str(&text).map_err(|error| PipelineError::from_toml(path, &text, &error))?;
        Ok((file, text))
    }

    fn resolve(self, seed: Option<u64>) -> Result<RewardModelSettings, String> {
        let is_name = |name: &String| {
            let allowed = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(allowed)
        };
        let runs =
            self.dataset.runs.unwrap_or_else(|| ["api-updates", "quickstart"].map(str::to_owned).into());
        if let Some(wrong) = std::iter::once(&self.name).chain(&runs).find(|name| !is_name(name)) {
            return Err(format!(
                "`{wrong}` is not a name of a run: letters and digits first, then also `-` and `_`"
            ));
        }
        if runs.is_empty() {
            return Err("`dataset.runs` names no run".to_owned());
        }
        let train = self.train;
        let settings = TrainSettings {
            epochs: train.epochs.unwrap_or(0),
            layers: train.layers.unwrap_or(1),
            batch: train.batch.unwrap_or(8),
            rate: train.rate.unwrap_or(3e-4),
            weight_decay: train.weight_decay.unwrap_or(0.01),
            pairs: train.pairs,
            margin: train.margin.unwrap_or(0.0),
            centre: train.centre.unwrap_or(0.0),
            pointwise: train.pointwise.unwrap_or(false),
            patience: train.patience.unwrap_or(4),
            limit: train.limit.unwrap_or(1024),
            folds: train.folds.unwrap_or(5),
        };
        let counts = [("batch", settings.batch), ("layers", settings.layers), ("limit", settings.limit)];
        if let Some((name, _)) = counts.into_iter().find(|(_, count)| *count == 0) {
            return Err(format!("`train.{name}` is 0: it has to be at least 1"));
        }
        let numbers = [
            ("rate", settings.rate),
            ("weight-decay", settings.weight_decay),
            ("margin", settings.margin),
            ("centre", settings.centre),
        ];
        if let Some((name, number)) =
            numbers.into_iter().find(|(_, number)| !(number.is_finite() && *number >= 0.0))
        {
            return Err(format!("`train.{name}` is {number}: it has to be 0 or more"));
        }
        let package = |DoctestTable { pypi, versions }: DoctestTable| {
            let parse = |versions: String| {
                versions.parse().map_err(|error| format!("`{versions}` names no versions of {pypi}: {error}"))
            };
            Ok(DoctestSettings { versions: versions.map(parse).transpose()?, pypi })
        };
        let doctests: Result<Vec<_>, String> = self.doctests.into_iter().map(package).collect();
        Ok(RewardModelSettings {
            name: self.name,
            seed: seed.or(self.seed).unwrap_or(0),
            runs,
            base: self.base.model.unwrap_or_else(|| SMOLLM2.to_owned()),
            wrong: self.candidates.wrong.unwrap_or(8),
            general: self.candidates.general.unwrap_or(2),
            equivalents: self.candidates.equivalents.unwrap_or(2),
            train: settings,
            doctests: doctests?,
            tests: self.tests.into_iter().map(|test| test.path).collect(),
        })
    }
}

/// The model that is fetched by name.
pub(crate) const SMOLLM2: &str = "smollm2-135m";

#[cfg(test)]
mod tests {
    use super::*;

    fn resolve(text: &str) -> Result<RewardModelSettings, String> {
        toml::from_str::<RewardModelFile>(text).map_err(|error| error.message().to_owned())?.resolve(None)
    }

    #[test]
    fn a_name_is_enough() {
        let settings = resolve("name = \"a\"").expect("it is whole");
        assert_eq!((settings.runs.len(), settings.base.as_str(), settings.train.folds), (2, SMOLLM2, 5));
    }

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let cases = [
            ("name = \"a/b\"", "`a/b` is not a name of a run"),
            ("name = \"a\"\n[dataset]\nruns = []", "`dataset.runs`"),
            ("name = \"a\"\n[train]\nbatch = 0", "`train.batch` is 0"),
            ("name = \"a\"\n[train]\nrate = -1.0", "`train.rate` is -1"),
            ("name = \"a\"\n[train]\nspeed = 1", "unknown field `speed`"),
        ];
        for (text, wanted) in cases {
            let error = resolve(text).expect_err("it is refused");
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
