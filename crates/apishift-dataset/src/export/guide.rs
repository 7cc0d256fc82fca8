//! The page beside an export: what is there, and how a trainer is started on it.

use std::fmt::Write as _;

use super::{ExportTarget, Exported, TokenLengths};

/// First line after the header: by it an export is told from a folder of somebody's own.
pub const MARK: &str = "<!-- written by apishift export -->";

pub(super) fn guide(target: ExportTarget, exported: &Exported, lengths: Option<&TokenLengths>) -> String {
    let mut text = String::from("---\nconfigs:\n- config_name: default\n  data_files:\n");
    for (file, _) in &exported.files {
        let split = file.split('.').next().unwrap_or(file);
        let _infallible = writeln!(text, "  - split: {split}\n    path: {file}");
    }
    let _infallible = writeln!(text, "---\n{MARK}\n\n# For {}\n", target.as_str());
    for (file, rows) in &exported.files {
        let _infallible = writeln!(text, "- `{file}`: {rows} rows");
    }
    if exported.without > 0 {
        let _infallible = writeln!(text, "\n{} tasks gave no row: {}.", exported.without, reason(target));
    }
    if let Some(lengths) = lengths {
        let _infallible = writeln!(text, "\n{lengths}");
    }
    let _infallible = writeln!(text, "\n{}", usage(target).trim_end());
    text
}

fn reason(target: ExportTarget) -> &'static str {
    match target {
        ExportTarget::Preference | ExportTarget::PreferenceText | ExportTarget::NemoRl => {
            "they have no right or no wrong answer"
        }
        ExportTarget::Unpaired => "they have no answer that was judged",
        ExportTarget::Sft => "no right answer is known",
        _ => "they were not made of an example",
    }
}

/// How the trainer reads it. The rewards are those of the Python package `apishift`.
fn usage(target: ExportTarget) -> &'static str {
    match target {
        ExportTarget::Verl => {
            "    python -m verl.trainer.main_ppo data.train_files=DIR/train.parquet data.val_files=DIR/test.parquet \\
        reward.custom_reward_function.path=pkg://apishift.verl reward.custom_reward_function.name=compute_score

Anything that a reward needs is in `reward_model.ground_truth` (JSON) and `extra_info`: verl hands it no prompt."
        }
        ExportTarget::Trl => {
            "    from datasets import load_dataset
    from trl import GRPOTrainer
    from apishift.trl import es_star, format_reward, new_api

    dataset = load_dataset(\"DIR\")
    rewards = [format_reward, es_star, new_api]
    trainer = GRPOTrainer(model, rewards, args, dataset[\"train\"], processing_class=tokenizer)
    trainer.train()"
        }
        ExportTarget::OpenRlhf => {
            "    --data.prompt_dataset DIR/train.parquet --data.input_key prompt --data.label_key label --data.apply_chat_template \\
    --reward.remote_url PATH/OF/apishift/openrlhf.py"
        }
        ExportTarget::SkyRl => {
            "    data.train_data=\"['DIR/train.parquet']\" data.val_data=\"['DIR/test.parquet']\"

The rows' environment is `apishift`: importing `apishift.skyrl` registers it."
        }
        ExportTarget::Slime => {
            "    --prompt-data DIR/train.parquet --input-key prompt --label-key label --metadata-key metadata --apply-chat-template \\
    --custom-rm-path apishift.slime.reward"
        }
        ExportTarget::NemoRl => "Preference data: `context`, and two `completions` of which `rank` 0 is the better one.",
        ExportTarget::Prompts => "`prompt` is a conversation of one turn, `label` what its answers are judged by (JSON).",
        ExportTarget::Preference => {
            "`chosen` and `rejected` are whole conversations: TRL's `RewardTrainer` and `DPOTrainer`, and OpenRLHF with
`--data.apply_chat_template`, take them as they are."
        }
        ExportTarget::PreferenceText => "`prompt`, `chosen` and `rejected` are texts: verl's `RMDataset`, reward-bench.",
        ExportTarget::Unpaired => "`prompt` and `completion` are conversations, `label` says whether the answer is right.",
        ExportTarget::Sft => "`messages` is a conversation with the right answer: TRL's `SFTTrainer`, verl's SFT.",
        ExportTarget::Recode => "ReCode's six fields, for its own scripts.",
    }
}
