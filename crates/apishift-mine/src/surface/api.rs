//! The public API of one release.

use std::collections::BTreeMap;

use apishift_syntax::surface::{
    Attribute, Binding, Function, Item, ItemKind, Mark, NameNote, Parameter, ParameterKind,
};
use rustc_hash::FxHashMap;

use super::graph::{DefId, Graph, Module, ModuleId, Target};

/// Public names of a release and what they lead to.
///
/// Made by [`crate::surface::Surfaces::of_release`].
#[derive(Debug)]
pub struct PublicApi {
    pub(crate) graph: Graph,
    /// Public paths of each definition (module and name), shortest first.
    paths: BTreeMap<DefId, Vec<(ModuleId, String)>>,
    /// Public definitions by the last part of their public paths.
    by_last: FxHashMap<String, Vec<DefId>>,
}

/// How a callable may be called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signature<'a> {
    /// Parameters without the bound first one.
    pub params: &'a [Parameter],
    /// Keywords that a decorator still accepts.
    pub accepted: &'a [(String, Option<String>)],
    /// The definition that holds the parameters (the `__init__` of a class).
    pub def: DefId,
}

impl Signature<'_> {
    /// The parameter of this name.
    pub fn param(&self, name: &str) -> Option<&Parameter> {
        self.params.iter().find(|p| p.name == name)
    }

    /// Whether it takes keywords that it does not name.
    pub fn takes_any_keyword(&self) -> bool {
        self.params.iter().any(|p| p.kind == ParameterKind::VarKeyword)
    }
}

/// What looking a member up in a class and its bases gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Member {
    /// Here it is.
    Found(DefId),
    /// It is in no base, and all bases are known.
    Missing,
    /// A base is not of this release, or the class makes its attributes itself.
    Unknown,
}

/// Bases that bring no member that anybody would miss.
const PLAIN_BASES: [&str; 8] =
    ["object", "ABC", "Generic", "Protocol", "Hashable", "Sized", "TypingGeneric", "SupportsIndex"];

impl PublicApi {
    pub(crate) fn new(modules: Vec<Module>) -> Self {
        let graph = Graph::new(modules);
        let mut paths: BTreeMap<DefId, Vec<(ModuleId, String)>> = BTreeMap::new();
        for module in graph.ids().filter(|id| is_public_module(&graph.module_of(*id).files.name)) {
            for (name, export) in graph.exports_of(module).iter().filter(|(_, export)| export.offered) {
                if let Target::Def(def) = export.target {
                    paths.entry(def).or_default().push((module, name.clone()));
                }
            }
        }
        let mut by_last: FxHashMap<String, Vec<DefId>> = FxHashMap::default();
        for (def, places) in &mut paths {
            places.sort_by_cached_key(|(module, name)| {
                let home = &graph.module_of(*module).files.name;
                (
                    is_inner(home),
                    home.matches('.').count(),
                    // Of two as short, the one where it is written: `pylab` has everything, and is nothing's home.
                    *module != def.module(),
                    home.len() + name.len(),
                    home.clone(),
                    name.clone(),
                )
            });
            let mut names: Vec<&String> = places.iter().map(|(_, name)| name).collect();
            names.sort_unstable();
            names.dedup();
            for name in names {
                by_last.entry(name.clone()).or_default().push(*def);
            }
        }
        Self { graph, paths, by_last }
    }

    /// Every definition that has a public path of its own, with those paths, shortest first.
    pub fn public_defs(&self) -> impl Iterator<Item = (DefId, &[(ModuleId, String)])> {
        self.paths.iter().map(|(def, paths)| (*def, paths.as_slice()))
    }

    /// A definition's public places, shortest first; empty where it has none of its own (a member, something private).
    pub fn places(&self, def: DefId) -> &[(ModuleId, String)] {
        self.paths.get(&def).map(Vec::as_slice).unwrap_or_default()
    }

    /// Public definitions whose last path component is this.
    pub fn named(&self, last: &str) -> &[DefId] {
        self.by_last.get(last).map(Vec::as_slice).unwrap_or_default()
    }

    /// The dotted form of a place.
    pub fn dotted(&self, place: &(ModuleId, String)) -> String {
        format!("{}.{}", self.graph.module_of(place.0).files.name, place.1)
    }

    /// Public dotted paths of a definition, shortest first. For a member of a class, through the class that defines it.
    pub fn paths_of(&self, def: DefId) -> Vec<String> {
        let own: Vec<String> = self.places(def).iter().map(|place| self.dotted(place)).collect();
        if !own.is_empty() {
            return own;
        }
        match self.graph.parent(def) {
            Some(class) => {
                let name = &self.item(def).name;
                self.paths_of(class).into_iter().map(|path| format!("{path}.{name}")).collect()
            }
            None => own,
        }
    }

    /// What a dotted path leads to, public or not; inherited members included.
    pub fn resolve(&self, path: &str) -> Option<Target> {
        let mut parts = path.split('.');
        let mut name = parts.next()?.to_owned();
        let mut target = Target::Module(self.graph.module(&name)?);
        for part in parts {
            name = format!("{name}.{part}");
            let found = match target {
                Target::Def(def) if self.item(def).as_class().is_some() => match self.member(def, part) {
                    Member::Found(found) => Some(Target::Def(found)),
                    Member::Missing => None,
                    Member::Unknown => Some(Target::Opaque),
                },
                Target::Def(def) if self.item(def).as_attribute().is_some() => Some(Target::Opaque),
                Target::Def(_) => None,
                Target::Module(_) => self.graph.step(target, part),
                Target::Opaque => Some(Target::Opaque),
            };
            // A function often has the name of its module: an import finds the module all the same.
            target = match found {
                Some(found) => found,
                None => Target::Module(self.graph.module(&name)?),
            };
        }
        Some(target)
    }

    /// The definition behind an id.
    pub fn item(&self, def: DefId) -> &Item {
        self.graph.item(def)
    }

    /// What the source says of a definition's deprecation and history. What one of several signatures (`@overload`) says
    /// is about calls of that form only, unless all of them say something.
    pub fn marks(&self, def: DefId) -> &[Mark] {
        let item = self.item(def);
        let overloaded = |other: &Item| other.as_function().is_some_and(|function| function.overload);
        let is_partial = overloaded(item)
            && self.graph.surface_of(def).items.iter().any(|other| {
                let is_sibling = other.name == item.name && other.parent == item.parent && overloaded(other);
                is_sibling && other.marks.is_empty()
            });
        if is_partial { &[] } else { &item.marks }
    }

    /// File and line of a definition.
    pub fn place_of(&self, def: DefId) -> (&str, u32) {
        (self.graph.path_of(def), self.graph.item(def).line)
    }

    /// The class that a member is defined in.
    pub fn class_of(&self, def: DefId) -> Option<DefId> {
        self.graph.parent(def)
    }

    /// What a definition is, as tables name it.
    pub fn kind_of(&self, def: DefId) -> &'static str {
        let item = self.item(def);
        match &item.kind {
            ItemKind::Class(_) => "class",
            ItemKind::Attribute(_) => "attribute",
            ItemKind::Function(f) if f.binding == Binding::Property => "property",
            ItemKind::Function(_) if item.parent.is_some() => "method",
            ItemKind::Function(_) => "function",
        }
    }

    /// The class and its bases in the order in which members are looked up; `false` where a base is not known.
    pub fn lineage(&self, class: DefId) -> (Vec<DefId>, bool) {
        let mut seen = Vec::new();
        let mut is_known = true;
        let mut stack = vec![class];
        while let Some(class) = stack.pop() {
            if seen.contains(&class) {
                continue;
            }
            let Some(details) = self.item(class).as_class() else {
                is_known = false;
                continue;
            };
            seen.push(class);
            let home = class.module();
            for base in details.bases.iter().rev() {
                match self.graph.lookup(home, base) {
                    Some(Target::Def(def)) => stack.push(def),
                    _ => is_known &= is_plain_base(base),
                }
            }
        }
        (seen, is_known)
    }

    /// Looks a member up in a class and its bases.
    pub fn member(&self, class: DefId, name: &str) -> Member {
        let (lineage, mut is_known) = self.lineage(class);
        for class in lineage {
            match self.own_member(class, name) {
                Some(found) => return Member::Found(found),
                None => is_known &= !self.makes_attributes(class, name),
            }
        }
        if is_known { Member::Missing } else { Member::Unknown }
    }

    /// Members of a class and its bases by name; `false` where there may be more.
    pub fn members(&self, class: DefId) -> (BTreeMap<&str, DefId>, bool) {
        let (lineage, is_known) = self.lineage(class);
        let mut members = BTreeMap::new();
        for class in lineage {
            let mut own: BTreeMap<&str, DefId> = BTreeMap::new();
            for (def, item) in self.graph.body(class) {
                if is_shown(item, own.get(item.name.as_str()).map(|known| self.item(*known))) {
                    own.insert(&item.name, def);
                }
            }
            for (name, def) in own {
                members.entry(name).or_insert_with(|| self.unaliased(def));
            }
        }
        (members, is_known)
    }

    fn own_member(&self, class: DefId, name: &str) -> Option<DefId> {
        let mut best: Option<(DefId, &Item)> = None;
        for (def, item) in self.graph.body(class).filter(|(_, item)| item.name == name) {
            if is_shown(item, best.map(|(_, known)| known)) {
                best = Some((def, item));
            }
        }
        best.map(|(def, _)| self.unaliased(def))
    }

    /// `old = new` in a class body is the method `new`.
    fn unaliased(&self, def: DefId) -> DefId {
        let Some(Attribute { alias_of: Some(alias), .. }) = self.item(def).as_attribute() else { return def };
        let Some(class) = self.graph.parent(def) else { return def };
        let target = self
            .graph
            .body(class)
            .filter(|(_, item)| item.name == *alias && item.as_function().is_some())
            .last();
        target.map_or(def, |(found, _)| found)
    }

    /// Whether a class may have a member that its body does not show.
    fn makes_attributes(&self, class: DefId, name: &str) -> bool {
        // A stub beside the source lists what is put on the class from elsewhere.
        let is_in_stub = |twin: DefId| self.graph.body(twin).any(|(_, item)| item.name == name);
        if self.graph.stub_twin(class).is_some_and(is_in_stub) {
            return true;
        }
        let details = self.item(class).as_class();
        details.is_none_or(|c| c.self_names.iter().any(|n| n == name))
            || self
                .graph
                .body(class)
                .any(|(_, item)| matches!(item.name.as_str(), "__getattr__" | "__getattribute__"))
    }

    /// Whether a class or one of its bases assigns this name on `self`.
    pub fn sets_on_self(&self, class: DefId, name: &str) -> bool {
        let (lineage, _) = self.lineage(class);
        lineage
            .iter()
            .any(|class| self.item(*class).as_class().is_some_and(|c| c.self_names.iter().any(|n| n == name)))
    }

    /// How a function, method or class may be called; `None` where that is not known.
    pub fn signature(&self, def: DefId) -> Option<Signature<'_>> {
        let item = self.item(def);
        match &item.kind {
            ItemKind::Function(function) => signature_of(function, item.parent.is_some(), def),
            ItemKind::Class(_) => {
                let (lineage, _) = self.lineage(def);
                for class in lineage {
                    let details = self.item(class).as_class()?;
                    let own =
                        self.own_member(class, "__init__").or_else(|| self.own_member(class, "__new__"));
                    if let Some(init) = own {
                        let function = self.item(init).as_function()?;
                        return signature_of(function, true, init);
                    }
                    // A decorator, a metaclass or a base that is not known may make the constructor.
                    let is_plain = details.decorators.is_empty() && !details.has_keywords;
                    let home = class.module();
                    let known = |base: &String| {
                        matches!(self.graph.lookup(home, base), Some(Target::Def(_))) || is_plain_base(base)
                    };
                    if !is_plain || !details.bases.iter().all(known) {
                        return None;
                    }
                }
                None
            }
            ItemKind::Attribute(_) => None,
        }
    }

    /// The text of a mark, also where a constant of another module holds it; `None` where that announces nothing.
    pub(crate) fn text_of<'a>(&'a self, holder: DefId, mark: &'a Mark) -> Option<&'a str> {
        let Some(dotted) = mark.text_from.as_deref().filter(|_| mark.text.is_empty()) else {
            return Some(&mark.text);
        };
        let Target::Def(def) = self.graph.lookup(holder.module(), dotted)? else { return None };
        let attribute = self.item(def).as_attribute()?;
        let text = attribute.text.as_deref()?;
        let value = attribute.value.as_deref().unwrap_or_default();
        let announces = ["Deprecat", "FutureWarning", "RemovedIn", "deprecat", "will be removed"]
            .iter()
            .any(|sign| value.contains(sign) || text.contains(sign));
        announces.then_some(text)
    }

    /// Notes of a module about its names, those of tables that it imports included.
    pub fn notes(&self, module: ModuleId) -> Vec<&NameNote> {
        let mut out: Vec<&NameNote> = Vec::new();
        let known = self.graph.module_of(module);
        let Some(surface) = known.source.as_deref().or(known.stub.as_deref()) else { return out };
        out.extend(&surface.notes);
        let Some(getattr) = &surface.getattr else { return out };
        for name in &getattr.mentions {
            if let Some(Target::Def(def)) = self.graph.exports_of(module).get(name).map(|e| e.target) {
                if def.module() != module {
                    let table = &self.item(def).name;
                    out.extend(self.graph.surface_of(def).notes.iter().filter(|note| note.table == *table));
                }
            }
        }
        out
    }
}

fn signature_of(function: &Function, is_member: bool, def: DefId) -> Option<Signature<'_>> {
    if function.overload {
        return None;
    }
    let is_bound = is_member && function.binding != Binding::Static;
    let skip = usize::from(is_bound && function.params.first().is_some_and(|p| p.kind.takes_one()));
    Some(Signature { params: function.params.get(skip..)?, accepted: &function.accepted, def })
}

/// Whether a later binding of a name in a class takes the place of the known one: setters and overloads do not.
fn is_shown(item: &Item, known: Option<&Item>) -> bool {
    match (item.as_function(), known) {
        (Some(function), _) if function.binding == Binding::Setter => false,
        (Some(function), Some(known)) if function.overload => known.as_function().is_some_and(|f| f.overload),
        // `x: int` after a property, `name = property(...)` before it: the definition tells more.
        (None, Some(known)) => known.as_function().is_none(),
        _ => true,
    }
}

fn is_plain_base(base: &str) -> bool {
    let last = base.rsplit('.').next().unwrap_or(base);
    PLAIN_BASES.contains(&last) || ["Error", "Exception", "Warning"].iter().any(|end| last.ends_with(end))
}

/// Whether a path leads through a folder that libraries use for what others are not meant to name, though no
/// underscore says so.
pub(crate) fn is_inner(path: &str) -> bool {
    path.split('.').skip(1).any(|part| matches!(part, "core" | "internal" | "internals" | "impl"))
}

/// Whether no part of a module's name is private.
pub(crate) fn is_public_module(name: &str) -> bool {
    !name.split('.').any(|part| part.starts_with('_'))
}
