//! Documentation as scripts: the code blocks of a document, or of a docstring, share their names as a notebook's cells do.

use apishift_syntax::{
    code::{CodeFile, StatementKind},
    docs::{CodeBlock, doctests, document_blocks},
};

use super::pairs::package_of;

/// Names that documentation uses without an import, by the convention of their projects.
pub(super) const CONVENTIONS: [(&str, &str); 14] = [
    ("np", "numpy"),
    ("pd", "pandas"),
    ("plt", "matplotlib.pyplot"),
    ("mpl", "matplotlib"),
    ("nx", "networkx"),
    ("sns", "seaborn"),
    ("xr", "xarray"),
    ("da", "dask.array"),
    ("dd", "dask.dataframe"),
    ("jnp", "jax.numpy"),
    ("jax", "jax"),
    ("pl", "polars"),
    ("alt", "altair"),
    ("sp", "scipy"),
];

/// The code of a document as one script, with the line of the document that each of its blocks starts at.
#[derive(Debug)]
pub(super) struct Script {
    /// The script, parsed.
    pub(super) file: CodeFile,
    /// First and last line of the document's code, from 1.
    pub(super) lines: (u32, u32),
}

/// Whether the path is a document whose code blocks are read.
pub(crate) fn is_document(path: &str) -> bool {
    let is_text = [".rst", ".md", ".txt"].iter().any(|ending| path.ends_with(ending));
    let name = path.rsplit('/').next().unwrap_or(path).to_lowercase();
    let is_news = ["change", "history", "news", "whats", "release", "license", "requirements"]
        .iter()
        .any(|word| name.contains(word))
        || path.contains("whatsnew")
        || path.contains("/release")
        || path.contains("changelog");
    is_text && !is_news
}

/// The script of a document.
pub(super) fn document(path: &str, text: &str) -> Option<Script> {
    script(&document_blocks(path, text), 0, None)
}

/// Scripts of the docstrings of a source file, by the name of what they document.
pub(super) fn docstrings(path: &str, file: &CodeFile) -> Vec<(String, Script)> {
    let mut found = Vec::new();
    for unit in &file.units {
        let Some(docstring) = unit.statements.iter().take(2).find(|s| s.kind == StatementKind::Docstring)
        else {
            continue;
        };
        let text = &file.source[docstring.head.clone()];
        if !text.contains(">>>") {
            continue;
        }
        let first =
            u32::try_from(file.source[..docstring.head.start].matches('\n').count()).unwrap_or(u32::MAX);
        if let Some(script) = script(&doctests(text), first, Some((path, file))) {
            found.push((unit.name.clone(), script));
        }
    }
    found
}

/// Joins the blocks that parse. Doctests of a module see its names: these become imports.
fn script(blocks: &[CodeBlock], offset: u32, module: Option<(&str, &CodeFile)>) -> Option<Script> {
    let mut code = String::new();
    let mut lines: Option<(u32, u32)> = None;
    for block in blocks {
        if CodeFile::parse(&block.code, "").is_none() {
            continue;
        }
        code.push_str(&block.code);
        let start = block.line + offset;
        let end = start + u32::try_from(block.code.lines().count()).unwrap_or(0);
        lines = Some(lines.map_or((start, end), |(first, last)| (first.min(start), last.max(end))));
    }
    let mut file = CodeFile::parse(&code, "")?;
    if let Some((path, module)) = module {
        names_of(path, module, &mut file);
    }
    for (alias, target) in CONVENTIONS {
        if !file.scope.imports.contains_key(alias) && !file.definitions.contains_key(alias) {
            let line = if alias == target {
                format!("import {alias}")
            } else {
                format!("import {target} as {alias}")
            };
            file.scope.import(alias, target.to_owned(), line);
        }
    }
    Some(Script { file, lines: lines? })
}

fn names_of(path: &str, module: &CodeFile, script: &mut CodeFile) {
    let stem = path.rsplit('/').next().and_then(|name| name.strip_suffix(".py")).unwrap_or_default();
    let package = package_of(path);
    let dotted = if stem == "__init__" { package } else { format!("{package}.{stem}") };
    let free = |name: &str, script: &CodeFile| {
        !script.scope.imports.contains_key(name) && !script.definitions.contains_key(name)
    };
    for (name, binding) in &module.scope.imports {
        if free(name, script) {
            script.scope.imports.insert(name.clone(), binding.clone());
            let lines = module.scope.import_lines.get(name).cloned().unwrap_or_default();
            script.scope.import_lines.insert(name.clone(), lines);
        }
    }
    for name in module.definitions.keys().filter(|name| !name.starts_with('_')) {
        if free(name, script) {
            script.scope.import(name, format!("{dotted}.{name}"), format!("from {dotted} import {name}"));
        }
    }
}
