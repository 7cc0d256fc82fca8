//! Wheels in parts: the list of their members, and of the members only those that are wanted.
//!
//! A wheel is a zip, whose list of members stands at its end, and most servers answer for a range of bytes. What is
//! fetched lands at its place in a file of the wheel's size, with holes for the rest, which every reader of zips can
//! read. The hash of the whole cannot be checked then; each member has a checksum (CRC-32) that is.

use std::{
    fs::{self, File},
    io::{Read, Seek, SeekFrom, Write},
    ops::Range,
    path::Path,
};

use globset::GlobSet;
use ureq::{
    Body,
    http::{Response, StatusCode},
};
use url::Url;

use crate::{
    HistoryError, KeepRules,
    cache::{check, create_parent},
    client::{Failure, header, parse},
    download::{Archive, Downloader},
    listing::ListedFile,
};

/// Smaller wheels are fetched whole, bytes: a request costs as much as some hundred KB.
const SMALL: u64 = 512 << 10;

/// What is fetched of the end at first, bytes: the list of members of most wheels.
const TAIL: u64 = 128 << 10;

/// Wanted members with less between them are fetched as one, bytes.
const GAP: u64 = 64 << 10;

/// Length of the record at the end of a zip, without the comment after it.
const END: usize = 22;

/// Length of a member's record in the list, without its name and what follows that.
const RECORD: usize = 46;

/// What the header of a member begins with.
const HEADER: &[u8] = b"PK\x03\x04";

/// Which members of a wheel are wanted.
pub(crate) struct Wanted {
    names: GlobSet,
    most: u64,
}

impl Wanted {
    pub(crate) fn by(rules: &KeepRules) -> Result<Self, HistoryError> {
        Ok(Self { names: rules.globs()?, most: rules.max_file_bytes })
    }

    fn has(&self, member: &Member<'_>) -> bool {
        let name = member.name.rsplit(|byte| *byte == b'/').next().unwrap_or_default();
        member.size <= self.most && str::from_utf8(name).is_ok_and(|name| self.names.is_match(name))
    }
}

/// A member as the list has it.
struct Member<'a> {
    name: &'a [u8],
    /// Unpacked, bytes.
    size: u64,
    /// Where its header is.
    start: u64,
}

/// An answer for a range of bytes.
struct Part {
    start: u64,
    /// Of the whole file.
    total: u64,
    content: Vec<u8>,
}

impl Downloader<'_> {
    /// The wanted members of a wheel, where they are clearly less than the whole, and the server and the wheel allow
    /// it. Not kept in the cache: the caller removes the file.
    pub(crate) fn parts(&self, file: &ListedFile, wanted: &Wanted) -> Result<Option<Archive>, HistoryError> {
        let Some(sha256) = file.sha256.clone() else { return Ok(None) };
        if file.size.is_some_and(|size| size < SMALL) {
            return Ok(None);
        }
        let url = parse(&file.url)?;
        let path = self.cache.partial(&file.url).with_extension("parts");
        let Some(tail) = self.part(&url, format!("bytes=-{TAIL}"))? else { return Ok(None) };
        if tail.total < SMALL || tail.total > self.limit {
            return Ok(None);
        }
        let Some(list) = list_in(&tail) else { return Ok(None) };
        let mut pieces = Vec::new();
        if list.start < tail.start {
            let Some(head) = self.range(&url, list.start..tail.start)? else { return Ok(None) };
            pieces.push(head);
        }
        let bytes = tail.total;
        pieces.push(tail);
        let records: Vec<u8> = pieces.iter().flat_map(|piece| &piece.content).copied().collect();
        let from = usize::try_from(list.start - pieces[0].start).unwrap_or(usize::MAX);
        let Some(members) = records.get(from..).and_then(|records| members(records, list.members)) else {
            return Ok(None);
        };
        if members.iter().any(|member| member.start >= list.start) {
            return Ok(None);
        }
        let stretches = stretches(&members, list.start, wanted);
        let total: u64 = stretches.iter().map(|stretch| stretch.end - stretch.start).sum();
        if total > bytes / 4 * 3 {
            return Ok(None);
        }
        self.progress.add_bytes(total);
        for stretch in stretches {
            let length = stretch.end - stretch.start;
            let Some(piece) = self.range(&url, stretch)? else { return Ok(None) };
            pieces.push(piece);
            self.progress.advance_bytes(length);
        }
        write(&path, bytes, &members, &pieces)?;
        Ok(Some(Archive { path, sha256, bytes, is_whole: false }))
    }

    fn range(&self, url: &Url, range: Range<u64>) -> Result<Option<Part>, HistoryError> {
        let length = range.end - range.start;
        let part = self.part(url, format!("bytes={}-{}", range.start, range.end - 1))?;
        Ok(part.filter(|part| part.start == range.start && part.content.len() as u64 == length))
    }

    /// Nothing where the server does not answer for a range.
    fn part(&self, url: &Url, range: String) -> Result<Option<Part>, HistoryError> {
        check(self.interrupt)?;
        let headers = [("Accept-Encoding", "identity".to_owned()), ("Range", range)];
        self.client.with_retries(url, || {
            let mut response = self.client.request(url, &headers)?;
            let Some((start, total)) = place(&response) else { return Ok(None) };
            let mut content = Vec::new();
            let read = response.body_mut().with_config().limit(self.limit).reader().read_to_end(&mut content);
            read.map_err(|error| Failure::Passing { message: error.to_string(), wait: None })?;
            Ok(Some(Part { start, total, content }))
        })
    }
}

/// `bytes 5-9/20` of an answer, as start and total.
fn place(response: &Response<Body>) -> Option<(u64, u64)> {
    if response.status() != StatusCode::PARTIAL_CONTENT {
        return None;
    }
    let (range, total) = header(response, "content-range")?.trim().strip_prefix("bytes ")?.split_once('/')?;
    Some((range.split_once('-')?.0.parse().ok()?, total.parse().ok()?))
}

/// Where the list of members is.
struct List {
    start: u64,
    members: usize,
}

/// Reads the record at the end. Nothing for zips of more than 4 GiB or 65,534 members, which have another one.
fn list_in(tail: &Part) -> Option<List> {
    let content = &tail.content;
    let at =
        (0..=content.len().checked_sub(END)?).rev().find(|at| content[*at..].starts_with(b"PK\x05\x06"))?;
    let record = &content[at..];
    let (members, length, start) = (short(record, 10)?, long(record, 12)?, long(record, 16)?);
    let end = tail.start + at as u64;
    (members < 0xffff && start + length == end)
        .then_some(List { start, members: usize::try_from(members).ok()? })
}

fn members(mut records: &[u8], count: usize) -> Option<Vec<Member<'_>>> {
    let mut members = Vec::with_capacity(count);
    for _ in 0..count {
        records.starts_with(b"PK\x01\x02").then_some(())?;
        let after = |at| usize::try_from(short(records, at)?).ok();
        let (name, extra, comment) = (after(28)?, after(30)?, after(32)?);
        let (size, start) = (long(records, 24)?, long(records, 42)?);
        members.push(Member { name: records.get(RECORD..RECORD + name)?, size, start });
        records = records.get(RECORD + name + extra + comment..)?;
    }
    Some(members)
}

fn short(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u16::from_le_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

fn long(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?).into())
}

/// What to fetch: each wanted member up to the next one, or to the list.
fn stretches(members: &[Member<'_>], end: u64, wanted: &Wanted) -> Vec<Range<u64>> {
    let mut sorted: Vec<&Member<'_>> = members.iter().collect();
    sorted.sort_by_key(|member| member.start);
    let ends = sorted.iter().skip(1).map(|next| next.start).chain([end]);
    let mut stretches: Vec<Range<u64>> = Vec::new();
    for (member, end) in sorted.iter().zip(ends).filter(|(member, _)| wanted.has(member)) {
        match stretches.last_mut() {
            Some(last) if member.start <= last.end + GAP => last.end = end,
            _ => stretches.push(member.start..end),
        }
    }
    stretches
}

/// Puts each piece at its place. Members that were not fetched get the beginning of a header, by which readers of
/// zips pass them.
fn write(path: &Path, bytes: u64, members: &[Member<'_>], pieces: &[Part]) -> Result<(), HistoryError> {
    create_parent(path)?;
    let written = || {
        let mut file = File::create(path)?;
        file.set_len(bytes)?;
        for member in members {
            file.seek(SeekFrom::Start(member.start))?;
            file.write_all(HEADER)?;
        }
        for piece in pieces {
            file.seek(SeekFrom::Start(piece.start))?;
            file.write_all(&piece.content)?;
        }
        file.flush()
    };
    written().map_err(HistoryError::io("write", path))
}

/// Removes what [`Downloader::parts`] wrote.
pub(crate) fn remove(path: &Path) -> Result<(), HistoryError> {
    fs::remove_file(path).map_err(HistoryError::io("remove", path))
}
