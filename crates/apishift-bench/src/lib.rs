//! Benchmarks, and the scripts that measure peers.
