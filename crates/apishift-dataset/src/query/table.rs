//! A table in memory, and what can be asked of it.

use std::collections::BTreeSet;

use apishift_store::ColumnSchema;
use arrow::{
    array::{RecordBatch, UInt64Array},
    compute::{filter_record_batch, take_record_batch},
    datatypes::DataType as ArrowType,
    json::{WriterBuilder, writer::JsonArray},
};
use polars::{
    error::PolarsError,
    prelude::{DataType, IntoLazy, PolarsResult, SortMultipleOptions, col, len},
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{QueryError, expression, frame::frame};
use crate::{digest, statistics::Count};

/// A table in memory.
#[derive(Clone, Debug)]
pub struct QueryTable {
    rows: RecordBatch,
}

/// What values a column has.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueCounts {
    /// The column; a field of a struct after a dot.
    pub column: String,
    /// Distinct values, null not among them.
    pub distinct: u64,
    /// Rows without a value.
    pub nulls: u64,
    /// The values, the most frequent first; empty where there are too many distinct ones.
    pub values: Vec<Count>,
}

impl QueryTable {
    pub(super) fn new(rows: RecordBatch) -> Self {
        Self { rows }
    }

    /// The columns, in the file's order.
    pub fn columns(&self) -> Vec<ColumnSchema> {
        self.rows.schema().fields().iter().map(|field| ColumnSchema::of(field)).collect()
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.rows.num_rows()
    }

    /// Whether there is no row.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The rows for which a SQL expression is true: `kind = 'removed' AND quality > 0.8`,
    /// `provenance.project LIKE 'py%'`, `replacement IS NULL`.
    pub fn filter(&self, expression: &str) -> Result<Self, QueryError> {
        let parsed = expression::parse(expression, &self.column_names())?;
        let used: BTreeSet<String> =
            parsed.clone().meta().root_names().iter().map(ToString::to_string).collect();
        let failed = |error| self.refusal(expression, &error, &used);
        let columns = frame(&self.rows, used.iter().map(String::as_str)).map_err(failed)?;
        let mask = expression::guarded(|| {
            columns.lazy().with_columns([parsed.alias(MASK)]).select([col(MASK)]).collect()
        });
        let mask = mask.map_err(failed)?;
        let mask = mask.column(MASK).map_err(failed)?;
        if *mask.dtype() != DataType::Boolean {
            let found = mask.dtype().to_string();
            return Err(QueryError::NotBoolean { expression: expression.to_owned(), found });
        }
        // What is neither true nor false (a comparison with null) is not true.
        let keep = mask.bool().map_err(failed)?.iter().map(|value| Some(value.unwrap_or(false))).collect();
        Ok(Self { rows: filter_record_batch(&self.rows, &keep)? })
    }

    /// Polars' words for why a filter cannot be computed, with the fields that there are if it is a field's fault.
    fn refusal(&self, expression: &str, error: &PolarsError, used: &BTreeSet<String>) -> QueryError {
        let error = error.to_string();
        let mut message = error.lines().next().unwrap_or_default().to_owned();
        let columns = self.columns();
        let structs =
            columns.iter().filter(|column| used.contains(&column.name) && !column.fields.is_empty());
        let fields: Vec<String> = structs
            .flat_map(|column| column.fields.iter().map(|field| format!("{}.{}", column.name, field.name)))
            .collect();
        if message.contains("field not found") {
            message = format!("{message} (there are: {})", fields.join(", "));
        }
        QueryError::Evaluate { expression: expression.to_owned(), message }
    }

    /// Counts the values of each text and truth column, fields of structs included; values are listed where there are
    /// no more than `most` distinct ones.
    pub fn value_counts(&self, most: usize) -> Result<Vec<ValueCounts>, QueryError> {
        let mut counts = Vec::new();
        for field in self.rows.schema().fields() {
            match field.data_type() {
                ArrowType::Struct(parts) => {
                    for part in parts.iter().filter(|part| is_countable(part.data_type())) {
                        counts.push(self.counts_of(field.name(), Some(part.name()), most)?);
                    }
                }
                kind if is_countable(kind) => counts.push(self.counts_of(field.name(), None, most)?),
                _ => {}
            }
        }
        Ok(counts)
    }

    fn counts_of(&self, column: &str, part: Option<&str>, most: usize) -> Result<ValueCounts, QueryError> {
        let name = part.map_or_else(|| column.to_owned(), |part| format!("{column}.{part}"));
        let count = || -> PolarsResult<ValueCounts> {
            let values = part.map_or(col(column), |part| col(column).struct_().field_by_name(part));
            let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
            let counted = frame(&self.rows, [column])?
                .lazy()
                .select([values.cast(DataType::String).alias("value")])
                .group_by([col("value")])
                .agg([len().alias("rows")])
                .sort_by_exprs([col("rows"), col("value")], order)
                .collect()?;
            let mut counts = ValueCounts { column: name.clone(), distinct: 0, nulls: 0, values: Vec::new() };
            for (value, rows) in
                counted.column("value")?.str()?.iter().zip(counted.column("rows")?.u32()?.iter())
            {
                let rows = u64::from(rows.unwrap_or(0));
                match value {
                    None => counts.nulls += rows,
                    Some(value) => counts.values.push(Count { value: value.to_owned(), rows }),
                }
            }
            counts.distinct = counts.values.len() as u64;
            if counts.values.len() > most {
                counts.values.clear();
            }
            Ok(counts)
        };
        count().map_err(|source| QueryError::Count { column: name.clone(), source })
    }

    /// `n` rows (all where there are fewer), chosen by `seed`, in the table's order.
    pub fn sample(&self, n: usize, seed: u64) -> Result<Vec<Map<String, Value>>, QueryError> {
        let mut drawn: Vec<u64> = (0..self.len() as u64).collect();
        drawn.sort_by_cached_key(|place| (digest::fast(seed, &place.to_le_bytes()), *place));
        drawn.truncate(n);
        drawn.sort_unstable();
        json(&take_record_batch(&self.rows, &UInt64Array::from(drawn))?)
    }

    /// All rows.
    pub fn rows(&self) -> Result<Vec<Map<String, Value>>, QueryError> {
        json(&self.rows)
    }

    fn column_names(&self) -> Vec<String> {
        self.rows.schema().fields().iter().map(|field| field.name().clone()).collect()
    }
}

/// Name of the column that a filter makes, which no table has.
const MASK: &str = "\u{1}mask";

fn is_countable(kind: &ArrowType) -> bool {
    matches!(
        kind,
        ArrowType::Boolean
            | ArrowType::Utf8
            | ArrowType::LargeUtf8
            | ArrowType::Utf8View
            | ArrowType::Dictionary(..)
            | ArrowType::Date32
    )
}

/// Rows as JSON objects, nulls included, columns in the table's order where `serde_json` keeps one.
fn json(rows: &RecordBatch) -> Result<Vec<Map<String, Value>>, QueryError> {
    let mut writer = WriterBuilder::new().with_explicit_nulls(true).build::<_, JsonArray>(Vec::new());
    writer.write(rows)?;
    writer.finish()?;
    let text = writer.into_inner();
    // No rows are no array.
    if text.is_empty() { Ok(Vec::new()) } else { Ok(serde_json::from_slice(&text)?) }
}
