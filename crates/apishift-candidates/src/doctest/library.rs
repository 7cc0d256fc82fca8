//! The files of a package, each read once and when it is needed.

use std::{cell::RefCell, collections::BTreeMap, rc::Rc};

use apishift_types::{BlobId, TreeError, TreeId, TreeSource};

use super::{
    module::{Import, Module},
    world,
};

/// Longest file that is read, in bytes.
const MAX_FILE: usize = 1 << 20;

/// Folders with code of others, or with code that is no part of the package.
const LEFT_OUT: [&str; 14] = [
    "_vendor",
    "vendor",
    "vendored",
    "_vendored",
    "third_party",
    "thirdparty",
    "extern",
    "externals",
    "site-packages",
    "test",
    "tests",
    "testing",
    "benchmarks",
    "docs",
];

/// The files of one tree.
pub(super) struct Library<'a> {
    trees: &'a dyn TreeSource,
    files: BTreeMap<String, BlobId>,
    read: RefCell<BTreeMap<String, Option<Rc<Module>>>>,
}

/// Where an import leads.
#[derive(Debug)]
pub(super) enum Target {
    /// To another file of the package.
    Module(Rc<Module>),
    /// To the standard library.
    Standard,
    /// Elsewhere.
    Other,
}

impl<'a> Library<'a> {
    pub(super) fn new(trees: &'a dyn TreeSource, tree: &TreeId) -> Result<Self, TreeError> {
        let files = trees.files(tree)?.into_iter().map(|file| (file.path, file.blob)).collect();
        Ok(Self { trees, files, read: RefCell::default() })
    }

    /// Python files of the package, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str).filter(|path| is_own(path))
    }

    /// The text of a file; `None` where it is no text, or too long.
    pub(super) fn text(&self, path: &str) -> Result<Option<String>, TreeError> {
        let Some(blob) = self.files.get(path) else { return Ok(None) };
        let bytes = self.trees.read(*blob)?;
        if bytes.len() > MAX_FILE {
            return Ok(None);
        }
        Ok(String::from_utf8(bytes).ok().map(|text| text.replace("\r\n", "\n")))
    }

    /// A file; `None` of what cannot be read.
    pub(super) fn module(&self, path: &str) -> Result<Option<Rc<Module>>, TreeError> {
        if let Some(known) = self.read.borrow().get(path) {
            return Ok(known.clone());
        }
        let module = self.text(path)?.and_then(|text| Module::read(path, text)).map(Rc::new);
        self.read.borrow_mut().insert(path.to_owned(), module.clone());
        Ok(module)
    }

    /// Where an import of a file leads: to the module that it names, or to the submodule that it takes from there.
    pub(super) fn target(&self, from: &Module, import: &Import) -> Result<Target, TreeError> {
        if import.level == 0 && world::is_standard(&import.module) {
            return Ok(Target::Standard);
        }
        let parts: Vec<&str> = import.module.split('.').filter(|part| !part.is_empty()).collect();
        let folders: Vec<&str> = from.path.split('/').collect();
        let above = &folders[..folders.len() - 1];
        let level = import.level as usize;
        let starts: Vec<&[&str]> = match level {
            0 => (0..=above.len()).rev().map(|depth| &above[..depth]).collect(),
            _ if level <= above.len() + 1 => vec![&above[..above.len() + 1 - level]],
            _ => Vec::new(),
        };
        for start in starts {
            let place: Vec<&str> = start.iter().chain(&parts).copied().collect();
            let place = place.join("/");
            for path in [format!("{place}.py"), format!("{place}/__init__.py")] {
                if self.files.contains_key(&path) && path != from.path {
                    return Ok(self.module(&path)?.map_or(Target::Other, Target::Module));
                }
            }
        }
        Ok(Target::Other)
    }
}

fn is_own(path: &str) -> bool {
    let Some((folders, file)) = path.rsplit_once('/').or(Some(("", path))) else { return false };
    let is_python = file.strip_suffix(".py").is_some_and(|name| {
        !name.starts_with("test_")
            && !name.ends_with("_test")
            && !["setup", "conftest", "tests", "test"].contains(&name)
    });
    is_python && !folders.split('/').any(|folder| LEFT_OUT.contains(&folder))
}
