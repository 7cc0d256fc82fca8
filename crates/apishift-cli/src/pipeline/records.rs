//! The tables `[[import]]`: records of other datasets that become rows of this one.

use std::path::Path;

use apishift_dataset::Licences;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::{complaint::PipelineError, inputs::InputFile};

/// A file of records of another dataset.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ImportTable {
    /// A Parquet or JSONL file with ReCode's six columns (`dependency`, `new_version`, `description`, `update_info`, `old_code`,
    /// `new_code`); the path is relative to the pipeline file.
    #[schemars(with = "String")]
    pub recode: Spanned<String>,
    /// SPDX expression of the records' licence, which has to be one of those that `[assemble]` takes.
    #[schemars(with = "String")]
    pub license: Spanned<String>,
}

/// [`ImportTable`], resolved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ImportSettings {
    /// The file.
    pub recode: InputFile,
    /// SPDX expression of its licence.
    pub license: String,
}

impl ImportSettings {
    /// What decides the result: its rows name the file.
    pub(crate) fn identity(&self) -> serde_json::Value {
        serde_json::json!([self.recode.path, self.recode.sha256, self.license])
    }
}

impl ImportTable {
    /// Hashes the file, and looks at the licence, so that no run ends with all of its rows left out.
    pub(crate) fn resolve(
        &self,
        licences: &Licences,
        pipeline: &Path,
        text: &str,
    ) -> Result<ImportSettings, PipelineError> {
        let license = self.license.get_ref();
        if let Some(reason) = licences.refuse(Some(license)) {
            let complaint = PipelineError::new(
                pipeline,
                text,
                Some(self.license.span()),
                reason.explanation().to_owned(),
            );
            let allowed = licences.ids().collect::<Vec<_>>().join(", ");
            return Err(
                complaint.with_help(format!("allowed here: {allowed}; `licences` of [assemble] says which"))
            );
        }
        Ok(ImportSettings {
            recode: InputFile::resolve_one(&self.recode, pipeline, text)?,
            license: license.clone(),
        })
    }
}
