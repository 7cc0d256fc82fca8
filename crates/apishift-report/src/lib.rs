//! Pages and tables by which people judge what was made.
//!
//! What comes in: rows of a dataset as JSON objects, and what readers said of them; figures of a reward model. What goes out: HTML
//! that needs nothing but a browser, no network and no file beside it, and figures with the intervals that belong to them. It
//! reads no dataset and draws no sample; it is given rows.

#![forbid(unsafe_code)]

pub mod audit;
mod difference;
pub mod events;
pub mod reward_model;
