//! What one run may take.

use std::time::Duration;

use crate::{report::record, value::Value};

/// Limits of one run. All are enforced from outside of the program's process.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Processor time, of all threads. Verdicts depend on it, and not on how busy the machine is.
    pub cpu: Duration,
    /// Time by the clock, for what sleeps and waits.
    pub wall: Duration,
    /// Address space of a process, in bytes.
    pub memory: u64,
    /// Resident memory of all that is running together, in bytes.
    pub tree_memory: u64,
    /// Bytes on standard output and standard error together.
    pub output: u64,
    /// Bytes of output that are kept.
    pub shown: u64,
    /// Bytes of reports.
    pub reports: u64,
    /// Bytes of one file.
    pub file: u64,
    /// Open descriptors.
    pub descriptors: u64,
    /// Processes and threads.
    pub processes: u64,
}

impl Default for Limits {
    /// What tests of exercise programs need, many times over.
    fn default() -> Self {
        Self::of(Duration::from_secs(3))
    }
}

impl Limits {
    /// The defaults with another processor time; the clock's time is three times that and half a second.
    pub fn of(cpu: Duration) -> Self {
        Self {
            cpu,
            wall: cpu * 3 + Duration::from_millis(500),
            memory: 1 << 30,
            tree_memory: 1 << 30,
            output: 1 << 20,
            shown: 4096,
            reports: 16 << 20,
            file: 32 << 20,
            descriptors: 64,
            processes: 64,
        }
    }

    pub(crate) fn to_value(&self) -> Value {
        let number = |n: u64| Value::Int(n.into());
        // The kernel counts whole seconds, and kills where the server's own limit does not.
        let kernel = self.cpu.as_secs() + 2;
        record([
            ("seconds", Value::Float(self.cpu.as_secs_f64())),
            ("wall", Value::Float(self.wall.as_secs_f64())),
            ("memory", number(self.memory)),
            ("output", number(self.output)),
            ("shown", number(self.shown)),
            ("results", number(self.reports)),
            ("file", number(self.file)),
            ("files", number(self.descriptors)),
            ("processes", number(self.processes)),
            ("cpu", number(kernel)),
        ])
    }
}
