//! A worker: one warmed fork server in a sandbox of its own, and the conversation with it.

use std::{
    io::{self, Read, Write},
    os::fd::{AsFd, OwnedFd},
    time::{Duration, Instant},
};

use nix::{
    fcntl::{FcntlArg, OFlag, fcntl},
    poll::{PollFd, PollFlags, PollTimeout, poll},
    unistd::pipe2,
};

use crate::{
    SandboxError,
    cgroup::{Group, Groups},
    host::{Host, Preload},
    limits::Limits,
    marshal::{marshal, unmarshal},
    memory::tree_memory,
    report::{Ending, Frame, Job},
    spawn::{Process, Streams, spawn},
    value::Value,
};

/// How long a server may take to start and to import what is asked for.
const START: Duration = Duration::from_mins(1);

/// How much longer than a program's own limits the server may take to answer.
const GRACE: Duration = Duration::from_secs(5);

/// How often the memory of all that a program started is looked at.
const WATCH: Duration = Duration::from_millis(20);

/// Longest answer, in bytes: what programs report is cut before.
const MAX_ANSWER: usize = 256 << 20;

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What was reported, in order. Written in the program's process: evidence of failure, or values to be compared.
    pub frames: Vec<Frame>,
    /// How it ended, measured outside.
    pub ending: Ending,
}

/// Why there is no outcome.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lost {
    /// The server ended, or said nonsense, or nothing: another one has to be started.
    Died,
    /// All that was started together took more memory than allowed, in bytes.
    Memory(u64),
    /// It was to stop.
    Stopped,
}

/// One server.
#[derive(Debug)]
pub struct Worker {
    process: Process,
    /// Its control group, where this machine has them.
    group: Option<Group>,
    /// Bytes that programs may have in files, which are in memory.
    files: u64,
    requests: std::fs::File,
    answers: std::fs::File,
    pending: Vec<u8>,
    number: i32,
    is_fit: bool,
}

impl Worker {
    /// Starts a server in place `slot` of `host`, which has room for one of each preload. The calling thread has to live as
    /// long as the worker does: the kernel ends the server with it.
    pub fn start(host: &Host, slot: u32, preload: Preload) -> Result<Self, SandboxError> {
        let plan = host.plan(slot, preload)?;
        let (input, requests) = pipe2(OFlag::O_CLOEXEC).map_err(io::Error::from)?;
        let (answers, output) = pipe2(OFlag::O_CLOEXEC).map_err(io::Error::from)?;
        let (errors, said) = pipe2(OFlag::O_CLOEXEC).map_err(io::Error::from)?;
        let process = spawn(&plan, Streams { input, output, errors: said })?;
        fcntl(&answers, FcntlArg::F_SETFL(OFlag::O_NONBLOCK)).map_err(io::Error::from)?;
        let mut worker = Self {
            process,
            group: None,
            files: host.scratch(),
            requests: requests.into(),
            answers: answers.into(),
            pending: Vec::new(),
            number: 0,
            is_fit: true,
        };
        worker.greet(&host.setup(preload), errors)?;
        // What it has imported counts as its own: programs begin with nothing.
        worker.group = Groups::get().ok().and_then(|groups| groups.put(worker.process.pid()).ok());
        Ok(worker)
    }

    fn greet(&mut self, setup: &Value, errors: OwnedFd) -> Result<(), SandboxError> {
        self.send(setup)?;
        let answer =
            self.receive(Instant::now() + START, &mut || Ok(())).map_err(|_lost| self.first_words(errors))?;
        match answer.as_slice() {
            [Value::Str(tag), ..] if tag == "ready" => Ok(()),
            [Value::Str(tag), Value::List(failed)] if tag == "failed" => {
                let names = failed.iter().filter_map(|entry| match entry {
                    Value::Tuple(entry) => match entry.as_slice() {
                        [Value::Str(name), Value::Str(why)] => Some(format!("{name} ({why})")),
                        _ => None,
                    },
                    _ => None,
                });
                Err(SandboxError::Imports(names.collect::<Vec<_>>().join(", ")))
            }
            _ => Err(SandboxError::Server("it greets in another way than it should".to_owned())),
        }
    }

    /// What the server wrote before it could answer.
    fn first_words(&mut self, errors: OwnedFd) -> SandboxError {
        self.process.kill();
        let mut text = String::new();
        let _ = std::fs::File::from(errors).take(4000).read_to_string(&mut text);
        SandboxError::Server(text.trim().to_owned())
    }

    /// Runs a job in a fresh child. `enough` sees what a slow run has reported up to then, and says
    /// whether to go on; `is_over` is asked now and then whether anybody still wants to know.
    pub fn run(
        &mut self,
        job: &Job,
        limits: &Limits,
        enough: &mut dyn FnMut(&[Frame]) -> bool,
        is_over: &dyn Fn() -> bool,
    ) -> Result<Outcome, Lost> {
        if let Some(group) = &mut self.group {
            group.limit(limits, self.files);
        }
        self.number = self.number.wrapping_add(1);
        let number = Value::Int(self.number.into());
        let request = Value::Tuple(vec![
            Value::Str("run".to_owned()),
            number.clone(),
            job.to_value(),
            limits.to_value(),
        ]);
        self.send(&request).map_err(|_lost| self.lost())?;
        let deadline = Instant::now() + limits.wall + GRACE;
        let (mut reports, mut frames) = (Vec::new(), Vec::new());
        loop {
            let answer = self.next_answer(deadline, limits.tree_memory, is_over);
            let answer = answer
                .map_err(|lost| if self.was_short() { Lost::Memory(limits.tree_memory) } else { lost })?;
            let (tag, mut rest) = match answer.as_slice() {
                [Value::Str(tag), n, rest @ ..] if n.equals(&number) => (tag.as_str(), rest.iter()),
                _ => return Err(self.lost()),
            };
            let Some(Value::Bytes(reported)) = rest.next() else { return Err(self.lost()) };
            // A frame may come in two parts.
            reports.extend_from_slice(reported);
            let done = Frame::read_some(&reports, &mut frames);
            reports.drain(..done);
            match (tag, rest.next()) {
                ("part", None) => {
                    let order = if enough(&frames) { "stop" } else { "go on" };
                    let order = Value::Tuple(vec![Value::Str(order.to_owned()), number.clone()]);
                    self.send(&order).map_err(|_lost| self.lost())?;
                }
                ("end", Some(ending)) => {
                    let ending = Ending::read(ending).ok_or_else(|| self.lost())?;
                    let is_killed = ending.killed.is_none() && ending.signal == Some(libc::SIGKILL);
                    if is_killed && self.was_short() {
                        return Err(Lost::Memory(limits.tree_memory));
                    }
                    return Ok(Outcome { frames, ending });
                }
                _ => return Err(self.lost()),
            }
        }
    }

    /// Whether it can take another run.
    pub fn is_fit(&mut self) -> bool {
        self.is_fit && self.process.ended().is_none()
    }

    /// Whether the kernel has just ended something of it for its memory.
    fn was_short(&mut self) -> bool {
        self.group.as_mut().is_some_and(Group::was_short)
    }

    fn lost(&mut self) -> Lost {
        self.is_fit = false;
        self.process.kill();
        Lost::Died
    }

    fn next_answer(
        &mut self,
        deadline: Instant,
        most: u64,
        is_over: &dyn Fn() -> bool,
    ) -> Result<Vec<Value>, Lost> {
        let pid = self.process.pid();
        let mut why = Lost::Died;
        let mut watch = || {
            if is_over() {
                why = Lost::Stopped;
                return Err(());
            }
            match tree_memory(pid) {
                Some(bytes) if bytes > most => {
                    why = Lost::Memory(bytes);
                    Err(())
                }
                _ => Ok(()),
            }
        };
        let answer = self.receive(deadline, &mut watch);
        answer.map_err(|_lost| {
            self.lost();
            why
        })
    }

    fn send(&mut self, value: &Value) -> io::Result<()> {
        let mut bytes = vec![0; 4];
        marshal(value, &mut bytes);
        let length = u32::try_from(bytes.len() - 4).map_err(io::Error::other)?;
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        self.requests.write_all(&bytes)
    }

    /// The next frame's items; `watch` is called now and then while nothing comes.
    fn receive(
        &mut self,
        deadline: Instant,
        watch: &mut dyn FnMut() -> Result<(), ()>,
    ) -> Result<Vec<Value>, ()> {
        loop {
            if let Some(items) = self.complete()? {
                return Ok(items);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(());
            }
            let timeout = PollTimeout::try_from(left.min(WATCH)).unwrap_or(PollTimeout::MAX);
            let mut polled = [PollFd::new(self.answers.as_fd(), PollFlags::POLLIN)];
            match poll(&mut polled, timeout) {
                Ok(0) => watch()?,
                Ok(_) => self.read_some()?,
                Err(nix::errno::Errno::EINTR) => {}
                Err(_) => return Err(()),
            }
        }
    }

    fn read_some(&mut self) -> Result<(), ()> {
        let mut buffer = [0; 1 << 14];
        let mut is_empty = true;
        loop {
            match self.answers.read(&mut buffer) {
                // Its last words may be whole.
                Ok(0) if is_empty => return Err(()),
                Ok(0) => return Ok(()),
                Ok(count) => {
                    is_empty = false;
                    self.pending.extend_from_slice(&buffer[..count]);
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return Err(()),
            }
        }
    }

    fn complete(&mut self) -> Result<Option<Vec<Value>>, ()> {
        let Some((length, rest)) = self.pending.split_first_chunk::<4>() else { return Ok(None) };
        let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_lost| ())?;
        if length > MAX_ANSWER {
            return Err(());
        }
        let Some(body) = rest.get(..length) else { return Ok(None) };
        let value = unmarshal(body).map_err(|_lost| ())?;
        self.pending.drain(..4 + length);
        match value {
            Value::Tuple(items) => Ok(Some(items)),
            _ => Err(()),
        }
    }
}
