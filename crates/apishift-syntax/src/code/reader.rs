//! What the head of a statement names, chains and calls.

use std::{collections::BTreeSet, ops::Range};

use tree_sitter::Node;

use super::{
    imports::imported_names,
    statement::{Argument, Call, Chain, Names, Root},
};

/// The chain that an expression is; `None` for anything but names, attributes and calls of them.
pub(super) fn chain_of(node: Node<'_>, source: &str, called: bool) -> Option<Chain> {
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
    /// It gets a value that is made from the one it has.
    Update,
    /// It is bound inside this expression only.
    Local,
}

/// Reads names, chains and calls of a statement's head.
#[derive(Default)]
pub(super) struct Reader {
    /// What is bound, changed and read.
    pub(super) names: Names,
    /// Bound inside an expression only.
    local: BTreeSet<String>,
    /// Dotted expressions, outermost first.
    pub(super) chains: Vec<Chain>,
    /// Calls, outermost first.
    pub(super) calls: Vec<Call>,
}

impl Reader {
    /// Reads the part of `node` that lies in `head`.
    pub(super) fn read(
        node: Node<'_>,
        source: &str,
        head: &Range<usize>,
        definition: Option<Node<'_>>,
    ) -> Self {
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
            "identifier" => match role {
                Role::Read => {
                    self.names.uses.insert(text());
                    if let Some(chain) = chain_of(node, source, false) {
                        self.chains.push(chain);
                    }
                }
                Role::Bind => {
                    self.names.defines.insert(text());
                }
                Role::Update => {
                    self.names.defines.insert(text());
                    self.names.uses.insert(text());
                }
                Role::Local => {
                    self.local.insert(text());
                }
            },
            "import_statement" | "import_from_statement" | "future_import_statement" => {
                self.names.defines.extend(imported_names(node, source));
            }
            "attribute" => self.attribute(node, role, false, source, stack),
            "call" => self.call(node, source, stack),
            "subscript" if role != Role::Read => {
                self.mutated(node, source);
                Self::children(node, Role::Read, stack);
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
                Self::children(node, Role::Read, stack);
            }
            "delete_statement" => Self::children(node, Role::Read, stack),
            "keyword_argument" => {
                stack.extend(node.child_by_field_name("value").map(|value| (value, Role::Read)));
            }
            "comment" | "global_statement" | "nonlocal_statement" => {}
            _ => Self::fields(node, role, stack),
        }
    }

    /// Children by their field: some fields bind.
    fn fields<'t>(node: Node<'t>, role: Role, stack: &mut Vec<(Node<'t>, Role)>) {
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
                    ("assignment" | "for_statement", Some("left")) => Role::Bind,
                    ("augmented_assignment", Some("left")) => Role::Update,
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

    fn children<'t>(node: Node<'t>, role: Role, stack: &mut Vec<(Node<'t>, Role)>) {
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
        if let Some(chain) = chain_of(node, source, called) {
            if let Root::Name(name) = &chain.root {
                self.names.uses.insert(name.clone());
            }
            let is_name = matches!(chain.root, Root::Name(_));
            self.chains.push(chain);
            if is_name {
                return;
            }
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
    // `sum(x for x in y)`: the brackets of the call are those of the generator, which is its one argument.
    if list.kind() == "generator_expression" {
        let whole = list.byte_range();
        let inner = whole.start + 1..whole.end.saturating_sub(1).max(whole.start + 1);
        return vec![Argument { name: None, splat: false, range: inner.clone(), value: inner }];
    }
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
