//! Members of a zip.

use std::io::{Read, Seek};

use ::zip::{ZipArchive, read::ZipFile, result::ZipError};
use jiff::{civil, tz::TimeZone};

use super::{
    reader::{Allowance, Metered},
    unpacker::{MemberHead, MemberKind, Sink, Unpacker},
};
use crate::HistoryError;

/// What the list of members may take, bytes: it is read into memory as a whole, and takes more there. A member has
/// hardly 160 bytes in it.
const DIRECTORY: u64 = 32 << 20;

/// Longest target of a link that is looked at, bytes.
const MAX_TARGET: u64 = 4096;

/// Reads the zip in `stream`, which may unpack to `limit` bytes.
pub(super) fn read(
    stream: impl Read + Seek,
    limit: u64,
    allowance: &Allowance,
    unpacker: &mut Unpacker<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), HistoryError> {
    let opening = Allowance::default();
    opening.set(DIRECTORY);
    let archive = ZipArchive::new(Metered::new(stream, u64::MAX, opening.clone()));
    if opening.is_exceeded() {
        return Err(unpacker.too_many());
    }
    let mut archive = archive.map_err(|error| unpacker.broken(error.into()))?;
    opening.set(u64::MAX);
    // Members may share bytes of the archive, so the sum is kept over all of them.
    allowance.set(limit);
    for index in 0..archive.len() {
        let entry = archive.by_index(index).map_err(|error: ZipError| unpacker.broken(error.into()))?;
        member(entry, limit, allowance, unpacker, sink)?;
    }
    Ok(())
}

fn member(
    mut entry: ZipFile<'_, impl Read>,
    limit: u64,
    allowance: &Allowance,
    unpacker: &mut Unpacker<'_>,
    sink: &mut Sink<'_>,
) -> Result<(), HistoryError> {
    let name = entry.name_raw().to_vec();
    let (size, mtime) = (entry.size(), entry.last_modified().and_then(seconds));
    let mut target = Vec::new();
    let (is_link, is_folder) = (entry.is_symlink(), entry.is_dir());
    let mut content = Metered::new(&mut entry, limit, allowance.clone());
    if is_link {
        let read = (&mut content).take(MAX_TARGET).read_to_end(&mut target);
        read.map_err(|source| unpacker.broken(source))?;
    }
    let kind = match (is_link, is_folder) {
        (true, _) => MemberKind::Symlink(&target),
        (_, true) => MemberKind::Folder,
        _ => MemberKind::File,
    };
    unpacker.member(MemberHead { name: &name, kind, size, mtime }, &mut content, sink)
}

/// A zip has no time zone: its times are taken as UTC.
fn seconds(time: ::zip::DateTime) -> Option<i64> {
    let part = |value: u8| i8::try_from(value).ok();
    let year = i16::try_from(time.year()).ok()?;
    let date = civil::Date::new(year, part(time.month())?, part(time.day())?).ok()?;
    let time = civil::Time::new(part(time.hour())?, part(time.minute())?, part(time.second())?, 0).ok()?;
    Some(date.to_datetime(time).to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}
