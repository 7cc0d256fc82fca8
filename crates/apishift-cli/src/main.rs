//! The `apishift` binary.

use std::{
    ffi::{c_int, c_long},
    process::ExitCode,
};

/// Mining is parsing, and parsing is allocating: surfaces are read in a fifth less time than with the system's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Memory that was freed stays with the process. Without it what computes with models gives large buffers back and gets them again, page
/// by page: a fifth of the time of a training.
#[expect(unsafe_code, reason = "the allocator's options have no other way in")]
fn keep_memory() {
    unsafe extern "C" {
        /// Of mimalloc: sets an option.
        fn mi_option_set(option: c_int, value: c_long);
    }
    /// `mi_option_purge_delay`, the same number in versions 2 and 3; -1: never.
    const PURGE_DELAY: c_int = 15;
    // SAFETY: mimalloc is linked in, it is the allocator; options may be set at any time.
    unsafe { mi_option_set(PURGE_DELAY, -1) }
}

fn main() -> ExitCode {
    apishift_cli::main(keep_memory)
}
