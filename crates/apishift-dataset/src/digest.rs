//! Hashes that mean the same on every machine and in every later version.

use sha2::{Digest, Sha256};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// SHA-256 over parts, each with its length before it, so that `["ab", "c"]` and `["a", "bc"]` differ.
fn sha256(parts: &[&str]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part.as_bytes());
    }
    hasher.finalize().into()
}

/// The first 16 hex digits of the parts' SHA-256: the form of every id in the tables.
pub(crate) fn id(parts: &[&str]) -> String {
    hex::encode(&sha256(parts)[..8])
}

/// The parts' hash as a number, under a seed: a coin that falls the same way whatever else is in the table.
pub(crate) fn seeded(seed: u64, parts: &[&str]) -> u64 {
    let seed = seed.to_string();
    let mut seeded_parts = Vec::with_capacity(parts.len() + 1);
    seeded_parts.push(seed.as_str());
    seeded_parts.extend_from_slice(parts);
    let [a, b, c, d, e, f, g, h, ..] = sha256(&seeded_parts);
    u64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// A fast hash of bytes for sets held in memory.
pub(crate) fn fast(seed: u64, bytes: &[u8]) -> u64 {
    xxh3_64_with_seed(bytes, seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_border_between_parts_counts() {
        assert_ne!(id(&["ab", "c"]), id(&["a", "bc"]));
        assert_ne!(seeded(1, &["ab", "c"]), seeded(1, &["a", "bc"]));
        assert_ne!(seeded(1, &["a"]), seeded(2, &["a"]));
    }

    #[test]
    fn hashes_are_pinned() {
        // Ids are stored and splits are published: a change here moves every row of every dataset.
        insta::assert_snapshot!(
            format!("{} {:016x} {:016x}", id(&["a", "b"]), seeded(7, &["a"]), fast(7, b"a")),
            @"cf6ab613e3942391 e654a9a50cb37f26 9ed5888bc5a2a094"
        );
    }
}
