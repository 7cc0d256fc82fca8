//! `apishift eval-rm`.

#[cfg(feature = "torch")]
pub(crate) use with_torch::run;
#[cfg(not(feature = "torch"))]
pub(crate) use without::run;

#[cfg(not(feature = "torch"))]
mod without {
    use crate::{
        args::{EvalRmArgs, GlobalArgs},
        failure::NoTorch,
        output::Printer,
    };

    /// Says what to do.
    pub(crate) fn run(_: &EvalRmArgs, _: &GlobalArgs, _: &Printer) -> anyhow::Result<()> {
        Err(NoTorch { command: "eval-rm" }.into())
    }
}

#[cfg(feature = "torch")]
mod with_torch {
    use std::{num::NonZeroUsize, path::Path, sync::atomic::Ordering, thread};

    use anyhow::{Context, anyhow, bail};
    use apishift_candidates::import;
    use apishift_nn::torch::{Device, Precision, set_threads};
    use apishift_report::reward_model::{Report, Scope};
    use apishift_reward_model::{
        Problem, problems,
        torch::{JudgeError, judge, open_scorer},
    };
    use apishift_store::RecordReader;
    use apishift_syntax::grammar::STACK;
    use apishift_types::CandidateRow;
    use serde::Serialize;

    use crate::{
        args::{EvalRmArgs, GlobalArgs},
        failure::Interrupted,
        interrupt,
        output::{Format, Printer},
        progress::rows_bar,
        reward_model::{RewardModelSettings, write_report},
    };

    /// What is printed of a file.
    #[derive(Debug, Serialize)]
    struct Summary {
        file: String,
        report: String,
        problems: u64,
        candidates: u64,
        pairwise_accuracy: Option<f64>,
        best_of_8: Option<f64>,
        majority_of_8: Option<f64>,
    }

    /// Judges a model on files.
    pub(crate) fn run(args: &EvalRmArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
        // With all named, no pipeline file is needed.
        let named = (!args.files.is_empty()).then_some(()).and(args.model.as_ref()).and(args.out.as_ref());
        let settings = match named {
            Some(_) => None,
            None => Some(RewardModelSettings::read(&args.config, None)?),
        };
        let run = settings
            .as_ref()
            .map(|settings| Path::new("data/build").join(&settings.name))
            .unwrap_or_default();
        let files = match &settings {
            Some(settings) if args.files.is_empty() => settings.tests.clone(),
            _ => args.files.clone(),
        };
        if files.is_empty() {
            bail!("name files of candidates, or a pipeline with [[test]]");
        }
        if let Some(threads) = global.jobs {
            set_threads(NonZeroUsize::get(threads));
        }
        let device = args.device.parse::<Device>()?.resolve()?;
        let precision =
            Precision::named(&args.precision, device).unwrap_or_else(|| Precision::fastest(device));
        let open = |folder: &Path| open_scorer(folder, precision, device, args.limit);
        let mut model = open(&args.model.clone().unwrap_or_else(|| run.join("model")))?;
        let mut language_model = args.language_model.as_deref().map(open).transpose()?;
        let out = args.out.clone().unwrap_or_else(|| run.join("eval"));
        let interrupt = interrupt::flag();
        let mut summaries = Vec::new();
        for file in &files {
            let (problems, unlabelled) = read(file)?;
            let progress = rows_bar("eval-rm", Some(problems.len() as u64), global.quiet);
            let report = judge(
                model.as_mut(),
                language_model.as_mut().map(|model| &mut **model as &mut dyn apishift_types::Scorer),
                &problems,
                0,
                &mut |done| {
                    progress.set_position(done as u64);
                    !interrupt.load(Ordering::SeqCst)
                },
            );
            progress.finish_and_clear();
            let mut report = report.map_err(|error| match error {
                JudgeError::Interrupted => anyhow::Error::from(Interrupted),
                other @ JudgeError::Score { .. } => other.into(),
            })?;
            let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            report.name = format!("Reward model on {stem}");
            report.data = format!("{} problems of {}.", problems.len(), file.display());
            report.about.push(("computed in".to_owned(), precision.as_str().to_owned()));
            if unlabelled > 0 {
                report.texts.skipped.insert("no label".to_owned(), unlabelled as u64);
            }
            let folder = out.join(&stem);
            write_report(&folder, &report)?;
            summaries.push(summary(file, &folder.join("report.html"), &report));
        }
        match args.format {
            Format::Json => printer.json(&summaries),
            Format::Human => Ok(printer.print(&summaries.iter().map(human).collect::<String>())?),
        }
    }

    /// The problems of a file, and how many rows have no label.
    fn read(file: &Path) -> anyhow::Result<(Vec<Problem>, usize)> {
        let reader = RecordReader::open(file)?;
        let work = move || {
            let mut rows: Vec<CandidateRow> = Vec::new();
            for (row, record) in (0_u64..).zip(reader) {
                rows.push(import(&record?).with_context(|| format!("read row {row}"))?);
            }
            anyhow::Ok(rows)
        };
        // The parser goes as deep as its input.
        let worker = thread::Builder::new().stack_size(STACK).spawn(work).context("start a thread")?;
        let rows = worker.join().map_err(|_panic| anyhow!("read candidates: a thread panicked"))?;
        Ok(problems(rows.with_context(|| format!("read {}", file.display()))?))
    }

    fn summary(file: &Path, page: &Path, report: &Report) -> Summary {
        let table = report.tables.iter().find(|table| table.scope == Scope::Real);
        let figure = |scorer: &str, metric: &str| {
            let row = table?.rows.iter().find(|row| row.scorer == scorer)?;
            Some(row.figures.get(metric)?.value)
        };
        Summary {
            file: file.display().to_string(),
            report: page.display().to_string(),
            problems: table.map_or(0, |table| table.problems),
            candidates: table.map_or(0, |table| table.candidates),
            pairwise_accuracy: figure(&report.headline, "pairwise_accuracy"),
            best_of_8: figure(&report.headline, "best_of_8"),
            majority_of_8: figure("majority", "best_of_8"),
        }
    }

    fn human(summary: &Summary) -> String {
        let number = |figure: Option<f64>| figure.map_or("none".to_owned(), |value| format!("{value:.3}"));
        format!(
            "{}: {} real candidates of {} problems: pairwise accuracy {}, best of 8 {} (majority vote {})\n{}\n",
            summary.file,
            summary.candidates,
            summary.problems,
            number(summary.pairwise_accuracy),
            number(summary.best_of_8),
            number(summary.majority_of_8),
            summary.report
        )
    }
}
