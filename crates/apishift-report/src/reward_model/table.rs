//! Tables of figures, ready for the template.

use serde::Serialize;

use super::{Breakdown, Comparison, Figure, Part, Report, Scorer, Table, column::Column};

/// A table of the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Sheet {
    pub(super) title: String,
    /// What stands below the title.
    pub(super) note: String,
    /// The first is that of the rows' names.
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Line>,
}

/// A row of the page.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    pub(super) name: String,
    pub(super) about: String,
    /// Whether it is set off: the scorer that is handed over.
    pub(super) is_headline: bool,
    pub(super) cells: Vec<Cell>,
}

/// A cell of the page.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub(super) struct Cell {
    pub(super) text: String,
    /// The interval, in words.
    pub(super) range: String,
    /// What the column is sorted by; empty: nothing.
    pub(super) sort: String,
    pub(super) is_best: bool,
}

impl Cell {
    pub(super) fn count(number: u64) -> Self {
        Self { text: grouped(number), sort: number.to_string(), ..Self::default() }
    }

    pub(super) fn word(text: &str) -> Self {
        Self { text: text.to_owned(), sort: text.to_owned(), ..Self::default() }
    }

    pub(super) fn figure(figure: Option<&Figure>) -> Self {
        let Some(figure) = figure.filter(|figure| figure.value.is_finite()) else {
            return Self { text: "\u{2013}".to_owned(), ..Self::default() };
        };
        Self {
            text: short(figure.value),
            range: range(figure),
            sort: format!("{:.6}", figure.value),
            is_best: false,
        }
    }

    fn difference(figure: &Figure) -> Self {
        let mut cell = Self::figure(Some(figure));
        if figure.value > 0.0 {
            cell.text.insert(0, '+');
        }
        cell
    }
}

/// Three digits after the point, with a true minus.
pub(super) fn short(value: f64) -> String {
    let text = format!("{value:.3}");
    match text.strip_prefix('-') {
        Some("0.000") => "0.000".to_owned(),
        Some(rest) => format!("\u{2212}{rest}"),
        None => text,
    }
}

/// The interval, in words.
pub(super) fn range(figure: &Figure) -> String {
    match (figure.low, figure.high) {
        (Some(low), Some(high)) => format!("{} to {}", short(low), short(high)),
        _ => String::new(),
    }
}

/// With a thin space between thousands.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push('\u{202f}');
        }
        text.push(digit);
    }
    text
}

/// Scorers by their keys.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scorers<'a>(pub(super) &'a [Scorer]);

impl<'a> Scorers<'a> {
    pub(super) fn get(self, key: &str) -> Option<&'a Scorer> {
        self.0.iter().find(|scorer| scorer.key == key)
    }

    /// What readers call it; one that is not described is called by its key.
    pub(super) fn title(self, key: &str) -> String {
        self.get(key).map_or_else(|| key.to_owned(), |scorer| scorer.title.clone())
    }
}

/// The data, by part.
pub(super) fn parts(parts: &[Part]) -> Sheet {
    let columns = ["split", "problems of", "candidates from", "problems", "candidates", "real", "right"]
        .map(Column::plain);
    let line = |part: &Part| Line {
        name: part.split.clone(),
        about: String::new(),
        is_headline: false,
        cells: vec![
            Cell::word(&part.kind),
            Cell::word(&part.source),
            Cell::count(part.problems),
            Cell::count(part.candidates),
            Cell::count(part.real),
            Cell::count(part.passed),
        ],
    };
    Sheet {
        title: "Data by part".to_owned(),
        note: String::new(),
        columns: columns.to_vec(),
        rows: parts.iter().map(line).collect(),
    }
}

/// Scorers by metrics.
pub(super) fn scores(report: &Report, table: &Table) -> Sheet {
    let scorers = Scorers(&report.scorers);
    let mut columns = vec![Column::plain("scorer")];
    columns.extend(report.metrics.iter().map(|key| Column::of_metric(key)));
    let has_unscored = table.rows.iter().any(|row| row.unscored > 0);
    if has_unscored {
        columns.push(Column::plain("without score"));
    }
    let rows = table.rows.iter().map(|row| {
        let mut cells: Vec<Cell> =
            report.metrics.iter().map(|key| Cell::figure(row.figures.get(key))).collect();
        if has_unscored {
            cells.push(Cell::count(row.unscored));
        }
        Line {
            name: scorers.title(&row.scorer),
            about: scorers.get(&row.scorer).map_or_else(String::new, |scorer| scorer.about.clone()),
            is_headline: row.scorer == report.headline,
            cells,
        }
    });
    let mut sheet = Sheet {
        title: format!("On {}", table.scope),
        note: format!(
            "{} candidates of {} problems, {} of them right; {} problems have right and wrong ones.",
            grouped(table.candidates),
            grouped(table.problems),
            grouped(table.passed),
            grouped(table.mixed)
        ),
        columns,
        rows: rows.collect(),
    };
    let in_race: Vec<bool> =
        table.rows.iter().map(|row| scorers.get(&row.scorer).is_none_or(can_win)).collect();
    for (at, column) in sheet.columns.iter().skip(1).enumerate() {
        let cells = sheet.rows.iter_mut().zip(&in_race);
        let cells = cells.filter_map(|(row, &can_win)| Some((row.cells.get_mut(at)?, can_win)));
        mark_best(cells, column.is_lower_better);
    }
    sheet
}

/// A ceiling is better than all by its nature.
pub(super) fn can_win(scorer: &Scorer) -> bool {
    scorer.kind != super::ScorerKind::Ceiling
}

/// Marks the best of these cells, among those that can win; equal ones too.
fn mark_best<'a>(cells: impl Iterator<Item = (&'a mut Cell, bool)>, is_lower_better: Option<bool>) {
    let Some(is_lower_better) = is_lower_better else { return };
    let mut ranked: Vec<(&mut Cell, f64)> = cells
        .filter(|(_, can_win)| *can_win)
        .filter_map(|(cell, _)| {
            let value: f64 = cell.sort.parse().ok()?;
            Some((cell, if is_lower_better { -value } else { value }))
        })
        .collect();
    let best = ranked.iter().map(|(_, rank)| *rank).fold(f64::NEG_INFINITY, f64::max);
    for (cell, rank) in &mut ranked {
        cell.is_best = *rank >= best;
    }
}

/// Paired differences.
pub(super) fn comparisons(report: &Report) -> Sheet {
    let scorers = Scorers(&report.scorers);
    let columns = ["scorer", "less", "metric", "on", "difference", "reading"].map(Column::plain);
    let line = |comparison: &Comparison| {
        let column = Column::of_metric(&comparison.metric);
        let is_lower_better = column.is_lower_better == Some(true);
        Line {
            name: scorers.title(&comparison.scorer),
            about: String::new(),
            is_headline: comparison.scorer == report.headline,
            cells: vec![
                Cell::word(&scorers.title(&comparison.against)),
                Cell::word(&column.title),
                Cell::word(&comparison.scope.to_string()),
                Cell::difference(&comparison.difference),
                Cell::word(reading(&comparison.difference, is_lower_better)),
            ],
        }
    };
    Sheet {
        title: "Differences".to_owned(),
        note: "Both scorers on the same draws of problems. What an interval with 0 in it leaves open is called so.".to_owned(),
        columns: columns.to_vec(),
        rows: report.comparisons.iter().map(line).collect(),
    }
}

/// What the interval of a difference allows to say.
fn reading(difference: &Figure, is_lower_better: bool) -> &'static str {
    let (Some(low), Some(high)) = (difference.low, difference.high) else { return "no interval" };
    if low > 0.0 && !is_lower_better || high < 0.0 && is_lower_better {
        "better"
    } else if high < 0.0 || low > 0.0 {
        "worse"
    } else {
        "open"
    }
}

/// One metric by groups.
pub(super) fn breakdown(report: &Report, breakdown: &Breakdown) -> Sheet {
    let shown: Vec<&Scorer> = report
        .scorers
        .iter()
        .filter(|scorer| breakdown.groups.iter().any(|group| group.figures.contains_key(&scorer.key)))
        .collect();
    let metric = Column::of_metric(&breakdown.metric);
    let mut columns = vec![Column::plain("group")];
    columns.extend(
        shown.iter().map(|scorer| Column { about: scorer.about.clone(), ..Column::plain(&scorer.title) }),
    );
    columns.extend(["problems", "candidates"].map(Column::plain));
    let rows = breakdown.groups.iter().map(|group| {
        let mut cells: Vec<Cell> =
            shown.iter().map(|scorer| Cell::figure(group.figures.get(&scorer.key))).collect();
        let in_race = shown.iter().map(|scorer| can_win(scorer));
        mark_best(cells.iter_mut().zip(in_race), metric.is_lower_better);
        cells.extend([group.problems, group.candidates].map(Cell::count));
        Line { name: group.name.clone(), about: String::new(), is_headline: false, cells }
    });
    Sheet {
        title: format!("By {}", breakdown.by),
        note: format!("{} on {}: {}.", metric.title, breakdown.scope, metric.about),
        columns,
        rows: rows.collect(),
    }
}

/// What a plot shows, in numbers: rows of a name and one number for each column.
pub(super) fn numbers(first: &str, columns: &[String], rows: &[(String, Vec<Option<f64>>)]) -> Sheet {
    let mut heads = vec![Column::plain(first)];
    heads.extend(columns.iter().map(|title| Column::plain(title)));
    let line = |(name, values): &(String, Vec<Option<f64>>)| Line {
        name: name.clone(),
        about: String::new(),
        is_headline: false,
        cells: values
            .iter()
            .map(|value| Cell::figure(value.map(|value| Figure { value, ..Figure::default() }).as_ref()))
            .collect(),
    };
    Sheet { title: String::new(), note: String::new(), columns: heads, rows: rows.iter().map(line).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(values: &[f64]) -> Vec<Cell> {
        values.iter().map(|&value| Cell::figure(Some(&Figure { value, ..Figure::default() }))).collect()
    }

    #[test]
    fn numbers_are_written_for_readers() {
        assert_eq!([short(-0.25), short(-0.0001), short(1.0)], ["\u{2212}0.250", "0.000", "1.000"]);
        assert_eq!([grouped(1_234_567), grouped(999), grouped(0)], ["1\u{202f}234\u{202f}567", "999", "0"]);
        assert_eq!(cells(&[f64::NAN])[0].sort, "");
    }

    #[test]
    fn the_best_can_be_the_least_and_the_ceiling_is_out_of_the_race() {
        let best = |is_lower_better| {
            let mut cells = cells(&[0.2, 0.9, 0.9, f64::NAN, 1.0, 0.0]);
            let can_win = [true, true, true, true, false, false];
            mark_best(cells.iter_mut().zip(can_win), is_lower_better);
            cells.iter().map(|cell| cell.is_best).collect::<Vec<_>>()
        };
        assert_eq!(best(Some(false)), [false, true, true, false, false, false]);
        assert_eq!(best(Some(true)), [true, false, false, false, false, false]);
        assert_eq!(best(None), [false; 6]);
    }

    #[test]
    fn a_difference_is_read_by_its_interval() {
        let read = |low, high, is_lower_better| {
            reading(&Figure { low: Some(low), high: Some(high), ..Figure::default() }, is_lower_better)
        };
        assert_eq!([read(0.1, 0.2, false), read(0.1, 0.2, true)], ["better", "worse"]);
        assert_eq!([read(-0.2, -0.1, false), read(-0.2, -0.1, true)], ["worse", "better"]);
        assert_eq!([read(-0.1, 0.1, false), read(0.0, 0.1, false)], ["open", "open"]);
        assert_eq!(reading(&Figure::default(), false), "no interval");
    }
}
