//! What is done with each member of an archive, whatever its packing.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read},
    path::Path,
    sync::atomic::AtomicBool,
};

use apishift_types::{Skipped, SourceKind};
use globset::GlobSet;

use super::{ArchiveError, Hostility, path, path::Name, reader::Allowance, tar, zip};
use crate::{HistoryError, KeepRules, Limits, cache::check, filename::Packing};

/// Below this many unpacked bytes, the ratio is not looked at: small archives of zeros are common and harmless.
const RATIO_FLOOR: u64 = 64 << 20;

/// What a member is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum MemberKind<'a> {
    File,
    Folder,
    Symlink(&'a [u8]),
    Hardlink(&'a [u8]),
    /// A file with holes: what it unpacks to is not what is stored.
    Sparse,
    Device,
}

/// What an archive says about a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct MemberHead<'a> {
    pub(super) name: &'a [u8],
    pub(super) kind: MemberKind<'a>,
    /// Declared size, bytes.
    pub(super) size: u64,
    /// Seconds since the epoch, if the archive has a time that can be one.
    pub(super) mtime: Option<i64>,
}

/// What came out of an archive besides its files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Unpacked {
    /// Files left out, by reason.
    pub(crate) skipped: Skipped,
    /// Newest modification time among the files, seconds since the epoch.
    pub(crate) newest: Option<i64>,
    /// The one folder that everything is in, if there is one.
    pub(crate) top: Option<String>,
}

/// Receives a kept file: its path and its content.
pub(crate) type Sink<'a> = dyn FnMut(&str, &[u8]) -> Result<(), HistoryError> + 'a;

/// Reads one archive.
#[derive(Debug)]
pub(crate) struct Unpacker<'a> {
    archive: &'a str,
    limits: &'a Limits,
    globs: GlobSet,
    max_file_bytes: u64,
    interrupt: &'a AtomicBool,
    out: Unpacked,
    tops: BTreeSet<String>,
    members: u64,
    last: String,
    buffer: Vec<u8>,
    /// Whether the bytes of members that are not kept are not there.
    in_parts: bool,
}

impl<'a> Unpacker<'a> {
    /// For the archive with file name `archive`.
    pub(crate) fn new(
        archive: &'a str,
        keep: &KeepRules,
        limits: &'a Limits,
        interrupt: &'a AtomicBool,
    ) -> Result<Self, HistoryError> {
        Ok(Self {
            archive,
            limits,
            globs: keep.globs()?,
            max_file_bytes: keep.max_file_bytes,
            interrupt,
            out: Unpacked::default(),
            tops: BTreeSet::new(),
            members: 0,
            last: String::new(),
            buffer: Vec::new(),
            in_parts: false,
        })
    }

    /// For an archive of which only what is kept is there: nothing is asked of the rest.
    pub(crate) fn in_parts(mut self, in_parts: bool) -> Self {
        self.in_parts = in_parts;
        self
    }

    /// Gives every file to keep to `sink`, in the archive's order: a path may come twice, and then the last one counts.
    pub(crate) fn unpack(
        mut self,
        path: &Path,
        packing: Packing,
        kind: SourceKind,
        sink: &mut Sink<'_>,
    ) -> Result<Unpacked, HistoryError> {
        let file = File::open(path).map_err(HistoryError::io("open", path))?;
        let size = file.metadata().map_err(HistoryError::io("read", path))?.len();
        let limit = self.limits.unpacked_bytes.min(RATIO_FLOOR.max(size.saturating_mul(self.limits.ratio)));
        let allowance = Allowance::default();
        let result = match packing {
            Packing::TarGz => {
                let stream = flate2::bufread::MultiGzDecoder::new(io::BufReader::new(file));
                tar::read(stream, limit, &allowance, &mut self, sink)
            }
            Packing::TarBz2 => {
                let stream = bzip2::bufread::MultiBzDecoder::new(io::BufReader::new(file));
                tar::read(stream, limit, &allowance, &mut self, sink)
            }
            Packing::Zip => zip::read(io::BufReader::new(file), limit, &allowance, &mut self, sink),
        };
        match result {
            Err(HistoryError::Archive(ArchiveError::Broken { .. })) if allowance.is_exceeded() => {
                Err(self.hostile(Hostility::Bomb { limit }))
            }
            Err(error) => Err(error),
            Ok(()) => {
                if kind == SourceKind::Sdist && self.tops.len() == 1 {
                    self.out.top = self.tops.pop_first();
                }
                Ok(self.out)
            }
        }
    }

    /// Checks a member and reads it if it is to be kept; `content` gives at most the declared bytes.
    pub(super) fn member(
        &mut self,
        head: MemberHead<'_>,
        content: &mut dyn Read,
        sink: &mut Sink<'_>,
    ) -> Result<(), HistoryError> {
        if let Some(reason) = self.accept(head, content, sink)? {
            self.out.skipped.add(reason);
        }
        Ok(())
    }

    /// As [`Self::member`]; gives the reason where the member is left out.
    fn accept(
        &mut self,
        head: MemberHead<'_>,
        content: &mut dyn Read,
        sink: &mut Sink<'_>,
    ) -> Result<Option<&'static str>, HistoryError> {
        check(self.interrupt)?;
        self.last = String::from_utf8_lossy(head.name).into_owned();
        self.members += 1;
        if self.members > self.limits.members {
            return Err(self.too_many());
        }
        let parts = match path::check(head.name, self.limits.depth) {
            Ok(Name::Parts(parts)) => parts,
            Ok(Name::NotUtf8) => return Ok(Some("file-name-not-utf8")),
            Ok(Name::GitFolder) => return Ok(Some("file-of-git")),
            Err(why) => return Err(self.hostile(why)),
        };
        match head.kind {
            MemberKind::File => self.file(&parts, head, content, sink),
            MemberKind::Folder => {
                self.note_top(&parts, true);
                Ok(None)
            }
            MemberKind::Symlink(target) => {
                let folder = parts.split_last().map_or(&[][..], |(_, folder)| folder);
                path::check_link(folder, target).map_err(|why| self.hostile(why))?;
                Ok(Some("file-link"))
            }
            MemberKind::Hardlink(target) => {
                path::check_link(&[], target).map_err(|why| self.hostile(why))?;
                Ok(Some("file-link"))
            }
            MemberKind::Sparse => Ok(Some("file-sparse")),
            MemberKind::Device => Err(self.hostile(Hostility::Device)),
        }
    }

    fn file(
        &mut self,
        parts: &[String],
        head: MemberHead<'_>,
        content: &mut dyn Read,
        sink: &mut Sink<'_>,
    ) -> Result<Option<&'static str>, HistoryError> {
        if head.size > self.limits.member_bytes && !self.in_parts {
            return Err(self.hostile(Hostility::MemberTooLarge { limit: self.limits.member_bytes }));
        }
        let Some(name) = parts.last() else { return Ok(Some("file-name-empty")) };
        // Resource forks that an Apple tar puts beside each file; they would also spoil the single top folder.
        if name.starts_with("._") {
            return Ok(Some("file-apple-double"));
        }
        self.note_top(parts, false);
        self.out.newest = self.out.newest.max(head.mtime);
        if !self.globs.is_match(name) {
            return Ok(Some("file-not-text"));
        }
        if head.size > self.max_file_bytes {
            return Ok(Some("file-too-large"));
        }
        self.buffer.clear();
        // One byte more than allowed shows that the declared size was too small.
        let read = content.take(self.max_file_bytes + 1).read_to_end(&mut self.buffer);
        let read = read.map_err(|source| self.broken(source))? as u64;
        if read > self.max_file_bytes {
            return Ok(Some("file-too-large"));
        }
        sink(&parts.join("/"), &self.buffer)?;
        Ok(None)
    }

    fn note_top(&mut self, parts: &[String], folder: bool) {
        // A file at the root has no top folder: its own name, which no folder can have, says so.
        match parts {
            [] => {}
            [file] if !folder => drop(self.tops.insert(format!("/{file}"))),
            [top, ..] => {
                if !self.tops.contains(top) {
                    self.tops.insert(top.clone());
                }
            }
        }
    }

    pub(super) fn too_many(&self) -> HistoryError {
        self.hostile(Hostility::TooMany { limit: self.limits.members })
    }

    fn hostile(&self, why: Hostility) -> HistoryError {
        ArchiveError::Hostile { archive: self.archive.to_owned(), member: self.last.clone(), why }.into()
    }

    pub(super) fn broken(&self, source: io::Error) -> HistoryError {
        ArchiveError::Broken { archive: self.archive.to_owned(), member: self.last.clone(), source }.into()
    }
}
