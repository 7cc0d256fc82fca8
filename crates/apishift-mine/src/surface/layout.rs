//! Which files of a release are the package, and which module each of them is.

use std::collections::BTreeMap;

use apishift_types::{BlobId, TreeFile};

/// Files of one module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ModuleFiles {
    /// Dotted name.
    pub name: String,
    /// Whether it is a package (`__init__`).
    pub is_package: bool,
    /// Source and stub: path and blob of each.
    pub source: Option<(String, BlobId)>,
    /// See [`Self::source`].
    pub stub: Option<(String, BlobId)>,
}

/// Folders that hold somebody else's code, or code that nobody imports.
const FOREIGN: &[&str] = &[
    "externals",
    "extern",
    "_vendor",
    "vendor",
    "vendored",
    "_vendored",
    "_vendored_packages",
    "third_party",
    "thirdparty",
    "tests",
    "benchmarks",
    "__pycache__",
];

/// Folders that hold no package at the top of a release, whatever they contain.
const ASIDE: &[&str] = &[
    "tests",
    "test",
    "testing",
    "docs",
    "doc",
    "examples",
    "example",
    "benchmarks",
    "asv_bench",
    "build",
    "ci",
    "tools",
    "scripts",
    "requirements",
];

/// The modules of a release below the import roots, by name.
pub(crate) fn modules(files: &[TreeFile], imports: &[String]) -> Vec<ModuleFiles> {
    let mut found: BTreeMap<String, ModuleFiles> = BTreeMap::new();
    for import in imports {
        match root_of(files, import) {
            Some(Root::Package(folder)) => package(files, &folder, import, &mut found),
            Some(Root::File(path)) => {
                let stem = path.strip_suffix(".py").unwrap_or(&path);
                for file in
                    files.iter().filter(|f| f.path == path || f.path.strip_suffix(".pyi") == Some(stem))
                {
                    add(&mut found, import.clone(), file, false);
                }
            }
            None => tracing::debug!(%import, "import root is not in the release"),
        }
    }
    found.into_values().collect()
}

/// The files of a release that its public API is read from: sources and stubs below the import roots, without tests
/// and without code of others.
pub fn sources(files: &[TreeFile], imports: &[String]) -> Vec<TreeFile> {
    let places = modules(files, imports).into_iter().flat_map(|module| [module.source, module.stub]);
    let mut sources: Vec<TreeFile> = places.flatten().map(|(path, blob)| TreeFile { path, blob }).collect();
    sources.sort_by(|a, b| a.path.cmp(&b.path));
    sources
}

enum Root {
    /// Folder with `__init__`, `/` at its end.
    Package(String),
    /// A single module.
    File(String),
}

/// The shallowest place of an import root; among equals `src/`, `lib/`, then by name.
fn root_of(files: &[TreeFile], import: &str) -> Option<Root> {
    let folder = import.replace('.', "/");
    let rank = |prefix: &str| {
        let depth = prefix.matches('/').count();
        (depth, !(prefix.starts_with("src/") || prefix.starts_with("lib/")))
    };
    let prefix_of = |path: &str, tail: &str| {
        let prefix = path.strip_suffix(tail)?;
        let aside = prefix.split('/').any(|part| ASIDE.contains(&part));
        (!aside && (prefix.is_empty() || prefix.ends_with('/'))).then(|| prefix.to_owned())
    };
    let best = |tails: &[String]| {
        files
            .iter()
            .flat_map(|f| tails.iter().filter_map(|tail| prefix_of(&f.path, tail)))
            .min_by_key(|prefix| (rank(prefix), prefix.clone()))
    };
    let package = best(&[format!("{folder}/__init__.py"), format!("{folder}/__init__.pyi")]);
    if let Some(prefix) = package {
        return Some(Root::Package(format!("{prefix}{folder}/")));
    }
    let prefix = best(&[format!("{folder}.py")]).or_else(|| best(&[format!("{folder}.pyi")]))?;
    Some(Root::File(format!("{prefix}{folder}.py")))
}

fn package(files: &[TreeFile], folder: &str, import: &str, found: &mut BTreeMap<String, ModuleFiles>) {
    let start = files.partition_point(|f| f.path.as_str() < folder);
    let inside: Vec<(&TreeFile, &str)> =
        files[start..].iter().map_while(|f| Some((f, f.path.strip_prefix(folder)?))).collect();
    let test_folders: Vec<&str> = inside
        .iter()
        .filter_map(|(_, rest)| rest.rsplit_once('/'))
        .filter(|(folder, file)| folder.rsplit('/').next() == Some("test") && file.starts_with("test_"))
        .map(|(folder, _)| folder)
        .collect();
    for (file, rest) in inside {
        if is_foreign(rest) || test_folders.iter().any(|folder| rest.starts_with(&format!("{folder}/"))) {
            continue;
        }
        let Some(stem) = rest.strip_suffix(".py").or_else(|| rest.strip_suffix(".pyi")) else { continue };
        if !stem.split('/').all(is_importable) {
            continue;
        }
        let (name, is_package) = match stem.strip_suffix("__init__") {
            Some("") => (import.to_owned(), true),
            Some(folder) => (format!("{import}.{}", folder.trim_end_matches('/').replace('/', ".")), true),
            None => (format!("{import}.{}", stem.replace('/', ".")), false),
        };
        add(found, name, file, is_package);
    }
}

/// Whether an `import` can name it: examples and data among the sources often have a hyphen or a dot.
fn is_importable(part: &str) -> bool {
    part.chars().all(|c| c.is_alphanumeric() || c == '_') && !part.starts_with(|c: char| c.is_ascii_digit())
}

fn add(found: &mut BTreeMap<String, ModuleFiles>, name: String, file: &TreeFile, is_package: bool) {
    let module =
        found.entry(name.clone()).or_insert(ModuleFiles { name, is_package, source: None, stub: None });
    // A package beside a module of the same name wins, as it does at import.
    module.is_package |= is_package;
    let place = (file.path.clone(), file.blob);
    if file.path.rsplit('.').next() == Some("pyi") {
        module.stub = Some(place);
    } else if module.source.is_none() || is_package {
        module.source = Some(place);
    }
}

/// Whether a path in the package is vendored, a test, or a frozen copy of an older major version.
fn is_foreign(rest: &str) -> bool {
    let mut parts = rest.split('/');
    let file = parts.next_back().unwrap_or_default();
    if file == "conftest.py" || file.starts_with("test_") || file == "setup.py" {
        return true;
    }
    parts.enumerate().any(|(depth, folder)| {
        let is_frozen = depth == 0
            && folder
                .strip_prefix('v')
                .is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()));
        is_frozen || FOREIGN.contains(&folder)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(paths: &[&str], import: &str) -> Vec<String> {
        let mut paths: Vec<&str> = paths.to_vec();
        paths.sort_unstable();
        let files: Vec<TreeFile> =
            paths.iter().map(|p| TreeFile { path: (*p).to_owned(), blob: BlobId([0; 20]) }).collect();
        modules(&files, &[import.to_owned()]).into_iter().map(|m| m.name).collect()
    }

    #[test]
    fn layouts_are_found_and_foreign_code_is_not() {
        assert_eq!(names(&["src/p/__init__.py", "src/p/a.py", "tests/p/__init__.py"], "p"), ["p", "p.a"]);
        assert_eq!(names(&["lib/p/__init__.py", "lib/p/sub/__init__.py"], "p"), ["p", "p.sub"]);
        assert_eq!(
            names(&["p/__init__.py", "p/tests/test_a.py", "p/v1/__init__.py", "p/_vendor/x.py"], "p"),
            ["p"]
        );
        assert_eq!(names(&["p/__init__.py", "p/test/client.py"], "p"), ["p", "p.test.client"]);
        assert_eq!(names(&["p/__init__.py", "p/test/test_x.py", "p/test/util.py"], "p"), ["p"]);
        assert_eq!(names(&["six.py", "other.py"], "six"), ["six"]);
        assert_eq!(names(&["abc.pyi", "xml/__init__.pyi"], "abc"), ["abc"]);
    }
}
