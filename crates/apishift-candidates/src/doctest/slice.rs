//! What a function needs of its package, as a program.

use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

use apishift_types::TreeError;
use ruff_python_stdlib::builtins::is_python_builtin;

use super::{
    Reason, Rules, docstring,
    library::{Library, Target},
    module::{Import, Kind, Module, Unit},
    world,
};
use crate::{edit, edit::Edit, program::PYTHON};

/// Imports that lead from file to file before one is given up.
const MAX_STEPS: usize = 8;

/// Names that every module has.
const MODULE_NAMES: [&str; 3] = ["__name__", "__doc__", "__debug__"];

/// What a function needs.
pub(super) struct Slice<'l, 'a> {
    library: &'l Library<'a>,
    rules: &'l Rules,
    /// Files in the order in which they were met, with the statements that are needed of each.
    files: Vec<(Rc<Module>, BTreeSet<usize>)>,
    /// Lines of imports.
    imports: BTreeSet<String>,
    /// Names that are not bound where they come from: `other = name`.
    aliases: Vec<(String, String)>,
    /// Where each name of the program comes from.
    origins: BTreeMap<String, String>,
    /// What could not be read.
    failed: Option<TreeError>,
}

impl<'l, 'a> Slice<'l, 'a> {
    /// All that the function at `unit` of the module needs, itself included.
    pub(super) fn of(
        library: &'l Library<'a>,
        rules: &'l Rules,
        module: &Rc<Module>,
        unit: usize,
    ) -> Result<Result<Self, Reason>, TreeError> {
        let mut slice = Self {
            library,
            rules,
            files: vec![(Rc::clone(module), BTreeSet::new())],
            imports: BTreeSet::new(),
            aliases: Vec::new(),
            origins: BTreeMap::new(),
            failed: None,
        };
        let done = slice.take(module, unit);
        match slice.failed.take() {
            Some(error) => Err(error),
            None => Ok(done.map(|()| slice)),
        }
    }

    /// Names that the program has.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.origins.keys().map(String::as_str)
    }

    /// Whether a name of the module may be imported for an example: the line that does it.
    pub(super) fn import_of(module: &Module, name: &str) -> Option<String> {
        let unit = &module.units[*module.bound.get(name)?.first()?];
        let Kind::Imports(imports) = &unit.kind else { return None };
        let import = imports.iter().find(|import| import.bound == name)?;
        let is_standard = import.level == 0 && world::is_standard(&import.module);
        (is_standard && !world::is_outside(&import.module)).then(|| import.line())
    }

    fn claim(&mut self, name: &str, origin: &str) -> Result<bool, Reason> {
        match self.origins.get(name) {
            Some(known) if known == origin => Ok(false),
            Some(_) => Err(Reason::NameClash),
            None => {
                self.origins.insert(name.to_owned(), origin.to_owned());
                Ok(true)
            }
        }
    }

    fn lines(&self) -> usize {
        let count = |(module, units): &(Rc<Module>, BTreeSet<usize>)| -> usize {
            units.iter().map(|at| lines_of(module, &module.units[*at])).sum()
        };
        self.files.iter().map(count).sum()
    }

    /// Adds a statement with all that it needs.
    fn take(&mut self, module: &Rc<Module>, at: usize) -> Result<(), Reason> {
        let place = match self.files.iter().position(|(known, _)| known.path == module.path) {
            Some(place) => place,
            None => {
                self.files.push((Rc::clone(module), BTreeSet::new()));
                self.files.len() - 1
            }
        };
        if !self.files[place].1.insert(at) {
            return Ok(());
        }
        let unit = &module.units[at];
        for name in &unit.names.binds {
            self.claim(name, &module.path)?;
        }
        self.check(module, unit)?;
        for name in &unit.names.reads {
            self.need(module, name, 0)?;
        }
        for name in &unit.names.annotations {
            if module.is_lazy {
                self.may_need(module, name);
            } else {
                self.need(module, name, 0)?;
            }
        }
        // Whatever else is done to what is bound here: a table that is filled, a function that is registered.
        for (other, changing) in module.units.iter().enumerate() {
            let is_change = unit.names.binds.iter().any(|name| changing.names.mutates.contains(name));
            if other != at && is_change && !matches!(changing.kind, Kind::Imports(_)) {
                self.take(module, other)?;
            }
        }
        Ok(())
    }

    fn check(&self, module: &Module, unit: &Unit) -> Result<(), Reason> {
        let text = module.text(&unit.range);
        if unit.names.reads.iter().any(|name| world::is_outside_name(name)) || world::has_outside_member(text)
        {
            return Err(Reason::OutsideWorld);
        }
        if matches!(unit.kind, Kind::Class) && lines_of(module, unit) > self.rules.class_lines {
            return Err(Reason::LargeClass);
        }
        if self.lines() > 2 * self.rules.program_lines {
            return Err(Reason::LongProgram);
        }
        let imports = inner_imports(text, &unit.kind);
        for import in &imports {
            let is_standard = import.level == 0 && world::is_standard(&import.module);
            if !is_standard {
                return Err(Reason::OtherPackage);
            }
            if world::is_outside(&import.module) {
                return Err(Reason::OutsideWorld);
            }
        }
        Ok(())
    }

    /// Finds what a name of the module stands for.
    fn need(&mut self, module: &Rc<Module>, name: &str, steps: usize) -> Result<(), Reason> {
        if steps > MAX_STEPS {
            return Err(Reason::UnknownName);
        }
        if let Some(units) = module.bound.get(name) {
            for at in units {
                let unit = &module.units[*at];
                if let Kind::Imports(imports) = &unit.kind {
                    for import in imports.iter().filter(|import| import.bound == name) {
                        self.import(module, import, steps)?;
                    }
                } else {
                    self.take(module, *at)?;
                }
            }
            return Ok(());
        }
        if is_python_builtin(name, PYTHON.1, false) || MODULE_NAMES.contains(&name) {
            return Ok(());
        }
        for unit in &module.units {
            let Kind::Imports(imports) = &unit.kind else { continue };
            for star in imports.iter().filter(|import| import.bound == "*") {
                if let Target::Module(other) = self.target(module, star)?
                    && other.bound.contains_key(name)
                {
                    return self.need(&other, name, steps + 1);
                }
            }
        }
        Err(Reason::UnknownName)
    }

    /// Takes what a lazy annotation names, where that is easy: an import from the standard library, or a type variable.
    fn may_need(&mut self, module: &Rc<Module>, name: &str) {
        if let Some([at]) = module.bound.get(name).map(Vec::as_slice)
            && matches!(module.units[*at].kind, Kind::Other(_))
            && is_type_variable(module.text(&module.units[*at].range))
            && module.units[*at].names.reads.iter().all(|read| Self::import_of(module, read).is_some())
        {
            // It needs an import at most, which may be there under another name: then the name stays open, as it may.
            let _is_taken = self.take(module, *at);
            return;
        }
        if let Some(line) = Self::import_of(module, name)
            && !self.origins.contains_key(name)
        {
            self.origins.insert(name.to_owned(), line.clone());
            self.imports.insert(line);
        }
    }

    fn target(&mut self, module: &Module, import: &Import) -> Result<Target, Reason> {
        self.library.target(module, import).map_err(|error| {
            self.failed.get_or_insert(error);
            Reason::Unreadable
        })
    }

    fn import(&mut self, module: &Module, import: &Import, steps: usize) -> Result<(), Reason> {
        match self.target(module, import)? {
            Target::Standard if import.module == "__future__" => Ok(()),
            Target::Standard if world::is_outside(&import.module) => Err(Reason::OutsideWorld),
            Target::Standard => {
                let line = import.line();
                // `import a.b` and `import a.c` bind the same.
                let origin = if import.name.is_none() && import.bound != import.module {
                    import.module.split('.').next().unwrap_or_default().to_owned() + &import.bound
                } else {
                    line.clone()
                };
                self.claim(&import.bound, &origin)?;
                self.imports.insert(line);
                Ok(())
            }
            Target::Other => Err(Reason::OtherPackage),
            Target::Module(other) => {
                let Some(name) = &import.name else { return Err(Reason::OtherPackage) };
                if !other.bound.contains_key(name) && is_python_builtin(name, PYTHON.1, false) {
                    return Err(Reason::UnknownName);
                }
                self.need(&other, name, steps + 1)?;
                if *name != import.bound && self.claim(&import.bound, &format!("alias of {name}"))? {
                    self.aliases.push((import.bound.clone(), name.clone()));
                }
                Ok(())
            }
        }
    }

    /// The program without the function itself: imports, then what it needs of other files, then of its own.
    pub(super) fn preamble(&self, function: usize) -> String {
        let is_lazy = self.files.iter().any(|(module, units)| {
            module.is_lazy && units.iter().any(|at| !module.units[*at].names.annotations.is_empty())
        });
        let mut out = String::new();
        if is_lazy {
            out.push_str("from __future__ import annotations\n");
        }
        for line in self.imports.iter().filter(|line| line.starts_with("import ")) {
            out = out + line + "\n";
        }
        let mut taken: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (module, name) in self.imports.iter().filter_map(|line| line.split_once(" import ")) {
            taken.entry(module).or_default().push(name);
        }
        for (module, names) in taken {
            out = out + module + " import " + &names.join(", ") + "\n";
        }
        let mut last_was_block = true;
        for (place, (module, units)) in self.files.iter().enumerate().rev() {
            for at in units.iter().filter(|at| place > 0 || **at != function) {
                let unit = &module.units[*at];
                let is_block = matches!(unit.kind, Kind::Function(_) | Kind::Class);
                if !out.is_empty() {
                    out.push_str(if is_block || last_was_block { "\n\n" } else { "" });
                }
                last_was_block = is_block;
                out.push_str(&shortened(module, unit));
                out.push('\n');
            }
        }
        if !self.aliases.is_empty() && !out.is_empty() && last_was_block {
            out.push_str("\n\n");
        }
        for (new, old) in &self.aliases {
            out = out + new + " = " + old + "\n";
        }
        out
    }
}

/// Whether a statement defines a variable of types.
fn is_type_variable(text: &str) -> bool {
    text.contains("TypeVar(") || text.contains("ParamSpec(")
}

/// Imports within a function, a class or a block.
fn inner_imports(text: &str, kind: &Kind) -> Vec<Import> {
    match kind {
        Kind::Imports(_) => Vec::new(),
        Kind::Other(imports) => imports.clone(),
        Kind::Function(_) | Kind::Class if !text.contains("import ") => Vec::new(),
        Kind::Function(_) | Kind::Class => super::module::imports_in(text),
    }
}

fn lines_of(module: &Module, unit: &Unit) -> usize {
    let lines = |range| module.text(range).lines().count();
    lines(&unit.range) - unit.docstrings.iter().map(lines).sum::<usize>().min(lines(&unit.range))
}

/// A statement with its docstrings cut to their first paragraph.
fn shortened(module: &Module, unit: &Unit) -> String {
    let text = module.text(&unit.range);
    let edits: Vec<Edit> = unit
        .docstrings
        .iter()
        .map(|range| {
            let place = range.start - unit.range.start..range.end - unit.range.start;
            Edit::new(place.clone(), docstring::first_paragraph(&text[place]))
        })
        .collect();
    edit::apply(text, &edits).unwrap_or_else(|| text.to_owned())
}
