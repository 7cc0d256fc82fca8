//! Reading the modules of releases, each blob once.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use apishift_syntax::{
    ContentCache,
    surface::{self, ModuleSurface, Unreadable},
};
use apishift_types::{BlobId, Release, Skipped, TreeError, TreeFile, TreeSource};
use rayon::prelude::*;

use super::{
    api::PublicApi,
    graph::Module,
    layout::{self, ModuleFiles},
};

/// Name of the cache's table of module surfaces; its number changes with what the extractor gives.
const NAMESPACE: &str = "surface.v7";

/// What was read of a file.
type Reading = Result<Arc<ModuleSurface>, Unreadable>;

/// Reads releases of one project, keeping what the last one read.
pub struct Surfaces<'a> {
    trees: &'a dyn TreeSource,
    cache: &'a ContentCache,
    imports: &'a [String],
    known: BTreeMap<BlobId, Reading>,
    files: Vec<TreeFile>,
    /// Files that were left out, by reason; each blob is counted once.
    pub skipped: Skipped,
}

impl fmt::Debug for Surfaces<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Surfaces")
            .field("imports", &self.imports)
            .field("known", &self.known.len())
            .finish_non_exhaustive()
    }
}

impl<'a> Surfaces<'a> {
    /// A reader of releases whose packages have these import names.
    pub fn new(trees: &'a dyn TreeSource, cache: &'a ContentCache, imports: &'a [String]) -> Self {
        Self { trees, cache, imports, known: BTreeMap::new(), files: Vec::new(), skipped: Skipped::default() }
    }

    /// The public API of a release.
    pub fn of_release(&mut self, release: &Release) -> Result<PublicApi, TreeError> {
        self.files = self.trees.files(&release.commit)?;
        let modules = layout::modules(&self.files, self.imports);
        self.read(&modules)?;
        let modules = modules.into_iter().map(|files| self.module(files)).collect();
        Ok(PublicApi::new(modules))
    }

    /// All files of the release read last.
    pub fn files(&self) -> &[TreeFile] {
        &self.files
    }

    /// Reads the blobs that are not known yet, and forgets those that this release has no more.
    fn read(&mut self, modules: &[ModuleFiles]) -> Result<(), TreeError> {
        let wanted: BTreeSet<BlobId> =
            modules.iter().flat_map(|m| [&m.source, &m.stub]).flatten().map(|(_, blob)| *blob).collect();
        let missing: Vec<BlobId> =
            wanted.iter().filter(|blob| !self.known.contains_key(blob)).copied().collect();
        let (trees, cache) = (self.trees, self.cache);
        let read: Result<Vec<(BlobId, Reading)>, TreeError> = missing
            .into_par_iter()
            .map(|blob| {
                let make = || trees.read(blob).map(|source| surface::extract(&source));
                let reading = cache.get_or_make(NAMESPACE, blob.0, make)?;
                Ok((blob, reading.map(Arc::new)))
            })
            .collect();
        for (blob, reading) in read? {
            match &reading {
                Err(unreadable) => self.skipped.add(unreadable.reason()),
                Ok(surface) if surface.has_errors => self.skipped.add("source-with-syntax-errors"),
                Ok(_) => {}
            }
            self.known.insert(blob, reading);
        }
        self.known.retain(|blob, _| wanted.contains(blob));
        Ok(())
    }

    fn module(&self, files: ModuleFiles) -> Module {
        let reading =
            |place: &Option<(String, BlobId)>| place.as_ref().and_then(|(_, blob)| self.known.get(blob));
        let (source, stub) = (reading(&files.source), reading(&files.stub));
        let is_opaque = [source, stub]
            .into_iter()
            .flatten()
            .any(|reading| reading.as_ref().map_or(true, |s| s.has_errors));
        let surface = |reading: Option<&Reading>| reading.and_then(|r| r.as_ref().ok().cloned());
        let (source, stub) = (surface(source), surface(stub));
        Module { files, source, stub, is_opaque }
    }
}
