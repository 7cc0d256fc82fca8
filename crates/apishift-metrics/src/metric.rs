//! The metrics by name.

use std::fmt;

use crate::{Means, Pooled, Ranking, Statistic};

/// What a ranking is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Metric {
    /// [`Ranking::pairwise_accuracy`], mean over mixed problems.
    PairwiseAccuracy,
    /// [`Pooled::auroc`].
    Auroc,
    /// [`Ranking::top_1`].
    Top1,
    /// [`Ranking::reciprocal_rank`].
    ReciprocalRank,
    /// [`Ranking::ranking_score`].
    RankingScore,
    /// [`Ranking::ndcg_at`].
    NdcgAt(u32),
    /// [`Ranking::best_of`].
    BestOf(u32),
    /// [`Ranking::pass_at`]: the ceiling of `BestOf`.
    PassAt(u32),
    /// [`Ranking::pass_rate`]: the worth of a random pick.
    PassRate,
}

impl Metric {
    /// The metric of one problem; `None` where that says nothing of it, and of AUROC, which is no mean over problems.
    pub fn of(self, ranking: &Ranking) -> Option<f64> {
        match self {
            Self::PairwiseAccuracy => ranking.pairwise_accuracy(),
            Self::Auroc => None,
            Self::Top1 => ranking.top_1(),
            Self::ReciprocalRank => ranking.reciprocal_rank(),
            Self::RankingScore => ranking.ranking_score(),
            Self::NdcgAt(k) => ranking.ndcg_at(k),
            Self::BestOf(k) => ranking.best_of(k),
            Self::PassAt(k) => ranking.pass_at(k),
            Self::PassRate => ranking.pass_rate(),
        }
    }

    /// The metric over problems, for [`Bootstrap`](crate::Bootstrap).
    pub fn statistic(self, rankings: &[Ranking]) -> Box<dyn Statistic> {
        match self {
            Self::Auroc => Box::new(Pooled::of(rankings)),
            metric => Box::new(Means(rankings.iter().map(|ranking| metric.of(ranking)).collect())),
        }
    }
}

/// The name in tables: `best_of_8`.
impl fmt::Display for Metric {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PairwiseAccuracy => f.write_str("pairwise_accuracy"),
            Self::Auroc => f.write_str("auroc"),
            Self::Top1 => f.write_str("top_1"),
            Self::ReciprocalRank => f.write_str("mrr"),
            Self::RankingScore => f.write_str("ranking_score"),
            Self::NdcgAt(k) => write!(f, "ndcg_at_{k}"),
            Self::BestOf(k) => write!(f, "best_of_{k}"),
            Self::PassAt(k) => write!(f, "pass_at_{k}"),
            Self::PassRate => f.write_str("pass_rate"),
        }
    }
}
