//! The model card.

use std::fmt::Write as _;

use apishift_report::reward_model::{Figure, Report, Scope};

use super::{RewardModelSettings, file::SMOLLM2};

/// The `README.md` of a checkpoint.
pub(crate) fn card(settings: &RewardModelSettings, report: &Report, license: Option<&str>) -> String {
    // What is fetched by name is HuggingFaceTB/SmolLM2-135M-Instruct, Apache-2.0 by its own metadata.
    let (base, license) = match settings.base.as_str() {
        SMOLLM2 => ("HuggingFaceTB/SmolLM2-135M-Instruct", "apache-2.0"),
        other => (other, license.unwrap_or("other")),
    };
    let mut card = format!(
        "---\nlibrary_name: transformers\npipeline_tag: text-classification\nbase_model: {base}\nlicense: {license}\ntags:\n- reward-model\n- code\n- api-migration\n---\n\n",
    );
    let _ = writeln!(card, "# {}\n\n{}\n", report.name, report.data);
    card.push_str(
        "One number for a conversation: what is asked (an API change and code from before it), and an answer with code. Higher is \
         better; only differences between answers to one question mean something. Render the conversation with the chat \
         template and take the raw logit:\n\n```python\nmodel = AutoModelForSequenceClassification.from_pretrained(folder)\n\
         text = tokenizer.apply_chat_template(messages, tokenize=False)\n\
         score = model(**tokenizer(text, add_special_tokens=False, return_tensors=\"pt\")).logits[0, 0]\n```\n\n## What it is worth\n\n",
    );
    for table in &report.tables {
        let _ = writeln!(
            card,
            "On {} ({} problems, {} candidates):\n\n| scorer | pairwise accuracy | top 1 |\n| --- | --- | --- |",
            table.scope, table.mixed, table.candidates
        );
        for row in &table.rows {
            let title = report.scorers.iter().find(|scorer| scorer.key == row.scorer);
            let title = title.map_or(row.scorer.as_str(), |scorer| scorer.title.as_str());
            let cell = |metric: &str| row.figures.get(metric).map(shown).unwrap_or_default();
            let _ = writeln!(card, "| {title} | {} | {} |", cell("pairwise_accuracy"), cell("top_1"));
        }
        card.push('\n');
    }
    let scope = |scope: Scope| report.breakdowns.iter().filter(move |breakdown| breakdown.scope == scope);
    if let Some(by_operator) = scope(Scope::Real).next() {
        card.push_str("By what is wrong with the other answer:\n\n| kind | problems | pairwise accuracy |\n| --- | --- | --- |\n");
        for group in &by_operator.groups {
            let figure = group.figures.get(&report.headline).map(shown).unwrap_or_default();
            let _ = writeln!(card, "| {} | {} | {figure} |", group.name, group.problems);
        }
        card.push('\n');
    }
    card.push_str("Intervals: 95 %, by drawing API changes again. All figures with plots: `report.html`, `report.json`.\n\n## Limits\n\n");
    for limit in &report.limits {
        let _ = writeln!(card, "- {limit}");
    }
    card.push_str("\n`golden.json` has conversations with their scores; `apishift model verify FOLDER` scores them again.\n");
    card
}

fn shown(figure: &Figure) -> String {
    match (figure.low, figure.high) {
        (Some(low), Some(high)) => format!("{:.3} [{low:.3}, {high:.3}]", figure.value),
        _ => format!("{:.3}", figure.value),
    }
}
