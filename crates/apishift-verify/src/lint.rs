//! What linters say of programs, without running them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    str::FromStr,
};

use apishift_sandbox::SandboxError;
use apishift_syntax::grammar;
use ruff_linter::{
    RuleSelector,
    codes::Rule,
    linter::{ParseSource, lint_only},
    settings::{LinterSettings, flags::Noqa},
    source_kind::SourceKind,
};
use ruff_python_ast::{ModModule, PySourceType, PythonVersion};
use ruff_python_parser::Parsed;
use serde::Deserialize;

use crate::{
    desk::Desk,
    stage::{Case, Stage},
    verdict::{Kind, Verdict},
};

/// Who looks at programs.
#[derive(Clone, Debug)]
pub enum Linter {
    /// Ruff, in this process.
    Ruff(Rules),
    /// Pylint, by the interpreter that has it: messages of the classes error and fatal, as "Reward Models Enable Scalable
    /// Code Verification by Trading Accuracy for Throughput" has it.
    Pylint(PathBuf),
}

/// Rules of Ruff.
#[derive(Clone, Debug)]
pub struct Rules(Vec<Rule>);

/// What makes a program fail when it runs, if it runs that far: no comparison with literals by identity, no format string
/// that does not fit, no `break` out of nothing, no unknown name.
pub const FATAL: &str = "E9,F50,F63,F7,F82";

/// A prefix that no rule has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("find rules of Ruff: no code begins with `{0}`")]
pub struct UnknownRule(String);

impl FromStr for Rules {
    type Err = UnknownRule;

    /// Reads prefixes, separated by commas: `E,F`, `F821`.
    fn from_str(text: &str) -> Result<Self, UnknownRule> {
        let mut rules = Vec::new();
        for name in text.split(',').map(str::trim) {
            let selector = RuleSelector::from_str(name).map_err(|_unknown| UnknownRule(name.to_owned()))?;
            rules.extend(selector.all_rules());
        }
        Ok(Self(rules))
    }
}

impl Rules {
    /// The rules for programs of this version of Python, major and minor.
    fn settings(&self, (major, minor): (u8, u8)) -> LinterSettings {
        LinterSettings {
            unresolved_target_version: PythonVersion { major, minor }.into(),
            ..LinterSettings::for_rules(self.0.iter().copied())
        }
    }
}

/// The first finding of Ruff: its code, what it says, its line. Comments that ask it to be silent do not count. The calling
/// thread needs [`STACK`](grammar::STACK).
fn first_finding(source: &str, settings: &LinterSettings, parsed: Parsed<ModModule>) -> Option<String> {
    let parsed = ParseSource::Precomputed(parsed);
    let kind = SourceKind::Python { code: source.to_owned(), is_stub: false };
    let path = Path::new("program.py");
    let result = lint_only(path, None, settings, Noqa::Disabled, &kind, PySourceType::Python, parsed);
    let first =
        result.diagnostics.iter().min_by_key(|found| found.range().map(|range| range.start().to_u32()))?;
    let before = first.range().and_then(|range| source.get(..range.start().to_usize())).unwrap_or_default();
    let line = before.matches('\n').count() + 1;
    Some(format!("{} {} (line {line})", first.secondary_code_or_id(), first.concise_message()))
}

/// Rejects programs with findings.
pub(crate) struct LintStage<'a> {
    linter: &'a Linter,
    /// Ruff's, once the version is known.
    settings: Option<LinterSettings>,
}

impl<'a> LintStage<'a> {
    pub(crate) fn new(linter: &'a Linter) -> Self {
        Self { linter, settings: None }
    }
}

impl Stage for LintStage<'_> {
    fn look(&mut self, cases: &mut [Case<'_>], desk: &mut Desk<'_>) -> Result<(), SandboxError> {
        let open = cases.iter_mut().filter(|case| case.verdict.is_none());
        let reject = |found: String| Some(Verdict::of(Kind::Refused, found).by("lint"));
        match self.linter {
            Linter::Ruff(rules) => {
                let version = desk.version();
                let settings = self.settings.get_or_insert_with(|| rules.settings(version));
                for case in open {
                    let source = &case.program.source;
                    // Where no stage has parsed it; what cannot be parsed nests too deep for a linter too, or is none of its.
                    let parsed = case.parsed.take().or_else(|| grammar::parse(source, version).ok());
                    case.verdict =
                        parsed.and_then(|parsed| first_finding(source, settings, parsed)).and_then(reject);
                }
            }
            Linter::Pylint(python) => {
                let mut open: Vec<&mut Case<'_>> = open.collect();
                let sources: Vec<&str> = open.iter().map(|case| case.program.source.as_str()).collect();
                for (case, found) in open.iter_mut().zip(pylint(python, &sources)?) {
                    case.verdict = found.and_then(reject);
                }
            }
        }
        Ok(())
    }
}

/// A message of Pylint.
#[derive(Debug, Deserialize)]
struct Message {
    path: PathBuf,
    line: u64,
    #[serde(rename = "message")]
    text: String,
    #[serde(rename = "message-id")]
    id: String,
}

/// The first message of Pylint on each text, of the classes error and fatal. It reads programs, and runs none.
fn pylint(python: &Path, sources: &[&str]) -> io::Result<Vec<Option<String>>> {
    let folder = tempfile::tempdir()?;
    let paths: Vec<PathBuf> =
        (0..sources.len()).map(|number| folder.path().join(format!("p{number}.py"))).collect();
    for (path, source) in paths.iter().zip(sources) {
        fs::write(path, source)?;
    }
    #[expect(clippy::disallowed_methods, reason = "a linter that people have in an environment of their own")]
    let mut command = Command::new(python);
    command.args([
        "-I",
        "-m",
        "pylint",
        "--rcfile=/dev/null",
        "--disable=all",
        "--enable=E,F",
        "--output-format=json",
    ]);
    let done = command.args(&paths).current_dir(folder.path()).stdin(Stdio::null()).output();
    let done =
        done.map_err(|error| io::Error::new(error.kind(), format!("run {}: {error}", python.display())))?;
    let messages: Vec<Message> = serde_json::from_slice(&done.stdout).map_err(|_other| {
        io::Error::other(format!(
            "run pylint with {}: {}; `{} -m pip install pylint` installs it",
            python.display(),
            String::from_utf8_lossy(&done.stderr).trim(),
            python.display(),
        ))
    })?;
    let first = |path: &PathBuf| {
        let of_path = messages.iter().filter(|message| path.ends_with(&message.path));
        let message = of_path.min_by_key(|message| message.line)?;
        Some(format!("{} {} (line {})", message.id, message.text, message.line))
    };
    Ok(paths.iter().map(first).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(rules: &str, source: &str) -> Option<String> {
        let rules: Rules = rules.parse().unwrap();
        let parsed = grammar::parse(source, (3, 11)).unwrap();
        first_finding(source, &rules.settings((3, 11)), parsed)
    }

    #[test]
    fn what_fails_when_it_runs_is_found() {
        let found = finding(FATAL, "def f(x):\n    return x + y\n").unwrap();
        assert!(found.starts_with("F821") && found.contains("`y`") && found.ends_with("(line 2)"), "{found}");
        assert!(finding(FATAL, "'%s %s' % (1,)\n").unwrap().starts_with("F507"));
        assert_eq!(finding(FATAL, "import os\nl = 1\n"), None);
        assert!(finding("F", "import os\n").unwrap().starts_with("F401"));
        assert!(finding("F", "import os  # noqa\n").is_some(), "a program cannot ask it to be silent");
    }

    #[test]
    fn rules_that_are_none_are_named() {
        assert_eq!("E9,Q9999".parse::<Rules>().unwrap_err(), UnknownRule("Q9999".to_owned()));
    }

    #[test]
    fn the_deepest_line_that_is_linted_fits_the_stack() {
        let source = format!("x = {}1\n", "-".repeat(1_990));
        let lint = move || finding(FATAL, &source);
        let thread = std::thread::Builder::new().stack_size(grammar::STACK).spawn(lint).unwrap();
        assert_eq!(thread.join().unwrap(), None);
    }
}
