//! Hashes that choices and ids are made of.

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// A hash of texts and a seed. Between the parts stands a byte that no text has.
pub(crate) fn seeded(seed: u64, parts: &[&str]) -> u64 {
    let mut bytes = Vec::with_capacity(parts.iter().map(|part| part.len() + 1).sum());
    for part in parts {
        bytes.extend_from_slice(part.as_bytes());
        bytes.push(0xff);
    }
    xxh3_64_with_seed(&bytes, seed)
}

/// One of several by a hash; `None` of none.
pub(crate) fn pick<T>(items: &[T], hash: u64) -> Option<&T> {
    let count = u64::try_from(items.len()).ok().filter(|count| *count > 0)?;
    items.get(usize::try_from(hash % count).ok()?)
}

/// The id of a candidate: 16 hex digits of a hash of its problem and its program.
pub(crate) fn id(task: &str, program: &str) -> String {
    let mut hasher = Sha256::new();
    hasher.update(task.as_bytes());
    hasher.update([0xff]);
    hasher.update(program.as_bytes());
    hex::encode(&hasher.finalize()[..8])
}
