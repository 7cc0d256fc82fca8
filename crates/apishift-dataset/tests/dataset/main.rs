//! The crate through its public functions. One binary, since each links polars.
//!
//! `cfg(test)` holds here anyway; written out, it tells clippy that helpers may unwrap as tests may.

#[cfg(test)]
mod assembling;
#[cfg(test)]
mod confirming;
#[cfg(test)]
mod decontamination;
#[cfg(test)]
mod directory;
#[cfg(test)]
mod querying;
#[cfg(test)]
mod splitting;
#[cfg(test)]
mod support;
