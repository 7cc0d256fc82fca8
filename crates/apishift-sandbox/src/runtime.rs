//! The interpreter that programs run on, and the files that it needs.

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use crate::SandboxError;

/// An interpreter, asked who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Runtime {
    /// The interpreter itself: not a shim or link that starts it.
    pub executable: PathBuf,
    /// Its version: `3.11.7`.
    pub version: String,
    /// Folders that it reads.
    pub(crate) folders: BTreeSet<PathBuf>,
    /// Folders with what is installed for it: those of its virtual environment, where it is that of one.
    pub packages: Vec<PathBuf>,
}

/// Prints the folders with installed packages, one a line.
const PACKAGES: &str = "
import os, site
for path in site.getsitepackages():
    if os.path.isdir(path):
        print(os.path.realpath(path))
";

/// Prints the executable, the version and the folders, one a line.
const QUESTION: &str = "
import os, sys
print(os.path.realpath(sys.executable))
print('.'.join(map(str, sys.version_info[:3])))
for path in {sys.prefix, sys.base_prefix, sys.exec_prefix, *(p for p in sys.path if os.path.isdir(p))}:
    print(os.path.realpath(path))
";

/// First version whose `os` has what the server needs.
const OLDEST: (u32, u32) = (3, 9);

impl Runtime {
    /// Asks the interpreter at `path`, or of that name on `PATH`. It runs as any program of the host does.
    pub fn find(path: &Path) -> Result<Self, SandboxError> {
        let missing = |reason: String| SandboxError::Interpreter { path: path.to_owned(), reason };
        let said = ask(path, &["-I", "-S", "-c", QUESTION]).map_err(missing)?;
        let mut lines = said.lines();
        let (Some(executable), Some(version)) = (lines.next(), lines.next()) else {
            return Err(missing("it does not answer as Python does".to_owned()));
        };
        let mut parts = version.split('.').map_while(|part| part.parse::<u32>().ok());
        if parts.next().zip(parts.next()).is_none_or(|version| version < OLDEST) {
            let (major, minor) = OLDEST;
            return Err(missing(format!("it is Python {version}; {major}.{minor} or later is needed")));
        }
        Ok(Self {
            executable: executable.into(),
            version: version.to_owned(),
            folders: lines.map(PathBuf::from).collect(),
            packages: ask(path, &["-I", "-c", PACKAGES])
                .map_err(missing)?
                .lines()
                .map(PathBuf::from)
                .collect(),
        })
    }

    /// Major and minor part of the version.
    pub fn minor_version(&self) -> (u8, u8) {
        let mut parts = self.version.split('.').map_while(|part| part.parse().ok());
        parts.next().zip(parts.next()).unwrap_or((3, 9))
    }
}

/// What it prints; otherwise what is wrong with it.
fn ask(python: &Path, arguments: &[&str]) -> Result<String, String> {
    #[expect(clippy::disallowed_methods, reason = "this is the crate that starts processes")]
    let mut question = Command::new(python);
    let answer = question.args(arguments).stdin(Stdio::null()).output().map_err(|error| error.to_string())?;
    if !answer.status.success() {
        let said = String::from_utf8_lossy(&answer.stderr);
        return Err(format!("{}: {}", answer.status, said.trim()));
    }
    Ok(String::from_utf8_lossy(&answer.stdout).into_owned())
}
