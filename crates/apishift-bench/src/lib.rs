//! Benchmarks, and the scripts that measure peers.
//!
//! `benches/` holds what `just bench` runs, on the made-up projects of [`synthetic`]; `peers/` and `examples/peers/` hold
//! what `just bench-peers` runs, on releases of real libraries.

pub mod synthetic;
