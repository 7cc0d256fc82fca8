//! Any record is a row of the dataset or an error that names its column, and the same record is always the same row.

#![no_main]

use apishift_mine::recode::{RecodeRecord, RecordSource};
use libfuzzer_sys::fuzz_target;
use serde_json::{Map, Value};

const COLUMNS: [&str; 6] = ["dependency", "new_version", "description", "update_info", "old_code", "new_code"];
const SOURCE: RecordSource<'_> = RecordSource { name: "records", path: "records.jsonl", license: "MIT" };

/// Between the columns of an input that is no JSON.
const SEPARATOR: char = '\u{1f}';

fuzz_target!(|input: &str| {
    if let Ok(row) = serde_json::from_str::<Map<String, Value>>(input) {
        check(&row);
    }
    let texts = COLUMNS.iter().zip(input.splitn(COLUMNS.len(), SEPARATOR));
    check(&texts.map(|(column, text)| ((*column).to_owned(), Value::from(text))).collect());
});

fn check(row: &Map<String, Value>) {
    match RecodeRecord::read(row) {
        Ok(record) => {
            let (change, migration) = record.clone().into_rows(SOURCE, 1);
            assert_eq!((change.clone(), migration.clone()), record.clone().into_rows(SOURCE, 1));
            assert!(!change.symbol.is_empty() && !change.library.is_empty());
            assert_eq!(migration.change_id, change.id);
            assert_eq!((&migration.old_code, &migration.new_code), (&record.old_code, &record.new_code));
        }
        Err(error) => assert!(COLUMNS.iter().any(|column| error.to_string().contains(column)), "{error}"),
    }
}
