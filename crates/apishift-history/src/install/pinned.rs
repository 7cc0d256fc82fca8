//! Wheels of known versions and hashes, unpacked by pip, from the index that pip uses.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{FetchOptions, HistoryError, pip};

/// The folder with what a list of requirements with hashes names, wheels only and nothing that they depend on: `tools/NAME` of the
/// cache, made if it is not there. Nothing of them is run.
pub fn pinned(options: &FetchOptions, name: &str, requirements: &str) -> Result<PathBuf, HistoryError> {
    let tools = options.cache_dir.join("tools");
    let folder = tools.join(name);
    if folder.is_dir() {
        return Ok(folder);
    }
    if options.offline {
        return Err(HistoryError::Offline { project: name.to_owned(), missing: "its wheels".to_owned() });
    }
    fs::create_dir_all(&tools).map_err(HistoryError::io("create", &tools))?;
    let draft = tempfile::tempdir_in(&tools).map_err(HistoryError::io("create a folder in", &tools))?;
    let list = draft.path().join("requirements.txt");
    fs::write(&list, requirements).map_err(HistoryError::io("write", &list))?;
    let target = draft.path().join("wheels");
    pip::install(&list, &target).map_err(|message| HistoryError::Install { message })?;
    publish(&target, &folder)?;
    Ok(folder)
}

/// Renames a whole folder into its place, where another process may have been first.
fn publish(draft: &Path, folder: &Path) -> Result<(), HistoryError> {
    match fs::rename(draft, folder) {
        Err(error) if !folder.exists() => Err(HistoryError::io("write", folder)(error)),
        _ => Ok(()),
    }
}
