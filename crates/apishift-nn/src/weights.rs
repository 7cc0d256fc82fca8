//! Weights of a folder as Hugging Face's libraries have it: one `model.safetensors`, or several with an index.

use std::{
    collections::BTreeMap,
    fs::{self, File},
    path::{Path, PathBuf},
};

use memmap2::Mmap;
pub use safetensors::Dtype;
use safetensors::SafeTensors;
use serde::Deserialize;
use xxhash_rust::xxh3::Xxh3;

use crate::ModelError;

/// Files of a model in parts are named by this one.
const INDEX: &str = "model.safetensors.index.json";

/// The one file of a model that is whole.
const SINGLE: &str = "model.safetensors";

/// A tensor as it lies in its file.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a> {
    /// How its numbers are stored.
    pub dtype: Dtype,
    /// Rows before columns.
    pub shape: &'a [usize],
    /// The numbers, little endian, row by row.
    pub bytes: &'a [u8],
}

/// Where a tensor lies.
#[derive(Debug)]
struct Place {
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    begin: usize,
    end: usize,
}

/// A model's weights, mapped into memory: a tensor is read from disk when it is looked at.
#[derive(Debug)]
pub struct WeightFiles {
    folder: PathBuf,
    files: Vec<Mmap>,
    places: BTreeMap<String, Place>,
}

#[derive(Deserialize)]
struct Index {
    weight_map: BTreeMap<String, String>,
}

impl WeightFiles {
    /// Opens the files of a folder. Every tensor's place is checked here against its file's length.
    pub fn open(folder: &Path) -> Result<Self, ModelError> {
        let mut files = Self { folder: folder.to_owned(), files: Vec::new(), places: BTreeMap::new() };
        let index = folder.join(INDEX);
        if !index.is_file() {
            files.add(&folder.join(SINGLE))?;
            return Ok(files);
        }
        let text = fs::read(&index).map_err(ModelError::io("read", &index))?;
        let wrong = |why: String| ModelError::Weights { path: index.clone(), why };
        let map: Index = serde_json::from_slice(&text).map_err(|error| wrong(error.to_string()))?;
        let mut names: Vec<&String> = map.weight_map.values().collect();
        names.sort();
        names.dedup();
        for name in names {
            // A part lies beside its index, wherever the index would point.
            if Path::new(name).file_name().is_none_or(|file| file != name.as_str()) {
                return Err(wrong(format!("its part `{name}` is not in this folder")));
            }
            files.add(&folder.join(name))?;
        }
        if let Some(name) = map.weight_map.keys().find(|name| !files.places.contains_key(*name)) {
            return Err(wrong(format!("no part has `{name}`")));
        }
        Ok(files)
    }

    /// Opens one file by itself.
    pub fn open_file(path: &Path) -> Result<Self, ModelError> {
        let mut files = Self { folder: path.to_owned(), files: Vec::new(), places: BTreeMap::new() };
        files.add(path)?;
        Ok(files)
    }

    fn add(&mut self, path: &Path) -> Result<(), ModelError> {
        let map = map(path)?;
        let wrong = |why: String| ModelError::Weights { path: path.to_owned(), why };
        let read = SafeTensors::deserialize(&map).map_err(|error| wrong(error.to_string()))?;
        let start = map.as_ptr().addr();
        for (name, view) in read.iter() {
            let begin = view.data().as_ptr().addr() - start;
            let place = Place {
                file: self.files.len(),
                dtype: view.dtype(),
                shape: view.shape().to_vec(),
                begin,
                end: begin + view.data().len(),
            };
            if self.places.insert(name.to_owned(), place).is_some() {
                return Err(wrong(format!("another part has `{name}` too")));
            }
        }
        self.files.push(map);
        Ok(())
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A hash of all that the files hold: equal for equal weights, wherever they lie.
    pub fn identity(&self) -> String {
        let mut hash = Xxh3::new();
        for file in &self.files {
            hash.update(file);
        }
        format!("{:032x}", hash.digest128())
    }

    /// Names of all tensors, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// A tensor by its name.
    pub fn get(&self, name: &str) -> Option<Stored<'_>> {
        let place = self.places.get(name)?;
        let bytes = self.files.get(place.file)?.get(place.begin..place.end)?;
        Some(Stored { dtype: place.dtype, shape: &place.shape, bytes })
    }
}

#[expect(unsafe_code, reason = "a mapped file has no other way")]
fn map(path: &Path) -> Result<Mmap, ModelError> {
    let file = File::open(path).map_err(ModelError::io("read", path))?;
    // SAFETY: the map is only read, as bytes. Who shortens the file under it stops this process (SIGBUS), as with every mapped
    // file; our own writers never do: they write beside it and rename.
    unsafe { Mmap::map(&file) }.map_err(ModelError::io("map", path))
}
