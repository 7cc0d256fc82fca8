//! What holds for all scores and labels.

use apishift_metrics::{Bootstrap, Candidate, Metric, Ranking, pass_at};
use proptest::prelude::*;

/// Metrics of one problem.
const METRICS: [Metric; 8] = [
    Metric::PairwiseAccuracy,
    Metric::Top1,
    Metric::ReciprocalRank,
    Metric::RankingScore,
    Metric::NdcgAt(3),
    Metric::BestOf(2),
    Metric::PassAt(2),
    Metric::PassRate,
];

/// Few levels of score, so that there are ties, with duplicates and candidates that are not there.
fn candidates() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (-4_i8..4, any::<bool>(), 0_u32..4, prop::option::of(0_u32..5)).prop_map(
        |(score, passed, count, tests_passed)| Candidate {
            score: f64::from(score),
            passed,
            count,
            tests_passed,
        },
    );
    prop::collection::vec(one, 0..30)
}

/// Any bits of a float: NaN, infinities, zeros of both signs.
fn wild() -> impl Strategy<Value = Vec<Candidate>> {
    let one = (any::<u64>(), any::<bool>(), 0_u32..9, prop::option::of(any::<u32>())).prop_map(
        |(bits, passed, count, tests_passed)| Candidate {
            score: f64::from_bits(bits),
            passed,
            count,
            tests_passed,
        },
    );
    let special =
        prop_oneof![Just(f64::NAN), Just(f64::INFINITY), Just(-f64::INFINITY), Just(-0.0), Just(0.0)]
            .prop_map(|score| Candidate::new(score, score.is_nan()));
    prop::collection::vec(prop_oneof![one, special], 0..12)
}

fn with_scores(candidates: &[Candidate], score: impl Fn(&Candidate) -> f64) -> Ranking {
    let scored: Vec<Candidate> =
        candidates.iter().map(|candidate| Candidate { score: score(candidate), ..*candidate }).collect();
    Ranking::of(&scored)
}

fn near(one: Option<f64>, other: Option<f64>) -> bool {
    match (one, other) {
        (Some(one), Some(other)) => (one - other).abs() < 1e-9,
        (None, None) => true,
        _ => false,
    }
}

/// Best-of-k of labels in order, by the formula as it is printed.
fn best_of_by_formula(labels: &[bool], k: u32) -> f64 {
    let choose = |n: usize, k: usize| -> f64 {
        if k > n { 0.0 } else { (0..k).map(|at| (n - at) as f64 / (at + 1) as f64).product() }
    };
    let (n, k) = (labels.len(), k as usize);
    let sum: f64 = (0..=n - k).filter(|&at| labels[at]).map(|at| choose(n - 1 - at, k - 1)).sum();
    sum / choose(n, k)
}

proptest! {
    #[test]
    fn a_perfect_ranking_has_pass_at_k(candidates in candidates()) {
        let perfect = with_scores(&candidates, |candidate| f64::from(u8::from(candidate.passed)));
        for k in 0..=12 {
            prop_assert!(near(perfect.best_of(k), pass_at(perfect.count(), perfect.passed(), k)));
        }
    }

    #[test]
    fn the_worst_ranking_and_the_best_enclose_the_others(candidates in candidates()) {
        let given = Ranking::of(&candidates);
        let best = with_scores(&candidates, |candidate| f64::from(u8::from(candidate.passed)));
        let worst = with_scores(&candidates, |candidate| -f64::from(u8::from(candidate.passed)));
        for k in 1..=12 {
            if let Some(value) = given.best_of(k) {
                prop_assert!(value <= best.best_of(k).unwrap() + 1e-12 && value >= worst.best_of(k).unwrap() - 1e-12);
            }
        }
    }

    #[test]
    fn best_of_is_the_printed_sum(labels in prop::collection::vec(any::<bool>(), 1..20), k in 1_u32..20) {
        let candidates: Vec<Candidate> =
            labels.iter().enumerate().map(|(at, &passed)| Candidate::new(-(at as f64), passed)).collect();
        if k as usize <= labels.len() {
            prop_assert!(near(Ranking::of(&candidates).best_of(k), Some(best_of_by_formula(&labels, k))));
        }
    }

    #[test]
    fn best_of_one_is_the_pass_rate(candidates in candidates()) {
        let ranking = Ranking::of(&candidates);
        let all: u32 = candidates.iter().map(|candidate| candidate.count).sum();
        let passed: u32 = candidates.iter().filter(|candidate| candidate.passed).map(|candidate| candidate.count).sum();
        let rate = (all > 0).then(|| f64::from(passed) / f64::from(all));
        prop_assert!(near(ranking.best_of(1), rate) && near(ranking.pass_rate(), rate));
    }

    #[test]
    fn negated_scores_have_the_other_pairs(candidates in candidates()) {
        let there = Ranking::of(&candidates).pairwise_accuracy();
        let back = with_scores(&candidates, |candidate| -candidate.score).pairwise_accuracy();
        prop_assert!(near(back, there.map(|value| 1.0 - value)));
    }

    #[test]
    fn only_the_order_of_scores_matters(candidates in candidates()) {
        let given = Ranking::of(&candidates);
        let bent = with_scores(&candidates, |candidate| 100.0 + candidate.score.exp());
        for metric in METRICS {
            prop_assert!(near(metric.of(&given), metric.of(&bent)), "{metric}");
        }
    }

    #[test]
    fn the_order_of_candidates_does_not_matter(
        (candidates, turned) in candidates().prop_flat_map(|candidates| (Just(candidates.clone()), Just(candidates).prop_shuffle()))
    ) {
        for metric in METRICS {
            prop_assert!(near(metric.of(&Ranking::of(&candidates)), metric.of(&Ranking::of(&turned))), "{metric}");
        }
    }

    #[test]
    fn counts_are_copies(candidates in candidates()) {
        let copies: Vec<Candidate> = candidates
            .iter()
            .flat_map(|candidate| vec![Candidate { count: 1, ..*candidate }; candidate.count as usize])
            .collect();
        for metric in METRICS {
            prop_assert!(near(metric.of(&Ranking::of(&candidates)), metric.of(&Ranking::of(&copies))), "{metric}");
        }
    }

    /// Equal scores are worth the mean over their orders: of three equal ones, by looking at all six.
    #[test]
    fn ties_are_the_mean_over_orders(labels in prop::array::uniform3(any::<bool>()), rest in any::<bool>()) {
        let orders = [[2.0, 1.0, 0.0], [2.0, 0.0, 1.0], [1.0, 2.0, 0.0], [0.0, 2.0, 1.0], [1.0, 0.0, 2.0], [0.0, 1.0, 2.0]];
        let ranked = |scores: [f64; 3]| {
            let mut all: Vec<Candidate> =
                labels.iter().zip(scores).map(|(&passed, score)| Candidate::new(score, passed)).collect();
            all.extend([Candidate::new(9.0, rest), Candidate::new(-9.0, !rest)]);
            Ranking::of(&all)
        };
        let tied = ranked([0.5; 3]);
        for metric in METRICS {
            let mean = orders.iter().map(|&scores| metric.of(&ranked(scores)).unwrap()).sum::<f64>() / 6.0;
            prop_assert!(near(metric.of(&tied), Some(mean)), "{metric}");
        }
    }

    #[test]
    fn nothing_panics_and_shares_are_shares(problems in prop::collection::vec(wild(), 0..5), seed in any::<u64>()) {
        let rankings: Vec<Ranking> = problems.iter().map(|candidates| Ranking::of(candidates)).collect();
        let bootstrap = Bootstrap { resamples: 20, ..Bootstrap::over_problems(rankings.len(), seed) };
        for metric in METRICS.into_iter().chain([Metric::Auroc, Metric::BestOf(0), Metric::NdcgAt(0)]) {
            if let Some(estimate) = bootstrap.estimate(metric.statistic(&rankings).as_ref()) {
                prop_assert!((-1e-9..=1.0 + 1e-9).contains(&estimate.value), "{metric} {estimate:?}");
                if let Some(interval) = estimate.interval {
                    prop_assert!(interval.low <= interval.high, "{metric} {estimate:?}");
                }
            }
        }
    }

    /// With one problem there is nothing to compare across problems.
    #[test]
    fn pooled_over_one_problem_is_its_pairwise_accuracy(candidates in candidates()) {
        let ranking = Ranking::of(&candidates);
        let pooled = apishift_metrics::Pooled::of(std::slice::from_ref(&ranking)).auroc();
        prop_assert!(near(pooled, ranking.pairwise_accuracy()));
    }
}
