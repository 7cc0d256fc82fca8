//! A package index on loopback, with faults on order.

use std::{
    collections::BTreeMap,
    fmt::Write,
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::json;
use sha2::{Digest, Sha256};

use crate::http::{Answer, Request, serve};

/// How an index writes its pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pages {
    /// The Simple API in HTML, with absolute addresses of files. Upload times are only in the JSON document of the
    /// project, and there only if the index serves it.
    Html,
    /// The Simple API in JSON, with relative addresses of files, upload times, sizes, and an `ETag`.
    Json,
}

/// What goes wrong when a path is asked for.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Answer with this status, the given number of times, then as it should be.
    Status {
        /// Status code, such as 503.
        status: u16,
        /// How often.
        times: usize,
        /// `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// Close the connection in the middle of the body, the given number of times.
    Cut {
        /// How often.
        times: usize,
    },
    /// Send other bytes than those whose hash the page names, the given number of times.
    WrongBytes {
        /// How often.
        times: usize,
    },
    /// Pause in the middle of the body, every time.
    Slow(Duration),
    /// Send the client to another address, every time.
    Redirect(String),
}

/// One file of a project, as the index shows it.
#[derive(Clone, Debug)]
pub struct IndexFile {
    /// File name, which carries the version.
    pub filename: String,
    /// Content.
    pub content: Vec<u8>,
    /// Whether, and why, it was yanked.
    pub yanked: Option<String>,
    /// Upload time, ISO 8601; shown in JSON pages and in the project's JSON document.
    pub uploaded: Option<String>,
    /// Whether the page names the hash.
    pub hashed: bool,
    /// Address that the page names, where it is not on this index.
    pub address: Option<String>,
}

impl IndexFile {
    /// A file with a hash and the upload time `2021-06-02T03:04:05.678901Z`.
    pub fn new(filename: &str, content: Vec<u8>) -> Self {
        Self {
            filename: filename.to_owned(),
            content,
            yanked: None,
            uploaded: Some("2021-06-02T03:04:05.678901Z".to_owned()),
            hashed: true,
            address: None,
        }
    }

    /// Marks the file as yanked.
    #[must_use]
    pub fn yanked(mut self, reason: &str) -> Self {
        self.yanked = Some(reason.to_owned());
        self
    }

    /// Sets the upload time, or takes it away.
    #[must_use]
    pub fn uploaded(mut self, time: Option<&str>) -> Self {
        self.uploaded = time.map(str::to_owned);
        self
    }

    /// Lets the page name another address, such as that of another index (see [`PackageIndex::file_address`]).
    #[must_use]
    pub fn at(mut self, address: &str) -> Self {
        self.address = Some(address.to_owned());
        self
    }

    /// Shows the file without its hash.
    #[must_use]
    pub fn unhashed(mut self) -> Self {
        self.hashed = false;
        self
    }
}

/// A package index that listens on loopback until the process ends.
///
/// ```
/// use apishift_testkit::{Archive, IndexFile, PackageIndex, Pages};
/// let index = PackageIndex::start(Pages::Html);
/// let sdist = Archive::sdist("demo", "1.0", &[("demo/__init__.py", "x = 1\n")]);
/// index.add("demo", IndexFile::new("demo-1.0.tar.gz", sdist.tar_gz()));
/// assert!(index.url().ends_with("/simple"));
/// assert_eq!(index.requests("demo-1.0.tar.gz"), 0);
/// ```
#[derive(Clone, Debug)]
pub struct PackageIndex {
    base: String,
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    pages: Pages,
    base: String,
    document: bool,
    ranges: bool,
    password: Option<String>,
    projects: BTreeMap<String, Vec<IndexFile>>,
    faults: BTreeMap<String, Fault>,
    requests: Vec<Request>,
}

impl PackageIndex {
    /// Starts an index without projects.
    pub fn start(pages: Pages) -> Self {
        let state = Arc::new(Mutex::new(State {
            pages,
            base: String::new(),
            document: true,
            ranges: true,
            password: None,
            projects: BTreeMap::new(),
            faults: BTreeMap::new(),
            requests: Vec::new(),
        }));
        let shared = Arc::clone(&state);
        let address = serve(Arc::new(move |request: &Request| lock(&shared).answer(request)));
        let base = format!("http://{address}");
        lock(&state).base.clone_from(&base);
        Self { base, state }
    }

    /// Address of the Simple API, without a slash at its end.
    pub fn url(&self) -> String {
        format!("{}/simple", self.base)
    }

    /// The address with a user and a password in it; from now on, requests without them are answered by 401.
    pub fn protect(&self, user: &str, password: &str) -> String {
        let secret = format!("{user}:{password}");
        let url = self.url().replacen("http://", &format!("http://{secret}@"), 1);
        lock(&self.state).password = Some(secret);
        url
    }

    /// Adds a file to a project (normalised name).
    pub fn add(&self, project: &str, file: IndexFile) {
        lock(&self.state).projects.entry(project.to_owned()).or_default().push(file);
    }

    /// Adds a source distribution of one module `project/__init__.py` and returns its file name.
    pub fn add_release(&self, project: &str, version: &str, source: &str) -> String {
        let filename = format!("{project}-{version}.tar.gz");
        let files = [(format!("{project}/__init__.py"), source)];
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let sdist = crate::Archive::sdist(project, version, &files);
        self.add(project, IndexFile::new(&filename, sdist.tar_gz()));
        filename
    }

    /// Where a file of a project is.
    pub fn file_address(&self, project: &str, filename: &str) -> String {
        format!("{}/files/{project}/{filename}", self.base)
    }

    /// Takes a project off the index.
    pub fn remove(&self, project: &str) {
        lock(&self.state).projects.remove(project);
    }

    /// Lets something go wrong for a file name, or for a project's page (by the project's name).
    pub fn fault(&self, what: &str, fault: Fault) {
        lock(&self.state).faults.insert(what.to_owned(), fault);
    }

    /// Serves, or no longer serves, the JSON document of projects beside the Simple API.
    pub fn serve_document(&self, serve: bool) {
        lock(&self.state).document = serve;
    }

    /// Answers, or no longer answers, for a range of a file's bytes.
    pub fn serve_ranges(&self, serve: bool) {
        lock(&self.state).ranges = serve;
    }

    /// How many requests asked for a path whose last part is `what`.
    pub fn requests(&self, what: &str) -> usize {
        lock(&self.state).requests.iter().filter(|r| last_part(&r.path) == what).count()
    }

    /// How many requests asked for any file.
    pub fn downloads(&self) -> usize {
        lock(&self.state).requests.iter().filter(|r| r.path.starts_with("/files/")).count()
    }

    /// The header `name` (lowercase) of each request whose path's last part is `what`, oldest first.
    pub fn headers(&self, what: &str, name: &str) -> Vec<Option<String>> {
        let state = lock(&self.state);
        let wanted = state.requests.iter().filter(|r| last_part(&r.path) == what);
        wanted.map(|r| r.headers.get(name).cloned()).collect()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // A panic of another test thread leaves counters behind, not a broken state.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn last_part(path: &str) -> &str {
    path.trim_end_matches('/').rsplit('/').next().unwrap_or_default()
}

impl State {
    fn answer(&mut self, request: &Request) -> Answer {
        self.requests.push(request.clone());
        if !self.allows(request) {
            return Answer { status: 401, ..Answer::default() };
        }
        let mut answer = self.page_or_file(request);
        self.spoil(last_part(&request.path), &mut answer);
        answer
    }

    fn allows(&self, request: &Request) -> bool {
        let Some(secret) = &self.password else { return true };
        request.headers.get("authorization") == Some(&format!("Basic {}", base64(secret.as_bytes())))
    }

    fn page_or_file(&self, request: &Request) -> Answer {
        let parts: Vec<&str> = request.path.trim_matches('/').split('/').collect();
        match parts[..] {
            ["simple", project] => self.page(project, request),
            ["pypi", project, "json"] if self.document => self.document(project),
            ["files", project, filename] => self.file(project, filename, request),
            _ => Answer { status: 404, ..Answer::default() },
        }
    }

    fn page(&self, project: &str, request: &Request) -> Answer {
        let Some(files) = self.projects.get(project) else {
            return Answer { status: 404, ..Answer::default() };
        };
        let (kind, body) = match self.pages {
            Pages::Html => ("text/html", self.html(project, files)),
            Pages::Json => ("application/vnd.pypi.simple.v1+json", json_page(project, files)),
        };
        let mut headers = vec![("Content-Type".to_owned(), kind.to_owned())];
        if self.pages == Pages::Json {
            let tag = format!("\"{}\"", &hash(body.as_bytes())[..16]);
            if request.headers.get("if-none-match") == Some(&tag) {
                return Answer { status: 304, ..Answer::default() };
            }
            headers.push(("ETag".to_owned(), tag));
        }
        Answer { status: 200, headers, body: body.into_bytes(), ..Answer::default() }
    }

    fn html(&self, project: &str, files: &[IndexFile]) -> String {
        let mut page = String::from("<!DOCTYPE html>\n<html><body>\n");
        for file in files {
            let own = format!("{}/files/{project}/{}", self.base, file.filename);
            let address = file.address.as_ref().unwrap_or(&own);
            let fragment =
                if file.hashed { format!("#sha256={}", hash(&file.content)) } else { String::new() };
            let yanked =
                file.yanked.as_ref().map(|why| format!(" data-yanked=\"{why}\"")).unwrap_or_default();
            let name = &file.filename;
            writeln!(
                page,
                "<a href=\"{address}{fragment}\" data-requires-python=\"&gt;=3\"{yanked}>{name}</a><br/>"
            )
            .expect("writing to memory does not fail");
        }
        page + "</body></html>\n"
    }

    fn document(&self, project: &str) -> Answer {
        let Some(files) = self.projects.get(project) else {
            return Answer { status: 404, ..Answer::default() };
        };
        let rows = files.iter().map(|file| {
            json!({
                "filename": file.filename,
                "size": file.content.len(),
                "upload_time_iso_8601": file.uploaded,
            })
        });
        let body = json!({ "info": {}, "releases": { "any": rows.collect::<Vec<_>>() } });
        let headers = vec![("Content-Type".to_owned(), "application/json".to_owned())];
        Answer { status: 200, headers, body: body.to_string().into_bytes(), ..Answer::default() }
    }

    fn file(&self, project: &str, filename: &str, request: &Request) -> Answer {
        let file = self.projects.get(project).and_then(|files| files.iter().find(|f| f.filename == filename));
        let Some(file) = file else { return Answer { status: 404, ..Answer::default() } };
        let size = file.content.len();
        let range = request.headers.get("range").and_then(|range| range.strip_prefix("bytes="));
        let range = range.and_then(|range| range.split_once('-')).filter(|_| self.ranges);
        let number = |text: &str| text.parse::<usize>().ok();
        let range = range.map(|(start, end)| match (number(start), number(end)) {
            (Some(start), end) => start..end.map_or(size, |end| size.min(end + 1)),
            (None, end) => size.saturating_sub(end.unwrap_or_default())..size,
        });
        match range {
            Some(Range { start, end }) if start < end => Answer {
                status: 206,
                headers: vec![("Content-Range".to_owned(), format!("bytes {start}-{}/{size}", end - 1))],
                body: file.content[start..end].to_vec(),
                ..Answer::default()
            },
            Some(_) => Answer { status: 416, ..Answer::default() },
            None => Answer { status: 200, body: file.content.clone(), ..Answer::default() },
        }
    }

    /// Applies the fault that is due for `what`, and counts it.
    fn spoil(&mut self, what: &str, answer: &mut Answer) {
        match self.faults.get_mut(what) {
            Some(Fault::Status { status, times, retry_after }) if *times > 0 => {
                *times -= 1;
                let wait = retry_after.map(|seconds| ("Retry-After".to_owned(), seconds.to_string()));
                *answer =
                    Answer { status: *status, headers: wait.into_iter().collect(), ..Answer::default() };
            }
            Some(Fault::Cut { times }) if *times > 0 => {
                *times -= 1;
                answer.cut = Some(answer.body.len() / 2);
            }
            Some(Fault::WrongBytes { times }) if *times > 0 => {
                *times -= 1;
                answer.body.iter_mut().for_each(|byte| *byte = byte.wrapping_add(1));
            }
            Some(Fault::Slow(pause)) => answer.stall = Some(*pause),
            Some(Fault::Redirect(address)) => {
                let headers = vec![("Location".to_owned(), address.clone())];
                *answer = Answer { status: 302, headers, ..Answer::default() };
            }
            Some(_) | None => {}
        }
    }
}

fn json_page(project: &str, files: &[IndexFile]) -> String {
    let rows = files.iter().map(|file| {
        let own = format!("../../files/{project}/{}", file.filename);
        let mut row = json!({
            "filename": file.filename,
            "url": file.address.as_ref().unwrap_or(&own),
            "hashes": if file.hashed { json!({ "sha256": hash(&file.content) }) } else { json!({}) },
            "yanked": file.yanked.as_ref().map_or(json!(false), |why| json!(why)),
            "size": file.content.len(),
        });
        if let Some(time) = &file.uploaded {
            row["upload-time"] = json!(time);
        }
        row
    });
    let files: Vec<_> = rows.collect();
    json!({ "meta": { "api-version": "1.1" }, "name": project, "files": files }).to_string()
}

fn hash(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Base64 with padding, for one header: not worth a dependency of the fixtures.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let word = (0..3).fold(0_usize, |word, i| word << 8 | usize::from(*chunk.get(i).unwrap_or(&0)));
        for i in 0..4 {
            let letter = char::from(LETTERS[word >> (18 - 6 * i) & 63]);
            text.push(if i <= chunk.len() { letter } else { '=' });
        }
    }
    text
}
