//! The `apishift` binary: arguments, progress, configuration, wiring.
