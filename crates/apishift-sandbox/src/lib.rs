//! Runs programs that nobody has read, under limits, and says what came of them.
//!
//! What comes in: programs with what to do with them ([`Job`]), limits ([`Limits`]), a kind of sandbox ([`Host`]). What
//! goes out: what was reported from inside and how the run ended ([`Outcome`]). Whether that is a pass is for the caller to
//! say, who has what was expected; nothing of that need be in the sandbox.
//!
//! A [`Worker`] is a Python process in a sandbox that imports modules once ([`Preload`]), and forks a child for each program.
//!
//! # What is covered
//!
//! With [`Isolation::Full`], of what a program may try:
//!
//! | attempt | what is in the way |
//! | --- | --- |
//! | reading files of the host | a file tree of its own that shows the interpreter, its packages, system libraries and what the caller names, read-only; Landlock |
//! | writing files | the same; its own `/tmp` is in memory, capped in bytes and files, and empty for the next program |
//! | reading the environment | the server starts with an empty one; there is no `/proc` |
//! | the network | a network namespace without a device; only local and internet sockets can be made at all |
//! | other processes | a process namespace; `ptrace` and its like are refused; the server is its first process, which no signal from inside reaches |
//! | leaving processes behind | the server kills all others of its namespace after each program |
//! | more privileges | none are held, none can be had (`no_new_privs`, empty bounding set, no new namespaces) |
//! | memory | address space of a process; resident memory of all together, looked at every 20 ms, and limited by a control group where there is one |
//! | processor | processor time and the clock, watched by the server; by the kernel beyond that; and by this crate beyond that |
//! | forks | `RLIMIT_NPROC`, of a user that is the worker's own where root starts it; a control group where there is one |
//! | output | capped, the rest counted |
//! | kernel interfaces | seccomp: a list of refused calls |
//! | shared memory, queues, semaphores, keys | an IPC namespace; refused calls |
//! | forging a result | [`Task::Calls`], [`Task::Examples`]: expected values are not in the sandbox. [`Task::Tests`]: what can be seen is reported |
//!
//! # What is not
//!
//! - Faults of the kernel: programs share it with the host. For code that may come from an enemy with such means, put the
//!   whole of this into a virtual machine.
//! - Timing: programs of the same worker run one after the other, those of others beside it, and may measure their load.
//! - [`Task::Tests`] runs tests in the program's process, where a program that knows this crate can pass them falsely. So may
//!   one of [`Task::Examples`] whose example compares (`f(2) == 4`) instead of showing a value.
//! - Where several programs share a child, one may spoil the next: only those that can leave nothing behind may, and what they
//!   report may only count against them. Telling which ones can is the caller's task.

mod cgroup;
mod enter;
mod error;
mod host;
mod landlock;
mod limits;
mod marshal;
mod memory;
mod probe;
mod report;
mod runtime;
mod seccomp;
mod spawn;
mod value;
mod worker;

pub use error::SandboxError;
pub use host::{Host, Preload, Settings};
pub use limits::Limits;
pub use marshal::{UnmarshalError, marshal, unmarshal};
pub use num_bigint::BigInt;
pub use probe::{Found, Isolation, Layer};
pub use report::{Arguments, Ending, Failure, Frame, Job, Task};
pub use runtime::Runtime;
pub use value::Value;
pub use worker::{Lost, Outcome, Worker};
