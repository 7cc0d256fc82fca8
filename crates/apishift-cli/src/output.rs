//! What goes to stdout: the one place that writes there.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use clap::ValueEnum;
use serde::Serialize;

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Human,
    /// One JSON object.
    Json,
}

/// Whether colours are used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Colour {
    /// On terminals, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Colour {
    fn choice(self) -> ColorChoice {
        match self {
            Self::Auto => ColorChoice::Auto,
            Self::Always => ColorChoice::Always,
            Self::Never => ColorChoice::Never,
        }
    }

    /// Whether colours are used on stderr.
    pub(crate) fn on_stderr(self) -> bool {
        AutoStream::new(io::stderr(), self.choice()).current_choice() != ColorChoice::Never
    }
}

/// Writes to stdout; colours are taken out where they are not wanted.
#[derive(Debug)]
pub(crate) struct Printer {
    colour: Colour,
}

impl Printer {
    pub(crate) fn new(colour: Colour) -> Self {
        Self { colour }
    }

    /// Prints a text as it is.
    pub(crate) fn print(&self, text: &str) -> io::Result<()> {
        let mut out = AutoStream::new(io::stdout().lock(), self.colour.choice());
        out.write_all(text.as_bytes())?;
        out.flush()
    }

    /// Prints a value as one JSON object.
    pub(crate) fn json(&self, value: &impl Serialize) -> anyhow::Result<()> {
        let text = serde_json::to_string_pretty(value)?;
        Ok(self.print(&format!("{text}\n"))?)
    }
}

/// Prints a failure, on stderr.
pub(crate) fn complain(text: &str) {
    // Where stderr is closed there is nobody to tell.
    let _closed = AutoStream::new(io::stderr().lock(), ColorChoice::Always).write_all(text.as_bytes());
}
