//! The sheet that readers fill in: one HTML file.

use minijinja::{Environment, UndefinedBehavior, context};
use serde::Serialize;
use serde_json::{Map, Value};

use super::AuditError;
use crate::difference::{self, Line};

/// What a sheet shows.
#[derive(Clone, Copy, Debug)]
pub struct Sheet<'a> {
    /// What the rows were drawn from.
    pub dataset: &'a str,
    /// How many rows that has.
    pub of: usize,
    /// Seed of the draw: it names the file of verdicts.
    pub seed: u64,
    /// The rows, as JSON objects with the columns of `api_updates`.
    pub rows: &'a [Map<String, Value>],
}

/// A row, as the template takes it.
#[derive(Debug, Serialize)]
struct Shown<'a> {
    row: &'a Map<String, Value>,
    lines: Vec<Line>,
}

/// The page. What readers enter stays in their browser until they save it as a table.
pub fn sheet(sheet: &Sheet<'_>) -> Result<String, AuditError> {
    let mut environment = Environment::new();
    // Rows of others may lack some of the columns.
    environment.set_undefined_behavior(UndefinedBehavior::Chainable);
    environment.add_template("audit.html", include_str!("../../templates/audit.html"))?;
    let text = |row: &Map<String, Value>, name: &str| {
        row.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
    };
    let rows: Vec<Shown<'_>> = sheet
        .rows
        .iter()
        .map(|row| Shown { row, lines: difference::lines(&text(row, "old_code"), &text(row, "new_code")) })
        .collect();
    let Sheet { dataset, of, seed, .. } = sheet;
    Ok(environment.get_template("audit.html")?.render(context! { dataset, of, seed, rows })?)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn code_of_a_row_is_no_part_of_the_page() {
        let row = json!({
            "id": "1", "dependency": "<i>", "old_code": "x = '</script><script>alert(1)</script>'\n", "new_code": "y\n",
            "provenance": { "project": "p", "path": "a&b.py" },
        });
        let rows = [row.as_object().unwrap().clone()];
        let page = sheet(&Sheet { dataset: "d", of: 1, seed: 7, rows: &rows }).unwrap();
        assert!(!page.contains("<script>alert") && !page.contains("<i>"), "{page}");
        assert!(page.contains("&lt;script&gt;alert") && page.contains("a&amp;b.py"));
    }
}
