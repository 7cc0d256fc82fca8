//! Rows to Parquet and back.

use std::{fs, path::Path};

use apishift_store::{
    ApiChangeTable, ApiUpdateTable, ExecutionTable, MigrationTable, ROW_GROUP_ROWS, ReleaseRow, ReleaseTable,
    RewardTable, StoreError, Table, TableReader, TableWriter, projects_of, read_batches, read_table, rows_of,
    table_schemas, write_table,
};
use apishift_types::{
    ApiChange, ApiUpdate, ChangeKind, DateSource, Evidence, EvidenceSource, Execution, Migration, Origin,
    Outcome, Project, Provenance, Release, RewardRow, Role, SourceKind, Split, TreeId, UnitKind,
    Verification, Verified,
};
use parquet::arrow::ArrowWriter;
use proptest::{collection::vec, option, prelude::*, sample::select};

fn text() -> impl Strategy<Value = String> {
    "[a-zé\n\0 ]{0,12}"
}

fn evidence() -> impl Strategy<Value = Evidence> {
    let source = select(vec![
        EvidenceSource::DeprecationMessage,
        EvidenceSource::DocstringDirective,
        EvidenceSource::Changelog,
        EvidenceSource::CommitMessage,
        EvidenceSource::Stub,
        EvidenceSource::Usage,
        EvidenceSource::Signature,
    ]);
    (source, text(), text(), any::<u32>()).prop_map(|(source, text, path, line)| Evidence {
        source,
        text,
        path,
        line,
    })
}

fn change() -> impl Strategy<Value = ApiChange> {
    let names = (text(), text(), text(), text(), text(), text());
    let options = (
        option::of(text()),
        option::of(text()),
        option::of(text()),
        option::of(text()),
        vec(option::of(text()), 2),
    );
    let lists = (vec(text(), 0..3), vec(evidence(), 0..3));
    (names, options, lists, select(ChangeKind::ALL.to_vec()), any::<u32>()).prop_map(
        |(names, options, lists, kind, line)| ApiChange {
            id: names.0,
            library: names.1,
            old_version: names.2,
            new_version: names.3,
            release_date: options.0,
            kind,
            symbol: names.4.clone(),
            aliases: lists.0,
            symbol_kind: names.4,
            parameter: options.1,
            replacement: options.2,
            old_signature: options.3,
            new_signature: options.4[0].clone(),
            target_signature: options.4[1].clone(),
            evidence: lists.1,
            path: names.5,
            line,
        },
    )
}

fn migration() -> impl Strategy<Value = Migration> {
    let kinds = select(vec![UnitKind::Function, UnitKind::Test, UnitKind::Script, UnitKind::DocBlock]);
    let origins = select(vec![Origin::Dependent, Origin::Own, Origin::Synthesized]);
    (origins, kinds, vec(text(), 11), option::of(text()), option::of(text()), any::<(u32, u32)>(), 0.0..1.0)
        .prop_map(|(origin, unit_kind, t, license, commit_message, lines, quality)| Migration {
            library: t[0].clone(),
            change_id: t[1].clone(),
            origin,
            unit_kind,
            project: t[2].clone(),
            project_old: t[3].clone(),
            project_new: t[4].clone(),
            path: t[5].clone(),
            start_line: lines.0,
            end_line: lines.1,
            unit: t[6].clone(),
            license,
            old_code: t[7].clone(),
            new_code: t[8].clone(),
            edit_shape: t[9].clone(),
            description: t[10].clone(),
            quality,
            commit_message,
        })
}

fn update() -> impl Strategy<Value = ApiUpdate> {
    let kinds = (
        select(ChangeKind::ALL.to_vec()),
        select(Split::ALL.to_vec()),
        select(vec![Verified::Yes, Verified::No, Verified::NotRun]),
        any::<(u32, u32)>(),
    );
    (migration(), vec(text(), 6), vec(option::of(text()), 6), kinds).prop_map(|(m, t, o, kinds)| ApiUpdate {
        id: t[0].clone(),
        dependency: m.library,
        old_version: t[1].clone(),
        new_version: t[2].clone(),
        release_date: o[0].clone(),
        description: m.description,
        update_info: t[3].clone(),
        update_info_source: EvidenceSource::Changelog,
        old_code: m.old_code,
        new_code: m.new_code,
        language: "python".to_owned(),
        change_kind: kinds.0,
        symbol: t[4].clone(),
        replacement: o[1].clone(),
        target_signature: o[5].clone(),
        origin: m.origin,
        unit_kind: m.unit_kind,
        provenance: Provenance {
            project: m.project,
            old_ref: m.project_old,
            new_ref: m.project_new,
            path: m.path,
            start_line: kinds.3.0,
            end_line: kinds.3.1,
            change_id: m.change_id,
        },
        license: t[5].clone(),
        verified: kinds.2,
        verification: Verification {
            outcome: o[1].as_ref().map(|_| Outcome::Warns),
            old_on_old: o[2].clone(),
            new_on_new: o[3].clone(),
            old_on_new: o[4].clone(),
            python: o[0].clone(),
            made_up: kinds.3.0 % 2 == 0,
            same_values: o[4].as_ref().map(|text| text.len() % 2 == 0),
        },
        quality: m.quality,
        split: kinds.1,
    })
}

fn execution() -> impl Strategy<Value = Execution> {
    (update(), select(Outcome::ALL.to_vec()), vec(text(), 0..3)).prop_map(|(row, outcome, requirements)| {
        Execution {
            id: row.id,
            outcome,
            verification: row.verification,
            old_requirements: requirements.clone(),
            new_requirements: requirements,
            calls: row.old_code,
            note: row.replacement,
        }
    })
}

fn project() -> impl Strategy<Value = Project> {
    let release = (0_u64..50, option::of(0_i16..9000), option::of(text()), any::<u64>()).prop_map(
        |(number, day, license, bytes)| Release {
            version: format!("1.{number}rc1+local").parse().expect("a version"),
            commit: TreeId(format!("{number:040x}")),
            date: day.map(jiff_date),
            date_source: DateSource::Archive,
            source: SourceKind::Sdist,
            license,
            bytes,
            sha256: "00".to_owned(),
        },
    );
    ("[a-z]{1,8}", vec(text(), 0..3), any::<bool>(), vec(release, 1..4)).prop_map(
        |(name, imports, library, releases)| Project {
            name,
            imports,
            role: if library { Role::Library } else { Role::Dependent },
            releases,
        },
    )
}

fn jiff_date(year: i16) -> jiff::civil::Date {
    jiff::civil::date(year, 2, 28)
}

fn there_and_back<T: Table>(rows: Vec<T::Row>) -> Vec<T::Row> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("t.parquet");
    write_table::<T>(&path, rows).expect("rows are written");
    read_table::<T>(&path).expect("rows are read")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn executions_come_back(rows in vec(execution(), 0..20)) {
        prop_assert_eq!(there_and_back::<ExecutionTable>(rows.clone()), rows);
    }

    #[test]
    fn changes_come_back(rows in vec(change(), 0..20)) {
        prop_assert_eq!(there_and_back::<ApiChangeTable>(rows.clone()), rows);
    }

    #[test]
    fn migrations_come_back(rows in vec(migration(), 0..20)) {
        prop_assert_eq!(there_and_back::<MigrationTable>(rows.clone()), rows);
    }

    #[test]
    fn updates_come_back(rows in vec(update(), 0..20)) {
        prop_assert_eq!(there_and_back::<ApiUpdateTable>(rows.clone()), rows);
    }

    #[test]
    fn projects_come_back(mut projects in vec(project(), 0..5)) {
        // Neighbours of one name are one project, so names have to differ.
        for (index, project) in projects.iter_mut().enumerate() {
            project.name.push_str(&index.to_string());
        }
        let rows = there_and_back::<ReleaseTable>(projects.iter().flat_map(rows_of).collect());
        prop_assert_eq!(projects_of(rows).expect("rows of projects"), projects);
    }
}

#[test]
fn schemas() {
    // Changing a column is changing a stored format: bump the table's version and say so in the changelog.
    insta::assert_snapshot!(serde_json::to_string_pretty(&table_schemas()).expect("schemas are JSON"));
}

/// A row that differs from the next.
fn numbered(number: u32) -> ReleaseRow {
    ReleaseRow {
        project: format!("project-{}", number / 1000),
        role: Role::Library,
        imports: vec!["a".to_owned(); (number % 3) as usize],
        version: format!("1.{number}"),
        commit: format!("{:040x}", number.wrapping_mul(0x9e37_79b9)),
        date: None,
        date_source: DateSource::Unknown,
        source: SourceKind::Wheel,
        license: None,
        bytes: u64::from(number),
        sha256: String::new(),
    }
}

#[test]
fn bytes_do_not_depend_on_how_rows_are_handed_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let count = u32::try_from(ROW_GROUP_ROWS * 2 + 77).expect("a small number");
    let (at_once, in_parts) = (folder.path().join("a"), folder.path().join("b"));
    write_table::<ReleaseTable>(&at_once, (0..count).map(numbered)).expect("rows are written");
    let mut writer = TableWriter::<ReleaseTable>::create(&in_parts).expect("a writer");
    for start in (0..count).step_by(501) {
        writer.extend((start..count.min(start + 501)).map(numbered)).expect("rows are written");
    }
    assert_eq!(writer.finish().expect("a file"), u64::from(count));
    assert_eq!(fs::read(at_once).expect("a file"), fs::read(in_parts).expect("a file"));
}

#[test]
fn a_slice_is_those_rows() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a");
    write_table::<ReleaseTable>(&path, (0..10_000).map(numbered)).expect("rows are written");
    for (offset, limit) in [(0, 3), (4000, 3000), (9_999, 5), (10_000, 1), (5, 0)] {
        let reader = TableReader::<ReleaseTable>::open_slice(&path, offset, limit).expect("a reader");
        let rows: Vec<_> = reader.flat_map(|batch| batch.expect("a batch")).collect();
        let end = (offset + limit).min(10_000);
        let wanted: Vec<_> =
            (offset..end).map(|n| numbered(u32::try_from(n).expect("a small number"))).collect();
        assert_eq!(rows, wanted, "{limit} rows from {offset}");
    }
}

#[test]
fn another_table_is_refused_with_the_column() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a");
    write_table::<ReleaseTable>(&path, (0..3).map(numbered)).expect("rows are written");
    let error = read_table::<ApiChangeTable>(&path).expect_err("other columns");
    let text = error.to_string();
    assert!(text.contains("as table api_changes: it has no column `id`"), "{text}");
}

#[test]
fn what_an_earlier_version_wrote_without_a_column_is_read() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a");
    let row = RewardRow { reward: 1.0, syntax: Some(1.0), signature: Some(0.5), ..RewardRow::default() };
    write_table::<RewardTable>(&path, [row.clone()]).expect("rows are written");
    let without = |column: &str| {
        let (schema, batches) = read_batches(&path).expect("a table");
        let kept: Vec<usize> =
            (0..schema.fields().len()).filter(|at| schema.field(*at).name() != column).collect();
        let batch = batches[0].project(&kept).expect("fewer columns");
        let file = fs::File::create(folder.path().join("b")).expect("a file");
        let mut writer = ArrowWriter::try_new(file, batch.schema(), None).expect("a writer");
        writer.write(&batch).expect("it is written");
        writer.close().expect("it is whole");
        read_table::<RewardTable>(&folder.path().join("b"))
    };
    assert_eq!(without("signature").expect("the column may be null"), [RewardRow { signature: None, ..row }]);
    let error = without("reward").expect_err("the column may not be null").to_string();
    assert!(error.contains("it has no column `reward`"), "{error}");
}

#[test]
fn a_damaged_file_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a");
    write_table::<ReleaseTable>(&path, (0..300).map(numbered)).expect("rows are written");
    let whole = fs::read(&path).expect("a file");
    for cut in [0, 3, whole.len() / 2, whole.len() - 1] {
        fs::write(&path, &whole[..cut]).expect("a shorter file");
        let error = read_table::<ReleaseTable>(&path).expect_err("a damaged file");
        assert!(matches!(error, StoreError::Parquet { .. }), "{cut} bytes: {error:?}");
    }
}

#[test]
fn an_unfinished_table_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut writer = TableWriter::<ReleaseTable>::create(&folder.path().join("a")).expect("a writer");
    writer.extend((0..10).map(numbered)).expect("rows are written");
    drop(writer);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

#[test]
fn a_missing_folder_is_named() {
    let error = write_table::<ReleaseTable>(Path::new("no/such/folder/a"), Vec::new())
        .expect_err("there is no such folder");
    assert!(matches!(error, StoreError::Io { .. }), "{error:?}");
    assert_eq!(error.to_string(), "write no/such/folder/a");
}
