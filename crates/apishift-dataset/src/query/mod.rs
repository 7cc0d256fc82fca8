//! A look into any table: its columns, how many rows there are, what values they have, and some of them.
//!
//! Tables are Parquet or JSONL files, or a folder of Parquet files; filters are SQL expressions as polars reads them.
//!
//! ```
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("rows.jsonl");
//! std::fs::write(&path, r#"{"kind": "removed", "quality": 0.9}
//! {"kind": "renamed", "quality": 0.6}"#)?;
//! let table = apishift_dataset::query::scan(&path)?;
//! assert_eq!(table.len(), 2);
//! let good = table.filter("quality > 0.8 AND kind IN ('removed', 'moved')")?;
//! assert_eq!(good.sample(5, 0)?[0]["kind"], "removed");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod expression;
mod frame;
mod source;
mod table;

pub use error::QueryError;
pub use source::scan;
pub use table::{QueryTable, ValueCounts};
