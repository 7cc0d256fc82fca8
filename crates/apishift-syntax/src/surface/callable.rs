//! How something may be called, as one line of text and back.

use std::fmt::{self, Write as _};

use super::{extract, model::Parameter, model::ParameterKind};

/// A path and its parameters, without the bound first one: `numpy.linalg.norm(x, ord=None)`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Callable {
    /// Dotted path.
    pub path: String,
    /// The parameters, in order.
    pub params: Vec<Parameter>,
}

impl Callable {
    /// Reads what [`Callable`] writes; `None` for anything else.
    ///
    /// ```
    /// use apishift_syntax::surface::Callable;
    /// let callable = Callable::read("shapes.draw(x, /, *, size=1)").unwrap();
    /// assert_eq!(callable.params[1].default.as_deref(), Some("1"));
    /// assert_eq!(Callable::read("shapes.draw"), None);
    /// ```
    pub fn read(text: &str) -> Option<Self> {
        let (path, params) = text.split_at(text.find('(')?);
        let is_name = |part: &str| {
            let mut characters = part.chars();
            characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
                && characters.all(|other| other == '_' || other.is_alphanumeric())
        };
        if !path.split('.').all(is_name) || params.contains('\n') {
            return None;
        }
        let module = extract(format!("def called{params}: ...\n").as_bytes()).ok()?;
        let [item] = module.items.as_slice() else { return None };
        let function = item.as_function().filter(|_| !module.has_errors)?;
        let callable = Self { path: path.to_owned(), params: function.params.clone() };
        (callable.to_string() == text).then_some(callable)
    }

    /// Whether a call fits: each keyword known and given once, no argument too many, none missing that has no default.
    pub fn accepts(&self, call: &Given<'_>) -> bool {
        let of_kind = |kind: ParameterKind| self.params.iter().filter(move |param| param.kind == kind);
        let takes_place =
            |param: &&Parameter| matches!(param.kind, ParameterKind::PositionalOnly | ParameterKind::Either);
        let places: Vec<&Parameter> = self.params.iter().filter(takes_place).collect();
        if call.positional > places.len() && of_kind(ParameterKind::VarPositional).next().is_none() {
            return false;
        }
        let (given, left) = places.split_at(call.positional.min(places.len()));
        let left: Vec<&Parameter> = left.iter().copied().chain(of_kind(ParameterKind::KeywordOnly)).collect();
        let is_keyword = |param: &&Parameter, name: &str| {
            param.name == name && param.kind != ParameterKind::PositionalOnly
        };
        let takes_more = of_kind(ParameterKind::VarKeyword).next().is_some();
        let is_known = |name: &str| {
            let is_given_twice = given.iter().any(|param| is_keyword(param, name));
            !is_given_twice && (takes_more || left.iter().any(|param| is_keyword(param, name)))
        };
        let may_be_brought = |param: &Parameter| match param.kind {
            ParameterKind::PositionalOnly => call.star,
            ParameterKind::KeywordOnly => call.double_star,
            _ => call.star || call.double_star,
        };
        let is_there = |param: &&Parameter| {
            let is_given = call.keywords.iter().any(|name| is_keyword(param, name));
            is_given || param.default.is_some() || may_be_brought(param)
        };
        call.keywords.iter().all(|name| is_known(name)) && left.iter().all(is_there)
    }
}

/// What a call gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Given<'a> {
    /// How many arguments by position.
    pub positional: usize,
    /// Names of those by keyword.
    pub keywords: Vec<&'a str>,
    /// Whether `*` is there, which may bring what is taken by position.
    pub star: bool,
    /// Whether `**` is there, which may bring what is taken by keyword.
    pub double_star: bool,
}

impl fmt::Display for Callable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.path)?;
        f.write_str(&parameter_list(&self.params))
    }
}

/// A parameter list as people write it, without annotations: `(x, /, *, size=1)`.
pub fn parameter_list(params: &[Parameter]) -> String {
    let mut out = String::from("(");
    let mut last: Option<ParameterKind> = None;
    let mut seen_star = false;
    for parameter in params {
        if last == Some(ParameterKind::PositionalOnly) && parameter.kind != ParameterKind::PositionalOnly {
            out.push_str("/, ");
        }
        match parameter.kind {
            ParameterKind::KeywordOnly if !seen_star => {
                out.push_str("*, ");
                seen_star = true;
            }
            ParameterKind::VarPositional => {
                out.push('*');
                seen_star = true;
            }
            ParameterKind::VarKeyword => out.push_str("**"),
            _ => {}
        }
        out.push_str(&parameter.name);
        if let Some(default) = &parameter.default {
            let _infallible = write!(out, "={default}");
        }
        out.push_str(", ");
        last = Some(parameter.kind);
    }
    if last == Some(ParameterKind::PositionalOnly) {
        out.push_str("/, ");
    }
    if out.ends_with(", ") {
        out.truncate(out.len() - 2);
    }
    out.push(')');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::CodeFile;

    fn accepts(signature: &str, call: &str) -> bool {
        let callable = Callable::read(signature).expect("a signature");
        assert_eq!(callable.to_string(), signature, "written as it was read");
        let file = CodeFile::parse(call, "").expect("a program");
        let mut given = Given::default();
        for argument in &file.units[0].statements[0].calls[0].arguments {
            match (&argument.name, argument.splat) {
                (Some(name), _) => given.keywords.push(name),
                (None, false) => given.positional += 1,
                (None, true) if call[argument.range.clone()].starts_with("**") => given.double_star = true,
                (None, true) => given.star = true,
            }
        }
        callable.accepts(&given)
    }

    #[test]
    fn calls_are_accepted_as_python_accepts_them() {
        for (signature, call, expected) in [
            ("f(a, b=1)", "f(1)", true),
            ("f(a, b=1)", "f(1, 2)", true),
            ("f(a, b=1)", "f(1, b=2)", true),
            ("f(a, b=1)", "f(b=2, a=1)", true),
            ("f(a, b=1)", "f()", false),
            ("f(a, b=1)", "f(b=2)", false),
            ("f(a, b=1)", "f(1, 2, 3)", false),
            ("f(a, b=1)", "f(1, a=2)", false),
            ("f(a, b=1)", "f(1, c=2)", false),
            ("f(a, b=1)", "f(*xs)", true),
            ("f(a, b=1)", "f(**xs)", true),
            ("f(a, b=1)", "f(*xs, c=1)", false),
            ("f(a, *, k)", "f(*xs)", false),
            ("f(a, *, k)", "f(*xs, **more)", true),
            ("f(a, /)", "f(**xs)", false),
            ("f(a, /)", "f(*xs)", true),
            ("f(xs)", "f(x for x in y)", true),
            ("f(a, /, b)", "f(a=1, b=2)", false),
            ("f(a, /, b)", "f(1, b=2)", true),
            ("f(a, /, **more)", "f(1, a=2)", true),
            ("f(*, a)", "f(1)", false),
            ("f(*, a)", "f(a=1)", true),
            ("f(*, a)", "f()", false),
            ("f(*args, a=1)", "f(1, 2, 3)", true),
            ("f(**kwargs)", "f(x=1)", true),
            ("f()", "f()", true),
            ("f()", "f(1)", false),
        ] {
            assert_eq!(accepts(signature, call), expected, "{call} by {signature}");
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for text in [
            "",
            "f",
            "()",
            "f(",
            "f(a",
            "f(a))",
            "f(a)\n",
            "f.(a)",
            "1f(a)",
            "f(a): pass\ndef g()",
            "f(a b)",
            "f(a): pass; x = 1 #",
            "f(a) -> int",
            "f(a: int)",
        ] {
            assert_eq!(Callable::read(text), None, "{text:?}");
        }
    }
}
