//! Python's own library, as a project whose releases are the versions of Python.
//!
//! Its sources are in no archive of the package index, but what is public in it is: typeshed describes it for all
//! supported versions of Python, with what appears and disappears in each and with messages of deprecations, and type
//! checkers carry typeshed. Of such a project the newest release of each major version is fetched. Each is a snapshot of
//! typeshed, which covers the versions of Python that were supported at its time.
//!
//! Versions of Python are compared within one snapshot, since two snapshots differ in more than Python did. Where an older
//! snapshot ends and a newer one begins, the version is there twice: `3.10`, and `3.10+mypy.2.4.1`.

mod text;

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    str::FromStr,
};

use apishift_types::{
    DateSource, Release, Skipped, SourceKind, TreeId, TreeSource, Version, normalized_name,
};
use jiff::{civil::Date, tz::TimeZone};

use crate::{
    Artifact, FetchOptions, GitHistory, HistoryError, KeepRules, Pick, ProjectSource, cache::RepositoryLock,
    facts::Facts, fetch::unreadable, pack, pypi,
};
use text::Minor;

/// Where snapshots are in the releases of a type checker.
const FOLDER: &str = "typeshed/stdlib/";

/// Which modules there are, and since and until when.
const VERSIONS: &str = "VERSIONS";

/// Raised whenever the same snapshot gives other trees.
const RULES: &str = "typeshed-5";

/// Snapshots that are looked at: the older ones describe versions of Python that no code in use runs on.
const SNAPSHOTS: usize = 3;

/// Days of release of Python 3.7 and the versions after it (PEPs 537, 569, 596, 619, 664, 693, 719, 745).
const DAYS: [Date; 8] = [
    Date::constant(2018, 6, 27),
    Date::constant(2019, 10, 14),
    Date::constant(2020, 10, 5),
    Date::constant(2021, 10, 4),
    Date::constant(2022, 10, 24),
    Date::constant(2023, 10, 2),
    Date::constant(2024, 10, 7),
    Date::constant(2025, 10, 7),
];

/// The minor version that [`DAYS`] begin with.
const FIRST_DAY: Minor = 7;

/// A fetch of Python's library, from the project that carries typeshed.
pub(crate) struct Fetch<'a>(pub(crate) pypi::Fetch<'a>);

/// What one release of the carrier says.
struct Snapshot {
    release: Release,
    /// Path below [`FOLDER`], and text.
    stubs: BTreeMap<String, String>,
    modules: Modules,
    /// The first and the last version of Python that it tells apart.
    covers: (Minor, Minor),
}

/// Modules by dotted name: the versions that have them.
struct Modules(BTreeMap<String, (Minor, Minor)>);

impl Fetch<'_> {
    /// The wanted versions of Python, and the top-level modules that any of them has.
    pub(crate) fn releases(
        &self,
        skipped: &mut Skipped,
    ) -> Result<(Vec<Release>, Vec<String>), HistoryError> {
        let snapshots = self.snapshots(skipped)?;
        let mut releases = Vec::new();
        let mut imports = BTreeSet::new();
        let repository = pack::open_or_create(self.0.repository)?;
        for (snapshot, minor, is_second) in eras(&snapshots) {
            let name = format!("3.{minor}");
            let carrier = normalized_name(self.0.project).replace('-', ".");
            let full = format!("{name}+{carrier}.{}", snapshot.release.version);
            let text = if is_second { &full } else { &name };
            // A carrier's name may be no part of a version, numbers between points are one.
            let Ok(version) = Version::from_str(text) else {
                skipped.add("listed-without-version");
                continue;
            };
            if !self.0.source.versions.as_ref().is_none_or(|wanted| wanted.contains(&plain(&version))) {
                continue;
            }
            imports.extend(snapshot.modules.top(minor));
            let tag = format!("v{full}");
            let known = known(&repository, &tag, snapshot);
            let release = known.map_or_else(|| self.import(snapshot, minor, version, &tag), Ok)?;
            releases.push(release);
        }
        if releases.is_empty() {
            let available = eras(&snapshots)
                .iter()
                .map(|(_, minor, _)| format!("3.{minor}"))
                .collect::<Vec<_>>()
                .join(", ");
            let wanted = self.0.source.versions.as_ref().map(ToString::to_string).unwrap_or_default();
            let project = self.0.source.normalized_name();
            return Err(HistoryError::NoRelease { project, wanted: format!("`{wanted}`"), available });
        }
        Ok((releases, imports.into_iter().collect()))
    }

    /// Snapshots, oldest first.
    fn snapshots(&self, skipped: &mut Skipped) -> Result<Vec<Snapshot>, HistoryError> {
        let source = ProjectSource {
            pick: Pick::Major,
            artifact: Artifact::Sdist,
            limit: Some(SNAPSHOTS),
            ..ProjectSource::pypi(self.0.project, self.0.source.role)
        };
        let patterns = ["*.pyi", VERSIONS, "LICENSE*"].map(str::to_owned).to_vec();
        let options = FetchOptions {
            keep: KeepRules { patterns, ..self.0.options.keep.clone() },
            ..self.0.options.clone()
        };
        let repository = self.0.cache.carrier(self.0.project);
        let _lock = RepositoryLock::acquire(&repository, self.0.progress, self.0.interrupt)?;
        let fetch = pypi::Fetch { source: &source, repository: &repository, options: &options, ..self.0 };
        let releases = fetch.releases(skipped)?;
        let history = GitHistory::open(&repository)?;
        let mut snapshots = Vec::new();
        for release in releases {
            match snapshot(&history, release)? {
                Some(snapshot) => snapshots.push(snapshot),
                None => skipped.add("release-without-typeshed"),
            }
        }
        if snapshots.is_empty() {
            return Err(HistoryError::NoTypeshed { project: normalized_name(self.0.project) });
        }
        Ok(snapshots)
    }

    /// Writes the tree of Python 3.`minor`.
    fn import(
        &self,
        snapshot: &Snapshot,
        minor: Minor,
        version: Version,
        tag: &str,
    ) -> Result<Release, HistoryError> {
        let day = minor.checked_sub(FIRST_DAY).and_then(|at| DAYS.get(at as usize)).copied();
        let facts = Facts {
            version,
            source: SourceKind::Sdist,
            archive: format!("{}-{}", normalized_name(self.0.project), snapshot.release.version),
            sha256: snapshot.release.sha256.clone(),
            bytes: snapshot.release.bytes,
            date: day,
            date_source: if day.is_some() { DateSource::Known } else { DateSource::Unknown },
            skipped: Skipped::default(),
            rules: RULES.to_owned(),
        };
        let seconds =
            day.and_then(|day| day.to_zoned(TimeZone::UTC).ok()).map(|day| day.timestamp().as_second());
        pack::with_import(self.0.repository, |import| {
            let mut files = BTreeMap::new();
            for (path, stub) in &snapshot.stubs {
                if snapshot.modules.has(path, minor) {
                    let text = text::of_version(stub, minor);
                    files.insert(path.clone(), import.blob(path, text.as_bytes())?);
                }
            }
            let clash = |_| HistoryError::NoTypeshed { project: normalized_name(self.0.project) };
            let tree = import.tree(&files)?.map_err(clash)?;
            let message = facts.message(&self.0.source.normalized_name());
            let commit = import.commit(tree, &message, seconds.unwrap_or_default(), tag)?;
            Ok(facts.release(TreeId(commit.to_string())))
        })
    }
}

/// A version without what tells two descriptions of it apart.
fn plain(version: &Version) -> Version {
    version.clone().without_local()
}

/// What an earlier run made of the same snapshot.
fn known(repository: &git2::Repository, tag: &str, snapshot: &Snapshot) -> Option<Release> {
    let reference = repository.find_reference(&format!("refs/tags/{tag}")).ok()?;
    let commit = reference.peel_to_commit().ok()?;
    let facts = Facts::parse(commit.message().ok()?)?;
    let is_same = facts.sha256 == snapshot.release.sha256 && facts.rules == RULES && commit.tree().is_ok();
    is_same.then(|| facts.release(TreeId(commit.id().to_string())))
}

/// Each snapshot with the versions of Python that it speaks for, oldest first, and whether the version was described by
/// an older one before. A newer snapshot knows better: it speaks for all that it covers.
fn eras(snapshots: &[Snapshot]) -> Vec<(&Snapshot, Minor, bool)> {
    let mut eras = Vec::new();
    let mut until = None;
    for snapshot in snapshots.iter().rev() {
        let (first, last) = snapshot.covers;
        let last = until.map_or(last, |until| last.min(until));
        if until.is_some() && first >= last {
            continue;
        }
        eras.push((snapshot, first, last));
        until = Some(first);
    }
    let mut previous = None;
    let mut all = Vec::new();
    for (snapshot, first, last) in eras.into_iter().rev() {
        all.extend((first..=last).map(|minor| (snapshot, minor, previous == Some(minor))));
        previous = Some(last);
    }
    all
}

fn snapshot(history: &GitHistory, release: Release) -> Result<Option<Snapshot>, HistoryError> {
    let mut stubs = BTreeMap::new();
    let mut modules = None;
    for file in history.files(&release.commit).map_err(unreadable)? {
        let Some((_, path)) = file.path.split_once(FOLDER) else { continue };
        let text = || -> Result<String, HistoryError> {
            Ok(String::from_utf8_lossy(&history.read(file.blob).map_err(unreadable)?).into_owned())
        };
        if path == VERSIONS {
            modules = Some(Modules::parse(&text()?));
        } else if Path::new(path).extension().is_some_and(|ending| ending == "pyi") {
            stubs.insert(path.to_owned(), text()?);
        }
    }
    let versions = || stubs.values().flat_map(|stub| text::versions_in(stub));
    let (Some(modules), Some(lowest), Some(highest)) = (modules, versions().min(), versions().max()) else {
        return Ok(None);
    };
    let covers = (lowest.saturating_sub(1), highest);
    Ok(Some(Snapshot { release, stubs, modules, covers }))
}

impl Modules {
    /// Reads lines as `asynchat: 3.0-3.11`, and `time: 2.7-`.
    fn parse(text: &str) -> Self {
        let minor = |version: &str| {
            let (major, minor) = version.trim().split_once('.')?;
            if major == "2" { Some(0) } else { minor.parse::<Minor>().ok() }
        };
        let line = |line: &str| {
            let (module, range) = line.split('#').next()?.split_once(':')?;
            let (first, last) = range.split_once('-')?;
            Some((module.trim().to_owned(), (minor(first)?, minor(last).unwrap_or(Minor::MAX))))
        };
        Self(text.lines().filter_map(line).collect())
    }

    /// Whether Python 3.`minor` has the module at `path`. One that is not listed is there as long as its package is.
    fn has(&self, path: &str, minor: Minor) -> bool {
        let module = path.trim_end_matches(".pyi").trim_end_matches("/__init__").replace('/', ".");
        let mut name = module.as_str();
        loop {
            if let Some((first, last)) = self.0.get(name) {
                return (*first..=*last).contains(&minor);
            }
            match name.rsplit_once('.') {
                Some((package, _)) => name = package,
                None => return false,
            }
        }
    }

    /// Top-level modules; those with an underscore too, since public ones take what is theirs from them.
    fn top(&self, minor: Minor) -> impl Iterator<Item = String> + '_ {
        let there = move |(first, last): &(Minor, Minor)| (*first..=*last).contains(&minor);
        self.0
            .iter()
            .filter(move |(name, range)| !name.contains('.') && there(range))
            .map(|(name, _)| name.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modules_are_there_as_long_as_their_package() {
        let modules = Modules::parse(
            "# comment\nasynchat: 3.0-3.11\nxml: 3.0-\nxml.new: 3.9- # since\n_thread: 3.0-\ntime: 2.7-\n",
        );
        assert!(modules.has("asynchat.pyi", 11) && !modules.has("asynchat.pyi", 12));
        assert!(modules.has("xml/dom/__init__.pyi", 8) && modules.has("xml/__init__.pyi", 8));
        assert!(!modules.has("xml/new.pyi", 8) && modules.has("xml/new.pyi", 9));
        assert!(!modules.has("other.pyi", 9));
        assert_eq!(modules.top(12).collect::<Vec<_>>(), ["_thread", "time", "xml"]);
    }
}
