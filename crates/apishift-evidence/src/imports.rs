//! Which packages a code imports.

use std::collections::BTreeSet;

/// Top-level names that a code imports, relative imports left out. Lines within texts count too: an import more does no harm.
pub(crate) fn import_roots(code: &str) -> BTreeSet<&str> {
    let mut roots = BTreeSet::new();
    for line in code.lines().map(str::trim_start) {
        if let Some(rest) = line.strip_prefix("from ") {
            roots.extend(root(rest));
        } else if let Some(rest) = line.strip_prefix("import ") {
            roots.extend(rest.split(',').filter_map(|part| root(part.trim_start())));
        }
    }
    roots
}

fn root(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    (end > 0).then(|| &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_found_wherever_an_import_stands() {
        let code = "import numpy as np, os.path\nfrom sklearn.svm import SVC\ndef f():\n    import torch\nfrom . import x\n";
        assert_eq!(import_roots(code).into_iter().collect::<Vec<_>>(), ["numpy", "os", "sklearn", "torch"]);
    }
}
