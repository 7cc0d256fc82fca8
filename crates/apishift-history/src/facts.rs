//! What is known about an imported release, kept in the message of its commit, so that a later run gives the same
//! [`Release`] without its archive.

use apishift_types::{DateSource, Release, Skipped, SourceKind, TreeId, Version};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};

/// Facts about one imported archive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    pub(crate) version: Version,
    pub(crate) source: SourceKind,
    /// File name of the archive.
    pub(crate) archive: String,
    /// SHA-256 of the archive, hex.
    pub(crate) sha256: String,
    /// Size of the archive.
    pub(crate) bytes: u64,
    pub(crate) date: Option<Date>,
    pub(crate) date_source: DateSource,
    /// Files that were left out, by reason.
    pub(crate) skipped: Skipped,
    /// Fingerprint of the rules of the import.
    pub(crate) rules: String,
}

impl Facts {
    /// The commit message: a line for people, then the facts as JSON.
    pub(crate) fn message(&self, project: &str) -> String {
        let facts = serde_json::to_string_pretty(self).expect("facts are plain values");
        format!("{project} {}\n\n{facts}\n", self.version)
    }

    /// The facts of a commit; `None` for a commit that is not an import, or one of another time.
    pub(crate) fn parse(message: &str) -> Option<Self> {
        let (_, facts) = message.split_once("\n\n")?;
        serde_json::from_str(facts).ok()
    }

    /// The release as later stages see it, but for its licence: that is read from the tree, where it stays readable.
    pub(crate) fn release(&self, commit: TreeId) -> Release {
        Release {
            version: self.version.clone(),
            commit,
            date: self.date,
            date_source: self.date_source,
            source: self.source,
            license: None,
            bytes: self.bytes,
            sha256: self.sha256.clone(),
        }
    }
}

/// When a release was made, as well as can be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ReleaseTime {
    /// Seconds since the epoch; 0 where unknown.
    pub(crate) seconds: i64,
    pub(crate) date: Option<Date>,
    pub(crate) source: DateSource,
}

impl ReleaseTime {
    /// The upload time that the index gives, else `newest`, the newest modification time in the archive.
    pub(crate) fn of(uploaded: Option<Timestamp>, newest: Option<i64>) -> Self {
        let found = match (uploaded, newest.and_then(archive_time)) {
            (Some(time), _) => Some((time, DateSource::Index)),
            (None, Some(time)) => Some((time, DateSource::Archive)),
            (None, None) => None,
        };
        match found {
            Some((time, source)) => Self { seconds: time.as_second(), date: Some(day(time)), source },
            None => Self { seconds: 0, date: None, source: DateSource::Unknown },
        }
    }
}

/// The day, UTC.
pub(crate) fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

/// A modification time, unless it is one of the constants that build tools write so that archives are reproducible, or
/// cannot be the time of a Python package at all.
fn archive_time(seconds: i64) -> Option<Timestamp> {
    /// Epoch, start of zip, and the days that npm, flit and hatch write.
    const CONSTANTS: [(i16, i8, i8); 5] =
        [(1970, 1, 1), (1980, 1, 1), (1985, 10, 26), (2016, 1, 1), (2020, 2, 2)];
    let time = Timestamp::from_second(seconds).ok()?;
    let day = day(time);
    let constant = CONSTANTS.contains(&(day.year(), day.month(), day.day()));
    (!constant && (1991..2100).contains(&day.year())).then_some(time)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_survive_the_commit_message() {
        let mut skipped = Skipped::default();
        skipped.add_n("file-not-text", 3);
        let facts = Facts {
            version: "1.2.post1".parse().unwrap(),
            source: SourceKind::Sdist,
            archive: "demo-1.2.post1.tar.gz".into(),
            sha256: "ab".repeat(32),
            bytes: 12,
            date: Some(Date::constant(2021, 6, 2)),
            date_source: DateSource::Index,
            skipped,
            rules: "0011".into(),
        };
        assert_eq!(Facts::parse(&facts.message("demo")), Some(facts));
        assert_eq!(Facts::parse("some commit\n\nwith a body"), None);
    }

    #[test]
    fn the_index_is_believed_before_the_archive() {
        let uploaded: Timestamp = "2021-06-02T23:59:59Z".parse().unwrap();
        let time = ReleaseTime::of(Some(uploaded), Some(1_000_000_000));
        assert_eq!((time.date.unwrap().to_string().as_str(), time.source), ("2021-06-02", DateSource::Index));
        let time = ReleaseTime::of(None, Some(1_000_000_000));
        assert_eq!(
            (time.date.unwrap().to_string().as_str(), time.source),
            ("2001-09-09", DateSource::Archive)
        );
    }

    #[test]
    fn constants_of_build_tools_are_no_dates() {
        for constant in
            ["2020-02-02T00:00:00Z", "1980-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "2107-01-01T00:00:00Z"]
        {
            let seconds = constant.parse::<Timestamp>().unwrap().as_second();
            let time = ReleaseTime::of(None, Some(seconds));
            assert_eq!((time.date, time.source, time.seconds), (None, DateSource::Unknown, 0), "{constant}");
        }
    }
}
