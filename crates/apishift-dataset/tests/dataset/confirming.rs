//! What execution does to rows: columns, quality, and which rows the dataset has.

use apishift_dataset::{AssembleOptions, Funnel, choose, confirm};
use apishift_types::{ApiUpdate, Execution, Origin, Outcome, Verified};

use crate::support::update;

fn row(id: &str, quality: f64, origin: Origin) -> ApiUpdate {
    ApiUpdate { id: id.to_owned(), quality, origin, ..update(id) }
}

#[test]
fn what_was_seen_counts() {
    let cases = [
        (Outcome::Warns, Origin::Own, 0.85, 0.95),
        (Outcome::Breaks, Origin::Own, 0.95, 1.0),
        (Outcome::NoDifference, Origin::Dependent, 0.85, 0.75),
        (Outcome::NewFails, Origin::Own, 1.0, 0.85),
        (Outcome::OldFails, Origin::Own, 0.9, 0.9),
        (Outcome::NotSampled, Origin::Own, 0.9, 0.9),
        (Outcome::Warns, Origin::Synthesized, 0.7, 0.75),
        (Outcome::NoTarget, Origin::Synthesized, 0.7, 0.7),
    ];
    let name = |at: usize| format!("row-{at}");
    let mut rows: Vec<ApiUpdate> =
        cases.iter().enumerate().map(|(at, case)| row(&name(at), case.2, case.1)).collect();
    let executions =
        cases.iter().enumerate().map(|(at, case)| Execution::not_run(&name(at), case.0)).rev().collect();
    confirm(&mut rows, executions);
    for (row, (outcome, _, _, wanted)) in rows.iter().zip(cases) {
        assert!((row.quality - wanted).abs() < 1e-9, "{outcome:?}: {}", row.quality);
        assert_eq!(row.verified, outcome.verified());
        assert_eq!(row.verification.outcome, Some(outcome));
    }
    let funnel = Funnel::of(&rows);
    assert_eq!(funnel.tried(), 6);
    assert_eq!(funnel.count(Outcome::Warns, None), 2);
    assert_eq!(funnel.count(Outcome::Warns, Some(Origin::Synthesized)), 1);
}

#[test]
fn a_rewritten_use_that_computes_something_else_is_worth_less() {
    let mut rows = vec![row("a", 0.7, Origin::Synthesized), row("b", 0.85, Origin::Own)];
    let executions = ["a", "b"].map(|id| {
        let mut execution = Execution::not_run(id, Outcome::Warns);
        execution.verification.same_values = Some(false);
        execution
    });
    confirm(&mut rows, executions.into());
    assert!((rows[0].quality - 0.6).abs() < 1e-9);
    assert!((rows[1].quality - 0.95).abs() < 1e-9, "people may have meant it");
}

#[test]
fn rows_that_were_not_run_stay_as_they_are() {
    let mut rows = vec![row("a", 0.9, Origin::Own)];
    let before = rows.clone();
    confirm(&mut rows, vec![Execution::not_run("b", Outcome::Warns)]);
    assert_eq!(rows, before);
    assert_eq!(rows[0].verified, Verified::NotRun);
    assert_eq!(Funnel::of(&rows), Funnel::default());
}

#[test]
fn the_dataset_has_what_is_good_enough_and_a_share_of_what_is_synthesized() {
    let mut rows: Vec<ApiUpdate> = (0..6).map(|n| row(&format!("own-{n}"), 0.9, Origin::Own)).collect();
    rows.extend((0..6).map(|n| row(&format!("made-{n}"), 0.9, Origin::Synthesized)));
    rows.push(row("low", 0.79, Origin::Own));
    let options = AssembleOptions::default();
    let (kept, skipped) = choose(&rows, &options);
    let synthesized = kept.iter().filter(|row| row.origin == Origin::Synthesized).count();
    assert_eq!((kept.len(), synthesized), (9, 3), "a third of nine");
    let counts: Vec<(&str, u64)> = skipped.iter().collect();
    assert_eq!(counts, [("low-quality", 1), ("synthesized-share", 3)]);
    let none = AssembleOptions { synthesized_share: 0.0, ..options };
    assert_eq!(choose(&rows, &none).0.len(), 6);
}
