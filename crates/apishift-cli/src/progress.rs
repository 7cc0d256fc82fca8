//! Progress of stages: bars where stderr is a terminal, now and then a line where it is not.

use std::{
    io::{self, IsTerminal},
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use apishift_history::{Phase, Progress};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tracing::{Span, field, info_span};
use tracing_indicatif::span_ext::IndicatifSpanExt;

use crate::run::Stage;

/// Pause between two lines where there are no bars: a log should not be flooded.
const LINE_PAUSE: Duration = Duration::from_secs(15);

/// The progress of one stage.
#[derive(Debug)]
pub(crate) struct StageProgress {
    stage: Stage,
    span: Span,
    started: Instant,
    total: AtomicUsize,
    done: AtomicUsize,
    /// When the last line was written; `None` where there are bars.
    last_line: Option<Mutex<Instant>>,
}

impl StageProgress {
    /// Starts the stage's clock and its bar.
    pub(crate) fn new(stage: Stage) -> Self {
        let span = info_span!("stage", indicatif.pb_show = field::Empty);
        span.pb_set_style(&style("{span_child_prefix}{msg:10} [{bar:30}] {pos}/{len} {elapsed}"));
        span.pb_set_message(stage.name());
        let started = Instant::now();
        let last_line = (!io::stderr().is_terminal()).then(|| Mutex::new(started));
        Self { stage, span, started, total: AtomicUsize::new(0), done: AtomicUsize::new(0), last_line }
    }

    /// Says how many units there are, and how many of them were finished before.
    pub(crate) fn begin(&self, total: usize, done: usize) {
        self.total.store(total, Ordering::Relaxed);
        self.done.store(done, Ordering::Relaxed);
        self.span.pb_start();
        self.span.pb_set_length(total as u64);
        self.span.pb_set_position(done as u64);
        if done > 0 && done < total {
            tracing::info!("{}: {done} of {total} {} are there already", self.stage, self.stage.units());
        }
    }

    /// Shows a unit that is being worked on, until the value is dropped.
    pub(crate) fn unit(&self, name: &str) -> UnitProgress {
        let span = info_span!(parent: &self.span, "unit", indicatif.pb_show = field::Empty);
        span.pb_set_style(&style("{span_child_prefix}{spinner} {msg}"));
        span.pb_set_message(name);
        span.pb_start();
        UnitProgress { span, name: name.to_owned(), releases: AtomicUsize::new(0), done: AtomicUsize::new(0) }
    }

    /// A unit is finished.
    pub(crate) fn unit_done(&self, name: &str, rows: u64) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        self.span.pb_inc(1);
        tracing::debug!(unit = name, rows, "{}: unit done", self.stage);
        let Some(last_line) = &self.last_line else { return };
        let mut last_line = last_line.lock().unwrap_or_else(PoisonError::into_inner);
        if last_line.elapsed() >= LINE_PAUSE {
            *last_line = Instant::now();
            let total = self.total.load(Ordering::Relaxed);
            tracing::info!("{}: {done} of {total} {}", self.stage, self.stage.units());
        }
    }

    /// Time since the stage began.
    pub(crate) fn elapsed(&self) -> Duration {
        self.started.elapsed()
    }
}

/// The progress of one unit.
#[derive(Debug)]
pub(crate) struct UnitProgress {
    span: Span,
    name: String,
    releases: AtomicUsize,
    done: AtomicUsize,
}

impl Progress for UnitProgress {
    fn phase(&self, phase: Phase) {
        let what = match phase {
            Phase::Waiting => "waiting for another process",
            Phase::Listing => "asking what there is",
            Phase::Releases => "downloading",
            Phase::Reading => "reading licences and names",
        };
        if phase == Phase::Releases {
            self.span.pb_set_style(&style(
                "{span_child_prefix}{spinner} {msg} {bytes}/{total_bytes} {binary_bytes_per_sec}",
            ));
        }
        self.span.pb_set_message(&format!("{}: {what}", self.name));
    }

    fn add_bytes(&self, total: u64) {
        self.span.pb_inc_length(total);
    }

    fn advance_bytes(&self, done: u64) {
        self.span.pb_inc(done);
    }

    fn add_releases(&self, total: u64) {
        self.releases.fetch_add(usize::try_from(total).unwrap_or(0), Ordering::Relaxed);
    }

    fn release_done(&self) {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        let total = self.releases.load(Ordering::Relaxed);
        self.span.pb_set_message(&format!("{}: {done} of {total} releases", self.name));
    }
}

/// A bar of the rows of a file that a command goes through; a spinner where their number is not known.
pub(crate) fn rows_bar(command: &str, rows: Option<u64>, quiet: bool) -> ProgressBar {
    let target = if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
    let bar = ProgressBar::with_draw_target(rows, target);
    bar.set_style(style(&match rows {
        Some(_) => format!("{command} [{{bar:30}}] {{pos}}/{{len}} {{per_sec}} {{msg}} {{eta}} left"),
        None => format!("{command} {{spinner}} {{pos}} {{per_sec}} {{msg}} {{elapsed}}"),
    }));
    bar
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).expect("the templates above are well-formed").progress_chars("=> ")
}
