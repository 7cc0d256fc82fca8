//! `schemas/`: what stored files look like, for people and for other programs.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use apishift_cli::{PipelineFile, RewardModelFile};
use apishift_reward::RewardSpec;
use apishift_store::table_schemas;
use schemars::generate::SchemaSettings;
use serde::Serialize;

/// Writes every file, and removes those that are no longer made.
pub(crate) fn write() -> anyhow::Result<()> {
    let files = files()?;
    for stale in present()?.into_iter().filter(|name| !files.contains_key(name)) {
        fs::remove_file(folder().join(&stale)).with_context(|| format!("failed to remove {stale}"))?;
    }
    for (name, text) in files {
        let path = folder().join(&name);
        let parent = path.parent().unwrap_or(Path::new("."));
        fs::create_dir_all(parent).with_context(|| format!("failed to create {}", parent.display()))?;
        fs::write(&path, text).with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

/// Fails where a file is missing, stale or not what it would be.
pub(crate) fn check() -> anyhow::Result<()> {
    let files = files()?;
    let mut wrong: Vec<String> = Vec::new();
    for (name, text) in &files {
        match fs::read_to_string(folder().join(name)) {
            Ok(found) if found == *text => {}
            Ok(_) => wrong.push(format!("{name} is not current")),
            Err(_) => wrong.push(format!("{name} is missing")),
        }
    }
    let stale = present()?.into_iter().filter(|name| !files.contains_key(name));
    wrong.extend(stale.map(|name| format!("{name} is no longer made")));
    if wrong.is_empty() {
        return Ok(());
    }
    bail!("schemas/ is not current ({}): run `cargo xtask schemas`", wrong.join(", "));
}

/// Every file by name below `schemas/`.
fn files() -> anyhow::Result<BTreeMap<String, String>> {
    let generator = || SchemaSettings::draft2020_12().into_generator();
    let mut files = BTreeMap::from([
        ("pipeline.json".to_owned(), text(&generator().into_root_schema_for::<PipelineFile>())?),
        ("reward-model.json".to_owned(), text(&generator().into_root_schema_for::<RewardModelFile>())?),
        ("rewards.json".to_owned(), text(&generator().into_root_schema_for::<RewardSpec>())?),
    ]);
    for table in table_schemas() {
        files.insert(format!("tables/{}.json", table.table), text(&table)?);
    }
    Ok(files)
}

fn text(value: &impl Serialize) -> anyhow::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// Names of the files that are there.
fn present() -> anyhow::Result<Vec<String>> {
    let mut names = Vec::new();
    for (prefix, folder) in [("", folder()), ("tables/", folder().join("tables"))] {
        if !folder.exists() {
            continue;
        }
        for entry in fs::read_dir(&folder).with_context(|| format!("failed to read {}", folder.display()))? {
            let entry = entry?;
            if entry.path().is_file() {
                names.push(format!("{prefix}{}", entry.file_name().to_string_lossy()));
            }
        }
    }
    Ok(names)
}

/// The workspace's `schemas/`, wherever the command is given.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas")
}

#[cfg(test)]
mod tests {
    #[test]
    fn schemas_are_current() {
        super::check().expect("schemas/ is what the types say");
    }
}
