//! The page: one HTML file.

use minijinja::{Environment, context};
use serde::Serialize;

use super::{
    Mistake, PageError, Report, Scope, Table, figure,
    plot::COLOURS,
    table::{self, Cell, Scorers, Sheet, can_win, grouped},
};
use crate::{
    difference::{self, Line},
    reward_model::{ScorerKind, column::Column},
};

/// How many figures stand at the top.
const CARDS: usize = 4;

/// A table with more rows is folded.
const LONG: usize = 25;

/// A figure at the top of the page.
#[derive(Debug, Serialize)]
struct Card {
    title: String,
    about: String,
    cell: Cell,
    /// The best one to compare with, in words.
    baseline: String,
}

/// A mistake, as the template takes it.
#[derive(Debug, Serialize)]
struct Wrong<'a> {
    mistake: &'a Mistake,
    right: String,
    preferred: String,
    /// From the right program to the preferred one.
    lines: Vec<Line>,
}

/// The page of a report. The same report gives the same bytes.
pub fn page(report: &Report) -> Result<String, PageError> {
    let mut environment = Environment::new();
    environment.add_template("reward_model.html", include_str!("../../templates/reward_model.html"))?;
    let tables: Vec<Sheet> = report.tables.iter().map(|one| table::scores(report, one)).collect();
    let breakdowns: Vec<Sheet> = report.breakdowns.iter().map(|one| table::breakdown(report, one)).collect();
    let mut plots = figure::best_of(report)?;
    plots.extend(figure::reliability(report)?);
    plots.extend(figure::histograms(report)?);
    let texts: Vec<(&str, String)> =
        report.texts.skipped.iter().map(|(why, &n)| (why.as_str(), grouped(n))).collect();
    Ok(environment.get_template("reward_model.html")?.render(context! {
        report,
        handed => Scorers(&report.scorers).title(&report.headline),
        cards => cards(report),
        headline_scope => headline(report).map(|table| table.scope.to_string()),
        parts => table::parts(&report.parts),
        scored => grouped(report.texts.scored),
        truncated => grouped(report.texts.truncated),
        limit => grouped(report.texts.limit),
        skipped => texts,
        training => figure::training(&report.training)?,
        tables,
        comparisons => table::comparisons(report),
        breakdowns,
        plots,
        mistakes => mistakes(report),
        colours => COLOURS,
        long => LONG,
    })?)
}

/// The table that the figures at the top are from: on real candidates, else the first.
fn headline(report: &Report) -> Option<&Table> {
    report.tables.iter().find(|table| table.scope == Scope::Real).or_else(|| report.tables.first())
}

fn cards(report: &Report) -> Vec<Card> {
    let Some(table) = headline(report) else { return Vec::new() };
    let Some(row) = table.rows.iter().find(|row| row.scorer == report.headline) else { return Vec::new() };
    let metrics = report.metrics.iter().filter(|metric| row.figures.contains_key(*metric));
    metrics
        .take(CARDS)
        .map(|metric| {
            let Column { title, about, .. } = Column::of_metric(metric);
            let baseline = best_baseline(report, table, metric).unwrap_or_default();
            Card { title, about, cell: Cell::figure(row.figures.get(metric)), baseline }
        })
        .collect()
}

/// The baseline with the best figure, and that figure.
fn best_baseline(report: &Report, table: &Table, metric: &str) -> Option<String> {
    let scorers = Scorers(&report.scorers);
    let sign = if Column::of_metric(metric).is_lower_better == Some(true) { -1.0 } else { 1.0 };
    let baselines = table.rows.iter().filter_map(|row| {
        let scorer = scorers.get(&row.scorer)?;
        let figure = row.figures.get(metric).filter(|figure| figure.value.is_finite())?;
        (scorer.kind == ScorerKind::Baseline && can_win(scorer)).then_some((scorer, figure))
    });
    let (scorer, figure) =
        baselines.max_by(|one, other| (sign * one.1.value).total_cmp(&(sign * other.1.value)))?;
    Some(format!("{} {}", scorer.title, table::short(figure.value)))
}

fn mistakes(report: &Report) -> Vec<Wrong<'_>> {
    report.mistakes.iter().map(wrong).collect()
}

fn wrong(mistake: &Mistake) -> Wrong<'_> {
    let score = |score: Option<f64>| {
        score.filter(|score| score.is_finite()).map_or_else(|| "no score".to_owned(), table::short)
    };
    let Mistake { right, preferred, .. } = mistake;
    Wrong {
        mistake,
        right: score(right.score),
        preferred: score(preferred.score),
        lines: difference::lines(&right.program, &preferred.program),
    }
}
