//! Scores as chances: whether they are, and how to make them so.
//!
//! A reward model's score orders the candidates of a problem and is no chance. [`Platt`] fits one to it on validation data;
//! [`Calibration`] says how far given chances hold.

mod platt;
mod reliability;

pub use platt::Platt;
pub use reliability::{Bin, Calibration, Reliability};
