//! What scorers are worth on problems that nothing was trained on: the tables of a report.

use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
};

use apishift_metrics::{
    Bootstrap, Candidate, Estimate, Means, Metric, Ranking, Vote, calibration, majority_of,
};
use apishift_report::reward_model::{
    Bin, Breakdown, By, Comparison, Curve, CurvePoint, Figure, Group, Histogram, Mistake, Part, Reliability,
    Report, Row, Scope, Scorer, ScorerKind, Shown, Table,
};
use apishift_reward::{STACK, normalised};
use apishift_types::CandidateRow;
use xxhash_rust::xxh3::xxh3_64;

use crate::Problem;

/// Metrics of the tables, in the order of columns.
const METRICS: [Metric; 8] = [
    Metric::PairwiseAccuracy,
    Metric::Auroc,
    Metric::Top1,
    Metric::ReciprocalRank,
    Metric::RankingScore,
    Metric::NdcgAt(10),
    Metric::BestOf(4),
    Metric::BestOf(8),
];

/// Metrics by which the scorer that is handed over is compared with each of the others.
const COMPARED: [Metric; 2] = [Metric::PairwiseAccuracy, Metric::Top1];

/// Draws of a curve's points.
const DRAWS_OF: [u32; 6] = [1, 2, 4, 8, 16, 32];

/// Key of the vote.
const MAJORITY: &str = "majority";

/// Draws of the vote at most: its time grows with their cube.
const MOST_VOTES: u32 = 16;

/// Bins of reliability, and of histograms.
const BINS: usize = 10;

/// The Python whose rules say what is layout.
const PYTHON: (u8, u8) = (3, 14);

/// Mistakes that are shown.
const MISTAKES: usize = 20;

/// Scores of one scorer: a list for each problem, a score for each of its candidates.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Who gives them.
    pub scorer: Scorer,
    /// The scores.
    pub scores: Vec<Vec<f64>>,
}

/// Scores to probabilities, fitted on problems that were not tested on.
#[derive(Clone, Copy, Debug)]
pub struct Calibrated<'a> {
    /// Problems.
    pub problems: &'a [&'a Problem],
    /// Scores of the scorer that is handed over.
    pub scores: &'a [Vec<f64>],
}

/// The figures of scorers on problems, on real candidates and on all. `headline`: the key of the scorer that is handed over. Problems
/// of one group are drawn together.
pub fn evaluate(
    problems: &[&Problem],
    scorers: &[Scores],
    headline: &str,
    calibrated: Calibrated<'_>,
    seed: u64,
) -> Report {
    let mut report = Report {
        headline: headline.to_owned(),
        scorers: scorers.iter().map(|scores| scores.scorer.clone()).collect(),
        metrics: METRICS.iter().map(ToString::to_string).collect(),
        parts: parts(problems),
        ..Report::default()
    };
    let bootstrap = Bootstrap::over_clusters(problems.iter().map(|problem| problem.group.as_str()), seed);
    report.scorers.push(Scorer {
        key: MAJORITY.to_owned(),
        title: "majority vote".to_owned(),
        about: "The program that most samples agree on, comments and layout aside; within each draw."
            .to_owned(),
        kind: ScorerKind::Baseline,
    });
    let texts = texts(problems);
    for scope in [Scope::Real, Scope::All] {
        let of = View { problems, scope, bootstrap: &bootstrap };
        let mut table = of.table(scorers);
        let majority = of.majority(&texts);
        for point in &majority.points {
            let row = table.rows.iter_mut().find(|row| row.scorer == MAJORITY);
            if let Some(metric) = METRICS.iter().find(|metric| **metric == Metric::BestOf(point.k))
                && let Some(row) = row
            {
                row.figures.insert(metric.to_string(), point.figure);
            }
        }
        report.tables.push(table);
        report.best_of.extend(scorers.iter().map(|scores| of.curve(scores)));
        report.best_of.push(majority);
        let ours = scorers.iter().find(|scores| scores.scorer.key == headline);
        let Some(ours) = ours else { continue };
        report.comparisons.extend(of.comparisons(ours, scorers));
        for by in [By::Operator, By::ChangeKind, By::Library, By::Source] {
            report.breakdowns.push(of.breakdown(by, scorers));
        }
        report.reliability.extend(of.reliability(ours, calibrated));
        report.histograms.extend(of.histogram(ours));
        if scope == Scope::Real {
            report.mistakes = of.mistakes(ours);
        }
    }
    report
}

/// A number for what each candidate's program says, by problem.
fn texts(problems: &[&Problem]) -> Vec<Vec<u64>> {
    let text = |row: &CandidateRow| xxh3_64(normalised(&row.program, PYTHON).as_bytes());
    let of = |problem: &&Problem| problem.candidates.iter().map(text).collect();
    let work = || problems.iter().map(of).collect();
    // The parser goes as deep as its input.
    thread::scope(|scope| match thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work) {
        Ok(worker) => worker.join().unwrap_or_default(),
        Err(_no_thread) => Vec::new(),
    })
}

/// Candidates by part of the data, kind of problem and source.
pub fn parts(problems: &[&Problem]) -> Vec<Part> {
    let mut parts: BTreeMap<(String, String, String), (Part, BTreeSet<&str>)> = BTreeMap::new();
    for row in problems.iter().flat_map(|problem| &problem.candidates) {
        let kind = if row.change_kind.is_some() { "API change" } else { "function" };
        let key = (row.split.as_str().to_owned(), kind.to_owned(), row.source.to_string());
        let (part, tasks) = parts.entry(key.clone()).or_default();
        (part.split, part.kind, part.source) = key;
        part.candidates += 1;
        part.real += u64::from(row.degenerate.is_none());
        part.passed += u64::from(row.passed == Some(true));
        tasks.insert(&row.task_id);
        part.problems = tasks.len() as u64;
    }
    parts.into_values().map(|(part, _)| part).collect()
}

/// Problems, and which of their candidates count.
struct View<'a> {
    problems: &'a [&'a Problem],
    scope: Scope,
    bootstrap: &'a Bootstrap,
}

impl View<'_> {
    fn counts(&self, row: &CandidateRow) -> bool {
        self.scope == Scope::All || row.degenerate.is_none()
    }

    /// Each problem's candidates that count and of which `keep` is true.
    fn candidates(&self, scores: &[Vec<f64>], keep: &dyn Fn(&CandidateRow) -> bool) -> Vec<Vec<Candidate>> {
        let of = |(problem, scores): (&&Problem, &Vec<f64>)| {
            let rows = problem.candidates.iter().zip(scores);
            let rows = rows.filter(|(row, _)| self.counts(row) && keep(row));
            rows.map(|(row, score)| candidate(row, *score)).collect()
        };
        self.problems.iter().zip(scores).map(of).collect()
    }

    fn rankings(&self, scores: &[Vec<f64>], keep: &dyn Fn(&CandidateRow) -> bool) -> Vec<Ranking> {
        self.candidates(scores, keep).iter().map(|candidates| Ranking::of(candidates)).collect()
    }

    fn table(&self, scorers: &[Scores]) -> Table {
        let everything = |_: &CandidateRow| true;
        let mut table =
            Table { scope: self.scope, problems: 0, mixed: 0, candidates: 0, passed: 0, rows: Vec::new() };
        for scores in scorers {
            let rankings = self.rankings(&scores.scores, &everything);
            table.problems = rankings.iter().filter(|ranking| ranking.count() > 0).count() as u64;
            table.mixed = rankings.iter().filter(|ranking| ranking.is_mixed()).count() as u64;
            table.candidates = rankings.iter().map(Ranking::count).sum();
            table.passed = rankings.iter().map(Ranking::passed).sum();
            let mut row = Row { scorer: scores.scorer.key.clone(), ..Row::default() };
            row.unscored = rankings.iter().map(Ranking::unscored).sum();
            for metric in METRICS {
                if let Some(figure) = self.figure(metric, &rankings) {
                    row.figures.insert(metric.to_string(), figure);
                }
            }
            table.rows.push(row);
        }
        table.rows.push(Row { scorer: MAJORITY.to_owned(), ..Row::default() });
        table
    }

    /// Best of k by majority vote. `texts`: what each candidate's program says, by problem.
    fn majority(&self, texts: &[Vec<u64>]) -> Curve {
        let votes = |(problem, texts): (&&Problem, &Vec<u64>)| {
            let rows = problem.candidates.iter().zip(texts).filter(|(row, _)| self.counts(row));
            rows.map(|(row, text)| Vote { text: *text, count: 1, passed: row.passed == Some(true) }).collect()
        };
        let votes: Vec<Vec<Vote>> = self.problems.iter().zip(texts).map(votes).collect();
        let point = |k: &u32| {
            let means = Means(votes.iter().map(|votes| majority_of(votes, *k)).collect());
            Some(CurvePoint { k: *k, figure: self.bootstrap.estimate(&means).map(figure)? })
        };
        let points = DRAWS_OF.iter().filter(|k| **k <= MOST_VOTES).filter_map(point).collect();
        Curve { scorer: MAJORITY.to_owned(), scope: self.scope, points }
    }

    fn figure(&self, metric: Metric, rankings: &[Ranking]) -> Option<Figure> {
        self.bootstrap.estimate(metric.statistic(rankings).as_ref()).map(figure)
    }

    fn curve(&self, scores: &Scores) -> Curve {
        let rankings = self.rankings(&scores.scores, &|_| true);
        let point = |k: &u32| Some(CurvePoint { k: *k, figure: self.figure(Metric::BestOf(*k), &rankings)? });
        let points = DRAWS_OF.iter().filter_map(point).collect();
        Curve { scorer: scores.scorer.key.clone(), scope: self.scope, points }
    }

    fn comparisons(&self, ours: &Scores, scorers: &[Scores]) -> Vec<Comparison> {
        let mut comparisons = Vec::new();
        let own = self.rankings(&ours.scores, &|_| true);
        for other in scorers.iter().filter(|scores| scores.scorer.key != ours.scorer.key) {
            let theirs = self.rankings(&other.scores, &|_| true);
            for metric in COMPARED {
                let (own, theirs) = (metric.statistic(&own), metric.statistic(&theirs));
                let difference = apishift_metrics::Difference(own.as_ref(), theirs.as_ref());
                if let Some(estimate) = self.bootstrap.estimate(&difference) {
                    comparisons.push(Comparison {
                        scope: self.scope,
                        metric: metric.to_string(),
                        scorer: ours.scorer.key.clone(),
                        against: other.scorer.key.clone(),
                        difference: figure(estimate),
                    });
                }
            }
        }
        comparisons
    }

    /// Pairwise accuracy of right candidates against wrong ones of one group.
    fn breakdown(&self, by: By, scorers: &[Scores]) -> Breakdown {
        let names: BTreeSet<String> = self
            .problems
            .iter()
            .flat_map(|problem| &problem.candidates)
            .filter(|row| {
                self.counts(row) && (row.passed == Some(false) || by == By::Library || by == By::ChangeKind)
            })
            .filter_map(|row| group_of(by, row))
            .collect();
        let mut breakdown = Breakdown {
            by,
            scope: self.scope,
            metric: Metric::PairwiseAccuracy.to_string(),
            groups: Vec::new(),
        };
        for name in names {
            let in_group = |row: &CandidateRow| group_of(by, row).as_deref() == Some(name.as_str());
            let keep = |row: &CandidateRow| match by {
                // Right ones of every kind, against wrong ones of this kind.
                By::Operator | By::Source => row.passed == Some(true) || in_group(row),
                By::Library | By::ChangeKind => in_group(row),
            };
            let mut group = Group { name: name.clone(), ..Group::default() };
            for scores in scorers {
                let rankings = self.rankings(&scores.scores, &keep);
                group.problems = rankings.iter().filter(|ranking| ranking.is_mixed()).count() as u64;
                group.candidates = rankings.iter().map(Ranking::failed).sum();
                if let Some(figure) = self.figure(Metric::PairwiseAccuracy, &rankings) {
                    group.figures.insert(scores.scorer.key.clone(), figure);
                }
            }
            if group.problems > 0 {
                breakdown.groups.push(group);
            }
        }
        breakdown.groups.sort_by_key(|group| std::cmp::Reverse(group.problems));
        breakdown
    }

    fn reliability(&self, ours: &Scores, calibrated: Calibrated<'_>) -> Option<Reliability> {
        let fitted = View { problems: calibrated.problems, ..*self };
        let fitted: Vec<Candidate> =
            fitted.candidates(calibrated.scores, &|_| true).into_iter().flatten().collect();
        let platt = calibration::Platt::fit(&fitted)?;
        let chances: Vec<Vec<Candidate>> = self
            .candidates(&ours.scores, &|_| true)
            .into_iter()
            .map(|problem| {
                let chance = |one: Candidate| Candidate { score: platt.chance(one.score), ..one };
                problem.into_iter().map(chance).collect()
            })
            .collect();
        let calibration = calibration::Calibration::of(chances.iter().map(Vec::as_slice), BINS);
        let found = calibration.reliability()?;
        let bin = |bin: calibration::Bin| Bin {
            from: bin.from,
            to: bin.to,
            count: bin.count,
            mean: bin.mean,
            passed: bin.passed,
        };
        Some(Reliability {
            scorer: ours.scorer.key.clone(),
            scope: self.scope,
            method: "Platt scaling, fitted on validation problems".to_owned(),
            ece: figure(self.bootstrap.estimate(&calibration.ece())?),
            brier: figure(self.bootstrap.estimate(&calibration.brier())?),
            bins: found.bins.into_iter().map(bin).collect(),
        })
    }

    fn histogram(&self, ours: &Scores) -> Option<Histogram> {
        let all: Vec<Candidate> = self.candidates(&ours.scores, &|_| true).into_iter().flatten().collect();
        let finite = || all.iter().filter(|one| one.score.is_finite());
        let low = finite().map(|one| one.score).min_by(f64::total_cmp)?;
        let high = finite().map(|one| one.score).max_by(f64::total_cmp)?.max(low + 1e-9);
        let bins = 2 * BINS;
        let width = (high - low) / bins as f64;
        let edges = (0..=bins).map(|place| low + width * place as f64).collect();
        let (mut right, mut wrong) = (vec![0; bins], vec![0; bins]);
        for one in finite() {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a place among the bins"
            )]
            let place = (((one.score - low) / width) as usize).min(bins - 1);
            if one.passed {
                right[place] += 1;
            } else {
                wrong[place] += 1;
            }
        }
        Some(Histogram { scorer: ours.scorer.key.clone(), scope: self.scope, edges, right, wrong })
    }

    fn mistakes(&self, ours: &Scores) -> Vec<Mistake> {
        let mut found: Vec<(f64, Mistake)> = Vec::new();
        for (problem, scores) in self.problems.iter().zip(&ours.scores) {
            let best = |wanted: bool| {
                let rows = problem.candidates.iter().zip(scores).filter(|(row, score)| {
                    self.counts(row) && row.passed == Some(wanted) && score.is_finite()
                });
                rows.max_by(|(_, one), (_, other)| one.total_cmp(other))
            };
            let (Some((right, own)), Some((wrong, theirs))) = (best(true), best(false)) else { continue };
            if theirs > own {
                found.push((
                    theirs - own,
                    Mistake {
                        task_id: problem.task_id.clone(),
                        library: right.library.clone().unwrap_or_default(),
                        change_kind: right.change_kind.clone().unwrap_or_default(),
                        prompt: right.prompt.clone(),
                        right: shown(right, *own),
                        preferred: shown(wrong, *theirs),
                    },
                ));
            }
        }
        found.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        found.into_iter().take(MISTAKES).map(|(_, mistake)| mistake).collect()
    }
}

fn candidate(row: &CandidateRow, score: f64) -> Candidate {
    let tests_passed = (row.tests_run > 0).then_some(row.tests_passed);
    Candidate { tests_passed, ..Candidate::new(score, row.passed == Some(true)) }
}

fn group_of(by: By, row: &CandidateRow) -> Option<String> {
    match by {
        By::Operator => Some(row.operator.clone().unwrap_or_else(|| row.source.to_string())),
        By::Source => Some(row.source.to_string()),
        By::Library => row.library.clone(),
        By::ChangeKind => row.change_kind.clone(),
    }
}

fn figure(estimate: Estimate) -> Figure {
    Figure {
        value: estimate.value,
        low: estimate.interval.map(|interval| interval.low),
        high: estimate.interval.map(|interval| interval.high),
        problems: estimate.problems,
    }
}

fn shown(row: &CandidateRow, score: f64) -> Shown {
    let operator = row.operator.as_deref().map(|operator| format!(", {operator}")).unwrap_or_default();
    Shown { source: format!("{}{operator}", row.source), score: Some(score), program: row.program.clone() }
}
