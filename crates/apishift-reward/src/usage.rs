//! What an API change made of a code, and how far another code follows it.

use std::collections::{BTreeMap, BTreeSet};

use apishift_syntax::{
    code::{Shape, Usage, Use},
    surface::{Callable, Given},
};

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

/// What the new code calls, and under which names.
#[derive(Debug)]
pub(crate) struct KnownCallable {
    callable: Callable,
    /// The path, and what the right code calls by its last name: through another path, or on an object of unknown kind.
    names: BTreeSet<Use>,
}

impl KnownCallable {
    /// `None` where the right code does not call it, or not as its parameters say: then it is no measure of other codes.
    pub(crate) fn new(callable: Callable, right: &Usage) -> Option<Self> {
        let last = |path: &str| path.rsplit('.').next().unwrap_or(path).to_owned();
        let root = |path: &str| path.split('.').next().unwrap_or(path).to_owned();
        let (name, library) = (last(&callable.path), root(&callable.path));
        let mut names = BTreeSet::from([callable.path.clone()]);
        if !right.calls.contains_key(&callable.path) {
            // Another path of the same library, or a method of an object of unknown kind; not what another library calls so.
            let is_it = |callee: &&Use| {
                last(callee) == name && [library.as_str(), ""].contains(&root(callee).as_str())
            };
            names.extend(right.calls.keys().filter(is_it).cloned());
        }
        let known = Self { callable, names };
        let is_right = known.accepted(right) >= 1.0;
        is_right.then_some(known)
    }

    /// The share of its calls that its parameters accept; without a call, none.
    pub(crate) fn accepted(&self, usage: &Usage) -> f64 {
        let calls = self.names.iter().filter_map(|name| usage.calls.get(name)).flatten();
        let (mut all, mut fit) = (0, 0);
        for shape in calls {
            let mut given =
                Given { star: shape.contains("*"), double_star: shape.contains("**"), ..Given::default() };
            for argument in shape.iter().filter(|argument| !argument.starts_with('*')) {
                if argument.starts_with(|first: char| first.is_ascii_digit()) {
                    given.positional += 1;
                } else {
                    given.keywords.push(argument);
                }
            }
            all += 1;
            fit += usize::from(self.callable.accepts(&given));
        }
        share(fit, all)
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
    fn calls_are_measured_by_the_signature() {
        let accepted = |signature: &str, right: &str, code: &str| {
            let callable = Callable::read(signature).expect("a signature");
            let known = KnownCallable::new(callable, &Usage::of(right));
            known.map(|known| known.accepted(&Usage::of(code)))
        };
        let of_new = |code: &str| accepted("shapes.resize(x, *, by=1)", NEW, code);
        assert_eq!(of_new(NEW), Some(1.0));
        assert_eq!(of_new(OLD), Some(0.0), "it is not called");
        assert_eq!(
            of_new("from shapes import resize as r\nr(1)\nr(1, by=2)\nr(1, 2)\nr(*a, into=2)\n"),
            Some(0.5)
        );
        let both = "import shapes, colours\nshapes.resize(1, by=2)\ncolours.resize(1, 2, 3)\n";
        let other = "import colours\ncolours.resize(1)\n";
        let of_both = |code: &str| accepted("shapes.resize(x, *, by=1)", both, code);
        assert_eq!([of_both(both), of_both(other)], [Some(1.0), Some(0.0)], "another library's is another");
        let method = "def f(table):\n    table.append(1)\n";
        assert_eq!(
            accepted("shapes.Table.append(row)", method, "def g(t):\n    t.append(row=2)\n"),
            Some(1.0)
        );
        assert_eq!(
            accepted("shapes.Table.append(row)", NEW, method),
            None,
            "the right code calls no such method"
        );
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
