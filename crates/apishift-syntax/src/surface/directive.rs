//! Directives of docstrings (`.. deprecated:: 1.3`), each with the parameter or attribute in whose description it stands.

use memchr::memmem;

use super::{
    model::{Mark, MarkSource, MarkSubject, MarkVerb},
    warning::{is_version, join_spaces},
};

/// Longest text of a directive that is kept, in bytes: what comes after is an example or a table.
const MAX_TEXT: usize = 1500;

/// Marks of a docstring whose first line is `first_line` of the file.
pub(super) fn marks_of(docstring: &str, first_line: u32) -> Vec<Mark> {
    if !may_mark(docstring.as_bytes()) {
        return Vec::new();
    }
    let lines: Vec<&str> = docstring.lines().collect();
    let base = base_indent(&lines);
    let mut place = Place::default();
    let mut marks = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        place.enter(&lines, n, base);
        let Some((verb, rest)) = directive(line.trim()) else { continue };
        let (version, first) = split_version(rest);
        let text = body_of(&lines, n, first);
        marks.push(Mark {
            source: MarkSource::Directive,
            verb,
            subject: place.subject(indent_of(line)),
            replacement: None,
            version,
            text,
            text_from: None,
            line: first_line + u32::try_from(n).unwrap_or(0),
        });
    }
    marks
}

/// Whether a docstring can hold a directive at all. Most do not, and are not read.
pub(super) fn may_mark(docstring: &[u8]) -> bool {
    const VERSIONS: [&[u8]; 4] =
        [b"versionchanged:", b"versionadded:", b"versionremoved:", b"version-deprecated:"];
    let has = |text: &[u8]| memmem::find(docstring, text).is_some();
    has(b"..") && (has(b"deprecated:") || (has(b"version") && VERSIONS.into_iter().any(has)))
}

/// The verb of a directive line and what follows the colons.
pub(crate) fn directive(line: &str) -> Option<(MarkVerb, &str)> {
    let rest = line.strip_prefix("..")?.trim_start();
    let (name, rest) = rest.split_once(':')?;
    let rest = rest.strip_prefix(':').unwrap_or(rest);
    let verb = match name.trim() {
        "deprecated" | "deprecated-removed" | "versionremoved" | "version-deprecated" => MarkVerb::Deprecated,
        "versionchanged" => MarkVerb::Changed,
        "versionadded" => MarkVerb::Added,
        _ => return None,
    };
    Some((verb, rest.trim()))
}

fn split_version(rest: &str) -> (Option<String>, &str) {
    let (first, more) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let version = first.trim_end_matches([',', ':', '.']);
    let is_whole_number = !version.is_empty() && version.chars().all(|c| c.is_ascii_digit());
    if is_version(version) || is_whole_number {
        (Some(version.to_owned()), more.trim())
    } else {
        (None, rest)
    }
}

/// Text on the directive's line and in the block indented below it.
fn body_of(lines: &[&str], at: usize, first: &str) -> String {
    let own = indent_of(lines[at]);
    let mut text = first.to_owned();
    for line in &lines[at + 1..] {
        if !line.trim().is_empty() && indent_of(line) <= own {
            break;
        }
        // A nested directive or a doctest is no part of the sentence.
        if line.trim_start().starts_with(">>>") || text.len() > MAX_TEXT {
            break;
        }
        text.push(' ');
        text.push_str(line.trim());
    }
    join_spaces(&text)
}

/// Columns before the first character; a tab counts as eight, as in Python.
pub(crate) fn indent_of(line: &str) -> usize {
    line.bytes().take_while(|b| matches!(b, b' ' | b'\t')).map(|b| if b == b'\t' { 8 } else { 1 }).sum()
}

/// The docstring's own margin: the least indentation after the first line.
fn base_indent(lines: &[&str]) -> usize {
    lines.iter().skip(1).filter(|l| !l.trim().is_empty()).map(|l| indent_of(l)).min().unwrap_or(0)
}

/// Which section and which of its entries a line stands in.
#[derive(Default)]
struct Place {
    section: Section,
    /// Name and indentation of the entry.
    entry: Option<(String, usize)>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Section {
    #[default]
    None,
    /// Entries start at the margin, descriptions are indented (numpydoc).
    Numpy { attributes: bool },
    /// Entries are indented below the heading (Google).
    Google { attributes: bool, margin: usize },
}

impl Place {
    /// Takes note of line `n`.
    fn enter(&mut self, lines: &[&str], n: usize, base: usize) {
        let line = lines[n];
        let trimmed = line.trim();
        if trimmed.is_empty() {
            return;
        }
        let indent = indent_of(line);
        // `:param x: text` opens an entry in any section.
        if let Some(name) = field_name(trimmed) {
            self.section = Section::None;
            self.entry = Some((name.to_owned(), indent));
            return;
        }
        if let Some(next) = lines.get(n + 1) {
            let rule = next.trim();
            if rule.len() >= 3 && rule.bytes().all(|b| b == b'-' || b == b'=') && indent_of(next) == indent {
                self.entry = None;
                self.section = match section_kind(trimmed) {
                    Some(attributes) => Section::Numpy { attributes },
                    None => Section::None,
                };
                return;
            }
        }
        if indent == base && trimmed.ends_with(':') && !trimmed.contains(' ') {
            if let Some(attributes) = section_kind(trimmed.trim_end_matches(':')) {
                self.entry = None;
                self.section = Section::Google { attributes, margin: indent };
                return;
            }
        }
        self.enter_entry(trimmed, indent, base);
    }

    fn enter_entry(&mut self, trimmed: &str, indent: usize, base: usize) {
        match self.section {
            Section::Numpy { .. } if indent <= base => {
                self.entry = entry_name(trimmed, ':').map(|name| (name.to_owned(), indent));
            }
            Section::Google { margin, .. } if indent <= margin => {
                self.section = Section::None;
                self.entry = None;
            }
            Section::Google { .. } => {
                let is_entry = self.entry.as_ref().is_none_or(|(_, at)| indent <= *at);
                if is_entry {
                    self.entry = entry_name(trimmed, '(').map(|name| (name.to_owned(), indent));
                }
            }
            Section::None => {
                if self.entry.as_ref().is_some_and(|(_, at)| indent <= *at) {
                    self.entry = None;
                }
            }
            Section::Numpy { .. } => {}
        }
    }

    /// What a directive at this indentation is about.
    fn subject(&self, indent: usize) -> MarkSubject {
        let Some((name, at)) = &self.entry else { return MarkSubject::Symbol };
        if indent <= *at {
            return MarkSubject::Symbol;
        }
        match self.section {
            Section::Numpy { attributes: true } | Section::Google { attributes: true, .. } => {
                MarkSubject::Attribute(name.clone())
            }
            _ => MarkSubject::Parameter(name.clone()),
        }
    }
}

/// Whether a heading opens a section of parameters (`Some(false)`) or of attributes (`Some(true)`).
fn section_kind(heading: &str) -> Option<bool> {
    match heading.to_ascii_lowercase().as_str() {
        "parameters" | "other parameters" | "args" | "arguments" | "keyword args" | "keyword arguments"
        | "params" => Some(false),
        "attributes" => Some(true),
        _ => None,
    }
}

/// What stands before the names of `*args` and `**kwargs`, often escaped.
const STARS: [char; 2] = ['*', '\\'];

/// `:param int x: text` gives `x`.
fn field_name(line: &str) -> Option<&str> {
    let rest = line
        .strip_prefix(":param ")
        .or_else(|| line.strip_prefix(":keyword "))
        .or_else(|| line.strip_prefix(":arg "))?;
    let (field, _) = rest.split_once(':')?;
    Some(field.split_whitespace().next_back()?.trim_start_matches(STARS))
}

/// `x, y : int` and `x (int): text` give `x`.
fn entry_name(line: &str, stop: char) -> Option<&str> {
    let head = line.split([stop, ':', ',']).next()?.trim().trim_start_matches(STARS).trim_matches('`');
    let is_name = !head.is_empty()
        && head.chars().all(|c| c.is_alphanumeric() || c == '_')
        && !head.starts_with(|c: char| c.is_ascii_digit());
    is_name.then_some(head)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directive_belongs_to_the_parameter_that_it_describes() {
        let doc = "Fit.\n\n    .. versionadded:: 0.9\n\n    Parameters\n    ----------\n    alpha : float\n        Step.\n\n        \
                   .. deprecated:: 1.3\n            Use `beta`\n            instead.\n\n    beta : int\n        Other.\n\n    \
                   Returns\n    -------\n    x : int\n        .. versionchanged:: 1.4\n";
        let marks = marks_of(doc, 10);
        let seen: Vec<_> =
            marks.iter().map(|m| (m.verb, m.subject.clone(), m.text.as_str(), m.line)).collect();
        assert_eq!(
            seen,
            [
                (MarkVerb::Added, MarkSubject::Symbol, "", 12),
                (MarkVerb::Deprecated, MarkSubject::Parameter("alpha".into()), "Use `beta` instead.", 19),
                (MarkVerb::Changed, MarkSubject::Symbol, "", 29),
            ]
        );
    }

    #[test]
    fn google_and_sphinx_fields_open_entries() {
        let google = "Do.\n\n    Args:\n        old (int): Was used.\n            .. deprecated:: 2.0\n        new: Is.\n\n    .. versionadded:: 1.0\n";
        let subjects: Vec<_> = marks_of(google, 1).into_iter().map(|m| m.subject).collect();
        assert_eq!(subjects, [MarkSubject::Parameter("old".into()), MarkSubject::Symbol]);
        let sphinx = "Do.\n\n    :param str \\*old: was used.\n\n        .. deprecated:: 2.0 use it\n\n    .. versionchanged:: 3.1\n";
        let subjects: Vec<_> = marks_of(sphinx, 1).into_iter().map(|m| m.subject).collect();
        assert_eq!(subjects, [MarkSubject::Parameter("old".into()), MarkSubject::Symbol]);
    }
}
