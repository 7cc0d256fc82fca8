//! Counts over the table, for the card and for summaries.

use apishift_types::{ApiUpdate, Split};
use polars::{
    df,
    prelude::{
        DataFrame, Expr, IntoLazy, LazyFrame, PolarsResult, QuantileMethod, SortMultipleOptions, col, len,
        lit,
    },
};
use serde::{Deserialize, Serialize};

use crate::{DatasetError, code};

/// How often a value stands in a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Count {
    /// The value.
    pub value: String,
    /// Rows with it.
    pub rows: u64,
}

/// What the table holds of one library.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LibraryCount {
    /// Distribution name.
    pub library: String,
    /// Rows.
    pub rows: u64,
    /// API changes that they are about.
    pub changes: u64,
    /// Rows for training.
    pub train: u64,
    /// Rows for validation.
    pub validation: u64,
    /// Rows for the test.
    pub test: u64,
}

/// Where the values of a column lie.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The value that a tenth of the rows stays at or below.
    pub p10: f64,
    /// The value that half of the rows stays at or below.
    pub p50: f64,
    /// The value that nine tenths of the rows stay at or below.
    pub p90: f64,
}

/// Counts over a table of [`ApiUpdate`] rows. Lists are sorted by count, then by value.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Statistics {
    /// Rows.
    pub rows: u64,
    /// Distinct API changes.
    pub changes: u64,
    /// Distinct projects whose code was edited.
    pub projects: u64,
    /// The libraries.
    pub libraries: Vec<LibraryCount>,
    /// Rows by kind of change.
    pub kinds: Vec<Count>,
    /// Rows by whose code it is.
    pub origins: Vec<Count>,
    /// Rows by kind of unit.
    pub unit_kinds: Vec<Count>,
    /// Rows by split.
    pub splits: Vec<Count>,
    /// Rows by licence.
    pub licenses: Vec<Count>,
    /// Rows by where the update's text stands.
    pub update_info_sources: Vec<Count>,
    /// Rows by what execution said.
    pub verified: Vec<Count>,
    /// Lines of the old code, blank ones not counted.
    pub old_lines: Spread,
    /// Lines of the new code, likewise.
    pub new_lines: Spread,
    /// The miner's confidence.
    pub quality: Spread,
    /// The first release day of a change, and the last.
    pub released: Option<(String, String)>,
}

/// Counts the rows.
pub fn statistics(rows: &[ApiUpdate]) -> Result<Statistics, DatasetError> {
    if rows.is_empty() {
        return Ok(Statistics::default());
    }
    let frame = frame(rows)?.lazy();
    let totals = frame.clone().select([col("change").n_unique(), col("project").n_unique()]).collect()?;
    let (changes, projects) = (integers(&totals, "change")?, integers(&totals, "project")?);
    Ok(Statistics {
        rows: rows.len() as u64,
        changes: changes[0],
        projects: projects[0],
        libraries: libraries(&frame)?,
        kinds: counts(&frame, "kind")?,
        origins: counts(&frame, "origin")?,
        unit_kinds: counts(&frame, "unit_kind")?,
        splits: counts(&frame, "split")?,
        licenses: counts(&frame, "license")?,
        update_info_sources: counts(&frame, "update_info_source")?,
        verified: counts(&frame, "verified")?,
        old_lines: spread(&frame, "old_lines")?,
        new_lines: spread(&frame, "new_lines")?,
        quality: spread(&frame, "quality")?,
        released: released(rows),
    })
}

/// The columns that are counted. Enums go by the names that serde gives them, as in the table's file.
fn frame(rows: &[ApiUpdate]) -> PolarsResult<DataFrame> {
    let texts = |get: fn(&ApiUpdate) -> String| rows.iter().map(get).collect::<Vec<_>>();
    let lines = |get: fn(&ApiUpdate) -> &str| {
        rows.iter().map(|row| code::line_count(get(row)) as f64).collect::<Vec<_>>()
    };
    df!(
        "library" => texts(|row| row.dependency.clone()),
        "change" => texts(|row| row.provenance.change_id.clone()),
        "project" => texts(|row| row.provenance.project.clone()),
        "kind" => texts(|row| row.change_kind.as_str().to_owned()),
        "origin" => texts(|row| row.origin.as_str().to_owned()),
        "unit_kind" => texts(|row| row.unit_kind.as_str().to_owned()),
        "split" => texts(|row| row.split.as_str().to_owned()),
        "license" => texts(|row| row.license.clone()),
        "update_info_source" => texts(|row| name(&row.update_info_source)),
        "verified" => texts(|row| name(&row.verified)),
        "old_lines" => lines(|row| &row.old_code),
        "new_lines" => lines(|row| &row.new_code),
        "quality" => rows.iter().map(|row| row.quality).collect::<Vec<_>>(),
    )
}

/// The name that serde gives to an enum's value.
fn name(value: &impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(name)) => name,
        _ => String::new(),
    }
}

/// Sorted by count, the most first, then by value: the same on any number of threads.
fn ranked(frame: &LazyFrame, column: &str, counted: Vec<Expr>) -> PolarsResult<DataFrame> {
    let order = SortMultipleOptions::default().with_order_descending_multi([true, false]);
    frame
        .clone()
        .group_by([col(column)])
        .agg(counted)
        .sort_by_exprs([col("rows"), col(column)], order)
        .collect()
}

fn counts(frame: &LazyFrame, column: &str) -> PolarsResult<Vec<Count>> {
    let counted = ranked(frame, column, vec![len().alias("rows")])?;
    let rows = integers(&counted, "rows")?;
    Ok(strings(&counted, column)?.into_iter().zip(rows).map(|(value, rows)| Count { value, rows }).collect())
}

fn libraries(frame: &LazyFrame) -> PolarsResult<Vec<LibraryCount>> {
    let mut counted = vec![len().alias("rows"), col("change").n_unique().alias("changes")];
    counted.extend(Split::ALL.map(|split| col("split").eq(lit(split.as_str())).sum().alias(split.as_str())));
    let counted = ranked(frame, "library", counted)?;
    let [rows, changes, train, validation, test] =
        ["rows", "changes", "train", "validation", "test"].map(|column| integers(&counted, column));
    let (rows, changes, train, validation, test) = (rows?, changes?, train?, validation?, test?);
    let libraries = strings(&counted, "library")?.into_iter().enumerate();
    Ok(libraries
        .map(|(at, library)| LibraryCount {
            library,
            rows: rows[at],
            changes: changes[at],
            train: train[at],
            validation: validation[at],
            test: test[at],
        })
        .collect())
}

fn spread(frame: &LazyFrame, column: &str) -> PolarsResult<Spread> {
    let quantile = |q: f64| col(column).quantile(lit(q), QuantileMethod::Lower).alias(format!("p{q}"));
    let row = frame.clone().select([quantile(0.1), quantile(0.5), quantile(0.9)]).collect()?;
    let value =
        |q: f64| -> PolarsResult<f64> { Ok(row.column(&format!("p{q}"))?.f64()?.get(0).unwrap_or(f64::NAN)) };
    Ok(Spread { p10: value(0.1)?, p50: value(0.5)?, p90: value(0.9)? })
}

fn released(rows: &[ApiUpdate]) -> Option<(String, String)> {
    // ISO 8601 days sort as text.
    let days = || rows.iter().filter_map(|row| row.release_date.as_ref());
    Some((days().min()?.clone(), days().max()?.clone()))
}

fn strings(frame: &DataFrame, column: &str) -> PolarsResult<Vec<String>> {
    Ok(frame.column(column)?.str()?.iter().map(|value| value.unwrap_or_default().to_owned()).collect())
}

/// Counts come as 32-bit numbers.
fn integers(frame: &DataFrame, column: &str) -> PolarsResult<Vec<u64>> {
    Ok(frame.column(column)?.u32()?.iter().map(|value| u64::from(value.unwrap_or(0))).collect())
}
