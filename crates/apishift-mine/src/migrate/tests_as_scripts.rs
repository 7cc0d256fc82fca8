//! Tests as plain scripts: values of `parametrize`, one-line fixtures and `setUp` become assignments, and the assertion
//! methods of `unittest` become `assert`. Only where that can be done surely; else the test keeps its class or is left.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use apishift_syntax::code::{
    Call, CodeFile, CodeUnit, Root, Statement, StatementKind, Token, TokenKind, reindent,
};

/// What a test gets from around it.
#[derive(Debug, Default)]
pub(super) struct Fixtures {
    /// Whether the unit is a test.
    pub(super) is_test: bool,
    /// Whether the unit is itself a fixture of pytest: code that no one calls by name.
    pub(super) is_fixture: bool,
    /// Assignments for parameters, by name.
    parameters: BTreeMap<String, String>,
    /// `self.x = ...` statements of `setUp`: the attribute and the text of the value, in order.
    attributes: Vec<(String, String)>,
    in_class: bool,
}

impl Fixtures {
    /// Fixtures of a unit.
    pub(super) fn of(file: &CodeFile, unit: &CodeUnit, in_test_file: bool) -> Self {
        let own = unit.name.rsplit('.').next().unwrap_or_default();
        let is_test =
            own.starts_with("test") && (in_test_file || unit.class.is_some() || !unit.parameters.is_empty());
        let is_test = is_test || (in_test_file && own.starts_with("test"));
        if !is_test {
            let is_fixture = unit.statements.first().is_some_and(is_fixture);
            return Self { is_test, is_fixture, ..Self::default() };
        }
        let mut parameters = parametrized(file, unit);
        for parameter in &unit.parameters {
            if let (Some(default), false) = (&parameter.default, parameters.contains_key(&parameter.name)) {
                parameters.insert(parameter.name.clone(), file.source[default.clone()].to_owned());
            } else if let Some(value) = one_line_fixture(file, &parameter.name) {
                parameters.entry(parameter.name.clone()).or_insert(value);
            }
        }
        let attributes = if unit.class.is_some() { set_up(file, unit) } else { Vec::new() };
        Self { is_test, is_fixture: false, parameters, attributes, in_class: unit.class.is_some() }
    }

    /// Whether the name needs no definition in the unit.
    pub(super) fn provides(&self, name: &str) -> bool {
        self.parameters.contains_key(name) || (self.in_class && self.is_test && name == "self")
    }

    /// Assignments of the parameters that `uses` mentions.
    pub(super) fn lines(&self, uses: &BTreeSet<String>) -> Vec<String> {
        self.parameters
            .iter()
            .filter(|(name, _)| uses.contains(*name))
            .map(|(name, value)| format!("{name} = {value}"))
            .collect()
    }
}

/// First values of `@pytest.mark.parametrize("a, b", [(1, 2), ...])`, by name, where they are written out.
fn parametrized(file: &CodeFile, unit: &CodeUnit) -> BTreeMap<String, String> {
    let mut values = BTreeMap::new();
    let Some(header) = unit.statements.first() else { return values };
    for call in header.calls.iter().filter(|call| call.callee.last() == Some("parametrize")) {
        let [names, list] =
            call.arguments.iter().filter(|a| a.name.is_none()).take(2).collect::<Vec<_>>()[..]
        else {
            continue;
        };
        let names_text = file.source[names.value.clone()].trim();
        let names: Vec<String> = names_text
            .trim_matches(|c| matches!(c, '"' | '\'' | '(' | ')' | '[' | ']'))
            .split(',')
            .map(|name| name.trim().trim_matches(['"', '\'']).to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        let inside = elements(&header.tokens, &list.value);
        let Some(first) = inside.first() else { continue };
        if names.len() == 1 {
            values.insert(names[0].clone(), file.source[first.clone()].to_owned());
            continue;
        }
        let parts = elements(&header.tokens, first);
        if parts.len() == names.len() {
            values.extend(names.into_iter().zip(parts.into_iter().map(|part| file.source[part].to_owned())));
        }
    }
    values.retain(|_, value| !value.contains("pytest.") && !value.contains('\n') && !value.starts_with('*'));
    values
}

/// Ranges of the elements of a bracketed list or tuple literal.
fn elements(tokens: &[Token], list: &Range<usize>) -> Vec<Range<usize>> {
    let inside: Vec<&Token> =
        tokens.iter().filter(|t| list.start <= t.range.start && t.range.end <= list.end).collect();
    let bracketed = matches!((inside.first(), inside.last()), (Some(a), Some(b)) if matches!((a.text.as_str(), b.text.as_str()), ("[", "]") | ("(", ")")));
    if !bracketed {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut depth = 0;
    let mut current: Option<Range<usize>> = None;
    for token in &inside[1..inside.len() - 1] {
        if depth == 0 && token.text == "," {
            found.extend(current.take());
            continue;
        }
        match token.text.as_str() {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth -= 1,
            _ => {}
        }
        current = Some(current.map_or(token.range.clone(), |range| range.start..token.range.end));
    }
    found.extend(current);
    found
}

/// The value of `@pytest.fixture def name(): return <value>` in the same file.
fn one_line_fixture(file: &CodeFile, name: &str) -> Option<String> {
    let unit = file.units.iter().find(|unit| unit.name == name && unit.parameters.is_empty())?;
    let header = unit.statements.first()?;
    let decorated = is_fixture(header);
    let body: Vec<&Statement> =
        unit.statements[1..].iter().filter(|s| s.kind != StatementKind::Docstring).collect();
    match body[..] {
        [only] if decorated && only.kind == StatementKind::Return => {
            let text = file.source[only.head.clone()].strip_prefix("return")?.trim();
            (!text.contains('\n')).then(|| text.to_owned())
        }
        _ => None,
    }
}

/// Whether a header is decorated as a fixture of pytest.
fn is_fixture(header: &Statement) -> bool {
    let decorators =
        header.tokens.iter().take_while(|token| !matches!(token.text.as_str(), "def" | "class" | "async"));
    decorators.clone().any(|token| token.text == "@")
        && decorators.clone().any(|token| token.text == "fixture")
}

/// `self.x = ...` of the class's `setUp`, in order, where it is nothing but such assignments.
fn set_up(file: &CodeFile, unit: &CodeUnit) -> Vec<(String, String)> {
    let Some((class, _)) = unit.name.rsplit_once('.') else { return Vec::new() };
    let names = ["setUp", "setup_method", "setUpClass", "setup_class", "setup"];
    let mut found = Vec::new();
    for set_up in
        names.iter().filter_map(|name| file.units.iter().find(|u| u.name == format!("{class}.{name}")))
    {
        for statement in set_up.statements.iter().skip(1) {
            match statement.tokens.as_slice() {
                [owner, dot, attribute, equals, ..]
                    if matches!(owner.text.as_str(), "self" | "cls")
                        && dot.text == "."
                        && equals.text == "="
                        && attribute.kind == TokenKind::Identifier =>
                {
                    let value = equals.range.end..statement.head.end;
                    let value = reindent(&file.source, &value, &file.strings, 0).trim().to_owned();
                    found.push((attribute.text.clone(), value));
                }
                _ if statement.kind == StatementKind::Docstring => {}
                // A local of `setUp` or a call for its effect: the attributes may hang on it.
                _ => return Vec::new(),
            }
        }
    }
    found
}

/// `code` without `self`: `None` where that cannot be done surely.
pub(super) fn without_self(code: &str, fixtures: &Fixtures) -> Option<String> {
    if !mentions_self(code) {
        return Some(code.to_owned());
    }
    let file = CodeFile::parse(code, "")?;
    if let Some(stripped) = without_parameter(code, &file) {
        return Some(stripped);
    }
    if !fixtures.is_test || !file.units[1..].is_empty() && mentions_self(&code[..code.find(':').unwrap_or(0)])
    {
        return None;
    }
    let script = asserted(code, &file)?;
    let mut lines = Vec::new();
    let mut body = script;
    // Attributes may be built from earlier ones: walk back through `setUp`.
    for (name, value) in fixtures.attributes.iter().rev() {
        let dotted = format!("self.{name}");
        let used = |text: &str| has_word(text, &dotted);
        if used(&body) || lines.iter().any(|line: &String| used(line)) {
            if has_word(&body, name) && body_binds(&body, name) {
                return None;
            }
            body = replace_word(&body, &dotted, name);
            lines = lines.iter().map(|line| replace_word(line, &dotted, name)).collect();
            lines.push(format!("{name} = {value}"));
        }
    }
    lines.reverse();
    lines.push(body);
    let whole = lines.join("\n");
    (!mentions_self(&whole)).then_some(whole)
}

fn mentions_self(code: &str) -> bool {
    has_word(code, "self") || has_word(code, "cls")
}

/// A method that does not use `self`, as a function.
fn without_parameter(code: &str, file: &CodeFile) -> Option<String> {
    let unit = file.units.get(1)?;
    if !code.starts_with("def ") && !code.starts_with("async def ") {
        return None;
    }
    let header = unit.statements.first()?;
    let body = &code[header.head.end..];
    let first = unit.parameters.first()?;
    if !matches!(first.name.as_str(), "self" | "cls") || mentions_self(body) {
        return None;
    }
    let open = code.find('(')?;
    let rest = code[open + 1..].trim_start().strip_prefix(first.name.as_str())?.trim_start();
    let rest = rest.strip_prefix(',').map_or(rest, str::trim_start);
    Some(format!("{}({rest}", &code[..open]))
}

/// `self.assertEqual(a, b)` as `assert a == b`, and so on; `None` for an assertion without such a form.
fn asserted(code: &str, file: &CodeFile) -> Option<String> {
    let mut replacements: Vec<(Range<usize>, String)> = Vec::new();
    for statement in file.units.iter().flat_map(|unit| &unit.statements) {
        for call in &statement.calls {
            let is_self = call.callee.root == Root::Name("self".to_owned());
            if !is_self || call.callee.parts.len() != 1 || !call.callee.parts[0].starts_with("assert") {
                continue;
            }
            if call.range.start != statement.head.start {
                return None;
            }
            replacements.push((call.range.clone(), assertion(code, statement, call)?));
        }
    }
    let mut out = code.to_owned();
    replacements.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    for (range, text) in replacements {
        out.replace_range(range, &text);
    }
    Some(out)
}

fn assertion(code: &str, statement: &Statement, call: &Call) -> Option<String> {
    let arguments: Vec<Range<usize>> = call
        .arguments
        .iter()
        .filter(|argument| argument.name.is_none() && !argument.splat)
        .map(|argument| argument.value.clone())
        .collect();
    let operands: Vec<String> =
        arguments.iter().map(|argument| operand(code, &statement.tokens, argument)).collect();
    let first = operands.first()?;
    let text = match (call.callee.parts[0].as_str(), operands.get(1)) {
        ("assertTrue" | "assert_", _) => code[arguments.first()?.clone()].to_owned(),
        ("assertFalse", _) => format!("not {first}"),
        ("assertIsNone", _) => format!("{first} is None"),
        ("assertIsNotNone", _) => format!("{first} is not None"),
        (
            "assertEqual"
            | "assertEquals"
            | "assertListEqual"
            | "assertDictEqual"
            | "assertTupleEqual"
            | "assertSetEqual"
            | "assertSequenceEqual"
            | "assertMultiLineEqual",
            Some(second),
        ) => format!("{first} == {second}"),
        ("assertNotEqual" | "assertNotEquals", Some(second)) => format!("{first} != {second}"),
        ("assertIs", Some(second)) => format!("{first} is {second}"),
        ("assertIsNot", Some(second)) => format!("{first} is not {second}"),
        ("assertIn", Some(second)) => format!("{first} in {second}"),
        ("assertNotIn", Some(second)) => format!("{first} not in {second}"),
        ("assertIsInstance", Some(second)) => format!("isinstance({first}, {second})"),
        ("assertGreater", Some(second)) => format!("{first} > {second}"),
        ("assertGreaterEqual", Some(second)) => format!("{first} >= {second}"),
        ("assertLess", Some(second)) => format!("{first} < {second}"),
        ("assertLessEqual", Some(second)) => format!("{first} <= {second}"),
        _ => return None,
    };
    // A line break inside an argument was protected by the call's parentheses.
    Some(if text.contains('\n') { format!("assert ({text})") } else { format!("assert {text}") })
}

/// An argument as an operand of a comparison or of `not`: in parentheses, where it is made by an operator that binds
/// no tighter than those.
fn operand(code: &str, tokens: &[Token], argument: &Range<usize>) -> String {
    const LOOSE: [&str; 14] =
        ["or", "and", "not", "if", "lambda", "in", "is", "<", ">", "<=", ">=", "==", "!=", ":="];
    let mut depth = 0;
    let is_loose = tokens
        .iter()
        .filter(|token| argument.start <= token.range.start && token.range.end <= argument.end)
        .any(|token| {
            match token.text.as_str() {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                _ => {}
            }
            let word = token.text.split_whitespace().next().unwrap_or_default();
            depth == 0 && token.kind == TokenKind::Punctuation && LOOSE.contains(&word)
        });
    let text = &code[argument.clone()];
    if is_loose { format!("({text})") } else { text.to_owned() }
}

fn body_binds(code: &str, name: &str) -> bool {
    CodeFile::parse(code, "").is_none_or(|file| {
        file.units.iter().flat_map(|u| &u.statements).any(|s| s.names.defines.contains(name))
    })
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

fn word_at<'a>(text: &'a str, word: &'a str) -> impl Iterator<Item = usize> + 'a {
    text.match_indices(word).map(|(at, _)| at).filter(move |&at| {
        !text[..at].ends_with(|c: char| is_word(c) || c == '.')
            && !text[at + word.len()..].starts_with(is_word)
    })
}

fn has_word(text: &str, word: &str) -> bool {
    word_at(text, word).next().is_some()
}

fn replace_word(text: &str, word: &str, by: &str) -> String {
    let places: Vec<usize> = word_at(text, word).collect();
    let mut out = text.to_owned();
    for at in places.into_iter().rev() {
        out.replace_range(at..at + word.len(), by);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit<'a>(file: &'a CodeFile, name: &str) -> &'a CodeUnit {
        file.units.iter().find(|unit| unit.name == name).expect("the unit is there")
    }

    #[test]
    fn first_parametrized_values_are_taken() {
        let source = "@pytest.mark.parametrize('a, b', [(1, [2, 3]), (4, 5)])\n@pytest.mark.parametrize('c', ['x', 'y'])\ndef test_f(a, b, c):\n    f(a, b, c)\n";
        let file = CodeFile::parse(source, "").unwrap();
        let fixtures = Fixtures::of(&file, unit(&file, "test_f"), true);
        let all = ["a", "b", "c"].map(str::to_owned).into();
        assert_eq!(fixtures.lines(&all), ["a = 1", "b = [2, 3]", "c = 'x'"]);
    }

    #[test]
    fn unittest_becomes_a_script() {
        let source = "class T(TestCase):\n    def setUp(self):\n        self.g = graph()\n        self.n = len(self.g)\n    def test_f(self):\n        self.assertEqual(self.n, f(self.g))\n";
        let file = CodeFile::parse(source, "").unwrap();
        let fixtures = Fixtures::of(&file, unit(&file, "T.test_f"), true);
        let script = without_self("self.assertEqual(self.n, f(self.g))", &fixtures);
        assert_eq!(script.as_deref(), Some("g = graph()\nn = len(g)\nassert n == f(g)"));
    }

    #[test]
    fn an_attribute_from_nowhere_is_not_guessed() {
        let file = CodeFile::parse("class T:\n    def test_f(self):\n        f(self.x)\n", "").unwrap();
        let fixtures = Fixtures::of(&file, unit(&file, "T.test_f"), true);
        assert_eq!(without_self("f(self.x)", &fixtures), None);
    }
}
