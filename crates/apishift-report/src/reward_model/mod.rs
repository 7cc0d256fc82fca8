//! What a reward model is worth: the figures, as JSON, and the page that shows them.
//!
//! A [`Report`] is what `report.json` holds; [`page`] makes the HTML of it. Nothing is computed here but the layout: figures
//! and intervals come with the report.
//!
//! ```
//! use apishift_report::reward_model::{Report, page};
//! let report = Report { name: "demo".to_owned(), ..Report::default() };
//! assert!(page(&report)?.contains("<h1>demo</h1>"));
//! # Ok::<(), apishift_report::reward_model::PageError>(())
//! ```

mod column;
mod figure;
mod page;
mod plot;
mod report;
mod table;

pub use page::page;
pub use report::{
    Bin, Breakdown, By, Comparison, Curve, CurvePoint, FORMAT, Figure, Group, Histogram, Mistake, Part,
    Reliability, Report, Row, Scope, Scorer, ScorerKind, Shown, Step, Table, Texts, Training,
};

use std::io;

use plotters::drawing::DrawingAreaErrorKind;

/// Why a page cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// The template does not fit the report.
    #[error("write the page of a reward model")]
    Page(#[from] minijinja::Error),
    /// A plot cannot be drawn.
    #[error("draw a plot of a reward model")]
    Plot(#[from] DrawingAreaErrorKind<io::Error>),
}
