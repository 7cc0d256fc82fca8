//! What was made from some content once, kept by the id of that content.
//!
//! One file per project. A value is a function of what its key is the hash of, and of the namespace, whose name carries the
//! version of the code that makes the values; so an entry is never wrong, only absent. Without the file (another process holds it, the
//! disk is full) everything works, slower.

use std::{
    collections::BTreeMap,
    fmt,
    path::Path,
    sync::{Mutex, PoisonError, RwLock},
};

use redb::{Builder, Database, DatabaseError, ReadOnlyTable, ReadableDatabase, TableDefinition, TableError};
use serde::{Serialize, de::DeserializeOwned};

/// Bytes of the file that are kept in memory: each value is read about once. The library's own default is a GiB.
const PAGES: usize = 32 << 20;

/// Bytes of values that wait before they are written in one transaction.
const BATCH: usize = 8 << 20;

type Table = TableDefinition<'static, &'static [u8; 20], &'static [u8]>;
type ReadTable = ReadOnlyTable<&'static [u8; 20], &'static [u8]>;

/// Id of some content: of a file, the one that git gives it (SHA-1); of several things together, a hash of as many bytes.
pub type ContentId = [u8; 20];

/// Values by content, in one file for all threads of a run.
///
/// ```
/// use apishift_syntax::ContentCache;
/// let cache = ContentCache::none();
/// let lines: Result<usize, ()> = cache.get_or_make("lines.v1", [0; 20], || Ok(3));
/// assert_eq!(lines, Ok(3));
/// ```
pub struct ContentCache {
    database: Option<Database>,
    /// Tables as they were when last written; emptied by each write.
    tables: RwLock<BTreeMap<&'static str, Option<ReadTable>>>,
    pending: Mutex<Pending>,
}

#[derive(Default)]
struct Pending {
    entries: BTreeMap<(&'static str, ContentId), Vec<u8>>,
    bytes: usize,
}

fn create(path: &Path) -> Result<Database, DatabaseError> {
    Builder::new().set_cache_size(PAGES).create(path)
}

impl ContentCache {
    /// A cache that keeps nothing.
    pub fn none() -> Self {
        Self::over(None)
    }

    /// Opens or makes the cache file. Where that fails, says so and goes on without: a cache is never needed.
    pub fn open(path: &Path) -> Self {
        let database = match create(path) {
            Ok(database) => Some(database),
            Err(DatabaseError::DatabaseAlreadyOpen) => {
                tracing::warn!(path = %path.display(), "cache is in use by another process: going on without");
                None
            }
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "cache is unreadable: making a new one");
                let made = std::fs::remove_file(path).map_err(|e| e.to_string());
                let made = made.and_then(|()| create(path).map_err(|e| e.to_string()));
                made.inspect_err(|error| tracing::warn!(%error, "going on without a cache")).ok()
            }
        };
        Self::over(database)
    }

    fn over(database: Option<Database>) -> Self {
        Self { database, tables: RwLock::default(), pending: Mutex::default() }
    }

    /// The value kept for `content` in `namespace`, else what `make` gives, which is then kept. Failures of `make` are
    /// not kept. A namespace names the kind of value and the version of what makes it: `"surface.v1"`.
    pub fn get_or_make<V, E>(
        &self,
        namespace: &'static str,
        content: ContentId,
        make: impl FnOnce() -> Result<V, E>,
    ) -> Result<V, E>
    where
        V: Serialize + DeserializeOwned,
    {
        if self.database.is_none() {
            return make();
        }
        if let Some(value) = self.get(namespace, content) {
            return Ok(value);
        }
        let value = make()?;
        match postcard::to_allocvec(&value) {
            Ok(bytes) => self.put(namespace, content, bytes),
            Err(error) => tracing::debug!(namespace, %error, "value does not serialise: not kept"),
        }
        Ok(value)
    }

    /// Writes what waits. Also done when the cache is dropped.
    pub fn flush(&self) {
        let pending = std::mem::take(&mut *self.pending.lock().unwrap_or_else(PoisonError::into_inner));
        self.write(&pending);
    }

    fn get<V: DeserializeOwned>(&self, namespace: &'static str, content: ContentId) -> Option<V> {
        let known = self.tables.read().unwrap_or_else(PoisonError::into_inner).contains_key(namespace);
        if !known {
            let table = self.open_table(namespace);
            self.tables.write().unwrap_or_else(PoisonError::into_inner).insert(namespace, table);
        }
        let tables = self.tables.read().unwrap_or_else(PoisonError::into_inner);
        let guard = tables.get(namespace)?.as_ref()?.get(&content).ok()??;
        // An entry that does not read is of an older layout under a name that should have changed: make it anew.
        postcard::from_bytes(guard.value()).ok()
    }

    fn open_table(&self, namespace: &'static str) -> Option<ReadTable> {
        let transaction = self.database.as_ref()?.begin_read().ok()?;
        match transaction.open_table(Table::new(namespace)) {
            Ok(table) => Some(table),
            Err(TableError::TableDoesNotExist(_)) => None,
            Err(error) => {
                tracing::warn!(namespace, %error, "table of the cache is unreadable");
                None
            }
        }
    }

    fn put(&self, namespace: &'static str, content: ContentId, bytes: Vec<u8>) {
        let full = {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            pending.bytes += bytes.len();
            pending.entries.insert((namespace, content), bytes);
            (pending.bytes >= BATCH).then(|| std::mem::take(&mut *pending))
        };
        if let Some(full) = full {
            self.write(&full);
        }
    }

    fn write(&self, pending: &Pending) {
        let Some(database) = self.database.as_ref().filter(|_| !pending.entries.is_empty()) else { return };
        if let Err(error) = write_entries(database, pending) {
            tracing::warn!(%error, "cache was not written");
        }
        self.tables.write().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

fn write_entries(database: &Database, pending: &Pending) -> Result<(), redb::Error> {
    let transaction = database.begin_write()?;
    let mut entries = pending.entries.iter().peekable();
    while let Some(((namespace, _), _)) = entries.peek() {
        let namespace = *namespace;
        let mut table = transaction.open_table(Table::new(namespace))?;
        while let Some(((_, content), bytes)) = entries.next_if(|((name, _), _)| *name == namespace) {
            table.insert(content, bytes.as_slice())?;
        }
    }
    transaction.commit()?;
    Ok(())
}

impl Drop for ContentCache {
    fn drop(&mut self) {
        self.flush();
    }
}

impl fmt::Debug for ContentCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ContentCache").field("is_open", &self.database.is_some()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn fetch(cache: &ContentCache, namespace: &'static str, n: u8, made: &str) -> String {
        cache.get_or_make(namespace, [n; 20], || Ok::<_, Infallible>(made.to_owned())).unwrap()
    }

    #[test]
    fn values_outlive_the_run_and_namespaces_do_not_mix() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache.redb");
        let cache = ContentCache::open(&path);
        assert_eq!(fetch(&cache, "a.v1", 1, "first"), "first");
        cache.flush();
        assert_eq!(fetch(&cache, "a.v1", 1, "again"), "first");
        drop(cache);
        let cache = ContentCache::open(&path);
        assert_eq!(fetch(&cache, "a.v1", 1, "again"), "first");
        assert_eq!(fetch(&cache, "a.v2", 1, "newer"), "newer");
    }

    #[test]
    fn a_cache_in_use_or_broken_is_gone_without() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("cache.redb");
        let holder = ContentCache::open(&path);
        let second = ContentCache::open(&path);
        assert_eq!(fetch(&second, "a.v1", 1, "x"), "x");
        drop((holder, second));
        std::fs::write(&path, b"not a database").unwrap();
        let remade = ContentCache::open(&path);
        assert_eq!(fetch(&remade, "a.v1", 1, "y"), "y");
        drop(remade);
        assert_eq!(fetch(&ContentCache::open(&path), "a.v1", 1, "z"), "y");
    }
}
