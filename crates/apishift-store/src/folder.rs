//! Run folders and the stage folders in them.

use std::{
    collections::BTreeMap,
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{
    FileEntry, Fingerprint, MANIFEST, Manifest, StoreError, Table, TableEntry, TableWriter, UnitRows,
    WorkFolder,
    disk::{self, DRAFT},
    hash_file, read_table,
};

/// Name of the lock file in a run folder.
const LOCK: &str = ".lock";
/// A stage's old output, for the moment between two renames.
const OLD: &str = ".old-";
/// A stage's finished units.
const WORK: &str = ".work-";

/// The folder of a run. Whoever opens it for writing holds it alone until the value is dropped.
#[derive(Debug)]
pub struct RunFolder {
    root: PathBuf,
    /// Held for its lock, which the system gives back even if the process is killed.
    _lock: Option<File>,
}

impl RunFolder {
    /// Opens a run folder to write in it: creates it, locks it, and repairs what a kill between two renames left.
    pub fn open(root: &Path) -> Result<Self, StoreError> {
        disk::create_folder(root)?;
        let path = root.join(LOCK);
        let lock = File::options()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&path)
            .map_err(StoreError::io("write", &path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::Locked { folder: root.to_owned() }),
            Err(TryLockError::Error(error)) => return Err(StoreError::io("lock", &path)(error)),
        }
        let folder = Self { root: root.to_owned(), _lock: Some(lock) };
        folder.repair()?;
        Ok(folder)
    }

    /// Opens a run folder to read in it. Nothing is created, locked or repaired.
    pub fn view(root: &Path) -> Self {
        Self { root: root.to_owned(), _lock: None }
    }

    /// The folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// A stage's folder, whether it is there or not.
    pub fn stage(&self, name: &str) -> StageFolder {
        StageFolder::new(self.root.join(name))
    }

    /// Where a stage's finished units wait.
    pub fn work(&self, stage: &str) -> WorkFolder {
        WorkFolder::new(self.root.join(format!("{WORK}{stage}")))
    }

    /// Starts a stage's new output. The old one stays where it is until [`StageDraft::publish`].
    pub fn draft(&self, stage: &str) -> Result<StageDraft, StoreError> {
        let path = self.root.join(format!("{DRAFT}{stage}"));
        disk::remove(&path)?;
        disk::create_folder(&path)?;
        Ok(StageDraft { root: self.root.clone(), name: stage.to_owned(), path, tables: BTreeMap::new() })
    }

    /// A kill leaves drafts; between the two renames of [`StageDraft::publish`], it leaves a stage under its old name
    /// only.
    fn repair(&self) -> Result<(), StoreError> {
        for entry in fs::read_dir(&self.root).map_err(StoreError::io("read", &self.root))? {
            let entry = entry.map_err(StoreError::io("read", &self.root))?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(DRAFT) {
                disk::remove(&entry.path())?;
            } else if let Some(stage) = name.strip_prefix(OLD) {
                let place = self.root.join(stage);
                if place.exists() {
                    disk::remove(&entry.path())?;
                } else {
                    disk::rename(&entry.path(), &place)?;
                }
            }
        }
        Ok(())
    }
}

/// A stage's output.
#[derive(Clone, Debug)]
pub struct StageFolder {
    path: PathBuf,
}

impl StageFolder {
    /// The stage folder at a path.
    pub fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// The folder itself.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The manifest; `None` where the stage is not complete.
    pub fn manifest(&self) -> Result<Option<Manifest>, StoreError> {
        Manifest::read(&self.path)
    }

    /// Whether every file is there and is the one that the manifest describes.
    pub fn is_intact(&self, manifest: &Manifest) -> bool {
        manifest.files.keys().all(|file| self.checked(manifest, file).is_ok())
    }

    /// Reads a table, after a check that its files are those of the manifest.
    pub fn read<T: Table>(&self) -> Result<Vec<T::Row>, StoreError> {
        let missing = || StoreError::NoTable { folder: self.path.clone(), table: T::NAME };
        let manifest = self.manifest()?.ok_or_else(missing)?;
        let table = manifest.tables.get(T::NAME).ok_or_else(missing)?;
        let mut rows = Vec::new();
        for file in &table.files {
            rows.extend(read_table::<T>(&self.checked(&manifest, file)?)?);
        }
        Ok(rows)
    }

    /// The rows of the units that are complete here, in order, for a stage whose table is `T`. Empty where the stage
    /// is not complete, has other columns, or was edited: such units are done again.
    pub fn units<T: Table>(&self) -> Result<Vec<UnitRows>, StoreError> {
        let Some(manifest) = self.manifest()? else { return Ok(Vec::new()) };
        let Some(table) = manifest.tables.get(T::NAME).filter(|table| table.version == T::VERSION) else {
            return Ok(Vec::new());
        };
        let [file] = table.files.as_slice() else { return Ok(Vec::new()) };
        let Ok(path) = self.checked(&manifest, file) else { return Ok(Vec::new()) };
        let mut offset = 0;
        let mut units = Vec::with_capacity(manifest.units.len());
        for entry in manifest.units {
            let rows = entry.rows;
            units.push(UnitRows::new(entry, path.clone(), offset));
            offset += rows;
        }
        Ok(units)
    }

    fn checked(&self, manifest: &Manifest, file: &str) -> Result<PathBuf, StoreError> {
        let path = self.path.join(file);
        let (sha256, bytes) = hash_file(&path)?;
        if manifest.files.get(file) == Some(&FileEntry { sha256, bytes }) {
            Ok(path)
        } else {
            Err(StoreError::Changed { path })
        }
    }
}

/// A stage's output in the making.
#[derive(Debug)]
pub struct StageDraft {
    root: PathBuf,
    name: String,
    path: PathBuf,
    tables: BTreeMap<String, TableEntry>,
}

impl StageDraft {
    /// The folder to write into.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Joins finished units into the stage's one table, in the order given.
    pub fn join<T: Table>(&mut self, units: &[UnitRows]) -> Result<(), StoreError> {
        let mut writer = TableWriter::<T>::create(&self.path.join(T::file_name()))?;
        for unit in units {
            unit.append_to(&mut writer)?;
        }
        let rows = writer.finish()?;
        self.declare::<T>(rows, vec![T::file_name()]);
        Ok(())
    }

    /// Writes a whole table as one file.
    pub fn write<T: Table>(&mut self, rows: impl IntoIterator<Item = T::Row>) -> Result<(), StoreError> {
        let rows = crate::write_table::<T>(&self.path.join(T::file_name()), rows)?;
        self.declare::<T>(rows, vec![T::file_name()]);
        Ok(())
    }

    /// Names the files of a table that somebody else wrote into [`StageDraft::path`].
    pub fn declare<T: Table>(&mut self, rows: u64, files: Vec<String>) {
        self.tables.insert(T::NAME.to_owned(), TableEntry { version: T::VERSION, rows, files });
    }

    /// Completes the stage: hashes the files, writes the manifest last, makes all durable, and puts the folder in the
    /// place of the old one. Returns the manifest as written.
    pub fn publish(self, mut manifest: Manifest) -> Result<Manifest, StoreError> {
        manifest.tables = self.tables;
        manifest.files = BTreeMap::new();
        for file in disk::sync_tree(&self.path)? {
            let (sha256, bytes) = hash_file(&self.path.join(&file))?;
            manifest.files.insert(file, FileEntry { sha256, bytes });
        }
        debug_assert!(!manifest.files.contains_key(MANIFEST), "the manifest is written last");
        manifest.write(&self.path)?;
        let place = self.root.join(&self.name);
        let old = self.root.join(format!("{OLD}{}", self.name));
        if place.exists() {
            disk::rename(&place, &old)?;
        }
        disk::rename(&self.path, &place)?;
        disk::sync_folder(&self.root)?;
        disk::remove(&old)?;
        Ok(manifest)
    }
}

impl Manifest {
    /// Inputs of a later stage: the files of a table with their hashes, by `stage/file`.
    pub fn inputs_from<T: Table>(&self) -> BTreeMap<String, String> {
        let files = self.tables.get(T::NAME).map(|table| table.files.as_slice()).unwrap_or_default();
        files
            .iter()
            .filter_map(|file| {
                let entry = self.files.get(file)?;
                Some((format!("{}/{file}", self.stage), entry.sha256.clone()))
            })
            .collect()
    }

    /// Whether the stage was made with that fingerprint.
    pub fn is(&self, fingerprint: &Fingerprint) -> bool {
        self.fingerprint == *fingerprint
    }
}
