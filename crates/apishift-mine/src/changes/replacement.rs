//! Replacements that messages name, looked up in the release that has them.

use crate::{
    message::{Named, Strength},
    surface::{DefId, Member, PublicApi, Target, is_public_module},
};

/// Functions of the language that messages send people to.
const BUILTINS: &[&str] = &[
    "isinstance",
    "issubclass",
    "int",
    "float",
    "str",
    "bytes",
    "bool",
    "complex",
    "list",
    "dict",
    "set",
    "tuple",
    "len",
    "sum",
    "min",
    "max",
    "any",
    "all",
    "sorted",
    "range",
    "iter",
    "next",
    "open",
    "getattr",
    "object",
];

/// Where a message stands: what its words are relative to.
#[derive(Clone, Copy, Debug)]
pub(super) struct Context<'a> {
    /// The release in which the replacement is to be found.
    pub api: &'a PublicApi,
    /// Public path of the symbol.
    pub symbol: &'a str,
    /// The class that the words may mean a member of, and its public path: the symbol itself, or what holds it.
    pub class: Option<(DefId, &'a str)>,
}

/// The public path of the first name that leads somewhere, and whether its message speaks of a new name.
pub(super) fn of_symbol(named: &[Named], context: Context<'_>) -> Option<(String, bool)> {
    named
        .iter()
        .filter(|n| !n.as_parameter && n.strength != Strength::Everyday)
        .filter_map(|n| Some((path_of(&n.path, n.strength == Strength::Code, true, context)?, n.as_rename)))
        .find(|(path, _)| path != context.symbol)
}

/// The new name of a parameter, or the public path of what takes its place.
pub(super) fn of_parameter(
    named: &[Named],
    parameter: &str,
    new_params: &[&str],
    context: Context<'_>,
) -> Option<String> {
    named.iter().filter(|n| n.path != parameter).find_map(|n| {
        let name = n.path.rsplit('.').next().unwrap_or(&n.path);
        if new_params.contains(&name) {
            return Some(name.to_owned());
        }
        if n.as_parameter || n.strength != Strength::Code {
            return None;
        }
        path_of(&n.path, true, false, context).filter(|path| path != context.symbol)
    })
}

fn path_of(written: &str, is_code: bool, may_leave: bool, context: Context<'_>) -> Option<String> {
    let api = context.api;
    let old_name = context.symbol.rsplit('.').next()?;
    // `module.` of "import it from module": the old name there.
    let completed;
    let mut written = written;
    if let Some(module) = written.strip_suffix('.') {
        completed = format!("{module}.{old_name}");
        written = &completed;
    }
    // `_orm.Session`: documentation has short private names of its own for modules; what follows counts.
    if let Some((_, rest)) = written.split_once('.').filter(|(first, _)| first.starts_with('_')) {
        return path_of(rest, is_code, false, context);
    }
    if !written.contains('.') {
        return bare(written, is_code, context);
    }
    if let Some(path) = of_own_class(written, context).or_else(|| public_path(api, written, old_name)) {
        return Some(path);
    }
    let root = context.symbol.split('.').next()?;
    let (first, rest) = written.split_once('.')?;
    // `np.x` of numpy.
    let by_root =
        || public_path(api, &format!("{root}.{rest}"), old_name).filter(|_| abbreviates(first, root));
    if let Some(path) = by_root().or_else(|| with_suffix(api, written)) {
        return Some(path);
    }
    // Another distribution: a path that starts with a module's name and leads nowhere here.
    let is_module =
        first.len() > 2 && first.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
    let is_here = first == root || api.resolve(first).is_some() || matches!(first, "self" | "cls" | "obj");
    (may_leave && is_module && is_code && !is_here).then(|| written.to_owned())
}

/// Whether a short name is made of letters of the other, in order, the first one first: `np` of `numpy`.
pub(super) fn abbreviates(short: &str, long: &str) -> bool {
    let mut letters = long.chars();
    short.len() <= 3
        && short.chars().next() == long.chars().next()
        && short.chars().all(|c| letters.any(|l| l == c))
}

/// `Class.x`, `obj.x`, `{class}.x` in the words of a member: `x` of the same class.
fn of_own_class(written: &str, context: Context<'_>) -> Option<String> {
    let (class, path) = context.class?;
    let (owner, name) = written.rsplit_once('.')?;
    let owner = owner.rsplit('.').next()?;
    let is_instance = owner.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let is_own = owner == context.api.item(class).name || path.rsplit('.').next() == Some(owner);
    // A base that defines the member is no other class than the one through which people call it.
    let is_base = || {
        let (lineage, _) = context.api.lineage(class);
        lineage.iter().any(|base| context.api.item(*base).name == owner)
    };
    if is_instance && context.api.resolve(written).is_some() {
        return None;
    }
    (is_own || is_instance || is_base()).then(|| sibling(name, context)).flatten()
}

fn bare(name: &str, is_code: bool, context: Context<'_>) -> Option<String> {
    if let Some(path) = sibling(name, context) {
        return Some(path);
    }
    let api = context.api;
    let (parent, _) = context.symbol.rsplit_once('.')?;
    // In the module that offers the symbol, or a package around it.
    let mut place = Some(parent);
    while let Some(module) = place {
        let path = format!("{module}.{name}");
        let is_other = path != context.symbol;
        if let Some(Target::Def(_)) = api.resolve(&path).filter(|_| is_other) {
            if let Some(path) = public_path(api, &path, name) {
                return Some(path);
            }
        }
        place = module.rsplit_once('.').map(|(up, _)| up);
    }
    // `float` in the words about `numpy.float`: no other one that has the name.
    let is_own_name = context.symbol.rsplit('.').next() == Some(name);
    if is_own_name && BUILTINS.contains(&name) {
        return Some(name.to_owned());
    }
    if is_code {
        if let [only] = api.named(name) {
            return api.paths_of(*only).into_iter().next();
        }
    }
    BUILTINS.contains(&name).then(|| name.to_owned())
}

/// A member of the same class, other than the symbol.
fn sibling(name: &str, context: Context<'_>) -> Option<String> {
    let (class, path) = context.class?;
    let found =
        matches!(context.api.member(class, name), Member::Found(_)) || context.api.sets_on_self(class, name);
    Some(format!("{path}.{name}")).filter(|path| found && path != context.symbol)
}

/// A public path of what a dotted path leads to: as written where no part is private, else the shortest.
/// A module is completed by the old name.
fn public_path(api: &PublicApi, path: &str, old_name: &str) -> Option<String> {
    match api.resolve(path)? {
        Target::Def(def) => {
            if is_public_module(path) {
                return Some(path.to_owned());
            }
            api.paths_of(def).into_iter().next()
        }
        Target::Module(_) => {
            let inside = format!("{path}.{old_name}");
            Some(if api.resolve(&inside).is_some() { inside } else { path.to_owned() })
        }
        Target::Opaque => Some(path.to_owned()),
    }
}

/// The only public definition whose path ends like this.
fn with_suffix(api: &PublicApi, written: &str) -> Option<String> {
    let (before, last) = written.rsplit_once('.')?;
    let owner = before.rsplit('.').next()?;
    let tail = format!(".{written}");
    let mut found: Vec<String> = Vec::new();
    for def in api.named(last) {
        let paths = api.paths_of(*def);
        if paths.iter().any(|path| path.ends_with(&tail)) {
            found.extend(paths.into_iter().next());
        }
    }
    for class in api.named(owner) {
        let paths = api.paths_of(*class);
        let is_class = api.item(*class).as_class().is_some();
        let matches = paths.iter().any(|path| format!(".{path}").ends_with(&format!(".{before}")));
        if is_class && matches && api.member(*class, last) != Member::Missing {
            found.extend(paths.first().map(|path| format!("{path}.{last}")));
        }
    }
    super::draft::sort_paths(&mut found);
    // Several: the shortest, where it is the only one of its depth.
    let depth = |path: &String| path.matches('.').count();
    match found.as_slice() {
        [only] => Some(only.clone()),
        [first, second, ..] if depth(first) < depth(second) => Some(first.clone()),
        _ => None,
    }
}
