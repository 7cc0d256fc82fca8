//! The index's list of a project's files, in either form of the Simple API, and with what the project's JSON document
//! adds.

use std::collections::BTreeMap;

use jiff::Timestamp;
use scraper::{ElementRef, Html, Selector};
use serde::{Deserialize, Serialize};
use url::Url;

/// A project's files, as last seen on the index. Kept in the cache for offline use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Listing {
    /// Version of this format.
    pub(crate) format: u32,
    /// Address of the index, without user and password.
    pub(crate) index: String,
    /// What tells whether the page has changed, if the index offers that.
    pub(crate) etag: Option<String>,
    /// Files, by name.
    pub(crate) files: BTreeMap<String, ListedFile>,
}

/// One file of a [`Listing`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListedFile {
    /// Where it is, without user and password.
    pub(crate) url: String,
    /// SHA-256, hex in lowercase, if the index names it.
    pub(crate) sha256: Option<String>,
    /// Bytes, if the index names them.
    pub(crate) size: Option<u64>,
    /// Upload time, if the index names it.
    pub(crate) uploaded: Option<Timestamp>,
    /// Whether the file was yanked (PEP 592).
    pub(crate) yanked: bool,
    /// Whether the project's JSON document was asked about this file, whatever it answered.
    pub(crate) documented: bool,
}

/// What is wrong with a page.
pub(crate) type PageError = String;

impl Listing {
    /// The format that this program writes and reads.
    pub(crate) const FORMAT: u32 = 1;

    /// Reads a page of the Simple API, `url` being where it was in the end.
    pub(crate) fn parse(body: &str, content_type: &str, url: &Url) -> Result<Self, PageError> {
        let files =
            if content_type.contains("json") { json_files(body, url)? } else { html_files(body, url)? };
        Ok(Self { format: Self::FORMAT, index: String::new(), etag: None, files })
    }

    /// As it is kept in the cache.
    pub(crate) fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec_pretty(self).expect("a listing is plain values")
    }

    /// Takes over what an earlier listing learnt from the JSON document.
    pub(crate) fn remember(&mut self, earlier: &Self) {
        for (name, file) in &mut self.files {
            if let Some(old) = earlier.files.get(name).filter(|old| old.sha256 == file.sha256) {
                file.size = file.size.or(old.size);
                file.uploaded = file.uploaded.or(old.uploaded);
                file.documented |= old.documented;
            }
        }
    }

    /// Adds what the project's JSON document says; without one (`None`, or one that is not understood), notes that it
    /// was asked for.
    pub(crate) fn document(&mut self, document: Option<&str>) -> Result<(), PageError> {
        let parsed = document.map_or(Ok(Document::default()), serde_json::from_str);
        let (document, result) = match parsed {
            Ok(document) => (document, Ok(())),
            Err(error) => (Document::default(), Err(error.to_string())),
        };
        let known: BTreeMap<&str, &DocumentFile> =
            document.releases.values().flatten().map(|file| (file.filename.as_str(), file)).collect();
        for (name, file) in &mut self.files {
            file.documented = true;
            if let Some(more) = known.get(name.as_str()) {
                file.size = file.size.or(more.size);
                file.uploaded = file.uploaded.or_else(|| time(more.upload_time_iso_8601.as_deref()));
            }
        }
        result
    }
}

/// A time as indexes write it; one that is not understood is none.
fn time(text: Option<&str>) -> Option<Timestamp> {
    text.and_then(|text| text.parse().ok())
}

/// PEP 691, the parts that are used.
#[derive(Deserialize)]
struct JsonPage {
    files: Vec<JsonFile>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
struct JsonFile {
    filename: String,
    url: String,
    #[serde(default)]
    hashes: BTreeMap<String, String>,
    #[serde(default)]
    yanked: serde_json::Value,
    size: Option<u64>,
    upload_time: Option<String>,
}

/// The project's JSON document, the parts that are used.
#[derive(Default, Deserialize)]
struct Document {
    #[serde(default)]
    releases: BTreeMap<String, Vec<DocumentFile>>,
}

#[derive(Deserialize)]
struct DocumentFile {
    filename: String,
    size: Option<u64>,
    upload_time_iso_8601: Option<String>,
}

fn json_files(body: &str, base: &Url) -> Result<BTreeMap<String, ListedFile>, PageError> {
    let page: JsonPage = serde_json::from_str(body).map_err(|error| error.to_string())?;
    let mut files = BTreeMap::new();
    for file in page.files {
        let url = base.join(&file.url).map_err(|error| format!("address of {}: {error}", file.filename))?;
        let listed = ListedFile {
            url: without_fragment(url),
            sha256: file.hashes.get("sha256").map(|hash| hash.to_ascii_lowercase()),
            size: file.size,
            uploaded: time(file.upload_time.as_deref()),
            // A string is the reason; even an empty one means yes.
            yanked: !matches!(file.yanked, serde_json::Value::Null | serde_json::Value::Bool(false)),
            documented: false,
        };
        files.insert(file.filename, listed);
    }
    Ok(files)
}

fn html_files(body: &str, url: &Url) -> Result<BTreeMap<String, ListedFile>, PageError> {
    let page = Html::parse_document(body);
    let select = |selector| Selector::parse(selector).expect("the selector is a constant");
    let base = page.select(&select("base[href]")).next().and_then(|base| url.join(base.attr("href")?).ok());
    let base = base.unwrap_or_else(|| url.clone());
    let mut files = BTreeMap::new();
    for link in page.select(&select("a[href]")) {
        if let Some((name, file)) = html_file(link, &base)? {
            files.insert(name, file);
        }
    }
    // A login page or a proxy's complaint is HTML too; a project without a single file is not worth the doubt.
    if files.is_empty() {
        return Err("it links to no archive".to_owned());
    }
    Ok(files)
}

fn html_file(link: ElementRef<'_>, base: &Url) -> Result<Option<(String, ListedFile)>, PageError> {
    let href = link.attr("href").unwrap_or_default();
    let url = base.join(href).map_err(|error| format!("address {href}: {error}"))?;
    let name = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
    let name = percent_decoded(name);
    if !name.contains('.') {
        return Ok(None);
    }
    let hash = url.fragment().and_then(|fragment| fragment.strip_prefix("sha256="));
    let listed = ListedFile {
        sha256: hash.map(str::to_ascii_lowercase),
        size: None,
        // Not in the standard, but written by several mirrors.
        uploaded: time(link.attr("data-upload-time")),
        yanked: link.attr("data-yanked").is_some(),
        documented: false,
        url: without_fragment(url.clone()),
    };
    Ok(Some((name, listed)))
}

/// `%2B` as `+` and the like: versions may hold a plus sign. A name that is not UTF-8 then stays as it is.
fn percent_decoded(name: &str) -> String {
    let mut bytes = Vec::with_capacity(name.len());
    let mut rest = name.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let decoded = (*first == b'%').then(|| tail.get(..2).and_then(|hex| hex::decode(hex).ok())).flatten();
        if let Some(byte) = decoded {
            bytes.extend(byte);
            rest = &tail[2..];
        } else {
            bytes.push(*first);
            rest = tail;
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| name.to_owned())
}

fn without_fragment(mut url: Url) -> String {
    url.set_fragment(None);
    url.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page() -> Url {
        Url::parse("http://index.invalid/simple/demo/").unwrap()
    }

    #[test]
    fn html_with_absolute_and_relative_links_is_read() {
        let body = r#"<html><body>
            <a href="http://files.invalid/demo-1.0.tar.gz#sha256=ABCD" data-requires-python="&gt;=3.8">demo-1.0.tar.gz</a>
            <a href="../../packages/demo-1.1%2Blocal.tar.gz" data-yanked="broken">demo</a>
            <a href="../">up</a></body></html>"#;
        let listing = Listing::parse(body, "text/html; charset=utf-8", &page()).unwrap();
        let first = &listing.files["demo-1.0.tar.gz"];
        assert_eq!(first.url, "http://files.invalid/demo-1.0.tar.gz");
        assert_eq!((first.sha256.as_deref(), first.yanked), (Some("abcd"), false));
        let second = &listing.files["demo-1.1+local.tar.gz"];
        assert_eq!(second.url, "http://index.invalid/packages/demo-1.1%2Blocal.tar.gz");
        assert_eq!((second.sha256.as_deref(), second.yanked), (None, true));
        assert_eq!(listing.files.len(), 2);
    }

    #[test]
    fn a_base_element_is_honoured() {
        let body = r#"<base href="http://files.invalid/x/"><a href="demo-1.0.zip">demo</a>"#;
        let listing = Listing::parse(body, "text/html", &page()).unwrap();
        assert_eq!(listing.files["demo-1.0.zip"].url, "http://files.invalid/x/demo-1.0.zip");
    }

    #[test]
    fn json_with_relative_links_sizes_and_times_is_read() {
        let body = r#"{"files": [{"filename": "demo-1.0.tar.gz", "url": "../../f/demo-1.0.tar.gz",
            "hashes": {"sha256": "aa"}, "size": 12, "upload-time": "2021-06-02T03:04:05.5Z", "yanked": ""},
            {"filename": "demo-1.1.tar.gz", "url": "http://f.invalid/demo-1.1.tar.gz", "hashes": {}}]}"#;
        let listing = Listing::parse(body, "application/vnd.pypi.simple.v1+json", &page()).unwrap();
        let first = &listing.files["demo-1.0.tar.gz"];
        assert_eq!(first.url, "http://index.invalid/f/demo-1.0.tar.gz");
        assert_eq!((first.size, first.yanked), (Some(12), true));
        assert_eq!(first.uploaded.unwrap().to_string(), "2021-06-02T03:04:05.5Z");
        assert!(!listing.files["demo-1.1.tar.gz"].yanked);
    }

    #[test]
    fn a_page_without_archives_is_not_a_listing() {
        assert!(Listing::parse("<h1>please log in</h1>", "text/html", &page()).is_err());
        assert!(Listing::parse("{}", "application/json", &page()).is_err());
    }

    #[test]
    fn the_document_adds_times_and_sizes_and_they_are_remembered() {
        let body = r#"<a href="demo-1.0.zip#sha256=aa">demo</a>"#;
        let mut listing = Listing::parse(body, "text/html", &page()).unwrap();
        let document = r#"{"releases": {"1.0": [{"filename": "demo-1.0.zip", "size": 7,
            "upload_time_iso_8601": "2020-01-02T03:04:05.000001Z"}]}}"#;
        listing.document(Some(document)).unwrap();
        let mut later = Listing::parse(body, "text/html", &page()).unwrap();
        later.remember(&listing);
        assert_eq!(later.files["demo-1.0.zip"].size, Some(7));
        assert!(later.files["demo-1.0.zip"].documented);
        let mut replaced = Listing::parse(&body.replace("aa", "bb"), "text/html", &page()).unwrap();
        replaced.remember(&listing);
        assert_eq!(replaced.files["demo-1.0.zip"].size, None);
    }
}
