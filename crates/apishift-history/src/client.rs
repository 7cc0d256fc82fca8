//! Requests to the package index, with patience.

use std::{fs, path::Path, sync::atomic::AtomicBool, time::Duration};

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use ureq::{
    Agent, Body, Proxy, ResponseExt,
    config::{Config, RedirectAuthHeaders},
    http::{Response, StatusCode},
    tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem},
};
use url::Url;

use crate::{FetchOptions, HistoryError, cache::pause, pip};

/// Longest pause between two attempts, also where the server asks for a longer one.
const MAX_PAUSE: Duration = Duration::from_mins(1);

/// Largest page of the index that is read. The largest projects have some ten MB.
const MAX_PAGE: u64 = 256 << 20;

/// Talks to one package index.
#[derive(Debug)]
pub(crate) struct Client<'a> {
    agent: Agent,
    index: Url,
    /// `Authorization` for the index's own host, from the user and password in its address.
    authorization: Option<String>,
    retries: u32,
    retry_delay: Duration,
    interrupt: &'a AtomicBool,
}

/// Why an attempt failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It may pass: try again, after a pause that the server may have asked for.
    Passing { message: String, wait: Option<Duration> },
    /// It stays.
    Lasting(HistoryError),
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        Self::Lasting(error)
    }
}

/// A page as it came.
#[derive(Debug)]
pub(crate) enum Page {
    /// Status 404 or 410.
    Missing,
    /// Another status that the client is blamed for, such as 401 or 403.
    Refused(u16),
    /// Status 304: as the validator says.
    Unchanged,
    /// Its content.
    Found {
        body: String,
        content_type: String,
        etag: Option<String>,
        /// Where it was, after redirects.
        url: Url,
    },
}

impl<'a> Client<'a> {
    /// Finds out which index to use.
    pub(crate) fn new(options: &FetchOptions, interrupt: &'a AtomicBool) -> Result<Self, HistoryError> {
        let (address, mut settings) = match &options.index {
            Some(address) => (address.clone(), pip::PipSettings::default()),
            None => {
                let settings = pip::settings()?.clone();
                (settings.index.clone().unwrap_or_default(), settings)
            }
        };
        settings.certificates = settings.certificates.or_else(pip::certificates_of_environment);
        let (index, authorization) = split_credentials(&address)?;
        let tls =
            TlsConfig::builder().root_certs(root_certificates(settings.certificates.as_deref())?).build();
        let proxy = settings.proxy.as_deref().map(Proxy::new).transpose();
        let proxy = proxy.map_err(|error| HistoryError::BadAddress {
            url: "of pip's proxy".to_owned(),
            message: error.to_string(),
        })?;
        let agent = Config::builder()
            .tls_config(tls)
            .proxy(proxy.or_else(Proxy::try_from_env))
            .http_status_as_error(false)
            .redirect_auth_headers(RedirectAuthHeaders::Never)
            .user_agent(concat!("apishift/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(Duration::from_secs(30)))
            .timeout_connect(Some(Duration::from_secs(30)))
            .timeout_recv_response(Some(Duration::from_mins(2)))
            .timeout_per_read(Some(Duration::from_secs(30)))
            .build()
            .new_agent();
        let (retries, retry_delay) = (options.retries, options.retry_delay);
        Ok(Self { agent, index, authorization, retries, retry_delay, interrupt })
    }

    /// Address of the index without user and password, without a slash at its end.
    pub(crate) fn index(&self) -> &str {
        self.index.as_str().trim_end_matches('/')
    }

    /// Gets a page that may be missing; `etag` is the validator of a copy that is there.
    pub(crate) fn page(&self, address: &str, accept: &str, etag: Option<&str>) -> Result<Page, HistoryError> {
        let url = parse(address)?;
        self.with_retries(&url, || {
            let mut headers = vec![("Accept", accept.to_owned())];
            headers.extend(etag.map(|etag| ("If-None-Match", etag.to_owned())));
            let mut response = self.request(&url, &headers)?;
            match response.status() {
                StatusCode::NOT_FOUND | StatusCode::GONE => return Ok(Page::Missing),
                StatusCode::NOT_MODIFIED => return Ok(Page::Unchanged),
                StatusCode::OK => {}
                status if status.is_client_error() => return Ok(Page::Refused(status.as_u16())),
                status => return Err(lasting(&url, format!("the server answers with status {status}"))),
            }
            let found = response.get_uri().to_string();
            let content_type = header(&response, "content-type").unwrap_or_default().to_owned();
            let etag = header(&response, "etag").map(str::to_owned);
            let body = response.body_mut().with_config().limit(MAX_PAGE).read_to_string().map_err(passing)?;
            Ok(Page::Found { body, content_type, etag, url: parse(&found)? })
        })
    }

    /// Repeats `attempt` while its failures may pass, with pauses that double.
    pub(crate) fn with_retries<T>(
        &self,
        url: &Url,
        mut attempt: impl FnMut() -> Result<T, Failure>,
    ) -> Result<T, HistoryError> {
        let mut delay = self.retry_delay;
        let mut left = self.retries;
        loop {
            let (message, wait) = match attempt() {
                Ok(value) => return Ok(value),
                Err(Failure::Lasting(error)) => return Err(error),
                Err(Failure::Passing { message, wait }) => (message, wait),
            };
            if left == 0 {
                let message = format!("{message} (tried {} times)", u64::from(self.retries) + 1);
                return Err(HistoryError::Network { url: url.to_string(), message });
            }
            let wait = wait.unwrap_or(delay).min(MAX_PAUSE);
            tracing::debug!(%url, message, seconds = wait.as_secs_f64(), "request failed; trying again");
            pause(wait, self.interrupt)?;
            (left, delay) = (left - 1, delay.saturating_mul(2));
        }
    }

    /// One request. Statuses that may pass are failures; all others are answers.
    pub(crate) fn request(&self, url: &Url, headers: &[(&str, String)]) -> Result<Response<Body>, Failure> {
        let mut request = self.agent.get(url.as_str());
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        if let Some(secret) = self.authorization.as_ref().filter(|_| url.origin() == self.index.origin()) {
            request = request.header("Authorization", secret);
        }
        // No proxy reaches this machine's own loopback as this machine does.
        if is_loopback(url) {
            request = request.config().proxy(None).build();
        }
        let response = request.call().map_err(passing)?;
        let status = response.status();
        let busy = matches!(status.as_u16(), 408 | 425 | 429);
        if busy || status.is_server_error() {
            let seconds = header(&response, "retry-after").and_then(|text| text.trim().parse().ok());
            let message = format!("the server answers with status {status}");
            return Err(Failure::Passing { message, wait: seconds.map(Duration::from_secs) });
        }
        Ok(response)
    }
}

/// A failure that will not pass.
pub(crate) fn lasting(url: &Url, message: String) -> Failure {
    Failure::Lasting(HistoryError::Network { url: url.to_string(), message })
}

/// Failures of the connection may pass; those of its settings are tried again in vain, which does no harm.
#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn passing(error: ureq::Error) -> Failure {
    Failure::Passing { message: error.to_string(), wait: None }
}

/// A header's text.
pub(crate) fn header<'r>(response: &'r Response<Body>, name: &str) -> Option<&'r str> {
    response.headers().get(name)?.to_str().ok()
}

pub(crate) fn parse(address: &str) -> Result<Url, HistoryError> {
    let bad = |message: String| HistoryError::BadAddress { url: address.to_owned(), message };
    let url = Url::parse(address).map_err(|error| bad(error.to_string()))?;
    match url.scheme() {
        "http" | "https" => Ok(url),
        other => Err(bad(format!("`{other}` is not http or https"))),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost",
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// The address without user and password, and the header that carries them instead.
fn split_credentials(address: &str) -> Result<(Url, Option<String>), HistoryError> {
    let mut url = Url::parse(address).map_err(|error| HistoryError::BadAddress {
        // It may hold a password, so it is not shown.
        url: "of the package index".to_owned(),
        message: error.to_string(),
    })?;
    let (user, password) = (decoded(url.username()), url.password().map(decoded));
    let secret = (!user.is_empty() || password.is_some()).then(|| {
        let secret = format!("{user}:{}", password.unwrap_or_default());
        format!("Basic {}", BASE64.encode(secret))
    });
    // Only addresses that cannot have a user refuse to lose it.
    let _ = url.set_username("");
    let _ = url.set_password(None);
    Ok((parse(url.as_str())?, secret))
}

/// Text of a part of an address, `%40` as `@`.
fn decoded(part: &str) -> String {
    url::form_urlencoded::parse(format!("x={}", part.replace('+', "%2B")).as_bytes())
        .next()
        .map(|(_, value)| value.into_owned())
        .unwrap_or_default()
}

/// Certificates from `file` (or from each file of a folder) alone; without one, those that the system trusts.
fn root_certificates(file: Option<&Path>) -> Result<RootCerts, HistoryError> {
    let Some(path) = file else { return Ok(RootCerts::PlatformVerifier) };
    let mut files = vec![path.to_path_buf()];
    if path.is_dir() {
        let entries = fs::read_dir(path).map_err(HistoryError::io("read", path))?;
        files = entries.filter_map(|entry| Some(entry.ok()?.path())).filter(|path| path.is_file()).collect();
        files.sort();
    }
    let mut certificates: Vec<Certificate<'static>> = Vec::new();
    for file in files {
        let text = fs::read(&file).map_err(HistoryError::io("read certificates of", &file))?;
        certificates.extend(parse_pem(&text).filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        }));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_leave_the_address() {
        let (url, secret) = split_credentials("http://me%40x:p%3Aw+d@index.invalid/simple").unwrap();
        assert_eq!(url.as_str(), "http://index.invalid/simple");
        let secret = secret.unwrap();
        let encoded = secret.strip_prefix("Basic ").unwrap();
        assert_eq!(BASE64.decode(encoded).unwrap(), b"me@x:p:w+d");
        assert!(split_credentials("http://index.invalid/simple").unwrap().1.is_none());
    }

    #[test]
    fn a_bad_address_of_the_index_does_not_show_its_password() {
        for address in ["not an address with secret", "ftp://me:secret@index.invalid"] {
            let message = split_credentials(address).unwrap_err().to_string();
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
