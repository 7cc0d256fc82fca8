//! The `apishift` binary.
fn main() {}
