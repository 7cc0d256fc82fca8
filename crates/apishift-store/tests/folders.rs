//! Run folders, stages and units.

use std::{fs, path::Path};

use apishift_store::{
    Fingerprint, MANIFEST, Manifest, ReleaseRow, ReleaseTable, RunFolder, Shard, StoreError, UnitRows,
};
use apishift_types::{DateSource, Role, Skipped, SourceKind};
use serde_json::json;

fn row(project: &str, version: u32) -> ReleaseRow {
    ReleaseRow {
        project: project.to_owned(),
        role: Role::Library,
        imports: vec![project.to_owned()],
        version: format!("{version}.0"),
        commit: format!("{version:040x}"),
        date: Some("2020-01-31".to_owned()),
        date_source: DateSource::Index,
        source: SourceKind::Sdist,
        license: Some("MIT".to_owned()),
        bytes: 1,
        sha256: String::new(),
    }
}

fn print(name: &str) -> Fingerprint {
    Fingerprint::of(&json!({ "unit": name }))
}

fn write_unit(run: &RunFolder, name: &str, rows: u32) -> UnitRows {
    let mut skipped = Skipped::default();
    skipped.add_n("broken-archive", u64::from(rows));
    let rows = (0..rows).map(|version| row(name, version)).collect();
    run.work("fetch").write::<ReleaseTable>(name, &print(name), rows, skipped).expect("a unit is written")
}

fn publish(run: &RunFolder, units: &[UnitRows]) -> Manifest {
    let mut draft = run.draft("fetch").expect("a draft");
    draft.join::<ReleaseTable>(units).expect("units are joined");
    let mut manifest = Manifest::new("fetch", 1, print("all"));
    manifest.units = units.iter().map(|unit| unit.entry.clone()).collect();
    manifest.settings = json!({"z": 1, "a": [{"c": 1, "b": 2}]});
    draft.publish(manifest).expect("a stage is published")
}

fn files(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

#[test]
fn a_stage_is_complete_or_not_there() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(folder.path()).expect("a run folder");
    let draft = run.draft("fetch").expect("a draft");
    assert_eq!(run.stage("fetch").manifest().expect("no manifest"), None);
    drop(draft);
    let units = [write_unit(&run, "attrs", 2), write_unit(&run, "zope", 3)];
    let manifest = publish(&run, &units);
    assert_eq!(files(folder.path()), [".lock", ".work-fetch", "fetch"]);
    assert_eq!(files(&folder.path().join("fetch")), [MANIFEST, "releases.parquet"]);
    assert_eq!(run.stage("fetch").manifest().expect("a manifest"), Some(manifest.clone()));
    assert_eq!(manifest.tables["releases"].rows, 5);
    let rows = run.stage("fetch").read::<ReleaseTable>().expect("rows");
    assert_eq!(rows.last().expect("a row").project, "zope");
    insta::assert_snapshot!(
        fs::read_to_string(folder.path().join("fetch").join(MANIFEST)).expect("a manifest")
    );
}

#[test]
fn units_are_found_again_by_fingerprint() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(folder.path()).expect("a run folder");
    let unit = write_unit(&run, "attrs", 2);
    assert_eq!(run.work("fetch").find("attrs", &print("attrs")), Some(unit.clone()));
    assert_eq!(run.work("fetch").find("attrs", &print("other")), None);
    assert_eq!(run.work("mine").find("attrs", &print("attrs")), None);
    assert_eq!(unit.read::<ReleaseTable>().expect("rows").len(), 2);
    assert_eq!(run.work("fetch").count().expect("a count"), 1);
}

#[test]
fn a_torn_unit_is_none() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(folder.path()).expect("a run folder");
    write_unit(&run, "attrs", 2);
    let part = fs::read_dir(folder.path().join(".work-fetch")).expect("a folder").next().expect("a part");
    let path = part.expect("a part").path();
    let whole = fs::read(&path).expect("a part");
    fs::write(&path, &whole[..whole.len() / 2]).expect("half a part");
    assert_eq!(run.work("fetch").find("attrs", &print("attrs")), None);
}

#[test]
fn units_of_a_complete_stage_are_taken_over() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(folder.path()).expect("a run folder");
    let (a, b, c) = (write_unit(&run, "a", 2), write_unit(&run, "b", 0), write_unit(&run, "c", 3));
    publish(&run, &[a, b, c]);
    run.work("fetch").clear().expect("the work folder goes");
    let units = run.stage("fetch").units::<ReleaseTable>().expect("units");
    let versions: Vec<_> =
        units.iter().map(|unit| unit.read::<ReleaseTable>().expect("rows").len()).collect();
    assert_eq!(versions, [2, 0, 3]);
    let first = fs::read(folder.path().join("fetch/releases.parquet")).expect("a table");
    let again = publish(&run, &units);
    assert_eq!(again.units, units.into_iter().map(|unit| unit.entry).collect::<Vec<_>>());
    assert_eq!(fs::read(folder.path().join("fetch/releases.parquet")).expect("a table"), first);
}

#[test]
fn an_edited_stage_is_noticed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(folder.path()).expect("a run folder");
    let manifest = publish(&run, &[write_unit(&run, "a", 2)]);
    assert!(run.stage("fetch").is_intact(&manifest));
    let table = folder.path().join("fetch/releases.parquet");
    apishift_store::write_table::<ReleaseTable>(&table, Vec::new()).expect("another table");
    let error = run.stage("fetch").read::<ReleaseTable>().expect_err("an edited table");
    assert!(matches!(error, StoreError::Changed { .. }), "{error:?}");
    assert!(run.stage("fetch").units::<ReleaseTable>().expect("no units").is_empty());
    assert!(!run.stage("fetch").is_intact(&manifest));
    fs::remove_file(&table).expect("a table can be removed");
    assert!(!run.stage("fetch").is_intact(&manifest));
}

#[test]
fn two_writers_are_refused_and_readers_are_not() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(folder.path()).expect("a run folder");
    let error = RunFolder::open(folder.path()).expect_err("it is locked");
    assert!(matches!(error, StoreError::Locked { .. }), "{error:?}");
    publish(&run, &[write_unit(&run, "a", 1)]);
    assert!(RunFolder::view(folder.path()).stage("fetch").manifest().expect("a manifest").is_some());
    drop(run);
    RunFolder::open(folder.path()).expect("the lock is free again");
}

#[test]
fn a_kill_between_the_two_renames_is_repaired() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let run = RunFolder::open(folder.path()).expect("a run folder");
    let manifest = publish(&run, &[write_unit(&run, "a", 1)]);
    drop(run);
    let (place, old) = (folder.path().join("fetch"), folder.path().join(".old-fetch"));
    fs::rename(&place, &old).expect("the first rename");
    let run = RunFolder::open(folder.path()).expect("a run folder");
    assert_eq!(run.stage("fetch").manifest().expect("a manifest"), Some(manifest));
    drop(run);
    // The second rename was done, and the old output was not removed yet.
    fs::create_dir(&old).expect("the old output");
    fs::create_dir(folder.path().join(".draft-mine")).expect("an unfinished stage");
    fs::write(folder.path().join(".draft-x7Tq"), "{").expect("an unfinished file");
    RunFolder::open(folder.path()).expect("a run folder");
    assert_eq!(files(folder.path()), [".lock", ".work-fetch", "fetch"]);
}

#[test]
fn a_newer_manifest_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join(MANIFEST), r#"{"format": 99, "unknown": 1}"#).expect("a manifest");
    let error = Manifest::read(folder.path()).expect_err("a newer format");
    assert!(error.to_string().contains("its format is 99"), "{error}");
}

#[test]
fn shards_take_every_unit_once() {
    for of in 1..5 {
        for position in 0..20 {
            let takers = (0..of).filter(|index| Shard { index: *index, of }.takes(position)).count();
            assert_eq!(takers, 1);
        }
    }
    assert_eq!("1/3".parse::<Shard>(), Ok(Shard { index: 1, of: 3 }));
    for wrong in ["3/3", "1", "a/b", "-1/3", "0/0"] {
        assert!(wrong.parse::<Shard>().expect_err("no shard").contains("such as 0/3"), "{wrong}");
    }
}
