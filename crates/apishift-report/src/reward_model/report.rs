//! The figures of a reward model, as `report.json` has them.

use std::{collections::BTreeMap, fmt};

use serde::{Deserialize, Serialize};

/// Version of the form; one more when a field is added.
pub const FORMAT: u32 = 1;

/// All that is known of what a reward model is worth.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`] of who wrote it.
    pub format: u32,
    /// The model's name.
    pub name: String,
    /// What it is and how it was made: (`base model`, `SmolLM2-135M-Instruct`), in the order to show.
    pub about: Vec<(String, String)>,
    /// What it was trained and judged on, in words.
    pub data: String,
    /// That data, counted.
    pub parts: Vec<Part>,
    /// What became of the texts.
    pub texts: Texts,
    /// How training went; empty where nothing was trained.
    pub training: Training,
    /// The scorers that are compared, in the order to show.
    pub scorers: Vec<Scorer>,
    /// Key of the scorer that is handed over, among `scorers`.
    pub headline: String,
    /// Keys of the metrics, in the order of columns: `pairwise_accuracy`, `auroc`, `top_1`, `mrr`, `ranking_score`, `ndcg_at_10`,
    /// `best_of_8`, `ece`, `brier`. Others are shown under their key.
    pub metrics: Vec<String>,
    /// Scorers by metrics.
    pub tables: Vec<Table>,
    /// Differences of two scorers, paired.
    pub comparisons: Vec<Comparison>,
    /// One metric by groups of candidates or problems.
    pub breakdowns: Vec<Breakdown>,
    /// Best-of-k against k.
    pub best_of: Vec<Curve>,
    /// Whether chances hold.
    pub reliability: Vec<Reliability>,
    /// Scores of right and wrong candidates.
    pub histograms: Vec<Histogram>,
    /// Where the handed-over scorer prefers a wrong candidate by most; worst first.
    pub mistakes: Vec<Mistake>,
    /// What the figures do not say, a sentence or two each.
    pub limits: Vec<String>,
}

impl Default for Report {
    /// Of this format, and nothing in it.
    fn default() -> Self {
        Self {
            format: FORMAT,
            name: String::new(),
            about: Vec::new(),
            data: String::new(),
            parts: Vec::new(),
            texts: Texts::default(),
            training: Training::default(),
            scorers: Vec::new(),
            headline: String::new(),
            metrics: Vec::new(),
            tables: Vec::new(),
            comparisons: Vec::new(),
            breakdowns: Vec::new(),
            best_of: Vec::new(),
            reliability: Vec::new(),
            histograms: Vec::new(),
            mistakes: Vec::new(),
            limits: Vec::new(),
        }
    }
}

/// A number with its 95 % interval.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The number.
    pub value: f64,
    /// Lower end; `None` where there is no interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Problems that it rests on.
    pub problems: u64,
}

/// Candidates of one kind in one part of the data.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `train`, `validation`, `test`.
    pub split: String,
    /// Kind of problem: `api change`, `doctest`.
    pub kind: String,
    /// Where the candidates come from: `gold`, `mutant`, `model`.
    pub source: String,
    /// Problems.
    pub problems: u64,
    /// Candidates.
    pub candidates: u64,
    /// Those of them that are real attempts.
    pub real: u64,
    /// Those that are right.
    pub passed: u64,
}

/// What became of the texts that were to be scored.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Texts {
    /// Scored.
    pub scored: u64,
    /// Scored without their beginning, because they were longer than the limit.
    pub truncated: u64,
    /// The limit, in tokens.
    pub limit: u64,
    /// Not scored, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// How training went.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Training {
    /// In order.
    pub steps: Vec<Step>,
    /// The step whose weights were kept.
    pub kept: Option<u64>,
}

/// A place on the training curve.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Optimiser steps so far.
    pub step: u64,
    /// Mean loss since the last one, in nats; `None` where it was not taken.
    pub loss: Option<f64>,
    /// Pairwise accuracy on validation problems; `None` where it was not taken.
    pub validation: Option<f64>,
}

/// What gives scores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scorer {
    /// What tables name it by: `head`.
    pub key: String,
    /// What readers see.
    pub title: String,
    /// What it does, in a sentence.
    pub about: String,
    /// Ours, or to compare with.
    pub kind: ScorerKind,
}

/// Whether a scorer is what was made, or what it is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScorerKind {
    /// Trained here.
    Trained,
    /// Anyone has it for nothing: random, length, log-likelihood, majority vote.
    Baseline,
    /// What no scorer can pass: the perfect one.
    Ceiling,
}

/// Which candidates figures are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Those that are attempts at their problem.
    Real,
    /// All, those too that do not parse or say nothing.
    All,
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Real => "real candidates",
            Self::All => "all candidates",
        })
    }
}

/// Scorers by metrics, on one scope.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    /// Which candidates.
    pub scope: Scope,
    /// Problems with at least one of them.
    pub problems: u64,
    /// Problems with right and wrong ones.
    pub mixed: u64,
    /// Candidates.
    pub candidates: u64,
    /// Right ones.
    pub passed: u64,
    /// One for each scorer.
    pub rows: Vec<Row>,
}

/// The figures of one scorer.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// Key of the scorer.
    pub scorer: String,
    /// Candidates that it gives no score.
    pub unscored: u64,
    /// By key of the metric; what has no value is left out.
    pub figures: BTreeMap<String, Figure>,
}

/// One scorer less another, on the same draws of problems.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// Which candidates.
    pub scope: Scope,
    /// Key of the metric.
    pub metric: String,
    /// Key of the scorer.
    pub scorer: String,
    /// Key of the one that is taken away.
    pub against: String,
    /// The difference.
    pub difference: Figure,
}

/// What a breakdown tells apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// What was done to the wrong candidate: right ones against wrong ones of that kind.
    Operator,
    /// The library or project.
    Library,
    /// What changed in the API.
    ChangeKind,
    /// Where wrong candidates come from.
    Source,
}

impl fmt::Display for By {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operator => "kind of wrong candidate",
            Self::Library => "library",
            Self::ChangeKind => "kind of API change",
            Self::Source => "source of wrong candidates",
        })
    }
}

/// One metric by groups, for some scorers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Breakdown {
    /// What is told apart.
    pub by: By,
    /// Which candidates.
    pub scope: Scope,
    /// Key of the metric.
    pub metric: String,
    /// The groups, in the order to show.
    pub groups: Vec<Group>,
}

/// A group of a breakdown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Problems.
    pub problems: u64,
    /// Candidates.
    pub candidates: u64,
    /// By key of the scorer.
    pub figures: BTreeMap<String, Figure>,
}

/// Best-of-k of one scorer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Key of the scorer.
    pub scorer: String,
    /// Which candidates.
    pub scope: Scope,
    /// By rising k.
    pub points: Vec<CurvePoint>,
}

/// Best-of-k for one k.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CurvePoint {
    /// Candidates in a draw; at least one.
    pub k: u32,
    /// Share of problems whose best-ranked one is right.
    pub figure: Figure,
}

/// Whether a scorer's chances hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reliability {
    /// Key of the scorer.
    pub scorer: String,
    /// Which candidates.
    pub scope: Scope,
    /// How chances are made of scores: `Platt scaling fitted on validation`.
    pub method: String,
    /// Expected calibration error.
    pub ece: Figure,
    /// Brier score.
    pub brier: Figure,
    /// From 0 to 1.
    pub bins: Vec<Bin>,
}

/// Candidates of similar chance.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Bin {
    /// Lower bound.
    pub from: f64,
    /// Upper bound.
    pub to: f64,
    /// Candidates.
    pub count: u64,
    /// Their mean chance.
    pub mean: f64,
    /// Share of right ones.
    pub passed: f64,
}

/// Scores of right and wrong candidates, counted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Histogram {
    /// Key of the scorer.
    pub scorer: String,
    /// Which candidates.
    pub scope: Scope,
    /// Bounds of the bins, rising; one more than there are bins.
    pub edges: Vec<f64>,
    /// Right candidates in each bin.
    pub right: Vec<u64>,
    /// Wrong ones.
    pub wrong: Vec<u64>,
}

/// A wrong candidate that is preferred to a right one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Mistake {
    /// The problem.
    pub task_id: String,
    /// Its library or project.
    pub library: String,
    /// What changed in the API.
    pub change_kind: String,
    /// What is asked; empty where it is not to be shown.
    pub prompt: String,
    /// The best-ranked right one.
    pub right: Shown,
    /// The wrong one that is ranked above it.
    pub preferred: Shown,
}

/// A candidate, for readers.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// Where it comes from, and what was done to it: `mutant, wrong_keyword`.
    pub source: String,
    /// Its score; `None` where it has none.
    pub score: Option<f64>,
    /// The program, or what of it matters.
    pub program: String,
}
