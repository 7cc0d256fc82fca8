//! Arrow columns to polars columns.
//!
//! Polars has readers of its own, but they bring its streaming engine and an HTTP client with them; what a filter or a
//! count needs is a few columns.

use arrow::{
    array::{Array, ArrayRef, AsArray, RecordBatch},
    compute::{cast, is_null, nullif},
    datatypes::{DataType as ArrowType, Float64Type, Int32Type, Int64Type, UInt64Type},
    error::ArrowError,
};
use polars::prelude::{
    Column, DataFrame, DataType, IntoSeries, NamedFrom, PlSmallStr, PolarsError, PolarsResult, Series,
    StructChunked,
};

/// The named columns of a batch.
pub(super) fn frame<'a>(
    batch: &RecordBatch,
    columns: impl IntoIterator<Item = &'a str>,
) -> PolarsResult<DataFrame> {
    let columns: PolarsResult<Vec<Column>> = columns
        .into_iter()
        .filter_map(|name| Some(series(name, batch.column_by_name(name)?).map(Column::from)))
        .collect();
    DataFrame::new(batch.num_rows(), columns?)
}

/// One column. Numbers come with 64 bits, and what polars is built without comes as text.
fn series(name: &str, array: &ArrayRef) -> PolarsResult<Series> {
    use ArrowType as A;
    let name = PlSmallStr::from(name);
    Ok(match array.data_type() {
        A::Null => Series::full_null(name, array.len(), &DataType::Null),
        A::Boolean => Series::new(name, array.as_boolean().iter().collect::<Vec<_>>()),
        A::Int8 | A::Int16 | A::Int32 | A::Int64 => {
            Series::new(name, to(array, &A::Int64)?.as_primitive::<Int64Type>().iter().collect::<Vec<_>>())
        }
        A::UInt8 | A::UInt16 | A::UInt32 | A::UInt64 => {
            Series::new(name, to(array, &A::UInt64)?.as_primitive::<UInt64Type>().iter().collect::<Vec<_>>())
        }
        A::Float16 | A::Float32 | A::Float64 | A::Decimal128(..) | A::Decimal256(..) => Series::new(
            name,
            to(array, &A::Float64)?.as_primitive::<Float64Type>().iter().collect::<Vec<_>>(),
        ),
        A::Date32 => {
            let days = to(array, &A::Int32)?;
            Series::new(name, days.as_primitive::<Int32Type>().iter().collect::<Vec<_>>())
                .cast(&DataType::Date)?
        }
        A::Struct(_) => structs(name.as_str(), array)?,
        A::List(_) | A::LargeList(_) | A::FixedSizeList(..) => lists(name.as_str(), array)?,
        _ => Series::new(name, to(array, &A::Utf8)?.as_string::<i32>().iter().collect::<Vec<_>>()),
    })
}

fn structs(name: &str, array: &ArrayRef) -> PolarsResult<Series> {
    let parts = array.as_struct();
    let nulls = is_null(array).map_err(foreign)?;
    let fields: PolarsResult<Vec<Series>> = parts
        .fields()
        .iter()
        .zip(parts.columns())
        // A field of a struct that is null is null, whatever stands in its place.
        .map(|(field, column)| series(field.name(), &nullif(column, &nulls).map_err(foreign)?))
        .collect();
    Ok(StructChunked::from_series(name.into(), array.len(), fields?.iter())?.into_series())
}

fn lists(name: &str, array: &ArrayRef) -> PolarsResult<Series> {
    let item = match array.data_type() {
        ArrowType::List(item) | ArrowType::LargeList(item) | ArrowType::FixedSizeList(item, _) => {
            item.clone()
        }
        other => return Err(foreign(ArrowError::CastError(format!("{other} is no list")))),
    };
    let lists = to(array, &ArrowType::LargeList(item))?;
    let rows: PolarsResult<Vec<Option<Series>>> = lists
        .as_list::<i64>()
        .iter()
        .map(|row| row.map(|values| series("item", &values)).transpose())
        .collect();
    Ok(Series::new(name.into(), rows?))
}

fn to(array: &ArrayRef, kind: &ArrowType) -> PolarsResult<ArrayRef> {
    cast(array, kind).map_err(foreign)
}

#[expect(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn foreign(error: ArrowError) -> PolarsError {
    PolarsError::ComputeError(error.to_string().into())
}
