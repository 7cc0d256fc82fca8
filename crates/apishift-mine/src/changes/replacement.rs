//! Replacements that messages name, looked up in the release that has them.

use crate::{
    message::Named,
    surface::{DefId, PublicApi, Target},
};

/// Functions of the language that messages send people to.
const BUILTINS: [&str; 24] = [
    "isinstance",
    "issubclass",
    "int",
    "float",
    "str",
    "bytes",
    "bool",
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
    /// The symbol's definition in [`Self::api`], where it is there.
    pub def: Option<DefId>,
    /// The class, for a member.
    pub class: Option<DefId>,
}

/// The public path of the first name that leads somewhere, and whether its message speaks of a new name.
pub(super) fn of_symbol(named: &[Named], context: Context<'_>) -> Option<(String, bool)> {
    named
        .iter()
        .filter(|n| !n.as_parameter)
        .filter_map(|n| Some((path_of(&n.path, n.is_code, context)?, n.as_rename)))
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
        if n.as_parameter || !n.is_code {
            return None;
        }
        path_of(&n.path, true, context).filter(|path| path != context.symbol)
    })
}

fn path_of(written: &str, is_code: bool, context: Context<'_>) -> Option<String> {
    let api = context.api;
    // `module.` of "import it from module": the old name there.
    let completed;
    let mut written = written;
    if let Some(module) = written.strip_suffix('.') {
        completed = format!("{module}.{}", context.symbol.rsplit('.').next()?);
        written = &completed;
    }
    if !written.contains('.') {
        return bare(written, is_code, context);
    }
    if let Some(path) = public_path(api, written) {
        return Some(path);
    }
    let root = context.symbol.split('.').next()?;
    let (first, rest) = written.split_once('.')?;
    // `np.x` of numpy, `cls.x` and `obj.x` of a method.
    if let Some(path) =
        public_path(api, &format!("{root}.{rest}")).filter(|_| first.len() <= 3 && !rest.is_empty())
    {
        return Some(path);
    }
    if let (Some(class), false) = (context.class, rest.contains('.')) {
        let own_class = api.item(class).name == first;
        let is_instance = first.chars().all(|c| c.is_ascii_lowercase() || c == '_');
        if own_class || is_instance {
            if let Some(path) = sibling(rest, context) {
                return Some(path);
            }
        }
    }
    let by_suffix = with_suffix(api, written);
    if by_suffix.is_some() {
        return by_suffix;
    }
    // Another distribution: a path that starts with a module's name and leads nowhere here.
    let is_module =
        first.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') && first.len() > 1;
    let is_here = first == root
        || api.resolve(first).is_some()
        || matches!(first, "self" | "cls" | "obj" | "np" | "pd");
    (is_module && is_code && !is_here).then(|| written.to_owned())
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
        if let Some(Target::Def(_)) = api.resolve(&path) {
            if let Some(path) = public_path(api, &path) {
                return Some(path);
            }
        }
        place = module.rsplit_once('.').map(|(up, _)| up);
    }
    if !is_code {
        return None;
    }
    if let [only] = api.named(name) {
        return api.paths_of(*only).into_iter().next();
    }
    BUILTINS.contains(&name).then(|| name.to_owned())
}

/// A member of the same class.
fn sibling(name: &str, context: Context<'_>) -> Option<String> {
    use crate::surface::Member;
    let class = context.class?;
    let (parent, _) = context.symbol.rsplit_once('.')?;
    match context.api.member(class, name) {
        Member::Found(_) => Some(format!("{parent}.{name}")),
        Member::Missing | Member::Unknown => None,
    }
}

/// The shortest public path of what a dotted path leads to.
fn public_path(api: &PublicApi, path: &str) -> Option<String> {
    match api.resolve(path)? {
        Target::Def(def) => {
            // A path through a class stays with that class, also where a base defines the member.
            if let Some((class, member)) = path.rsplit_once('.') {
                if let Some(Target::Def(class)) = api.resolve(class) {
                    return api.paths_of(class).first().map(|class| format!("{class}.{member}"));
                }
            }
            api.paths_of(def).into_iter().next()
        }
        Target::Module(_) => Some(path.to_owned()),
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
        if is_class && matches && api.member(*class, last) != crate::surface::Member::Missing {
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
