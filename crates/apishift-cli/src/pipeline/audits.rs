//! The table `[audit]`: what people said of rows that they read.

use std::path::Path;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{complaint::PipelineError, inputs::InputFile};

/// Verdicts of readers, for the dataset's card.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuditTable {
    /// Tables of verdicts (CSV, as `apishift audit` saves them), one a reader; paths are relative to the pipeline file. The card
    /// says how many of the rows that they read are good. Default: none.
    #[serde(default)]
    #[schemars(with = "Vec<String>")]
    pub verdicts: Vec<Spanned<String>>,
}

/// [`AuditTable`], resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AuditSettings {
    /// The tables.
    pub verdicts: Vec<InputFile>,
}

impl AuditSettings {
    /// What decides the result.
    pub(crate) fn identity(&self) -> Vec<&str> {
        self.verdicts.iter().map(|file| file.sha256.as_str()).collect()
    }
}

impl AuditTable {
    /// Hashes the files.
    pub(crate) fn resolve(&self, pipeline: &Path, text: &str) -> Result<AuditSettings, PipelineError> {
        Ok(AuditSettings { verdicts: InputFile::resolve(&self.verdicts, pipeline, text)? })
    }
}
