//! API changes of made-up libraries.

mod members;
mod stubs;
mod tables_of_names;

use apishift_mine::{ChangeOptions, changes};
use apishift_syntax::ContentCache;
use apishift_testkit::memory_release;
use apishift_types::{ApiChange, MemoryTree, Project, Role};

/// Changes between two versions of a library of one module.
fn mined(old: &str, new: &str) -> Vec<ApiChange> {
    mined_beside(&[], old, new)
}

/// The same, with more files in the newer release.
fn mined_beside(more: &[(&str, &str)], old: &str, new: &str) -> Vec<ApiChange> {
    let mut trees = MemoryTree::default();
    trees.insert("1.0", "shapes/__init__.py", old);
    for (path, text) in [("shapes/__init__.py", new)].iter().chain(more) {
        trees.insert("2.0", path, *text);
    }
    let project = Project {
        name: "shapes".to_owned(),
        imports: vec!["shapes".to_owned()],
        role: Role::Library,
        releases: vec![memory_release("1.0", "1.0"), memory_release("2.0", "2.0")],
    };
    let found = changes(&project, &trees, &ContentCache::none(), &ChangeOptions::default());
    found.expect("trees in memory are readable").0
}
