//! Git repositories as sources of releases: tags are releases, and the history between them comes along.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
};

use apishift_types::{DateSource, Release, Skipped, SourceKind, TreeId, Version};
use git2::{FetchOptions as GitFetch, Oid, ProxyOptions, RemoteCallbacks, Repository};
use jiff::Timestamp;

use crate::{FetchOptions, HistoryError, Phase, Progress, ProjectSource, facts::day, pack, selection, tag};

/// Where the remote's tags are kept. They are the whole of a release: what no tag reaches is not needed.
const TAGS: &str = "+refs/tags/*:refs/tags/*";

/// Fetches what is new and returns the wanted releases.
pub(crate) fn fetch(
    source: &ProjectSource,
    url: &str,
    path: &Path,
    options: &FetchOptions,
    progress: &dyn Progress,
    interrupt: &AtomicBool,
    skipped: &mut Skipped,
) -> Result<Vec<Release>, HistoryError> {
    let name = source.normalized_name();
    if options.offline && !path.exists() {
        return Err(HistoryError::Offline { project: name, missing: format!("the clone of {}", shown(url)) });
    }
    let repository = pack::open_or_create(path)?;
    if !options.offline {
        progress.phase(Phase::Listing);
        check_address(url)?;
        update(&repository, url, progress, interrupt)?;
    }
    progress.phase(Phase::Releases);
    let selected = selection::select(tagged(&repository, &name, skipped)?, source, skipped)?;
    progress.add_releases(selected.len() as u64);
    let mut releases = Vec::new();
    for (version, commit) in selected {
        releases.push(release(&repository, version, commit)?);
        progress.release_done();
    }
    Ok(releases)
}

/// libgit2 takes a path where nothing is for an address of a protocol that it does not know.
fn check_address(url: &str) -> Result<(), HistoryError> {
    let is_remote = url.contains("://") || url.split_once(':').is_some_and(|(host, _)| !host.contains('/'));
    if is_remote || Path::new(url).exists() {
        return Ok(());
    }
    Err(HistoryError::BadAddress { url: url.to_owned(), message: "there is no such folder".to_owned() })
}

/// Brings the remote's tags and what they reach.
fn update(
    repository: &Repository,
    url: &str,
    progress: &dyn Progress,
    interrupt: &AtomicBool,
) -> Result<(), HistoryError> {
    let mut known = 0;
    let mut callbacks = RemoteCallbacks::new();
    callbacks.transfer_progress(|transfer| {
        let received = transfer.received_bytes() as u64;
        progress.advance_bytes(received.saturating_sub(known));
        known = received;
        !interrupt.load(Ordering::Relaxed)
    });
    let mut proxy = ProxyOptions::new();
    proxy.auto();
    let mut fetching = GitFetch::new();
    fetching.remote_callbacks(callbacks).proxy_options(proxy).download_tags(git2::AutotagOption::None);
    let result = repository
        .remote_anonymous(url)
        .and_then(|mut remote| remote.fetch(&[TAGS], Some(&mut fetching), None));
    match result {
        Err(_) if interrupt.load(Ordering::Relaxed) => Err(HistoryError::Interrupted),
        other => other.map_err(HistoryError::git(format!("fetch from {}", shown(url)))),
    }
}

/// Commits by the version that their tag stands for. Where several tags stand for one version, the last name counts.
fn tagged(
    repository: &Repository,
    project: &str,
    skipped: &mut Skipped,
) -> Result<BTreeMap<Version, Oid>, HistoryError> {
    let fail = || HistoryError::git("read tags");
    let mut names: Vec<Vec<u8>> = Vec::new();
    repository
        .tag_foreach(|_, name| {
            names.push(name.to_vec());
            true
        })
        .map_err(fail())?;
    names.sort();
    let mut found = BTreeMap::new();
    for name in names {
        let short = std::str::from_utf8(&name).ok().and_then(|name| name.strip_prefix("refs/tags/"));
        let Some((short, version)) = short.and_then(|name| Some((name, tag::version(name, project)?))) else {
            skipped.add("listed-tag-without-version");
            continue;
        };
        let object = repository.find_reference(&format!("refs/tags/{short}")).map_err(fail())?;
        match object.peel_to_commit() {
            Ok(commit) => drop(found.insert(version, commit.id())),
            // Tags of trees or blobs, such as a signing key.
            Err(_) => skipped.add("listed-tag-without-commit"),
        }
    }
    Ok(found)
}

/// The release as later stages see it, but for its licence.
fn release(repository: &Repository, version: Version, id: Oid) -> Result<Release, HistoryError> {
    let commit = repository.find_commit(id).map_err(HistoryError::git(format!("read release {version}")))?;
    let tree = TreeId(id.to_string());
    let date = Timestamp::from_second(commit.time().seconds()).ok().map(day);
    Ok(Release {
        license: None,
        version,
        commit: tree,
        date_source: if date.is_some() { DateSource::Commit } else { DateSource::Unknown },
        date,
        source: SourceKind::Git,
        bytes: 0,
        sha256: String::new(),
    })
}

/// The address without user and password.
fn shown(url: &str) -> String {
    let Ok(mut parsed) = url::Url::parse(url) else { return url.to_owned() };
    let _ = parsed.set_username("");
    let _ = parsed.set_password(None);
    parsed.to_string()
}
