//! Reading a sample of a dataset: the sheet that readers fill in, and what their verdicts say of the whole.
//!
//! ```
//! use apishift_report::audit::{Sheet, sheet};
//! let row = serde_json::json!({"id": "1", "old_code": "a.old()\n", "new_code": "a.new()\n"});
//! let page = sheet(&Sheet { dataset: "demo", of: 1, seed: 0, rows: &[row.as_object().unwrap().clone()] })?;
//! assert!(page.contains("class=\"old\""));
//! # Ok::<(), apishift_report::audit::AuditError>(())
//! ```

mod precision;
mod sheet;
mod verdicts;

pub use precision::{Agreement, Precision, Share, agreement, precision};
pub use sheet::{Sheet, sheet};
pub use verdicts::{Judged, Verdict, read_verdicts};

use std::{io, path::PathBuf};

/// Why a sheet cannot be written, or verdicts cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// The template does not fit the rows.
    #[error("write the audit sheet")]
    Page(#[from] minijinja::Error),
    /// The file cannot be read.
    #[error("read the verdicts in {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A line of the file is no verdict.
    #[error("read the verdicts in {}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// Which line, and what is wrong with it.
        source: csv::Error,
    },
    /// Nobody said anything.
    #[error("find a verdict in {}: every line's `verdict` is empty; fill in the sheet and save it again", path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// Two readers read other rows.
    #[error(
        "compare two readings: they have no row in common, so that they were not drawn with the same seed"
    )]
    NothingShared,
}
