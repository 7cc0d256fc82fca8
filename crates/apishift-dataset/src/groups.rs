//! Rows that share an answer.

use std::collections::BTreeMap;

use apishift_types::ApiUpdate;

use crate::{
    code,
    naming::last_name,
    similarity::{Shingles, SimilarityIndex},
};

/// Groups of rows (by their places in `rows`) that may not stand on two sides of a split, in the order of their first
/// rows. Rows are joined by what [`keys`] gives, and by code of at least this similarity.
pub(crate) fn groups(rows: &[ApiUpdate], similarity: f64) -> Vec<Vec<usize>> {
    let mut forest = Forest::new(rows.len());
    let mut first_with: BTreeMap<[String; 4], usize> = BTreeMap::new();
    let mut index = SimilarityIndex::default();
    for (place, row) in rows.iter().enumerate() {
        let (old, new) = (code::tokens(&row.old_code), code::tokens(&row.new_code));
        for key in keys(row, &old, &new) {
            forest.join(place, *first_with.entry(key).or_insert(place));
        }
        let shingles = Shingles::new(&[&old, &new]);
        for other in index.similar(&shingles, similarity) {
            forest.join(place, other);
        }
        index.insert(shingles);
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for place in 0..rows.len() {
        groups.entry(forest.root(place)).or_default().push(place);
    }
    groups.into_values().collect()
}

/// What ties a row to others; each key says what would leak without it.
fn keys(row: &ApiUpdate, old: &[String], new: &[String]) -> Vec<[String; 4]> {
    let key =
        |kind: &str, a: &str, b: &str| [kind.to_owned(), row.dependency.clone(), a.to_owned(), b.to_owned()];
    let mut keys = vec![
        // The same change.
        key("change", &row.provenance.change_id, ""),
        // What is deprecated in one release and removed in a later one has one answer.
        key("symbol", &row.symbol, ""),
        // A release changes a method in a class and in its relatives alike.
        key("name", &row.new_version, last_name(&row.symbol)),
    ];
    if let Some(replacement) = row.replacement.as_deref().filter(|text| !text.is_empty()) {
        // The answer itself: one new parameter or function for many old ones.
        keys.push(key("replacement", last_name(replacement), ""));
    }
    let (gone, come) = (more_names(old, new), more_names(new, old));
    if !gone.is_empty() || !come.is_empty() {
        // The edit, where no replacement tells it: one parameter dropped in a class and in its relatives.
        keys.push(key("names", &gone, &come));
    }
    keys
}

/// Names that stand in the first tokens more often than in the second, sorted. Constants are no names.
fn more_names(first: &[String], second: &[String]) -> String {
    let mut counts: BTreeMap<&str, i64> = BTreeMap::new();
    for (tokens, one) in [(first, 1), (second, -1)] {
        for token in tokens.iter().filter(|token| token.starts_with(|c: char| c == '_' || c.is_alphabetic()))
        {
            *counts.entry(token).or_default() += one;
        }
    }
    let is_name = |token: &str| !token.ends_with('"') && !matches!(token, "True" | "False" | "None");
    let more = counts.into_iter().filter(|(token, count)| *count > 0 && is_name(token));
    more.map(|(token, _)| token).collect::<Vec<_>>().join(" ")
}

/// Union-find: trees of places, the least place at each root.
struct Forest(Vec<usize>);

impl Forest {
    fn new(len: usize) -> Self {
        Self((0..len).collect())
    }

    fn root(&mut self, mut place: usize) -> usize {
        while self.0[place] != place {
            self.0[place] = self.0[self.0[place]];
            place = self.0[place];
        }
        place
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_told_by_the_names_that_go_and_come() {
        let cases = [
            ("f(x, normalize=False)", "f(x)", "normalize", ""),
            ("g(y, normalize=True)", "g(y)", "normalize", ""),
            ("a.append(b); c.append(b)", "pd.concat([a, b]); c.append(b)", "append", "concat pd"),
            ("f(1)", "f(2)", "", ""),
            ("f('draw')", "f('paint')", "", ""),
        ];
        for (old, new, gone, come) in cases {
            let (old, new) = (code::tokens(old), code::tokens(new));
            assert_eq!((more_names(&old, &new).as_str(), more_names(&new, &old).as_str()), (gone, come));
        }
    }
}
