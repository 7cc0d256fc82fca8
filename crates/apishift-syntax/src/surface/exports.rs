//! What a statement does to `__all__`.

use tree_sitter::Node;

use super::{
    literal::{Arguments, Reader},
    model::AllStep,
};

/// Steps of an assignment to, or a method call on, `__all__`; none for other statements.
pub(super) fn steps_of<'t>(reader: Reader<'_, 't>, node: Node<'t>) -> Vec<AllStep> {
    match node.kind() {
        "assignment" | "augmented_assignment" => {
            let (Some(left), Some(right)) =
                (node.child_by_field_name("left"), node.child_by_field_name("right"))
            else {
                return Vec::new();
            };
            if reader.text(left) != "__all__" {
                return Vec::new();
            }
            let mut steps = if node.kind() == "assignment" { vec![AllStep::Reset] } else { Vec::new() };
            names_of(reader, right, &mut steps, 16);
            steps
        }
        "call" => method_call(reader, node).unwrap_or_default(),
        _ => Vec::new(),
    }
}

fn method_call<'t>(reader: Reader<'_, 't>, call: Node<'t>) -> Option<Vec<AllStep>> {
    let function = call.child_by_field_name("function").filter(|n| n.kind() == "attribute")?;
    if reader.text(function.child_by_field_name("object")?) != "__all__" {
        return None;
    }
    let argument = *Arguments::of(call, reader.source).positional.first()?;
    let mut steps = Vec::new();
    match reader.text(function.child_by_field_name("attribute")?) {
        "extend" => names_of(reader, argument, &mut steps, 16),
        "append" => {
            steps.push(reader.literal(argument).map_or(AllStep::Unknown, |name| AllStep::Names(vec![name])));
        }
        "remove" => steps.push(reader.literal(argument).map_or(AllStep::Unknown, AllStep::Remove)),
        _ => {}
    }
    Some(steps)
}

/// Steps that add what an expression lists.
fn names_of<'t>(reader: Reader<'_, 't>, node: Node<'t>, steps: &mut Vec<AllStep>, depth: u32) {
    let Some(depth) = depth.checked_sub(1) else {
        steps.push(AllStep::Unknown);
        return;
    };
    let mut cursor = node.walk();
    match node.kind() {
        "list" | "tuple" | "set" => {
            let mut names = Vec::new();
            for element in node.named_children(&mut cursor) {
                match element.kind() {
                    "comment" => {}
                    "list_splat" => match element.named_child(0) {
                        Some(inner) => names_of(reader, inner, steps, depth),
                        None => steps.push(AllStep::Unknown),
                    },
                    _ => match reader.literal(element) {
                        Some(name) => names.push(name),
                        None => steps.push(AllStep::Unknown),
                    },
                }
            }
            steps.push(AllStep::Names(names));
        }
        "binary_operator" => {
            for side in ["left", "right"].iter().filter_map(|side| node.child_by_field_name(side)) {
                names_of(reader, side, steps, depth);
            }
        }
        "parenthesized_expression" => match super::literal::first_expression(node) {
            Some(inner) => names_of(reader, inner, steps, depth),
            None => steps.push(AllStep::Unknown),
        },
        "identifier" => local_list(reader, node, steps, depth),
        "attribute" => {
            let text = reader.text(node);
            match text.strip_suffix(".__all__") {
                Some(module) => steps.push(AllStep::Of(module.to_owned())),
                None => steps.push(AllStep::Unknown),
            }
        }
        "call" => {
            // `list(x)`, `sorted(x)`, `x.copy()`: the same names.
            let function = node.child_by_field_name("function");
            let name = function.map(|f| reader.text(f)).unwrap_or_default();
            let inner = match name {
                "list" | "sorted" | "tuple" | "set" => {
                    Arguments::of(node, reader.source).positional.first().copied()
                }
                _ if name.rsplit('.').next() == Some("copy") => {
                    function.and_then(|f| f.child_by_field_name("object"))
                }
                _ => None,
            };
            match inner {
                Some(inner) => names_of(reader, inner, steps, depth),
                None => steps.push(AllStep::Unknown),
            }
        }
        _ => steps.push(AllStep::Unknown),
    }
}

/// A name: a list of this module, or one imported from another (`from .x import __all__ as x_all`).
fn local_list<'t>(reader: Reader<'_, 't>, name: Node<'t>, steps: &mut Vec<AllStep>, depth: u32) {
    let wanted = reader.text(name);
    let mut cursor = reader.root.walk();
    let value = reader
        .root
        .named_children(&mut cursor)
        .filter(|n| n.kind() == "expression_statement")
        .filter_map(|n| n.named_child(0))
        .filter(|n| {
            n.kind() == "assignment"
                && n.child_by_field_name("left").is_some_and(|l| reader.text(l) == wanted)
        })
        .filter_map(|n| n.child_by_field_name("right"))
        .last();
    match value {
        Some(value) if value != name => names_of(reader, value, steps, depth),
        _ => steps.push(AllStep::Of(wanted.to_owned())),
    }
}
