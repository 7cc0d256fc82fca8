//! What names mean, through imports.

use std::collections::{BTreeMap, BTreeSet};

use super::statement::{Chain, Root};

/// What a name is bound to by imports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// One dotted path.
    Path(String),
    /// Several, as under `try` / `except ImportError`: no claim.
    Ambiguous,
}

/// Imported names of a file or unit, and names known to hold an instance.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Imported names.
    pub imports: BTreeMap<String, Binding>,
    /// Modules that are star-imported.
    pub stars: Vec<String>,
    /// The imports that bind each name, one line each, absolute: `import numpy as np`.
    pub import_lines: BTreeMap<String, BTreeSet<String>>,
    /// Names, and what they are results of: `{"df": {"pandas.DataFrame()"}}`.
    pub instances: BTreeMap<String, BTreeSet<String>>,
}

impl Scope {
    /// Binds a name by an import.
    pub fn import(&mut self, name: &str, path: String, line: String) {
        let binding = match self.imports.get(name) {
            Some(Binding::Path(known)) if *known == path => Binding::Path(path),
            // `import a.b` and `import a.c` both bind `a`.
            Some(Binding::Path(known)) if known == name && path == name => Binding::Path(path),
            Some(_) => Binding::Ambiguous,
            None => Binding::Path(path),
        };
        self.imports.insert(name.to_owned(), binding);
        self.import_lines.entry(name.to_owned()).or_default().insert(line);
    }

    /// The dotted path of a chain: `np.dot` gives `numpy.dot`, `DataFrame(x).append` gives
    /// `pandas.DataFrame().append`. `None` where a name is not known.
    pub fn resolve(&self, chain: &Chain) -> Option<String> {
        let base = match &chain.root {
            Root::Name(name) => self.resolve_name(name)?,
            Root::Result(inner) => self.resolve(inner)? + "()",
            Root::Other => return None,
        };
        Some(chain.parts.iter().fold(base, |path, part| path + "." + part))
    }

    fn resolve_name(&self, name: &str) -> Option<String> {
        if let Some(kinds) = self.instances.get(name) {
            let mut kinds = kinds.iter();
            return match (kinds.next(), kinds.next()) {
                (Some(only), None) => Some(only.clone()),
                _ => None,
            };
        }
        match self.imports.get(name)? {
            Binding::Path(path) => Some(path.clone()),
            Binding::Ambiguous => None,
        }
    }

    /// Notes what the statement binds, in order of execution.
    pub fn note(&mut self, typed: Option<&(String, Chain)>, defines: &BTreeSet<String>) {
        for name in defines {
            let kind = match typed {
                Some((typed_name, chain)) if typed_name == name => {
                    self.resolve(chain).map(|path| path + "()")
                }
                _ => None,
            };
            let unknown = || format!("?{name}");
            self.instances.entry(name.clone()).or_default().insert(kind.unwrap_or_else(unknown));
        }
    }
}
