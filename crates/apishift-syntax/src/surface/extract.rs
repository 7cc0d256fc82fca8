//! The walk over a module's statements.

use tree_sitter::Node;

use super::{
    decorator, directive, exports, import,
    literal::{Arguments, Reader, assignments_of, first_expression},
    model::{
        Attribute, Binding, Class, Function, Item, ItemKind, Mark, MarkSubject, ModuleSurface, Unreadable,
    },
    signature::{expression_text, fingerprint, parameters_of},
    skeleton::Skeleton,
    table, warning,
};
use crate::parser::{self, line_of, text_of};

/// How deep compound statements and classes are followed; deeper ones define nothing public in real code.
const MAX_DEPTH: u32 = 48;

/// Extracts the surface of one module.
///
/// ```
/// use apishift_syntax::surface;
/// let module = surface::extract(b"def area(width, height=1): return width * height\n").unwrap();
/// let function = module.items[0].as_function().unwrap();
/// assert_eq!(function.params[1].default.as_deref(), Some("1"));
/// ```
pub fn extract(source: &[u8]) -> Result<ModuleSurface, Unreadable> {
    let text = parser::decode(source)?;
    let skeleton = Skeleton::of(text);
    let tree = parser::parse(&skeleton.text).ok_or(Unreadable::Unparsable)?;
    let root = tree.root_node();
    let constants = assignments_of(root, &skeleton.text);
    let reader = Reader { source: &skeleton.text, root, constants: &constants, body: None };
    let out = ModuleSurface { has_errors: root.has_error(), ..ModuleSurface::default() };
    let mut walk = Walk { reader, whole: text, skeleton: &skeleton, out };
    if let Some((docstring, line)) = docstring_of(root, reader.source) {
        walk.out.marks = directive::marks_of(docstring, line);
    }
    walk.block(root, Scope { parent: None, typing_only: false, depth: MAX_DEPTH });
    Ok(walk.out)
}

/// Where a statement stands.
#[derive(Clone, Copy)]
struct Scope {
    /// Index of the class around it.
    parent: Option<u32>,
    /// Under `if TYPE_CHECKING:`.
    typing_only: bool,
    /// Levels left.
    depth: u32,
}

struct Walk<'s, 't> {
    reader: Reader<'s, 't>,
    skeleton: &'s Skeleton,
    /// The source.
    whole: &'s str,
    out: ModuleSurface,
}

impl<'s, 't> Walk<'s, 't> {
    fn text(&self, node: Node<'t>) -> &'s str {
        text_of(node, self.reader.source)
    }

    fn block(&mut self, block: Node<'t>, scope: Scope) {
        let mut cursor = block.walk();
        for statement in block.named_children(&mut cursor) {
            self.statement(statement, scope);
        }
    }

    fn statement(&mut self, node: Node<'t>, scope: Scope) {
        match node.kind() {
            "function_definition" => self.function(node, &[], scope),
            "class_definition" => self.class(node, &[], scope),
            "decorated_definition" => {
                let mut cursor = node.walk();
                let decorators: Vec<_> =
                    node.named_children(&mut cursor).filter(|n| n.kind() == "decorator").collect();
                match node.child_by_field_name("definition") {
                    Some(inner) if inner.kind() == "class_definition" => {
                        self.class(inner, &decorators, scope);
                    }
                    Some(inner) => self.function(inner, &decorators, scope),
                    None => {}
                }
            }
            "expression_statement" => self.expression(node, scope),
            "import_statement" | "import_from_statement" if scope.parent.is_none() => {
                import::read(node, self.reader.source, scope.typing_only, &mut self.out.imports);
            }
            "delete_statement" if scope.parent.is_none() => self.delete(node),
            "if_statement" => self.branches(node, scope),
            "type_alias_statement" => {
                if let Some(left) = node.child_by_field_name("left") {
                    let name = self.text(left).split('[').next().unwrap_or_default();
                    self.attribute(name, line_of(left), node.child_by_field_name("right"), None, scope);
                }
            }
            // What a loop defines is left over from its last turn.
            "for_statement" | "while_statement" => {}
            kind if super::literal::is_compound(kind) => self.nested(node, scope),
            _ => {}
        }
    }

    fn nested(&mut self, node: Node<'t>, scope: Scope) {
        if let Some(depth) = scope.depth.checked_sub(1) {
            self.block(node, Scope { depth, ..scope });
        }
    }

    fn branches(&mut self, node: Node<'t>, scope: Scope) {
        let condition = node.child_by_field_name("condition").map(|n| self.text(n)).unwrap_or_default();
        if condition.contains("__name__") && condition.contains("__main__") {
            return;
        }
        let typing_only = condition.rsplit('.').next() == Some("TYPE_CHECKING");
        if let Some(block) = node.child_by_field_name("consequence") {
            self.nested(block, Scope { typing_only: scope.typing_only || typing_only, ..scope });
        }
        let mut cursor = node.walk();
        for alternative in node.children_by_field_name("alternative", &mut cursor) {
            self.nested(alternative, scope);
        }
    }

    fn delete(&mut self, node: Node<'t>) {
        let mut stack = vec![node];
        while let Some(node) = stack.pop() {
            match node.kind() {
                "identifier" => self.out.deleted.push(self.text(node).to_owned()),
                "delete_statement" | "expression_list" | "tuple" | "parenthesized_expression" => {
                    let mut cursor = node.walk();
                    stack.extend(node.named_children(&mut cursor));
                }
                _ => {}
            }
        }
    }

    fn push(&mut self, name: &str, line: u32, scope: Scope, kind: ItemKind, marks: Vec<Mark>) -> u32 {
        let index = u32::try_from(self.out.items.len()).expect("a source of bounded size has few items");
        let name = name.to_owned();
        self.out.items.push(Item {
            name,
            line,
            parent: scope.parent,
            typing_only: scope.typing_only,
            kind,
            marks,
        });
        index
    }

    fn function(&mut self, node: Node<'t>, decorators: &[Node<'t>], scope: Scope) {
        let source = self.reader.source;
        let (Some(name), Some(list)) =
            (node.child_by_field_name("name"), node.child_by_field_name("parameters"))
        else {
            return;
        };
        let params = parameters_of(list, source);
        let names: Vec<&str> =
            decorators.iter().filter_map(|d| decorator::name_of(self.reader, *d)).collect();
        let mut marks: Vec<Mark> =
            decorators.iter().flat_map(|d| decorator::marks_of(self.reader, *d, &params)).collect();
        let accepted = marks
            .iter()
            .filter_map(|mark| match &mark.subject {
                MarkSubject::Parameter(old) if !params.iter().any(|p| p.name == *old) => {
                    Some((old.clone(), mark.replacement.clone()))
                }
                _ => None,
            })
            .collect();
        let mut function = Function {
            params,
            returns: node.child_by_field_name("return_type").map(|n| expression_text(n, source)),
            binding: binding_of(&names),
            overload: names.iter().any(|n| last(n) == "overload"),
            decorators: names.into_iter().map(str::to_owned).collect(),
            accepted,
            fingerprint: 0,
            body_bytes: 0,
        };
        if let Some(body) = node.child_by_field_name("body") {
            self.body(body, &mut function, &mut marks, scope);
            if scope.parent.is_none() && self.text(name) == "__getattr__" {
                let (getattr, notes) = table::getattr_of(self.reader, body);
                self.out.getattr = Some(getattr);
                self.out.notes.extend(notes);
            }
        }
        self.push(self.text(name), line_of(name), scope, ItemKind::Function(function), marks);
    }

    fn body(&mut self, body: Node<'t>, function: &mut Function, marks: &mut Vec<Mark>, scope: Scope) {
        let source = self.reader.source;
        let mut start = body.start_byte();
        if let Some((docstring, line)) = docstring_of(body, source) {
            marks.extend(directive::marks_of(docstring, line));
            start = body.named_child(0).map_or(start, |n| n.end_byte());
        }
        let code = self.whole.get(self.skeleton.in_source(start..body.end_byte())).unwrap_or_default();
        (function.fingerprint, function.body_bytes) = fingerprint(code);
        if !warning::may_warn(code.as_bytes()) {
            return;
        }
        let reader = Reader { body: Some(body), ..self.reader };
        for found in warning::in_function(reader, body, function) {
            match (found.on_self, scope.parent) {
                // `if self.n_iter != "deprecated":` in a method is about a parameter of the class.
                (Some(name), Some(class)) => {
                    let mark = Mark { subject: MarkSubject::Parameter(name), ..found.mark };
                    self.out.items[class as usize].marks.push(mark);
                }
                _ => marks.push(found.mark),
            }
        }
    }

    fn class(&mut self, node: Node<'t>, decorators: &[Node<'t>], scope: Scope) {
        let source = self.reader.source;
        let Some(name) = node.child_by_field_name("name") else { return };
        let (bases, has_keywords) = bases_of(node, source);
        let mut marks: Vec<Mark> =
            decorators.iter().flat_map(|d| decorator::marks_of(self.reader, *d, &[])).collect();
        let body = node.child_by_field_name("body");
        if let Some((docstring, line)) = body.and_then(|body| docstring_of(body, source)) {
            marks.extend(directive::marks_of(docstring, line));
        }
        let names = decorators
            .iter()
            .filter_map(|d| decorator::name_of(self.reader, *d))
            .map(str::to_owned)
            .collect();
        let whole = self.whole.get(self.skeleton.in_source(node.byte_range())).unwrap_or_default();
        let self_names = self_names(whole);
        let class = Class { bases, has_keywords, decorators: names, self_names };
        let index = self.push(self.text(name), line_of(name), scope, ItemKind::Class(class), marks);
        if let (Some(body), Some(depth)) = (body, scope.depth.checked_sub(1)) {
            self.block(body, Scope { parent: Some(index), depth, ..scope });
        }
    }

    fn expression(&mut self, statement: Node<'t>, scope: Scope) {
        let Some(node) = statement.named_child(0) else { return };
        match node.kind() {
            "assignment" => self.assignment(node, scope),
            "augmented_assignment" | "call" if scope.parent.is_none() => {
                let steps = exports::steps_of(self.reader, node);
                if !steps.is_empty() {
                    self.out.all.get_or_insert_default().extend(steps);
                } else if node.kind() == "call" {
                    self.out.notes.extend(table::added_notes(self.reader, node));
                    self.out.marks.extend(warning::at_import(self.reader, statement));
                }
            }
            _ => {}
        }
    }

    fn assignment(&mut self, node: Node<'t>, scope: Scope) {
        let Some(left) = node.child_by_field_name("left") else { return };
        let right = node.child_by_field_name("right");
        let annotation = node.child_by_field_name("type");
        match left.kind() {
            "identifier" => {
                let name = self.text(left);
                if name == "__all__" && scope.parent.is_none() {
                    self.out.all.get_or_insert_default().extend(exports::steps_of(self.reader, node));
                    return;
                }
                // `a = b = value`: the rest of the chain says what the others are; the value stands at its end.
                let is_chain = |n: &Node<'_>| n.kind() == "assignment";
                if let Some(rest) = right.filter(is_chain) {
                    self.assignment(rest, scope);
                }
                let mut value = right;
                while let Some(rest) = value.filter(is_chain) {
                    value = rest.child_by_field_name("right");
                }
                if let Some(value) = value.filter(|_| scope.parent.is_none()) {
                    self.out.notes.extend(table::notes_of(self.reader, name, value));
                }
                self.attribute(name, line_of(left), value, annotation, scope);
            }
            "subscript" if scope.parent.is_none() => {
                self.out.notes.extend(right.and_then(|value| table::set_note(self.reader, left, value)));
            }
            "pattern_list" | "tuple_pattern" => {
                let mut cursor = left.walk();
                for target in left.named_children(&mut cursor).filter(|n| n.kind() == "identifier") {
                    self.attribute(self.text(target), line_of(target), None, None, scope);
                }
            }
            _ => {}
        }
    }

    fn attribute(
        &mut self,
        name: &str,
        line: u32,
        value: Option<Node<'t>>,
        annotation: Option<Node<'t>>,
        scope: Scope,
    ) {
        let source = self.reader.source;
        let alias_of = value
            .filter(|n| matches!(n.kind(), "identifier" | "attribute"))
            .map(|n| text_of(n, source))
            .filter(|text| text.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '.'))
            .map(str::to_owned);
        let text = value.and_then(|n| match n.kind() {
            "call" => {
                Arguments::of(n, source).positional.iter().find_map(|argument| self.reader.read(*argument))
            }
            "string" | "concatenated_string" | "parenthesized_expression" | "binary_operator" => {
                self.reader.read(n)
            }
            _ => None,
        });
        let attribute = Attribute {
            value: value.map(|n| {
                let mut text = expression_text(n, source);
                let mut cut = text.len().min(Attribute::MAX_VALUE);
                while !text.is_char_boundary(cut) {
                    cut -= 1;
                }
                text.truncate(cut);
                text
            }),
            annotation: annotation.map(|n| expression_text(n, source)),
            alias_of,
            // Messages and paths are short; long texts are documentation.
            text: text.filter(|t| t.len() <= 1000).map(|t| warning::join_spaces(&t)),
        };
        self.push(name, line, scope, ItemKind::Attribute(attribute), Vec::new());
    }
}

/// The last part of a dotted name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn binding_of(decorators: &[&str]) -> Binding {
    for name in decorators {
        match last(name) {
            "staticmethod" => return Binding::Static,
            "classmethod" => return Binding::Class,
            "setter" | "deleter" if name.contains('.') => return Binding::Setter,
            "getter" if name.contains('.') => return Binding::Property,
            "cache_readonly" | "memoized_attribute" | "reify" => return Binding::Property,
            other if other.ends_with("property") => return Binding::Property,
            _ => {}
        }
    }
    Binding::Plain
}

/// Base expressions without subscripts, and whether there are class keywords.
fn bases_of(class: Node<'_>, source: &str) -> (Vec<String>, bool) {
    let Some(list) = class.child_by_field_name("superclasses") else { return (Vec::new(), false) };
    let mut cursor = list.walk();
    let mut bases = Vec::new();
    let mut has_keywords = false;
    for node in list.named_children(&mut cursor) {
        match node.kind() {
            "comment" => {}
            "keyword_argument" | "dictionary_splat" => has_keywords = true,
            "subscript" => bases.push(
                node.child_by_field_name("value").map(|n| expression_text(n, source)).unwrap_or_default(),
            ),
            _ => bases.push(expression_text(node, source)),
        }
    }
    (bases, has_keywords)
}

/// Names assigned on `self` in a class, found by their text: `self.name =`, `self.name:`.
fn self_names(class: &str) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for at in memchr::memmem::find_iter(class.as_bytes(), b"self.") {
        let rest = &class[at + 5..];
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        let after = rest[end..].trim_start_matches(' ');
        let assigns = (after.starts_with('=') && !after.starts_with("=="))
            || after.starts_with(':')
            || after.starts_with(',');
        if assigns && end > 0 {
            names.push(rest[..end].to_owned());
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// The docstring of a module or block: its inner text and first line.
fn docstring_of<'s>(block: Node<'_>, source: &'s str) -> Option<(&'s str, u32)> {
    let statement = first_expression(block).filter(|n| n.kind() == "expression_statement")?;
    let string = statement.named_child(0)?;
    if string.kind() != "string" {
        return None;
    }
    let text = text_of(string, source);
    let open = text.find(['"', '\''])?;
    let quotes = if text[open..].starts_with("\"\"\"") || text[open..].starts_with("'''") { 3 } else { 1 };
    text.get(open + quotes..text.len().checked_sub(quotes)?).map(|inner| (inner, line_of(string)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_of_a_chain_is_one_attribute() {
        let names: Vec<String> = (0..40).map(|n| format!("visit_{n}")).collect();
        let source = format!("class Compiler:\n    {} = _binary\n", names.join(" = "));
        let surface = extract(source.as_bytes()).expect("it is Python");
        let mut found: Vec<&str> = surface.items.iter().map(|item| item.name.as_str()).collect();
        found.sort_unstable();
        let mut expected: Vec<&str> = names.iter().map(String::as_str).chain(["Compiler"]).collect();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
}
