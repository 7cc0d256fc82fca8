//! Which API a code uses: resolved names, their attributes, the keywords that calls give.

use std::collections::{BTreeMap, BTreeSet};

use apishift_syntax::code::{Binding, Call, CodeFile, Scope};

/// A use: `numpy.linalg.norm`, `numpy.linalg.norm(axis=)`, or `.append` of an object of which nothing is known.
type Use = String;

/// Arguments of a call: how many by position, and which by keyword. `*` and `**` stand for themselves.
type Shape = BTreeSet<String>;

/// The uses of a code, and the shapes of its calls by what they call. Empty where the code cannot be read.
#[derive(Debug, Default)]
pub(crate) struct Usage {
    uses: BTreeSet<Use>,
    calls: BTreeMap<Use, BTreeSet<Shape>>,
}

impl Usage {
    pub(crate) fn of(source: &str) -> Self {
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
                    usage.note(call, &scope);
                }
            }
        }
        usage
    }

    fn note(&mut self, call: &Call, scope: &Scope) {
        let Some(callee) = known(scope.resolve(&call.callee), call.callee.parts.last()) else { return };
        let keywords = call.arguments.iter().filter_map(|argument| argument.name.as_deref());
        self.uses.extend(keywords.map(|name| format!("{callee}({name}=)")));
        self.calls.entry(callee).or_default().insert(shape(call));
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

fn shape(call: &Call) -> Shape {
    let mut positional = 0_usize;
    let mut shape = Shape::new();
    for argument in &call.arguments {
        match (&argument.name, argument.splat) {
            (Some(name), _) => {
                shape.insert(name.clone());
            }
            (None, true) => {
                shape.insert("*".to_owned());
            }
            (None, false) => {
                shape.insert(positional.to_string());
                positional += 1;
            }
        }
    }
    shape
}

/// What an API change made of a code: known from the code before and after.
#[derive(Debug)]
pub(crate) struct Change {
    /// Uses that went.
    old: BTreeSet<Use>,
    /// Uses that came; where none did, what is still called, without the keyword that went.
    new: BTreeSet<Use>,
    /// Calls that the change made what they are.
    calls: BTreeMap<Use, BTreeSet<Shape>>,
}

impl Change {
    pub(crate) fn between(old_code: &str, new_code: &str) -> Self {
        let (before, after) = (Usage::of(old_code), Usage::of(new_code));
        let old: BTreeSet<Use> = before.uses.difference(&after.uses).cloned().collect();
        let mut new: BTreeSet<Use> = after.uses.difference(&before.uses).cloned().collect();
        if new.is_empty() {
            let callees = old.iter().filter_map(|used| used.split_once('(')).map(|(callee, _)| callee);
            new.extend(callees.filter(|callee| after.uses.contains(*callee)).map(ToOwned::to_owned));
        }
        let is_new = |callee: &Use, shape: &Shape| {
            before.calls.get(callee).is_none_or(|shapes| !shapes.contains(shape))
        };
        let mut calls: BTreeMap<Use, BTreeSet<Shape>> = BTreeMap::new();
        for (callee, shapes) in after.calls {
            let shapes: BTreeSet<Shape> = shapes.into_iter().filter(|shape| is_new(&callee, shape)).collect();
            if !shapes.is_empty() {
                calls.insert(callee, shapes);
            }
        }
        Self { old, new, calls }
    }

    /// The share of the new uses that a code has; of a change that shows in no use: none.
    pub(crate) fn new_api(&self, usage: &Usage) -> f64 {
        share(self.new.intersection(&usage.uses).count(), self.new.len())
    }

    /// The share of the old uses that a code still has.
    pub(crate) fn old_api(&self, usage: &Usage) -> f64 {
        share(self.old.intersection(&usage.uses).count(), self.old.len())
    }

    /// How far the calls that changed are given the same arguments: of each, shared arguments by all of them, at best; their
    /// mean. Of a change that shows in no call: [`Self::new_api`].
    pub(crate) fn call_match(&self, usage: &Usage) -> f64 {
        let matches = |(callee, shapes): (&Use, &BTreeSet<Shape>)| {
            let given = usage.calls.get(callee);
            let best = |shape: &Shape| {
                let of = |other: &Shape| {
                    let shared = shape.intersection(other).count();
                    let all = shape.len() + other.len() - shared;
                    if all == 0 { 1.0 } else { shared as f64 / all as f64 }
                };
                given.into_iter().flatten().map(of).fold(0.0, f64::max)
            };
            shapes.iter().map(best).collect::<Vec<_>>()
        };
        let all: Vec<f64> = self.calls.iter().flat_map(matches).collect();
        if all.is_empty() { self.new_api(usage) } else { all.iter().sum::<f64>() / all.len() as f64 }
    }
}

fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "rewards are exact")]
mod tests {
    use super::*;

    const OLD: &str = "import shapes\n\ndef f(x):\n    return shapes.scale(x, factor=3)\n";
    const NEW: &str = "import shapes\n\ndef f(x):\n    return shapes.resize(x, by=3)\n";

    fn measured(old: &str, new: &str, code: &str) -> [f64; 3] {
        let (change, usage) = (Change::between(old, new), Usage::of(code));
        [change.new_api(&usage), change.old_api(&usage), change.call_match(&usage)]
    }

    #[test]
    fn names_count_however_they_are_imported() {
        assert_eq!(measured(OLD, NEW, NEW), [1.0, 0.0, 1.0]);
        assert_eq!(measured(OLD, NEW, OLD), [0.0, 1.0, 0.0]);
        let other = "from shapes import resize as r\nprint(r([1], by=2))\n";
        assert_eq!(measured(OLD, NEW, other), [1.0, 0.0, 1.0]);
        let half = "import shapes\nshapes.resize([1], factor=2)\n";
        assert_eq!(measured(OLD, NEW, half), [0.5, 0.0, 1.0 / 3.0], "the name is new, the keyword is not");
        assert_eq!(
            measured(OLD, NEW, "def resize(x, by): return x\nresize(1, by=2)\n"),
            [0.0, 0.0, 0.0],
            "its own"
        );
    }

    #[test]
    fn a_keyword_that_went_leaves_the_call() {
        let (old, new) = ("import s\ns.f(1, a=2)\n", "import s\ns.f(1)\n");
        assert_eq!(measured(old, new, new), [1.0, 0.0, 1.0]);
        assert_eq!(measured(old, new, old), [1.0, 1.0, 0.5]);
        assert_eq!(measured(old, new, "x = 1\n"), [0.0, 0.0, 0.0]);
    }

    #[test]
    fn methods_of_unknown_objects_count_by_name() {
        let (old, new) =
            ("def f(x):\n    return x.append(1)\n", "import p\n\ndef f(x):\n    return p.concat([x, 1])\n");
        assert_eq!(measured(old, new, new), [1.0, 0.0, 1.0]);
        assert_eq!(measured(old, new, "def g(y):\n    y.append(2)\n"), [0.0, 1.0, 0.0]);
    }

    #[test]
    fn what_cannot_be_read_uses_nothing() {
        assert_eq!(measured(OLD, NEW, "def f(:"), [0.0, 0.0, 0.0]);
        assert_eq!(measured("x = 1\n", "x = 2\n", "x = 2\n"), [0.0, 0.0, 0.0], "no use changed");
    }
}
