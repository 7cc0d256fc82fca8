//! Folders that are whole or not there.

use std::{fs, path::Path};

use anyhow::{Context, bail};

/// Writes a folder beside its place, then puts it there. What is there already has to be `ours`: an empty folder always is. `action`
/// begins the sentence for people, such as `export`.
pub(crate) fn replace<T>(
    out: &Path,
    action: &str,
    ours: impl FnOnce(&Path) -> anyhow::Result<bool>,
    write: impl FnOnce(&Path) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let written = || format!("write {}", out.display());
    let is_there = out.try_exists().with_context(|| format!("read {}", out.display()))?;
    if is_there && !(is_empty(out)? || out.is_dir() && ours(out)?) {
        let out = out.display();
        bail!("{action} to {out}: the folder has something else in it; name another --out, or remove it");
    }
    let parent = out.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).with_context(written)?;
    let draft = tempfile::Builder::new().prefix(".draft-").tempdir_in(parent).with_context(written)?;
    let folder = draft.path().join("folder");
    let result = write(&folder)?;
    if is_there {
        fs::remove_dir_all(out).with_context(written)?;
    }
    fs::rename(&folder, out).with_context(written)?;
    Ok(result)
}

fn is_empty(folder: &Path) -> anyhow::Result<bool> {
    let read = || format!("read {}", folder.display());
    Ok(folder.is_dir() && fs::read_dir(folder).with_context(read)?.next().is_none())
}
