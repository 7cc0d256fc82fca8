//! From the syntax tree to units and statements.

use std::collections::BTreeSet;

use tree_sitter::Node;

use super::{
    file::{ClassHeader, CodeUnit, Parameter},
    reader::{Reader, chain_of},
    statement::{Chain, Names, Statement, StatementKind},
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
                definitions(node, source, wanted, within, out, depth.down()?)?;
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
    let head_end = bodies.first().map_or(node.end_byte(), Node::start_byte);
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
