//! Made-up projects with histories: two libraries that deprecate, and a package that follows them.

use std::os::unix::fs::symlink;

use apishift_testkit::GitFixture;

use crate::Place;

/// Functions that the libraries rename: module, old name, new name.
const RENAMED: [(&str, &str, &str); 12] = [
    ("shapes", "area", "surface"),
    ("shapes", "perimeter", "outline"),
    ("shapes", "rotate", "turn"),
    ("shapes", "scale", "resize"),
    ("shapes", "reflect", "mirror"),
    ("shapes", "translate", "shift"),
    ("colours", "blend", "mix"),
    ("colours", "darken", "shade"),
    ("colours", "lighten", "tint"),
    ("colours", "negate", "invert"),
    ("colours", "desaturate", "fade"),
    ("colours", "quantize", "reduce_palette"),
];

const LICENCE: &str = "MIT License

Copyright (c) 2021 the fixture's authors

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the \"Software\"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED \"AS IS\", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
";

/// The histories of `shapes`, `colours` (libraries) and `painter` (a dependent), each a git repository.
#[derive(Debug)]
pub struct World {
    repositories: Vec<(&'static str, GitFixture)>,
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

impl World {
    /// Makes the repositories.
    pub fn new() -> Self {
        let repositories =
            vec![("shapes", library("shapes")), ("colours", library("colours")), ("painter", painter())];
        Self { repositories }
    }

    /// Puts the repositories and the pipeline file `demo.toml` into a place.
    pub fn settle(&self, place: &Place) {
        for (name, repository) in &self.repositories {
            symlink(repository.path(), place.path(&format!("{name}.git"))).expect("a link can be made");
        }
        place.write("demo.toml", &pipeline(&["shapes", "colours"], &["painter"]));
    }

    /// Adds a release to a library of the world.
    pub fn release(&self, name: &str, version: &str, path: &str, text: &str) {
        let (_, repository) =
            self.repositories.iter().find(|(known, _)| *known == name).expect("a known name");
        repository.commit(&format!("Release {version}"), &[(path, Some(text))]);
        repository.tag(&format!("v{version}"));
    }
}

/// A pipeline over projects of the world.
pub fn pipeline(libraries: &[&str], dependents: &[&str]) -> String {
    let mut text = "name = \"demo\"\nseed = 7\n\n[defaults]\npick = \"all\"\n".to_owned();
    for (table, names) in [("library", libraries), ("dependent", dependents)] {
        for name in names {
            text += &format!("\n[[{table}]]\ngit = \"{name}.git\"\nname = \"{name}\"\n");
        }
    }
    text
}

fn renamed(module: &str) -> impl Iterator<Item = (&'static str, &'static str)> {
    RENAMED.into_iter().filter(move |(of, _, _)| *of == module).map(|(_, old, new)| (old, new))
}

/// Three releases: old names; new names beside deprecated old ones, with the tests moved over; old names gone.
fn library(name: &'static str) -> GitFixture {
    let git = GitFixture::new();
    let init = format!("{name}/__init__.py");
    let metadata = format!("[project]\nname = \"{name}\"\nlicense = {{text = \"MIT\"}}\n");
    let (mut first, mut second, mut third) = (String::new(), "import warnings\n".to_owned(), String::new());
    let (mut old_tests, mut new_tests) = (format!("import {name}\n"), format!("import {name}\n"));
    for (place, (old, new)) in renamed(name).enumerate() {
        first += &format!(
            "\n\ndef {old}(thing, factor=1):\n    \"\"\"The {old} of a thing.\"\"\"\n    return thing * factor\n"
        );
        second += &format!(
            "\n\ndef {new}(thing, factor=1):\n    \"\"\"The {new} of a thing.\"\"\"\n    return thing * factor\n\n\n\
             def {old}(thing, factor=1):\n    \"\"\"The {old} of a thing.\n\n    .. deprecated:: 1.1\n        Use `{new}` instead.\n    \"\"\"\n    \
             warnings.warn(\"`{old}` is deprecated since 1.1, use `{new}` instead.\", DeprecationWarning, stacklevel=2)\n    \
             return {new}(thing, factor)\n"
        );
        third += &format!(
            "\n\ndef {new}(thing, factor=1):\n    \"\"\"The {new} of a thing.\"\"\"\n    return thing * factor\n"
        );
        let test = |used: &str| {
            format!(
                "\n\ndef test_{old}_of_number_{place}():\n    start = {place} + 2\n    result = {name}.{used}(start, factor={place})\n    assert result == start * {place}\n"
            )
        };
        old_tests += &test(old);
        new_tests += &test(new);
    }
    let tests = format!("tests/test_{name}.py");
    git.commit(
        "Start",
        &[
            (&init, Some(&first)),
            (&tests, Some(&old_tests)),
            ("LICENSE", Some(LICENCE)),
            ("pyproject.toml", Some(&metadata)),
        ],
    );
    git.tag("v1.0");
    git.commit(
        "Deprecate the old names in favour of new ones",
        &[(&init, Some(&second)), (&tests, Some(&new_tests))],
    );
    git.tag("v1.1");
    git.commit("Remove what was deprecated in 1.1", &[(&init, Some(&third))]);
    git.tag("v2.0");
    git
}

/// Two releases: before and after the new names.
fn painter() -> GitFixture {
    let git = GitFixture::new();
    let metadata = "[project]\nname = \"painter\"\nlicense = {text = \"MIT\"}\n";
    let module = |choose: fn((&'static str, &'static str)) -> &'static str| {
        let mut text = "import colours\nimport shapes\n".to_owned();
        for (place, (module, old, new)) in RENAMED.into_iter().enumerate() {
            let used = choose((old, new));
            text += &format!(
                "\n\ndef paint_{old}(canvas):\n    \"\"\"Paints the {old} of a canvas.\"\"\"\n    layer = canvas + {place}\n    painted = {module}.{used}(layer, factor=3)\n    return painted - {place}\n"
            );
        }
        text
    };
    let (old, new) = (module(|(old, _)| old), module(|(_, new)| new));
    git.commit(
        "Start",
        &[
            ("painter/__init__.py", Some(&old)),
            ("LICENSE", Some(LICENCE)),
            ("pyproject.toml", Some(metadata)),
        ],
    );
    git.tag("v0.1");
    git.commit("Use the new names of shapes and colours", &[("painter/__init__.py", Some(&new))]);
    git.tag("v0.2");
    git
}
