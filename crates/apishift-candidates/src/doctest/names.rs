//! Which names a piece of code binds, and which it takes from outside.

use std::collections::BTreeSet;

use ruff_python_ast::{
    AnyParameterRef, Comprehension, ExceptHandler, Expr, ExprContext, ExprLambda, Parameters, Pattern, Stmt,
    StmtClassDef, StmtFunctionDef, TypeParam, TypeParams,
    visitor::{self, Visitor},
};

/// Names of a statement at its own level: those of the functions and classes in it count where they reach out of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    /// Bound here.
    pub(super) binds: BTreeSet<String>,
    /// Read, here or in a function defined here.
    pub(super) reads: BTreeSet<String>,
    /// Read in annotations only, as far as that is known here.
    pub(super) annotations: BTreeSet<String>,
    /// Changed without being bound: `x[0] = 1`, `x.append(1)`, `x += 1`, a decorator `x.register`.
    pub(super) mutates: BTreeSet<String>,
}

impl Names {
    pub(super) fn of(statement: &Stmt) -> Self {
        let mut reader = Reader::default();
        reader.visit_stmt(statement);
        reader.names
    }

    pub(super) fn of_all(statements: &[Stmt]) -> Self {
        let mut reader = Reader::default();
        reader.visit_body(statements);
        reader.names
    }
}

#[derive(Debug, Default)]
struct Reader {
    names: Names,
    /// Names that the scope says are those of another one.
    elsewhere: BTreeSet<String>,
}

impl Reader {
    /// Takes over what an inner scope reads and does not bind.
    fn absorb(&mut self, inner: Self) {
        let Self { names, elsewhere } = inner;
        let is_own = |name: &String| names.binds.contains(name) && !elsewhere.contains(name);
        self.names.reads.extend(names.reads.iter().filter(|name| !is_own(name)).cloned());
        self.names.annotations.extend(names.annotations.iter().filter(|name| !is_own(name)).cloned());
        self.names.reads.extend(elsewhere);
    }

    fn function(&mut self, parameters: &Parameters, type_params: Option<&TypeParams>, body: &[Stmt]) {
        let mut inner = Self::default();
        inner.bind_parameters(parameters);
        inner.bind_type_params(type_params);
        inner.visit_body(body);
        self.absorb(inner);
    }

    fn definition(&mut self, function: &StmtFunctionDef) {
        for decorator in &function.decorator_list {
            self.visit_expr(&decorator.expression);
            self.names.mutates.extend(root(&decorator.expression).map(str::to_owned));
        }
        let mut outer = Self::default();
        outer.bind_type_params(function.type_params.as_deref());
        for parameter in &*function.parameters {
            if let Some(default) = parameter.default() {
                outer.visit_expr(default);
            }
            if let Some(annotation) = parameter.annotation() {
                outer.annotation(annotation);
            }
        }
        if let Some(returns) = &function.returns {
            outer.annotation(returns);
        }
        self.absorb(outer);
        self.function(&function.parameters, function.type_params.as_deref(), &function.body);
        self.names.binds.insert(function.name.to_string());
    }

    /// The names of a class's body are not those of its methods.
    fn class(&mut self, class: &StmtClassDef) {
        for decorator in &class.decorator_list {
            self.visit_expr(&decorator.expression);
        }
        let mut inner = Self::default();
        inner.bind_type_params(class.type_params.as_deref());
        if let Some(arguments) = &class.arguments {
            inner.visit_arguments(arguments);
        }
        for statement in &class.body {
            if let Stmt::FunctionDef(method) = statement {
                let mut own = Self::default();
                own.definition(method);
                // The class's own name is bound when a method runs.
                self.names.reads.extend(own.names.reads);
                self.names.annotations.extend(own.names.annotations);
                inner.names.binds.insert(method.name.to_string());
            } else {
                inner.visit_stmt(statement);
            }
        }
        self.absorb(inner);
        self.names.binds.insert(class.name.to_string());
    }

    fn annotation(&mut self, annotation: &Expr) {
        let mut inner = Self::default();
        inner.visit_expr(annotation);
        self.names.annotations.extend(inner.names.reads);
    }

    fn bind_parameters(&mut self, parameters: &Parameters) {
        self.names.binds.extend(parameters.iter().map(|parameter| parameter.name().to_string()));
    }

    fn bind_type_params(&mut self, params: Option<&TypeParams>) {
        for param in params.into_iter().flat_map(|params| params.iter()) {
            let name = match param {
                TypeParam::TypeVar(inner) => &inner.name,
                TypeParam::TypeVarTuple(inner) => &inner.name,
                TypeParam::ParamSpec(inner) => &inner.name,
            };
            self.names.binds.insert(name.to_string());
        }
    }

    fn lambda(&mut self, lambda: &ExprLambda) {
        let mut inner = Self::default();
        if let Some(parameters) = &lambda.parameters {
            for default in parameters.iter().filter_map(AnyParameterRef::default) {
                self.visit_expr(default);
            }
            inner.bind_parameters(parameters);
        }
        inner.visit_expr(&lambda.body);
        self.absorb(inner);
    }

    fn comprehension<'a>(&mut self, results: &[&'a Expr], generators: &'a [Comprehension]) {
        let mut inner = Self::default();
        for generator in generators {
            visitor::walk_comprehension(&mut inner, generator);
        }
        for result in results {
            inner.visit_expr(result);
        }
        self.absorb(inner);
    }

    /// What is set in place, where the target is no name.
    fn target(&mut self, target: &Expr) {
        match target {
            Expr::Attribute(_) | Expr::Subscript(_) => {
                self.names.mutates.extend(root(target).map(str::to_owned));
            }
            Expr::Tuple(tuple) => tuple.elts.iter().for_each(|target| self.target(target)),
            Expr::List(list) => list.elts.iter().for_each(|target| self.target(target)),
            _ => {}
        }
    }
}

/// The name that a dotted expression, a subscript or a call begins with.
pub(super) fn root(expression: &Expr) -> Option<&str> {
    let mut at = expression;
    loop {
        at = match at {
            Expr::Name(name) => return Some(name.id.as_str()),
            Expr::Attribute(attribute) => &attribute.value,
            Expr::Subscript(subscript) => &subscript.value,
            Expr::Call(call) => &call.func,
            _ => return None,
        };
    }
}

impl<'a> Visitor<'a> for Reader {
    fn visit_stmt(&mut self, statement: &'a Stmt) {
        match statement {
            Stmt::FunctionDef(function) => return self.definition(function),
            Stmt::ClassDef(class) => return self.class(class),
            Stmt::Import(import) => {
                for alias in &import.names {
                    let first = alias.name.split('.').next().unwrap_or_default();
                    let bound = alias.asname.as_ref().map_or(first, |name| name.as_str());
                    self.names.binds.insert(bound.to_owned());
                }
                return;
            }
            Stmt::ImportFrom(import) => {
                for alias in &import.names {
                    let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                    self.names.binds.insert(bound.to_string());
                }
                return;
            }
            Stmt::Global(inner) => self.elsewhere.extend(inner.names.iter().map(ToString::to_string)),
            Stmt::Nonlocal(inner) => self.elsewhere.extend(inner.names.iter().map(ToString::to_string)),
            Stmt::AnnAssign(inner) => {
                self.annotation(&inner.annotation);
                self.target(&inner.target);
                self.visit_expr(&inner.target);
                if let Some(value) = &inner.value {
                    self.visit_expr(value);
                }
                return;
            }
            Stmt::Assign(inner) => inner.targets.iter().for_each(|target| self.target(target)),
            Stmt::AugAssign(inner) => {
                self.target(&inner.target);
                if let Expr::Name(name) = &*inner.target {
                    self.names.reads.insert(name.id.to_string());
                    self.names.mutates.insert(name.id.to_string());
                }
            }
            Stmt::Delete(inner) => inner.targets.iter().for_each(|target| self.target(target)),
            Stmt::Expr(inner) => {
                if let Expr::Call(call) = &*inner.value
                    && call.func.is_attribute_expr()
                {
                    self.names.mutates.extend(root(&call.func).map(str::to_owned));
                }
            }
            _ => {}
        }
        visitor::walk_stmt(self, statement);
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        match expression {
            Expr::Name(name) => {
                let set = match name.ctx {
                    ExprContext::Store => &mut self.names.binds,
                    _ => &mut self.names.reads,
                };
                set.insert(name.id.to_string());
            }
            Expr::Lambda(lambda) => self.lambda(lambda),
            Expr::ListComp(inner) => self.comprehension(&[&inner.elt], &inner.generators),
            Expr::SetComp(inner) => self.comprehension(&[&inner.elt], &inner.generators),
            Expr::Generator(inner) => self.comprehension(&[&inner.elt], &inner.generators),
            Expr::DictComp(inner) => {
                let results: Vec<&Expr> = inner.key.iter().map(|key| &**key).chain([&*inner.value]).collect();
                self.comprehension(&results, &inner.generators);
            }
            _ => visitor::walk_expr(self, expression),
        }
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        self.names.binds.extend(inner.name.as_ref().map(ToString::to_string));
        visitor::walk_except_handler(self, handler);
    }

    fn visit_pattern(&mut self, pattern: &'a Pattern) {
        let name = match pattern {
            Pattern::MatchAs(inner) => inner.name.as_ref(),
            Pattern::MatchStar(inner) => inner.name.as_ref(),
            Pattern::MatchMapping(inner) => inner.rest.as_ref(),
            _ => None,
        };
        self.names.binds.extend(name.map(ToString::to_string));
        visitor::walk_pattern(self, pattern);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::program::Program;

    fn of(source: &str) -> [String; 4] {
        let program = Program::read(source).unwrap();
        let names = Names::of_all(program.body());
        let text = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        [text(&names.binds), text(&names.reads), text(&names.annotations), text(&names.mutates)]
    }

    #[test]
    fn only_what_reaches_out_of_a_scope_is_read() {
        let [binds, reads, annotations, _] = of(
            "def f(a, *b, c=d) -> E:\n    x = a + g\n    def h():\n        nonlocal x\n        return x, y\n    return [i for i in k if i]\n",
        );
        assert_eq!((binds.as_str(), reads.as_str(), annotations.as_str()), ("f", "d g k y", "E"));
        let [binds, reads, ..] =
            of("class A(B):\n    z = 1\n    w = z\n    def m(self):\n        return z, w2, A\n");
        assert_eq!(
            (binds.as_str(), reads.as_str()),
            ("A", "A B w2 z"),
            "a class's names are not its methods'"
        );
        let [_, reads, ..] = of("def f():\n    global state\n    state = 1\n");
        assert_eq!(reads, "state");
        let [_, reads, ..] = of("f = lambda x, y=u: x + y + v\n");
        assert_eq!(reads, "u v");
        let [binds, reads, ..] = of("try:\n    import a.b\nexcept E as e:\n    from c import d as g\n");
        assert_eq!((binds.as_str(), reads.as_str()), ("a e g", "E"));
    }

    #[test]
    fn what_is_changed_in_place_is_named() {
        let [.., mutates] =
            of("x[0] = 1\ny.z.w = 2\nv.append(3)\nu += 4\n@t.register(int)\ndef s(q): q[0] = 1\nr(9)\n");
        assert_eq!(mutates, "t u v x y");
    }
}
