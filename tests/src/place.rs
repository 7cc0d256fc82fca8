//! A folder of its own for each test, and the binary in it.

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// A temporary folder in which the binary runs.
#[derive(Debug)]
pub struct Place {
    folder: TempDir,
    binary: PathBuf,
}

/// What a run of the binary gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// Exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// What it wrote to stdout.
    pub stdout: String,
    /// What it wrote to stderr.
    pub stderr: String,
}

impl Place {
    /// An empty folder. `binary` is `env!("CARGO_BIN_EXE_apishift-under-test")`, which only tests know.
    pub fn new(binary: &str) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self { folder, binary: PathBuf::from(binary) }
    }

    /// A path below the folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().expect("a path below the folder")).expect("folders can be made");
        fs::write(path, text).expect("a file can be written");
    }

    /// The binary with arguments, in the folder, with nothing of the environment that could change what it does.
    #[expect(clippy::disallowed_methods, reason = "the tests run the binary that they test")]
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(&self.binary);
        command.args(args).current_dir(self.folder.path()).stdin(Stdio::null());
        for name in
            ["APISHIFT_CACHE_DIR", "APISHIFT_JOBS", "APISHIFT_OUT", "APISHIFT_SEED", "APISHIFT_OFFLINE"]
        {
            command.env_remove(name);
        }
        for name in ["RUST_LOG", "NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLUMNS"] {
            command.env_remove(name);
        }
        command
    }

    /// Runs the binary to its end.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Outcome {
        let output = self.command(args).output().expect("the binary can be run");
        self.outcome(&output)
    }

    /// Runs the binary, which has to succeed.
    pub fn run_ok<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Outcome {
        let outcome = self.run(args);
        assert_eq!(outcome.code, Some(0), "{outcome}");
        outcome
    }

    /// The words of a finished process, with the folder as `[PLACE]` and times as `[TIME]`.
    pub fn outcome(&self, output: &Output) -> Outcome {
        let tidy = |bytes: &[u8]| {
            let text =
                String::from_utf8_lossy(bytes).replace(&self.folder.path().display().to_string(), "[PLACE]");
            let lines = text.lines().map(|line| without_time(line).trim_end().to_owned() + "\n");
            lines.collect::<String>()
        };
        Outcome { code: output.status.code(), stdout: tidy(&output.stdout), stderr: tidy(&output.stderr) }
    }

    /// Every file below a folder with its content, but for the lock and what belongs to the machine.
    pub fn tree(&self, name: &str) -> BTreeMap<String, Vec<u8>> {
        let mut files = BTreeMap::new();
        collect(&self.path(name), "", &mut files);
        files.retain(|path, _| path != ".lock" && path != "journal.json");
        files
    }
}

fn collect(folder: &Path, prefix: &str, files: &mut BTreeMap<String, Vec<u8>>) {
    for entry in fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display())) {
        let entry = entry.expect("an entry can be read");
        let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect(&entry.path(), &format!("{name}/"), files);
        } else {
            files.insert(name, fs::read(entry.path()).expect("a file can be read"));
        }
    }
}

/// `(0.3 s)` at the end of a line becomes `[TIME]`.
fn without_time(line: &str) -> String {
    match line.rsplit_once(" (") {
        Some((before, after)) if after.ends_with(" s)") => format!("{before} [TIME]"),
        _ => line.to_owned(),
    }
}

/// Asks a process to stop, as Ctrl-C does.
#[cfg(unix)]
#[expect(clippy::disallowed_methods, reason = "the standard library sends no signal but SIGKILL")]
pub fn interrupt(process: u32) {
    let status = Command::new("kill").args(["-INT", &process.to_string()]).status();
    assert!(status.expect("kill can be run").success());
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            Some(code) => writeln!(f, "exit code: {code}")?,
            None => writeln!(f, "ended by a signal")?,
        }
        write!(f, "--- stdout\n{}--- stderr\n{}", self.stdout, self.stderr)
    }
}
