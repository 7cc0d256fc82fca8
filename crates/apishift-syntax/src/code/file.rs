//! Files and their units.

use std::{collections::BTreeMap, ops::Range};

use tree_sitter::{Node, Tree};

use super::{
    builder, imports,
    scope::Scope,
    statement::{Statement, StatementKind},
};
use crate::parser::parse;

/// A parameter of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name, without stars.
    pub name: String,
    /// Where its default stands, in bytes.
    pub default: Option<Range<usize>>,
}

/// The class that a method stands in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClassHeader {
    /// Its name.
    pub name: String,
    /// Its bases, as written.
    pub bases: Vec<String>,
    /// `class Name(bases):` as written, without decorators, in bytes.
    pub head: Range<usize>,
}

/// A function, a method, the body of a class, or the statements of a module.
#[derive(Clone, Debug)]
pub struct CodeUnit {
    /// Dotted name in the file; empty for the module itself.
    pub name: String,
    /// The class around a method.
    pub class: Option<ClassHeader>,
    /// The whole unit, decorators included, in bytes.
    pub range: Range<usize>,
    /// First and last line, from 1.
    pub lines: (usize, usize),
    /// Parameters, `self` included; empty for classes and modules.
    pub parameters: Vec<Parameter>,
    /// Statements. For functions and classes the first is the header and all others are in its body; functions and
    /// classes in a module's or a class's body are opaque: one statement each, whose names are only what it binds.
    /// Empty for units that were not wanted.
    pub statements: Vec<Statement>,
}

impl CodeUnit {
    /// Whether the first statement is a `def` or `class` line.
    pub fn has_header(&self) -> bool {
        !self.name.is_empty()
    }
}

/// A file that is parsed and not yet read: reading statements costs more than parsing.
#[derive(Debug)]
pub struct CodeSource<'a> {
    source: &'a str,
    tree: Tree,
}

impl<'a> CodeSource<'a> {
    /// Parses a file; `None` where the text has a syntax error.
    pub fn parse(source: &'a str) -> Option<Self> {
        let tree = parse(source)?;
        (!tree.root_node().has_error()).then_some(Self { source, tree })
    }

    /// Names and texts of the units, in order of their start, the module left out; and what imports bind. `None` where
    /// blocks nest deeper than any person writes.
    pub fn outline(&self, package: &str) -> Option<(Vec<(String, &'a str)>, Scope)> {
        let file = self.file(package, &|_, _| false)?;
        let units =
            file.units.into_iter().skip(1).map(|unit| (unit.name, &self.source[unit.range])).collect();
        Some((units, file.scope))
    }

    /// Reads the file: of functions and classes, the statements of those that are `wanted` by name and text.
    pub fn file(&self, package: &str, wanted: &dyn Fn(&str, &str) -> bool) -> Option<CodeFile> {
        let root = self.tree.root_node();
        let mut units = Vec::new();
        builder::units(root, self.source, wanted, &mut units)?;
        let mut scope = Scope::default();
        imports::imports(root, self.source, package, &mut scope);
        let mut definitions: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, statement) in units.first()?.statements.iter().enumerate() {
            for name in &statement.names.defines {
                definitions.entry(name.clone()).or_default().push(at);
            }
        }
        let strings = multi_line_strings(root);
        Some(CodeFile { source: self.source.to_owned(), units, scope, strings, definitions })
    }
}

/// A file, read.
#[derive(Debug)]
pub struct CodeFile {
    /// Its text.
    pub source: String,
    /// Its units, in order of their start; the module comes first.
    pub units: Vec<CodeUnit>,
    /// What its module-level imports bind.
    pub scope: Scope,
    /// Multi-line strings, in bytes, in order.
    pub strings: Vec<Range<usize>>,
    /// Statements of the module (indexes into `units[0].statements`) by the names that they bind.
    pub definitions: BTreeMap<String, Vec<usize>>,
}

impl CodeFile {
    /// Parses a file; `package` is the dotted package that relative imports start from (`pkg.sub` for
    /// `pkg/sub/mod.py`). `None` where the text has a syntax error or nests deeper than any person writes.
    ///
    /// ```
    /// use apishift_syntax::code::CodeFile;
    /// let file = CodeFile::parse("import numpy as np\nx = np.dot(1, 2)\n", "").unwrap();
    /// let chain = &file.units[0].statements[1].calls[0].callee;
    /// assert_eq!(file.scope.resolve(chain).as_deref(), Some("numpy.dot"));
    /// assert!(CodeFile::parse("def (", "").is_none());
    /// ```
    pub fn parse(source: &str, package: &str) -> Option<Self> {
        CodeSource::parse(source)?.file(package, &|_, _| true)
    }

    /// The scope of a unit: module imports, its own imports, and what its statements bind.
    pub fn scope_of(&self, unit: &CodeUnit, package: &str) -> Scope {
        let mut scope = self.scope.clone();
        if unit.has_header() {
            for statement in unit.statements.iter().filter(|s| s.kind == StatementKind::Import) {
                imports::import_text(&self.source[statement.head.clone()], package, &mut scope);
            }
        }
        for statement in unit.statements.iter().filter(|s| s.kind != StatementKind::Import) {
            scope.note(statement.typed.as_ref(), &statement.names.defines);
        }
        scope
    }
}

fn multi_line_strings(root: Node<'_>) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        if node.start_position().row == node.end_position().row {
            continue;
        }
        if node.kind() == "string" {
            found.push(node.byte_range());
            continue;
        }
        let mut cursor = node.walk();
        stack.extend(node.children(&mut cursor));
    }
    found.sort_by_key(|range| range.start);
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code::Binding;

    fn parse(source: &str) -> CodeFile {
        CodeFile::parse(source, "pkg.sub").expect("valid Python")
    }

    #[test]
    fn units_are_functions_classes_and_the_module() {
        let file = parse(
            "x = 1\ndef f(a):\n    return a\nclass C:\n    y = 2\n    @dec\n    def m(self):\n        pass\n",
        );
        let names: Vec<&str> = file.units.iter().map(|u| u.name.as_str()).collect();
        assert_eq!(names, ["", "f", "C", "C.m"]);
        assert_eq!(file.units[3].class.as_ref().map(|c| c.name.as_str()), Some("C"));
        assert_eq!(file.units[1].parameters[0].name, "a");
    }

    #[test]
    fn names_are_split_into_bound_changed_and_read() {
        let file = parse("a, b = f(c)\nd.e = 1\ng[h] = [t for t in u if t]\nwith o(p) as q:\n    r.s(v=w)\n");
        let names = |n: usize| &file.units[0].statements[n].names;
        let list =
            |set: &std::collections::BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        assert_eq!((list(&names(0).defines), list(&names(0).uses)), ("a b".into(), "c f".into()));
        assert_eq!(list(&names(1).mutates), "d");
        assert_eq!((list(&names(2).mutates), list(&names(2).uses)), ("g".into(), "g h u".into()));
        assert_eq!((list(&names(3).defines), list(&names(3).uses)), ("q".into(), "o p".into()));
        assert_eq!((list(&names(4).mutates), list(&names(4).uses)), ("r".into(), "r w".into()));
    }

    #[test]
    fn receivers_are_resolved_through_constructors() {
        let file = parse(
            "import pandas as pd\ndef f():\n    df = pd.DataFrame({})\n    df.append(1)\n    pd.Series([]).append(2)\n",
        );
        let unit = &file.units[1];
        let scope = file.scope_of(unit, "pkg.sub");
        let resolved: Vec<_> =
            unit.statements.iter().flat_map(|s| &s.calls).map(|c| scope.resolve(&c.callee)).collect();
        let expect =
            ["pandas.DataFrame", "pandas.DataFrame().append", "pandas.Series().append", "pandas.Series"];
        assert_eq!(resolved.iter().flatten().collect::<Vec<_>>(), expect);
    }

    #[test]
    fn names_imported_in_two_ways_are_ambiguous() {
        let file = parse(
            "try:\n    from a import x\nexcept ImportError:\n    from b import x\nfrom . import y\nfrom ..z import w\n",
        );
        assert_eq!(file.scope.imports["x"], Binding::Ambiguous);
        assert_eq!(file.scope.imports["y"], Binding::Path("pkg.sub.y".into()));
        assert_eq!(file.scope.imports["w"], Binding::Path("pkg.z.w".into()));
    }

    #[test]
    fn deep_nesting_is_refused_without_a_crash() {
        let source = "x = ".to_owned() + &"(".repeat(20_000) + "1" + &")".repeat(20_000);
        let _ = CodeFile::parse(&source, "");
        let mut nested = String::new();
        for depth in 0..400 {
            nested = nested + &" ".repeat(depth) + "if x:\n";
        }
        nested = nested + &" ".repeat(400) + "pass\n";
        assert!(CodeFile::parse(&nested, "").is_none());
    }
}
