//! From problems to a trained head and what it is worth.

use std::{path::Path, time::Duration};

use apishift_nn::torch::TorchError;
use apishift_report::reward_model::{Report, Scorer, ScorerKind, Step, Texts, Training};
use apishift_tokens::{ChatTokenizer, TokenizerError};
use serde::{Deserialize, Serialize};
use tch::{Kind, Tensor};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::{
    Backbone, Features, Head, Keep, Progress, SCALARS, Sample, TrainError, TrainOptions, Trained,
    pooled::{self, Means},
    scores, train,
    train::pairwise,
};
use crate::{
    Baseline, Calibrated, LinearModel, LinearOptions, Pair, PairOptions, Problem, Scores, TfIdf,
    baseline_scores, encode, evaluate, pairs, parts,
};

/// How a reward model is made.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct FitOptions {
    /// Tokens of a text at most; the last ones count.
    pub limit: usize,
    /// Parts that problems are divided into, by group: each is scored by a model that was trained on the others. Below 2: only the
    /// test split is scored, by the model that is handed over.
    pub folds: usize,
    /// Training, after the linear head was found. No epochs: the linear head is all.
    pub train: TrainOptions,
}

impl Default for FitOptions {
    fn default() -> Self {
        Self { limit: 1024, folds: 5, train: TrainOptions { epochs: 0, ..TrainOptions::default() } }
    }
}

/// Pause between two times at which the state of a training is kept.
const PAUSE: Duration = Duration::from_mins(2);

/// Raised when the same problems and options would be trained on in another way.
const VERSION: u32 = 1;

/// Told apart from the parts of cross-validation.
const STOPS: u64 = 0x5709;

/// Problems by which the scales of a layer that is trained are chosen, at least.
const SCALES: usize = 16;

/// Pulls of the linear head towards 0 that are tried; the one with the best validation is taken.
const PULLS: [f64; 4] = [1e-4, 1e-3, 1e-2, 1e-1];

/// What is being done, for those who wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// The decoder has read so many problems.
    Read {
        /// Problems read.
        done: usize,
        /// Problems.
        of: usize,
        /// Tokens that were computed for them.
        tokens: usize,
    },
    /// A step of training.
    Trained {
        /// Which training, from 0; the last is that of the model that is handed over.
        run: usize,
        /// Trainings.
        of: usize,
        /// How it goes.
        progress: Progress,
    },
}

/// A trained head, and what it is worth.
#[derive(Debug)]
pub struct Fitted {
    /// Parameters, by the names that `transformers` has.
    pub trained: Trained,
    /// What the head is worth, on problems that it was not trained on.
    pub report: Report,
    /// The head's score and [`SCALARS`] to one number.
    pub combination: LinearModel,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    /// Texts cannot be encoded.
    #[error(transparent)]
    Tokenizer(#[from] TokenizerError),
    /// Training.
    #[error(transparent)]
    Train(#[from] TrainError),
    /// libtorch.
    #[error(transparent)]
    Torch(#[from] TorchError),
    /// Somebody wants to stop.
    #[error("train: interrupted")]
    Interrupted,
}

/// A problem with what the decoder sees in it.
struct Seen<'a> {
    problem: &'a Problem,
    features: Features,
    right: Vec<bool>,
    /// Whether it is only learned from.
    is_extra: bool,
    /// Whether the whole decoder has read it.
    is_whole: bool,
}

impl Seen<'_> {
    fn sample(&self) -> Sample<'_> {
        (&self.features, &self.right)
    }

    /// The head's scores with the numbers about each answer.
    fn with_scalars(&self, scores: &[f64]) -> Vec<Vec<f64>> {
        let one = |(score, scalars): (&f64, &[f64; SCALARS.len()])| {
            std::iter::once(*score).chain(scalars.iter().copied()).collect()
        };
        scores.iter().zip(&self.features.scalars).map(one).collect()
    }
}

/// Trains a head on the problems of the train split and judges it; of `extra` problems it learns always, and they judge nothing. `tell` is told what is done, and says whether to go on. With `states`,
/// a folder, trainings that were stopped go on where they were; it is for whoever calls to remove when all is done.
pub fn fit(
    backbone: &Backbone,
    tokens: &ChatTokenizer,
    (problems, extra): (&[Problem], &[Problem]),
    options: &FitOptions,
    states: Option<&Path>,
    tell: &mut dyn FnMut(Event) -> bool,
) -> Result<Fitted, FitError> {
    let mut texts = Texts { limit: options.limit as u64, ..Texts::default() };
    let seen = read(backbone, tokens, (problems, extra), options, &mut texts, tell)?;
    let runs = if options.folds >= 2 { options.folds + 1 } else { 1 };
    let identity = identity(backbone, (problems, extra), options);
    let mut trainer = Trainer { backbone, options, tell, runs, states, identity };
    let mut judged = Judged::default();
    for run in 0..runs - 1 {
        let (training, validation, test) = fold(&seen, run, options);
        let (trained, _) = trainer.train(run, &training, &validation)?;
        judged.add(&trainer, &trained, &training, &validation, &test)?;
    }
    let (training, validation, test) = splits(&seen, options.train.seed);
    let (trained, steps) = trainer.train(runs - 1, &training, &validation)?;
    let combination = trainer.combination(&trained, &validation)?;
    if runs == 1 {
        judged.add(&trainer, &trained, &training, &validation, &test)?;
    }
    let mut report = judged.report(options.train.seed);
    report.texts = texts;
    report.training = steps;
    report.parts = parts(&problems.iter().collect::<Vec<_>>());
    Ok(Fitted { trained, report, combination })
}

fn read<'a>(
    backbone: &Backbone,
    tokens: &ChatTokenizer,
    (problems, extra): (&'a [Problem], &'a [Problem]),
    options: &FitOptions,
    texts: &mut Texts,
    tell: &mut dyn FnMut(Event) -> bool,
) -> Result<Vec<Seen<'a>>, FitError> {
    let of = problems.len() + extra.len();
    let mut seen = Vec::with_capacity(of);
    let mut computed = 0;
    for (done, problem) in problems.iter().chain(extra).enumerate() {
        let encoded = encode(problem, tokens, options.limit)?;
        texts.scored += encoded.texts.len() as u64;
        texts.truncated += encoded.truncated as u64;
        let is_extra = done >= problems.len();
        let is_whole = backbone.trained() == 1 || done < SCALES || !is_extra && is_judged(problem, options);
        let features = backbone.features(&encoded, is_whole)?;
        computed += if features.cached { 0 } else { features.nodes };
        seen.push(Seen { problem, features, right: problem.right().collect(), is_extra, is_whole });
        if !tell(Event::Read { done: done + 1, of, tokens: computed }) {
            return Err(FitError::Interrupted);
        }
    }
    Ok(seen)
}

/// Whether the whole decoder has to read a problem: those that are scored in some run.
fn is_judged(problem: &Problem, options: &FitOptions) -> bool {
    options.folds >= 2
        || problem.split != apishift_types::Split::Train
        || hash(&problem.group, options.train.seed ^ STOPS).is_multiple_of(10)
}

/// Problems to learn from, to stop by, and to judge on.
type Parts<'s, 'a> = (Vec<&'s Seen<'a>>, Vec<&'s Seen<'a>>, Vec<&'s Seen<'a>>);

/// The part of a run is judged on; of the others, a tenth of the groups says when to stop.
fn fold<'s, 'a>(seen: &'s [Seen<'a>], run: usize, options: &FitOptions) -> Parts<'s, 'a> {
    let seed = options.train.seed;
    let part = |one: &Seen<'_>| hash(&one.problem.group, seed) % options.folds as u64 == run as u64;
    let (test, others): (Vec<_>, Vec<_>) = seen.iter().partition(|one| !one.is_extra && part(one));
    let (validation, training) = others.into_iter().partition(|one| !one.is_extra && stops(one, seed));
    (training, validation, test)
}

/// The splits of the table; where validation has few problems, a tenth of the groups of train says when to stop.
fn splits<'s, 'a>(seen: &'s [Seen<'a>], seed: u64) -> Parts<'s, 'a> {
    const FEW: usize = 50;
    let of = |split: apishift_types::Split| {
        let of_split = seen.iter().filter(move |one| !one.is_extra && one.problem.split == split);
        of_split.collect::<Vec<_>>()
    };
    let (mut training, mut validation) =
        (of(apishift_types::Split::Train), of(apishift_types::Split::Validation));
    let test = of(apishift_types::Split::Test);
    if validation.iter().filter(|one| one.problem.is_mixed()).count() < FEW {
        let (more, others): (Vec<_>, Vec<_>) = training.into_iter().partition(|one| stops(one, seed));
        validation.extend(more);
        training = others;
    }
    training.extend(seen.iter().filter(|one| one.is_extra));
    (training, validation, test)
}

fn stops(one: &Seen<'_>, seed: u64) -> bool {
    hash(&one.problem.group, seed ^ STOPS).is_multiple_of(10)
}

/// What trainings follow from.
fn identity(backbone: &Backbone, (problems, extra): (&[Problem], &[Problem]), options: &FitOptions) -> u64 {
    let mut text = format!("{VERSION} {} {} {options:?}", backbone.model(), backbone.trained());
    for row in problems.iter().chain(extra).flat_map(|problem| &problem.candidates) {
        text.push_str(&row.id);
        text.push_str(if row.passed == Some(true) { "+" } else { "-" });
    }
    xxh3_64_with_seed(text.as_bytes(), 0)
}

fn hash(group: &str, seed: u64) -> u64 {
    xxh3_64_with_seed(group.as_bytes(), seed)
}

struct Trainer<'t> {
    backbone: &'t Backbone,
    options: &'t FitOptions,
    tell: &'t mut dyn FnMut(Event) -> bool,
    runs: usize,
    states: Option<&'t Path>,
    identity: u64,
}

impl Trainer<'_> {
    fn train(
        &mut self,
        run: usize,
        training: &[&Seen<'_>],
        validation: &[&Seen<'_>],
    ) -> Result<(Trained, Training), FitError> {
        let mut curve = Training::default();
        if self.options.train.epochs > 0 && self.backbone.trained() > 1 {
            let start = self.start(training)?;
            return self.steps(run, start, (training, validation), curve);
        }
        let (linear, accuracy) = self.linear(training, validation)?;
        if self.options.train.epochs == 0 {
            let progress = Progress { validation: Some(accuracy), ..Progress::default() };
            curve.steps.push(Step { step: 0, loss: None, validation: Some(accuracy) });
            let goes_on = (self.tell)(Event::Trained { run, of: self.runs, progress });
            return if goes_on { Ok((linear, curve)) } else { Err(FitError::Interrupted) };
        }
        self.steps(run, linear, (training, validation), curve)
    }

    /// Trains on from where it is.
    fn steps(
        &mut self,
        run: usize,
        from: Trained,
        (training, validation): (&[&Seen<'_>], &[&Seen<'_>]),
        mut curve: Training,
    ) -> Result<(Trained, Training), FitError> {
        let config = self.backbone.decoder().config();
        let (learn, stop) = (samples(training), samples(validation));
        let keep = self.states.map(|folder| Keep {
            path: folder.join(format!("run-{run}.safetensors")),
            every: PAUSE,
            identity: self.identity ^ run as u64,
        });
        let (tell, of) = (&mut *self.tell, self.runs);
        let trained = train(
            config,
            self.backbone.trained(),
            from,
            (&learn, &stop),
            &self.options.train,
            keep.as_ref(),
            &mut |progress| tell(Event::Trained { run, of, progress: *progress }),
        );
        let (trained, history) = trained.map_err(|error| match error {
            TrainError::Stopped => FitError::Interrupted,
            other => other.into(),
        })?;
        let mut best = f64::NEG_INFINITY;
        for progress in history {
            let step = progress.step as u64;
            curve.steps.push(Step { step, loss: Some(progress.loss), validation: progress.validation });
            if let Some(score) = progress.validation.filter(|score| *score > best) {
                best = score;
                curve.kept = Some(step);
            }
        }
        Ok((trained, curve))
    }

    /// The layers of the language model, above them a last one that gives the mean of what they say, with weights of 0.
    fn start(&self, training: &[&Seen<'_>]) -> Result<Trained, FitError> {
        let means: Vec<&Means> =
            training.iter().filter(|one| one.is_whole).map(|one| &one.features.means).collect();
        if means.is_empty() {
            return Err(TrainError::NoPairs { problems: training.len() }.into());
        }
        let mut named = self.backbone.lower()?;
        named.extend(pooled::start(self.backbone.decoder().config(), &means, &self.backbone.last_keys()?)?);
        Ok(Trained::new(&named, self.backbone.decoder().kind())?)
    }

    /// A linear head on means, with the pull that does best on validation, as the last layer above the model's own; and how well it does.
    fn linear(&self, training: &[&Seen<'_>], validation: &[&Seen<'_>]) -> Result<(Trained, f64), FitError> {
        let config = self.backbone.decoder().config();
        let drawn = |one: &&Seen<'_>| pairs(&one.right, self.options.train.pairs, self.options.train.seed);
        let drawn: Vec<Vec<Pair>> = training.iter().map(drawn).collect();
        let learn: Vec<_> =
            training.iter().map(|one| &one.features.means).zip(drawn.iter().map(Vec::as_slice)).collect();
        if drawn.iter().all(Vec::is_empty) {
            return Err(TrainError::NoPairs { problems: training.len() }.into());
        }
        let mut best: Option<(Tensor, f64)> = None;
        for pull in PULLS {
            let weights = pooled::fit(&learn, pull)?;
            let scored = validation.iter().map(|one| one.features.means.scores(&weights));
            let scored = scored.collect::<Result<Vec<_>, _>>()?;
            let score = pairwise(&scored, &samples(validation));
            if best.as_ref().is_none_or(|(_, known)| score > *known) {
                best = Some((weights, score));
            }
        }
        let (weights, score) = best.expect("there are pulls, and the first is the best so far");
        let means: Vec<&Means> = training.iter().map(|one| &one.features.means).collect();
        Ok((Trained::new(&pooled::layer(config, &weights, &means)?, Kind::Float)?, score))
    }

    fn head(&self, trained: &Trained) -> Result<Head, TorchError> {
        Head::of(self.backbone.decoder().config(), self.backbone.trained(), trained)
    }

    /// Fitted on problems that the head was not trained on, as its scores on those that it was are too good.
    fn combination(&self, trained: &Trained, validation: &[&Seen<'_>]) -> Result<LinearModel, FitError> {
        let scored = scores(&self.head(trained)?, &samples(validation))?;
        let features: Vec<Vec<Vec<f64>>> =
            validation.iter().zip(&scored).map(|(one, scores)| one.with_scalars(scores)).collect();
        let all = PairOptions { most: None };
        let drawn: Vec<Vec<Pair>> = validation.iter().map(|one| pairs(&one.right, all, 0)).collect();
        let both: Vec<_> = features
            .iter()
            .zip(&drawn)
            .map(|(features, pairs)| (features.as_slice(), pairs.as_slice()))
            .collect();
        Ok(LinearModel::fit(&both, SCALARS.len() + 1, LinearOptions::default()))
    }
}

fn samples<'s>(seen: &[&'s Seen<'_>]) -> Vec<Sample<'s>> {
    seen.iter().map(|one| one.sample()).collect()
}

/// Problems that were scored by a model that had not seen them, with the scores of every scorer.
#[derive(Default)]
struct Judged<'a> {
    problems: Vec<&'a Problem>,
    scores: Vec<Vec<Vec<f64>>>,
    validation: Vec<&'a Problem>,
    validation_scores: Vec<Vec<f64>>,
}

impl<'a> Judged<'a> {
    fn add(
        &mut self,
        trainer: &Trainer<'_>,
        trained: &Trained,
        training: &[&Seen<'a>],
        validation: &[&Seen<'a>],
        test: &[&Seen<'a>],
    ) -> Result<(), FitError> {
        let head = trainer.head(trained)?;
        let combination = trainer.combination(trained, validation)?;
        let words = TfIdf::fit(&training.iter().map(|one| one.problem).collect::<Vec<_>>());
        self.scores.resize(scorers().len(), Vec::new());
        for (one, own) in test.iter().zip(scores(&head, &samples(test))?) {
            self.problems.push(one.problem);
            let combined =
                one.with_scalars(&own).iter().map(|features| combination.score(features)).collect();
            let likelihood = one.features.scalars.iter().map(|scalars| scalars[0]).collect();
            let mut all = vec![own, combined, likelihood, words.scores(one.problem)];
            all.extend(Baseline::ALL.map(|baseline| baseline_scores(baseline, &one.problem.candidates)));
            for (scores, of_problem) in self.scores.iter_mut().zip(all) {
                scores.push(of_problem);
            }
        }
        self.validation.extend(validation.iter().map(|one| one.problem));
        self.validation_scores.extend(scores(&head, &samples(validation))?);
        Ok(())
    }

    fn report(self, seed: u64) -> Report {
        let scores = scorers().into_iter().zip(self.scores);
        let scores: Vec<Scores> = scores.map(|(scorer, scores)| Scores { scorer, scores }).collect();
        let calibrated = Calibrated { problems: &self.validation, scores: &self.validation_scores };
        evaluate(&self.problems, &scores, HEAD, calibrated, seed)
    }
}

/// Key of the scorer that is handed over.
const HEAD: &str = "head";

/// The scorers, in the order of [`Judged::add`].
fn scorers() -> Vec<Scorer> {
    let scorer = |key: &str, title: &str, about: &str, kind: ScorerKind| Scorer {
        key: key.to_owned(),
        title: title.to_owned(),
        about: about.to_owned(),
        kind,
    };
    let baseline = |key: &str, title: &str, about: &str| scorer(key, title, about, ScorerKind::Baseline);
    vec![
        scorer(
            HEAD,
            "reward model",
            "What is handed over: the trained top of a frozen decoder.",
            ScorerKind::Trained,
        ),
        scorer(
            "combined",
            "with log-likelihoods",
            "The same with log-likelihoods and lengths, combined linearly.",
            ScorerKind::Trained,
        ),
        baseline(
            "log_likelihood",
            "mean log-likelihood",
            "Of the answer's tokens, by the untrained decoder.",
        ),
        baseline(
            "tf_idf",
            "TF-IDF",
            "A linear model on words, up to three in a row, trained on the same problems.",
        ),
        baseline("random", "random", "A number by hash."),
        baseline("shorter", "shorter", "Fewer characters are better."),
        baseline("longer", "longer", "More characters are better."),
        baseline(
            "names",
            "rule over names",
            "Has the names that only the solution has, and none that only the old code has.",
        ),
    ]
}
