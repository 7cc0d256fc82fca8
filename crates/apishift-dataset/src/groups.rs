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
        for key in keys(row) {
            forest.join(place, *first_with.entry(key).or_insert(place));
        }
        let shingles = Shingles::new(&[&code::tokens(&row.old_code), &code::tokens(&row.new_code)]);
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
fn keys(row: &ApiUpdate) -> Vec<[String; 4]> {
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
    keys
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
