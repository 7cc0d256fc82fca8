//! Import statements.

use tree_sitter::Node;

use super::model::{Import, Imported};
use crate::parser::{line_of, text_of};

/// Reads an `import_statement` or `import_from_statement`.
pub(super) fn read(node: Node<'_>, source: &str, typing_only: bool, out: &mut Vec<Import>) {
    let line = line_of(node);
    let mut cursor = node.walk();
    if node.kind() == "import_statement" {
        for name in node.children_by_field_name("name", &mut cursor) {
            let (module, alias) = name_and_alias(name, source);
            out.push(Import { level: 0, module, what: Imported::Module { alias }, line, typing_only });
        }
        return;
    }
    let Some(module) = node.child_by_field_name("module_name") else { return };
    let written: String = text_of(module, source).chars().filter(|c| !c.is_whitespace()).collect();
    let name = written.trim_start_matches('.');
    let level = u32::try_from(written.len() - name.len()).unwrap_or(0);
    let module = name.to_owned();
    if node.named_children(&mut cursor).any(|n| n.kind() == "wildcard_import") {
        out.push(Import { level, module, what: Imported::Star, line, typing_only });
        return;
    }
    let mut cursor = node.walk();
    for name in node.children_by_field_name("name", &mut cursor) {
        let (name, alias) = name_and_alias(name, source);
        out.push(Import {
            level,
            module: module.clone(),
            what: Imported::Name { name, alias },
            line,
            typing_only,
        });
    }
}

fn name_and_alias(node: Node<'_>, source: &str) -> (String, Option<String>) {
    if node.kind() != "aliased_import" {
        return (text_of(node, source).to_owned(), None);
    }
    let part = |field| node.child_by_field_name(field).map(|n| text_of(n, source).to_owned());
    (part("name").unwrap_or_default(), part("alias"))
}
