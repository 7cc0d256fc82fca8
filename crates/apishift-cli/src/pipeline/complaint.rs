//! What is wrong with a pipeline file, where, and what is allowed there.

use std::{ops::Range, path::Path};

use miette::{Diagnostic, LabeledSpan, NamedSource, SourceCode, SourceSpan};
use similar::get_close_matches;
use thiserror::Error;

/// A pipeline file that cannot be used, with the place in its text.
#[derive(Debug, Error)]
#[error("read the pipeline file {}", .0.name)]
pub struct PipelineError(Box<Complaint>);

#[derive(Debug)]
struct Complaint {
    name: String,
    source_code: NamedSource<String>,
    span: Option<SourceSpan>,
    label: String,
    help: Option<String>,
}

impl PipelineError {
    /// A complaint about `span` of `text`.
    pub(crate) fn new(path: &Path, text: &str, span: Option<Range<usize>>, label: String) -> Self {
        let name = path.display().to_string();
        let source_code = NamedSource::new(&name, text.to_owned()).with_language("toml");
        let span = span.map(|span| visible(text, span).into());
        Self(Box::new(Complaint { name, source_code, span, label, help: None }))
    }

    /// The same with a line on what is allowed.
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// A complaint of the TOML reader, in the words of a person who looks at the file.
    pub(crate) fn from_toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let message = error.message();
        let (label, help) = match Unexpected::parse(message) {
            Some(unexpected) => (unexpected.label(), Some(unexpected.help())),
            None => (message.to_owned(), None),
        };
        let complaint = Self::new(path, text, error.span(), label);
        match help {
            Some(help) => complaint.with_help(help),
            None => complaint,
        }
    }
}

impl Diagnostic for PipelineError {
    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        self.0.help.as_ref().map(|help| Box::new(help) as Box<dyn std::fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.0.source_code)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let span = self.0.span.unwrap_or_else(|| SourceSpan::from(0..0));
        Some(Box::new(std::iter::once(LabeledSpan::new_with_span(Some(self.0.label.clone()), span))))
    }
}

/// The part of a span that is worth underlining: its first line, without the blanks around it.
fn visible(text: &str, span: Range<usize>) -> Range<usize> {
    let Some(part) = text.get(span.clone()) else { return 0..0 };
    let line = part.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    match part.find(line) {
        Some(offset) if !line.is_empty() => span.start + offset..span.start + offset + line.len(),
        _ => span,
    }
}

/// serde's sentence on a key or a value that is none of the known ones.
struct Unexpected<'a> {
    what: &'a str,
    found: &'a str,
    allowed: Vec<&'a str>,
}

impl<'a> Unexpected<'a> {
    /// ``unknown field `x`, expected one of `a`, `b` `` and its variants.
    fn parse(message: &'a str) -> Option<Self> {
        let rest = message.strip_prefix("unknown ")?;
        let (what, rest) = match rest.split_once(' ')? {
            ("field", rest) => ("key", rest),
            ("variant", rest) => ("value", rest),
            _ => return None,
        };
        let mut quoted = rest.split('`').skip(1).step_by(2);
        let found = quoted.next()?;
        Some(Self { what, found, allowed: quoted.collect() })
    }

    fn label(&self) -> String {
        match get_close_matches(self.found, &self.allowed, 1, 0.6).first() {
            Some(close) => format!("unknown {}; did you mean `{close}`?", self.what),
            None => format!("unknown {}", self.what),
        }
    }

    fn help(&self) -> String {
        match self.allowed.as_slice() {
            [] => format!("no {} is allowed here", self.what),
            allowed => format!("allowed here: {}", allowed.join(", ")),
        }
    }
}
