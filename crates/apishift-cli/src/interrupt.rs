//! Ctrl-c, SIGTERM and SIGHUP: finish what is begun, keep it, and say how to go on.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

/// A flag that the first signal raises. A second one ends the process at once, which loses nothing but the units that
/// are being worked on.
pub(crate) fn flag() -> Arc<AtomicBool> {
    let flag = Arc::new(AtomicBool::new(false));
    let raised = Arc::clone(&flag);
    let handler = move || {
        if raised.swap(true, Ordering::SeqCst) {
            stop_at_once();
        }
        tracing::warn!("stopping after the units that are being worked on; once more to stop at once");
    };
    if let Err(error) = ctrlc::set_handler(handler) {
        tracing::debug!(%error, "signals end the process at once");
    }
    flag
}

#[expect(clippy::exit, reason = "the second signal: the user does not want to wait for what runs")]
fn stop_at_once() {
    std::process::exit(i32::from(apishift_types::exit::INTERRUPTED));
}
