//! What is asked of a child, and what it reports.

use std::{sync::Arc, time::Duration};

use crate::{
    marshal::{marshal, unmarshal},
    value::Value,
};

/// Programs with what to do with each, in one child, one after the other.
#[derive(Clone, Debug)]
pub struct Job {
    /// Their sources. Several may only be programs that cannot leave anything behind in their process.
    pub sources: Vec<String>,
    /// What to do.
    pub task: Task,
}

/// Arguments of a call.
#[derive(Clone, Debug, Default)]
pub struct Arguments {
    /// By position.
    pub positional: Vec<Value>,
    /// By keyword.
    pub keywords: Vec<(String, Value)>,
}

/// What to do with a program.
#[derive(Clone, Debug)]
pub enum Task {
    /// Load it, and make these calls: the function's name, and its arguments. What is returned is reported as values, and
    /// compared by whoever asked. Nothing that is expected is in the program's process.
    Calls {
        /// The calls, in order.
        calls: Arc<Vec<(String, Arguments)>>,
        /// What each call has to return, where that is known: a program that shares its child ends with the first call that
        /// returns something else. One that runs alone is never given any of it.
        expected: Arc<Vec<Option<Value>>>,
        /// Calls, by their places, whose results are only read as rows: an iterator or a view counts as a list of its items.
        iterated: Arc<[usize]>,
    },
    /// Load it, then run tests with its names, which say themselves whether it is right.
    Tests {
        /// Sources, in order.
        tests: Vec<String>,
        /// Random bytes that reports have to bring: a program that writes reports itself does not know them.
        token: Vec<u8>,
    },
    /// Load it, then run examples with its names as at Python's prompt. What each shows is reported, and compared by
    /// whoever asked.
    Examples {
        /// Sources, in order.
        examples: Vec<String>,
        /// Random bytes that reports have to bring.
        token: Vec<u8>,
    },
    /// Run it as a script on this input.
    Script {
        /// What it reads.
        input: Vec<u8>,
    },
}

impl Job {
    /// The texts that are run.
    pub(crate) fn texts(&self) -> impl Iterator<Item = &str> {
        let tests = match &self.task {
            Task::Tests { tests, .. } => tests.as_slice(),
            Task::Examples { examples, .. } => examples,
            Task::Calls { .. } | Task::Script { .. } => &[],
        };
        self.sources.iter().chain(tests).map(String::as_str)
    }
}

/// What went wrong in a program, in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Name of the exception's class.
    pub class: String,
    /// Its message, cut.
    pub message: String,
    /// The error number of an `OSError`.
    pub errno: Option<i32>,
    /// Builtin classes that it is an instance of.
    pub kinds: Vec<String>,
}

/// One report of a child.
#[derive(Clone, Debug)]
pub enum Frame {
    /// The next program begins.
    Begin {
        /// Bytes of output that came before.
        written: u64,
    },
    /// The source does not compile.
    Syntax(Failure),
    /// Running the source raised.
    Load(Failure),
    /// The source ran.
    Loaded,
    /// The call returned a value.
    Value(Value),
    /// The call returned something that is no value.
    Foreign {
        /// Name of its class.
        class: String,
        /// Whether the class is the program's and says itself what it equals.
        compares: bool,
    },
    /// The call or test raised.
    Raised(Failure),
    /// The example ran.
    Shown {
        /// What the job was given.
        token: Vec<u8>,
        /// What it printed, the value of an expression included.
        text: String,
        /// What it raised.
        raised: Option<Failure>,
    },
    /// The test passed.
    Passed {
        /// What the job was given.
        token: Vec<u8>,
    },
    /// The program changed what tests rely upon.
    Tampered(String),
    /// The program is done.
    End {
        /// What the job was given.
        token: Vec<u8>,
    },
}

/// How a run ended, measured by the server.
#[derive(Clone, Debug, PartialEq)]
pub struct Ending {
    /// Why it was killed, where it was.
    pub killed: Option<String>,
    /// Exit code, where it ended by itself.
    pub code: Option<i32>,
    /// Signal that ended it.
    pub signal: Option<i32>,
    /// Wall time.
    pub wall: Duration,
    /// Processor time, of what it started and waited for too.
    pub cpu: Duration,
    /// Largest resident memory of one process, in bytes.
    pub memory: u64,
    /// What it wrote to its output, cut.
    pub output: Vec<u8>,
    /// Bytes that it wrote.
    pub written: u64,
    /// Processes that it left running.
    pub left: u64,
}

impl Job {
    pub(crate) fn to_value(&self) -> Value {
        let (mode, rest) = match &self.task {
            Task::Calls { calls, expected, iterated } => {
                let call = |(name, arguments): &(String, Arguments)| {
                    Value::Tuple(vec![Value::Str(name.clone()), arguments.to_value()])
                };
                // As texts are, so that no call changes what a later program is compared with.
                let encoded = |value: &Option<Value>| value.as_ref().map_or(Value::None, encoded);
                let known: &[_] = if self.sources.len() > 1 { expected } else { &[] };
                let expected = known.iter().map(encoded).collect();
                (
                    "calls",
                    vec![
                        ("calls", Value::List(calls.iter().map(call).collect())),
                        ("expected", Value::List(expected)),
                        (
                            "iterated",
                            Value::List(iterated.iter().map(|place| Value::Int((*place).into())).collect()),
                        ),
                    ],
                )
            }
            Task::Tests { tests, token } => {
                let tests = tests.iter().cloned().map(Value::Str).collect();
                ("tests", vec![("tests", Value::List(tests)), ("token", Value::Bytes(token.clone()))])
            }
            Task::Examples { examples, token } => {
                let examples = examples.iter().cloned().map(Value::Str).collect();
                let token = Value::Bytes(token.clone());
                ("examples", vec![("examples", Value::List(examples)), ("token", token)])
            }
            Task::Script { input } => ("script", vec![("input", Value::Bytes(input.clone()))]),
        };
        let task = record([("mode", Value::Str(mode.to_owned()))].into_iter().chain(rest));
        let sources = self.sources.iter().cloned().map(Value::Str).collect();
        record([("sources", Value::List(sources)), ("task", task)])
    }
}

impl Arguments {
    /// Encoded once more: the child decodes each call's arguments when its turn comes, so that none sees what another one
    /// did to them.
    fn to_value(&self) -> Value {
        let keywords = self.keywords.iter().map(|(name, value)| (Value::Str(name.clone()), value.clone()));
        encoded(&Value::Tuple(vec![Value::Tuple(self.positional.clone()), Value::Dict(keywords.collect())]))
    }
}

fn encoded(value: &Value) -> Value {
    let mut bytes = Vec::new();
    marshal(value, &mut bytes);
    Value::Bytes(bytes)
}

pub(crate) fn record<'a>(entries: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Dict(entries.into_iter().map(|(name, value)| (Value::Str(name.to_owned()), value)).collect())
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::Str(text) => Some(text.clone()),
        Value::Surrogates(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
        _ => None,
    }
}

impl Failure {
    fn read(items: &[Value]) -> Option<Self> {
        let [class, message, errno, Value::Tuple(kinds)] = items else { return None };
        Some(Self {
            class: text(class)?,
            message: text(message)?,
            errno: errno.as_int().and_then(|errno| i32::try_from(errno).ok()),
            kinds: kinds.iter().filter_map(text).collect(),
        })
    }

    /// Whether it is an instance of a builtin class.
    pub fn is(&self, class: &str) -> bool {
        self.kinds.iter().any(|kind| kind == class)
    }
}

impl Frame {
    /// Reads frames one after the other, up to the first that is damaged or cut: how many bytes they took.
    pub(crate) fn read_some(bytes: &[u8], frames: &mut Vec<Self>) -> usize {
        let mut rest = bytes;
        while let Some((length, after)) = rest.split_first_chunk::<4>() {
            let body =
                usize::try_from(u32::from_le_bytes(*length)).ok().and_then(|n| after.split_at_checked(n));
            let Some((body, after)) = body else { break };
            let Some(frame) = unmarshal(body).ok().and_then(|value| Self::read(&value)) else { break };
            frames.push(frame);
            rest = after;
        }
        bytes.len() - rest.len()
    }

    fn read(value: &Value) -> Option<Self> {
        let Value::Tuple(items) = value else { return None };
        let (Value::Str(tag), rest) = items.split_first()? else { return None };
        Some(match (tag.as_str(), rest) {
            ("begin", [written]) => Self::Begin { written: u64::try_from(written.as_int()?).ok()? },
            ("loaded", []) => Self::Loaded,
            ("passed", [Value::Bytes(token)]) => Self::Passed { token: token.clone() },
            ("end", [Value::Bytes(token)]) => Self::End { token: token.clone() },
            ("syntax", failure) => Self::Syntax(Failure::read(failure)?),
            ("load", failure) => Self::Load(Failure::read(failure)?),
            ("raised", failure) => Self::Raised(Failure::read(failure)?),
            ("value", [Value::Bytes(bytes)]) => match unmarshal(bytes) {
                Ok(value) => Self::Value(value),
                Err(error) => Self::Foreign { class: error.to_string(), compares: false },
            },
            ("foreign", [class, compares]) => {
                Self::Foreign { class: text(class)?, compares: compares.is_true() }
            }
            ("shown", [Value::Bytes(token), shown, raised]) => Self::Shown {
                token: token.clone(),
                text: text(shown)?,
                raised: match raised {
                    Value::None => None,
                    Value::Tuple(items) => Some(Failure::read(items)?),
                    _ => return None,
                },
            },
            ("tampered", [what]) => Self::Tampered(text(what)?),
            _ => return None,
        })
    }
}

impl Ending {
    pub(crate) fn read(value: &Value) -> Option<Self> {
        let Value::Dict(entries) = value else { return None };
        let get = |name: &str| {
            let named = |key: &Value| matches!(key, Value::Str(key) if key == name);
            entries.iter().find(|(key, _)| named(key)).map(|(_, value)| value)
        };
        let number = |name| get(name)?.as_int().and_then(|n| u64::try_from(n).ok());
        let seconds = |name| Duration::try_from_secs_f64(get(name)?.as_float()?).ok();
        let status = i32::try_from(get("status")?.as_int()?).ok()?;
        Some(Self {
            killed: get("killed").and_then(text),
            code: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
            signal: libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)),
            wall: seconds("seconds")?,
            cpu: seconds("cpu")?,
            memory: number("memory")?,
            output: match get("output")? {
                Value::Bytes(bytes) => bytes.clone(),
                _ => return None,
            },
            written: number("written")?,
            left: number("left")?,
        })
    }
}
