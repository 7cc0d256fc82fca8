//! The plots of the page, each with its legend and its numbers.

use std::ops::Range;

use serde::Serialize;

use super::{
    Curve, Histogram, PageError, Reliability, Report, Scope, ScorerKind, Training,
    plot::{self, Axis, Bars, Series},
    table::{self, Scorers, Sheet, grouped, range, short},
};

/// Lines of the loss's plot have few colours to mean anything: the first one.
const FIRST: usize = 0;

/// Steps in numbers at most; of more, every second one, or every third.
const MOST_STEPS: usize = 100;

/// Colours of right and wrong candidates.
const RIGHT: usize = 2;
const WRONG: usize = 4;

/// The colour of the line that is there to compare with.
const GREY: usize = plot::COLOURS - 1;

/// A plot of the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) note: String,
    pub(super) svg: String,
    pub(super) legend: Vec<Entry>,
    /// The same in numbers.
    pub(super) numbers: Sheet,
}

/// A line of a legend.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Entry {
    pub(super) title: String,
    pub(super) colour: usize,
    pub(super) is_dashed: bool,
    pub(super) is_area: bool,
}

/// Loss and validation accuracy against steps; what was never taken has no plot.
pub(super) fn training(training: &Training) -> Result<Vec<Plot>, PageError> {
    let of = |value: &dyn Fn(&super::Step) -> Option<f64>| -> Vec<(f64, f64)> {
        training
            .steps
            .iter()
            .filter_map(|step| Some((step.step as f64, value(step).filter(|value| value.is_finite())?)))
            .collect()
    };
    let kept = training
        .kept
        .map_or_else(String::new, |step| format!("The weights of step {} were kept.", grouped(step)));
    let mut plots = Vec::new();
    for (title, label, points) in [
        ("Training loss", "loss (nats)", of(&|step| step.loss)),
        ("Validation", "pairwise accuracy", of(&|step| step.validation)),
    ] {
        let Some(x) = extent(points.iter().map(|point| point.0)) else { continue };
        let Some(y) = extent(points.iter().map(|point| point.1)) else { continue };
        let numbers: Vec<(String, Vec<Option<f64>>)> = points
            .iter()
            .step_by(points.len().div_ceil(MOST_STEPS))
            .map(|&(step, value)| (format!("{step:.0}"), vec![Some(value)]))
            .collect();
        let series = Series { colour: FIRST, has_points: points.len() < 30, points, ..Series::default() };
        let x = Axis { label: "step", range: x, ticks: 5, format: &|step| format!("{step:.0}") };
        let y = Axis { label, range: padded(&y), ticks: 6, format: &|value| format!("{value:.2}") };
        plots.push(Plot {
            title: title.to_owned(),
            note: kept.clone(),
            svg: plot::lines(&x, &y, &[series])?,
            legend: Vec::new(),
            numbers: table::numbers("step", &[label.to_owned()], &numbers),
        });
    }
    Ok(plots)
}

/// Best-of-k of all scorers, a plot for each scope.
pub(super) fn best_of(report: &Report) -> Result<Vec<Plot>, PageError> {
    let mut plots = Vec::new();
    for scope in [Scope::Real, Scope::All] {
        let curves: Vec<&Curve> =
            report.best_of.iter().filter(|curve| curve.scope == scope && !curve.points.is_empty()).collect();
        if !curves.is_empty() {
            plots.push(best_of_on(report, scope, &curves)?);
        }
    }
    Ok(plots)
}

fn best_of_on(report: &Report, scope: Scope, curves: &[&Curve]) -> Result<Plot, PageError> {
    let scorers = Scorers(&report.scorers);
    let kind = |key: &str| scorers.get(key).map(|scorer| scorer.kind);
    let series: Vec<Series> = curves.iter().map(|curve| best_of_series(report, curve)).collect();
    let legend = curves.iter().zip(&series).map(|(curve, series)| Entry {
        title: scorers.title(&curve.scorer),
        colour: series.colour,
        is_dashed: series.is_dashed,
        is_area: false,
    });
    let mut ks: Vec<u32> = curves.iter().flat_map(|curve| curve.points.iter().map(|point| point.k)).collect();
    ks.sort_unstable();
    ks.dedup();
    let at =
        |curve: &Curve, k| curve.points.iter().find(|point| point.k == k).map(|point| point.figure.value);
    let numbers: Vec<(String, Vec<Option<f64>>)> =
        ks.iter().map(|&k| (k.to_string(), curves.iter().map(|curve| at(curve, k)).collect())).collect();
    let all = || series.iter().flat_map(|one| &one.points);
    let whole_power = |log: f64| {
        if (log - log.round()).abs() < 1e-6 { format!("{:.0}", log.exp2()) } else { String::new() }
    };
    let x = extent(all().map(|point| point.0)).unwrap_or(0.0..1.0);
    let y = extent(all().map(|point| point.1)).unwrap_or(0.0..1.0);
    let x = Axis { label: "k (logarithmic)", range: x, ticks: 9, format: &whole_power };
    let y =
        Axis { label: "share right", range: padded(&y), ticks: 6, format: &|value| format!("{value:.2}") };
    let has_band = curves.iter().any(|curve| curve.scorer == report.headline);
    let dashes = curves.iter().any(|curve| kind(&curve.scorer) != Some(ScorerKind::Trained));
    let mut note = String::from(
        "Share of problems in which the best-ranked of k candidates, drawn at random, is right.",
    );
    note.push_str(if has_band {
        " The band is the 95 % interval of the scorer that is handed over."
    } else {
        ""
    });
    note.push_str(if dashes { " Dashed: to compare with." } else { "" });
    let titles: Vec<String> = curves.iter().map(|curve| scorers.title(&curve.scorer)).collect();
    Ok(Plot {
        title: format!("Best-of-k on {scope}"),
        note,
        svg: plot::lines(&x, &y, &series)?,
        legend: legend.collect(),
        numbers: table::numbers("k", &titles, &numbers),
    })
}

fn best_of_series(report: &Report, curve: &Curve) -> Series {
    // A scorer has one colour on the whole page: that of its place.
    let place = report.scorers.iter().position(|scorer| scorer.key == curve.scorer).unwrap_or(GREY);
    let is_ours = report.scorers.get(place).is_some_and(|scorer| scorer.kind == ScorerKind::Trained);
    let log = |k: u32| f64::from(k.max(1)).log2();
    let points = curve.points.iter().filter(|point| point.figure.value.is_finite());
    let band = if curve.scorer == report.headline {
        points
            .clone()
            .filter_map(|point| Some((log(point.k), point.figure.low?, point.figure.high?)))
            .collect()
    } else {
        Vec::new()
    };
    Series {
        colour: place,
        is_dashed: !is_ours,
        has_points: is_ours,
        points: points.map(|point| (log(point.k), point.figure.value)).collect(),
        band,
    }
}

/// Share of right candidates against chance.
pub(super) fn reliability(report: &Report) -> Result<Vec<Plot>, PageError> {
    let plots = report.reliability.iter().filter(|one| one.bins.iter().any(|bin| bin.count > 0));
    plots.map(|one| reliability_of(report, one)).collect()
}

fn reliability_of(report: &Report, reliability: &Reliability) -> Result<Plot, PageError> {
    let used: Vec<_> = reliability.bins.iter().filter(|bin| bin.count > 0).collect();
    let diagonal =
        Series { colour: GREY, is_dashed: true, points: vec![(0.0, 0.0), (1.0, 1.0)], ..Series::default() };
    let found = Series {
        colour: FIRST,
        has_points: true,
        points: used.iter().map(|bin| (bin.mean, bin.passed)).collect(),
        ..Series::default()
    };
    let tick = |value: f64| format!("{value:.1}");
    let x = Axis { label: "chance", range: 0.0..1.0, ticks: 6, format: &tick };
    let y = Axis { label: "share right", range: 0.0..1.0, ticks: 6, format: &tick };
    let figure = |figure: &super::Figure| match range(figure) {
        range if range.is_empty() => short(figure.value),
        range => format!("{} ({range})", short(figure.value)),
    };
    let numbers: Vec<(String, Vec<Option<f64>>)> = used
        .iter()
        .map(|bin| {
            let name = format!("{:.2} to {:.2}: {} candidates", bin.from, bin.to, grouped(bin.count));
            (name, vec![Some(bin.mean), Some(bin.passed)])
        })
        .collect();
    let entry =
        |title: &str, colour, is_dashed| Entry { title: title.to_owned(), colour, is_dashed, is_area: false };
    Ok(Plot {
        title: format!(
            "Reliability of {} on {}",
            Scorers(&report.scorers).title(&reliability.scorer),
            reliability.scope
        ),
        note: format!(
            "{}. ECE {}, Brier {}.",
            reliability.method,
            figure(&reliability.ece),
            figure(&reliability.brier)
        ),
        svg: plot::lines(&x, &y, &[diagonal, found])?,
        legend: vec![entry("found", FIRST, false), entry("chances that hold", GREY, true)],
        numbers: table::numbers("bin", &["mean chance".to_owned(), "share right".to_owned()], &numbers),
    })
}

/// How scores of right and wrong candidates lie.
pub(super) fn histograms(report: &Report) -> Result<Vec<Plot>, PageError> {
    let fits = |one: &&Histogram| {
        let bins = one.right.len();
        bins > 0
            && one.wrong.len() == bins
            && one.edges.len() == bins + 1
            && one.edges.iter().all(|edge| edge.is_finite())
    };
    report.histograms.iter().filter(fits).map(|one| histogram(report, one)).collect()
}

fn histogram(report: &Report, histogram: &Histogram) -> Result<Plot, PageError> {
    let shares = |counts: &[u64]| -> Vec<f64> {
        let all = counts.iter().sum::<u64>().max(1) as f64;
        counts.iter().map(|&count| count as f64 / all).collect()
    };
    let (right, wrong) = (shares(&histogram.right), shares(&histogram.wrong));
    let bars = |colour, shares: &[f64]| Bars {
        colour,
        bars: histogram
            .edges
            .windows(2)
            .zip(shares)
            .map(|(edges, &share)| (edges[0], edges[1], share))
            .collect(),
    };
    let highest = right.iter().chain(&wrong).copied().fold(0.0, f64::max);
    let x = extent(histogram.edges.iter().copied()).unwrap_or(0.0..1.0);
    let x = Axis { label: "score", range: x, ticks: 7, format: &|score| format!("{score:.1}") };
    let y = Axis {
        label: "share of its kind",
        range: 0.0..(highest * 1.05).max(0.01),
        ticks: 6,
        format: &|share| format!("{share:.2}"),
    };
    let numbers: Vec<(String, Vec<Option<f64>>)> = histogram
        .edges
        .windows(2)
        .zip(right.iter().zip(&wrong))
        .map(|(edges, (&right, &wrong))| {
            (format!("{} to {}", short(edges[0]), short(edges[1])), vec![Some(right), Some(wrong)])
        })
        .collect();
    let count = |counts: &[u64]| grouped(counts.iter().sum());
    let entry = |title: String, colour| Entry { title, colour, is_dashed: false, is_area: true };
    Ok(Plot {
        title: format!(
            "Scores of {} on {}",
            Scorers(&report.scorers).title(&histogram.scorer),
            histogram.scope
        ),
        note: "Over all problems; a model is asked to part the two within a problem.".to_owned(),
        svg: plot::bars(&x, &y, &[bars(WRONG, &wrong), bars(RIGHT, &right)])?,
        legend: vec![
            entry(format!("right ({})", count(&histogram.right)), RIGHT),
            entry(format!("wrong ({})", count(&histogram.wrong)), WRONG),
        ],
        numbers: table::numbers(
            "score",
            &["share of right".to_owned(), "share of wrong".to_owned()],
            &numbers,
        ),
    })
}

/// From the least to the greatest, never of no width; `None` of nothing.
fn extent(values: impl Iterator<Item = f64> + Clone) -> Option<Range<f64>> {
    let (low, high) = (values.clone().reduce(f64::min)?, values.reduce(f64::max)?);
    Some(if high > low { low..high } else { low - 0.5..high + 0.5 })
}

/// A little more on both sides.
fn padded(range: &Range<f64>) -> Range<f64> {
    let more = (range.end - range.start) * 0.06;
    range.start - more..range.end + more
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_a_width() {
        assert_eq!(extent([2.0, 2.0].into_iter()), Some(1.5..2.5));
        assert_eq!(extent([3.0, -1.0].into_iter()), Some(-1.0..3.0));
        assert_eq!(extent(std::iter::empty()), None);
    }

    #[test]
    fn a_histogram_that_does_not_fit_has_no_plot() {
        let broken = Histogram {
            scorer: "x".to_owned(),
            scope: Scope::All,
            edges: vec![0.0, 1.0],
            right: vec![1, 2],
            wrong: vec![0],
        };
        let report = Report { histograms: vec![broken], ..Report::default() };
        assert!(histograms(&report).unwrap().is_empty());
    }
}
