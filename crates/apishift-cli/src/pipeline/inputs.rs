//! Files that a pipeline file names: what is in them decides what comes out, not where they are.

use std::path::{Path, PathBuf};

use apishift_store::hash_file;
use serde::{Deserialize, Serialize};
use toml::Spanned;

use super::complaint::PipelineError;

/// A file that a pipeline file names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct InputFile {
    /// Path as the pipeline file has it.
    pub path: PathBuf,
    /// SHA-256 of its content.
    pub sha256: String,
}

impl InputFile {
    /// Hashes the files at paths that are relative to the pipeline file, whose text is for complaints.
    pub(crate) fn resolve(
        paths: &[Spanned<String>],
        pipeline: &Path,
        text: &str,
    ) -> Result<Vec<Self>, PipelineError> {
        paths.iter().map(|path| Self::resolve_one(path, pipeline, text)).collect()
    }

    /// Hashes one of them.
    pub(crate) fn resolve_one(
        path: &Spanned<String>,
        pipeline: &Path,
        text: &str,
    ) -> Result<Self, PipelineError> {
        let base = pipeline.parent().unwrap_or(Path::new(""));
        let (sha256, _) = hash_file(&base.join(path.get_ref())).map_err(|error| {
            let cause = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
            PipelineError::new(pipeline, text, Some(path.span()), format!("cannot be read: {cause}"))
        })?;
        Ok(Self { path: PathBuf::from(path.get_ref()), sha256 })
    }

    /// Its name without folders and ending.
    pub(crate) fn stem(&self) -> String {
        self.path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
    }
}
