//! Rows as trainers read them.
//!
//! Texts that differ in shape from row to row are JSON in a string: readers that join files want one Arrow type for all.

use serde::{Deserialize, Serialize};

/// One turn of a conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// `user` or `assistant`.
    pub role: String,
    /// What is said.
    pub content: String,
}

/// What a reward needs, as verl has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardModel {
    /// `rule`.
    pub style: String,
    /// JSON, as in [`RlRow::label`].
    pub ground_truth: String,
}

/// The same, as `SkyRL` has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RewardMethod {
    /// `rule`.
    pub method: String,
    /// JSON, as in [`RlRow::label`].
    pub ground_truth: String,
}

/// What else verl and `SkyRL` give to rewards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraInfo {
    /// Place of the row in its file.
    pub index: i64,
    /// `train`, `validation` or `test`.
    pub split: String,
    /// The whole prompt as text, which rewards are not given otherwise.
    pub question: String,
    /// The row's id, or the problem's.
    pub task_id: String,
    /// Library whose API changed; empty for a problem.
    pub package: String,
    /// Version of the library before.
    pub old_version: String,
    /// Version of the library that the answer is for.
    pub new_version: String,
    /// Function that the tests call; empty where there is none.
    pub entry_point: String,
    /// Tests of a problem, JSON; empty where there are none.
    pub tests_json: String,
}

/// A prompt with what its answers are judged by: verl, TRL, OpenRLHF, `SkyRL` and slime read the same file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RlRow {
    /// The row's id, or the problem's.
    pub id: String,
    /// `apishift/api_update` or `apishift/problem`: verl groups its figures by it.
    pub data_source: String,
    /// The conversation so far: one turn of the user.
    pub prompt: Vec<ChatMessage>,
    /// The same as [`Self::data_source`], without its prefix.
    pub ability: String,
    /// For verl.
    pub reward_model: RewardModel,
    /// For `SkyRL`: `apishift`.
    pub env_class: String,
    /// For `SkyRL`.
    pub reward_spec: RewardMethod,
    /// For verl and `SkyRL`.
    pub extra_info: ExtraInfo,
    /// For OpenRLHF and slime: JSON with `new_code` and `old_code`, or with a problem's `tests` and `entry_point`.
    pub label: String,
    /// For verifiers: the code that answers; empty where none is known.
    pub answer: String,
    /// For slime, which wants a dictionary.
    pub metadata: ExtraInfo,
    /// For OpenRLHF, which counts by it: the library, or `problem`.
    pub datasource: String,
}

/// Two answers, of which one is better: whole conversations, for TRL and OpenRLHF.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferenceRow {
    /// Id of the row or the problem, and the place of the pair among its pairs.
    pub id: String,
    /// Prompt and better answer.
    pub chosen: Vec<ChatMessage>,
    /// Prompt and worse answer.
    pub rejected: Vec<ChatMessage>,
}

/// The same as texts, for verl, NeMo-RL and reward-bench.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PreferenceTextRow {
    /// As in [`PreferenceRow`].
    pub id: String,
    /// The prompt.
    pub prompt: String,
    /// The better answer.
    pub chosen: String,
    /// The worse answer.
    pub rejected: String,
}

/// An answer that is right or wrong, for KTO, BCO and reward models of single answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnpairedRow {
    /// Id of the row or the problem, and the place of the answer among its answers.
    pub id: String,
    /// The conversation so far.
    pub prompt: Vec<ChatMessage>,
    /// The answer.
    pub completion: Vec<ChatMessage>,
    /// Whether it is right.
    pub label: bool,
}

/// A conversation to learn from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SftRow {
    /// The row's id.
    pub id: String,
    /// Prompt and answer.
    pub messages: Vec<ChatMessage>,
}
