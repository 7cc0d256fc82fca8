//! What two sequences have in common.

use std::ops::Range;

/// Largest table of lengths: beyond it, all between the common ends counts as changed.
const MAX_CELLS: usize = 4_000_000;

/// The parts in which two sequences differ, in order, by a longest common subsequence.
pub(super) fn hunks<T: PartialEq>(old: &[T], new: &[T]) -> Vec<(Range<usize>, Range<usize>)> {
    let start = old.iter().zip(new).take_while(|(one, two)| one == two).count();
    let (old_rest, new_rest) = (&old[start..], &new[start..]);
    let end = old_rest.iter().rev().zip(new_rest.iter().rev()).take_while(|(one, two)| one == two).count();
    let (rows, columns) = (old_rest.len() - end, new_rest.len() - end);
    let (old_rest, new_rest) = (&old_rest[..rows], &new_rest[..columns]);
    let mut found = Vec::new();
    let mut last = (0, 0);
    for (i, j) in pairs(old_rest, new_rest).into_iter().chain([(rows, columns)]) {
        if last != (i, j) {
            found.push((start + last.0..start + i, start + last.1..start + j));
        }
        last = (i + 1, j + 1);
    }
    found
}

/// Places of the common elements.
fn pairs<T: PartialEq>(old: &[T], new: &[T]) -> Vec<(usize, usize)> {
    let (rows, columns) = (old.len(), new.len());
    if rows * columns > MAX_CELLS {
        return Vec::new();
    }
    let width = columns + 1;
    // Length of the longest common subsequence of what follows each pair of places.
    let mut lengths = vec![0_u32; (rows + 1) * width];
    for i in (0..rows).rev() {
        for j in (0..columns).rev() {
            lengths[i * width + j] = if old[i] == new[j] {
                lengths[(i + 1) * width + j + 1] + 1
            } else {
                lengths[(i + 1) * width + j].max(lengths[i * width + j + 1])
            };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut found = Vec::new();
    while i < rows && j < columns {
        if old[i] == new[j] {
            found.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * width + j] >= lengths[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hunks_are_what_is_not_common() {
        let of = |old: &str, new: &str| hunks(old.as_bytes(), new.as_bytes());
        assert_eq!(of("abc", "abc"), []);
        assert_eq!(of("abc", "axc"), [(1..2, 1..2)]);
        assert_eq!(of("abc", "ac"), [(1..2, 1..1)]);
        assert_eq!(of("ac", "abc"), [(1..1, 1..2)]);
        assert_eq!(of("abcde", "xbcdy"), [(0..1, 0..1), (4..5, 4..5)]);
        assert_eq!(of("", "ab"), [(0..0, 0..2)]);
    }
}
