//! Ranking and calibration metrics with intervals.
//!
//! What comes in: scored candidates, grouped by problem, each right or wrong. What goes out: numbers that say what the scores are
//! worth, with confidence intervals by bootstrap over problems. It reads no files and draws no pictures.

#![forbid(unsafe_code)]
