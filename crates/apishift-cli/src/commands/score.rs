//! `apishift score`.

#[cfg(feature = "torch")]
pub(crate) use with_torch::run;
#[cfg(not(feature = "torch"))]
pub(crate) use without::run;

#[cfg(not(feature = "torch"))]
mod without {
    use crate::{
        args::{GlobalArgs, ScoreArgs},
        failure::NoTorch,
        output::Printer,
    };

    /// Says what to do.
    pub(crate) fn run(_: &ScoreArgs, _: &GlobalArgs, _: &Printer) -> anyhow::Result<()> {
        Err(NoTorch { command: "score" }.into())
    }
}

#[cfg(feature = "torch")]
mod with_torch {
    use std::{num::NonZeroUsize, path::Path, sync::atomic::Ordering, time::Instant};

    use anyhow::{anyhow, bail};
    use apishift_dataset::export::turns;
    use apishift_nn::torch::{Device, Precision, set_threads};
    use apishift_reward_model::torch::open_scorer;
    use apishift_store::{Record, RecordReader, RowsFile, ScoreTable};
    use apishift_types::{ChatMessage, ScoreRow};
    use apishift_verify::layout::task_of;
    use serde::Serialize;
    use serde_json::Value;

    use crate::{
        args::{GlobalArgs, ScoreArgs},
        failure::Interrupted,
        interrupt,
        output::{Format, Printer},
        progress::rows_bar,
    };

    /// Answers that are in memory at a time.
    const BATCH: usize = 256;

    /// Columns of which one has the answer, the first that is there.
    const ANSWERS: [&str; 4] = ["answer", "response", "completion", "solution_str"];

    /// What is printed.
    #[derive(Debug, Default, Serialize)]
    struct Summary {
        rows: u64,
        mean: f64,
        tokens: u64,
        truncated: u64,
        precision: &'static str,
        seconds: f64,
    }

    /// Scores every row, and writes the scores.
    pub(crate) fn run(args: &ScoreArgs, global: &GlobalArgs, printer: &Printer) -> anyhow::Result<()> {
        RowsFile::<ScoreTable>::check(&args.out)?;
        let reader = RecordReader::open(&args.input)?;
        if let Some(threads) = global.jobs {
            set_threads(NonZeroUsize::get(threads));
        }
        let device = args.device.parse::<Device>()?.resolve()?;
        let precision =
            Precision::named(&args.precision, device).unwrap_or_else(|| Precision::fastest(device));
        let mut scorer = open_scorer(&args.model, precision, device, args.limit)?;
        let mut out = RowsFile::<ScoreTable>::create(&args.out)?;
        let mut summary = Summary { precision: precision.as_str(), ..Summary::default() };
        let progress = rows_bar("score", reader.rows(), global.quiet);
        let interrupt = interrupt::flag();
        let start = Instant::now();
        let mut rows = (0_u64..).zip(reader);
        loop {
            let read = |(row, record): (u64, Result<Record, _>)| {
                let record: Record = record?;
                let wrong = |error: anyhow::Error| {
                    error.context(format!("read row {row} of {}", args.input.display()))
                };
                let id = record.get("id").and_then(Value::as_str).map(str::to_owned);
                let known = ScoreRow { row, id, task_id: task_of(&record), ..ScoreRow::default() };
                Ok((known, conversation(&record).map_err(wrong)?))
            };
            let batch: Vec<_> = rows.by_ref().take(BATCH).map(read).collect::<anyhow::Result<_>>()?;
            if batch.is_empty() {
                break;
            }
            let (known, conversations): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
            let scores = scorer.score(&conversations).map_err(anyhow::Error::from_boxed)?;
            for (known, scored) in known.into_iter().zip(scores) {
                summary.rows += 1;
                summary.mean += scored.score;
                summary.tokens += scored.tokens as u64;
                summary.truncated += u64::from(scored.truncated);
                let tokens = u32::try_from(scored.tokens).unwrap_or(u32::MAX);
                out.push(ScoreRow { score: scored.score, tokens, truncated: scored.truncated, ..known })?;
            }
            progress.set_position(summary.rows);
            if interrupt.load(Ordering::SeqCst) {
                return Err(Interrupted.into());
            }
        }
        progress.finish_and_clear();
        summary.mean /= summary.rows.max(1) as f64;
        summary.seconds = start.elapsed().as_secs_f64();
        out.finish()?;
        match args.format {
            Format::Json => printer.json(&summary),
            Format::Human => Ok(printer.print(&human(&summary, &args.out))?),
        }
    }

    /// What was asked, and the answer.
    fn conversation(row: &Record) -> anyhow::Result<Vec<ChatMessage>> {
        if let Some(messages) = row.get("messages").filter(|messages| !messages.is_null()) {
            return turns_of(messages, "messages", "user");
        }
        let answer =
            ANSWERS.into_iter().find_map(|name| Some((name, row.get(name)?))).filter(|(_, v)| !v.is_null());
        if let (Some(prompt), Some((name, answer))) = (row.get("prompt"), answer) {
            // A completion that goes on where the prompt ends is a candidate.
            if row.get("entry_point").is_none_or(Value::is_null) {
                let mut all = turns_of(prompt, "prompt", "user")?;
                all.extend(turns_of(answer, name, "assistant")?);
                return Ok(all);
            }
        }
        let (_, asked, answer) = turns(row)?;
        Ok(vec![turn("user", asked), turn("assistant", answer)])
    }

    /// Turns, or a text as the one turn of `role`.
    fn turns_of(value: &Value, column: &str, role: &str) -> anyhow::Result<Vec<ChatMessage>> {
        match value {
            Value::String(text) => Ok(vec![turn(role, text.clone())]),
            Value::Array(turns) if turns.is_empty() => {
                bail!("the column `{column}` is an empty conversation")
            }
            Value::Array(turns) => {
                let read = |turn: &Value| serde_json::from_value(turn.clone());
                let turns = turns.iter().map(read).collect::<Result<_, _>>();
                turns.map_err(|_other| {
                    anyhow!("the column `{column}` has to hold turns with `role` and `content`")
                })
            }
            _ => bail!("the column `{column}` is no text and no conversation"),
        }
    }

    fn turn(role: &str, content: String) -> ChatMessage {
        ChatMessage { role: role.to_owned(), content }
    }

    fn human(summary: &Summary, out: &Path) -> String {
        let seconds = summary.seconds.max(1e-9);
        let truncated = match summary.truncated {
            0 => String::new(),
            count => format!(", {count} longer than the limit"),
        };
        format!(
            "{} scores, mean {:.3}{truncated}\n{:.1} s in {}, {:.1} a second, {:.0} tokens a second\n{}\n",
            summary.rows,
            summary.mean,
            summary.seconds,
            summary.precision,
            summary.rows as f64 / seconds,
            summary.tokens as f64 / seconds,
            out.display(),
        )
    }
}
