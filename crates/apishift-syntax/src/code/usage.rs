//! Which API a code uses: resolved names, their attributes, the keywords that calls give.

use std::collections::{BTreeMap, BTreeSet};

use super::{Binding, Call, CodeFile, Scope};

/// A use: `numpy.linalg.norm`, `numpy.linalg.norm(axis=)`, or `.append` of an object of which nothing is known.
pub type Use = String;

/// Arguments of a call: the places of those by position (`0`, `1`), the names of those by keyword, and `*` and
/// `**` for themselves.
pub type Shape = BTreeSet<String>;

/// The uses of a code, and the shapes of its calls by what they call. Empty where the code cannot be read.
#[derive(Debug, Default)]
pub struct Usage {
    /// What it names, imports among it.
    pub uses: BTreeSet<Use>,
    /// Arguments of its calls, by what is called; calls with the same ones once.
    pub calls: BTreeMap<Use, BTreeSet<Shape>>,
}

impl Usage {
    /// Reads a code.
    ///
    /// ```
    /// use apishift_syntax::code::Usage;
    /// let usage = Usage::of("from numpy import linalg as la\nla.norm([1], axis=0)\n");
    /// assert!(usage.uses.contains("numpy.linalg.norm(axis=)"));
    /// ```
    pub fn of(source: &str) -> Self {
        let mut usage = Self::default();
        let Some(file) = CodeFile::parse(source, "") else { return usage };
        for unit in &file.units {
            let scope = file.scope_of(unit, "");
            usage.uses.extend(scope.imports.values().filter_map(path).map(ToOwned::to_owned));
            for statement in &unit.statements {
                for chain in &statement.chains {
                    usage.uses.extend(known(scope.resolve(chain), chain.parts.last()));
                }
                for call in &statement.calls {
                    usage.note(call, &scope, source);
                }
            }
        }
        usage
    }

    fn note(&mut self, call: &Call, scope: &Scope, source: &str) {
        let Some(callee) = known(scope.resolve(&call.callee), call.callee.parts.last()) else { return };
        let keywords = call.arguments.iter().filter_map(|argument| argument.name.as_deref());
        self.uses.extend(keywords.map(|name| format!("{callee}({name}=)")));
        self.calls.entry(callee).or_default().insert(shape(call, source));
    }
}

fn path(binding: &Binding) -> Option<&str> {
    match binding {
        Binding::Path(path) => Some(path),
        Binding::Ambiguous => None,
    }
}

/// A path through an object of unknown kind says no more than its last attribute; a local name alone says nothing.
fn known(path: Option<String>, last: Option<&String>) -> Option<Use> {
    match path {
        Some(path) if !path.starts_with('?') => Some(path),
        _ => last.map(|last| format!(".{last}")),
    }
}

fn shape(call: &Call, source: &str) -> Shape {
    let mut positional = 0_usize;
    let mut shape = Shape::new();
    for argument in &call.arguments {
        match (&argument.name, argument.splat) {
            (Some(name), _) => {
                shape.insert(name.clone());
            }
            (None, true) => {
                let is_double = source.get(argument.range.clone()).is_some_and(|text| text.starts_with("**"));
                shape.insert(if is_double { "**" } else { "*" }.to_owned());
            }
            (None, false) => {
                shape.insert(positional.to_string());
                positional += 1;
            }
        }
    }
    shape
}
