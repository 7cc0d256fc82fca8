//! Projects of a package index: which archives there are, and their import into a repository.

use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    sync::{
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc,
    },
    thread,
};

use apishift_types::{Release, Skipped, SourceKind, TreeId, Version, normalized_name};
use git2::Repository;

use crate::{
    ArchiveError, Artifact, FetchOptions, HistoryError, Hostility, Phase, Progress, ProjectSource,
    archive::Unpacker,
    cache::{Cache, write_atomically},
    client::{Client, Page},
    download::{Archive, Downloader, cached},
    facts::{Facts, ReleaseTime},
    filename::{self, ArchiveName, BadName},
    listing::{ListedFile, Listing},
    pack,
    parts::{self, Wanted},
    selection,
};

/// Both forms of the Simple API, the one with upload times first.
const ACCEPT: &str =
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, text/html;q=0.1";

/// One project's fetch.
#[derive(Clone, Copy)]
pub(crate) struct Fetch<'a> {
    pub(crate) source: &'a ProjectSource,
    /// Name on the index, as written in the pipeline.
    pub(crate) project: &'a str,
    pub(crate) cache: &'a Cache,
    pub(crate) repository: &'a Path,
    pub(crate) options: &'a FetchOptions,
    pub(crate) progress: &'a dyn Progress,
    pub(crate) interrupt: &'a AtomicBool,
}

/// A file of the index that could be the release's archive.
#[derive(Clone, Debug)]
struct Candidate {
    filename: String,
    name: ArchiveName,
    file: ListedFile,
}

impl Candidate {
    /// The tag of the import. Both kinds of archive of a release may be imported, for different pipelines.
    fn tag(&self) -> String {
        match self.name.kind {
            SourceKind::Wheel => format!("v{}-wheel", self.name.version),
            SourceKind::Sdist | SourceKind::Git => format!("v{}", self.name.version),
        }
    }
}

/// What became of a wanted release.
type Outcome = Result<(Facts, TreeId), ArchiveError>;

impl Fetch<'_> {
    /// The wanted releases, all of them imported.
    pub(crate) fn releases(&self, skipped: &mut Skipped) -> Result<Vec<Release>, HistoryError> {
        self.progress.phase(Phase::Listing);
        let client =
            if self.options.offline { None } else { Some(Client::new(self.options, self.interrupt)?) };
        let listing = self.listing(client.as_ref())?;
        let mut listed = Skipped::default();
        let mut selected =
            selection::select(self.candidates(&listing, &mut listed), self.source, &mut listed)?;
        if let Some(client) = client.as_ref().filter(|_| self.lacks_details(&selected)) {
            let listing = self.documented(client, listing)?;
            listed = Skipped::default();
            selected = selection::select(self.candidates(&listing, &mut listed), self.source, &mut listed)?;
        }
        skipped.merge(&listed);
        let wanted: Vec<Candidate> =
            selected.values().map(|candidates| choose(candidates, self.source.artifact)).collect();
        self.progress.phase(Phase::Releases);
        self.progress.add_releases(wanted.len() as u64);
        self.outcomes_to_releases(self.outcomes(client.as_ref(), wanted)?, skipped)
    }

    /// The index's list of files: from the index, or offline as it was last seen.
    fn listing(&self, client: Option<&Client<'_>>) -> Result<Listing, HistoryError> {
        let project = normalized_name(self.project);
        let path = self.cache.listing(&project);
        let earlier = fs::read(&path).ok().and_then(|bytes| serde_json::from_slice::<Listing>(&bytes).ok());
        let earlier = earlier.filter(|listing| listing.format == Listing::FORMAT);
        let Some(client) = client else {
            let missing = "the list of releases".to_owned();
            return earlier.ok_or(HistoryError::Offline { project, missing });
        };
        let address = format!("{}/{project}/", client.index());
        // What another index said is of no use for this one.
        let earlier = earlier.filter(|listing| listing.index == client.index());
        let etag = earlier.as_ref().and_then(|listing| listing.etag.as_deref());
        let mut listing = match (client.page(&address, ACCEPT, etag)?, &earlier) {
            (Page::Unchanged, Some(earlier)) => return Ok(earlier.clone()),
            (Page::Missing, _) => {
                return Err(HistoryError::UnknownProject { project, index: client.index().to_owned() });
            }
            (Page::Refused(status), _) => {
                let message = format!("the index answers with status {status}; are user and password right?");
                return Err(HistoryError::Network { url: address, message });
            }
            (Page::Unchanged, None) => {
                let message = "it says that nothing has changed, and was not asked that".to_owned();
                return Err(HistoryError::BadPage { url: address, message });
            }
            (Page::Found { body, content_type, etag, url }, _) => {
                let parsed = Listing::parse(&body, &content_type, &url);
                let mut listing =
                    parsed.map_err(|message| HistoryError::BadPage { url: address, message })?;
                (listing.index, listing.etag) = (client.index().to_owned(), etag);
                listing
            }
        };
        if let Some(earlier) = &earlier {
            listing.remember(earlier);
        }
        self.save(&listing)?;
        Ok(listing)
    }

    fn save(&self, listing: &Listing) -> Result<(), HistoryError> {
        write_atomically(&self.cache.listing(&normalized_name(self.project)), &listing.to_json())
    }

    /// The listing with what the project's JSON document adds. Not every index has one, and some answer with another
    /// page in its place.
    fn documented(&self, client: &Client<'_>, mut listing: Listing) -> Result<Listing, HistoryError> {
        let root = client.index().strip_suffix("/simple").unwrap_or(client.index());
        let address = format!("{root}/pypi/{}/json", normalized_name(self.project));
        let body = match client.page(&address, "application/json", None)? {
            Page::Found { body, .. } => Some(body),
            Page::Missing | Page::Refused(_) | Page::Unchanged => None,
        };
        if let Err(message) = listing.document(body.as_deref()) {
            tracing::debug!(address, message, "the index has no document of the project");
        }
        self.save(&listing)?;
        Ok(listing)
    }

    /// Whether the project's JSON document could tell more about the selected releases.
    fn lacks_details(&self, selected: &BTreeMap<Version, Vec<Candidate>>) -> bool {
        let by_size = self.source.artifact == Artifact::Smallest;
        let lacks = |file: &ListedFile| file.uploaded.is_none() || (by_size && file.size.is_none());
        selected.values().flatten().any(|candidate| !candidate.file.documented && lacks(&candidate.file))
    }

    /// Usable files by version.
    fn candidates(&self, listing: &Listing, skipped: &mut Skipped) -> BTreeMap<Version, Vec<Candidate>> {
        let project = normalized_name(self.project);
        let mut candidates: BTreeMap<Version, Vec<Candidate>> = BTreeMap::new();
        for (filename, file) in &listing.files {
            match filename::parse(filename, &project) {
                Err(BadName::OtherKind) => skipped.add("listed-other-kind"),
                Err(BadName::NoVersion) => skipped.add("listed-without-version"),
                Ok(_) if file.yanked => skipped.add("listed-yanked"),
                Ok(name) => {
                    let candidate = Candidate { filename: filename.clone(), name, file: file.clone() };
                    candidates.entry(candidate.name.version.clone()).or_default().push(candidate);
                }
            }
        }
        candidates
    }

    /// Imports what is wanted and not there yet; oldest first.
    fn outcomes(
        &self,
        client: Option<&Client<'_>>,
        wanted: Vec<Candidate>,
    ) -> Result<Vec<(String, Outcome)>, HistoryError> {
        let repository = pack::open_or_create(self.repository)?;
        let mut outcomes: BTreeMap<Version, (String, Outcome)> = BTreeMap::new();
        let mut absent = Vec::new();
        for candidate in wanted {
            let outcome = match self.imported(&repository, &candidate) {
                Some(known) => Ok(known),
                None => match self.cached(&candidate)? {
                    Some(archive) => refusal_apart(self.import(&candidate, &archive))?,
                    None => {
                        absent.push(candidate);
                        continue;
                    }
                },
            };
            self.progress.release_done();
            outcomes.insert(candidate.name.version, (candidate.filename, outcome));
        }
        match client {
            Some(client) => self.download(client, &absent, &mut outcomes)?,
            None if absent.is_empty() => {}
            None => {
                let versions: Vec<_> =
                    absent.iter().map(|candidate| candidate.name.version.to_string()).collect();
                let missing = format!("releases {}", versions.join(", "));
                return Err(HistoryError::Offline { project: normalized_name(self.project), missing });
            }
        }
        Ok(outcomes.into_values().collect())
    }

    /// Downloads several archives at once, and imports each one as it comes.
    fn download(
        &self,
        client: &Client<'_>,
        absent: &[Candidate],
        outcomes: &mut BTreeMap<Version, (String, Outcome)>,
    ) -> Result<(), HistoryError> {
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let downloader = Downloader {
            client,
            cache: self.cache,
            limit: self.options.limits.archive_bytes,
            progress: self.progress,
            interrupt: self.interrupt,
        };
        let wanted = Wanted::by(&self.options.keep)?;
        let get = |candidate: &Candidate| {
            let in_parts = match candidate.name.kind {
                SourceKind::Wheel => downloader.parts(&candidate.file, &wanted)?,
                SourceKind::Sdist | SourceKind::Git => None,
            };
            in_parts.map_or_else(|| downloader.download(&candidate.filename, &candidate.file), Ok)
        };
        let work = |done: &mpsc::Sender<(usize, Result<Archive, HistoryError>)>| {
            while !stop.load(Ordering::Relaxed) {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(candidate) = absent.get(at) else { break };
                // The receiver goes away only when the fetch has failed.
                let _ = done.send((at, get(candidate)));
            }
        };
        thread::scope(|scope| {
            let (done, archives) = mpsc::channel();
            for _ in 0..self.options.jobs.clamp(1, absent.len().max(1)) {
                let done = done.clone();
                scope.spawn(|| {
                    let done = done;
                    work(&done);
                });
            }
            drop(done);
            for (at, archive) in archives {
                let candidate = &absent[at];
                let imported = archive.and_then(|archive| self.import_once(candidate, &archive, &downloader));
                // A failure that is not the archive's own ends the whole; other threads finish what they are at.
                let outcome = refusal_apart(imported).inspect_err(|_| stop.store(true, Ordering::Relaxed))?;
                self.progress.release_done();
                outcomes.insert(candidate.name.version.clone(), (candidate.filename.clone(), outcome));
            }
            Ok(())
        })
    }

    /// As [`Self::import`]. One that came in parts is removed, and fetched whole where that was not enough.
    fn import_once(
        &self,
        candidate: &Candidate,
        archive: &Archive,
        downloader: &Downloader<'_>,
    ) -> Result<(Facts, TreeId), HistoryError> {
        let imported = self.import(candidate, archive);
        if archive.is_whole {
            return imported;
        }
        parts::remove(&archive.path)?;
        match imported {
            Err(HistoryError::Archive(refusal)) => {
                tracing::debug!(archive = candidate.filename, %refusal, "not to be read in parts");
                self.import(candidate, &downloader.download(&candidate.filename, &candidate.file)?)
            }
            other => other,
        }
    }

    /// The archive in the cache, if it is there.
    fn cached(&self, candidate: &Candidate) -> Result<Option<Archive>, HistoryError> {
        match &candidate.file.sha256 {
            Some(sha256) => cached(self.cache, sha256, self.interrupt),
            None => Ok(None),
        }
    }

    /// What an earlier run imported, if that is what would be imported now.
    fn imported(&self, repository: &Repository, candidate: &Candidate) -> Option<(Facts, TreeId)> {
        let reference = repository.find_reference(&format!("refs/tags/{}", candidate.tag())).ok()?;
        let commit = reference.peel_to_commit().ok()?;
        let facts = Facts::parse(commit.message().ok()?)?;
        let same = facts.archive == candidate.filename
            && candidate.file.sha256.as_ref().is_none_or(|sha256| *sha256 == facts.sha256)
            && facts.rules == self.options.keep.fingerprint()
            && commit.tree().is_ok();
        same.then(|| (facts, TreeId(commit.id().to_string())))
    }

    /// Imports an archive: blobs, trees, one commit, and last the tag.
    fn import(&self, candidate: &Candidate, archive: &Archive) -> Result<(Facts, TreeId), HistoryError> {
        let (name, filename) = (&candidate.name, &candidate.filename);
        let _span = tracing::debug_span!("import", archive = filename.as_str()).entered();
        pack::with_import(self.repository, |import| {
            let mut files = BTreeMap::new();
            let unpacker = Unpacker::new(filename, &self.options.keep, &self.options.limits, self.interrupt)?
                .in_parts(!archive.is_whole);
            let unpacked =
                unpacker.unpack(&archive.path, name.packing, name.kind, &mut |path, content| {
                    files.insert(path.to_owned(), import.blob(path, content)?);
                    Ok(())
                })?;
            let files = without_top(files, unpacked.top.as_deref());
            if files.is_empty() {
                return Err(ArchiveError::NoText { archive: filename.clone() }.into());
            }
            let tree = import.tree(&files)?.map_err(|clash| ArchiveError::Hostile {
                archive: filename.clone(),
                member: clash.0,
                why: Hostility::FileAndFolder,
            })?;
            let time = ReleaseTime::of(candidate.file.uploaded, unpacked.newest);
            let facts = Facts {
                version: name.version.clone(),
                source: name.kind,
                archive: filename.clone(),
                sha256: archive.sha256.clone(),
                bytes: archive.bytes,
                date: time.date,
                date_source: time.source,
                skipped: unpacked.skipped,
                rules: self.options.keep.fingerprint(),
            };
            let message = facts.message(&normalized_name(self.project));
            let commit = import.commit(tree, &message, time.seconds, &candidate.tag())?;
            tracing::debug!(files = files.len(), %commit, "imported");
            Ok((facts, TreeId(commit.to_string())))
        })
    }

    /// Counts refusals; an error if nothing else is left.
    fn outcomes_to_releases(
        &self,
        outcomes: Vec<(String, Outcome)>,
        skipped: &mut Skipped,
    ) -> Result<Vec<Release>, HistoryError> {
        let (mut releases, mut reasons) = (Vec::new(), Vec::new());
        for (filename, outcome) in outcomes {
            match outcome {
                Ok((facts, commit)) => {
                    skipped.merge(&facts.skipped);
                    releases.push(facts.release(commit));
                }
                Err(refusal) => {
                    let explained = refusal.explained();
                    tracing::warn!(archive = filename, "release left out: failed to {explained}");
                    skipped.add(refusal.reason());
                    reasons.push(explained);
                }
            }
        }
        if releases.is_empty() {
            let (project, reasons) = (normalized_name(self.project), reasons.join("; "));
            return Err(HistoryError::NothingImported { project, reasons });
        }
        Ok(releases)
    }
}

/// Tells the refusal of an archive, which concerns one release, from failures that concern all.
fn refusal_apart<T>(result: Result<T, HistoryError>) -> Result<Result<T, ArchiveError>, HistoryError> {
    match result {
        Ok(value) => Ok(Ok(value)),
        Err(HistoryError::Archive(refusal)) => Ok(Err(refusal)),
        Err(error) => Err(error),
    }
}

/// Paths without the one folder that everything is in.
fn without_top<T>(files: BTreeMap<String, T>, top: Option<&str>) -> BTreeMap<String, T> {
    let Some(top) = top else { return files };
    let prefix = format!("{top}/");
    let strip = |path: String| path.strip_prefix(&prefix).map(str::to_owned).unwrap_or(path);
    files.into_iter().map(|(path, value)| (strip(path), value)).collect()
}

/// The release's archive: the wanted kind if there is one, and of several the one that any machine could use.
fn choose(candidates: &[Candidate], artifact: Artifact) -> Candidate {
    let best = |kind| {
        let of_kind = candidates.iter().filter(|candidate| candidate.name.kind == kind);
        of_kind.min_by_key(|candidate| {
            let platform = match candidate.name.platform.as_str() {
                "" | "any" => 0,
                linux if linux.contains("linux") && linux.ends_with("x86_64") => 1,
                _ => 2,
            };
            (platform, candidate.name.packing, candidate.filename.clone())
        })
    };
    let (sdist, wheel) = (best(SourceKind::Sdist), best(SourceKind::Wheel));
    let size = |candidate: Option<&Candidate>| candidate.and_then(|candidate| candidate.file.size);
    let chosen = match artifact {
        Artifact::Sdist => sdist.or(wheel),
        Artifact::Wheel => wheel.or(sdist),
        Artifact::Smallest => match (size(sdist), size(wheel)) {
            (Some(of_sdist), Some(of_wheel)) if of_wheel < of_sdist => wheel,
            _ => sdist.or(wheel),
        },
    };
    chosen.expect("every version has at least one file").clone()
}
