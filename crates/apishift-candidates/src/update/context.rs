//! What the other examples say of a library.

use std::collections::{BTreeMap, BTreeSet};

use apishift_types::{ApiUpdate, Split};

/// Names that examples of each library use, and what its changes advise to use.
#[derive(Clone, Debug, Default)]
pub struct Context {
    known: BTreeMap<String, BTreeSet<String>>,
    /// By split and library, and whether they are called.
    replacements: BTreeMap<(Split, String, bool), BTreeSet<String>>,
}

impl Context {
    /// What these examples say. A split knows only its own replacements, so that nothing of one gets into another.
    pub fn of<'a>(rows: impl IntoIterator<Item = &'a ApiUpdate>) -> Self {
        let mut context = Self::default();
        for row in rows {
            let known = context.known.entry(row.dependency.clone()).or_default();
            let signature = row.target_signature.as_deref().unwrap_or_default();
            for text in [&row.old_code, &row.new_code, &row.update_info, &row.symbol, signature] {
                known.extend(words(text).map(ToOwned::to_owned));
            }
            // A bare name may be one of a parameter.
            let last = row.replacement.as_deref().and_then(|path| Some(path.rsplit_once('.')?.1));
            if let Some(last) = last.filter(|last| crate::name::is_name(last)) {
                let key = (row.split, row.dependency.clone(), row.target_signature.is_some());
                context.replacements.entry(key).or_default().insert(last.to_owned());
            }
        }
        context
    }

    /// Whether any example of a library has this name.
    pub(super) fn is_known(&self, library: &str, name: &str) -> bool {
        self.known.get(library).is_some_and(|known| known.contains(name))
    }

    /// Last names of what changes of a library advise to use: of what is called, or of the rest.
    pub(super) fn replacements(
        &self,
        split: Split,
        library: &str,
        called: bool,
    ) -> impl Iterator<Item = &str> {
        self.replacements.get(&(split, library.to_owned(), called)).into_iter().flatten().map(String::as_str)
    }
}

/// Words of a text that could be names.
pub(super) fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| crate::name::is_name(word))
}
