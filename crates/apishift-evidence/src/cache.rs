//! Results of earlier runs, by the content of what was run.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use apishift_types::{ApiUpdate, Execution};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::{EvidenceError, Plan, run::HARNESS, target::Pair};

/// Raised when the same runs would be judged otherwise.
const JUDGE: u32 = 3;

/// A result, and what the row lacked.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Entry {
    pub(crate) execution: Execution,
    /// Project of a module that it did not find.
    pub(crate) missing: Option<String>,
}

/// A folder of results.
#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
}

impl Cache {
    pub(crate) fn open(folder: &Path) -> Result<Self, EvidenceError> {
        fs::create_dir_all(folder).map_err(failed(folder))?;
        Ok(Self { folder: folder.to_owned() })
    }

    /// Whatever the result depends on.
    pub(crate) fn key(row: &ApiUpdate, pair: &Pair, plan: &Plan<'_>) -> String {
        let versions: Vec<&str> = plan.interpreters.iter().map(|python| python.version.as_str()).collect();
        let all = (JUDGE, HARNESS, &row.id, &row.old_code, &row.new_code, pair, versions, plan.leave_out);
        let text = serde_json::to_string(&all).unwrap_or_default();
        hex::encode(&Sha256::digest(text)[..16])
    }

    pub(crate) fn get(&self, key: &str) -> Option<Entry> {
        let text = fs::read(self.path(key)).ok()?;
        serde_json::from_slice(&text).ok()
    }

    pub(crate) fn put(&self, key: &str, entry: &Entry) -> Result<(), EvidenceError> {
        let path = self.path(key);
        let text = serde_json::to_vec(entry).map_err(io::Error::other).map_err(failed(&path))?;
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder).map_err(failed(folder))?;
        // Whole or not at all, whoever else writes the same.
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(failed(folder))?;
        io::Write::write_all(&mut file, &text).map_err(failed(&path))?;
        file.persist(&path).map_err(|error| failed(&path)(error.error))?;
        Ok(())
    }

    fn path(&self, key: &str) -> PathBuf {
        self.folder.join(&key[..2]).join(format!("{key}.json"))
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> EvidenceError + use<> {
    let path = path.to_owned();
    move |source| EvidenceError::Cache { path, source }
}
