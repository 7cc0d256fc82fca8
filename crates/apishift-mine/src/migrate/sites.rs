//! Uses of an old API in a statement.

use std::{collections::BTreeSet, ops::Range};

use apishift_syntax::code::{Binding, Call, Chain, Root, Scope, Statement};

use super::rules::{Rule, RuleSet, Subject};
use crate::shape::is_old;

/// One use of an old API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Site {
    /// Index into [`RuleSet::rules`].
    pub(super) rule: usize,
    /// What the rule wants gone (a chain, a keyword argument) or, for defaults, the call. In bytes.
    pub(super) range: Range<usize>,
    /// Whether the receiver is known, not guessed from a rare name.
    pub(super) sure: bool,
}

/// What is known about the file around a statement.
pub(super) struct Surroundings<'a> {
    /// Imports and instances.
    pub(super) scope: &'a Scope,
    /// Top-level import names that the file uses.
    pub(super) roots: &'a BTreeSet<String>,
}

/// Uses of old APIs in `statement`.
pub(super) fn sites(statement: &Statement, around: &Surroundings<'_>, rules: &RuleSet) -> Vec<Site> {
    let mut found = Vec::new();
    for chain in &statement.chains {
        named(chain, around, rules, &mut found);
    }
    for call in &statement.calls {
        called((statement, call), around, rules, &mut found);
    }
    found
}

/// What a chain is, as far as it can be known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// A dotted path: `pandas.DataFrame.append` for a method of an instance.
    Path(String),
    /// A receiver of unknown type.
    Unknown,
}

pub(crate) fn meaning(chain: &Chain, scope: &Scope) -> Meaning {
    let Some(path) = scope.resolve(chain) else { return Meaning::Unknown };
    if path.contains('?') {
        return Meaning::Unknown;
    }
    match path.matches("()").count() {
        0 => Meaning::Path(path),
        1 if class_like(path.split("()").next().unwrap_or_default()) => Meaning::Path(path.replace("()", "")),
        _ => Meaning::Unknown,
    }
}

/// Whether the last part of a path is written as classes are.
fn class_like(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|last| last.starts_with(|c: char| c.is_ascii_uppercase()))
}

fn named(chain: &Chain, around: &Surroundings<'_>, rules: &RuleSet, found: &mut Vec<Site>) {
    match meaning(chain, around.scope) {
        Meaning::Path(path) => {
            for prefix in prefixes(&path) {
                for &rule in rules.by_path.get(prefix).into_iter().flatten() {
                    if matches!(rules.rules[rule].subject, Subject::Name | Subject::Method) {
                        found.push(Site { rule, range: chain.range.clone(), sure: true });
                    }
                }
            }
        }
        Meaning::Unknown => {
            // `self.name()` is a method of the class at hand.
            let of_self = chain.root == Root::Name("self".to_owned()) && chain.parts.len() == 1;
            let Some(name) = chain.parts.last().filter(|_| chain.called && !of_self) else { return };
            // Where the rule names what comes instead, the edit has to show it, and the name may be a plainer one.
            let is_told_apart =
                |rule: &Rule| rare(name) || plain_but_own(name) && !rule.replacement.is_empty();
            let candidates =
                in_reach(chain, around, rules, |rule| rule.subject == Subject::Method && is_told_apart(rule));
            // Two classes of the same library may share the method and the rule; two libraries are a guess too many.
            if one_library(&candidates, rules) {
                found.extend(candidates.into_iter().map(|rule| Site {
                    rule,
                    range: chain.range.clone(),
                    sure: false,
                }));
            }
        }
    }
}

fn called(
    (statement, call): (&Statement, &Call),
    around: &Surroundings<'_>,
    rules: &RuleSet,
    found: &mut Vec<Site>,
) {
    let (candidates, sure) = match meaning(&call.callee, around.scope) {
        Meaning::Path(path) => (rules.by_path.get(&path).cloned().unwrap_or_default(), true),
        Meaning::Unknown => {
            if call.callee.parts.last().is_none_or(|name| name.len() <= 3) {
                return;
            }
            let candidates =
                in_reach(&call.callee, around, rules, |rule| matches!(rule.subject, Subject::Keyword(_)));
            if !one_library(&candidates, rules) {
                return;
            }
            (candidates, false)
        }
    };
    for rule in candidates {
        let range = match &rules.rules[rule].subject {
            Subject::Name | Subject::Method => None,
            Subject::Keyword(parameter) => call.keyword(parameter).map(|argument| argument.range.clone()),
            Subject::Default(parameter) => call.keyword(parameter).is_none().then(|| call.range.clone()),
            Subject::KeywordOnly(parameter) => {
                let by_position =
                    call.keyword(parameter).is_none() && call.positional().is_some_and(|n| n > 0);
                by_position.then(|| call.range.clone())
            }
            Subject::CallShape(change) => is_old(change, statement, call).then(|| call.range.clone()),
        };
        found.extend(range.map(|range| Site { rule, range, sure }));
    }
}

/// Rules on methods of the name that a chain ends with.
fn in_reach(
    chain: &Chain,
    around: &Surroundings<'_>,
    rules: &RuleSet,
    wanted: impl Fn(&Rule) -> bool,
) -> Vec<usize> {
    let name = chain.parts.last().map_or("", String::as_str);
    let candidates = rules.by_method.get(name).into_iter().flatten().copied();
    candidates
        .filter(|&rule| {
            let rule = &rules.rules[rule];
            let root = rule.paths.first().and_then(|path| path.split('.').next()).unwrap_or_default();
            wanted(rule) && around.roots.contains(root) && is_near(rule, chain, around.scope)
        })
        .collect()
}

/// Whether an object of unknown type may be of a class of the rule: one at the library's top, or one whose module or class an
/// import names, or what comes before it. Masked arrays are not what most code that imports numpy has.
fn is_near(rule: &Rule, chain: &Chain, scope: &Scope) -> bool {
    let before = scope.resolve(chain).unwrap_or_default();
    let imported = scope.imports.values().filter_map(|binding| match binding {
        Binding::Path(path) => Some(path.as_str()),
        Binding::Ambiguous => None,
    });
    let named: BTreeSet<&str> =
        imported.chain([before.as_str()]).flat_map(|path| path.split(['.', '(', ')'])).collect();
    rule.paths.iter().any(|path| {
        let parts: Vec<&str> = path.split('.').collect();
        parts.len() <= 3 || parts[1..parts.len() - 1].iter().any(|part| named.contains(part))
    })
}

fn one_library(candidates: &[usize], rules: &RuleSet) -> bool {
    let libraries: BTreeSet<&str> =
        candidates.iter().map(|&rule| rules.rules[rule].library.as_str()).collect();
    libraries.len() == 1
}

/// Names that no other library is likely to have.
fn rare(name: &str) -> bool {
    name.len() >= 10
        || name.len() >= 7 && name.contains('_')
        || name.chars().skip(1).any(|c| c.is_ascii_uppercase())
}

/// Names that builtin classes do not have, and that are no short common word.
fn plain_but_own(name: &str) -> bool {
    const OF_BUILTINS: &[&str] = &[
        "append",
        "capitalize",
        "casefold",
        "center",
        "decode",
        "difference",
        "discard",
        "encode",
        "endswith",
        "expandtabs",
        "extend",
        "format",
        "fromkeys",
        "insert",
        "intersection",
        "isalnum",
        "isalpha",
        "isdigit",
        "islower",
        "isnumeric",
        "isspace",
        "istitle",
        "isupper",
        "lstrip",
        "partition",
        "popitem",
        "readline",
        "readlines",
        "remove",
        "replace",
        "reverse",
        "rfind",
        "rindex",
        "rjust",
        "rpartition",
        "rsplit",
        "rstrip",
        "setdefault",
        "splitlines",
        "startswith",
        "swapcase",
        "translate",
        "union",
        "update",
        "values",
    ];
    name.len() >= 6 && !OF_BUILTINS.contains(&name)
}

/// `a.b.c`, `a.b`: the path and what contains it, longest first, without the top-level name alone.
fn prefixes(path: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(path);
    std::iter::from_fn(move || {
        let current = rest.filter(|path| path.contains('.'))?;
        rest = current.rsplit_once('.').map(|(prefix, _)| prefix);
        Some(current)
    })
}
