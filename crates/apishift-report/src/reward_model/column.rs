//! Metrics as columns: what they are called, what they say.

use serde::Serialize;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Column {
    /// Short.
    pub(super) title: String,
    /// In a sentence; empty where nothing needs to be said.
    pub(super) about: String,
    /// Whether the smaller number is the better one; `None` where neither is.
    pub(super) is_lower_better: Option<bool>,
}

impl Column {
    /// A column that nobody wins.
    pub(super) fn plain(title: &str) -> Self {
        Self { title: title.to_owned(), about: String::new(), is_lower_better: None }
    }

    /// The metric of this key; an unknown one is called by its key.
    pub(super) fn of_metric(key: &str) -> Self {
        let (title, about) = match key {
            "pairwise_accuracy" => (
                "pairs",
                "share of pairs of a right and a wrong candidate of one problem in which the right one scores higher; 0.5 is chance",
            ),
            "auroc" => (
                "AUROC",
                "share of pairs of a right and a wrong candidate of any problems in which the right one scores higher; 0.5 is chance",
            ),
            "top_1" => ("top-1", "share of problems whose best-ranked candidate is right"),
            "mrr" => ("MRR", "mean of one over the place of the first right candidate"),
            "ranking_score" => ("RS", "of P right candidates, the share that is among the first P"),
            "ece" => ("ECE", "mean distance between chance and share of right ones; lower is better"),
            "brier" => ("Brier", "mean square of chance less outcome; lower is better"),
            "pass_rate" => ("pass rate", "share of right candidates: what a random pick is worth"),
            _ => return Self::of_cut(key),
        };
        Self {
            title: title.to_owned(),
            about: about.to_owned(),
            is_lower_better: Some(matches!(key, "ece" | "brier")),
        }
    }

    /// The metrics that have a number of candidates in their key.
    fn of_cut(key: &str) -> Self {
        let cut = |prefix: &str| key.strip_prefix(prefix).filter(|k| k.parse::<u32>().is_ok());
        let (title, about) = if let Some(k) = cut("best_of_") {
            (
                format!("best of {k}"),
                format!(
                    "share of problems in which the best-ranked of {k} candidates, drawn at random, is right"
                ),
            )
        } else if let Some(k) = cut("ndcg_at_") {
            (
                format!("nDCG@{k}"),
                format!("tests passed by the first {k} candidates, discounted by place, over the best order"),
            )
        } else if let Some(k) = cut("pass_at_") {
            (format!("pass@{k}"), format!("share of problems in which any of {k} candidates is right"))
        } else {
            (key.to_owned(), String::new())
        };
        Self { title, about, is_lower_better: Some(false) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_numbers_are_read_and_unknown_ones_are_kept() {
        assert_eq!(Column::of_metric("best_of_8").title, "best of 8");
        assert_eq!(Column::of_metric("ndcg_at_10").title, "nDCG@10");
        assert_eq!(Column::of_metric("best_of_x").title, "best_of_x");
        assert_eq!(Column::of_metric("brier").is_lower_better, Some(true));
    }
}
