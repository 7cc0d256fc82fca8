//! The page of a reward model, on figures that are made up.

use std::{collections::BTreeMap, fs, path::Path};

use apishift_report::reward_model::{
    Bin, Breakdown, By, Comparison, Curve, CurvePoint, Figure, Group, Histogram, Mistake, Part, Reliability,
    Report, Row, Scope, Scorer, ScorerKind, Shown, Step, Table, Texts, Training, page,
};

/// Key, title, kind, and how good it is made out to be.
const SCORERS: [(&str, &str, ScorerKind, f64); 10] = [
    ("head", "trained head", ScorerKind::Trained, 0.93),
    ("combination", "head and log-likelihood", ScorerKind::Trained, 0.94),
    ("log_likelihood", "mean log-likelihood", ScorerKind::Baseline, 0.57),
    ("random", "random", ScorerKind::Baseline, 0.5),
    ("shorter", "shorter", ScorerKind::Baseline, 0.55),
    ("longer", "longer", ScorerKind::Baseline, 0.47),
    ("names", "rule over names", ScorerKind::Baseline, 0.7),
    ("majority", "majority vote", ScorerKind::Baseline, 0.62),
    ("tfidf", "TF-IDF", ScorerKind::Baseline, 0.66),
    ("perfect", "perfect order", ScorerKind::Ceiling, 1.0),
];

const METRICS: [&str; 9] = [
    "pairwise_accuracy",
    "top_1",
    "best_of_8",
    "auroc",
    "mrr",
    "ndcg_at_10",
    "ranking_score",
    "ece",
    "brier",
];

fn figure(value: f64) -> Figure {
    let half = 0.15 * (value * (1.0 - value)).max(0.0).sqrt();
    Figure { value, low: Some(value - half), high: Some(value + half), problems: 412 }
}

fn metric(key: &str, good: f64) -> f64 {
    match key {
        "ece" | "brier" => (1.0 - good) / 2.0,
        "auroc" => good - 0.03 * (1.0 - good),
        "pairwise_accuracy" => good,
        _ => good * good,
    }
}

fn scorers() -> Vec<Scorer> {
    let scorer = |&(key, title, kind, _): &(&str, &str, ScorerKind, f64)| Scorer {
        key: key.to_owned(),
        title: title.to_owned(),
        about: format!("What {title} does, in one sentence of this example."),
        kind,
    };
    SCORERS.iter().map(scorer).collect()
}

fn table(scope: Scope, less: f64) -> Table {
    let row = |&(key, _, _, good): &(&str, &str, ScorerKind, f64)| {
        let mut figures: BTreeMap<String, Figure> = METRICS
            .iter()
            .map(|&name| (name.to_owned(), figure(metric(name, good - less * (1.0 - good)))))
            .collect();
        if !matches!(key, "head" | "combination") {
            figures.remove("ece");
            figures.remove("brier");
        }
        Row { scorer: key.to_owned(), unscored: u64::from(key == "majority") * 3, figures }
    };
    Table {
        scope,
        problems: 440,
        mixed: 412,
        candidates: 3960,
        passed: 871,
        rows: SCORERS.iter().map(row).collect(),
    }
}

fn comparisons() -> Vec<Comparison> {
    let one = |against: &str, metric: &str, value: f64, half: f64| Comparison {
        scope: Scope::Real,
        metric: metric.to_owned(),
        scorer: "head".to_owned(),
        against: against.to_owned(),
        difference: Figure { value, low: Some(value - half), high: Some(value + half), problems: 412 },
    };
    vec![
        one("names", "pairwise_accuracy", 0.23, 0.04),
        one("combination", "pairwise_accuracy", -0.01, 0.02),
        one("combination", "brier", -0.02, 0.005),
        one("combination", "top_1", -0.04, 0.01),
    ]
}

fn breakdown(by: By, names: &[&str]) -> Breakdown {
    let group = |(at, name): (usize, &&str)| {
        let figures = SCORERS
            .iter()
            .filter(|scorer| ["head", "log_likelihood", "names"].contains(&scorer.0))
            .map(|scorer| (scorer.0.to_owned(), figure(scorer.3 - 0.01 * at as f64)))
            .collect();
        Group {
            name: (*name).to_owned(),
            problems: 120 / (at as u64 + 1),
            candidates: 1480 / (at as u64 + 1),
            figures,
        }
    };
    Breakdown {
        by,
        scope: Scope::Real,
        metric: "pairwise_accuracy".to_owned(),
        groups: names.iter().enumerate().map(group).collect(),
    }
}

fn curve(key: &str, good: f64) -> Curve {
    let point = |k: u32| {
        let share = 1.0 - (1.0 - 0.22) * (1.0 - (2.0 * good - 1.0) * f64::from(k - 1) / f64::from(k + 2));
        CurvePoint { k, figure: figure(share) }
    };
    Curve {
        scorer: key.to_owned(),
        scope: Scope::Real,
        points: [1, 2, 3, 4, 6, 8, 16, 32].map(point).to_vec(),
    }
}

fn reliability() -> Reliability {
    let bin = |at: u32| {
        let from = f64::from(at) / 10.0;
        let count = if at == 4 { 0 } else { 100 + u64::from(at * at) * 11 };
        Bin { from, to: from + 0.1, count, mean: from + 0.05, passed: (from + 0.05).powf(1.4) }
    };
    Reliability {
        scorer: "head".to_owned(),
        scope: Scope::Real,
        method: "Platt scaling, fitted on validation problems".to_owned(),
        ece: figure(0.041),
        brier: figure(0.083),
        bins: (0..10).map(bin).collect(),
    }
}

fn histogram() -> Histogram {
    let bell =
        |middle: f64| move |at: i32| (400.0 * (-(f64::from(at) / 2.0 - middle).powi(2) / 4.0).exp()).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "made-up counts below 400")]
    let counts = |middle: f64| (-10..10).map(bell(middle)).map(|count| count as u64).collect();
    Histogram {
        scorer: "head".to_owned(),
        scope: Scope::Real,
        edges: (-10..=10).map(|at| f64::from(at) / 2.0).collect(),
        right: counts(1.7),
        wrong: counts(-1.2),
    }
}

fn mistakes() -> Vec<Mistake> {
    let shown = |source: &str, score: f64, program: &str| Shown {
        source: source.to_owned(),
        score: Some(score),
        program: program.to_owned(),
    };
    vec![
        Mistake {
            task_id: "made-up/0001".to_owned(),
            library: "examplelib".to_owned(),
            change_kind: "parameter_renamed".to_owned(),
            prompt: "`resize(scale=)` is now `resize(factor=)`.\nUpdate the code.".to_owned(),
            right: shown(
                "gold",
                -0.412,
                "import examplelib\nimage = examplelib.resize(photo, factor=2)\nimage.show()\n",
            ),
            preferred: shown(
                "mutant, wrong_keyword",
                2.931,
                "import examplelib\nimage = examplelib.resize(photo, ratio=2)\nimage.show()\n",
            ),
        },
        Mistake {
            task_id: "made-up/0002".to_owned(),
            right: shown("gold", 0.1, "x = '</pre><script>alert(1)</script>'\n"),
            preferred: Shown { score: None, ..shown("stale", 0.0, "x = old()\n") },
            ..Mistake::default()
        },
    ]
}

fn parts() -> Vec<Part> {
    let part = |split: &str, kind: &str, source: &str, problems: u64| Part {
        split: split.to_owned(),
        kind: kind.to_owned(),
        source: source.to_owned(),
        problems,
        candidates: problems * 9,
        real: problems * 8,
        passed: if source == "mutant" { 0 } else { problems },
    };
    vec![
        part("train", "api change", "gold", 2210),
        part("train", "api change", "mutant", 2210),
        part("train", "doctest", "mutant", 5120),
        part("test", "api change", "gold", 440),
        part("test", "api change", "mutant", 440),
    ]
}

/// A report with something in each part.
fn example() -> Report {
    let step = |at: u32| Step {
        step: u64::from(at) * 20,
        loss: Some(0.1 + 0.59 * (-f64::from(at) / 12.0).exp()),
        validation: at.is_multiple_of(5).then(|| 0.92 - 0.4 * (-f64::from(at) / 9.0).exp()),
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let kinds =
        ["wrong_keyword", "half_migrated", "invented_name", "stale", "swapped_arguments", "dropped_import"];
    let libraries: Vec<String> = (1..=30).map(|at| format!("library-{at:02}")).collect();
    let libraries: Vec<&str> = libraries.iter().map(String::as_str).collect();
    Report {
        name: "EXAMPLE: made-up numbers, no model".to_owned(),
        about: vec![
            pair("base model", "none"),
            pair("method", "figures from formulas in a test"),
            pair("seed", "0"),
        ],
        data: "Nothing was trained and nothing was scored: every number on this page is made up.".to_owned(),
        parts: parts(),
        texts: Texts {
            scored: 3951,
            truncated: 12,
            limit: 2048,
            skipped: BTreeMap::from([("no label".to_owned(), 5), ("empty".to_owned(), 4)]),
        },
        training: Training { steps: (0..=60).map(step).collect(), kept: Some(1000) },
        scorers: scorers(),
        headline: "head".to_owned(),
        metrics: METRICS.map(str::to_owned).to_vec(),
        tables: vec![table(Scope::Real, 0.0), table(Scope::All, -0.3)],
        comparisons: comparisons(),
        breakdowns: vec![
            breakdown(By::Operator, &kinds),
            breakdown(By::ChangeKind, &["renamed", "moved", "parameter_renamed", "removed"]),
            breakdown(By::Source, &["mutant", "stale"]),
            breakdown(By::Library, &libraries),
        ],
        best_of: SCORERS.iter().map(|scorer| curve(scorer.0, scorer.3)).collect(),
        reliability: vec![reliability()],
        histograms: vec![histogram()],
        mistakes: mistakes(),
        limits: vec!["These numbers are made up; they show what the page looks like.".to_owned()],
        ..Report::default()
    }
}

/// What readers read: no markup, no plots, a line for each block.
fn text_of(page: &str) -> String {
    let mut text = String::new();
    let mut rest = page;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        let (name, after) = tag.split_once('>').expect("tags end");
        let skipped = ["svg", "style", "script"].into_iter().find(|skipped| name.starts_with(skipped));
        let end = skipped.map(|name| format!("</{name}>"));
        rest = end.map_or(after, |end| after.split_once(&end).expect("it ends").1);
        let is_cell = ["/th", "/td", "/dt", "/a", "small"].iter().any(|cell| name.starts_with(cell));
        let is_block = ["/h", "/p", "/li", "/tr", "/dd", "/summary", "/span", "/figcaption"];
        text.push_str(if is_cell { " | " } else { "" });
        text.push_str(if is_block.iter().any(|block| name.starts_with(block)) { "\n" } else { "" });
    }
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn the_example_reads_so() {
    let page = page(&example()).unwrap();
    // For eyes: `target/tmp/reward-model.html`.
    let shown = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reward-model.html");
    fs::create_dir_all(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fs::write(&shown, &page).unwrap();
    insta::assert_snapshot!(text_of(&page));
}

#[test]
fn nothing_comes_from_elsewhere_and_nothing_of_a_program_is_markup() {
    let page = page(&example()).unwrap();
    for foreign in ["src=", "url(", "@import", "<link", "<script>alert"] {
        assert!(!page.contains(foreign), "{foreign}");
    }
    // The only addresses are the name space of SVG and places on the page.
    let addresses: Vec<&str> = page.match_indices("http").map(|(at, _)| &page[at..at + 26]).collect();
    assert!(addresses.iter().all(|address| *address == "http://www.w3.org/2000/svg"), "{addresses:?}");
    assert_eq!(page.matches("href=").count(), page.matches("href=\"#").count());
    assert_eq!(page, self::page(&example()).unwrap());
}

#[test]
fn links_lead_somewhere() {
    for report in [example(), Report::default()] {
        let page = page(&report).unwrap();
        for part in page.split("href=\"#").skip(1) {
            let (id, _) = part.split_once('"').unwrap();
            assert_eq!(page.matches(&format!("id=\"{id}\"")).count(), 1, "{id}");
        }
    }
}

#[test]
fn json_gives_the_report_back() {
    let report = example();
    // As a value: from text, numbers come back without their last bit.
    let json = serde_json::to_value(&report).unwrap();
    assert_eq!((&json["format"], &json["tables"][0]["scope"]), (&1.into(), &"real".into()));
    assert_eq!(json["tables"][0]["rows"][3]["figures"]["pairwise_accuracy"]["value"], 0.5);
    assert_eq!(serde_json::from_value::<Report>(json).unwrap(), report);
}

#[test]
fn a_report_with_holes_is_a_page_still() {
    let mut report = example();
    report.headline = "nobody".to_owned();
    report.scorers.clear();
    report.training.steps =
        vec![Step { step: 1, loss: Some(f64::NAN), validation: Some(0.5) }, Step::default()];
    for row in report.tables.iter_mut().flat_map(|table| &mut table.rows) {
        row.figures.insert("pairwise_accuracy".to_owned(), Figure { value: f64::NAN, ..Figure::default() });
        row.figures.remove("mrr");
    }
    report.best_of =
        vec![Curve { scorer: "x".to_owned(), scope: Scope::All, points: vec![CurvePoint::default()] }];
    report.reliability[0].bins.clear();
    report.histograms[0].right = vec![0; 20];
    let page = page(&report).unwrap();
    let text = text_of(&page);
    assert!(!text.contains("NaN") && text.contains("tfidf"), "{text}");
}
