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

/// Prints the executable, the version and the folders, one a line; after an empty line the folders with what is installed,
/// which only the module `site` finds: run late, so that the others are those of the interpreter alone.
const QUESTION: &str = "
import os, sys
print(os.path.realpath(sys.executable))
print('.'.join(map(str, sys.version_info[:3])))
for path in {sys.prefix, sys.base_prefix, sys.exec_prefix, *(p for p in sys.path if os.path.isdir(p))}:
    print(os.path.realpath(path))
print()
import site
site.main()
for path in site.getsitepackages():
    if os.path.isdir(path):
        print(os.path.realpath(path))
";

/// First version whose `os` has what the server needs.
const OLDEST: (u32, u32) = (3, 9);

impl Runtime {
    /// Asks the interpreter at `path`, or of that name on `PATH`. It runs as any program of the host does.
    pub fn find(path: &Path) -> Result<Self, SandboxError> {
        let missing = |reason: String| SandboxError::Interpreter { path: path.to_owned(), reason };
        #[expect(clippy::disallowed_methods, reason = "this is the crate that starts processes")]
        let mut question = Command::new(path);
        question.args(["-I", "-S", "-c", QUESTION]).stdin(Stdio::null());
        let answer = question.output().map_err(|error| missing(error.to_string()))?;
        if !answer.status.success() {
            let said = String::from_utf8_lossy(&answer.stderr);
            return Err(missing(format!("{}: {}", answer.status, said.trim())));
        }
        let said = String::from_utf8_lossy(&answer.stdout);
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
            folders: lines.by_ref().take_while(|line| !line.is_empty()).map(PathBuf::from).collect(),
            packages: lines.map(PathBuf::from).collect(),
        })
    }

    /// Major and minor part of the version.
    pub fn minor_version(&self) -> (u8, u8) {
        let mut parts = self.version.split('.').map_while(|part| part.parse().ok());
        parts.next().zip(parts.next()).unwrap_or((3, 9))
    }
}
