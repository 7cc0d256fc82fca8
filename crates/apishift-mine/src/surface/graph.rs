//! Names of a release, resolved through imports to a fixed point.

use std::{
    cell::{Cell, RefCell},
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use apishift_syntax::surface::{AllStep, Import, Imported, Item, ItemKind, ModuleSurface};
use rustc_hash::FxHashMap;

use super::layout::ModuleFiles;

/// A definition of a release: an item of one of a module's files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DefId {
    module: u32,
    in_stub: bool,
    item: u32,
}

impl DefId {
    /// The module that holds it.
    pub fn module(self) -> ModuleId {
        ModuleId(self.module)
    }
}

/// What a name is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Target {
    /// A definition of this release.
    Def(DefId),
    /// A module of this release.
    Module(ModuleId),
    /// Something that exists and cannot be seen: compiled code, another distribution, a value made at import.
    Opaque,
}

/// A module of a release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleId(u32);

/// A module with what its files say.
#[derive(Clone, Debug)]
pub(crate) struct Module {
    pub files: ModuleFiles,
    pub source: Option<Arc<ModuleSurface>>,
    pub stub: Option<Arc<ModuleSurface>>,
    /// A file of it could not be read: what it does not show may exist.
    pub is_opaque: bool,
}

impl Module {
    /// The file that decides which names exist: the source, else the stub.
    fn primary(&self) -> Option<(&ModuleSurface, bool)> {
        match (&self.source, &self.stub) {
            (Some(source), _) => Some((source, false)),
            (None, Some(stub)) => Some((stub, true)),
            (None, None) => None,
        }
    }
}

/// All modules of a release and their names.
#[derive(Debug)]
pub(crate) struct Graph {
    pub modules: Vec<Module>,
    by_name: FxHashMap<String, u32>,
    /// Per module: its names, where they lead, and whether they are offered.
    exports: Vec<BTreeMap<String, Export>>,
    /// Per module: it may have names that cannot be seen.
    partial: Vec<bool>,
}

/// A name of a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Export {
    pub target: Target,
    /// Part of what the module offers to others, as far as the module says.
    pub offered: bool,
}

impl Graph {
    pub(crate) fn new(modules: Vec<Module>) -> Self {
        let by_name = modules.iter().zip(0..).map(|(m, at)| (m.files.name.clone(), at)).collect();
        let resolver = Resolver::new(&modules, &by_name);
        let exports = (0..modules.len()).map(|at| resolver.exports(at)).collect();
        let partial = resolver.partial();
        Self { modules, by_name, exports, partial }
    }

    /// Whether a module may have names that cannot be seen: it could not be read whole, or takes all names of
    /// something that cannot be seen.
    pub(crate) fn is_partial(&self, id: ModuleId) -> bool {
        self.partial[id.0 as usize]
    }

    pub(crate) fn module(&self, name: &str) -> Option<ModuleId> {
        self.by_name.get(name).copied().map(ModuleId)
    }

    pub(crate) fn module_of(&self, id: ModuleId) -> &Module {
        &self.modules[id.0 as usize]
    }

    pub(crate) fn exports_of(&self, id: ModuleId) -> &BTreeMap<String, Export> {
        &self.exports[id.0 as usize]
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = ModuleId> + use<> {
        (0..u32::try_from(self.modules.len()).unwrap_or(u32::MAX)).map(ModuleId)
    }

    /// The file that holds a definition.
    pub(crate) fn surface_of(&self, def: DefId) -> &ModuleSurface {
        let module = &self.modules[def.module as usize];
        let surface = if def.in_stub { &module.stub } else { &module.source };
        surface.as_deref().expect("a definition is only made from a file that was read")
    }

    pub(crate) fn item(&self, def: DefId) -> &Item {
        &self.surface_of(def).items[def.item as usize]
    }

    /// The class that holds a definition.
    pub(crate) fn parent(&self, def: DefId) -> Option<DefId> {
        self.item(def).parent.map(|item| DefId { item, ..def })
    }

    pub(crate) fn path_of(&self, def: DefId) -> &str {
        let files = &self.modules[def.module as usize].files;
        let place = if def.in_stub { &files.stub } else { &files.source };
        place.as_ref().map(|(path, _)| path.as_str()).unwrap_or_default()
    }

    /// Items of a class's own body, in order.
    pub(crate) fn body(&self, class: DefId) -> impl Iterator<Item = (DefId, &Item)> {
        let items = &self.surface_of(class).items;
        let start = class.item + 1;
        (start..)
            .zip(items.iter().skip(start as usize))
            .take_while(move |(_, item)| item.parent.is_some_and(|p| p >= class.item))
            .filter(move |(_, item)| item.parent == Some(class.item))
            .map(move |(item_id, item)| (DefId { item: item_id, ..class }, item))
    }

    /// The class of the same name in the stub beside the source that holds a class.
    pub(crate) fn stub_twin(&self, class: DefId) -> Option<DefId> {
        let stub = self.modules[class.module as usize].stub.as_ref().filter(|_| !class.in_stub)?;
        let name = &self.item(class).name;
        let is_twin = |item: &Item| item.parent.is_none() && item.name == *name && item.as_class().is_some();
        let (_, at) = stub.items.iter().zip(0..).find(|(item, _)| is_twin(item))?;
        Some(DefId { in_stub: true, item: at, ..class })
    }

    /// Follows a dotted name from a module's scope (`np.ndarray`, `Base`, `mod.Class.Inner`).
    pub(crate) fn lookup(&self, module: ModuleId, dotted: &str) -> Option<Target> {
        let mut parts = dotted.split('.');
        let first = self.exports_of(module).get(parts.next()?)?.target;
        parts.try_fold(first, |target, part| self.step(target, part))
    }

    /// One attribute access.
    pub(crate) fn step(&self, target: Target, name: &str) -> Option<Target> {
        match target {
            Target::Module(module) => match self.exports_of(module).get(name) {
                Some(export) => Some(export.target),
                None => {
                    self.module(&format!("{}.{name}", self.module_of(module).files.name)).map(Target::Module)
                }
            },
            Target::Def(def) => {
                self.body(def).filter(|(_, i)| i.name == name).last().map(|(d, _)| Target::Def(d))
            }
            Target::Opaque => Some(Target::Opaque),
        }
    }
}

/// What a name of one file is bound to, in order of the source.
#[derive(Clone, Copy)]
enum Bound<'m> {
    Item(u32),
    Import(&'m Import),
}

/// Bindings of one file.
#[derive(Default)]
struct Scope<'m> {
    names: FxHashMap<&'m str, Vec<Bound<'m>>>,
    stars: Vec<&'m Import>,
}

/// How deep a name is followed through re-exports.
const MAX_HOPS: u32 = 64;

struct Resolver<'m> {
    modules: &'m [Module],
    by_name: &'m FxHashMap<String, u32>,
    /// Source and stub of each module.
    scopes: Vec<[Scope<'m>; 2]>,
    offered: RefCell<FxHashMap<u32, Option<Arc<BTreeSet<String>>>>>,
    /// Names resolved so far, per module.
    resolved: RefCell<Vec<FxHashMap<String, Progress>>>,
    /// How often a name led back to itself.
    cycles: Cell<u64>,
}

/// How far the resolution of a name is.
#[derive(Clone, Copy)]
enum Progress {
    /// On the way: whoever asks again stands in a cycle.
    Begun,
    Done(Option<Target>),
}

impl<'m> Resolver<'m> {
    fn new(modules: &'m [Module], by_name: &'m FxHashMap<String, u32>) -> Self {
        let scope =
            |surface: &'m Option<Arc<ModuleSurface>>| surface.as_deref().map(scope_of).unwrap_or_default();
        let resolved = RefCell::new(vec![FxHashMap::default(); modules.len()]);
        let scopes = modules.iter().map(|m| [scope(&m.source), scope(&m.stub)]).collect();
        Self { modules, by_name, scopes, offered: RefCell::default(), resolved, cycles: Cell::new(0) }
    }

    /// All names of a module.
    fn exports(&self, at: usize) -> BTreeMap<String, Export> {
        let module = &self.modules[at];
        let Ok(id) = u32::try_from(at) else { return BTreeMap::new() };
        let Some((surface, in_stub)) = module.primary() else { return BTreeMap::new() };
        let all = self.all_of(id);
        let is_shim = !surface.items.iter().any(|i| !matches!(i.kind, ItemKind::Attribute(_)));
        // Stubs say with `import x as x` what they pass on (PEP 484).
        let gathers = module.files.is_package && !in_stub;
        let mut names: BTreeMap<String, bool> = BTreeMap::new();
        let scope = &self.scopes[at][usize::from(in_stub)];
        #[expect(clippy::iter_over_hash_type, reason = "collected into a sorted map")]
        for (name, bounds) in &scope.names {
            let offered = !name.starts_with('_')
                && bounds.iter().any(|bound| match bound {
                    Bound::Item(item) => !surface.items[*item as usize].typing_only,
                    Bound::Import(import) => is_reexport(import, gathers, is_shim),
                });
            names.insert((*name).to_owned(), offered);
        }
        for star in &scope.stars {
            for name in self.star_names(id, star) {
                names.entry(name).or_insert(true);
            }
        }
        if let Some(all) = &all {
            for (name, offered) in &mut names {
                let bounds = scope.names.get(name.as_str());
                // What a stub describes is there, listed or not: the list is what a star takes.
                let is_described = in_stub
                    && bounds
                        .is_some_and(|bounds| bounds.iter().any(|bound| matches!(bound, Bound::Item(_))));
                // What a package takes with a star it passes on, listed or not.
                *offered &= is_described || (module.files.is_package && bounds.is_none());
            }
            for name in all.iter() {
                names.insert(name.clone(), true);
            }
        }
        for name in &surface.deleted {
            names.remove(name);
        }
        names
            .into_iter()
            .filter_map(|(name, offered)| {
                let target = self.resolve(id, &name, MAX_HOPS).or_else(|| {
                    // `__all__` names it, so it exists, however it comes to be.
                    all.as_ref().is_some_and(|all| all.contains(&name)).then_some(Target::Opaque)
                })?;
                Some((name, Export { target, offered }))
            })
            .collect()
    }

    /// Which modules may have names that cannot be seen: those that could not be read whole or take all names of
    /// something unseen, and those that take all names of such a module. Modules that take each other's names in a
    /// circle are settled by what is outside of it.
    fn partial(&self) -> Vec<bool> {
        let stars: Vec<Vec<Option<u32>>> =
            (0..).take(self.modules.len()).map(|id| self.star_bases(id)).collect();
        let mut partial: Vec<bool> = self
            .modules
            .iter()
            .zip(&stars)
            .map(|(module, stars)| module.is_opaque || module.primary().is_none() || stars.contains(&None))
            .collect();
        let mut is_settled = false;
        while !is_settled {
            is_settled = true;
            for (at, stars) in stars.iter().enumerate() {
                if !partial[at] && stars.iter().flatten().any(|base| partial[*base as usize]) {
                    partial[at] = true;
                    is_settled = false;
                }
            }
        }
        partial
    }

    /// The modules whose names a module takes with a star; `None` for each that is not of this release.
    fn star_bases(&self, id: u32) -> Vec<Option<u32>> {
        let at = id as usize;
        let in_stub = self.modules[at].primary().is_some_and(|(_, in_stub)| in_stub);
        self.scopes[at][usize::from(in_stub)].stars.iter().map(|star| self.import_base(id, star)).collect()
    }

    fn resolve(&self, module: u32, name: &str, hops: u32) -> Option<Target> {
        let hops = hops.checked_sub(1)?;
        let known = self.resolved.borrow()[module as usize].get(name).copied();
        match known {
            Some(Progress::Done(target)) => return target,
            Some(Progress::Begun) => {
                self.cycles.set(self.cycles.get() + 1);
                return None;
            }
            None => {}
        }
        let note = |progress: Option<Progress>| {
            let mut resolved = self.resolved.borrow_mut();
            let names = &mut resolved[module as usize];
            match progress {
                Some(progress) => names.insert(name.to_owned(), progress),
                None => names.remove(name),
            };
        };
        note(Some(Progress::Begun));
        let cycles = self.cycles.get();
        let target = self.resolve_anew(module, name, hops);
        // Nothing found, with a cycle on the way: from another start the same name may be found.
        let is_final =
            cycles == self.cycles.get() || matches!(target, Some(Target::Def(_) | Target::Module(_)));
        note(is_final.then_some(Progress::Done(target)));
        target
    }

    fn resolve_anew(&self, module: u32, name: &str, hops: u32) -> Option<Target> {
        let known = &self.modules[module as usize];
        let (_, in_stub) = known.primary()?;
        let found = self.resolve_in(module, name, in_stub, hops);
        match found {
            // Compiled code: the stub beside the source may show what it is.
            Some(Target::Opaque) | None if !in_stub && known.stub.is_some() => {
                self.resolve_in(module, name, true, hops).or(found)
            }
            _ => found,
        }
    }

    fn resolve_in(&self, module: u32, name: &str, in_stub: bool, hops: u32) -> Option<Target> {
        let scope = &self.scopes[module as usize][usize::from(in_stub)];
        if let Some(bounds) = scope.names.get(name) {
            return Some(self.best_of(module, in_stub, bounds, hops));
        }
        for star in scope.stars.iter().rev() {
            let Some(source) = self.import_base(module, star) else { continue };
            if source != module && self.star_offers(source, name, hops) {
                if let Some(target) = self.resolve(source, name, hops) {
                    return Some(target);
                }
            }
        }
        self.submodule(module, name)
    }

    fn submodule(&self, module: u32, name: &str) -> Option<Target> {
        let files = &self.modules[module as usize].files;
        if !files.is_package {
            return None;
        }
        self.by_name.get(&format!("{}.{name}", files.name)).map(|at| Target::Module(ModuleId(*at)))
    }

    /// The binding that tells most: the last function or class, else what an import or alias leads to, else a value.
    fn best_of(&self, module: u32, in_stub: bool, bounds: &[Bound<'m>], hops: u32) -> Target {
        let Some(surface) = self.surface(module, in_stub) else { return Target::Opaque };
        let def = |item: u32| Target::Def(DefId { module, in_stub, item });
        let mut best: Option<(u8, Target)> = None;
        for bound in bounds {
            let (rank, target) = match bound {
                Bound::Item(item) => match &surface.items[*item as usize].kind {
                    ItemKind::Function(f) if f.overload => (4, def(*item)),
                    ItemKind::Function(_) | ItemKind::Class(_) => (5, def(*item)),
                    ItemKind::Attribute(attribute) => {
                        let aliased =
                            attribute.alias_of.as_deref().filter(|dotted| !dotted.starts_with("self."));
                        match aliased.and_then(|dotted| self.follow(module, dotted, hops)) {
                            Some(Target::Opaque) | None => (1, def(*item)),
                            Some(target) => (3, target),
                        }
                    }
                },
                Bound::Import(import) => match self.import_target(module, import, hops) {
                    Target::Opaque => (0, Target::Opaque),
                    target => (3, target),
                },
            };
            if best.is_none_or(|(known, _)| rank >= known) {
                best = Some((rank, target));
            }
        }
        best.map_or(Target::Opaque, |(_, target)| target)
    }

    fn surface(&self, module: u32, in_stub: bool) -> Option<&'m ModuleSurface> {
        let module = &self.modules[module as usize];
        if in_stub { module.stub.as_deref() } else { module.source.as_deref() }
    }

    /// Follows an alias to a function, class or module; values stay where they are.
    fn follow(&self, module: u32, dotted: &str, hops: u32) -> Option<Target> {
        let hops = hops.checked_sub(1)?;
        let mut parts = dotted.split('.');
        let mut target = self.resolve(module, parts.next()?, hops)?;
        for part in parts {
            target = match target {
                Target::Module(id) => self.resolve(id.0, part, hops)?,
                Target::Def(_) | Target::Opaque => return None,
            };
        }
        match target {
            Target::Def(def) => {
                let surface = self.surface(def.module, def.in_stub)?;
                let is_value = matches!(surface.items[def.item as usize].kind, ItemKind::Attribute(_));
                (!is_value).then_some(target)
            }
            Target::Module(_) => Some(target),
            Target::Opaque => None,
        }
    }

    fn import_target(&self, module: u32, import: &Import, hops: u32) -> Target {
        match &import.what {
            Imported::Module { alias: Some(_) } => self.named(&import.module),
            Imported::Module { alias: None } => {
                self.named(import.module.split('.').next().unwrap_or_default())
            }
            Imported::Name { name, .. } => {
                let Some(base) = self.import_base(module, import) else { return Target::Opaque };
                if base == module {
                    // `from . import x` in the package itself.
                    return self.submodule(module, name).unwrap_or(Target::Opaque);
                }
                self.resolve(base, name, hops).unwrap_or(Target::Opaque)
            }
            Imported::Star => Target::Opaque,
        }
    }

    fn named(&self, dotted: &str) -> Target {
        self.by_name.get(dotted).map_or(Target::Opaque, |at| Target::Module(ModuleId(*at)))
    }

    /// The module that an import names, relative ones resolved.
    fn import_base(&self, module: u32, import: &Import) -> Option<u32> {
        let files = &self.modules[module as usize].files;
        self.by_name.get(&absolute(&files.name, files.is_package, import)?).copied()
    }

    /// Names that a star import brings.
    fn star_names(&self, module: u32, star: &Import) -> BTreeSet<String> {
        let mut out = BTreeSet::new();
        let mut seen = BTreeSet::from([module]);
        if let Some(source) = self.import_base(module, star) {
            self.collect_star(source, &mut out, &mut seen);
        }
        out
    }

    fn collect_star(&self, source: u32, out: &mut BTreeSet<String>, seen: &mut BTreeSet<u32>) {
        if !seen.insert(source) {
            return;
        }
        if let Some(all) = self.all_of(source) {
            out.extend(all.iter().cloned());
            return;
        }
        let Some((_, in_stub)) = self.modules[source as usize].primary() else { return };
        let scope = &self.scopes[source as usize][usize::from(in_stub)];
        out.extend(scope.names.keys().filter(|name| !name.starts_with('_')).map(|name| (*name).to_owned()));
        for star in &scope.stars {
            if let Some(next) = self.import_base(source, star) {
                self.collect_star(next, out, seen);
            }
        }
    }

    /// Whether `from source import *` brings this name.
    fn star_offers(&self, source: u32, name: &str, hops: u32) -> bool {
        match self.all_of(source) {
            Some(all) => all.contains(name),
            None => !name.starts_with('_') && hops > 0,
        }
    }

    /// The names of `__all__`; `None` where the module has none, or running it would be needed to know.
    fn all_of(&self, module: u32) -> Option<Arc<BTreeSet<String>>> {
        if let Some(known) = self.offered.borrow().get(&module) {
            return known.clone();
        }
        // Stands for the module while its own `__all__` is worked out, should a cycle lead back here.
        self.offered.borrow_mut().insert(module, None);
        let names = self.read_all(module).map(Arc::new);
        self.offered.borrow_mut().insert(module, names.clone());
        names
    }

    fn read_all(&self, module: u32) -> Option<BTreeSet<String>> {
        let (surface, in_stub) = self.modules[module as usize].primary()?;
        let mut names = BTreeSet::new();
        for step in surface.all.as_ref()? {
            match step {
                AllStep::Reset => names.clear(),
                AllStep::Names(more) => names.extend(more.iter().cloned()),
                AllStep::Remove(name) => {
                    names.remove(name);
                }
                AllStep::Of(dotted) => {
                    let source = self.module_of_list(module, in_stub, dotted)?;
                    names.extend(self.all_of(source)?.iter().cloned());
                }
                AllStep::Unknown => return None,
            }
        }
        Some(names)
    }

    /// The module whose `__all__` is meant by `dotted` (a module), or by a name imported as `__all__` of one.
    fn module_of_list(&self, module: u32, in_stub: bool, dotted: &str) -> Option<u32> {
        let scope = &self.scopes[module as usize][usize::from(in_stub)];
        let bounds = scope.names.get(dotted.split('.').next()?);
        let imports = bounds.into_iter().flatten().filter_map(|bound| match bound {
            Bound::Import(import) => Some(*import),
            Bound::Item(_) => None,
        });
        for import in imports {
            if matches!(&import.what, Imported::Name { name, .. } if name == "__all__") {
                return self.import_base(module, import);
            }
        }
        match self.follow(module, dotted, MAX_HOPS)? {
            Target::Module(id) => Some(id.0),
            Target::Def(_) | Target::Opaque => None,
        }
    }
}

fn scope_of(surface: &ModuleSurface) -> Scope<'_> {
    let mut scope = Scope::default();
    let mut bindings: Vec<(u32, &str, Bound<'_>)> = Vec::new();
    for (item, at) in surface.items.iter().zip(0..).filter(|(item, _)| item.parent.is_none()) {
        bindings.push((item.line, &item.name, Bound::Item(at)));
    }
    for import in &surface.imports {
        match import.bound() {
            Some(name) => bindings.push((import.line, name, Bound::Import(import))),
            None => scope.stars.push(import),
        }
    }
    bindings.sort_by_key(|(line, ..)| *line);
    for (_, name, bound) in bindings {
        scope.names.entry(name).or_default().push(bound);
    }
    scope
}

/// Whether an imported name is offered by a module without `__all__`.
fn is_reexport(import: &Import, gathers: bool, is_shim: bool) -> bool {
    if import.typing_only {
        return false;
    }
    match &import.what {
        Imported::Module { .. } | Imported::Star => false,
        // `import x as x` says so; packages gather names; a module with nothing of its own is a shim.
        Imported::Name { name, alias } => {
            alias.as_ref() == Some(name) || gathers || (is_shim && import.level > 0)
        }
    }
}

/// The absolute name of the module that an import in `module` names.
fn absolute(module: &str, is_package: bool, import: &Import) -> Option<String> {
    if import.level == 0 {
        return Some(import.module.clone());
    }
    let mut base = module;
    let up = if is_package { import.level - 1 } else { import.level };
    for _ in 0..up {
        base = base.rsplit_once('.')?.0;
    }
    Some(if import.module.is_empty() { base.to_owned() } else { format!("{base}.{}", import.module) })
}
