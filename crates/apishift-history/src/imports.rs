//! Import names of a distribution, found in a release's tree.

use std::collections::{BTreeMap, BTreeSet};

use apishift_types::{TreeError, TreeFile, TreeId, TreeSource, normalized_name};

/// Folders and modules that stand beside a package and are not part of what it installs.
const NOT_INSTALLED: [&str; 33] = [
    "asv_bench",
    "bench",
    "benchmark",
    "benchmarks",
    "build_tools",
    "ci",
    "conftest",
    "contrib",
    "demo",
    "demos",
    "doc",
    "docs",
    "documentation",
    "example",
    "examples",
    "ez_setup",
    "fabfile",
    "maint_tools",
    "manage",
    "noxfile",
    "release",
    "runtests",
    "samples",
    "script",
    "scripts",
    "setup",
    "tasks",
    "test",
    "testing",
    "tests",
    "tools",
    "tutorials",
    "versioneer",
];

/// Folders that hold packages without being one.
const SOURCE_FOLDERS: [&str; 6] = ["src", "lib", "Lib", "python", "py", "source"];

/// Top-level import names of `project` (any spelling), most important first: the one that is called as the project,
/// then by the number of modules.
///
/// `top_level.txt` is believed, as far as the tree has what it names. Without it, the shallowest packages and modules count,
/// at the root or in a folder such as `src` or `lib`. Empty if nothing is found.
pub fn find_imports(trees: &dyn TreeSource, tree: &TreeId, project: &str) -> Result<Vec<String>, TreeError> {
    let files = trees.files(tree)?;
    let found = Candidates::of(&files);
    let declared = top_level(trees, &files)?;
    // What is declared and not there is built, or put elsewhere, by a build backend; a guess would be wrong.
    let mut names = if declared.is_empty() { found.guessed(project) } else { found.declared(&declared) };
    let called_alike = |name: &String| normalized_name(name) == normalized_name(project);
    names.sort_by_key(|(name, modules)| (!called_alike(name), std::cmp::Reverse(*modules), name.clone()));
    Ok(names.into_iter().map(|(name, _)| name).collect())
}

/// The names that the distribution's own metadata declares.
fn top_level(trees: &dyn TreeSource, files: &[TreeFile]) -> Result<BTreeSet<String>, TreeError> {
    let is_own = |path: &str| {
        let Some(info) = path.strip_suffix("/top_level.txt") else { return false };
        let at = info.rfind('/').map_or(0, |slash| slash + 1);
        is_source_folder(&info[..at]) && (info.ends_with(".egg-info") || info.ends_with(".dist-info"))
    };
    let Some(file) = files.iter().find(|file| is_own(&file.path)) else { return Ok(BTreeSet::new()) };
    let text = trees.read(file.blob)?;
    let text = String::from_utf8_lossy(&text);
    Ok(text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect())
}

/// Packages and modules that could be imported from somewhere in the tree.
#[derive(Debug, Default)]
struct Candidates {
    /// Whether the tree is a wheel's: then all that lies at the root is installed.
    wheel: bool,
    /// By the folder that they are in (`""`, `src/`): name and number of modules.
    by_folder: BTreeMap<String, BTreeMap<String, usize>>,
}

impl Candidates {
    fn of(files: &[TreeFile]) -> Self {
        let packages: BTreeSet<&str> = files
            .iter()
            .filter_map(|file| {
                file.path.strip_suffix("/__init__.py").or_else(|| file.path.strip_suffix("/__init__.pyi"))
            })
            .collect();
        let wheel = files
            .iter()
            .any(|file| file.path.ends_with(".dist-info/METADATA") && file.path.matches('/').count() == 1);
        let mut found = Self { wheel, by_folder: BTreeMap::new() };
        for file in files {
            let Some(stem) = file.path.strip_suffix(".py").or_else(|| file.path.strip_suffix(".pyi")) else {
                continue;
            };
            // The outermost folder that is a package, or the module itself where it is in none.
            let outermost =
                stem.match_indices('/').map(|(at, _)| &stem[..at]).find(|folder| packages.contains(folder));
            let path = outermost.unwrap_or(stem);
            let (folder, name) = match path.rfind('/') {
                Some(at) => path.split_at(at + 1),
                None => ("", path),
            };
            if is_source_folder(folder) && is_identifier(name) {
                *found.by_folder.entry(folder.to_owned()).or_default().entry(name.to_owned()).or_default() +=
                    1;
            }
        }
        found
    }

    /// Those of `names` that are in the tree.
    fn declared(&self, names: &BTreeSet<String>) -> Vec<(String, usize)> {
        let modules = |name: &str| self.by_folder.values().filter_map(|found| found.get(name)).max().copied();
        let there: Vec<_> = names.iter().filter_map(|name| Some((name.clone(), modules(name)?))).collect();
        let installed: Vec<_> = there.iter().filter(|(name, _)| is_installed(name)).cloned().collect();
        if installed.is_empty() { there } else { installed }
    }

    /// What is installed from the most likely folder.
    fn guessed(&self, project: &str) -> Vec<(String, usize)> {
        let installed = |found: &BTreeMap<String, usize>| -> Vec<(String, usize)> {
            found.iter().filter(|(name, _)| is_installed(name)).map(|(name, n)| (name.clone(), *n)).collect()
        };
        let alike = |found: &BTreeMap<String, usize>| {
            found.keys().any(|name| normalized_name(name) == normalized_name(project))
        };
        let mut folders: Vec<_> =
            self.by_folder.iter().filter(|(_, found)| !installed(found).is_empty()).collect();
        // The folder with something called as the project; else the shallowest; packages before lone modules.
        folders.sort_by_key(|(folder, found)| {
            let packages = installed(found).iter().any(|(_, modules)| *modules > 1);
            (!alike(found), !packages, folder.matches('/').count(), (*folder).clone())
        });
        let Some((folder, found)) = folders.first() else {
            // A project called `testing` has a package that is called so.
            let all = self.by_folder.values().flatten();
            let alike = all.filter(|(name, _)| normalized_name(name) == normalized_name(project));
            return alike.map(|(name, modules)| (name.clone(), *modules)).collect();
        };
        let names = installed(found);
        // Scripts beside packages are not installed; a module counts beside packages only if it has the project's name.
        let packages: Vec<_> = names.iter().filter(|(_, modules)| *modules > 1).cloned().collect();
        let own: Vec<_> = names
            .iter()
            .filter(|(name, _)| normalized_name(name) == normalized_name(project))
            .cloned()
            .collect();
        match (packages.is_empty(), own.is_empty()) {
            (true, true) => names,
            (true, false) => own,
            // Beside the project's own package at the root lie all kinds of things; a source folder holds packages.
            (false, false) if folder.is_empty() && !self.wheel => own,
            (false, _) => {
                packages.into_iter().chain(own.into_iter().filter(|(_, modules)| *modules == 1)).collect()
            }
        }
    }
}

fn is_installed(name: &str) -> bool {
    !NOT_INSTALLED.contains(&name) && !name.starts_with("test_") && !name.ends_with("_test")
}

fn is_source_folder(folder: &str) -> bool {
    folder.trim_end_matches('/').split('/').all(|part| part.is_empty() || SOURCE_FOLDERS.contains(&part))
}

fn is_identifier(name: &str) -> bool {
    let mut characters = name.chars();
    characters.next().is_some_and(|first| first == '_' || first.is_alphabetic())
        && characters.all(|c| c == '_' || c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use apishift_types::MemoryTree;

    use super::*;

    fn imports(project: &str, files: &[(&str, &str)]) -> Vec<String> {
        let mut trees = MemoryTree::default();
        for (path, text) in files {
            trees.insert("t", path, text);
        }
        find_imports(&trees, &TreeId("t".into()), project).unwrap()
    }

    fn named(project: &str, paths: &[&str]) -> Vec<String> {
        let files: Vec<_> = paths.iter().map(|path| (*path, "")).collect();
        imports(project, &files)
    }

    #[test]
    fn top_level_is_believed_where_the_tree_has_it() {
        let files = [
            ("Some_Dist.egg-info/top_level.txt", "_native\nsklearn\ntests\n"),
            ("sklearn/__init__.py", ""),
            ("tests/__init__.py", ""),
        ];
        assert_eq!(imports("scikit-learn", &files), ["sklearn"]);
    }

    #[test]
    fn what_is_declared_and_not_there_is_not_guessed() {
        let files = [("demo.egg-info/top_level.txt", "ruamel\n"), ("main.py", ""), ("clibz/__init__.py", "")];
        assert!(imports("demo", &files).is_empty());
    }

    #[test]
    fn a_bundled_package_declares_nothing() {
        let files = [
            ("pkg/_vendor/other-1.0.dist-info/top_level.txt", "other\n"),
            ("pkg/_vendor/other/__init__.py", ""),
            ("pkg/__init__.py", ""),
        ];
        assert_eq!(imports("demo", &files), ["pkg"]);
    }

    #[test]
    fn a_package_at_the_root_is_found_beside_tests_and_docs() {
        let paths = ["pkg/__init__.py", "pkg/a.py", "tests/__init__.py", "docs/conf.py", "setup.py"];
        assert_eq!(named("other-name", &paths), ["pkg"]);
    }

    #[test]
    fn src_and_lib_layouts_are_found() {
        assert_eq!(named("click", &["src/click/__init__.py", "tests/test_a.py", "setup.py"]), ["click"]);
        let paths = ["lib/matplotlib/__init__.py", "lib/matplotlib/a.py", "lib/pylab.py", "tools/x.py"];
        assert_eq!(named("matplotlib", &paths), ["matplotlib"]);
    }

    #[test]
    fn several_roots_come_in_order_of_importance() {
        let paths = [
            "src/attr/__init__.py",
            "src/attr/a.py",
            "src/attr/b.py",
            "src/attrs/__init__.py",
            "src/attrs/a.py",
        ];
        assert_eq!(named("attrs", &paths), ["attrs", "attr"]);
        let paths =
            ["src/_pytest/__init__.py", "src/_pytest/a.py", "src/pytest/__init__.py", "src/pytest/b.py"];
        assert_eq!(named("pytest", &paths), ["pytest", "_pytest"]);
    }

    #[test]
    fn what_lies_beside_the_own_package_at_the_root_is_not_installed() {
        let paths = ["shap/__init__.py", "shap/a.py", "monitoring/__init__.py", "monitoring/b.py"];
        assert_eq!(named("shap", &paths), ["shap"]);
        let wheel = [
            "pytest-9.dist-info/METADATA",
            "pytest/__init__.py",
            "pytest/a.py",
            "_pytest/__init__.py",
            "_pytest/b.py",
        ];
        assert_eq!(named("pytest", &wheel), ["pytest", "_pytest"]);
    }

    #[test]
    fn a_single_module_is_found() {
        assert_eq!(named("six", &["six.py", "setup.py", "test_six.py", "documentation/conf.py"]), ["six"]);
        assert_eq!(
            named("typing-extensions", &["src/typing_extensions.py", "src/test_a.py"]),
            ["typing_extensions"]
        );
    }

    #[test]
    fn a_stub_package_counts_as_a_package() {
        assert_eq!(named("demo", &["demo/__init__.pyi", "demo/a.pyi"]), ["demo"]);
    }

    #[test]
    fn a_project_called_testing_is_not_lost() {
        assert_eq!(named("testing", &["testing/__init__.py", "testing/a.py"]), ["testing"]);
    }

    #[test]
    fn nothing_is_found_in_a_tree_without_python() {
        assert!(named("demo", &["README.md", "my-script.py"]).is_empty());
    }
}
