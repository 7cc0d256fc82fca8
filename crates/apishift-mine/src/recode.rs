//! Records of `ReCode`'s form (2506.20495, section 3.1), which say what changed and show code before and after.
//!
//! What a record does not say, the change's kind and the version before it, is not made up; which API it is about is read off the
//! two codes.

use std::collections::BTreeSet;

use apishift_syntax::code::{CodeFile, Usage, Use};
use apishift_types::{
    ApiChange, ChangeKind, Evidence, EvidenceSource, Migration, Origin, UnitKind, Version, normalized_name,
};
use serde_json::{Map, Value};
use thiserror::Error;

use crate::changes::id_of;

/// A record: six texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecodeRecord {
    /// The library.
    pub dependency: String,
    /// The version with the change, `==x.y.z` or `x.y.z`.
    pub new_version: String,
    /// What the code does; may be empty.
    pub description: String,
    /// What changed.
    pub update_info: String,
    /// Code for the version before.
    pub old_code: String,
    /// The same for the new version.
    pub new_code: String,
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordError {
    /// A column is missing.
    #[error("there is no column `{column}` (it has {})", .found.join(", "))]
    Missing {
        /// Its name.
        column: &'static str,
        /// Those that are there.
        found: Vec<String>,
    },
    /// A column holds no text.
    #[error("the column `{column}` is {found}: it has to be a text")]
    NoText {
        /// Its name.
        column: &'static str,
        /// What it holds.
        found: &'static str,
    },
    /// A column holds a text that is not what it has to be.
    #[error("the column `{column}` is {found:?}: it has to be {wanted}")]
    Form {
        /// Its name.
        column: &'static str,
        /// What it holds.
        found: String,
        /// What it should.
        wanted: &'static str,
    },
    /// A column that has to say something is empty.
    #[error("the column `{column}` is empty")]
    Empty {
        /// Its name.
        column: &'static str,
    },
}

/// Where records come from.
#[derive(Clone, Copy, Debug)]
pub struct RecordSource<'a> {
    /// The file's name without folders and ending: what the rows name as their project.
    pub name: &'a str,
    /// The file, as the rows name it.
    pub path: &'a str,
    /// SPDX expression of the records' licence.
    pub license: &'a str,
}

impl RecodeRecord {
    /// Takes a row's six columns; others are not looked at.
    pub fn read(row: &Map<String, Value>) -> Result<Self, RecordError> {
        let text = |column: &'static str| match row.get(column) {
            Some(Value::String(text)) => Ok(text.clone()),
            Some(Value::Null) => Err(RecordError::NoText { column, found: "null" }),
            Some(Value::Bool(_)) => Err(RecordError::NoText { column, found: "a truth value" }),
            Some(Value::Number(_)) => Err(RecordError::NoText { column, found: "a number" }),
            Some(Value::Array(_)) => Err(RecordError::NoText { column, found: "a list" }),
            Some(Value::Object(_)) => Err(RecordError::NoText { column, found: "an object" }),
            None => Err(RecordError::Missing {
                column,
                found: row.keys().map(|key| format!("`{key}`")).collect(),
            }),
        };
        let said = |column| {
            let text = text(column)?;
            if text.trim().is_empty() { Err(RecordError::Empty { column }) } else { Ok(text) }
        };
        let (dependency, new_version) = (said("dependency")?, said("new_version")?);
        let form =
            |column, found: &str, wanted| RecordError::Form { column, found: found.to_owned(), wanted };
        let is_of_name = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if !dependency.trim().chars().all(is_of_name) {
            return Err(form(
                "dependency",
                &dependency,
                "the name of a distribution, such as `scikit-learn`",
            ));
        }
        if bare(&new_version).parse::<Version>().is_err() {
            return Err(form("new_version", &new_version, "a version, such as `==1.4.0`"));
        }
        Ok(Self {
            dependency,
            new_version,
            description: text("description")?,
            update_info: said("update_info")?,
            old_code: said("old_code")?,
            new_code: said("new_code")?,
        })
    }

    /// The change that the record tells of, and the edit that it shows. `number` is the record's in its file, from 1.
    pub fn into_rows(self, source: RecordSource<'_>, number: u32) -> (ApiChange, Migration) {
        let library = normalized_name(&self.dependency);
        let new_version = bare(&self.new_version).to_owned();
        let subject = Subject::of(&self);
        let symbol = subject.symbol.unwrap_or_else(|| library.clone());
        let parameter = subject.parameter;
        let id = id_of(&[
            &library,
            &new_version,
            &symbol,
            parameter.as_deref().unwrap_or_default(),
            &self.update_info,
        ]);
        let change = ApiChange {
            id: id.clone(),
            library: library.clone(),
            old_version: String::new(),
            new_version,
            release_date: None,
            kind: ChangeKind::Unclassified,
            symbol,
            aliases: Vec::new(),
            symbol_kind: String::new(),
            parameter,
            replacement: subject.replacement,
            old_signature: None,
            new_signature: None,
            target_signature: None,
            evidence: vec![Evidence {
                source: EvidenceSource::Record,
                text: self.update_info,
                path: source.path.to_owned(),
                line: number,
            }],
            path: source.path.to_owned(),
            line: number,
        };
        let has_functions = CodeFile::parse(&self.new_code, "").is_some_and(|file| file.units.len() > 1);
        let migration = Migration {
            library,
            change_id: id,
            origin: Origin::Imported,
            unit_kind: if has_functions { UnitKind::Function } else { UnitKind::Script },
            project: source.name.to_owned(),
            project_old: String::new(),
            project_new: String::new(),
            path: source.path.to_owned(),
            start_line: number,
            end_line: number,
            unit: String::new(),
            license: Some(source.license.to_owned()),
            old_code: self.old_code,
            new_code: self.new_code,
            edit_shape: String::new(),
            description: self.description,
            // Whoever imports records vouches for them; their execution counts as that of others does.
            quality: 1.0,
            commit_message: None,
        };
        (change, migration)
    }
}

/// A version without `==`.
fn bare(version: &str) -> &str {
    let version = version.trim();
    version.strip_prefix("==").unwrap_or(version).trim()
}

/// Which API a record is about.
#[derive(Debug, Default)]
struct Subject {
    symbol: Option<String>,
    parameter: Option<String>,
    replacement: Option<String>,
}

impl Subject {
    /// Of what only one of the two codes uses, that which the record's text names.
    fn of(record: &RecodeRecord) -> Self {
        let (before, after) = (Usage::of(&record.old_code).uses, Usage::of(&record.new_code).uses);
        let gone = named(&before.difference(&after).collect::<Vec<_>>(), &record.update_info);
        let come = named(&after.difference(&before).collect::<Vec<_>>(), &record.update_info);
        let Some(used) = gone.or(come) else { return Self::default() };
        let (symbol, parameter) = parts(used);
        let replacement =
            come.filter(|come| gone.is_some_and(|gone| gone != *come)).map(|come| match parts(come) {
                (path, Some(keyword)) if path == symbol => keyword,
                (path, _) => path,
            });
        Self { symbol: Some(symbol), parameter, replacement }
    }
}

/// The first use whose last name stands in the text; without one, the first dotted one.
fn named<'a>(uses: &[&'a Use], text: &str) -> Option<&'a Use> {
    let words: BTreeSet<&str> = text.split(|c: char| c != '_' && !c.is_alphanumeric()).collect();
    let is_named = |used: &&&Use| {
        let (path, keyword) = parts(used);
        words.contains(keyword.as_deref().unwrap_or_else(|| path.rsplit('.').next().unwrap_or(&path)))
    };
    let is_dotted = |used: &&&Use| !used.starts_with('.') && used.contains('.');
    uses.iter().find(is_named).or_else(|| uses.iter().find(is_dotted)).copied()
}

/// Path and keyword of a use; a method of an object of unknown kind is its name.
fn parts(used: &str) -> (String, Option<String>) {
    let (path, keyword) = match used.split_once('(') {
        Some((path, keyword)) => (path, Some(keyword.trim_end_matches("=)").to_owned())),
        None => (used, None),
    };
    (path.trim_start_matches('.').to_owned(), keyword)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const SOURCE: RecordSource<'_> = RecordSource { name: "records", path: "records.jsonl", license: "MIT" };

    fn row(old: &str, new: &str, told: &str) -> Value {
        json!({
            "dependency": "Shapes_Kit", "new_version": "==2.0", "description": "", "update_info": told, "old_code": old,
            "new_code": new, "more": 3,
        })
    }

    fn change(old: &str, new: &str, told: &str) -> ApiChange {
        let row = row(old, new, told);
        let record = RecodeRecord::read(row.as_object().expect("an object")).expect("a record");
        record.into_rows(SOURCE, 7).0
    }

    #[test]
    fn the_api_is_read_off_the_codes() {
        let told = "`scale` is gone, use `resize`.";
        let renamed = change("import shapes\nshapes.scale(1)\n", "import shapes\nshapes.resize(1)\n", told);
        assert_eq!((renamed.library.as_str(), renamed.new_version.as_str()), ("shapes-kit", "2.0"));
        assert_eq!(
            (renamed.symbol.as_str(), renamed.replacement.as_deref()),
            ("shapes.scale", Some("shapes.resize"))
        );
        let told = "`factor` is `by` now.";
        let keyword = change("import s\ns.f(1, factor=2)\n", "import s\ns.f(1, by=2)\n", told);
        assert_eq!(
            (keyword.symbol.as_str(), keyword.parameter.as_deref(), keyword.replacement.as_deref()),
            ("s.f", Some("factor"), Some("by"))
        );
        let added = change("import s\ns.f(1)\n", "import s\ns.f(1, by=2)\n", "`by` was added.");
        assert_eq!(
            (added.symbol.as_str(), added.parameter.as_deref(), added.replacement),
            ("s.f", Some("by"), None)
        );
        let method = change("def f(x):\n    x.old()\n", "def f(x):\n    x.new()\n", "old became new");
        assert_eq!((method.symbol.as_str(), method.replacement.as_deref()), ("old", Some("new")));
        let unreadable = change("print 1", "print(1)", "print is a function");
        assert_eq!(unreadable.symbol, "shapes-kit", "nothing is known of it");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_column() {
        let read = |row: Value| {
            RecodeRecord::read(row.as_object().expect("an object")).expect_err("a fault").to_string()
        };
        let mut number = row("a", "b", "c");
        number["new_version"] = json!(2.0);
        assert_eq!(read(number), "the column `new_version` is a number: it has to be a text");
        for (column, text) in [("dependency", "../evil"), ("new_version", ">=2.0"), ("new_version", "==")] {
            let mut odd = row("a", "b", "c");
            odd[column] = json!(text);
            assert!(read(odd).starts_with(&format!("the column `{column}` is {text:?}: it has to be ")));
        }
        assert_eq!(read(row("a", " ", "c")), "the column `new_code` is empty");
        assert_eq!(
            read(json!({"dependency": "x"})),
            "there is no column `new_version` (it has `dependency`)"
        );
    }
}
