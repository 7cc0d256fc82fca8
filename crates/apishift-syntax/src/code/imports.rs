//! What imports bind.

use tree_sitter::Node;

use super::{file::CodeFile, scope::Scope};

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

/// Names that an import statement binds.
pub(super) fn imported_names(node: Node<'_>, source: &str) -> Vec<String> {
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
