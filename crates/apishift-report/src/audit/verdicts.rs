//! What a reader said: a table with a line for each row.

use std::{fs, path::Path};

use serde::{Deserialize, Serialize};

use super::AuditError;

/// What a reader says of a row; `data/audit/README.md` has the criteria.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// All criteria hold.
    Good,
    /// They hold but for what is not shown, or the text is weak.
    Tolerable,
    /// One does not hold.
    Bad,
}

impl Verdict {
    /// As it stands in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Tolerable => "tolerable",
            Self::Bad => "bad",
        }
    }
}

/// A line of the table. It has no code of the row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The row's id.
    pub id: String,
    /// The library.
    pub dependency: String,
    /// Whose code it is.
    pub origin: String,
    /// What changed.
    pub change_kind: String,
    /// What kind of code it is.
    pub unit_kind: String,
    /// Nothing where the reader did not come so far.
    pub verdict: Option<Verdict>,
    /// The same, of the text that says what changed.
    #[serde(default)]
    pub update_info: Option<Verdict>,
    /// Why.
    #[serde(default)]
    pub reason: String,
}

/// Reads a table that a sheet saved (CSV with a header). Lines without a verdict are left out.
pub fn read_verdicts(path: &Path) -> Result<Vec<Judged>, AuditError> {
    let text = fs::read(path).map_err(|source| AuditError::Read { path: path.to_owned(), source })?;
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(text.as_slice());
    let lines: Result<Vec<Judged>, csv::Error> = reader.deserialize().collect();
    let mut lines = lines.map_err(|source| AuditError::Line { path: path.to_owned(), source })?;
    lines.retain(|line| line.verdict.is_some());
    if lines.is_empty() {
        return Err(AuditError::Empty { path: path.to_owned() });
    }
    Ok(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        file
    }

    const HEADER: &str = "id,dependency,origin,change_kind,unit_kind,verdict,update_info,reason\n";

    #[test]
    fn lines_without_a_verdict_are_left_out() {
        let file = written(&format!(
            "{HEADER}1,numpy,own,removed,test,good,bad,\"a, b\"\n2,numpy,own,removed,test,,,\n"
        ));
        let lines = read_verdicts(file.path()).unwrap();
        assert_eq!(lines.len(), 1);
        assert_eq!((lines[0].verdict, lines[0].update_info), (Some(Verdict::Good), Some(Verdict::Bad)));
        assert_eq!(lines[0].reason, "a, b");
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place() {
        let file = written(&format!("{HEADER}1,numpy,own,removed,test,great,,\n"));
        let wrong = read_verdicts(file.path()).unwrap_err();
        let AuditError::Line { source, .. } = wrong else { panic!("{wrong}") };
        let told = source.to_string();
        assert!(told.contains("great") && told.contains("line: 2"), "{told}");
        assert!(matches!(read_verdicts(written(HEADER).path()), Err(AuditError::Empty { .. })));
        assert!(matches!(read_verdicts(Path::new("nowhere.csv")), Err(AuditError::Read { .. })));
    }
}
