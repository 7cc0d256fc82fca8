//! Wall and CPU time of this process.

use std::{fs, time::Instant};

use serde::Serialize;

/// Seconds that something took.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Seconds {
    pub wall: f64,
    /// Of all threads; `None` where the system does not tell.
    pub cpu: Option<f64>,
}

/// A moment.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    wall: Instant,
    cpu: Option<f64>,
}

impl Start {
    pub(crate) fn now() -> Self {
        Self { cpu: cpu_seconds(), wall: Instant::now() }
    }

    pub(crate) fn elapsed(&self) -> Seconds {
        let wall = self.wall.elapsed().as_secs_f64();
        Seconds { wall, cpu: self.cpu.zip(cpu_seconds()).map(|(start, end)| end - start) }
    }
}

/// CPU seconds of all threads so far, as Linux tells them; threads of a pool live as long as the process.
fn cpu_seconds() -> Option<f64> {
    let mut nanoseconds = 0_u64;
    for task in fs::read_dir("/proc/self/task").ok()? {
        let text = fs::read_to_string(task.ok()?.path().join("schedstat")).ok()?;
        nanoseconds += text.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(nanoseconds as f64 / 1e9)
}
