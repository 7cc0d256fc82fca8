//! What a stub says of one version of Python.
//!
//! Stubs of typeshed describe all supported versions at once, with `if sys.version_info >= (3, 12):` around what is not
//! in each. Here a stub becomes the one of a single version: branches that do not hold are taken out, and a branch that
//! does is under `if True:`. Conditions on anything else (`sys.platform`) stay as they are.

/// What begins and ends a string over several lines.
const QUOTES: &str = "\"\"\"";

/// A minor version of Python 3.
pub(super) type Minor = u32;

/// The stub `text` as of Python 3.`minor`.
pub(super) fn of_version(text: &str, minor: Minor) -> String {
    let lines: Vec<&str> = text.lines().collect();
    let mut out = String::with_capacity(text.len());
    block(&lines, minor, &mut out);
    without_later_marks(&out, minor)
}

/// The stub without deprecations that came after the version: most marks stand under no condition, and say when in words.
fn without_later_marks(text: &str, minor: Minor) -> String {
    let mut out = String::with_capacity(text.len());
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        if !line.trim_start().starts_with("@deprecated(") {
            push(line, &mut out);
            continue;
        }
        let mut mark = line.to_owned();
        while !is_closed(&mark) {
            let Some(next) = lines.next() else { break };
            mark.push('\n');
            mark.push_str(next);
        }
        if since(&mark).is_none_or(|since| since <= minor) {
            push(&mark, &mut out);
        }
    }
    out
}

/// Whether a decorator's parentheses and strings are closed.
fn is_closed(mark: &str) -> bool {
    mark.matches('(').count() == mark.matches(')').count() && mark.matches(QUOTES).count().is_multiple_of(2)
}

/// Deprecations whose mark does not say since when: words of the mark, and the version ("What's New In Python 3.12",
/// section "Deprecated", has both methods of `datetime` that these words are about).
const UNDATED: [(&str, Minor); 1] = [("timezone-aware objects to represent datetimes in UTC", 12)];

/// Since which version something is deprecated, as its mark says.
fn since(mark: &str) -> Option<Minor> {
    let words = mark.split(['"', '\\', '\n']).map(str::trim).collect::<Vec<_>>().join(" ");
    let after = |phrase: &str| {
        let (_, rest) = words.split_once(phrase)?;
        rest.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    };
    let known = || UNDATED.iter().find(|(told, _)| words.contains(told)).map(|(_, since)| *since);
    // Where only the end is told, it was announced two versions before, as PEP 387 asks for at least.
    let removed = || ["removed in Python 3.", "Removed in Python 3."].into_iter().find_map(after);
    let announced = || removed().map(|end: Minor| end.saturating_sub(2));
    after("since Python 3.").or_else(announced).or_else(known)
}

/// Minor versions that conditions of `text` compare with.
pub(super) fn versions_in(text: &str) -> impl Iterator<Item = Minor> + '_ {
    text.split("sys.version_info").skip(1).filter_map(|after| {
        let after = after.trim_start_matches([' ', '<', '>', '=']).strip_prefix("(3, ")?;
        after.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
    })
}

/// Lines one after the other, and `if` statements as a whole.
fn block(mut lines: &[&str], minor: Minor, out: &mut String) {
    while let Some((line, rest)) = lines.split_first() {
        let branches = branches(lines);
        if branches.iter().any(|branch| branch.condition.is_some_and(|c| c.contains("sys.version_info"))) {
            lines = &lines[branches.iter().map(Branch::len).sum()..];
            choose(&branches, minor, out);
        } else {
            push(line, out);
            lines = rest;
        }
    }
}

fn push(line: &str, out: &mut String) {
    out.push_str(line);
    out.push('\n');
}

/// A branch of an `if` statement.
struct Branch<'a> {
    indent: &'a str,
    /// Nothing for `else`.
    condition: Option<&'a str>,
    /// What stands behind the colon, a statement on the same line or a comment.
    tail: &'a str,
    body: &'a [&'a str],
}

impl Branch<'_> {
    fn len(&self) -> usize {
        self.body.len() + 1
    }
}

/// The branches of the `if` statement that `lines` begin with; none where they begin with something else, or its
/// condition goes over several lines.
fn branches<'a>(lines: &'a [&'a str]) -> Vec<Branch<'a>> {
    let mut branches: Vec<Branch<'_>> = Vec::new();
    let mut at = 0;
    while let Some((indent, keyword, condition, tail)) = lines.get(at).and_then(|line| head(line)) {
        let is_next = match branches.first() {
            None => keyword == "if",
            Some(first) => keyword != "if" && indent == first.indent,
        };
        if !is_next {
            break;
        }
        // What stands in a string over several lines has any indent.
        let mut in_string = false;
        let inside = |line: &&&str| {
            let is_deeper = line.len() - line.trim_start().len() > indent.len();
            let is_inside = in_string || is_deeper || line.trim().is_empty();
            in_string ^= line.matches(QUOTES).count() % 2 == 1;
            is_inside
        };
        let length = lines[at + 1..].iter().take_while(inside).count();
        let body = &lines[at + 1..=at + length];
        at += length + 1;
        branches.push(Branch { indent, condition: (keyword != "else").then_some(condition), tail, body });
        if keyword == "else" {
            break;
        }
    }
    branches
}

/// Indent, keyword, condition and what follows the colon.
fn head(line: &str) -> Option<(&str, &str, &str, &str)> {
    let code = line.trim_start();
    let indent = &line[..line.len() - code.len()];
    if let Some(tail) = code.strip_prefix("else:") {
        return Some((indent, "else", "", tail));
    }
    let (keyword, rest) = code.split_once(' ')?;
    if !["if", "elif"].contains(&keyword) {
        return None;
    }
    let (condition, tail) = rest.split_once(':')?;
    Some((indent, keyword, condition, tail))
}

/// Writes what is left of an `if` statement.
fn choose(branches: &[Branch<'_>], minor: Minor, out: &mut String) {
    let mut keyword = "if";
    for branch in branches {
        let value = branch.condition.map_or(Some(true), |condition| truth(condition, minor));
        let condition = match (value, branch.condition) {
            (Some(false), _) => continue,
            (None, Some(condition)) => condition,
            // The last one that can hold.
            _ => "True",
        };
        let Branch { indent, tail, .. } = branch;
        match (keyword, value) {
            ("elif", Some(true)) => push(&format!("{indent}else:{tail}"), out),
            _ => push(&format!("{indent}{keyword} {condition}:{tail}"), out),
        }
        block(branch.body, minor, out);
        keyword = "elif";
        if value == Some(true) {
            break;
        }
    }
    if let (true, Some(first)) = (keyword == "if", branches.first()) {
        push(&format!("{}pass", first.indent), out);
    }
}

/// Whether a condition holds; nothing where that depends on more than the version.
fn truth(condition: &str, minor: Minor) -> Option<bool> {
    let condition = condition.trim();
    if let Some(parts) = split(condition, " or ") {
        let values: Vec<_> = parts.into_iter().map(|part| truth(part, minor)).collect();
        return if values.contains(&Some(true)) { Some(true) } else { all(&values, false) };
    }
    if let Some(parts) = split(condition, " and ") {
        let values: Vec<_> = parts.into_iter().map(|part| truth(part, minor)).collect();
        return if values.contains(&Some(false)) { Some(false) } else { all(&values, true) };
    }
    if let Some(negated) = condition.strip_prefix("not ") {
        return truth(negated, minor).map(|value| !value);
    }
    if let Some(inner) = condition.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return truth(inner, minor);
    }
    let comparison = condition.strip_prefix("sys.version_info")?.trim_start();
    let (operator, version) = comparison.split_once(' ')?;
    let version = version.trim().strip_prefix('(')?.strip_suffix(')')?;
    let numbers = version.split(',').map(str::trim).filter(|number| !number.is_empty());
    let mut numbers = numbers.map(str::parse::<u32>);
    let (major, bound) = (numbers.next()?.ok()?, numbers.next().unwrap_or(Ok(0)).ok()?);
    let (version, bound) = ((3, minor), (major, bound));
    match operator {
        ">=" => Some(version >= bound),
        ">" => Some(version > bound),
        "<" => Some(version < bound),
        "<=" => Some(version <= bound),
        "==" => Some(version == bound),
        "!=" => Some(version != bound),
        _ => None,
    }
}

/// `value` where all values are that.
fn all(values: &[Option<bool>], value: bool) -> Option<bool> {
    values.iter().all(|other| *other == Some(value)).then_some(value)
}

/// The parts of a condition between `word`s that are in no parentheses; nothing where there is only one.
fn split<'a>(condition: &'a str, word: &str) -> Option<Vec<&'a str>> {
    let mut parts = Vec::new();
    let mut start = 0;
    for (at, _) in condition.match_indices(word) {
        let before = &condition[start..at];
        if before.matches('(').count() == before.matches(')').count() {
            parts.push(before);
            start = at + word.len();
        }
    }
    (!parts.is_empty()).then(|| {
        parts.push(&condition[start..]);
        parts
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn branches_of_other_versions_are_gone() {
        let text = "import sys\nif sys.version_info >= (3, 12):\n    a: int\n\nelif sys.version_info >= (3, 10):\n    b: int\nelse:\n    c: int\nd: int\n";
        assert_eq!(of_version(text, 13), "import sys\nif True:\n    a: int\n\nd: int\n");
        assert_eq!(of_version(text, 10), "import sys\nif True:\n    b: int\nd: int\n");
        assert_eq!(of_version(text, 9), "import sys\nif True:\n    c: int\nd: int\n");
    }

    #[test]
    fn what_is_left_of_a_class_stays_a_class() {
        let text = "class A:\n    if sys.version_info < (3, 9):\n        def f(self): ...\n        if sys.version_info < (3, 8):\n            def g(self): ...\n";
        assert_eq!(of_version(text, 9), "class A:\n    pass\n");
        assert_eq!(of_version(text, 8), "class A:\n    if True:\n        def f(self): ...\n        pass\n");
    }

    #[test]
    fn strings_over_several_lines_stay_whole() {
        let text = "class A:\n    if sys.version_info >= (3, 12):\n        @deprecated(\"\"\"\\\nUse b.\n\"\"\")\n        def a(self): ...\n    else:\n        def a(self): ...\n";
        let expected = "class A:\n    if True:\n        @deprecated(\"\"\"\\\nUse b.\n\"\"\")\n        def a(self): ...\n";
        assert_eq!(of_version(text, 12), expected);
    }

    #[test]
    fn other_conditions_stay() {
        let text = "if sys.platform == \"win32\":\n    a: int\nelif sys.version_info >= (3, 9):\n    b: int\nelse:\n    c: int\n";
        assert_eq!(of_version(text, 9), "if sys.platform == \"win32\":\n    a: int\nelse:\n    b: int\n");
        assert_eq!(of_version(text, 8), "if sys.platform == \"win32\":\n    a: int\nelse:\n    c: int\n");
        let untouched = "if sys.platform == \"win32\":\n    a: int\n";
        assert_eq!(of_version(untouched, 8), untouched);
    }

    #[test]
    fn conditions_are_read_as_python_reads_them() {
        let cases = [
            ("sys.version_info >= (3, 9)", Some(true)),
            ("sys.version_info < (3, 9)", Some(false)),
            ("sys.version_info >= (4,)", Some(false)),
            ("sys.version_info >= (3, 9) and sys.platform == \"linux\"", None),
            ("sys.version_info < (3, 9) and sys.platform == \"linux\"", Some(false)),
            ("sys.platform == \"linux\" or sys.version_info >= (3, 9)", Some(true)),
            ("not (sys.version_info < (3, 9) or sys.version_info >= (3, 12))", Some(true)),
            ("sys.version_info[0] >= 3", None),
        ];
        for (condition, expected) in cases {
            assert_eq!(truth(condition, 10), expected, "{condition}");
        }
    }

    #[test]
    fn marks_of_later_versions_are_gone() {
        let text = "class A:\n    @deprecated(\"Deprecated since Python 3.12. Use `b()` instead.\")\n    def a(self): ...\n";
        assert_eq!(of_version(text, 11), "class A:\n    def a(self): ...\n");
        assert_eq!(of_version(text, 12), text);
        let long = "@deprecated(\n    \"Deprecated; will be removed in Python 3.16. \"\n    \"Use `b()`.\"\n)\ndef a(): ...\n";
        assert_eq!(of_version(long, 13), "def a(): ...\n");
        assert_eq!(of_version(long, 14), long);
        let removed = "@deprecated(\"Deprecated since Python 3.3; removed in Python 3.13.\")\ndef a(): ...\n";
        assert_eq!(of_version(removed, 8), removed, "the first version counts");
        let undated = "@deprecated(\"Use b.\")\ndef a(): ...\n";
        assert_eq!(of_version(undated, 8), undated);
    }

    #[test]
    fn versions_are_found_wherever_they_are_compared() {
        let text = "if sys.version_info >= (3, 9):\n    if sys.version_info < (3, 12) and a:\n        pass\n";
        assert_eq!(versions_in(text).collect::<Vec<_>>(), [9, 12]);
    }
}
