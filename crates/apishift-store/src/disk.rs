//! Writes that are either whole or not there.

use std::{
    fs::{self, File},
    io::{self, Write},
    path::Path,
};

use tempfile::{Builder, NamedTempFile};

use crate::StoreError;

/// How names of files and folders begin while they are not complete. Whoever holds a run folder may remove them.
pub(crate) const DRAFT: &str = ".draft-";

/// A temporary file in the folder of `path`, which becomes `path` by [`commit`].
pub(crate) fn draft_of(path: &Path) -> Result<NamedTempFile, StoreError> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(DRAFT);
    // Temporary files are private by default; what is published has the rights that any new file has.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    builder.tempfile_in(folder).map_err(StoreError::io("write", path))
}

/// Makes a draft durable and gives it its name.
pub(crate) fn commit(draft: NamedTempFile, path: &Path) -> Result<(), StoreError> {
    draft.as_file().sync_all().map_err(StoreError::io("write", path))?;
    draft.persist(path).map_err(|error| StoreError::io("write", path)(error.error))?;
    sync_folder(path.parent().unwrap_or(Path::new(".")))
}

/// Writes a whole file: a reader sees the old content or the new one, never a part.
pub fn write_file(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let mut draft = draft_of(path)?;
    draft.write_all(content).map_err(StoreError::io("write", path))?;
    commit(draft, path)
}

/// Makes the entries of a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), StoreError> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    File::open(folder).and_then(|file| file.sync_all()).map_err(StoreError::io("sync", folder))
}

/// Creates a folder and those above it.
pub(crate) fn create_folder(folder: &Path) -> Result<(), StoreError> {
    fs::create_dir_all(folder).map_err(StoreError::io("create", folder))
}

/// Removes a file, or a folder with all that is in it; nothing if it is not there.
pub(crate) fn remove(path: &Path) -> Result<(), StoreError> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(StoreError::io("remove", path)(error)),
        _ => Ok(()),
    }
}

/// Renames a file or folder.
pub(crate) fn rename(from: &Path, to: &Path) -> Result<(), StoreError> {
    fs::rename(from, to).map_err(StoreError::io("rename", from))
}

/// All files below a folder, as `/`-separated paths relative to it, sorted, each made durable on the way.
pub(crate) fn sync_tree(folder: &Path) -> Result<Vec<String>, StoreError> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<(), StoreError> {
    for entry in fs::read_dir(folder).map_err(StoreError::io("read", folder))? {
        let entry = entry.map_err(StoreError::io("read", folder))?;
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        let path = entry.path();
        if path.is_dir() {
            collect(&path, &format!("{name}/"), files)?;
        } else {
            File::open(&path).and_then(|file| file.sync_all()).map_err(StoreError::io("write", &path))?;
            files.push(name);
        }
    }
    sync_folder(folder)
}
