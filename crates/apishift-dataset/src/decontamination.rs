//! Overlap of the table with benchmarks.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
};

use apishift_types::{ApiUpdate, Skipped};
use serde::{Deserialize, Serialize};

use crate::{Reason, digest, query};

/// Texts that a trained model will be measured on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Benchmark {
    /// Name, for the report.
    pub name: String,
    /// Its prompts, solutions and tests.
    pub texts: Vec<String>,
}

impl Benchmark {
    /// Reads every text column (and text within structs and lists) of a Parquet or JSONL file. Its name is that of the
    /// file, without the ending.
    pub fn read(path: &Path) -> Result<Self, query::QueryError> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let mut texts = Vec::new();
        for row in query::scan(path)?.rows()? {
            for value in row.values() {
                collect_texts(value, &mut texts);
            }
        }
        Ok(Self { name, texts })
    }
}

fn collect_texts(value: &serde_json::Value, texts: &mut Vec<String>) {
    match value {
        serde_json::Value::String(text) => texts.push(text.clone()),
        serde_json::Value::Array(values) => values.iter().for_each(|value| collect_texts(value, texts)),
        serde_json::Value::Object(fields) => fields.values().for_each(|value| collect_texts(value, texts)),
        _ => {}
    }
}

/// What a row shares with a benchmark.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overlap {
    /// Id of the row.
    pub id: String,
    /// Name of the benchmark.
    pub benchmark: String,
    /// Distinct n-grams of the row that stand in the benchmark.
    pub shared: u64,
    /// Distinct n-grams of the row.
    pub of: u64,
    /// The first shared n-gram, for the eye.
    pub example: String,
}

/// What [`decontaminate`] found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecontaminationReport {
    /// Words of an n-gram.
    pub n: usize,
    /// Benchmarks, with the distinct n-grams of each. One of 0 has no text of n words, and nothing can be said of it.
    pub benchmarks: BTreeMap<String, u64>,
    /// Overlaps, in the order of the rows, then of the benchmarks' names.
    pub overlaps: Vec<Overlap>,
}

impl DecontaminationReport {
    /// Leaves out the rows that share `least` n-grams or more with one benchmark, and counts them.
    pub fn exclude(&self, rows: Vec<ApiUpdate>, least: u64) -> (Vec<ApiUpdate>, Skipped) {
        let found: BTreeSet<&str> = self
            .overlaps
            .iter()
            .filter(|overlap| overlap.shared >= least)
            .map(|overlap| overlap.id.as_str())
            .collect();
        let before = rows.len();
        let rows: Vec<ApiUpdate> = rows.into_iter().filter(|row| !found.contains(row.id.as_str())).collect();
        let mut skipped = Skipped::default();
        skipped.add_n(Reason::BenchmarkOverlap.as_str(), (before - rows.len()) as u64);
        (rows, skipped)
    }
}

/// Reports the rows that share a run of `n` words (13 is usual, since GPT-3's report) with a benchmark, in old code, new
/// code, description or update text. Words are runs of letters, digits and underscores, in lower case: layout,
/// punctuation and quotes hide nothing.
pub fn decontaminate(rows: &[ApiUpdate], benchmarks: &[Benchmark], n: usize) -> DecontaminationReport {
    let n = n.max(1);
    let mut named: Vec<&Benchmark> = benchmarks.iter().collect();
    named.sort_by(|a, b| a.name.cmp(&b.name));
    // For each n-gram, the benchmarks (by place) that hold it.
    let mut holders: HashMap<u64, Vec<usize>> = HashMap::new();
    let mut sizes: BTreeMap<String, u64> = BTreeMap::new();
    for (place, benchmark) in named.iter().enumerate() {
        let size = sizes.entry(benchmark.name.clone()).or_default();
        for gram in benchmark.texts.iter().flat_map(|text| grams(text, n)) {
            let places = holders.entry(gram.hash).or_default();
            if places.last() != Some(&place) {
                places.push(place);
                *size += 1;
            }
        }
    }
    let overlaps = rows.iter().flat_map(|row| overlaps_of(row, &named, &holders, n)).collect();
    DecontaminationReport { n, benchmarks: sizes, overlaps }
}

/// A run of words.
struct Gram {
    hash: u64,
    text: String,
}

fn grams(text: &str, n: usize) -> Vec<Gram> {
    let text = text.to_lowercase();
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    words
        .windows(n)
        .map(|window| {
            let text = window.join(" ");
            Gram { hash: digest::fast(0, text.as_bytes()), text }
        })
        .collect()
}

fn overlaps_of(
    row: &ApiUpdate,
    benchmarks: &[&Benchmark],
    holders: &HashMap<u64, Vec<usize>>,
    n: usize,
) -> Vec<Overlap> {
    let texts = [&row.old_code, &row.new_code, &row.description, &row.update_info];
    let mut seen = BTreeSet::new();
    let mut shared: BTreeMap<usize, (u64, String)> = BTreeMap::new();
    for gram in texts.into_iter().flat_map(|text| grams(text, n)) {
        if !seen.insert(gram.hash) {
            continue;
        }
        for place in holders.get(&gram.hash).into_iter().flatten() {
            let entry = shared.entry(*place).or_insert_with(|| (0, gram.text.clone()));
            entry.0 += 1;
        }
    }
    shared
        .into_iter()
        .map(|(place, (count, example))| Overlap {
            id: row.id.clone(),
            benchmark: benchmarks[place].name.clone(),
            shared: count,
            of: seen.len() as u64,
            example,
        })
        .collect()
}
