//! Archives into the cache, each one whole and with the hash that the index announced.

use std::{
    fs::{self, File},
    io::{Read, Write},
    path::{Path, PathBuf},
    sync::atomic::AtomicBool,
};

use sha2::{Digest, Sha256};
use ureq::{
    Body,
    http::{Response, StatusCode},
};
use url::Url;

use crate::{
    ArchiveError, HistoryError, Progress,
    cache::{Cache, check, create_parent},
    client::{Client, Failure, header, lasting, parse},
    listing::ListedFile,
};

/// An archive on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Archive {
    pub(crate) path: PathBuf,
    pub(crate) sha256: String,
    pub(crate) bytes: u64,
    /// Whether all of it is there, and has the hash.
    pub(crate) is_whole: bool,
}

/// What the caller was told about a download. Bytes that come again are not told again.
#[derive(Clone, Copy, Debug)]
struct Shown {
    total: Option<u64>,
    done: u64,
}

/// Downloads archives.
pub(crate) struct Downloader<'a> {
    pub(crate) client: &'a Client<'a>,
    pub(crate) cache: &'a Cache,
    /// Largest archive that is accepted, bytes.
    pub(crate) limit: u64,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) interrupt: &'a AtomicBool,
}

/// The archive with this hash, if the cache has it. One that was damaged since is thrown away.
pub(crate) fn cached(
    cache: &Cache,
    sha256: &str,
    interrupt: &AtomicBool,
) -> Result<Option<Archive>, HistoryError> {
    let path = cache.archive(sha256);
    let Ok(metadata) = fs::metadata(&path) else { return Ok(None) };
    if hash(&path, interrupt)? != sha256 {
        tracing::warn!(archive = %path.display(), "damaged in the cache; removed");
        remove(&path)?;
        return Ok(None);
    }
    Ok(Some(Archive { path, sha256: sha256.to_owned(), bytes: metadata.len(), is_whole: true }))
}

impl Downloader<'_> {
    /// Downloads `file`, called `name`; a download that was cut off is resumed, now or in a later run. Bytes with a
    /// wrong hash are thrown away and asked for once more.
    pub(crate) fn download(&self, name: &str, file: &ListedFile) -> Result<Archive, HistoryError> {
        let url = parse(&file.url)?;
        let partial = self.cache.partial(&file.url);
        create_parent(&partial)?;
        let mut shown = Shown { total: file.size, done: 0 };
        self.progress.add_bytes(file.size.unwrap_or(0));
        let mut found = String::new();
        for _ in 0..2 {
            self.client.with_retries(&url, || self.attempt(&url, name, &partial, &mut shown))?;
            let sha256 = hash(&partial, self.interrupt)?;
            match &file.sha256 {
                Some(announced) if *announced != sha256 => {
                    tracing::warn!(archive = name, "wrong SHA-256; downloading it again");
                    remove(&partial)?;
                    found = sha256;
                }
                _ => return self.keep(&partial, sha256),
            }
        }
        let announced = file.sha256.clone().unwrap_or_default();
        Err(ArchiveError::WrongHash { archive: name.to_owned(), found, announced }.into())
    }

    /// Moves a complete download to its place.
    fn keep(&self, partial: &Path, sha256: String) -> Result<Archive, HistoryError> {
        let path = self.cache.archive(&sha256);
        create_parent(&path)?;
        fs::rename(partial, &path).map_err(HistoryError::io("write", &path))?;
        let bytes = fs::metadata(&path).map_err(HistoryError::io("read", &path))?.len();
        Ok(Archive { path, sha256, bytes, is_whole: true })
    }

    /// One attempt to get what `partial` lacks.
    fn attempt(&self, url: &Url, name: &str, partial: &Path, shown: &mut Shown) -> Result<(), Failure> {
        let have = fs::metadata(partial).map_or(0, |metadata| metadata.len());
        // What is packed must come as it is: no content encoding.
        let mut headers = vec![("Accept-Encoding", "identity".to_owned())];
        if have > 0 {
            headers.push(("Range", format!("bytes={have}-")));
        }
        let response = self.client.request(url, &headers)?;
        let start = match response.status() {
            StatusCode::OK => 0,
            StatusCode::PARTIAL_CONTENT if resumes_at(&response) == Some(have) => have,
            StatusCode::PARTIAL_CONTENT | StatusCode::RANGE_NOT_SATISFIABLE if have > 0 => {
                remove(partial)?;
                return Err(Failure::Passing {
                    message: "the download cannot be resumed".to_owned(),
                    wait: None,
                });
            }
            StatusCode::NOT_FOUND | StatusCode::GONE | StatusCode::FORBIDDEN => {
                let status = response.status().as_u16();
                return Err(
                    HistoryError::from(ArchiveError::Gone { archive: name.to_owned(), status }).into()
                );
            }
            status => return Err(lasting(url, format!("the server answers with status {status}"))),
        };
        if shown.total.is_none() {
            shown.total = response.body().content_length().map(|length| length + start);
            self.progress.add_bytes(shown.total.unwrap_or(0));
        }
        self.save(response, name, partial, start, shown)
    }

    /// Appends the body to `partial`, cut at `start`.
    fn save(
        &self,
        response: Response<Body>,
        name: &str,
        partial: &Path,
        start: u64,
        shown: &mut Shown,
    ) -> Result<(), Failure> {
        let failed = |what| HistoryError::io(what, partial);
        let mut file = File::options().create(true).append(true).open(partial).map_err(failed("write"))?;
        if start == 0 {
            file.set_len(0).map_err(failed("write"))?;
        }
        let expected = response.body().content_length();
        let mut body = response.into_body().into_with_config().limit(u64::MAX).reader();
        let mut buffer = vec![0; 64 << 10];
        let mut written = 0_u64;
        loop {
            check(self.interrupt)?;
            let read = body.read(&mut buffer);
            let read = read.map_err(|error| Failure::Passing { message: error.to_string(), wait: None })?;
            if read == 0 {
                break;
            }
            file.write_all(&buffer[..read]).map_err(failed("write"))?;
            written += read as u64;
            self.progress.advance_bytes((start + written).saturating_sub(shown.done));
            shown.done = shown.done.max(start + written);
            if start + written > self.limit {
                remove(partial)?;
                let refused = ArchiveError::TooLarge { archive: name.to_owned(), limit: self.limit };
                return Err(HistoryError::from(refused).into());
            }
        }
        match expected {
            Some(expected) if written < expected => {
                Err(Failure::Passing { message: "the connection was closed early".to_owned(), wait: None })
            }
            _ => Ok(()),
        }
    }
}

/// The first byte that a partial answer holds.
fn resumes_at(response: &Response<Body>) -> Option<u64> {
    let range = header(response, "content-range")?.trim().strip_prefix("bytes ")?;
    range.split('-').next()?.parse().ok()
}

/// SHA-256 of a file, hex.
fn hash(path: &Path, interrupt: &AtomicBool) -> Result<String, HistoryError> {
    let mut file = File::open(path).map_err(HistoryError::io("read", path))?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        check(interrupt)?;
        match file.read(&mut buffer).map_err(HistoryError::io("read", path))? {
            0 => return Ok(hex::encode(hasher.finalize())),
            read => hasher.update(&buffer[..read]),
        }
    }
}

fn remove(path: &Path) -> Result<(), HistoryError> {
    fs::remove_file(path).map_err(HistoryError::io("remove", path))
}
