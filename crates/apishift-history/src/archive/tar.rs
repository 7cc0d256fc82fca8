//! Members of a tar.

use std::io::{self, Read};

use ::tar::{Archive, Entry, EntryType};

use super::{
    reader::{Allowance, Metered},
    unpacker::{MemberHead, MemberKind, Sink, Unpacker},
};
use crate::HistoryError;

/// What a member's own headers may take: long names and extended attributes, which are read into memory as a whole.
const HEADERS: u64 = 1 << 20;

/// Reads the tar in `stream`, which may unpack to `limit` bytes.
pub(super) fn read(
    stream: impl Read,
    limit: u64,
    allowance: &Allowance,
    unpacker: &mut Unpacker<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), HistoryError> {
    allowance.set(HEADERS);
    let mut archive = Archive::new(Metered::new(stream, limit, allowance.clone()));
    let entries = archive.entries().map_err(|source| unpacker.broken(source))?;
    for entry in entries {
        let mut entry = entry.map_err(|source| unpacker.broken(source))?;
        allowance.set(entry.size().saturating_add(HEADERS));
        member(&mut entry, unpacker, sink)?;
    }
    // What follows the last member is padding; the packing's own checksum comes after it.
    allowance.set(u64::MAX);
    io::copy(&mut archive.into_inner(), &mut io::sink()).map_err(|source| unpacker.broken(source))?;
    Ok(())
}

fn member(
    entry: &mut Entry<'_, impl Read>,
    unpacker: &mut Unpacker<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), HistoryError> {
    let name = entry.path_bytes().into_owned();
    let target = entry.link_name_bytes().map(std::borrow::Cow::into_owned).unwrap_or_default();
    let kind = match entry.header().entry_type() {
        EntryType::Regular | EntryType::Continuous if name.ends_with(b"/") => MemberKind::Folder,
        EntryType::Regular | EntryType::Continuous => MemberKind::File,
        EntryType::Directory => MemberKind::Folder,
        EntryType::Symlink => MemberKind::Symlink(&target),
        EntryType::Link => MemberKind::Hardlink(&target),
        EntryType::GNUSparse => MemberKind::Sparse,
        EntryType::Char | EntryType::Block | EntryType::Fifo => MemberKind::Device,
        // Headers of the archive as a whole, and kinds that no reader knows, are not members.
        _ => return Ok(()),
    };
    let mtime = entry.header().mtime().ok().and_then(|time| i64::try_from(time).ok());
    let head = MemberHead { name: &name, kind, size: entry.size(), mtime };
    unpacker.member(head, entry, sink)
}
