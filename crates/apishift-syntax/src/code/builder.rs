//! From the syntax tree to units and statements.

use std::{collections::BTreeSet, ops::Range};

use tree_sitter::Node;

use super::{
    file::{ClassHeader, CodeFile, CodeUnit, Parameter},
    scope::Scope,
    statement::{Argument, Call, Chain, Names, Root, Statement, StatementKind},
    token::tokens_of,
};

/// Blocks nested deeper than this are no code that a person wrote.
const MAX_DEPTH: usize = 100;

/// How deep a block is nested.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Depth(usize);

impl Depth {
    fn down(self) -> Option<Self> {
        (self.0 < MAX_DEPTH).then_some(Self(self.0 + 1))
    }
}

/// Adds the units of a module, the module itself first. `None` where blocks nest too deep.
pub(super) fn units(root: Node<'_>, source: &str, wanted: Wanted<'_>, out: &mut Vec<CodeUnit>) -> Option<()> {
    let depth = Depth::default();
    let mut statements = Vec::new();
    flatten(root, source, None, Opaque::Definitions, &mut statements, depth.down()?)?;
    out.push(CodeUnit {
        name: String::new(),
        class: None,
        range: root.byte_range(),
        lines: lines_of(root),
        parameters: Vec::new(),
        statements,
    });
    definitions(root, source, wanted, Within { prefix: "", class: None }, out, depth.down()?)
}

/// Which units' statements are read: by name and text.
pub(super) type Wanted<'a> = &'a dyn Fn(&str, &str) -> bool;

/// Where a definition stands.
#[derive(Clone, Copy)]
struct Within<'a> {
    prefix: &'a str,
    class: Option<&'a ClassHeader>,
}

/// Adds the functions and classes that stand in `block`, through `if` and `try`.
fn definitions(
    block: Node<'_>,
    source: &str,
    wanted: Wanted<'_>,
    within: Within<'_>,
    out: &mut Vec<CodeUnit>,
    depth: Depth,
) -> Option<()> {
    let mut cursor = block.walk();
    for node in block.named_children(&mut cursor) {
        let definition = match node.kind() {
            "decorated_definition" => node.child_by_field_name("definition")?,
            _ => node,
        };
        match definition.kind() {
            "function_definition" | "class_definition" => {
                unit((node, definition), source, wanted, within, out, depth.down()?)?;
            }
            "if_statement" | "try_statement" | "else_clause" | "elif_clause" | "except_clause"
            | "finally_clause" | "with_statement" | "block" => {
                definitions(node, source, wanted, within, out, depth.down()?)?
            }
            _ => {}
        }
    }
    Some(())
}

fn unit(
    (node, definition): (Node<'_>, Node<'_>),
    source: &str,
    wanted: Wanted<'_>,
    within: Within<'_>,
    out: &mut Vec<CodeUnit>,
    depth: Depth,
) -> Option<()> {
    let own_name = &source[definition.child_by_field_name("name")?.byte_range()];
    let name = match within.prefix {
        "" => own_name.to_owned(),
        prefix => format!("{prefix}.{own_name}"),
    };
    let is_class = definition.kind() == "class_definition";
    let mut statements = Vec::new();
    if wanted(&name, &source[node.byte_range()]) {
        let opaque = if is_class { Opaque::Definitions } else { Opaque::Nothing };
        statement(node, source, None, opaque, &mut statements, depth)?;
    }
    out.push(CodeUnit {
        name: name.clone(),
        class: within.class.cloned(),
        range: node.byte_range(),
        lines: lines_of(node),
        parameters: if is_class { Vec::new() } else { parameters(definition, source) },
        statements,
    });
    if is_class {
        let body = definition.child_by_field_name("body")?;
        let header = ClassHeader {
            name: own_name.to_owned(),
            bases: bases(definition, source),
            head: definition.start_byte()..body.start_byte(),
        };
        let within = Within { prefix: &name, class: Some(&header) };
        definitions(body, source, wanted, within, out, depth.down()?)?;
    }
    Some(())
}

fn lines_of(node: Node<'_>) -> (usize, usize) {
    (node.start_position().row + 1, node.end_position().row + 1)
}

fn bases(class: Node<'_>, source: &str) -> Vec<String> {
    let Some(list) = class.child_by_field_name("superclasses") else { return Vec::new() };
    let mut cursor = list.walk();
    list.named_children(&mut cursor)
        .filter(|node| node.kind() != "comment")
        .map(|node| source[node.byte_range()].to_owned())
        .collect()
}

fn parameters(function: Node<'_>, source: &str) -> Vec<Parameter> {
    let Some(list) = function.child_by_field_name("parameters") else { return Vec::new() };
    let mut cursor = list.walk();
    list.named_children(&mut cursor)
        .filter_map(|node| {
            let name = match node.child_by_field_name("name") {
                Some(name) => name,
                None => first_identifier(node)?,
            };
            let default = node.child_by_field_name("value").map(|value| value.byte_range());
            Some(Parameter { name: source[name.byte_range()].to_owned(), default })
        })
        .collect()
}

fn first_identifier(node: Node<'_>) -> Option<Node<'_>> {
    let mut node = node;
    while node.kind() != "identifier" {
        node = node.named_child(0)?;
    }
    Some(node)
}

/// What is one statement, whatever it holds.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Opaque {
    /// Functions and classes: they are units of their own.
    Definitions,
    /// Nothing: the body of a function is taken whole.
    Nothing,
}

/// Adds the statements of a block, each with what is in it.
fn flatten(
    block: Node<'_>,
    source: &str,
    parent: Option<usize>,
    opaque: Opaque,
    out: &mut Vec<Statement>,
    depth: Depth,
) -> Option<()> {
    let mut cursor = block.walk();
    for node in block.named_children(&mut cursor).filter(|node| node.kind() != "comment") {
        let is_definition =
            matches!(node.kind(), "function_definition" | "class_definition" | "decorated_definition");
        if is_definition && opaque == Opaque::Definitions {
            out.push(opaque_definition(node, source, parent, out.len()));
        } else {
            statement(node, source, parent, opaque, out, depth)?;
        }
    }
    Some(())
}

fn opaque_definition(node: Node<'_>, source: &str, parent: Option<usize>, at: usize) -> Statement {
    let definition = node.child_by_field_name("definition").unwrap_or(node);
    let own: BTreeSet<String> = definition
        .child_by_field_name("name")
        .map(|name| source[name.byte_range()].to_owned())
        .into_iter()
        .collect();
    let names = Names { defines: own, ..Names::default() };
    Statement {
        kind: StatementKind::Definition,
        range: node.byte_range(),
        head: node.byte_range(),
        parent,
        end: at + 1,
        tokens: Vec::new(),
        names,
        chains: Vec::new(),
        calls: Vec::new(),
        typed: None,
    }
}

fn statement(
    node: Node<'_>,
    source: &str,
    parent: Option<usize>,
    opaque: Opaque,
    out: &mut Vec<Statement>,
    depth: Depth,
) -> Option<()> {
    let depth = depth.down()?;
    let inner = match node.kind() {
        "decorated_definition" => node.child_by_field_name("definition")?,
        _ => node,
    };
    let mut cursor = inner.walk();
    let parts: Vec<Node<'_>> = inner.named_children(&mut cursor).collect();
    let is_body =
        |n: &&Node<'_>| n.kind() == "block" || n.kind().ends_with("_clause") && n.kind() != "with_clause";
    let bodies: Vec<Node<'_>> = parts.iter().filter(is_body).copied().collect();
    let head_end = bodies.first().map_or(node.end_byte(), |body| body.start_byte());
    let head = node.start_byte()..node.start_byte() + source[node.start_byte()..head_end].trim_end().len();
    let read = Reader::read(node, source, &head, Some(inner));
    let at = out.len();
    out.push(Statement {
        kind: kind_of(inner, source),
        range: node.byte_range(),
        tokens: tokens_of(node, source, &head),
        head,
        parent,
        end: at + 1,
        names: read.names,
        chains: read.chains,
        calls: read.calls,
        typed: typed(inner, source),
    });
    for body in bodies {
        if body.kind() == "block" {
            flatten(body, source, Some(at), opaque, out, depth)?;
        } else {
            statement(body, source, Some(at), opaque, out, depth)?;
        }
    }
    out[at].end = out.len();
    Some(())
}

fn kind_of(node: Node<'_>, source: &str) -> StatementKind {
    match node.kind() {
        "import_statement" | "import_from_statement" | "future_import_statement" => StatementKind::Import,
        "function_definition" | "class_definition" => StatementKind::Definition,
        "return_statement" => StatementKind::Return,
        "expression_statement" => match node.named_child(0).map(|child| child.kind()) {
            Some("string" | "concatenated_string") => StatementKind::Docstring,
            Some("yield") => StatementKind::Return,
            Some("assignment") if source[node.byte_range()].contains("yield") => StatementKind::Return,
            _ => StatementKind::Simple,
        },
        kind if kind.ends_with("_clause") => StatementKind::Clause,
        "if_statement" | "for_statement" | "while_statement" | "with_statement" | "try_statement"
        | "match_statement" => StatementKind::Compound,
        _ => StatementKind::Simple,
    }
}

/// `x = chain(...)`, `x: chain = ...`: the name and the chain.
fn typed(node: Node<'_>, source: &str) -> Option<(String, Chain)> {
    let assignment = match node.kind() {
        "expression_statement" => node.named_child(0).filter(|child| child.kind() == "assignment")?,
        _ => return None,
    };
    let left = assignment.child_by_field_name("left").filter(|left| left.kind() == "identifier")?;
    let name = source[left.byte_range()].to_owned();
    let right = assignment.child_by_field_name("right");
    let callee = match right {
        Some(call) if call.kind() == "call" => call.child_by_field_name("function"),
        _ => assignment.child_by_field_name("type").and_then(|kind| kind.named_child(0)),
    };
    Some((name, chain_of(callee?, source, false)?))
}

/// The chain that an expression is; `None` for anything but names, attributes and calls of them.
fn chain_of(node: Node<'_>, source: &str, called: bool) -> Option<Chain> {
    let mut parts = Vec::new();
    let mut at = node;
    // Long fluent chains exist; endless ones are hostile.
    for _ in 0..200 {
        let root = match at.kind() {
            "attribute" => {
                parts.push(source[at.child_by_field_name("attribute")?.byte_range()].to_owned());
                at = at.child_by_field_name("object")?;
                continue;
            }
            "identifier" => Root::Name(source[at.byte_range()].to_owned()),
            "call" => match chain_of_shallow(at.child_by_field_name("function")?, source) {
                Some(inner) => Root::Result(Box::new(inner)),
                None => Root::Other,
            },
            _ => Root::Other,
        };
        if root == Root::Other && parts.is_empty() {
            return None;
        }
        parts.reverse();
        return Some(Chain { root, parts, range: node.byte_range(), called });
    }
    None
}

/// As [`chain_of`], for the callee inside a receiver; the nesting of calls is followed a few levels only.
fn chain_of_shallow(node: Node<'_>, source: &str) -> Option<Chain> {
    let mut levels = 0;
    let mut at = node;
    while let Some(object) = at.child_by_field_name("object").or_else(|| at.child_by_field_name("function")) {
        levels += 1;
        at = object;
        if levels > 24 {
            return None;
        }
    }
    chain_of(node, source, true)
}

/// What an identifier does where it stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is read.
    Read,
    /// It is bound in this scope.
    Bind,
    /// It is bound inside this expression only.
    Local,
}

/// Reads names, chains and calls of a statement's head.
#[derive(Default)]
struct Reader {
    names: Names,
    local: BTreeSet<String>,
    chains: Vec<Chain>,
    calls: Vec<Call>,
}

impl Reader {
    fn read(node: Node<'_>, source: &str, head: &Range<usize>, definition: Option<Node<'_>>) -> Self {
        let mut reader = Self::default();
        let mut stack = vec![(node, Role::Read)];
        while let Some((node, role)) = stack.pop() {
            if node.start_byte() >= head.end {
                continue;
            }
            reader.visit(node, role, source, &mut stack);
        }
        if definition.is_some_and(|d| matches!(d.kind(), "lambda" | "function_definition")) {
            // A parameter is bound by the header, for the statements of the body.
            reader.names.defines.append(&mut reader.local);
        }
        let local = std::mem::take(&mut reader.local);
        reader.names.uses.retain(|name| !local.contains(name));
        reader
    }

    fn visit<'t>(&mut self, node: Node<'t>, role: Role, source: &str, stack: &mut Vec<(Node<'t>, Role)>) {
        let text = || source[node.byte_range()].to_owned();
        match node.kind() {
            "identifier" => {
                match role {
                    Role::Read => {
                        self.names.uses.insert(text());
                        if let Some(chain) = chain_of(node, source, false) {
                            self.chains.push(chain);
                        }
                    }
                    Role::Bind => {
                        self.names.defines.insert(text());
                    }
                    Role::Local => {
                        self.local.insert(text());
                    }
                };
            }
            "import_statement" | "import_from_statement" | "future_import_statement" => {
                self.names.defines.extend(imported_names(node, source));
            }
            "attribute" => self.attribute(node, role, false, source, stack),
            "call" => self.call(node, source, stack),
            "subscript" if role != Role::Read => {
                self.mutated(node, source);
                self.children(node, Role::Read, stack);
            }
            "expression_statement" => {
                if let Some(callee) = node
                    .named_child(0)
                    .filter(|child| child.kind() == "call")
                    .and_then(|call| call.child_by_field_name("function"))
                    .filter(|function| function.kind() == "attribute")
                {
                    self.mutated(callee, source);
                }
                self.children(node, Role::Read, stack);
            }
            "delete_statement" => self.children(node, Role::Read, stack),
            "keyword_argument" => {
                stack.extend(node.child_by_field_name("value").map(|value| (value, Role::Read)))
            }
            "comment" | "global_statement" | "nonlocal_statement" => {}
            _ => self.fields(node, role, stack),
        }
    }

    /// Children by their field: some fields bind.
    fn fields<'t>(&mut self, node: Node<'t>, role: Role, stack: &mut Vec<(Node<'t>, Role)>) {
        let kind = node.kind();
        let mut cursor = node.walk();
        if !cursor.goto_first_child() {
            return;
        }
        let start = stack.len();
        loop {
            let child = cursor.node();
            if child.is_named() {
                let role = match (kind, cursor.field_name()) {
                    ("assignment" | "for_statement" | "augmented_assignment", Some("left")) => Role::Bind,
                    ("named_expression", Some("name")) => Role::Bind,
                    ("function_definition" | "class_definition", Some("name")) => Role::Bind,
                    ("for_in_clause", Some("left")) => Role::Local,
                    ("as_pattern_target", _) => Role::Bind,
                    ("parameters" | "lambda_parameters", _) => Role::Local,
                    ("default_parameter" | "typed_default_parameter", Some("name")) => Role::Local,
                    (
                        "default_parameter" | "typed_default_parameter" | "typed_parameter",
                        Some("value" | "type"),
                    ) => Role::Read,
                    (
                        "pattern_list"
                        | "tuple_pattern"
                        | "list_pattern"
                        | "list_splat_pattern"
                        | "dictionary_splat_pattern"
                        | "typed_parameter",
                        _,
                    ) => role,
                    _ => Role::Read,
                };
                stack.push((child, role));
            }
            if !cursor.goto_next_sibling() {
                break;
            }
        }
        stack[start..].reverse();
    }

    fn children<'t>(&mut self, node: Node<'t>, role: Role, stack: &mut Vec<(Node<'t>, Role)>) {
        let mut cursor = node.walk();
        let start = stack.len();
        stack.extend(node.named_children(&mut cursor).map(|child| (child, role)));
        stack[start..].reverse();
    }

    fn attribute<'t>(
        &mut self,
        node: Node<'t>,
        role: Role,
        called: bool,
        source: &str,
        stack: &mut Vec<(Node<'t>, Role)>,
    ) {
        if role != Role::Read {
            self.mutated(node, source);
        }
        match chain_of(node, source, called) {
            Some(chain) => {
                if let Root::Name(name) = &chain.root {
                    self.names.uses.insert(name.clone());
                }
                let is_name = matches!(chain.root, Root::Name(_));
                self.chains.push(chain);
                if is_name {
                    return;
                }
            }
            None => {}
        }
        stack.extend(node.child_by_field_name("object").map(|object| (object, Role::Read)));
    }

    fn call<'t>(&mut self, node: Node<'t>, source: &str, stack: &mut Vec<(Node<'t>, Role)>) {
        let Some(function) = node.child_by_field_name("function") else { return };
        let list = node.child_by_field_name("arguments");
        if let Some(callee) = chain_of(function, source, true) {
            let arguments = list.map(|list| arguments(list, source)).unwrap_or_default();
            self.calls.push(Call { callee, arguments, range: node.byte_range() });
        }
        stack.extend(list.map(|list| (list, Role::Read)));
        match function.kind() {
            "attribute" => self.attribute(function, Role::Read, true, source, stack),
            "identifier" => {
                self.names.uses.insert(source[function.byte_range()].to_owned());
                self.chains.extend(chain_of(function, source, true));
            }
            _ => stack.push((function, Role::Read)),
        }
    }

    /// Notes that the name at the root of `node` is changed.
    fn mutated(&mut self, node: Node<'_>, source: &str) {
        let mut root = node;
        while let Some(inner) = root
            .child_by_field_name("object")
            .or_else(|| root.child_by_field_name("value"))
            .or_else(|| (root.kind() == "call").then(|| root.child_by_field_name("function")).flatten())
        {
            root = inner;
        }
        if root.kind() == "identifier" {
            self.names.mutates.insert(source[root.byte_range()].to_owned());
            self.names.uses.insert(source[root.byte_range()].to_owned());
        }
    }
}

fn arguments(list: Node<'_>, source: &str) -> Vec<Argument> {
    let mut cursor = list.walk();
    list.named_children(&mut cursor)
        .filter(|node| node.kind() != "comment")
        .map(|node| {
            let name = (node.kind() == "keyword_argument")
                .then(|| node.child_by_field_name("name"))
                .flatten()
                .map(|name| source[name.byte_range()].to_owned());
            let value = node.child_by_field_name("value").filter(|_| name.is_some()).unwrap_or(node);
            Argument {
                name,
                splat: matches!(node.kind(), "list_splat" | "dictionary_splat"),
                range: node.byte_range(),
                value: value.byte_range(),
            }
        })
        .collect()
}

/// Notes every module-level import below `root`, also under `if` and `try`, not in functions and classes.
pub(super) fn imports(root: Node<'_>, source: &str, package: &str, scope: &mut Scope) {
    let mut stack = vec![root];
    while let Some(node) = stack.pop() {
        match node.kind() {
            "import_statement" | "import_from_statement" => import(node, source, package, scope),
            "module" | "block" | "if_statement" | "try_statement" | "else_clause" | "elif_clause"
            | "except_clause" | "finally_clause" | "with_statement" => {
                let mut cursor = node.walk();
                let start = stack.len();
                stack.extend(node.named_children(&mut cursor));
                stack[start..].reverse();
            }
            _ => {}
        }
    }
}

/// Notes the import that `text` is.
pub(super) fn import_text(text: &str, package: &str, scope: &mut Scope) {
    if let Some(file) = CodeFile::parse(text, package) {
        for (name, binding) in file.scope.imports {
            let lines = file.scope.import_lines.get(&name).cloned().unwrap_or_default();
            scope.instances.remove(&name);
            scope.import_lines.insert(name.clone(), lines);
            scope.imports.insert(name, binding);
        }
        scope.stars.extend(file.scope.stars);
    }
}

fn import(node: Node<'_>, source: &str, package: &str, scope: &mut Scope) {
    let text = |node: Node<'_>| source[node.byte_range()].split_whitespace().collect::<String>();
    let module = node.child_by_field_name("module_name").map(|module| absolute(&text(module), package));
    if source[node.byte_range()].trim_end().ends_with('*') {
        scope.stars.extend(module);
        return;
    }
    let mut cursor = node.walk();
    for item in node.children_by_field_name("name", &mut cursor) {
        let (path, alias) = match item.kind() {
            "aliased_import" => {
                let Some(name) = item.child_by_field_name("name") else { continue };
                (text(name), item.child_by_field_name("alias").map(text))
            }
            _ => (text(item), None),
        };
        match (&module, alias) {
            (Some(module), alias) => {
                let line = match &alias {
                    Some(alias) => format!("from {module} import {path} as {alias}"),
                    None => format!("from {module} import {path}"),
                };
                scope.import(alias.as_deref().unwrap_or(&path), format!("{module}.{path}"), line);
            }
            (None, Some(alias)) => scope.import(&alias, path.clone(), format!("import {path} as {alias}")),
            (None, None) => {
                let top = path.split('.').next().unwrap_or(&path).to_owned();
                scope.import(&top, top.clone(), format!("import {path}"));
            }
        }
    }
}

/// `..z` in package `pkg.sub` is `pkg.z`.
fn absolute(module: &str, package: &str) -> String {
    let dots = module.len() - module.trim_start_matches('.').len();
    let rest = &module[dots..];
    if dots == 0 {
        return rest.to_owned();
    }
    let mut base: Vec<&str> = package.split('.').filter(|part| !part.is_empty()).collect();
    base.truncate(base.len().saturating_sub(dots - 1));
    if !rest.is_empty() {
        base.push(rest);
    }
    base.join(".")
}

fn imported_names(node: Node<'_>, source: &str) -> Vec<String> {
    let mut cursor = node.walk();
    node.children_by_field_name("name", &mut cursor)
        .filter_map(|item| {
            let name = item.child_by_field_name("alias").unwrap_or(item);
            let text = &source[name.byte_range()];
            // `import a.b` binds `a`.
            Some(text.split('.').next()?.trim().to_owned())
        })
        .collect()
}
