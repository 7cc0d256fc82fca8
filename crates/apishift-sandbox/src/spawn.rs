//! Starting a process that shuts itself in, and ending it with all that it started.

use std::{
    ffi::CString,
    io::{self, Read},
    os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd},
};

use nix::{
    errno::Errno,
    fcntl::OFlag,
    sys::wait::{WaitPidFlag, WaitStatus, waitpid},
    unistd::{self, ForkResult, Pid},
};

use crate::enter::{Plan, Stage};

/// A process that was started here, and the whole of its namespace. Ended when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    pid: Pid,
    /// Names the process for as long as it is open: a number may be another process's by now.
    handle: OwnedFd,
    ended: Option<WaitStatus>,
}

/// Why a process did not start.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SpawnError {
    /// Before it was on its own.
    #[error("{0}")]
    Prepare(#[from] io::Error),
    /// While it shut itself in.
    #[error("{}: {}", stage.name(), errno.desc())]
    Stage { stage: Stage, errno: Errno },
    /// It ended without a word.
    #[error("the process ended while it was being set up")]
    Lost,
}

impl From<Errno> for SpawnError {
    fn from(errno: Errno) -> Self {
        Self::Prepare(errno.into())
    }
}

/// Descriptors of the new process.
#[derive(Debug)]
pub(crate) struct Streams {
    pub(crate) input: OwnedFd,
    pub(crate) output: OwnedFd,
    pub(crate) errors: OwnedFd,
}

/// Starts the plan's program with these streams and no other descriptor.
pub(crate) fn spawn(plan: &Plan, streams: Streams) -> Result<Process, SpawnError> {
    let (told, tell) = unistd::pipe2(OFlag::O_CLOEXEC)?;
    let pointers = Pointers::of(plan);
    // SAFETY: the child calls nothing that waits for another thread of this process (see `enter`), and ends in `execve`
    // or `_exit`.
    #[expect(unsafe_code, reason = "fork")]
    let forked = unsafe { unistd::fork() }?;
    let child = match forked {
        ForkResult::Child => be_child(plan, &pointers, &streams, tell.as_raw_fd()),
        ForkResult::Parent { child } => child,
    };
    drop((tell, streams));
    let mut told = std::fs::File::from(told);
    let pid = if plan.namespaces.is_empty() {
        child
    } else {
        // It only starts the one that stays, or fails before.
        let pid = read_pid(&mut told);
        waitpid(child, None)?;
        pid?
    };
    let process = Process::adopt(pid)?;
    match read_failure(&mut told)? {
        None => Ok(process),
        Some(failure) => Err(failure),
    }
}

/// Tag of the message that names the process which stays. A message is a tag and a number of four bytes.
const STARTED: u8 = 0;

fn read_message(told: &mut impl Read) -> Result<Option<(u8, i32)>, SpawnError> {
    let mut message = [0_u8; 5];
    let mut filled = 0;
    while filled < message.len() {
        match told.read(&mut message[filled..])? {
            0 => break,
            count => filled += count,
        }
    }
    let [tag, number @ ..] = message;
    Ok((filled == message.len()).then(|| (tag, i32::from_ne_bytes(number))))
}

fn failure((tag, number): (u8, i32)) -> SpawnError {
    match Stage::ALL.into_iter().find(|stage| *stage as u8 == tag) {
        Some(stage) => SpawnError::Stage { stage, errno: Errno::from_raw(number) },
        None => SpawnError::Lost,
    }
}

fn read_pid(told: &mut impl Read) -> Result<Pid, SpawnError> {
    match read_message(told)? {
        Some((STARTED, pid)) => Ok(Pid::from_raw(pid)),
        Some(message) => Err(failure(message)),
        None => Err(SpawnError::Lost),
    }
}

/// Nothing is said where the program was executed: the pipe closes.
fn read_failure(told: &mut impl Read) -> Result<Option<SpawnError>, SpawnError> {
    Ok(read_message(told)?.map(failure))
}

/// Lists that `execve` takes, made before the fork.
struct Pointers {
    arguments: Vec<*const libc::c_char>,
    environment: Vec<*const libc::c_char>,
}

impl Pointers {
    fn of(plan: &Plan) -> Self {
        let list = |strings: &[CString]| {
            strings.iter().map(|s| s.as_ptr()).chain([std::ptr::null()]).collect::<Vec<_>>()
        };
        Self { arguments: list(&plan.arguments), environment: list(&plan.environment) }
    }
}

fn be_child(plan: &Plan, pointers: &Pointers, streams: &Streams, tell: RawFd) -> ! {
    let (stage, errno) = match become_program(plan, pointers, streams, tell) {
        Ok(never) => match never {},
        Err(failed) => failed,
    };
    say(tell, stage as u8, errno as i32);
    exit_now(1)
}

enum Never {}

fn become_program(
    plan: &Plan,
    pointers: &Pointers,
    streams: &Streams,
    tell: RawFd,
) -> Result<Never, (Stage, Errno)> {
    if !plan.namespaces.is_empty() {
        plan.unshare()?;
        // A sibling, so that whoever asked for it waits for it.
        if let Some(pid) = fork_sibling().map_err(|errno| (Stage::Fork, errno))? {
            say(tell, STARTED, pid.as_raw());
            exit_now(0);
        }
    }
    // The streams, while paths of the host still lead somewhere: they are open already.
    plan.enter()?;
    let all = [streams.input.as_raw_fd(), streams.output.as_raw_fd(), streams.errors.as_raw_fd()];
    take_descriptors(all).map_err(|errno| (Stage::Descriptors, errno))?;
    Err((Stage::Execute, execute(plan, pointers)))
}

/// Copies the streams to 0, 1 and 2, and leaves all others to be closed by `execve`.
#[expect(unsafe_code, reason = "descriptors by number, of a process that is about to be another")]
fn take_descriptors(streams: [RawFd; 3]) -> nix::Result<()> {
    // Above all that they are copied to, so that none is overwritten before it is copied.
    let mut high = [0; 3];
    for (copy, stream) in high.iter_mut().zip(streams) {
        // SAFETY: takes numbers only.
        *copy = Errno::result(unsafe { libc::fcntl(stream, libc::F_DUPFD_CLOEXEC, 10) })?;
    }
    for (number, copy) in (0..).zip(high) {
        // SAFETY: takes numbers only.
        Errno::result(unsafe { libc::dup2(copy, number) })?;
    }
    // SAFETY: takes numbers only. Closed by `execve`, so that the parent can still be told that it failed.
    let done = unsafe { libc::syscall(libc::SYS_close_range, 3_u32, u32::MAX, libc::CLOSE_RANGE_CLOEXEC) };
    Errno::result(done).map(drop)
}

#[expect(unsafe_code, reason = "`CLONE_PARENT` has no wrapper")]
fn fork_sibling() -> nix::Result<Option<Pid>> {
    // SAFETY: without a stack of its own the child goes on on a copy of this one, as after `fork`; this process has one
    // thread.
    let pid = unsafe {
        libc::syscall(libc::SYS_clone, libc::CLONE_PARENT | libc::SIGCHLD, 0_usize, 0_usize, 0_usize, 0_usize)
    };
    let pid = Errno::result(pid)?;
    Ok(i32::try_from(pid).ok().filter(|pid| *pid != 0).map(Pid::from_raw))
}

/// Returns only where it fails.
#[expect(unsafe_code, reason = "`execve` with lists that were made before the fork")]
fn execute(plan: &Plan, pointers: &Pointers) -> Errno {
    // SAFETY: the lists end in null, and their strings live in the plan.
    unsafe {
        libc::execve(plan.program.as_ptr(), pointers.arguments.as_ptr(), pointers.environment.as_ptr());
    }
    Errno::last()
}

#[expect(unsafe_code, reason = "a descriptor by number")]
fn say(tell: RawFd, tag: u8, number: i32) {
    let mut message = [tag; 5];
    message[1..].copy_from_slice(&number.to_ne_bytes());
    // SAFETY: the bytes live until the call returns. A pipe takes so few at once, and nobody can be told of a failure.
    let _ = unsafe { libc::write(tell, message.as_ptr().cast(), message.len()) };
}

#[expect(unsafe_code, reason = "nothing of the parent may be dropped or flushed twice")]
fn exit_now(code: i32) -> ! {
    // SAFETY: ends this process.
    unsafe { libc::_exit(code) }
}

impl Process {
    #[expect(unsafe_code, reason = "`pidfd_open` has no wrapper")]
    fn adopt(pid: Pid) -> Result<Self, SpawnError> {
        // SAFETY: takes numbers only; a child that was not waited for keeps its number.
        let handle = unsafe { libc::syscall(libc::SYS_pidfd_open, pid.as_raw(), 0) };
        let handle = Errno::result(handle)?;
        let handle = RawFd::try_from(handle).map_err(|_failure| SpawnError::Lost)?;
        // SAFETY: the kernel has just given it to us.
        let handle = unsafe { OwnedFd::from_raw_fd(handle) };
        Ok(Self { pid, handle, ended: None })
    }

    pub(crate) fn pid(&self) -> Pid {
        self.pid
    }

    /// Kills it; with it ends all that is in its process namespace.
    #[expect(unsafe_code, reason = "`pidfd_send_signal` has no wrapper")]
    pub(crate) fn kill(&mut self) -> Option<WaitStatus> {
        if self.ended.is_none() {
            let null = std::ptr::null::<libc::siginfo_t>();
            // SAFETY: takes numbers, and no information about the signal.
            unsafe {
                libc::syscall(libc::SYS_pidfd_send_signal, self.handle.as_raw_fd(), libc::SIGKILL, null, 0);
            }
            self.ended = waitpid(self.pid, None).ok();
        }
        self.ended
    }

    /// How it ended, where it has.
    pub(crate) fn ended(&mut self) -> Option<WaitStatus> {
        if self.ended.is_none() {
            self.ended = match waitpid(self.pid, Some(WaitPidFlag::WNOHANG)) {
                Ok(WaitStatus::StillAlive) | Err(_) => None,
                Ok(status) => Some(status),
            };
        }
        self.ended
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
