//! Parameters of the same callable in two releases.

use apishift_syntax::surface::{Parameter, ParameterKind};

use crate::surface::Signature;

/// One difference between two parameter lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Difference {
    /// The new list has it.
    Added { name: String },
    /// The old list has it.
    Removed { name: String },
    /// It has another name in the same place.
    Renamed { old: String, new: String },
    /// It was free, and is by keyword only.
    KeywordOnly { name: String },
    /// Its default is another one, or gone.
    Default { name: String },
    /// Its default says that it is not to be given any more.
    Deprecated { name: String },
}

/// The differences, in the order of the old list, additions last. `renamed` knows names that texts give: old to new;
/// `announced` knows parameters that a deprecation said would go.
pub(super) fn differences(
    old: &Signature<'_>,
    new: &Signature<'_>,
    renamed: impl Fn(&str) -> Option<String>,
    announced: impl Fn(&str) -> bool,
) -> Vec<Difference> {
    let mut out = Vec::new();
    let mut explained: Vec<String> = Vec::new();
    let gone: Vec<&Parameter> = named(old.params).filter(|p| new.param(&p.name).is_none()).collect();
    let come: Vec<&Parameter> = named(new.params).filter(|p| old.param(&p.name).is_none()).collect();
    for parameter in named(old.params) {
        if let Some(now) = new.param(&parameter.name).filter(|p| p.kind.takes_one()) {
            out.extend(changes_of(parameter, now));
            continue;
        }
        // A decorator still takes it: its mark makes the row.
        if new.accepted.iter().any(|(name, _)| *name == parameter.name)
            || parameter.kind == ParameterKind::PositionalOnly
        {
            continue;
        }
        let told = renamed(&parameter.name).filter(|name| new.param(name).is_some());
        let seen = || same_place(old, new, parameter, &gone, &come);
        if let Some(name) = told.or_else(seen) {
            explained.push(name.clone());
            out.push(Difference::Renamed { old: parameter.name.clone(), new: name });
        } else if !new.takes_any_keyword() || announced(&parameter.name) {
            // What takes any keyword may take this one still, unless a text said that it goes.
            out.push(Difference::Removed { name: parameter.name.clone() });
        }
    }
    // What a decorator took under an old name, and takes no more.
    for (name, target) in old.accepted {
        let still = new.accepted.iter().any(|(n, _)| n == name)
            || new.param(name).is_some()
            || new.takes_any_keyword();
        if still {
            continue;
        }
        out.push(match target.as_ref().filter(|t| new.param(t).is_some()) {
            Some(target) => Difference::Renamed { old: name.clone(), new: target.clone() },
            None => Difference::Removed { name: name.clone() },
        });
    }
    let added =
        come.into_iter().filter(|p| !explained.contains(&p.name) && p.kind != ParameterKind::PositionalOnly);
    out.extend(added.map(|p| Difference::Added { name: p.name.clone() }));
    out
}

/// Parameters that people can name.
fn named(params: &[Parameter]) -> impl Iterator<Item = &Parameter> {
    params.iter().filter(|p| p.kind.takes_one() && !p.name.starts_with('_'))
}

fn changes_of(old: &Parameter, new: &Parameter) -> Vec<Difference> {
    let mut out = Vec::new();
    let name = || old.name.clone();
    if old.kind == ParameterKind::Either && new.kind == ParameterKind::KeywordOnly {
        out.push(Difference::KeywordOnly { name: name() });
    }
    match (&old.default, &new.default) {
        (Some(before), Some(after)) if canonical(before) != canonical(after) => {
            if is_deprecated(after) && !is_deprecated(before) {
                out.push(Difference::Deprecated { name: name() });
            } else if !is_sentinel(after)
                && !is_deprecated(before)
                && !before.contains("...")
                && !after.contains("...")
            {
                out.push(Difference::Default { name: name() });
            }
        }
        (Some(_), None) => out.push(Difference::Default { name: name() }),
        _ => {}
    }
    out
}

/// A default without what does not change it: kind of quotes, white space.
fn canonical(default: &str) -> String {
    default.chars().filter(|c| !c.is_whitespace()).map(|c| if c == '"' { '\'' } else { c }).collect()
}

/// Whether a default only tells that the parameter is not to be given, or whether it was: what the function does
/// without it cannot be read off.
pub(crate) fn is_marker(default: &str) -> bool {
    is_deprecated(default) || is_sentinel(default) || default.trim_matches(['"', '\'']) == "warn"
}

fn is_deprecated(default: &str) -> bool {
    default.to_ascii_lowercase().contains("deprecat")
}

/// Defaults that only tell the function whether the parameter was given.
fn is_sentinel(default: &str) -> bool {
    let name = default.to_ascii_lowercase();
    ["no_default", "nodefault", "novalue", "unset", "sentinel", "missing", "not_given", "notgiven", "_void"]
        .iter()
        .any(|part| name.contains(part))
        && !default.starts_with(['\'', '"'])
}

/// The parameter that stands where the old one stood, where nothing else speaks against it.
fn same_place(
    old: &Signature<'_>,
    new: &Signature<'_>,
    parameter: &Parameter,
    gone: &[&Parameter],
    come: &[&Parameter],
) -> Option<String> {
    if gone.len() != come.len() {
        return None;
    }
    let at = old.params.iter().position(|p| p.name == parameter.name)?;
    let now =
        new.params.get(at).filter(|p| come.iter().any(|c| c.name == p.name) && p.kind == parameter.kind)?;
    let default = |p: &Parameter| p.default.as_deref().map(canonical);
    if default(now) != default(parameter) {
        return None;
    }
    // Two unrelated flags stand in the same place with the same default often enough.
    let is_shared = || {
        parameter.default.is_some()
            && old.params.iter().filter(|p| default(p) == default(parameter)).count() > 2
    };
    let is_common =
        matches!(parameter.default.as_deref(), Some("None" | "False" | "True" | "0" | "1")) || is_shared();
    (!is_common || alike(&parameter.name, &now.name)).then(|| now.name.clone())
}

/// Whether two names share a word, or one holds the other.
fn alike(a: &str, b: &str) -> bool {
    let words =
        |name: &str| name.split('_').filter(|w| w.len() > 2).map(str::to_ascii_lowercase).collect::<Vec<_>>();
    let (x, y) = (words(a), words(b));
    x.iter().any(|w| y.contains(w)) || (a.len() > 2 && b.contains(a)) || (b.len() > 2 && a.contains(b))
}
