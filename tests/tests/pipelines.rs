//! The pipelines that come with the project.

use std::{fs, path::Path};

use apishift_cli::{RewardModelFile, Settings};

#[test]
fn every_pipeline_can_be_read_and_is_named_as_its_file() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pipelines");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the pipelines are there") {
        let path = entry.expect("an entry can be read").path();
        if path.extension().is_none_or(|ending| ending != "toml") {
            continue;
        }
        let stem = path.file_stem().and_then(|stem| stem.to_str()).expect("a name");
        let name = match stem {
            name if name.starts_with("reward-model") => RewardModelFile::read(&path).map(|file| file.name),
            _ => Settings::read(&path, None).map(|settings| settings.name),
        };
        // The card's command for building the dataset again relies on it.
        assert_eq!(name.unwrap_or_else(|error| panic!("{}: {error:?}", path.display())), stem);
        count += 1;
    }
    assert!(count >= 2, "{count} pipelines");
}
