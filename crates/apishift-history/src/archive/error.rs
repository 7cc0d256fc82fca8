//! Why an archive is refused.

use std::{error::Error as _, io};

use thiserror::Error;

/// Refusal of an archive.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// It is built to do harm, or cannot be told from one that is.
    #[error("accept archive {archive}: member `{member}` {why}")]
    Hostile {
        /// File name of the archive.
        archive: String,
        /// Name of the member, with what is not UTF-8 replaced.
        member: String,
        /// What is wrong with it.
        why: Hostility,
    },
    /// It cannot be read to its end: truncated, damaged, or packed in a way that is not read.
    #[error("read archive {archive} beyond member `{member}`")]
    Broken {
        /// File name of the archive.
        archive: String,
        /// Name of the last member that was read; empty at the start.
        member: String,
        /// Why reading failed.
        source: io::Error,
    },
    /// Its bytes are not those that the index announced, also after a second download.
    #[error("accept archive {archive}: its SHA-256 is {found}, and the index says {announced}")]
    WrongHash {
        /// File name of the archive.
        archive: String,
        /// Hash of what came.
        found: String,
        /// Hash that the index named.
        announced: String,
    },
    /// The archive itself is larger than the limit.
    #[error("accept archive {archive}: it has more than {limit} bytes")]
    TooLarge {
        /// File name of the archive.
        archive: String,
        /// The limit, bytes.
        limit: u64,
    },
    /// The index lists the archive and does not have it.
    #[error("download archive {archive}: the index answers with status {status}")]
    Gone {
        /// File name of the archive.
        archive: String,
        /// HTTP status.
        status: u16,
    },
    /// Nothing in it is text that later stages read.
    #[error("import archive {archive}: it holds no file to keep")]
    NoText {
        /// File name of the archive.
        archive: String,
    },
}

impl ArchiveError {
    /// The message with its cause, for a log line.
    pub(crate) fn explained(&self) -> String {
        match self.source() {
            Some(cause) => format!("{self}: {cause}"),
            None => self.to_string(),
        }
    }

    /// The reason under which the release is counted as skipped.
    pub fn reason(&self) -> &'static str {
        match self {
            Self::Hostile { .. } => "release-hostile-archive",
            Self::Broken { .. } => "release-broken-archive",
            Self::WrongHash { .. } => "release-wrong-hash",
            Self::TooLarge { .. } => "release-archive-too-large",
            Self::Gone { .. } => "release-archive-gone",
            Self::NoText { .. } => "release-without-text",
        }
    }
}

/// What makes an archive hostile. Reads after "member `x`".
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Hostility {
    /// `../`.
    #[error("leaves the archive through `..`")]
    Traversal,
    /// `/etc/passwd`, `C:\x`.
    #[error("has an absolute path")]
    Absolute,
    /// A NUL in the name.
    #[error("has a NUL in its name")]
    Nul,
    /// Too many folders in each other, or too long a name.
    #[error("is too deep or its name is too long")]
    TooDeep,
    /// A link to something outside of the archive.
    #[error("is a link out of the archive, to `{target}`")]
    LinkOut {
        /// Where it points.
        target: String,
    },
    /// A device or a named pipe.
    #[error("is a device or a pipe")]
    Device,
    /// More members than allowed.
    #[error("is one more than the {limit} members that are allowed")]
    TooMany {
        /// The limit.
        limit: u64,
    },
    /// A member larger than allowed.
    #[error("has more than the {limit} bytes that are allowed")]
    MemberTooLarge {
        /// The limit, bytes.
        limit: u64,
    },
    /// All members together are larger than allowed, or out of proportion to the archive.
    #[error("makes the archive unpack to more than the {limit} bytes that its size allows")]
    Bomb {
        /// The limit, bytes.
        limit: u64,
    },
    /// One path is a file here and a folder there.
    #[error("is a file and a folder at once")]
    FileAndFolder,
}
