//! Archives made in memory: source distributions, wheels, and hostile ones.

use std::io::{Cursor, Write};

use flate2::{Compression, write::GzEncoder};

/// Modification time of every member, unless a test sets another one: 2021-06-01 00:00 UTC.
pub const MTIME: u64 = 1_622_505_600;

/// One member of an [`Archive`].
#[derive(Clone, Debug)]
pub enum Member {
    /// A regular file.
    File {
        /// Name, written as it stands, however hostile.
        name: Vec<u8>,
        /// Content.
        content: Vec<u8>,
    },
    /// A folder.
    Folder {
        /// Name, written as it stands.
        name: Vec<u8>,
    },
    /// A symbolic link.
    Symlink {
        /// Name, written as it stands.
        name: Vec<u8>,
        /// What it points to.
        target: Vec<u8>,
    },
    /// A hard link (tar only).
    Hardlink {
        /// Name, written as it stands.
        name: Vec<u8>,
        /// What it points to.
        target: Vec<u8>,
    },
    /// An empty file whose name is given by an extension header before it (tar only): it may be of any length.
    LongName {
        /// Name, written as it stands.
        name: Vec<u8>,
    },
    /// A character device (tar only).
    Device {
        /// Name, written as it stands.
        name: Vec<u8>,
    },
}

/// An archive under construction. Members keep the order in which they were added; the bytes depend on nothing else.
#[derive(Clone, Debug)]
pub struct Archive {
    members: Vec<Member>,
    mtime: u64,
}

impl Default for Archive {
    fn default() -> Self {
        Self { members: Vec::new(), mtime: MTIME }
    }
}

impl Archive {
    /// An archive without members.
    pub fn new() -> Self {
        Self::default()
    }

    /// The layout of a source distribution: one top folder `name-version`, `PKG-INFO`, and `files` below it.
    pub fn sdist(name: &str, version: &str, files: &[(&str, &str)]) -> Self {
        let top = format!("{name}-{version}");
        let info = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        let start = Self::new().folder(&top).file(&format!("{top}/PKG-INFO"), info);
        files.iter().fold(start, |archive, (path, text)| archive.file(&format!("{top}/{path}"), text))
    }

    /// The layout of a wheel: `files` at the root, and `name-version.dist-info/METADATA`.
    pub fn wheel(name: &str, version: &str, files: &[(&str, &str)]) -> Self {
        let info = format!("Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n");
        let start = files.iter().fold(Self::new(), |archive, (path, text)| archive.file(path, text));
        start.file(&format!("{name}-{version}.dist-info/METADATA"), info)
    }

    /// Adds a file.
    #[must_use]
    pub fn file(self, name: &str, content: impl AsRef<[u8]>) -> Self {
        self.member(Member::File { name: name.into(), content: content.as_ref().to_vec() })
    }

    /// Adds a folder.
    #[must_use]
    pub fn folder(self, name: &str) -> Self {
        self.member(Member::Folder { name: name.into() })
    }

    /// Adds a symbolic link.
    #[must_use]
    pub fn symlink(self, name: &str, target: &str) -> Self {
        self.member(Member::Symlink { name: name.into(), target: target.into() })
    }

    /// Adds an empty file with a name of any length.
    #[must_use]
    pub fn long_name(self, name: &str) -> Self {
        self.member(Member::LongName { name: name.into() })
    }

    /// Adds any member.
    #[must_use]
    pub fn member(mut self, member: Member) -> Self {
        self.members.push(member);
        self
    }

    /// Sets the modification time of every member, seconds since the epoch.
    #[must_use]
    pub fn mtime(mut self, mtime: u64) -> Self {
        self.mtime = mtime;
        self
    }

    /// The archive as an uncompressed tar.
    pub fn tar(&self) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for member in &self.members {
            append(&mut builder, member, self.mtime);
        }
        builder.into_inner().expect("writing to memory does not fail")
    }

    /// The archive as `.tar.gz`.
    pub fn tar_gz(&self) -> Vec<u8> {
        gzip(&self.tar())
    }

    /// The archive as `.tar.bz2`.
    pub fn tar_bz2(&self) -> Vec<u8> {
        let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::default());
        encoder.write_all(&self.tar()).expect("writing to memory does not fail");
        encoder.finish().expect("writing to memory does not fail")
    }

    /// The archive as `.zip` or `.whl`.
    pub fn zip(&self) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Deflated)
            .last_modified_time(zip_time(self.mtime));
        for member in &self.members {
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            match member {
                Member::File { name, content } => {
                    writer.start_file(text(name), options).expect("names of a test are unique");
                    writer.write_all(content).expect("writing to memory does not fail");
                }
                Member::Folder { name } => {
                    writer.add_directory(text(name), options).expect("names of a test are unique");
                }
                Member::Symlink { name, target } => {
                    writer
                        .add_symlink(text(name), text(target), options)
                        .expect("names of a test are unique");
                }
                Member::Hardlink { .. } | Member::Device { .. } | Member::LongName { .. } => {}
            }
        }
        writer.finish().expect("writing to memory does not fail").into_inner()
    }
}

/// Compresses `bytes` as gzip, with a constant header.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("writing to memory does not fail");
    encoder.finish().expect("writing to memory does not fail")
}

/// Appends one member with its name as it stands: `tar`'s own setters refuse hostile names, so the header's fields are
/// filled by hand, as an attacker would.
fn append(builder: &mut tar::Builder<Vec<u8>>, member: &Member, mtime: u64) {
    let mut header = tar::Header::new_gnu();
    let (name, kind, target, content): (&[u8], _, &[u8], &[u8]) = match member {
        Member::File { name, content } => (name, tar::EntryType::Regular, b"", content),
        Member::Folder { name } => (name, tar::EntryType::Directory, b"", b""),
        Member::Symlink { name, target } => (name, tar::EntryType::Symlink, target, b""),
        Member::Hardlink { name, target } => (name, tar::EntryType::Link, target, b""),
        Member::Device { name } => (name, tar::EntryType::Char, b"", b""),
        Member::LongName { name } => (b"././@LongLink", tar::EntryType::GNULongName, b"", name),
    };
    let old = header.as_old_mut();
    assert!(
        name.len() <= old.name.len() && target.len() <= old.linkname.len(),
        "a fixture's names fit a tar header"
    );
    old.name[..name.len()].copy_from_slice(name);
    old.linkname[..target.len()].copy_from_slice(target);
    header.set_entry_type(kind);
    header.set_mode(0o644);
    header.set_mtime(mtime);
    header.set_size(content.len() as u64);
    header.set_cksum();
    builder.append(&header, content).expect("writing to memory does not fail");
    if let Member::LongName { name } = member {
        let short = Member::File { name: name[..name.len().min(99)].to_vec(), content: Vec::new() };
        append(builder, &short, mtime);
    }
}

/// A zip's time of day, UTC; the format starts at 1980.
fn zip_time(mtime: u64) -> zip::DateTime {
    let second = i64::try_from(mtime).expect("a fixture's time is in this era");
    let time = jiff::Timestamp::from_second(second).expect("a fixture's time is in this era");
    let time = time.to_zoned(jiff::tz::TimeZone::UTC).datetime();
    let part = |value: i8| u8::try_from(value).expect("a part of a date is positive");
    let year = u16::try_from(time.year()).expect("a fixture's time is in this era");
    zip::DateTime::from_date_and_time(
        year,
        part(time.month()),
        part(time.day()),
        part(time.hour()),
        part(time.minute()),
        part(time.second()),
    )
    .unwrap_or_default()
}
