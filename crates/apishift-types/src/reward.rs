//! Rewards, as a table.

use serde::{Deserialize, Serialize};

/// One row of the table `rewards`. Components that were not asked for are null.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RewardRow {
    /// Place of the completion in the input, from 0.
    pub row: u64,
    /// What the input calls it, where it does.
    pub id: Option<String>,
    /// The weighted sum of the components.
    pub reward: f64,
    /// Whether reasoning and answer are in the form that is asked for: 1 or -1.
    pub format: Option<f64>,
    /// Exact match.
    pub em: Option<f64>,
    /// Exact match, of what parses.
    pub em_star: Option<f64>,
    /// Edit similarity.
    pub es: Option<f64>,
    /// Edit similarity, of what parses.
    pub es_star: Option<f64>,
    /// Whether the code parses: 1 or 0.
    pub syntax: Option<f64>,
    /// Whether the code's syntax tree is the target's: 1 or 0.
    pub ast_match: Option<f64>,
    /// Share of the new uses of the API.
    pub new_api: Option<f64>,
    /// Share of the old uses of the API.
    pub old_api: Option<f64>,
    /// How far the calls that changed have the target's arguments.
    pub call_match: Option<f64>,
    /// The share of the calls of the new API which its signature accepts.
    pub signature: Option<f64>,
}
