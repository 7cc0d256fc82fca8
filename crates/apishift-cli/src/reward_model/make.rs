//! Training with libtorch, and the folder that comes of it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use apishift_nn::{
    ModelConfig, WeightFiles,
    torch::{AdamWOptions, Decoder, Device, Precision, set_threads},
};
use apishift_report::reward_model::{Report, page};
use apishift_reward_model::{
    PairOptions, Problem, problems,
    torch::{
        Backbone, Event, FitError, FitOptions, LossOptions, RewardModel, TrainOptions, fit, write_checkpoint,
    },
};
use apishift_tokens::ChatTokenizer;
use apishift_types::{CandidateRow, ChatMessage};
use serde::{Deserialize, Serialize};

use super::{RewardModelSettings, card::card};
use crate::{failure::Interrupted, folder};

/// Conversations whose scores a checkpoint carries.
const GOLDEN: usize = 16;

/// Pause between two lines of progress.
const PAUSE: Duration = Duration::from_secs(15);

/// A conversation with its score.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Golden {
    /// The conversation.
    pub(crate) messages: Vec<ChatMessage>,
    /// Its raw score in 32 bits.
    pub(crate) score: f64,
}

/// What was made.
#[derive(Debug)]
pub(crate) struct Made {
    /// The checkpoint.
    pub(crate) model: PathBuf,
    /// What it is worth.
    pub(crate) report: Report,
}

/// Where and how the model is computed.
#[derive(Debug)]
pub(crate) struct Machinery<'a> {
    pub(crate) device: Device,
    pub(crate) threads: Option<usize>,
    pub(crate) cache: &'a Path,
    pub(crate) interrupt: &'a AtomicBool,
}

/// Trains on candidates, and writes `out`: a checkpoint with its report.
pub(crate) fn make(
    settings: &RewardModelSettings,
    rows: Vec<CandidateRow>,
    base: &Path,
    out: &Path,
    machinery: &Machinery<'_>,
) -> anyhow::Result<Made> {
    if let Some(threads) = machinery.threads {
        set_threads(threads);
    }
    let device = machinery.device.resolve()?;
    let config = ModelConfig::read(base)?;
    let files = WeightFiles::open(base)?;
    let tokens = ChatTokenizer::open(base)?;
    if tokens.vocabulary() > config.vocabulary {
        let (tokens, rows) = (tokens.vocabulary(), config.vocabulary);
        bail!(
            "use the model in {}: its tokenizer has {tokens} ids, its embeddings {rows} rows",
            base.display()
        );
    }
    let precision = Precision::fastest(device);
    let decoder = Decoder::load(&config, &files, precision, device)?;
    let identity = format!("{} {}", files.identity(), precision.as_str());
    let backbone = Backbone::new(decoder, 1, &identity, Some(&machinery.cache.join("features")));
    let (problems, unlabelled) = problems(rows);
    let problems: Vec<Problem> = problems.into_iter().filter(Problem::is_mixed).collect();
    tracing::info!("train-rm: {} problems, reading them in {}", problems.len(), precision.as_str());
    let options = options(settings);
    let mut told = Told::new(machinery.interrupt);
    let fitted = fit(&backbone, &tokens, &problems, &options, &mut |event| told.tell(&event));
    let fitted = fitted.map_err(|error| match error {
        FitError::Interrupted => anyhow::Error::from(Interrupted),
        other => other.into(),
    })?;
    let mut report = fitted.report;
    describe(&mut report, settings, &problems, precision);
    if unlabelled > 0 {
        report.texts.skipped.insert("no label".to_owned(), unlabelled as u64);
    }
    folder::replace(
        out,
        "write the model",
        |folder| Ok(is_ours(folder)),
        |draft| {
            fs::create_dir_all(draft).with_context(|| format!("create {}", draft.display()))?;
            write_checkpoint(base, &fitted.trained, draft)?;
            write_json(draft, "combination.json", &fitted.combination)?;
            write_json(draft, "report.json", &report)?;
            write_text(draft, "report.html", &page(&report)?)?;
            write_text(draft, "README.md", &card(settings, &report, license(base).as_deref()))?;
            let model = RewardModel::open(draft, Precision::Float32, device, settings.train.limit)?;
            write_json(draft, "golden.json", &golden(&model, &problems)?)
        },
    )?;
    Ok(Made { model: out.to_owned(), report })
}

fn options(settings: &RewardModelSettings) -> FitOptions {
    let train = settings.train;
    FitOptions {
        limit: train.limit,
        folds: train.folds,
        train: TrainOptions {
            epochs: train.epochs,
            batch: train.batch,
            rate: train.rate,
            adam: AdamWOptions { weight_decay: train.weight_decay, ..AdamWOptions::default() },
            pairs: PairOptions { most: train.pairs },
            loss: LossOptions { margin: train.margin, centre: train.centre, pointwise: train.pointwise },
            patience: train.patience,
            seed: settings.seed,
            ..TrainOptions::default()
        },
    }
}

/// Words around the figures.
fn describe(report: &mut Report, settings: &RewardModelSettings, problems: &[Problem], precision: Precision) {
    report.name = format!("Reward model of API changes ({})", settings.name);
    let groups: std::collections::BTreeSet<&str> =
        problems.iter().map(|problem| problem.group.as_str()).collect();
    let judged = if settings.train.folds >= 2 {
        format!(
            "Judged by cross-validation in {} parts: no model that scores a problem was trained on its API change.",
            settings.train.folds
        )
    } else {
        "Judged on the test split, whose API changes it was not trained on.".to_owned()
    };
    report.data = format!("{} examples of {} API changes. {judged}", problems.len(), groups.len());
    let about = [
        ("base model", settings.base.clone()),
        ("trained", "the last layer, as the mean of the states below it, and the score".to_owned()),
        ("frozen part computed in", precision.as_str().to_owned()),
        ("seed", settings.seed.to_string()),
    ];
    report.about = about.map(|(key, value)| (key.to_owned(), value)).into();
    report.limits = [
        "Wrong answers are made, not sampled from models; they are labelled by how they were made, not by running.",
        "Python only, and the libraries of the dataset.",
        "The rule over names sees the solution: no scorer could use it.",
    ]
    .map(str::to_owned)
    .into();
}

fn golden(model: &RewardModel, problems: &[Problem]) -> anyhow::Result<Vec<Golden>> {
    let turn = |role: &str, content: &str| ChatMessage { role: role.to_owned(), content: content.to_owned() };
    let step = (problems.len() / (GOLDEN / 2)).max(1);
    let chosen = problems.iter().step_by(step).take(GOLDEN / 2);
    let conversations: Vec<Vec<ChatMessage>> = chosen
        .flat_map(|problem| {
            let right = problem.candidates.iter().find(|row| row.passed == Some(true));
            let wrong = problem.candidates.iter().find(|row| row.passed == Some(false));
            right.into_iter().chain(wrong)
        })
        .map(|row| vec![turn("user", &row.prompt), turn("assistant", &row.answer)])
        .collect();
    let scores = model.score(&conversations)?;
    let golden = conversations.into_iter().zip(scores);
    Ok(golden.map(|(messages, scored)| Golden { messages, score: scored.score }).collect())
}

/// What the base's card says of its licence.
fn license(base: &Path) -> Option<String> {
    let text = fs::read_to_string(base.join("README.md")).ok()?;
    let front = text.strip_prefix("---\n")?.split("\n---").next()?.to_owned();
    let line = front.lines().find_map(|line| line.strip_prefix("license:"))?;
    Some(line.trim().to_owned())
}

fn write_json(folder: &Path, name: &str, value: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(value)?;
    text.push('\n');
    write_text(folder, name, &text)
}

fn write_text(folder: &Path, name: &str, text: &str) -> anyhow::Result<()> {
    let path = folder.join(name);
    fs::write(&path, text).with_context(|| format!("write {}", path.display()))
}

/// Whether a folder is a reward model of ours.
fn is_ours(folder: &Path) -> bool {
    ["golden.json", "report.json", "config.json"].iter().all(|name| folder.join(name).is_file())
}

/// Tells now and then how it goes.
struct Told<'a> {
    interrupt: &'a AtomicBool,
    started: Instant,
    last: Instant,
}

impl<'a> Told<'a> {
    fn new(interrupt: &'a AtomicBool) -> Self {
        Self { interrupt, started: Instant::now(), last: Instant::now() }
    }

    fn tell(&mut self, event: &Event) -> bool {
        let is_time = self.last.elapsed() >= PAUSE;
        let seconds = self.started.elapsed().as_secs_f64();
        match event {
            Event::Read { done, of, tokens } if is_time || done == of => {
                let left = seconds / *done as f64 * (of - done) as f64;
                let rate = *tokens as f64 / seconds.max(1e-9);
                tracing::info!(
                    "train-rm: read {done} of {of} problems, {rate:.0} tokens/s, {left:.0} s left"
                );
                self.last = Instant::now();
            }
            Event::Trained { run, of, progress } if progress.steps == 0 => {
                let validation = progress.validation.unwrap_or(0.5);
                tracing::info!(
                    "train-rm: head {} of {of}, pairs right on validation {validation:.3}",
                    run + 1
                );
            }
            Event::Trained { run, of, progress } if is_time || progress.validation.is_some() => {
                let validation =
                    progress.validation.map(|one| format!(", validation {one:.3}")).unwrap_or_default();
                tracing::info!(
                    "train-rm: training {} of {of}, epoch {:.1}, loss {:.4}, pairs right {:.3}{validation}",
                    run + 1,
                    progress.epoch,
                    progress.loss,
                    progress.accuracy
                );
                self.last = Instant::now();
            }
            _ => {}
        }
        !self.interrupt.load(Ordering::Relaxed)
    }
}
