//! Filters, counts and samples of tables, and what is said of wrong ones.

use std::{
    error::Error,
    fs::{self, File},
    path::PathBuf,
    sync::Arc,
};

use crate::support::{change, update};
use apishift_dataset::query::{self, QueryError, QueryTable};
use apishift_store::{ApiChangeTable, ApiUpdateTable, write_table};
use apishift_types::{ApiUpdate, ChangeKind};
use arrow::{
    array::{
        ArrayRef, Date32Array, DictionaryArray, Int8Array, LargeStringArray, RecordBatch, StringArray,
        StructArray,
    },
    buffer::NullBuffer,
    datatypes::{DataType, Field, Int32Type},
};
use parquet::{
    arrow::ArrowWriter,
    basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel},
    file::properties::WriterProperties,
};
use proptest::prelude::*;
use tempfile::TempDir;

fn rows() -> Vec<ApiUpdate> {
    let mut rows: Vec<_> = (0..5).map(|n| update(&format!("r{n}"))).collect();
    rows[0].quality = 0.4;
    rows[1].provenance.project = "pyforms".into();
    rows[1].replacement = Some("shapes.paint".to_owned());
    rows[2].change_kind = ChangeKind::Removed;
    rows[3].release_date = None;
    rows[4].description = "It's a 'quote'".into();
    rows
}

fn table() -> QueryTable {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api_updates.parquet");
    write_table::<ApiUpdateTable>(&path, rows()).unwrap();
    query::scan(&path).unwrap()
}

/// The error with its causes, as a person sees it.
fn message(error: &QueryError) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn file(name: &str, content: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

#[test]
fn filters_are_sql() {
    let cases = [
        ("quality > 0.5", 4),
        ("change_kind = 'removed' OR quality < 0.5", 2),
        ("change_kind IN ('removed', 'renamed')", 1),
        // A field of a struct.
        ("provenance.project = 'pyforms'", 1),
        ("provenance.project LIKE 'py%'", 1),
        ("provenance.start_line BETWEEN 1 AND 20", 5),
        ("replacement IS NULL", 4),
        // A comparison with null is not true.
        ("release_date >= '2024-01-01'", 4),
        ("description = 'It''s a ''quote'''", 1),
        ("STARTS_WITH(old_code, 'draw_r3(')", 1),
        ("LENGTH(update_info) > 1000", 0),
        ("NOT (quality > 0.5)", 1),
        ("quality >= AVG(quality)", 4),
        ("1 = 1", 5),
        ("false", 0),
    ];
    let table = table();
    for (expression, expected) in cases {
        let found = table.filter(expression).map(|rows| rows.len()).map_err(|error| message(&error));
        assert_eq!(found, Ok(expected), "{expression}");
    }
}

#[test]
fn wrong_filters_say_where_and_what_there_is() {
    let table = table();
    let wrong = [
        "",
        "quality >",
        "quality > 0.5 quality",
        "kind = 'removed'",
        "quality > 0.5 AND (Symbol = 'a')",
        "quality + 1",
        "change_kind > 5",
        "provenance.nothing = 1",
        "NO_SUCH_FUNCTION(quality)",
        "SELECT 1",
        "quality > 0.5; DROP TABLE rows",
        "symbol = 'open",
        "0.5 + [1]",
    ];
    let messages: Vec<String> =
        wrong.iter().map(|expression| message(&table.filter(expression).unwrap_err())).collect();
    insta::assert_snapshot!(messages.join("\n"));
}

#[test]
fn samples_are_the_same_for_the_same_seed() {
    let table = table();
    let ids = |n: usize, seed: u64| -> Vec<String> {
        table.sample(n, seed).unwrap().iter().map(|row| row["id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(ids(3, 1), ids(3, 1));
    assert!((0..20).any(|seed| ids(3, seed) != ids(3, 1)));
    assert_eq!(ids(99, 1), ["r0", "r1", "r2", "r3", "r4"], "all of them, in the table's order");
    assert!(ids(0, 1).is_empty());
    let row = &table.sample(5, 1).unwrap()[3];
    assert!(row["release_date"].is_null(), "nulls are shown");
    assert_eq!(row["provenance"]["start_line"], 10);
}

#[test]
fn values_of_few_are_listed() {
    let counts = table().value_counts(3).unwrap();
    let of = |column: &str| counts.iter().find(|count| count.column == column).unwrap();
    let kinds: Vec<_> =
        of("change_kind").values.iter().map(|count| (count.value.as_str(), count.rows)).collect();
    assert_eq!(kinds, [("deprecated", 4), ("removed", 1)]);
    assert_eq!((of("release_date").distinct, of("release_date").nulls), (1, 1));
    assert_eq!(of("provenance.project").distinct, 2);
    assert_eq!((of("id").distinct, of("id").values.len()), (5, 0), "too many to list");
}

#[test]
fn lists_and_structs_in_lists_are_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("api_changes.parquet");
    let mut with_aliases = change("c1");
    with_aliases.aliases = vec!["shapes.core.draw".to_owned(), "shapes.api.draw".to_owned()];
    write_table::<ApiChangeTable>(&path, vec![with_aliases, change("c2")]).unwrap();
    let table = query::scan(&path).unwrap();
    assert_eq!(table.filter("ARRAY_LENGTH(aliases) = 2").unwrap().len(), 1);
    assert_eq!(table.filter("ARRAY_CONTAINS(aliases, 'shapes.api.draw')").unwrap().len(), 1);
    assert_eq!(table.filter("ARRAY_LENGTH(evidence) > 0").unwrap().len(), 2);
    assert_eq!(table.rows().unwrap()[0]["evidence"][0]["line"], 7);
}

/// A file that another program wrote: types that our tables do not have.
#[test]
fn foreign_types_are_read() {
    let texts: ArrayRef = Arc::new(LargeStringArray::from(vec![Some("a"), None, Some("c")]));
    let days: ArrayRef = Arc::new(Date32Array::from(vec![Some(19_723), Some(19_724), None]));
    let small: ArrayRef = Arc::new(Int8Array::from(vec![1, 2, 3]));
    let named: ArrayRef = Arc::new(vec!["x", "y", "x"].into_iter().collect::<DictionaryArray<Int32Type>>());
    let inner: ArrayRef = Arc::new(StringArray::from(vec!["hidden", "b", "b"]));
    let field = Arc::new(Field::new("k", DataType::Utf8, true));
    let nulls = NullBuffer::from(vec![false, true, true]);
    let object: ArrayRef = Arc::new(StructArray::new(vec![field].into(), vec![inner], Some(nulls)));
    let columns = [("text", texts), ("day", days), ("small", small), ("named", named), ("object", object)];
    let batch =
        RecordBatch::try_from_iter_with_nullable(columns.map(|(name, array)| (name, array, true))).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("foreign.parquet");
    let mut writer = ArrowWriter::try_new(File::create(&path).unwrap(), batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();

    let table = query::scan(&path).unwrap();
    let cases = [
        ("text = 'a'", 1),
        ("text IS NULL", 1),
        ("day = DATE '2024-01-01'", 1),
        ("small >= 2", 2),
        ("named = 'x'", 2),
        // A field of a struct that is null is null, whatever stands in its place.
        ("object.k = 'hidden'", 0),
        ("object.k IS NULL", 1),
    ];
    for (expression, expected) in cases {
        let found = table.filter(expression).map(|rows| rows.len()).map_err(|error| message(&error));
        assert_eq!(found, Ok(expected), "{expression}");
    }
    let counts = table.value_counts(5).unwrap();
    let columns: Vec<_> =
        counts.iter().map(|count| (count.column.as_str(), count.distinct, count.nulls)).collect();
    assert_eq!(columns, [("text", 2, 1), ("day", 2, 1), ("named", 2, 0), ("object.k", 1, 1)]);
    assert_eq!(table.rows().unwrap()[0]["day"], "2024-01-01");
}

#[test]
fn every_compression_that_others_write_is_read() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["a"; 100]));
    let batch = RecordBatch::try_from_iter([("text", texts)]).unwrap();
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let folder = tempfile::tempdir().unwrap();
    for codec in codecs {
        let path = folder.path().join("compressed.parquet");
        let properties = WriterProperties::builder().set_compression(codec).build();
        let file = File::create(&path).unwrap();
        let mut writer = ArrowWriter::try_new(file, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();

        let rows = query::scan(&path).map(|table| table.len()).map_err(|error| message(&error));
        assert_eq!(rows, Ok(100), "{codec:?}");
    }
}

#[test]
fn jsonl_is_a_table_too() {
    let (_folder, path) = file(
        "rows.jsonl",
        "{\"id\": \"a\", \"score\": 1, \"tags\": [\"x\"]}\n\n{\"id\": 7, \"score\": 0.5, \"extra\": {\"k\": true}}\n",
    );
    let table = query::scan(&path).unwrap();
    let names: Vec<_> =
        table.columns().into_iter().map(|column| format!("{}: {}", column.name, column.kind)).collect();
    assert_eq!(names, ["id: utf8", "score: float64", "tags: list<utf8>", "extra: struct"]);
    assert_eq!(table.filter("score < 1").unwrap().rows().unwrap()[0]["id"], "7");
    assert_eq!(table.filter("extra.k").unwrap().len(), 1);
}

#[test]
fn broken_and_foreign_files_are_named() {
    let cases = [
        ("rows.jsonl", "{\"a\": 1}\n{\"a\": \n", "line 2"),
        ("rows.jsonl", "{\"a\": 1}\n[1]\n", "line 2"),
        ("rows.jsonl", "{\"a\": 1}\n{\"a\": {\"b\": 1}}\n", "do not agree"),
        ("rows.parquet", "no parquet", "as Parquet"),
        ("rows.csv", "a\n1\n", "a .parquet or .jsonl file"),
    ];
    for (name, content, expected) in cases {
        let (_folder, path) = file(name, content);
        let error = message(&query::scan(&path).unwrap_err());
        assert!(error.contains(expected) && error.contains(name), "{error}");
    }
    let error = query::scan(&PathBuf::from("nowhere.parquet")).unwrap_err();
    assert!(matches!(error, QueryError::Io { .. }), "{error}");
}

#[test]
fn an_empty_file_is_an_empty_table() {
    let (_folder, path) = file("rows.jsonl", "");
    let table = query::scan(&path).unwrap();
    assert!(table.is_empty() && table.columns().is_empty());
    assert!(table.rows().unwrap().is_empty() && table.value_counts(5).unwrap().is_empty());
}

#[test]
fn the_parts_of_a_folder_are_one_table_and_two_tables_are_none() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(query::scan(folder.path()), Err(QueryError::NoTable { .. })));
    for part in 0..2 {
        write_table::<ApiUpdateTable>(&folder.path().join(format!("part-{part}.parquet")), rows()).unwrap();
    }
    assert_eq!(query::scan(folder.path()).unwrap().len(), 10);
    write_table::<ApiChangeTable>(&folder.path().join("z.parquet"), vec![change("c1")]).unwrap();
    let error = query::scan(folder.path()).unwrap_err().to_string();
    assert!(error.contains("z.parquet") && error.contains("part-0.parquet"), "{error}");
}

/// Expressions of SQL's words in any order, mostly wrong ones.
fn expressions() -> impl Strategy<Value = String> {
    const WORDS: [&str; 48] = [
        "quality",
        "symbol",
        "provenance",
        "provenance.project",
        "split",
        "nothing",
        "0.5",
        "1",
        "-1",
        "'a'",
        "''",
        "NULL",
        "TRUE",
        "=",
        "<>",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "%",
        "||",
        "(",
        ")",
        ",",
        "AND",
        "OR",
        "NOT",
        "IS",
        "IN",
        "LIKE",
        "BETWEEN",
        "CASE",
        "WHEN",
        "THEN",
        "ELSE",
        "END",
        "LENGTH(",
        "UPPER(",
        "SUM(",
        "COUNT(*)",
        "COALESCE(",
        "CAST(",
        "AS",
        "INTEGER)",
        "DATE",
        "[1]",
    ];
    prop::collection::vec(prop::sample::select(WORDS.as_slice()), 0..10).prop_map(|words| words.join(" "))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Whatever is typed, there is an answer or an error that names it.
    #[test]
    fn no_filter_panics(expression in expressions()) {
        thread_local!(static TABLE: QueryTable = table());
        let table = TABLE.with(Clone::clone);
        match table.filter(&expression) {
            Ok(rows) => prop_assert!(rows.len() <= table.len()),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }
}
