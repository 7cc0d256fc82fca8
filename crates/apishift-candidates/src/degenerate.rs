//! Programs that are no attempt at their problem.

use apishift_syntax::grammar::{self, Syntax};
use apishift_types::Degenerate;
use ruff_python_ast::{
    Expr, Stmt, StmtFunctionDef,
    visitor::source_order::{SourceOrderVisitor, walk_expr, walk_stmt},
};

use crate::program::{PYTHON, Program};

/// Why a program is no attempt at its problem; `None` of a real one, and of one that nests too deep to be judged here.
///
/// With an entry point, the function of that name has to be there, with a body; and it has to return or yield a value
/// somewhere, where the reference does. The calling thread needs [`apishift_syntax::grammar::STACK`].
pub fn degenerate(program: &str, entry_point: Option<&str>, reference: Option<&str>) -> Option<Degenerate> {
    if is_empty(program) {
        return Some(Degenerate::Empty);
    }
    let parsed = match grammar::parse(program, PYTHON) {
        Ok(parsed) => parsed,
        Err(Syntax::Invalid(_)) => return Some(Degenerate::Syntax),
        Err(_) => return None,
    };
    if parsed.suite().is_empty() {
        return Some(Degenerate::Empty);
    }
    let name = entry_point?;
    let Some(function) = function_of(parsed.suite(), name) else { return Some(Degenerate::NoFunction) };
    if function.body.iter().all(says_nothing) {
        return Some(Degenerate::NoBody);
    }
    let gives = |function: &StmtFunctionDef| {
        let mut results = Results { is_there: false };
        results.visit_body(&function.body);
        results.is_there
    };
    let reference_gives = || {
        let reference = reference.and_then(Program::read)?;
        function_of(reference.body(), name).map(gives)
    };
    (!gives(function) && reference_gives() == Some(true)).then_some(Degenerate::NoResult)
}

fn is_empty(program: &str) -> bool {
    program.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'))
}

/// The last function of that name, as Python would call it.
fn function_of<'a>(body: &'a [Stmt], name: &str) -> Option<&'a StmtFunctionDef> {
    let functions = body.iter().rev().filter_map(Stmt::as_function_def_stmt);
    functions.into_iter().find(|function| function.name.as_str() == name)
}

fn says_nothing(statement: &Stmt) -> bool {
    match statement {
        Stmt::Pass(_) => true,
        Stmt::Expr(inner) => matches!(&*inner.value, Expr::StringLiteral(_) | Expr::EllipsisLiteral(_)),
        _ => false,
    }
}

/// Looks for values that a function gives, not those within it.
#[derive(Debug)]
struct Results {
    is_there: bool,
}

impl<'a> SourceOrderVisitor<'a> for Results {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(_) | Stmt::ClassDef(_) => {}
            Stmt::Return(inner) => {
                self.is_there |= inner.value.as_deref().is_some_and(|value| !value.is_none_literal_expr());
                walk_stmt(self, statement);
            }
            _ => walk_stmt(self, statement),
        }
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Lambda(_) => {}
            Expr::Yield(_) | Expr::YieldFrom(_) => self.is_there = true,
            _ => walk_expr(self, expression),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFERENCE: &str = "def f(x):\n    return x\n";

    fn of(program: &str) -> Option<Degenerate> {
        degenerate(program, Some("f"), Some(REFERENCE))
    }

    #[test]
    fn attempts_are_told_from_what_is_none() {
        for (program, expected) in [
            ("", Some(Degenerate::Empty)),
            ("  \n# f(x)\n", Some(Degenerate::Empty)),
            ("def f(x)\n    return x\n", Some(Degenerate::Syntax)),
            ("Here is the code:\n", Some(Degenerate::Syntax)),
            ("def g(x):\n    return x\n", Some(Degenerate::NoFunction)),
            ("class A:\n    def f(x):\n        return x\n", Some(Degenerate::NoFunction)),
            ("def f(x):\n    pass\n", Some(Degenerate::NoBody)),
            ("def f(x):\n    '''Doc.'''\n    ...\n", Some(Degenerate::NoBody)),
            ("def f(x):\n    # todo\n    'doc'\n", Some(Degenerate::NoBody)),
            ("def f(x):\n    print(x)\n", Some(Degenerate::NoResult)),
            ("def f(x):\n    if x:\n        return\n    return None\n", Some(Degenerate::NoResult)),
            ("def f(x):\n    def g():\n        return x\n    g()\n", Some(Degenerate::NoResult)),
            ("def f(x):\n    g(lambda: (yield))\n", Some(Degenerate::NoResult)),
            ("def f(x):\n    yield x\n", None),
            ("def f(x):\n    for i in x:\n        return i\n", None),
            ("def f(x):\n    pass\ndef f(x):\n    return 0\n", None),
            ("async def f(x):\n    return x\n", None),
        ] {
            assert_eq!(of(program), expected, "{program}");
        }
    }

    #[test]
    fn only_what_the_reference_does_is_asked() {
        let quiet = "def f(x):\n    print(x)\n";
        assert_eq!(degenerate(quiet, Some("f"), Some(quiet)), None);
        assert_eq!(degenerate(quiet, Some("f"), None), None);
        assert_eq!(degenerate(quiet, None, Some(REFERENCE)), None);
        assert_eq!(degenerate("x = 1\n", None, None), None);
        assert_eq!(degenerate("x =\n", None, None), Some(Degenerate::Syntax));
    }

    #[test]
    fn what_nests_too_deep_is_left_to_python() {
        let deep = format!("x = {}1{}", "[".repeat(300), "]".repeat(300));
        assert_eq!(of(&deep), None);
    }
}
