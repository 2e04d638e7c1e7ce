//! How a source's elements reach a tile: read in place where they are adjacent, else gathered row by row.

use super::Source;
use crate::cpu::fused::scratch::Scratch;
use crate::cpu::isa::isa;
use crate::cpu::kernels::Word;
use crate::shape::{Shape, Strides};
use smallvec::{SmallVec, smallvec};

/// The length of a row from which on a tile holds but one.
const LONG: usize = 1024;

/// The loops all sources share: the fewest axes that visit the same elements in row-major order.
pub(super) struct Walk {
    pub(super) shape: Shape,
    /// One for each source.
    pub(super) strides: SmallVec<[Strides; 4]>,
    pub(super) total: usize,
}

impl Walk {
    pub(super) fn new(shape: &[usize], sources: &[Source]) -> Walk {
        let mut walk =
            Walk { shape: Shape::new(), strides: smallvec![Strides::new(); sources.len()], total: shape.iter().product() };
        for (axis, &n) in shape.iter().enumerate().filter(|&(_, &n)| n != 1) {
            let merges = !walk.shape.is_empty()
                && walk.strides.iter().zip(sources).all(|(w, s)| w[w.len() - 1] == s.strides[axis].wrapping_mul(n as isize));
            if merges {
                *walk.shape.last_mut().expect("not empty") *= n;
            } else {
                walk.shape.push(n);
            }
            for (w, s) in walk.strides.iter_mut().zip(sources) {
                if merges {
                    w.pop();
                }
                w.push(s.strides[axis]);
            }
        }
        walk
    }

    /// The length of the innermost axis.
    pub(super) fn inner(&self) -> usize {
        self.shape.last().copied().unwrap_or(1)
    }

    /// Whether the elements of source `k` lie one after the other.
    pub(super) fn is_flat(&self, k: usize) -> bool {
        let mut expected = 1;
        self.shape.iter().zip(&self.strides[k]).rev().all(|(&n, &s)| {
            let fits = s == expected;
            expected = expected.wrapping_mul(n as isize);
            fits
        })
    }

    /// How many elements from `start` on, and at most `most`, go into one tile: whole rows where those are short. A tile inside a
    /// row has operands in place, or one element of them, that it would have to gather for several.
    #[inline]
    pub(super) fn piece(&self, start: usize, most: usize) -> usize {
        let inner = self.inner();
        let rows = if inner < LONG { most / inner } else { 0 };
        if self.shape.len() < 2 {
            most
        } else if rows > 1 {
            rows * inner - start % inner
        } else {
            most.min(inner - start % inner)
        }
    }
}

/// One source, as a tile reads it.
pub(super) enum Feed {
    /// Adjacent in row-major order: tiles point into memory.
    Flat { ptr: *const u8, size: usize },
    /// One element everywhere, already in the tile.
    Splat { tile: *const u8 },
    /// Anything else.
    Rows(Box<Rows>),
}

pub(super) struct Rows {
    ptr: *const u8,
    size: usize,
    strides: Strides,
    tile: *mut u8,
    /// All outer strides are 0: what a tile holds depends only on where in a row it starts.
    repeats: bool,
    /// First element's address and column, and length, of what the tile holds.
    held: (*const u8, usize, usize),
}

impl Feed {
    /// # Safety
    /// As for `run`; `scratch` has room for a tile of `capacity` elements.
    pub(super) unsafe fn new(ptr: *const u8, walk: &Walk, k: usize, size: usize, capacity: usize, scratch: &mut Scratch) -> Feed {
        let strides = &walk.strides[k];
        match strides {
            _ if walk.is_flat(k) => Feed::Flat { ptr, size },
            s if s.iter().all(|&s| s == 0) => {
                let tile = scratch.take(capacity * size);
                // SAFETY: the source has an element, the tile room for `capacity`.
                unsafe { gather(tile, ptr, 0, capacity, size) };
                Feed::Splat { tile }
            }
            _ => Feed::Rows(Box::new(Rows {
                ptr,
                size,
                strides: strides.clone(),
                tile: scratch.take(capacity * size),
                repeats: strides[..strides.len() - 1].iter().all(|&s| s == 0),
                held: (std::ptr::null(), 0, 0),
            })),
        }
    }

    /// The elements `start..start + len`, from row and column `at` on, in row-major order of `shape`, adjacent; or, where they are all the same and `one` will
    /// do, at least the first of them, and true.
    ///
    /// # Safety
    /// The range lies in the shape and is no longer than the tile.
    #[inline]
    pub(super) unsafe fn get(
        &mut self,
        shape: &[usize],
        start: usize,
        at: (usize, usize),
        len: usize,
        one: bool,
    ) -> (*const u8, bool) {
        match self {
            // SAFETY: the range lies in the source.
            Feed::Flat { ptr, size } => unsafe { (ptr.add(start * *size), false) },
            Feed::Splat { tile } => (*tile, true),
            // SAFETY: passed on to the caller.
            Feed::Rows(rows) => unsafe { rows.get(shape, at, len, one) },
        }
    }
}

impl Rows {
    unsafe fn get(&mut self, shape: &[usize], (row, mut col): (usize, usize), len: usize, one: bool) -> (*const u8, bool) {
        let last = shape.len() - 1;
        let (inner, step) = (shape[last], self.strides[last]);
        let mut offset = 0isize;
        let mut rest = row;
        for axis in (1..last).rev() {
            offset += (rest % shape[axis]) as isize * self.strides[axis];
            rest /= shape[axis];
        }
        offset += if last > 0 { rest as isize * self.strides[0] } else { 0 };
        let size = self.size as isize;
        let at = |offset: isize, col: usize| self.ptr.wrapping_offset((offset + col as isize * step) * size);
        let first = at(offset, col);
        let one_row = col + len <= inner;
        if one_row && (step == 1 || step == 0 && one) {
            return (first, step == 0);
        }
        let key = if one_row && step == 0 { (first, 0, len) } else { (first, col, len) };
        let same = self.held.0 == key.0 && self.held.1 == key.1 && key.2 <= self.held.2;
        if same && (one_row && step == 0 || self.repeats) {
            return (self.tile, false);
        }
        self.held = key;
        if one_row {
            // SAFETY: the row segment lies in the source, and the tile has room for it.
            unsafe { gather(self.tile, first, step, len, self.size) };
            return (self.tile, false);
        }
        let mut index: SmallVec<[usize; 6]> = SmallVec::new();
        let mut rest = row;
        for &n in shape[..last].iter().rev() {
            index.push(rest % n);
            rest /= n;
        }
        index.reverse();
        let mut done = 0;
        while done < len {
            let n = (len - done).min(inner - col);
            // SAFETY: the row segment lies in the source, and `done + n <= len` in the tile.
            unsafe { gather(self.tile.add(done * self.size), at(offset, col), step, n, self.size) };
            done += n;
            col = 0;
            for axis in (0..last).rev() {
                index[axis] += 1;
                offset += self.strides[axis];
                if index[axis] < shape[axis] {
                    break;
                }
                offset -= self.strides[axis] * shape[axis] as isize;
                index[axis] = 0;
            }
        }
        (self.tile, false)
    }
}

#[inline(always)]
unsafe fn fill<T: Word>(dst: *mut T, x: T, n: usize) {
    for i in 0..n {
        // SAFETY: passed on to the caller.
        unsafe { dst.add(i).write(x) };
    }
}

crate::isa_clones! { fn pick_fill<T: Word>(dst: *mut T, x: T, n: usize) = fill; }

/// Puts `n` elements of `size` bytes, `step` elements apart, next to each other.
///
/// # Safety
/// The source has them, aligned, and the destination room; they do not overlap.
pub(in crate::cpu) unsafe fn gather(dst: *mut u8, src: *const u8, step: isize, n: usize, size: usize) {
    unsafe fn typed<T: Word>(dst: *mut u8, src: *const u8, step: isize, n: usize) {
        let (dst, src) = (dst.cast::<T>(), src.cast::<T>());
        // SAFETY: passed on to the caller.
        unsafe {
            match step {
                1 => std::ptr::copy_nonoverlapping(src, dst, n),
                0 => pick_fill::<T>(isa())(dst, *src, n),
                _ => (0..n).for_each(|i| dst.add(i).write(*src.offset(i as isize * step))),
            }
        }
    }
    // SAFETY: passed on to the caller.
    unsafe {
        match size {
            1 => typed::<u8>(dst, src, step, n),
            2 => typed::<u16>(dst, src, step, n),
            4 => typed::<u32>(dst, src, step, n),
            _ => typed::<u64>(dst, src, step, n),
        }
    }
}
