//! The crate through its public functions. One binary, since each links polars.

mod assembling;
mod decontamination;
mod directory;
mod querying;
mod splitting;
mod support;
