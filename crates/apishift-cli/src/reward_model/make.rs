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
    torch::{AdamWOptions, Device, Precision, set_threads},
};
use apishift_report::{
    events::EventFile,
    reward_model::{Report, page},
};
use apishift_reward_model::{
    PairOptions, Problem, problems,
    torch::{
        Backbone, Event, FitError, FitOptions, LossOptions, Progress, RewardModel, TrainOptions, fit,
        write_checkpoint,
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
    /// Folder for the states of trainings; gone when all is done.
    pub(crate) states: &'a Path,
    /// Folder for TensorBoard's event files.
    pub(crate) events: &'a Path,
    pub(crate) interrupt: &'a AtomicBool,
}

/// Trains on candidates, and on further ones that nothing is judged on, and writes `out`: a checkpoint with its report.
pub(crate) fn make(
    settings: &RewardModelSettings,
    (rows, extra): (Vec<CandidateRow>, Vec<CandidateRow>),
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
    let cache = machinery.cache.join("features");
    let layers = if settings.train.epochs == 0 { 1 } else { settings.train.layers };
    let backbone = Backbone::load(&config, files, precision, device, (layers, Some(&cache)))?;
    let mixed = |rows: Vec<CandidateRow>| {
        let (problems, unlabelled) = problems(rows);
        (problems.into_iter().filter(Problem::is_mixed).collect::<Vec<Problem>>(), unlabelled)
    };
    let (problems, unlabelled) = mixed(rows);
    let (extra, _) = mixed(extra);
    let count = problems.len() + extra.len();
    tracing::info!("train-rm: {count} problems, reading them in {}", precision.as_str());
    let options = options(settings);
    let mut told = Told::new(machinery);
    let states = machinery.states;
    fs::create_dir_all(states).with_context(|| format!("create {}", states.display()))?;
    let fitted =
        fit(&backbone, &tokens, (&problems, &extra), &options, Some(states), &mut |event| told.tell(&event));
    let fitted = fitted.map_err(|error| match error {
        FitError::Interrupted => anyhow::Error::from(Interrupted),
        other => other.into(),
    })?;
    let mut report = fitted.report;
    describe(&mut report, settings, (&problems, &extra), precision);
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
            report_into(draft, &report)?;
            write_text(draft, "README.md", &card(settings, &report, license(base).as_deref()))?;
            let model = RewardModel::open(draft, Precision::Float32, device, settings.train.limit)?;
            write_json(draft, "golden.json", &golden(&model, &problems)?)
        },
    )?;
    fs::remove_dir_all(states).with_context(|| format!("remove {}", states.display()))?;
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
fn describe(
    report: &mut Report,
    settings: &RewardModelSettings,
    (problems, extra): (&[Problem], &[Problem]),
    precision: Precision,
) {
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
    let further = match extra.len() {
        0 => String::new(),
        count => format!(" Learned from as well: {count} functions with doctests."),
    };
    report.data = format!("{} examples of {} API changes. {judged}{further}", problems.len(), groups.len());
    let about = [
        ("base model", settings.base.clone()),
        ("trained", trained_part(settings)),
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

fn trained_part(settings: &RewardModelSettings) -> String {
    let last = "the last layer, as the mean of the states below it, and the score";
    match settings.train.layers {
        _ if settings.train.epochs == 0 => last.to_owned(),
        0 | 1 => last.to_owned(),
        layers => format!("{last}; with it {} layers below", layers - 1),
    }
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

/// Writes the two files of a report; a folder with another report of ours is replaced.
pub(crate) fn write_report(out: &Path, report: &Report) -> anyhow::Result<()> {
    let is_ours = |folder: &Path| Ok(folder.join("report.json").is_file());
    folder::replace(out, "write the report", is_ours, |draft| {
        fs::create_dir_all(draft).with_context(|| format!("create {}", draft.display()))?;
        report_into(draft, report)
    })
}

fn report_into(folder: &Path, report: &Report) -> anyhow::Result<()> {
    write_json(folder, "report.json", report)?;
    write_text(folder, "report.html", &page(report)?)
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

/// Tells now and then how it goes, and TensorBoard all of it.
struct Told<'a> {
    interrupt: &'a AtomicBool,
    folder: &'a Path,
    /// Which training the file is of; none where there is no file.
    events: Option<(usize, EventFile)>,
    started: Instant,
    last: Instant,
}

impl<'a> Told<'a> {
    fn new(machinery: &Machinery<'a>) -> Self {
        let now = Instant::now();
        Self {
            interrupt: machinery.interrupt,
            folder: machinery.events,
            events: None,
            started: now,
            last: now,
        }
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
                if done == of {
                    self.started = Instant::now();
                }
            }
            Event::Trained { run, of, progress } if progress.steps == 0 => {
                let validation = progress.validation.unwrap_or(0.5);
                tracing::info!(
                    "train-rm: head {} of {of}, pairs right on validation {validation:.3}",
                    run + 1
                );
            }
            Event::Trained { run, of, progress } => {
                self.record(*run, progress);
                if is_time || progress.validation.is_some() {
                    let validation =
                        progress.validation.map(|one| format!(", validation {one:.3}")).unwrap_or_default();
                    let steps = progress.steps.saturating_sub(progress.step) as f64;
                    tracing::info!(
                        "train-rm: training {} of {of}, epoch {:.1}, loss {:.4}, pairs right {:.3}{validation}, {:.0} s left at most",
                        run + 1,
                        progress.epoch,
                        progress.loss,
                        progress.accuracy,
                        steps * progress.seconds,
                    );
                    self.last = Instant::now();
                }
            }
            Event::Read { .. } => {}
        }
        !self.interrupt.load(Ordering::Relaxed)
    }

    /// A step for TensorBoard. What cannot be written is told once, and costs nothing else.
    fn record(&mut self, run: usize, progress: &Progress) {
        let now = || {
            let now = jiff::Timestamp::now();
            Duration::from_nanos(u64::try_from(now.as_nanosecond()).unwrap_or(0))
        };
        if self.events.as_ref().is_none_or(|(of, _)| *of != run) {
            let folder = self.folder.join(format!("run-{run}"));
            match EventFile::create(&folder, now()) {
                Ok(file) => self.events = Some((run, file)),
                Err(error) => {
                    tracing::warn!("train-rm: no events for TensorBoard in {}: {error}", folder.display());
                    return;
                }
            }
        }
        let Some((_, file)) = &mut self.events else { return };
        let mut scalars = vec![
            ("train/loss", progress.loss),
            ("train/pairs_right", progress.accuracy),
            ("train/rate", progress.rate),
            ("train/epoch", progress.epoch),
            ("train/seconds", progress.seconds),
        ];
        scalars.extend(progress.norm.map(|norm| ("train/gradient_norm", norm)));
        scalars.extend(progress.validation.map(|validation| ("validation/pairs_right", validation)));
        if let Err(error) = file.scalars(now(), progress.step as u64, &scalars) {
            tracing::warn!("train-rm: no more events for TensorBoard: {error}");
        }
    }
}
