//! Sorting words: radix sort from the lowest digit for long rows, pieces of very long rows sorted side by side and merged.

use super::keys::Word;
use crate::ext::*;

/// Below this length for each byte of a key comparing is faster than counting.
const SHORT: usize = 64;
/// The length of the pieces of a very long row: they and their copy fit in a core's cache.
const PIECE: usize = 256 * 1024;
/// Words that a task merges.
const RUN: usize = 64 * 1024;

/// Sorts `words`, of which only the bits `shift..shift + bits` are in no order yet (below them lie ascending numbers, above them
/// nothing). `spare` is as long.
pub(super) fn sort<W: Word>(words: &mut [W], spare: &mut [W], shift: u32, bits: u32) {
    let n = words.len();
    if n <= 2 * PIECE {
        return piece(words, spare, shift, bits);
    }
    {
        let (words, spare) = (Disjoint::new(words), Disjoint::new(spare));
        pool::parallel_ranges(n, PIECE, &|range| {
            // SAFETY: pieces are one task's.
            unsafe { piece(words.part(range.clone()), spare.part(range), shift, bits) }
        });
    }
    let (mut from, mut to) = (words, spare);
    let (mut sorted, mut rounds) = (PIECE, 0);
    while sorted < n {
        merge_neighbours(from, to, sorted);
        std::mem::swap(&mut from, &mut to);
        sorted *= 2;
        rounds += 1;
    }
    if rounds % 2 == 1 {
        to.copy_from_slice(from);
    }
}

/// Sorts by counting how often each digit occurs, from the lowest digit up. Digits are bytes: more places to write to at once
/// than 256 would not stay in the L1 cache.
fn piece<W: Word>(words: &mut [W], spare: &mut [W], shift: u32, bits: u32) {
    let passes = (bits / 8) as usize;
    if words.len() < SHORT * passes {
        return words.sort_unstable();
    }
    let mut counts = vec![[0u32; 256]; passes];
    for &word in words.iter() {
        for (pass, counts) in counts.iter_mut().enumerate() {
            counts[usize::from(word.byte(shift + 8 * pass as u32))] += 1;
        }
    }
    let (mut from, mut to) = (words, spare);
    let mut moved = 0;
    for (pass, counts) in counts.iter_mut().enumerate() {
        let at = shift + 8 * pass as u32;
        if counts[usize::from(from[0].byte(at))] as usize == from.len() {
            continue;
        }
        let mut start = 0;
        for count in counts.iter_mut() {
            start += std::mem::replace(count, start);
        }
        for &word in from.iter() {
            let place = &mut counts[usize::from(word.byte(at))];
            debug_assert!((*place as usize) < to.len());
            // SAFETY: places are the numbers of smaller digits and of equal ones before, all different and below the length, as
            // `from` holds the very words that were counted.
            unsafe { *to.get_unchecked_mut(*place as usize) = word };
            *place += 1;
        }
        std::mem::swap(&mut from, &mut to);
        moved += 1;
    }
    if moved % 2 == 1 {
        to.copy_from_slice(from);
    }
}

/// Merges each two neighbouring sorted runs of length `sorted` of `from` into `to`, the outputs cut into tasks.
fn merge_neighbours<W: Word>(from: &[W], to: &mut [W], sorted: usize) {
    let n = from.len();
    let to = Disjoint::new(to);
    pool::parallel_ranges(n, RUN, &|range| {
        // Runs are a multiple of a task's words, so a task lies within one pair.
        let pair = range.start / (2 * sorted) * 2 * sorted;
        let (middle, end) = ((pair + sorted).min(n), (pair + 2 * sorted).min(n));
        let (left, right) = (&from[pair..middle], &from[middle..end]);
        let (l0, r0) = split(left, right, range.start - pair);
        let (l1, r1) = split(left, right, range.end - pair);
        // SAFETY: ranges are one task's.
        merge(&left[l0..l1], &right[r0..r1], unsafe { to.part(range) });
    });
}

/// How many words of `left` and of `right` are among the first `count` of both merged; `left` goes first where they are equal.
fn split<W: Word>(left: &[W], right: &[W], count: usize) -> (usize, usize) {
    let (mut low, mut high) = (count.saturating_sub(right.len()), count.min(left.len()));
    while low < high {
        let taken = low.midpoint(high);
        if left[taken] <= right[count - taken - 1] { low = taken + 1 } else { high = taken }
    }
    (low, count - low)
}

/// Merges two sorted runs, from both ends at once: neither waits for the other.
fn merge<W: Word>(left: &[W], right: &[W], out: &mut [W]) {
    let (half, n) = (out.len() / 2, out.len());
    if left.is_empty() || right.is_empty() {
        out[..left.len()].copy_from_slice(left);
        return out[left.len()..].copy_from_slice(right);
    }
    let (l, r) = split(left, right, half);
    let ((mut i, mut j), (mut e, mut f)) = ((0, 0), (left.len(), right.len()));
    // While neither run is used up on either side of the middle.
    let (mut front, mut back) = (0, n);
    while front < half && back > half + 1 && i < l && j < r && e > l + 1 && f > r + 1 {
        let right_first = right[j] < left[i];
        out[front] = if right_first { right[j] } else { left[i] };
        j += usize::from(right_first);
        i += usize::from(!right_first);
        front += 1;
        let left_last = right[f - 1] < left[e - 1];
        back -= 1;
        out[back] = if left_last { left[e - 1] } else { right[f - 1] };
        e -= usize::from(left_last);
        f -= usize::from(!left_last);
    }
    for out in &mut out[front..back] {
        let right_first = j < f && (i == e || right[j] < left[i]);
        *out = if right_first { right[j] } else { left[i] };
        j += usize::from(right_first);
        i += usize::from(!right_first);
    }
}
