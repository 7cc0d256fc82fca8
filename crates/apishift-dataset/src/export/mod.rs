//! Datasets and candidates as trainers read them.
//!
//! One table serves verl, TRL, OpenRLHF, `SkyRL` and slime: each reads its columns and carries or drops the others.

pub mod guide;
mod lengths;
mod prompt;
mod task;

use std::{fs, path::Path};

use apishift_store::{
    PreferenceTable, PreferenceTextTable, RlTable, SftTable, StoreError, Table, UnpairedTable, write_file,
    write_table,
};
use apishift_types::{
    ExtraInfo, PreferenceRow, PreferenceTextRow, RewardMethod, RewardModel, RlRow, SftRow, Split, UnpairedRow,
};
use serde_json::{Value, json};

pub use lengths::{Quantiles, TokenLengths};
pub use task::{CandidateError, Candidates, Task, turns};

use crate::{DatasetError, digest};
use prompt::{assistant, user};

/// Pairs of one problem, at most: more of them teach the problem, not the difference (2506.10056).
const PAIRS: usize = 6;

/// Whom an export is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportTarget {
    /// verl: prompts with rewards.
    Verl,
    /// TRL's `GRPOTrainer`: the same file.
    Trl,
    /// OpenRLHF: the same file.
    OpenRlhf,
    /// `SkyRL`: the same file.
    SkyRl,
    /// slime: the same file.
    Slime,
    /// `NeMo-RL`: pairs as JSONL with ranks.
    NemoRl,
    /// The same file as for verl, for those who sample by themselves.
    Prompts,
    /// Pairs of conversations, for reward models and DPO.
    Preference,
    /// The same as texts, for verl's reward models and reward-bench.
    PreferenceText,
    /// Right and wrong answers, for KTO, BCO and reward models of single answers.
    Unpaired,
    /// Conversations with the right answer.
    Sft,
    /// `ReCode`'s six fields as JSONL.
    Recode,
}

impl ExportTarget {
    /// Every target.
    pub const ALL: [Self; 12] = [
        Self::Verl,
        Self::Trl,
        Self::OpenRlhf,
        Self::SkyRl,
        Self::Slime,
        Self::NemoRl,
        Self::Prompts,
        Self::Preference,
        Self::PreferenceText,
        Self::Unpaired,
        Self::Sft,
        Self::Recode,
    ];

    /// The name on the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Verl => "verl",
            Self::Trl => "trl",
            Self::OpenRlhf => "openrlhf",
            Self::SkyRl => "skyrl",
            Self::Slime => "slime",
            Self::NemoRl => "nemo-rl",
            Self::Prompts => "prompts",
            Self::Preference => "preference",
            Self::PreferenceText => "preference-text",
            Self::Unpaired => "unpaired",
            Self::Sft => "sft",
            Self::Recode => "recode",
        }
    }
}

/// What [`export`] wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// Files within the directory, with their rows.
    pub files: Vec<(String, u64)>,
    /// Tasks that gave no row: without an answer that is right, or without one that is wrong, where one is needed.
    pub without: u64,
}

/// Writes what a trainer reads: a file for each split that has rows, and a `README.md` which says how to start the trainer on
/// them, and how long they are where that was measured. The same tasks give the same bytes; `seed` chooses among pairs.
pub fn export(
    target: ExportTarget,
    tasks: &[Task],
    seed: u64,
    lengths: Option<&TokenLengths>,
    dir: &Path,
) -> Result<Exported, DatasetError> {
    fs::create_dir_all(dir).map_err(|source| StoreError::Io {
        action: "create",
        path: dir.to_owned(),
        source,
    })?;
    let mut exported = Exported { files: Vec::new(), without: 0 };
    for split in Split::ALL {
        let tasks: Vec<&Task> = tasks.iter().filter(|task| task.split == split).collect();
        let (name, rows) = match target {
            ExportTarget::Verl
            | ExportTarget::Trl
            | ExportTarget::OpenRlhf
            | ExportTarget::SkyRl
            | ExportTarget::Slime
            | ExportTarget::Prompts => {
                let rows = tasks.iter().enumerate().map(|(index, task)| rl(task, index)).collect();
                parquet::<RlTable>(dir, split, rows)?
            }
            ExportTarget::Preference => {
                parquet::<PreferenceTable>(dir, split, each(&tasks, |task| conversations(task, seed)))?
            }
            ExportTarget::PreferenceText => {
                parquet::<PreferenceTextTable>(dir, split, each(&tasks, |task| texts(task, seed)))?
            }
            ExportTarget::Unpaired => parquet::<UnpairedTable>(dir, split, each(&tasks, unpaired))?,
            ExportTarget::Sft => parquet::<SftTable>(dir, split, each(&tasks, sft))?,
            ExportTarget::NemoRl => lines(dir, split, &each(&tasks, |task| ranked(task, seed)))?,
            ExportTarget::Recode => lines(dir, split, &each(&tasks, six_fields))?,
        };
        exported.without += tasks.iter().filter(|task| is_without(target, task)).count() as u64;
        if rows > 0 {
            exported.files.push((name, rows));
        }
    }
    let guide = guide::guide(target, &exported, lengths);
    write_file(&dir.join("README.md"), guide.as_bytes())?;
    Ok(exported)
}

/// A split without rows has no file: `datasets` fails on one.
fn parquet<T: Table>(dir: &Path, split: Split, rows: Vec<T::Row>) -> Result<(String, u64), DatasetError> {
    let name = format!("{}.parquet", split.as_str());
    let written = if rows.is_empty() { 0 } else { write_table::<T>(&dir.join(&name), rows)? };
    Ok((name, written))
}

fn lines(dir: &Path, split: Split, rows: &[Value]) -> Result<(String, u64), DatasetError> {
    let name = format!("{}.jsonl", split.as_str());
    if !rows.is_empty() {
        let text: String = rows.iter().map(|row| row.to_string() + "\n").collect();
        write_file(&dir.join(&name), text.as_bytes())?;
    }
    Ok((name, rows.len() as u64))
}

fn each<Row>(tasks: &[&Task], rows: impl Fn(&Task) -> Vec<Row>) -> Vec<Row> {
    tasks.iter().flat_map(|task| rows(task)).collect()
}

fn is_without(target: ExportTarget, task: &Task) -> bool {
    match target {
        ExportTarget::Preference | ExportTarget::PreferenceText | ExportTarget::NemoRl => {
            task.right.is_empty() || task.wrong.is_empty()
        }
        ExportTarget::Unpaired => task.right.is_empty() && task.wrong.is_empty(),
        ExportTarget::Sft => task.solution.is_none(),
        ExportTarget::Recode => task.update.is_none(),
        _ => false,
    }
}

fn rl(task: &Task, index: usize) -> RlRow {
    let info = ExtraInfo {
        index: i64::try_from(index).unwrap_or(i64::MAX),
        split: task.split.as_str().to_owned(),
        question: task.prompt.clone(),
        task_id: task.id.clone(),
        package: task.package.clone(),
        old_version: task.old_version.clone(),
        new_version: task.new_version.clone(),
        entry_point: task.entry_point.clone(),
        tests_json: task.tests_json.clone(),
    };
    RlRow {
        id: task.id.clone(),
        data_source: format!("apishift/{}", task.data_source),
        prompt: vec![user(&task.prompt)],
        ability: task.data_source.to_owned(),
        reward_model: RewardModel { style: "rule".to_owned(), ground_truth: task.truth.clone() },
        env_class: "apishift".to_owned(),
        reward_spec: RewardMethod { method: "rule".to_owned(), ground_truth: task.truth.clone() },
        extra_info: info.clone(),
        label: task.truth.clone(),
        answer: task.solution.clone().unwrap_or_default(),
        metadata: info,
        datasource: if task.package.is_empty() { task.data_source.to_owned() } else { task.package.clone() },
    }
}

/// Pairs of a right and a wrong answer, each answer in at most one: drawn by a hash, so that other tasks do not move them.
fn pairs(task: &Task, seed: u64) -> Vec<(String, &str, &str)> {
    let drawn = |answers: &'_ [String]| {
        let mut places: Vec<usize> = (0..answers.len()).collect();
        places.sort_by_key(|place| digest::seeded(seed, &[&task.id, &answers[*place]]));
        places
    };
    let (right, wrong) = (drawn(&task.right), drawn(&task.wrong));
    let pairs = right.into_iter().zip(wrong).take(PAIRS).enumerate();
    pairs
        .map(|(number, (right, wrong))| {
            (format!("{}-{number}", task.id), task.right[right].as_str(), task.wrong[wrong].as_str())
        })
        .collect()
}

fn conversations(task: &Task, seed: u64) -> Vec<PreferenceRow> {
    let with = |answer: &str| vec![user(&task.prompt), assistant(answer)];
    let row = |(id, chosen, rejected): (String, &str, &str)| PreferenceRow {
        id,
        chosen: with(chosen),
        rejected: with(rejected),
    };
    pairs(task, seed).into_iter().map(row).collect()
}

fn texts(task: &Task, seed: u64) -> Vec<PreferenceTextRow> {
    let row = |(id, chosen, rejected): (String, &str, &str)| PreferenceTextRow {
        id,
        prompt: task.prompt.clone(),
        chosen: chosen.to_owned(),
        rejected: rejected.to_owned(),
    };
    pairs(task, seed).into_iter().map(row).collect()
}

fn ranked(task: &Task, seed: u64) -> Vec<Value> {
    let row = |(_, chosen, rejected): (String, &str, &str)| {
        json!({
            "context": [user(&task.prompt)],
            "completions": [
                { "rank": 0, "completion": [assistant(chosen)] },
                { "rank": 1, "completion": [assistant(rejected)] },
            ],
        })
    };
    pairs(task, seed).into_iter().map(row).collect()
}

fn unpaired(task: &Task) -> Vec<UnpairedRow> {
    let right = task.right.iter().map(|answer| (answer, true));
    let all = right.chain(task.wrong.iter().map(|answer| (answer, false)));
    let row = |(number, (answer, label)): (usize, (&String, bool))| UnpairedRow {
        id: format!("{}-{number}", task.id),
        prompt: vec![user(&task.prompt)],
        completion: vec![assistant(answer)],
        label,
    };
    all.enumerate().map(row).collect()
}

fn sft(task: &Task) -> Vec<SftRow> {
    let Some(solution) = &task.solution else { return Vec::new() };
    let answer = match &task.reasoning {
        Some(reasoning) => prompt::answer(Some(reasoning), solution),
        None => prompt::block(solution),
    };
    vec![SftRow { id: task.id.clone(), messages: vec![user(&task.prompt), assistant(&answer)] }]
}

fn six_fields(task: &Task) -> Vec<Value> {
    let Some(row) = &task.update else { return Vec::new() };
    vec![json!({
        "dependency": row.dependency, "new_version": row.new_version, "description": row.description,
        "update_info": row.update_info, "old_code": row.old_code, "new_code": row.new_code,
    })]
}
