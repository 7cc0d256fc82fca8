//! Lines on stderr: what libraries and the run say while they work.

use std::fmt::{self, Write as _};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_indicatif::{IndicatifLayer, filter::IndicatifFilter};
use tracing_subscriber::{
    EnvFilter, Layer,
    fmt::{FmtContext, FormatEvent, FormatFields, format::Writer},
    layer::SubscriberExt,
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// How much is said, from the flags `-q` and `-v`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Verbosity {
    /// `-q`: errors only.
    Quiet,
    /// What the run does, and warnings.
    Normal,
    /// `-v`: what the libraries do.
    Verbose,
    /// `-vv`: everything.
    Debug,
}

impl Verbosity {
    /// From the counts of the two flags.
    pub(crate) fn of(quiet: bool, verbose: u8) -> Self {
        match (quiet, verbose) {
            (true, _) => Self::Quiet,
            (false, 0) => Self::Normal,
            (false, 1) => Self::Verbose,
            (false, _) => Self::Debug,
        }
    }

    fn directives(self) -> &'static str {
        match self {
            Self::Quiet => "error",
            Self::Normal => "warn,apishift_cli=info",
            Self::Verbose => {
                "warn,apishift_cli=debug,apishift_history=info,apishift_mine=info,apishift_dataset=info"
            }
            Self::Debug => {
                "info,apishift_cli=trace,apishift_store=trace,apishift_history=debug,apishift_syntax=debug,apishift_mine=debug,apishift_dataset=debug"
            }
        }
    }
}

/// Sets up lines and bars, once. `RUST_LOG` overrides the flags.
pub(crate) fn set_up(verbosity: Verbosity) {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(verbosity.directives()));
    let bars = IndicatifLayer::new();
    let writer = bars.get_stderr_writer();
    let lines = tracing_subscriber::fmt::layer()
        .event_format(Lines { verbosity })
        .with_writer(writer)
        .with_filter(filter);
    // Bars are shown for the spans that ask for it, whatever level of lines is on.
    let bars = (verbosity > Verbosity::Quiet).then(|| bars.with_filter(IndicatifFilter::new(false)));
    // A second set-up (in one process, by tests) changes nothing.
    let _already_set = tracing_subscriber::registry().with(lines).with(bars).try_init();
}

/// One event as one line: no time and no level for what a run says anyway.
struct Lines {
    verbosity: Verbosity,
}

impl<S, N> FormatEvent<S, N> for Lines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, _: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        match *event.metadata().level() {
            Level::ERROR => out.write_str("error: ")?,
            Level::WARN => out.write_str("warning: ")?,
            _ => {}
        }
        if self.verbosity > Verbosity::Normal {
            write!(out, "[{}] ", event.metadata().target())?;
        }
        let mut line = Line::default();
        event.record(&mut line);
        writeln!(out, "{}{}", line.message, line.fields)
    }
}

/// The message, then the fields.
#[derive(Default)]
struct Line {
    message: String,
    fields: String,
}

impl Visit for Line {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            let _infallible = write!(self.fields, " {}={value:?}", field.name());
        }
    }
}
