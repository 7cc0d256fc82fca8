//! Columns of a table, as Arrow has them and as `schemas/` shows them.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use serde::{Deserialize, Serialize};
use serde_arrow::schema::{SchemaLike, TracingOptions};

/// One column (or field of a struct column), in the words of `schemas/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct ColumnSchema {
    /// Name of the column.
    pub name: String,
    /// Arrow type: `utf8`, `list<utf8>`, `struct`, `list<struct>`, `float64`, ...
    #[serde(rename = "type")]
    pub kind: String,
    /// Whether it can be null.
    pub nullable: bool,
    /// Fields of a struct, or of the structs of a list.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Self>,
}

/// A table's columns with its name and version: one file of `schemas/`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TableSchema {
    /// Name of the table.
    pub table: &'static str,
    /// Version of the columns, bumped when one is added.
    pub version: u32,
    /// The columns, in order.
    pub columns: Vec<ColumnSchema>,
}

impl ColumnSchema {
    /// Describes an Arrow field.
    pub fn of(field: &Field) -> Self {
        let (kind, fields) = describe(field.data_type());
        Self { name: field.name().clone(), kind, nullable: field.is_nullable(), fields }
    }
}

fn describe(kind: &DataType) -> (String, Vec<ColumnSchema>) {
    match kind {
        DataType::Struct(fields) => {
            ("struct".to_owned(), fields.iter().map(|field| ColumnSchema::of(field)).collect())
        }
        DataType::List(item) => {
            let (inner, fields) = describe(item.data_type());
            (format!("list<{inner}>"), fields)
        }
        other => (other.to_string().to_lowercase(), Vec::new()),
    }
}

/// Arrow columns of a row type. Enums are plain strings: dictionaries and unions are what readers stumble over.
pub(crate) fn columns_of<Row: for<'de> Deserialize<'de>>() -> SchemaRef {
    let options = TracingOptions::default()
        .strings_as_large_utf8(false)
        .sequence_as_large_list(false)
        .bytes_as_large_binary(false)
        .enums_without_data_as_strings(true);
    let fields = Vec::<FieldRef>::from_type::<Row>(options).expect("row types have a fixed shape");
    Arc::new(Schema::new(fields.iter().map(|field| plain(field)).collect::<Vec<Field>>()))
}

/// The field with strings instead of dictionaries, and without the metadata that tracing left.
fn plain(field: &Field) -> Field {
    let kind = match field.data_type() {
        DataType::Dictionary(_, value) => value.as_ref().clone(),
        DataType::List(item) => DataType::List(Arc::new(plain(item).with_name("item"))),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| plain(field)).collect()),
        other => other.clone(),
    };
    Field::new(field.name(), kind, field.is_nullable())
}

/// The first difference between the columns that were expected and those found; `None` where there is none. A column that may be
/// null may be missing: the file is of a version that did not know it yet.
pub(crate) fn difference(expected: &Schema, found: &Schema) -> Option<String> {
    for field in expected.fields() {
        let Ok(other) = found.field_with_name(field.name()) else {
            if field.is_nullable() {
                continue;
            }
            return Some(format!("it has no column `{}` (it has {})", field.name(), names(found)));
        };
        let (want, have) = (ColumnSchema::of(field), ColumnSchema::of(other));
        if want != have {
            let want = serde_json::to_string(&want).unwrap_or_default();
            let have = serde_json::to_string(&have).unwrap_or_default();
            return Some(format!("column `{}` is {have}, not {want}", field.name()));
        }
    }
    let unknown = found.fields().iter().find(|field| expected.field_with_name(field.name()).is_err())?;
    Some(format!("it has a column `{}` that this version does not know", unknown.name()))
}

fn names(schema: &Schema) -> String {
    schema.fields().iter().map(|field| format!("`{}`", field.name())).collect::<Vec<_>>().join(", ")
}
