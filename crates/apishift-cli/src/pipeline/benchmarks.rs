//! The table `[decontaminate]`: benchmarks that the dataset must not give away.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{complaint::PipelineError, inputs::InputFile};

/// Words of an n-gram: 13 is usual, since GPT-3's report.
const DEFAULT_N: usize = 13;

/// Overlap with benchmarks is reported in the dataset's card, and can exclude rows.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DecontaminateTable {
    /// Parquet or JSONL files with the benchmarks' prompts, solutions and tests; paths are relative to the pipeline
    /// file. Every text in them counts. Default: none.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub benchmarks: Vec<Spanned<String>>,
    /// Words of an n-gram. Default: 13.
    pub n: Option<usize>,
    /// Rows that share so many n-grams or more with one benchmark are left out. Default: none is, overlaps are only
    /// reported.
    pub exclude: Option<u64>,
}

/// [`DecontaminateTable`], resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DecontaminateSettings {
    /// The benchmarks.
    pub benchmarks: Vec<InputFile>,
    /// Words of an n-gram.
    pub n: usize,
    /// Shared n-grams from which a row is left out; `None` leaves none out.
    pub exclude: Option<u64>,
}

impl DecontaminateSettings {
    /// What decides the result: names and contents, not where the files are.
    pub(crate) fn identity(&self) -> serde_json::Value {
        let benchmarks: Vec<_> = self.benchmarks.iter().map(|file| (file.stem(), &file.sha256)).collect();
        serde_json::json!({ "benchmarks": benchmarks, "n": self.n, "exclude": self.exclude })
    }
}

impl DecontaminateTable {
    /// Hashes the files.
    pub(crate) fn resolve(
        &self,
        pipeline: &Path,
        text: &str,
    ) -> Result<DecontaminateSettings, PipelineError> {
        Ok(DecontaminateSettings {
            benchmarks: InputFile::resolve(&self.benchmarks, pipeline, text)?,
            n: self.n.unwrap_or(DEFAULT_N),
            exclude: self.exclude,
        })
    }
}
