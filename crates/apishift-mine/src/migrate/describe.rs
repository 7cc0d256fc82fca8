//! What a piece of code is about, by rule: nothing that is not written there.

use apishift_syntax::code::{CodeFile, CodeUnit, StatementKind};

use super::slice::Snippets;

/// Calls that are named, at most.
const MOST_CALLS: usize = 4;

/// Longest description, in characters.
const MAX_CHARS: usize = 240;

/// A sentence from the unit's docstring, else its name in words; then what it calls before and after: what only the new code
/// calls would give the answer away.
pub(super) fn describe(file: &CodeFile, unit: &CodeUnit, pair: &Snippets) -> String {
    let about = docstring(file, unit).or_else(|| name_in_words(&unit.name));
    let before = calls(&pair.old);
    let mut calls = calls(&pair.new);
    calls.retain(|call| before.contains(call));
    calls.truncate(MOST_CALLS);
    let mut text = match (about, calls.is_empty()) {
        (Some(about), true) => about,
        (Some(about), false) => format!("{} Calls {}.", sentence(&about), calls.join(", ")),
        (None, false) => format!("Calls {}.", calls.join(", ")),
        (None, true) => String::new(),
    };
    if let Some((end, _)) = text.char_indices().nth(MAX_CHARS) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// What begins a section of a docstring.
const SECTIONS: [&str; 6] =
    [" Args:", " Arguments:", " Parameters --", " Parameters:", " Returns:", " :param "];

fn sentence(text: &str) -> String {
    if text.ends_with(['.', '!', '?']) { text.to_owned() } else { format!("{text}.") }
}

fn docstring(file: &CodeFile, unit: &CodeUnit) -> Option<String> {
    let statement = unit.statements.iter().take(2).find(|s| s.kind == StatementKind::Docstring)?;
    let text = file.source[statement.head.clone()].trim_start_matches(['r', 'R', 'u', 'b']);
    let text = text.trim_matches(['"', '\'']).trim();
    // Example scripts open with a heading between rules.
    let text: String =
        text.lines().filter(|line| !is_rule(line)).fold(String::new(), |text, line| text + line + "\n");
    let paragraph = text.trim().split("\n\n").next()?.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = paragraph.split_inclusive(". ").next()?.trim();
    // Where sections follow without a blank line.
    let ends = SECTIONS.iter().filter_map(|section| first.find(section)).min();
    let first = first[..ends.unwrap_or(first.len())].trim_end().to_owned();
    (first.len() > 3).then_some(first)
}

/// A line of nothing but one punctuation mark.
fn is_rule(line: &str) -> bool {
    let line = line.trim();
    line.len() > 2 && line.chars().all(|c| c.is_ascii_punctuation() && line.starts_with(c))
}

/// `TestFrame.test_append_row` is "append row".
fn name_in_words(name: &str) -> Option<String> {
    let own = name.rsplit('.').next()?.trim_matches('_');
    let own = own.strip_prefix("test").unwrap_or(own).trim_matches('_');
    let mut words = own.split('_').filter(|word| !word.is_empty());
    let mut first = words.next()?.chars();
    let mut text: String = first.next()?.to_uppercase().chain(first).collect();
    for word in words {
        text.push(' ');
        text.push_str(word);
    }
    Some(text)
}

/// Dotted names that the code calls through imports, in order of appearance.
fn calls(code: &str) -> Vec<String> {
    let Some(file) = CodeFile::parse(code, "") else { return Vec::new() };
    let mut found: Vec<String> = Vec::new();
    for unit in &file.units {
        let scope = file.scope_of(unit, "");
        for call in unit.statements.iter().flat_map(|s| &s.calls) {
            if let Some(path) = scope.resolve(&call.callee).filter(|path| !path.contains(['?', '('])) {
                let path = format!("`{path}`");
                if !found.contains(&path) {
                    found.push(path);
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_words() {
        assert_eq!(name_in_words("TestFrame.test_append_row").as_deref(), Some("Append row"));
        assert_eq!(name_in_words("test_élan").as_deref(), Some("Élan"));
        assert_eq!(name_in_words("__").as_deref(), None);
    }
}
