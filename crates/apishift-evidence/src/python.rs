//! Interpreters of this machine.

use std::path::{Path, PathBuf};

use apishift_sandbox::Runtime;
use jiff::civil::{Date, date};

/// An interpreter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interpreter {
    /// The interpreter itself.
    pub path: PathBuf,
    /// Its version, `3.10.13`.
    pub version: String,
    /// Major and minor part of it.
    pub minor: (u8, u8),
}

/// Days on which minor versions were released (each version's release schedule: PEPs 596, 619, 664, 693, 719, 745).
const RELEASED: [((u8, u8), Date); 6] = [
    ((3, 9), date(2020, 10, 5)),
    ((3, 10), date(2021, 10, 4)),
    ((3, 11), date(2022, 10, 24)),
    ((3, 12), date(2023, 10, 2)),
    ((3, 13), date(2024, 10, 7)),
    ((3, 14), date(2025, 10, 7)),
];

impl Interpreter {
    /// The interpreters at these paths, one for each minor version (the first), oldest first. What does not start, or is too
    /// old for the sandbox, is left out.
    pub fn find<'a>(paths: impl IntoIterator<Item = &'a Path>) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for path in paths {
            let runtime = match Runtime::find(path) {
                Ok(runtime) => runtime,
                Err(error) => {
                    tracing::debug!("{}: {error}", path.display());
                    continue;
                }
            };
            let minor = runtime.minor_version();
            if !found.iter().any(|known| known.minor == minor) {
                found.push(Self { path: runtime.executable, version: runtime.version, minor });
            }
        }
        found.sort_by_key(|interpreter| interpreter.minor);
        found
    }

    /// Its minor version as text: `3.10`.
    pub fn name(&self) -> String {
        format!("{}.{}", self.minor.0, self.minor.1)
    }

    /// The day of its minor version; one that is not known is taken for the newest.
    fn released(&self) -> Date {
        RELEASED.iter().find(|(minor, _)| *minor == self.minor).map_or(Date::MAX, |(_, day)| *day)
    }
}

/// In which order interpreters are tried for a release of some day: the newest that was there on that day, older ones, then
/// those that came later.
pub(crate) fn order(interpreters: &[Interpreter], day: Date) -> Vec<&Interpreter> {
    let (mut before, after): (Vec<_>, Vec<_>) =
        interpreters.iter().partition(|interpreter| interpreter.released() <= day);
    before.reverse();
    before.into_iter().chain(after).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_is_run_on_what_was_new_on_its_day() {
        let interpreter =
            |minor| Interpreter { path: PathBuf::new(), version: String::new(), minor: (3, minor) };
        let all = [9, 10, 12, 30].map(interpreter);
        let minors = |day| order(&all, day).iter().map(|i| i.minor.1).collect::<Vec<_>>();
        assert_eq!(minors(date(2023, 3, 1)), [10, 9, 12, 30]);
        assert_eq!(minors(date(2019, 1, 1)), [9, 10, 12, 30]);
        assert_eq!(minors(date(2026, 1, 1)), [12, 10, 9, 30]);
    }
}
