//! Programs that can leave nothing behind in a process, told by reading them.
//!
//! Such programs may share a child: none can change what the next one meets. The rule is one of syntax, so that no run is
//! needed and nothing can be hidden from it: only modules that hold nothing to change, no attribute is set, none is read
//! that leads to an object which others share, and nothing is evaluated that is not written there. What it refuses is not
//! bad; it only runs in a child of its own.

use ruff_python_ast::{
    Expr, ExprContext, Identifier, Parameters, PatternKeyword, Stmt, Suite,
    visitor::{self, Visitor},
};
use ruff_python_stdlib::sys::is_known_standard_library;

/// Modules without anything public that a program could change, but for [`MEMBERS`].
const MODULES: &[&str] = &[
    "bisect",
    "cmath",
    "collections",
    "collections.abc",
    "copy",
    "functools",
    "heapq",
    "itertools",
    "math",
    "operator",
    "random",
    "re",
    "string",
    "typing",
];

/// Names that evaluate text, take names of attributes as text, set attributes on what they are given, or close streams.
const NAMES: &[&str] = &[
    "Formatter",
    "ForwardRef",
    "attrgetter",
    "breakpoint",
    "compile",
    "delattr",
    "eval",
    "exec",
    "exit",
    "final",
    "get_type_hints",
    "getattr",
    "globals",
    "input",
    "locals",
    "methodcaller",
    "no_type_check",
    "no_type_check_decorator",
    "open",
    "quit",
    "register",
    "runtime_checkable",
    "setattr",
    "sys",
    "total_ordering",
    "update_wrapper",
    "vars",
];

/// Attributes that do the same, and those of [`MODULES`] that are modules themselves, or tables.
const MEMBERS: &[&str] = &[
    "EXCLUDED_ATTRIBUTES",
    "Formatter",
    "ForwardRef",
    "attrgetter",
    "collections",
    "contextlib",
    "copyreg",
    "dispatch_table",
    "enum",
    "final",
    "functools",
    "get_type_hints",
    "methodcaller",
    "no_type_check",
    "no_type_check_decorator",
    "operator",
    "re",
    "register",
    "runtime_checkable",
    "stdlib_re",
    "sys",
    "total_ordering",
    "types",
    "update_wrapper",
    "warnings",
];

/// Beginnings of attributes of frames, tracebacks, generators and code.
const INNER: &[&str] = &["_", "ag_", "co_", "cr_", "f_", "func_", "gi_", "tb_"];

/// Methods that a class may define: Python calls them while the program runs, and not later.
const METHODS: &[&str] = &[
    "__abs__",
    "__add__",
    "__bool__",
    "__call__",
    "__contains__",
    "__eq__",
    "__ge__",
    "__getitem__",
    "__gt__",
    "__hash__",
    "__init__",
    "__iter__",
    "__le__",
    "__len__",
    "__lt__",
    "__mul__",
    "__ne__",
    "__neg__",
    "__next__",
    "__repr__",
    "__setitem__",
    "__str__",
    "__sub__",
];

/// Whether a program can leave nothing behind in its process.
pub(crate) fn is_plain(program: &Suite) -> bool {
    let mut reader = Reader { is_plain: true };
    reader.visit_body(program);
    reader.is_plain
}

struct Reader {
    is_plain: bool,
}

impl Reader {
    fn need(&mut self, holds: bool) {
        self.is_plain &= holds;
    }

    /// A name that is read, bound or defined.
    fn name(&mut self, name: &str) {
        self.need(!NAMES.contains(&name) && (!name.starts_with("__") || name == "__name__"));
    }

    /// A name that is looked up in an object.
    fn member(&mut self, name: &str) {
        self.need(!MEMBERS.contains(&name) && !INNER.iter().any(|beginning| name.starts_with(beginning)));
    }

    fn bound(&mut self, name: Option<&Identifier>) {
        if let Some(name) = name {
            self.name(name);
        }
    }
}

impl<'a> Visitor<'a> for Reader {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => {
                for alias in &import.names {
                    self.need(MODULES.contains(&alias.name.as_str()));
                    self.bound(alias.asname.as_ref());
                }
            }
            Stmt::ImportFrom(import) => {
                let module = import.module.as_ref().map(Identifier::as_str);
                self.need(import.level == 0 && module.is_some_and(|module| MODULES.contains(&module)));
                for alias in &import.names {
                    if alias.name.as_str() == "*" {
                        continue;
                    }
                    self.member(&alias.name);
                    self.bound(alias.asname.as_ref());
                }
            }
            Stmt::FunctionDef(function) => {
                self.need(
                    !function.is_async
                        && (METHODS.contains(&function.name.as_str()) || !function.name.starts_with("__")),
                );
            }
            Stmt::ClassDef(class) => self.name(&class.name),
            // What ends late, and what is not seen here.
            Stmt::With(with) => self.need(!with.is_async),
            Stmt::For(loops) => self.need(!loops.is_async),
            Stmt::IpyEscapeCommand(_) => self.need(false),
            _ => {}
        }
        if self.is_plain {
            visitor::walk_stmt(self, statement);
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => self.name(&name.id),
            Expr::Attribute(attribute) => {
                self.need(attribute.ctx == ExprContext::Load);
                let is_own_start = attribute.attr.as_str() == "__init__" && is_super(&attribute.value);
                if attribute.attr.as_str() != "__name__" && !is_own_start {
                    self.member(&attribute.attr);
                }
            }
            Expr::Await(_) | Expr::IpyEscapeCommand(_) => self.need(false),
            _ => {}
        }
        if self.is_plain {
            visitor::walk_expr(self, expression);
        }
    }

    fn visit_parameters(&mut self, parameters: &'a Parameters) {
        for parameter in parameters {
            self.name(parameter.name());
        }
        visitor::walk_parameters(self, parameters);
    }

    fn visit_pattern_keyword(&mut self, keyword: &'a PatternKeyword) {
        self.member(&keyword.attr);
        visitor::walk_pattern_keyword(self, keyword);
    }
}

/// Whether a program imports nothing but modules of the standard library, none of which takes a tenth of a second. Those
/// that do, or bring others, are left out: `distutils` (it is setuptools' where that is installed) and `importlib`.
pub(crate) fn imports_little(program: &Suite, version: (u8, u8)) -> bool {
    let mut reader = Imports { minor: version.1, holds: true };
    reader.visit_body(program);
    reader.holds
}

struct Imports {
    minor: u8,
    holds: bool,
}

impl Imports {
    fn import(&mut self, module: &str) {
        let top = module.split('.').next().unwrap_or_default();
        self.holds &=
            is_known_standard_library(self.minor, top) && !["distutils", "importlib"].contains(&top);
    }
}

impl<'a> Visitor<'a> for Imports {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::Import(import) => import.names.iter().for_each(|alias| self.import(&alias.name)),
            Stmt::ImportFrom(import) => self.import(import.module.as_deref().unwrap_or_default()),
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if let Expr::Name(name) = expression {
            self.holds &= !["__import__", "eval", "exec"].contains(&name.id.as_str());
        }
        visitor::walk_expr(self, expression);
    }
}

/// `super()` without arguments.
fn is_super(expression: &Expr) -> bool {
    let Expr::Call(call) = expression else { return false };
    call.arguments.is_empty() && matches!(call.func.as_ref(), Expr::Name(name) if name.id.as_str() == "super")
}

#[cfg(test)]
mod tests {
    use apishift_syntax::grammar::parse_bounded;

    use super::*;

    fn is_plain_text(source: &str) -> bool {
        is_plain(&parse_bounded(source).unwrap())
    }

    #[test]
    fn modules_from_elsewhere_take_their_time() {
        let little = |source: &str| imports_little(&parse_bounded(source).unwrap(), (3, 11));
        for source in [
            "import sys, os.path",
            "from json import loads\n",
            "def f():\n    from math import pi\n",
            "x = 1",
        ] {
            assert!(little(source), "{source}");
        }
        for source in [
            "import numpy",
            "from . import a",
            "import sys, scipy.stats",
            "__import__('a')",
            "exec('import a')",
            "import distutils",
        ] {
            assert!(!little(source), "{source}");
        }
    }

    #[test]
    fn what_exercises_are_made_of_is_plain() {
        for source in [
            "from typing import List\nimport math\ndef f(xs: List[int]) -> int:\n    return math.floor(sum(xs))\n",
            "import re\nP = re.compile('a+')\ndef f(s):\n    return P.sub('', s)\n",
            "from collections import Counter\ndef f(s):\n    c = Counter(s)\n    c['x'] += 1\n    return c.most_common(1)\n",
            "class Stack:\n    def __init__(self):\n        super().__init__()\n    def push(self, x):\n        print(x)\n",
            "def f(x):\n    try:\n        return 1 / x\n    except ZeroDivisionError as e:\n        raise ValueError(str(e))\n",
            "if __name__ == '__main__':\n    print(1)\n",
            "from itertools import *\n",
        ] {
            assert!(is_plain_text(source), "{source}");
        }
    }

    #[test]
    fn what_may_reach_others_is_not() {
        for source in [
            "import sys",
            "import os",
            "from . import x",
            "import builtins",
            "from typing import sys",
            "from re import copyreg as c",
            "import typing\ntyping.sys.modules.clear()",
            "import math\nmath.floor = len",
            "import math\ndel math.floor",
            "import math\nfor math.floor in [1]:\n    pass",
            "import math\nmath.pi += 1",
            "import math\nmath.__dict__['floor'] = 1",
            "import math\nmath.__init__('x')",
            "def f():\n    return f.__globals__",
            "(x for x in y).gi_frame",
            "getattr(1, 'real')",
            "list(map(setattr, a, b, c))",
            "eval('1')",
            "__import__('os')",
            "__builtins__['len'] = 1",
            "vars(x)",
            "open('x')",
            "async def f():\n    pass",
            "class A:\n    def __del__(self):\n        pass",
            "import operator\noperator.attrgetter('__dict__')",
            "import string\nstring.Formatter().get_field('0.__dict__', [1], {})",
            "import functools\nfunctools.total_ordering(int)",
            "from copy import dispatch_table",
            "import collections.abc\ncollections.abc.Sized.register(int)",
            "match x:\n    case A(sys=y):\n        pass",
            "def f(*, eval):\n    pass",
            "try:\n    pass\nexcept E as e:\n    e.__traceback__.tb_frame",
        ] {
            assert!(!is_plain_text(source), "{source}");
        }
    }
}
