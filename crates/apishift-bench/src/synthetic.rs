//! Made-up projects of any size: the same arguments give the same bytes.

use std::fmt::Write as _;

use apishift_testkit::memory_release;
use apishift_types::{MemoryTree, Project, Role};

/// Functions of a module.
const FUNCTIONS: usize = 12;

/// Methods of the class of a module.
const METHODS: usize = 8;

/// A library in two releases, and a package whose tests use it in two releases of its own.
#[derive(Clone, Debug)]
pub struct World {
    /// The library `shapes`.
    pub library: Project,
    /// The package `drawing`.
    pub dependent: Project,
    /// Trees of the library.
    pub library_trees: MemoryTree,
    /// Trees of the package.
    pub dependent_trees: MemoryTree,
    /// Lines of the library's modules, both releases together.
    pub lines: usize,
}

/// A library of so many modules. From 1.0 to 2.0 each module deprecates a function for another one, renames a parameter,
/// loses a function and changes a default; the package's tests follow.
pub fn world(modules: usize) -> World {
    let mut world = World {
        library: project("shapes", Role::Library),
        dependent: project("drawing", Role::Dependent),
        library_trees: MemoryTree::default(),
        dependent_trees: MemoryTree::default(),
        lines: 0,
    };
    for (version, is_new) in [("1.0", false), ("2.0", true)] {
        world.library_trees.insert(version, "shapes/__init__.py", root(modules));
        for at in 0..modules {
            let text = module(at, is_new);
            world.lines += text.lines().count();
            world.library_trees.insert(version, &format!("shapes/part_{at}.py"), text);
            world.dependent_trees.insert(version, &format!("tests/test_part_{at}.py"), tests(at, is_new));
        }
    }
    world
}

fn project(name: &str, role: Role) -> Project {
    let releases = ["1.0", "2.0"].map(|version| memory_release(version, version)).into();
    Project { name: name.to_owned(), imports: vec![name.to_owned()], role, releases }
}

fn root(modules: usize) -> String {
    let mut text = String::from("\"\"\"Shapes and what can be measured of them.\"\"\"\n\n");
    for at in 0..modules {
        let _ = writeln!(text, "from .part_{at} import *");
    }
    text
}

/// The source of one module, about 250 lines.
pub fn module(at: usize, is_new: bool) -> String {
    let mut text = format!(
        "\"\"\"Part {at} of the shapes.\"\"\"\n\nimport math\nimport warnings\n\n__all__ = [\"Shape{at}\""
    );
    for index in 0..FUNCTIONS {
        let _ = write!(text, ", \"measure_{at}_{index}\"");
    }
    text.push_str("]\n");
    for index in (0..FUNCTIONS).filter(|index| !(is_new && *index == 3)) {
        function(&mut text, at, index, is_new);
    }
    class(&mut text, at, is_new);
    text
}

/// Function 0 is deprecated for function 1, function 2 has a renamed parameter, function 4 another default.
fn function(text: &mut String, at: usize, index: usize, is_new: bool) {
    let unit = if is_new && index == 2 { "scale" } else { "unit" };
    let depth = if is_new && index == 4 { 3 } else { 1 };
    let _ = write!(
        text,
        "\n\ndef measure_{at}_{index}(width, height={depth}, *, {unit}=\"cm\"):\n    \"\"\"Measure number {index} of a shape.\n\n    Parameters\n    ----------\n    width : float\n        From left to right.\n    height : float\n        From top to bottom.\n    {unit} : str\n        What it is told in.\n"
    );
    if is_new && index == 2 {
        text.push_str("\n    .. versionchanged:: 2.0\n        `unit` was renamed to `scale`.\n");
    }
    text.push_str("    \"\"\"\n");
    if is_new && index == 0 {
        let _ = write!(
            text,
            "    warnings.warn(\n        \"measure_{at}_0 is deprecated, use measure_{at}_1 instead.\", DeprecationWarning, stacklevel=2\n    )\n"
        );
    }
    let _ = write!(
        text,
        "    area = width * height + {index}\n    if area < 0:\n        raise ValueError(f\"no area: {{area}}\")\n    return math.sqrt(area) if {unit} == \"cm\" else area\n"
    );
}

fn class(text: &mut String, at: usize, is_new: bool) {
    let _ = write!(
        text,
        "\n\nclass Shape{at}:\n    \"\"\"A shape with edges.\"\"\"\n\n    corners = {}\n",
        at + 3
    );
    for index in (0..METHODS).filter(|index| !(is_new && *index == 5)) {
        let _ = write!(
            text,
            "\n    def turn_{index}(self, angle, steps=1):\n        \"\"\"Turns it about corner {index}.\"\"\"\n        for _ in range(steps):\n            self.angle = (self.angle + angle) % {}\n        return self\n",
            360 + index
        );
    }
}

/// Tests that use what one module changed.
fn tests(at: usize, is_new: bool) -> String {
    let (measure, unit) = if is_new { (1, "scale") } else { (0, "unit") };
    format!(
        "import shapes\n\n\ndef test_area_{at}():\n    width = {at} + 1\n    assert shapes.measure_{at}_{measure}(width, 2) > 0\n\n\ndef test_unit_{at}():\n    size = shapes.measure_{at}_2({at}, 4, {unit}=\"m\")\n    assert size == {} + 2\n",
        at * 4
    )
}

#[cfg(test)]
mod tests {
    use apishift_mine::{ChangeOptions, MigrateOptions, RuleSet, changes, migrations};
    use apishift_syntax::ContentCache;
    use apishift_types::ChangeKind;

    use super::*;

    #[test]
    fn what_the_benches_measure_finds_something() {
        let world = world(3);
        let cache = ContentCache::none();
        let (rows, skipped) =
            changes(&world.library, &world.library_trees, &cache, &ChangeOptions::default()).unwrap();
        assert!(skipped.is_empty(), "all of it is readable: {skipped:?}");
        for kind in [
            ChangeKind::Removed,
            ChangeKind::Deprecated,
            ChangeKind::ParameterRenamed,
            ChangeKind::DefaultChanged,
        ] {
            assert!(rows.iter().filter(|row| row.kind == kind).count() >= 3, "{kind:?} in each module");
        }
        let rules = RuleSet::new(&rows);
        let options = MigrateOptions::default();
        let (found, _) =
            migrations(&world.dependent, &world.dependent_trees, &rules, &options, &cache).unwrap();
        assert_eq!(found.len(), 6, "both tests of each module: {found:#?}");
    }
}
