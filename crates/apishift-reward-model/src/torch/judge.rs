//! What scorers are worth on candidates that were labelled elsewhere.

use apishift_report::reward_model::{Report, Scorer as Described, ScorerKind, Texts};
use apishift_types::{ChatMessage, Scorer};

use crate::{Baseline, Calibrated, Problem, Scores, baseline_scores, evaluate};

/// Why problems were not judged.
#[derive(Debug, thiserror::Error)]
pub enum JudgeError {
    /// A scorer.
    #[error("score the candidates of {task}")]
    Score {
        /// The problem.
        task: String,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// Somebody wants to stop.
    #[error("judge: interrupted")]
    Interrupted,
}

/// Scores problems with a model, and with a language model where one is given, and compares. The report's calibration is fitted on the same
/// problems: there are no others. `tell` is told how many problems are done, and says whether to go on.
pub fn judge(
    model: &mut dyn Scorer,
    mut language_model: Option<&mut dyn Scorer>,
    problems: &[Problem],
    seed: u64,
    tell: &mut dyn FnMut(usize) -> bool,
) -> Result<Report, JudgeError> {
    let mut texts = Texts::default();
    let (mut own, mut likelihoods) = (Vec::new(), Vec::new());
    for (done, problem) in problems.iter().enumerate() {
        let conversations: Vec<Vec<ChatMessage>> = problem
            .candidates
            .iter()
            .map(|row| vec![turn("user", &row.prompt), turn("assistant", &row.answer)])
            .collect();
        let wrong = |source| JudgeError::Score { task: problem.task_id.clone(), source };
        let scored = model.score(&conversations).map_err(wrong)?;
        texts.scored += scored.len() as u64;
        texts.truncated += scored.iter().filter(|scored| scored.truncated).count() as u64;
        own.push(scored.iter().map(|scored| scored.score).collect::<Vec<f64>>());
        if let Some(language_model) = &mut language_model {
            let scored = language_model.score(&conversations).map_err(wrong)?;
            likelihoods.push(scored.iter().map(|scored| scored.score).collect::<Vec<f64>>());
        }
        if !tell(done + 1) {
            return Err(JudgeError::Interrupted);
        }
    }
    let described = |key: &str, title: &str, about: &str, kind: ScorerKind| Described {
        key: key.to_owned(),
        title: title.to_owned(),
        about: about.to_owned(),
        kind,
    };
    let mut scorers =
        vec![(described(MODEL, "reward model", "The model that is judged.", ScorerKind::Trained), own)];
    if !likelihoods.is_empty() {
        let title = "mean log-likelihood";
        let about = "Of the answer's tokens, by a language model.";
        scorers.push((described("log_likelihood", title, about, ScorerKind::Baseline), likelihoods));
    }
    for (baseline, about) in [
        (Baseline::Random, "A number by hash."),
        (Baseline::Shorter, "Fewer characters are better."),
        (Baseline::Longer, "More characters are better."),
    ] {
        let name = baseline.as_str();
        let scores = problems.iter().map(|problem| baseline_scores(baseline, &problem.candidates)).collect();
        scorers.push((described(name, name, about, ScorerKind::Baseline), scores));
    }
    let scores: Vec<Scores> = scorers.into_iter().map(|(scorer, scores)| Scores { scorer, scores }).collect();
    let all: Vec<&Problem> = problems.iter().collect();
    let calibrated = Calibrated { problems: &all, scores: &scores[0].scores };
    let mut report = evaluate(&all, &scores, MODEL, calibrated, seed);
    report.texts = texts;
    report
        .limits
        .push("Reliability is fitted on the problems that it is shown for: it says how far scores can be chances at best.".to_owned());
    Ok(report)
}

/// Key of the model that is judged.
const MODEL: &str = "model";

fn turn(role: &str, content: &str) -> ChatMessage {
    ChatMessage { role: role.to_owned(), content: content.to_owned() }
}
