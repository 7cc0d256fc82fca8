//! Candidates for a problem.

use std::collections::{BTreeMap, BTreeSet};

use apishift_dataset::export::turns;
use apishift_types::{CandidateRow, CandidateSource, LabelSource, Split};
use serde_json::Map;

use super::{DoctestProblem, fault};
use crate::{
    Equivalent, degenerate,
    digest::{id, pick, seeded},
    equivalents,
    mutation::{choose, mutants},
    program::digest,
};

/// Ways in which the solution is put into other words, at most.
const REWORDINGS: usize = 3;

impl DoctestProblem {
    /// The solution, the same in other words, and programs that may be wrong: `mutants_wanted` of them with one small fault, and
    /// one with each fault of [`ModelFault`](super::ModelFault) that there is a place for. Half of the wrong ones are put into
    /// other words too, so that these tell nothing. Labels are for those who run them to find. The calling thread needs
    /// [`apishift_syntax::grammar::STACK`].
    pub fn candidates(&self, mutants_wanted: usize, seed: u64) -> Vec<CandidateRow> {
        let solution = self.program();
        let (prompt, _) = self.asked(&solution);
        let mut seen: BTreeSet<u64> = digest(&solution).into_iter().collect();
        let mut rows = vec![self.row(&prompt, solution.clone(), CandidateSource::Gold, None)];
        for other in self.reworded(&solution, REWORDINGS, seed) {
            let operator = Some(other.rewording.as_str());
            rows.push(self.row(&prompt, other.source, CandidateSource::Equivalent, operator));
        }
        let mut small = mutants(&solution);
        small.retain(|mutant| mutant.place.start >= self.stub.len());
        let faults = fault::programs(self, seed);
        let all = faults.into_iter().map(|(fault, source)| (fault.as_str(), source)).chain(
            choose(small, mutants_wanted, seed)
                .into_iter()
                .map(|mutant| (mutant.operator.as_str(), mutant.source)),
        );
        for (operator, source) in all.collect::<Vec<_>>() {
            if !digest(&source).is_some_and(|hash| seen.insert(hash)) {
                continue;
            }
            let is_turned = seeded(seed, &["reworded", &source]).is_multiple_of(2);
            let other = if is_turned { self.reworded(&source, 1, seed).pop() } else { None };
            let program = other.map_or(source, |other| other.source);
            rows.push(self.row(&prompt, program, CandidateSource::Mutant, Some(operator)));
        }
        rows
    }

    /// A program in other words, its stub as it is: at most `n`, each of another kind.
    fn reworded(&self, source: &str, n: usize, seed: u64) -> Vec<Equivalent> {
        let mut kinds: BTreeMap<&str, Vec<Equivalent>> = BTreeMap::new();
        for other in equivalents(source).into_iter().filter(|other| other.source.starts_with(&self.stub)) {
            kinds.entry(other.rewording.as_str()).or_default().push(other);
        }
        let mut kinds: Vec<(&str, Vec<Equivalent>)> = kinds.into_iter().collect();
        kinds.sort_by_key(|(kind, _)| seeded(seed, &[kind, source]));
        let hash = |kind: &str| seeded(seed, &["one", kind, source]);
        kinds.iter().take(n).filter_map(|(kind, all)| pick(all, hash(kind)).cloned()).collect()
    }

    fn row(
        &self,
        prompt: &str,
        program: String,
        source: CandidateSource,
        operator: Option<&str>,
    ) -> CandidateRow {
        let (_, answer) = self.asked(&program);
        let degenerate = degenerate(&program, Some(&self.function), Some(&self.program()));
        CandidateRow {
            id: id(&self.task_id, &program),
            task_id: self.task_id.clone(),
            group: self.project.clone(),
            split: Split::Train,
            prompt: prompt.to_owned(),
            answer,
            program,
            source,
            operator: operator.map(str::to_owned),
            passed: None,
            label: LabelSource::Execution,
            degenerate,
            tests: self.tests.clone(),
            tests_run: 0,
            tests_passed: 0,
            error_kind: None,
            seconds: 0.0,
            library: Some(self.project.clone()),
            change_kind: None,
            old_code: None,
        }
    }

    /// The turns of user and assistant, as exports have them.
    fn asked(&self, program: &str) -> (String, String) {
        let mut row = Map::new();
        for (column, text) in
            [("task_id", self.task_id.as_str()), ("prompt", &self.stub), ("program", program)]
        {
            row.insert(column.to_owned(), text.into());
        }
        turns(&row).map(|(_, asked, answer)| (asked, answer)).unwrap_or_default()
    }
}
