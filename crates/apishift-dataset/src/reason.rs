//! Why a row is not in the dataset.

use std::fmt;

/// Why a row was left out. The name is the key in [`apishift_types::Skipped`]; the explanation stands in the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// The row names an API change that the table does not hold.
    UnknownChange,
    /// No text says what changed.
    NoUpdateInfo,
    /// The edited project's licence is missing, or is no SPDX expression.
    LicenceUnknown,
    /// The licence does not permit it.
    LicenceNotPermitted,
    /// The text holds control characters, or characters that stand for bytes that were not UTF-8.
    UncleanText,
    /// A side is no Python 3.
    NoPython,
    /// A side has too few lines.
    TooShort,
    /// A side has too many lines or characters.
    TooLong,
    /// Old and new code are the same text.
    Unchanged,
    /// Old and new code differ in comments and layout only.
    OnlyLayoutChanged,
    /// The row's quality, after it was run, is below the threshold.
    LowQuality,
    /// It is synthesized, and an edit that somebody made shows the same change.
    Covered,
    /// There are enough synthesized rows of this API.
    SynthesizedCap,
    /// Synthesized rows have their share of the dataset.
    SynthesizedShare,
    /// The same pair is there already, or the same pair turned round.
    Duplicate,
    /// The same edit of the same API is there already, in other code.
    SameEdit,
    /// Nearly the same code is there already.
    NearDuplicate,
    /// The project has enough rows of this API.
    ProjectCap,
    /// There are enough rows of this API.
    ChangeCap,
    /// The library has its share of the dataset.
    LibraryShare,
    /// The text overlaps with a benchmark.
    BenchmarkOverlap,
}

impl Reason {
    /// Every reason, in the order in which they are tried.
    pub const ALL: [Self; 21] = [
        Self::UnknownChange,
        Self::NoPython,
        Self::LicenceUnknown,
        Self::LicenceNotPermitted,
        Self::UncleanText,
        Self::TooShort,
        Self::TooLong,
        Self::Unchanged,
        Self::OnlyLayoutChanged,
        Self::NoUpdateInfo,
        Self::Duplicate,
        Self::SameEdit,
        Self::ProjectCap,
        Self::ChangeCap,
        Self::NearDuplicate,
        Self::Covered,
        Self::SynthesizedCap,
        Self::LibraryShare,
        Self::LowQuality,
        Self::SynthesizedShare,
        Self::BenchmarkOverlap,
    ];

    /// The key under which rows are counted.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownChange => "unknown-change",
            Self::NoUpdateInfo => "no-update-info",
            Self::LicenceUnknown => "licence-unknown",
            Self::LicenceNotPermitted => "licence-not-permitted",
            Self::UncleanText => "unclean-text",
            Self::NoPython => "no-python-3",
            Self::TooShort => "too-short",
            Self::TooLong => "too-long",
            Self::Unchanged => "unchanged",
            Self::OnlyLayoutChanged => "only-layout-changed",
            Self::LowQuality => "low-quality",
            Self::Covered => "covered",
            Self::SynthesizedCap => "synthesized-cap",
            Self::SynthesizedShare => "synthesized-share",
            Self::Duplicate => "duplicate",
            Self::SameEdit => "same-edit",
            Self::NearDuplicate => "near-duplicate",
            Self::ProjectCap => "project-cap",
            Self::ChangeCap => "change-cap",
            Self::LibraryShare => "library-share",
            Self::BenchmarkOverlap => "benchmark-overlap",
        }
    }

    /// One sentence fragment for the card.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::UnknownChange => "the row names an API change that the table does not hold",
            Self::NoUpdateInfo => "no text of the library says what changed",
            Self::LicenceUnknown => "the edited project's licence is missing, or is no SPDX expression",
            Self::LicenceNotPermitted => "the edited project's licence is not a permitted one",
            Self::UncleanText => "control characters, or bytes that were not UTF-8",
            Self::NoPython => "a side is no Python 3",
            Self::TooShort => "too few lines",
            Self::TooLong => "too many lines or characters",
            Self::Unchanged => "old and new code are the same text",
            Self::OnlyLayoutChanged => "old and new code differ in comments and layout only",
            Self::LowQuality => {
                "`quality` is below the threshold; the rows are in the configuration `scored`"
            }
            Self::Covered => "it is synthesized, and an edit that somebody made shows the same change",
            Self::SynthesizedCap => "there are enough synthesized rows of this API",
            Self::SynthesizedShare => "synthesized rows have their share of the dataset",
            Self::Duplicate => "the same pair is there already, or the same pair turned round",
            Self::SameEdit => "the same edit of the same API is there already, in other code",
            Self::NearDuplicate => "nearly the same code is there already",
            Self::ProjectCap => "the project has enough rows of this API",
            Self::ChangeCap => "there are enough rows of this API",
            Self::LibraryShare => "the library has its share of the dataset",
            Self::BenchmarkOverlap => "the text overlaps with a benchmark",
        }
    }

    /// The reason of a key, for the card.
    pub(crate) fn of_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == key)
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_distinct_and_lead_back() {
        for reason in Reason::ALL {
            assert_eq!(Reason::of_key(reason.as_str()), Some(reason));
        }
    }
}
