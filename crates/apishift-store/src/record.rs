//! Rows of any columns: Parquet and JSONL files that others wrote, one row at a time.

use std::{
    fs::File,
    io::{BufRead, BufReader, Lines},
    path::{Path, PathBuf},
};

use arrow::json::LineDelimitedWriter;
use parquet::arrow::arrow_reader::{ParquetRecordBatchReader, ParquetRecordBatchReaderBuilder};
use serde_json::{Map, Value};

use crate::StoreError;

/// Rows that are in memory at a time while a Parquet file is read.
const BATCH_ROWS: usize = 256;

/// A row, by column.
pub type Record = Map<String, Value>;

/// The line with NUL in place of each half of a surrogate pair that stands alone; `None` where there is none. Python writes such
/// halves, as its texts may hold them. No program with one compiles, and none with a NUL does.
fn without_lone_surrogates(line: &str) -> Option<String> {
    let half = |at: usize| -> Option<u32> {
        let digits = line.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u32::from_str_radix(digits, 16).ok().filter(|code| (0xD800..0xE000).contains(code))
    };
    let mut kept = String::new();
    let (mut at, mut from) = (0, 0);
    while let Some(next) = line[at..].find('\\').map(|found| at + found) {
        at = match half(next) {
            Some(0xD800..0xDC00) if half(next + 6).is_some_and(|code| code >= 0xDC00) => next + 12,
            Some(_) => {
                kept.push_str(&line[from..next]);
                kept.push_str("\\u0000");
                from = next + 6;
                from
            }
            // Past what is escaped, which may be a backslash.
            None => {
                line[next + 1..].chars().next().map_or(line.len(), |escaped| next + 1 + escaped.len_utf8())
            }
        };
    }
    kept.push_str(&line[from..]);
    (from > 0).then_some(kept)
}

/// Reads a file row by row; memory holds some hundred rows.
#[derive(Debug)]
pub struct RecordReader {
    path: PathBuf,
    rows: Option<u64>,
    source: Source,
}

enum Source {
    Parquet { batches: ParquetRecordBatchReader, ready: std::vec::IntoIter<Record> },
    Lines { lines: Lines<BufReader<File>>, number: u64 },
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Parquet { .. } => "Parquet",
            Self::Lines { .. } => "Lines",
        })
    }
}

impl RecordReader {
    /// Opens a `.parquet` file, or any other as JSON lines.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let file = File::open(path).map_err(StoreError::io("read", path))?;
        let is_parquet = path.extension().is_some_and(|ending| ending == "parquet");
        let (rows, source) = if is_parquet {
            let builder =
                ParquetRecordBatchReaderBuilder::try_new(file).map_err(StoreError::parquet("read", path))?;
            let rows = u64::try_from(builder.metadata().file_metadata().num_rows()).ok();
            let batches =
                builder.with_batch_size(BATCH_ROWS).build().map_err(StoreError::parquet("read", path))?;
            (rows, Source::Parquet { batches, ready: Vec::new().into_iter() })
        } else {
            (None, Source::Lines { lines: BufReader::new(file).lines(), number: 0 })
        };
        Ok(Self { path: path.to_owned(), rows, source })
    }

    /// How many rows there are, where the file says so.
    pub fn rows(&self) -> Option<u64> {
        self.rows
    }

    fn next_record(&mut self) -> Result<Option<Record>, StoreError> {
        match &mut self.source {
            Source::Lines { lines, number } => loop {
                let Some(line) = lines.next() else { return Ok(None) };
                *number += 1;
                let failed = |source| StoreError::Line { path: self.path.clone(), line: *number, source };
                let line = line.map_err(failed)?;
                if !line.trim().is_empty() {
                    let record = serde_json::from_str(&line).or_else(|error| {
                        without_lone_surrogates(&line).map_or(Err(error), |text| serde_json::from_str(&text))
                    });
                    let failed =
                        |source| StoreError::JsonLine { path: self.path.clone(), line: *number, source };
                    return record.map(Some).map_err(failed);
                }
            },
            Source::Parquet { batches, ready } => loop {
                if let Some(record) = ready.next() {
                    return Ok(Some(record));
                }
                let Some(batch) = batches.next() else { return Ok(None) };
                let failed = StoreError::parquet("read", &self.path);
                let mut lines = Vec::new();
                let mut writer = LineDelimitedWriter::new(&mut lines);
                let written = batch.and_then(|batch| writer.write(&batch)).and_then(|()| writer.finish());
                written.map_err(|error| failed(error.into()))?;
                let records = serde_json::Deserializer::from_slice(&lines).into_iter();
                let records: Result<Vec<Record>, _> = records.collect();
                let failed = |source| StoreError::Json { path: self.path.clone(), source };
                *ready = records.map_err(failed)?.into_iter();
            },
        }
    }
}

impl Iterator for RecordReader {
    type Item = Result<Record, StoreError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_record().transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_surrogate_pair_is_no_end_of_the_file() {
        for (line, wanted) in [
            (r#"{"a": "x\ud800y"}"#, "x\0y"),
            (r#"{"a": "\udc00\ud83d\ude00"}"#, "\0😀"),
            (r#"{"a": "\ud83d\ud83d\ude00é"}"#, "\0😀é"),
            (r#"{"a": "\\\\ud800\ud800"}"#, "\\\\ud800\0"),
        ] {
            let text = without_lone_surrogates(line).unwrap();
            let record: Record = serde_json::from_str(&text).unwrap();
            assert_eq!(record["a"], wanted, "{line}");
        }
        for line in [r#"{"a": "\ud83d\ude00"}"#, r#"{"a": "\\ud800"}"#, r#"{"a": "\"#, r"\ud8", r"\"] {
            assert_eq!(without_lone_surrogates(line), None, "{line}");
        }
    }
}
