//! Syntax trees, compared without what has no meaning.

use ruff_python_ast::{
    ExceptHandler, Identifier, Stmt, StmtImport, StmtImportFrom, Suite, comparable::ComparableStmt,
};

/// The statements, with the imports of each run of imports one name each, sorted and without doubles.
pub(super) fn tidied(body: &Suite) -> Suite {
    let mut body = body.clone();
    tidy(&mut body);
    body
}

/// Whether two bodies say the same.
pub(super) fn is_same(one: &Suite, two: &Suite) -> bool {
    let both = || one.iter().zip(two);
    one.len() == two.len() && both().all(|(a, b)| ComparableStmt::from(a) == ComparableStmt::from(b))
}

/// Recurses as deep as blocks nest, which Python's grammar bounds at a hundred.
fn tidy(body: &mut Suite) {
    let mut out = Suite::with_capacity(body.len());
    let mut run = Vec::new();
    for mut statement in body.drain(..) {
        match statement {
            Stmt::Import(_) | Stmt::ImportFrom(_) => {
                run.extend(one_by_one(statement));
                continue;
            }
            _ => bodies_of(&mut statement, &mut tidy),
        }
        out.extend(sorted(&mut run));
        out.push(statement);
    }
    out.extend(sorted(&mut run));
    *body = out;
}

type Key = (bool, u32, String, String, Option<String>);

/// An import of several names as imports of one.
fn one_by_one(statement: Stmt) -> Vec<(Key, Stmt)> {
    let text = |name: &Option<Identifier>| name.as_ref().map(ToString::to_string);
    match statement {
        Stmt::Import(import) => {
            let single = |alias: &ruff_python_ast::Alias| {
                let key = (false, 0, String::new(), alias.name.to_string(), text(&alias.asname));
                (key, Stmt::Import(StmtImport { names: vec![alias.clone()], ..import.clone() }))
            };
            import.names.iter().map(single).collect()
        }
        Stmt::ImportFrom(import) => {
            let module = text(&import.module).unwrap_or_default();
            let single = |alias: &ruff_python_ast::Alias| {
                let key = (true, import.level, module.clone(), alias.name.to_string(), text(&alias.asname));
                (key, Stmt::ImportFrom(StmtImportFrom { names: vec![alias.clone()], ..import.clone() }))
            };
            import.names.iter().map(single).collect()
        }
        _ => Vec::new(),
    }
}

fn sorted(run: &mut Vec<(Key, Stmt)>) -> impl Iterator<Item = Stmt> {
    let mut run = std::mem::take(run);
    run.sort_by(|(one, _), (two, _)| one.cmp(two));
    run.dedup_by(|(one, _), (two, _)| one == two);
    run.into_iter().map(|(_, statement)| statement)
}

/// Calls `change` with every body of a compound statement.
fn bodies_of(statement: &mut Stmt, change: &mut dyn FnMut(&mut Suite)) {
    match statement {
        Stmt::FunctionDef(inner) => change(&mut inner.body),
        Stmt::ClassDef(inner) => change(&mut inner.body),
        Stmt::With(inner) => change(&mut inner.body),
        Stmt::If(inner) => {
            change(&mut inner.body);
            inner.elif_else_clauses.iter_mut().for_each(|clause| change(&mut clause.body));
        }
        Stmt::For(inner) => {
            change(&mut inner.body);
            change(&mut inner.orelse);
        }
        Stmt::While(inner) => {
            change(&mut inner.body);
            change(&mut inner.orelse);
        }
        Stmt::Match(inner) => inner.cases.iter_mut().for_each(|case| change(&mut case.body)),
        Stmt::Try(inner) => {
            change(&mut inner.body);
            for ExceptHandler::ExceptHandler(handler) in &mut inner.handlers {
                change(&mut handler.body);
            }
            change(&mut inner.orelse);
            change(&mut inner.finalbody);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Code;

    fn is_same(one: &str, two: &str) -> bool {
        Code::read(one, (3, 13)).has_form_of(&Code::read(two, (3, 13)))
    }

    #[test]
    fn layout_quotes_and_the_order_of_imports_do_not_count() {
        assert!(is_same("x = f('a', 1)  # c\n", "x = f(\n    \"a\",\n    1,\n)\n"));
        assert!(is_same(
            "import a, b\nfrom c import e, d\n",
            "from c import d\nimport b\nfrom c import e\nimport a\n"
        ));
        assert!(is_same("def f():\n    import a\n    import b\n", "def f():\n    import b, a\n"));
        assert!(is_same("x = (1)\n", "x = 1\n"));
        assert!(is_same("x = 'a' 'b'\n", "x = 'ab'\n"));
    }

    #[test]
    fn everything_else_counts() {
        assert!(!is_same("x = f(1)\n", "x = f(2)\n"));
        assert!(
            !is_same("import a\nx = 1\nimport b\n", "import b\nx = 1\nimport a\n"),
            "statements between them"
        );
        assert!(!is_same("import a\n", "import a as b\n"));
        assert!(!is_same("from a import b\n", "from .a import b\n"));
        assert!(!is_same("f(a=1, b=2)\n", "f(b=2, a=1)\n"), "arguments are evaluated in order");
        assert!(!is_same("x = 1\n", "x = 1\ny = 2\n"));
        assert!(!is_same("x = (\n", "x = (\n"), "no Python");
    }
}
