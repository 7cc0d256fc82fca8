//! Files to tables.

use std::{
    fs::{self, File},
    io::{BufRead, BufReader, Seek},
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::RecordBatch,
    compute::concat_batches,
    datatypes::{Schema, SchemaRef},
    error::ArrowError,
    json::{ReaderBuilder, reader::infer_json_schema_from_seekable},
};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;

use super::{QueryError, QueryTable};

/// Reads a table into memory: a `.parquet` or `.jsonl` file, or a folder with `.parquet` files in it or in its folder
/// `data` (a dataset's directory), which have to have the same columns.
pub fn scan(path: &Path) -> Result<QueryTable, QueryError> {
    if fs::metadata(path).map_err(io_error(path))?.is_dir() {
        return scan_folder(path);
    }
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("parquet") => {
            let (schema, batches) = parquet(path)?;
            table(&schema, &batches)
        }
        Some("jsonl" | "ndjson") => jsonl(path),
        _ => Err(QueryError::NoTable { path: path.to_owned() }),
    }
}

fn table(schema: &SchemaRef, batches: &[RecordBatch]) -> Result<QueryTable, QueryError> {
    Ok(QueryTable::new(concat_batches(schema, batches)?))
}

fn scan_folder(folder: &Path) -> Result<QueryTable, QueryError> {
    let mut files = parquet_files(folder)?;
    if files.is_empty() && folder.join("data").is_dir() {
        files = parquet_files(&folder.join("data"))?;
    }
    let Some(first) = files.first() else { return Err(QueryError::NoTable { path: folder.to_owned() }) };
    let (schema, mut batches) = parquet(first)?;
    for path in &files[1..] {
        let (other, more) = parquet(path)?;
        if other != schema {
            return Err(QueryError::MixedTables { path: path.clone(), first: first.clone() });
        }
        batches.extend(more);
    }
    table(&schema, &batches)
}

/// The folder's Parquet files, sorted by name.
fn parquet_files(folder: &Path) -> Result<Vec<PathBuf>, QueryError> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(io_error(folder))? {
        let path = entry.map_err(io_error(folder))?.path();
        if path.extension().is_some_and(|ending| ending == "parquet") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Columns (without the file's own metadata, in which two parts of one table may differ) and rows.
fn parquet(path: &Path) -> Result<(SchemaRef, Vec<RecordBatch>), QueryError> {
    let failed = |source| QueryError::Parquet { path: path.to_owned(), source };
    let file = File::open(path).map_err(io_error(path))?;
    let builder = ParquetRecordBatchReaderBuilder::try_new(file).map_err(failed)?;
    let schema = Arc::new(Schema::new(builder.schema().fields().clone()));
    let mut batches = Vec::new();
    for batch in builder.build().map_err(failed)? {
        batches.push(batch.map_err(|error| failed(error.into()))?.with_schema(schema.clone())?);
    }
    Ok((schema, batches))
}

fn jsonl(path: &Path) -> Result<QueryTable, QueryError> {
    let mut file = BufReader::new(File::open(path).map_err(io_error(path))?);
    let read = |file: &mut BufReader<File>| -> Result<(SchemaRef, Vec<RecordBatch>), ArrowError> {
        let (schema, _) = infer_json_schema_from_seekable(&mut *file, None)?;
        let schema = Arc::new(schema);
        // A column of numbers and strings is a column of strings.
        let batches = ReaderBuilder::new(schema.clone()).with_coerce_primitive(true).build(file)?;
        Ok((schema, batches.collect::<Result<_, _>>()?))
    };
    match read(&mut file) {
        Ok((schema, batches)) => table(&schema, &batches),
        Err(source) => {
            file.rewind().map_err(io_error(path))?;
            Err(bad_line(path, file).unwrap_or(QueryError::JsonColumns { path: path.to_owned(), source }))
        }
    }
}

/// The first line that is no JSON object, which the table's reader does not name.
fn bad_line(path: &Path, file: impl BufRead) -> Option<QueryError> {
    for (line, text) in (1..).zip(file.lines()) {
        let text = match text {
            Ok(text) => text,
            Err(source) => return Some(QueryError::Io { path: path.to_owned(), source }),
        };
        if text.trim().is_empty() {
            continue;
        }
        if let Err(source) = serde_json::from_str::<serde_json::Map<String, serde_json::Value>>(&text) {
            return Some(QueryError::JsonLine { path: path.to_owned(), line, source });
        }
    }
    None
}

fn io_error(path: &Path) -> impl FnOnce(std::io::Error) -> QueryError {
    let path = path.to_owned();
    move |source| QueryError::Io { path, source }
}
