//! Modules under another name.

use ruff_python_ast::{Alias, Stmt};

use super::{Rewording, Rewordings, names::NameUse};
use crate::{
    edit::Edit,
    name::is_name,
    program::{Program, range},
};

/// Each import at the top of the program that gives a module or a name an alias, with another one in all places.
pub(super) fn aliased(program: &Program<'_>, names: &NameUse) -> Rewordings {
    let mut found = Vec::new();
    for statement in program.body() {
        let (aliases, is_module) = match statement {
            Stmt::Import(inner) => (&inner.names, true),
            Stmt::ImportFrom(inner) => (&inner.names, false),
            _ => continue,
        };
        for alias in aliases {
            found.extend(with_another(alias, is_module, names).map(|edits| (Rewording::ImportAlias, edits)));
        }
    }
    found
}

fn with_another(alias: &Alias, is_module: bool, names: &NameUse) -> Option<Vec<Edit>> {
    let asname = alias.asname.as_ref()?;
    let places = names.places_of_import(asname.as_str())?;
    let module = alias.name.as_str();
    // `import numpy as np` without the alias, or with another one.
    let (other, declared) = if is_module && is_name(module) && names.is_single(module) {
        (module.to_owned(), Edit::removal(range(&alias.name).end..range(asname).end))
    } else {
        let last = module.rsplit('.').next().unwrap_or(module);
        let other = if is_module && is_name(last) && names.is_single(last) && last != asname.as_str() {
            last.to_owned()
        } else {
            names.fresh(asname.as_str())?
        };
        (other.clone(), Edit::new(range(asname), other))
    };
    let mut edits: Vec<Edit> = places.iter().map(|place| Edit::new(place.clone(), other.clone())).collect();
    edits.push(declared);
    Some(edits)
}
