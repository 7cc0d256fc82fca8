//! What pip knows about this machine: the package index, certificates, the proxy.
//!
//! No address of an index is written in this program. It uses the one that pip would use, so that a mirror, a company
//! index or a proxy that is set up for pip serves here too.

use std::{
    path::{Path, PathBuf},
    sync::OnceLock,
};

use crate::HistoryError;

/// Settings as pip would use them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct PipSettings {
    /// Address of the Simple API.
    pub(crate) index: Option<String>,
    /// File of trusted certificates.
    pub(crate) certificates: Option<PathBuf>,
    /// Proxy for every request.
    pub(crate) proxy: Option<String>,
}

/// Asks pip, once per process.
pub(crate) fn settings() -> Result<&'static PipSettings, HistoryError> {
    static SETTINGS: OnceLock<Result<PipSettings, String>> = OnceLock::new();
    let settings = SETTINGS.get_or_init(ask);
    settings.as_ref().map_err(|message| HistoryError::NoIndex { message: message.clone() })
}

/// Variables that pip and `requests` read for certificates, the first one set counts.
pub(crate) fn certificates_of_environment() -> Option<PathBuf> {
    let names = ["PIP_CERT", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"];
    names.into_iter().find_map(variable).map(PathBuf::from)
}

#[expect(
    clippy::disallowed_methods,
    reason = "pip's own variables are honoured as pip honours them, flags or not"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

fn ask() -> Result<PipSettings, String> {
    let mut settings = PipSettings { index: variable("PIP_INDEX_URL"), ..PipSettings::default() };
    match pip(&["config", "list"]) {
        Ok(list) => settings = configured(&list, settings),
        // An address in the environment is enough, pip or not.
        Err(_) if settings.index.is_some() => return Ok(settings),
        Err(message) => return Err(message),
    }
    if settings.index.is_none() {
        let help = pip(&["download", "--help"])?;
        let found = default_index(&help);
        settings.index = Some(found.ok_or("`pip download --help` names no default index")?);
    }
    Ok(settings)
}

/// Installs wheels of a list with hashes into a folder.
pub(crate) fn install(list: &Path, target: &Path) -> Result<(), String> {
    let (list, target) = (list.to_string_lossy(), target.to_string_lossy());
    let options = ["install", "--no-deps", "--only-binary", ":all:", "--require-hashes", "--no-compile"];
    pip(&[&options[..], &["--requirement", &list, "--target", &target]].concat()).map(drop)
}

#[expect(
    clippy::disallowed_methods,
    reason = "pip alone knows all of its configuration files; it reads them, and unpacks wheels"
)]
fn pip(arguments: &[&str]) -> Result<String, String> {
    let mut problem = String::new();
    for python in ["python3", "python"] {
        let mut command = std::process::Command::new(python);
        let command =
            command.args(["-m", "pip", "--disable-pip-version-check", "--no-color"]).args(arguments);
        match command.output() {
            Ok(output) if output.status.success() => {
                return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
            }
            Ok(output) => {
                let text = String::from_utf8_lossy(&output.stderr);
                let last = text.lines().rfind(|line| !line.trim().is_empty()).unwrap_or("it says nothing");
                problem = format!("`{python} -m pip {}` failed: {last}", arguments.join(" "));
            }
            Err(error) if problem.is_empty() => problem = format!("`{python}` does not start: {error}"),
            Err(_) => {}
        }
    }
    Err(problem)
}

/// Takes what `pip config list` says, where the environment has not said it yet. A setting of `pip download` comes
/// before one for all commands.
fn configured(list: &str, mut settings: PipSettings) -> PipSettings {
    let value = |option: &str| {
        let sections = [":env:", "download", "global"];
        sections.iter().find_map(|section| {
            let start = format!("{section}.{option}=");
            list.lines().find_map(|line| line.strip_prefix(&start)).map(unquoted)
        })
    };
    settings.index = settings.index.or_else(|| value("index-url"));
    settings.certificates = value("cert").map(PathBuf::from);
    settings.proxy = value("proxy");
    settings
}

/// A Python string literal's text.
fn unquoted(literal: &str) -> String {
    let inner = literal.trim();
    let inner = inner.strip_prefix(['\'', '"']).unwrap_or(inner);
    let inner = inner.strip_suffix(['\'', '"']).unwrap_or(inner);
    let mut text = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => text.extend(characters.next()),
            other => text.push(other),
        }
    }
    text
}

/// The default that the help of `--index-url` names: `(default ADDRESS)`, in lines wrapped anywhere between words.
fn default_index(help: &str) -> Option<String> {
    let words = help.split_whitespace().collect::<Vec<_>>();
    let option = words.iter().position(|word| word.starts_with("--index-url"))?;
    let end = words[option..].iter().position(|word| word.starts_with("--extra-index-url"));
    let words = &words[option..end.map_or(words.len(), |end| option + end)];
    let default = words.iter().position(|word| *word == "(default")?;
    let address = words.get(default + 1)?.trim_end_matches(['.', ')']);
    address.contains("://").then(|| address.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_read_from_the_help() {
        let help = "Package Index Options:\n  -i, --index-url <url>       Base URL of the Package Index (default\n\
                    \x20                             http://index.invalid/simple). This should point to\n\
                    \x20 --extra-index-url <url>     Extra URLs (default http://other.invalid/).\n";
        assert_eq!(default_index(help).as_deref(), Some("http://index.invalid/simple"));
        assert_eq!(default_index("--index-url <url>  Base URL.\n"), None);
    }

    #[test]
    fn the_configuration_counts_in_pips_order() {
        let list = "download.index-url='http://download.invalid/simple'\nglobal.cert='/etc/some.pem'\n\
                    global.index-url='http://global.invalid/simple'\nglobal.proxy='http://proxy.invalid:3128'\n";
        let settings = configured(list, PipSettings::default());
        assert_eq!(settings.index.as_deref(), Some("http://download.invalid/simple"));
        assert_eq!(settings.certificates, Some(PathBuf::from("/etc/some.pem")));
        assert_eq!(settings.proxy.as_deref(), Some("http://proxy.invalid:3128"));
        let list = format!("{list}:env:.index-url='http://env.invalid/simple'\n");
        assert_eq!(
            configured(&list, PipSettings::default()).index.as_deref(),
            Some("http://env.invalid/simple")
        );
        let set = PipSettings { index: Some("http://variable.invalid".into()), ..PipSettings::default() };
        assert_eq!(configured(&list, set).index.as_deref(), Some("http://variable.invalid"));
    }

    #[test]
    fn python_literals_are_unquoted() {
        assert_eq!(unquoted(r"'C:\\certs\\a.pem'"), r"C:\certs\a.pem");
        assert_eq!(unquoted("\"it's\""), "it's");
    }
}
