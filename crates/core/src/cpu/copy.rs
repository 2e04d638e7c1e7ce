//! Strided copies by element size: what every movement of data that no view can express comes down to.

use super::fused::gather;
use super::pool;
use crate::shape::{Shape, Strides, collapse};
use smallvec::SmallVec;

/// Bytes below which the calling thread copies alone.
const SMALL: usize = 256 * 1024;
/// Bytes a thread takes at a time.
const PIECE: usize = 256 * 1024;
/// The side of the square blocks that a transpose goes by, in elements.
const BLOCK: usize = 64;

/// Pointers that threads share.
#[derive(Clone, Copy)]
struct Ends {
    src: *const u8,
    dst: *mut u8,
}
// SAFETY: the source is only read, and threads write disjoint parts of the destination.
unsafe impl Send for Ends {}
// SAFETY: as above.
unsafe impl Sync for Ends {}

/// Hints that the `len` elements from `first` on are about to be read.
#[inline]
pub fn prefetch<T>(first: *const T, len: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    for line in (0..len).step_by(64 / size_of::<T>().clamp(1, 64)) {
        // SAFETY: a hint may name any address.
        unsafe { std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(first.wrapping_add(line).cast()) };
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (first, len);
}

/// Copies elements of `elem_size` bytes (1, 2, 4 or 8), one at every place of `shape`, on all threads where that pays. Strides count elements.
///
/// # Safety
/// `src` can be read and `dst` written at every place of `shape` by their strides; both are aligned to the element, do not
/// overlap, and no two places of `dst` are the same.
pub unsafe fn copy(
    elem_size: usize,
    shape: &[usize],
    src: *const u8,
    src_strides: &[isize],
    dst: *mut u8,
    dst_strides: &[isize],
) {
    debug_assert!(matches!(elem_size, 1 | 2 | 4 | 8));
    if shape.contains(&0) {
        return;
    }
    let job = Job::new(elem_size, shape, src_strides, dst_strides);
    let ends = Ends { src, dst };
    let pieces = job.pieces();
    let bytes = shape.iter().product::<usize>() * elem_size;
    let run = |i: usize| {
        let ends = &ends;
        // SAFETY: passed on to the caller; pieces are disjoint.
        unsafe { job.piece(i, ends.src, ends.dst) }
    };
    if bytes < SMALL { (0..pieces).for_each(run) } else { pool::parallel(pieces, &run) }
}

/// A copy in its simplest form: the last axis is the one on which the destination is densest.
struct Job {
    size: usize,
    /// All axes but those that a piece covers.
    outer: Shape,
    src_outer: Strides,
    dst_outer: Strides,
    /// Outer positions in a piece.
    batch: usize,
    body: Body,
}

enum Body {
    /// `n` elements by strides; `split` of them at a time.
    Line { n: usize, split: usize, src: isize, dst: isize },
    /// The source is dense on `rows`, the destination on `cols`, in blocks.
    Across { rows: usize, cols: usize, src_col: isize, dst_row: isize },
}

impl Job {
    fn new(size: usize, shape: &[usize], src: &[isize], dst: &[isize]) -> Job {
        // The order of visits is free: the destination's densest axis goes last.
        let mut order: SmallVec<[usize; 6]> = (0..shape.len()).filter(|&a| shape[a] != 1).collect();
        order.sort_by_key(|&a| std::cmp::Reverse((dst[a].unsigned_abs(), src[a].unsigned_abs())));
        let pick = |s: &[isize]| order.iter().map(|&a| s[a]).collect::<Strides>();
        let sorted: Shape = order.iter().map(|&a| shape[a]).collect();
        let (mut shape, [mut src, mut dst]) = collapse(&sorted, [&pick(src), &pick(dst)]);

        let (n, s, d) = (shape.pop().unwrap_or(1), src.pop().unwrap_or(1), dst.pop().unwrap_or(1));
        let across = shape.iter().zip(&src).position(|(&len, &step)| step == 1 && len >= 4);
        let body = match across {
            Some(t) if d == 1 && s.unsigned_abs() > 1 && n >= 4 => {
                let rows = shape.remove(t);
                src.remove(t);
                Body::Across { rows, cols: n, src_col: s, dst_row: dst.remove(t) }
            }
            _ => Body::Line { n, split: n.min(PIECE / size), src: s, dst: d },
        };
        let each = match body {
            Body::Line { n, .. } => n,
            Body::Across { rows, cols, .. } => rows * cols,
        };
        let batch = (PIECE / size / each).max(1);
        Job { size, outer: shape, src_outer: src, dst_outer: dst, batch, body }
    }

    fn outer_len(&self) -> usize {
        self.outer.iter().product()
    }

    /// Parts that one outer position is cut into.
    fn parts(&self) -> usize {
        match self.body {
            Body::Line { n, split, .. } => n.div_ceil(split),
            Body::Across { rows, .. } => rows.div_ceil(BLOCK),
        }
    }

    fn pieces(&self) -> usize {
        self.outer_len().div_ceil(self.batch) * self.parts()
    }

    unsafe fn piece(&self, i: usize, src: *const u8, dst: *mut u8) {
        let (part, first) = (i % self.parts(), i / self.parts() * self.batch);
        let count = self.batch.min(self.outer_len() - first);
        let mut index: SmallVec<[usize; 6]> = SmallVec::from_elem(0, self.outer.len());
        let (mut from, mut to, mut rest) = (0isize, 0isize, first);
        for axis in (0..self.outer.len()).rev() {
            index[axis] = rest % self.outer[axis];
            rest /= self.outer[axis];
            from += index[axis] as isize * self.src_outer[axis];
            to += index[axis] as isize * self.dst_outer[axis];
        }
        for _ in 0..count {
            let size = self.size as isize;
            // SAFETY: both offsets are those of a place of the shape.
            unsafe { self.part(part, src.offset(from * size), dst.offset(to * size)) };
            for axis in (0..self.outer.len()).rev() {
                index[axis] += 1;
                from += self.src_outer[axis];
                to += self.dst_outer[axis];
                if index[axis] < self.outer[axis] {
                    break;
                }
                from -= self.src_outer[axis] * self.outer[axis] as isize;
                to -= self.dst_outer[axis] * self.outer[axis] as isize;
                index[axis] = 0;
            }
        }
    }

    #[inline]
    unsafe fn part(&self, part: usize, src: *const u8, dst: *mut u8) {
        let size = self.size as isize;
        // SAFETY: the parts lie within the outer position's elements.
        unsafe {
            match self.body {
                Body::Line { n, split, src: s, dst: d } => {
                    let (start, len) = (part * split, split.min(n - part * split));
                    let (src, dst) = (src.offset(start as isize * s * size), dst.offset(start as isize * d * size));
                    if d == 1 { gather(dst, src, s, len, self.size) } else { spread(dst, d, src, s, len, self.size) }
                }
                Body::Across { rows, cols, src_col, dst_row } => {
                    let r0 = part * BLOCK;
                    let (src, dst) = (src.offset(r0 as isize * size), dst.offset(r0 as isize * dst_row * size));
                    transpose(self.size, BLOCK.min(rows - r0), cols, src, src_col, dst, dst_row);
                }
            }
        }
    }
}

/// Copies `n` elements between two strides.
unsafe fn spread(dst: *mut u8, d: isize, src: *const u8, s: isize, n: usize, size: usize) {
    unsafe fn typed<T: Copy>(dst: *mut T, d: isize, src: *const T, s: isize, n: usize) {
        for i in 0..n as isize {
            // SAFETY: passed on to the caller.
            unsafe { dst.offset(i * d).write(*src.offset(i * s)) };
        }
    }
    // SAFETY: passed on to the caller.
    unsafe {
        match size {
            1 => typed::<u8>(dst, d, src, s, n),
            2 => typed::<u16>(dst.cast(), d, src.cast(), s, n),
            4 => typed::<u32>(dst.cast(), d, src.cast(), s, n),
            _ => typed::<u64>(dst.cast(), d, src.cast(), s, n),
        }
    }
}

/// `dst[r * dst_row + c] = src[r + c * src_col]` for `rows` by `cols` elements of `size` bytes.
///
/// # Safety
/// Both ends have those elements, aligned; they do not overlap.
pub(super) unsafe fn transpose(
    size: usize,
    rows: usize,
    cols: usize,
    src: *const u8,
    src_col: isize,
    dst: *mut u8,
    dst_row: isize,
) {
    // SAFETY: passed on to the caller.
    unsafe {
        match size {
            1 => blocks::<u8, 16>(rows, cols, src, src_col, dst, dst_row),
            2 => blocks::<u16, 16>(rows, cols, src.cast(), src_col, dst.cast(), dst_row),
            4 => blocks::<u32, 8>(rows, cols, src.cast(), src_col, dst.cast(), dst_row),
            _ => blocks::<u64, 8>(rows, cols, src.cast(), src_col, dst.cast(), dst_row),
        }
    }
}

/// How many columns ahead lines are asked for.
const AHEAD: usize = 16;

/// The transpose of 8 by 8 elements of 4 bytes in registers: pairs, then quads, then halves change places.
#[cfg(all(target_arch = "x86_64", not(miri)))]
#[target_feature(enable = "avx2")]
unsafe fn square_avx(src: *const f32, src_col: isize, dst: *mut f32, dst_row: isize) {
    use std::arch::x86_64::*;
    // SAFETY: the caller vouches for eight lines of eight at both ends.
    unsafe {
        let l: [__m256; 8] = std::array::from_fn(|c| _mm256_loadu_ps(src.offset(c as isize * src_col)));
        let lo = |i: usize| _mm256_unpacklo_ps(l[i], l[i + 1]);
        let hi = |i: usize| _mm256_unpackhi_ps(l[i], l[i + 1]);
        // quads[k] holds element k (and k + 4 in the upper half) of four lines.
        let quads = |i: usize| {
            let (a, b, c, d) = (lo(i), hi(i), lo(i + 2), hi(i + 2));
            [
                _mm256_shuffle_ps::<0x44>(a, c),
                _mm256_shuffle_ps::<0xee>(a, c),
                _mm256_shuffle_ps::<0x44>(b, d),
                _mm256_shuffle_ps::<0xee>(b, d),
            ]
        };
        let (top, bottom) = (quads(0), quads(4));
        for k in 0..4 {
            let line = dst.offset(k as isize * dst_row);
            _mm256_storeu_ps(line, _mm256_permute2f128_ps::<0x20>(top[k], bottom[k]));
            _mm256_storeu_ps(line.offset(4 * dst_row), _mm256_permute2f128_ps::<0x31>(top[k], bottom[k]));
        }
    }
}

/// [`transpose`] in squares of `B`: each is read by lines and written by lines.
unsafe fn blocks<T: Copy, const B: usize>(rows: usize, cols: usize, src: *const T, src_col: isize, dst: *mut T, dst_row: isize) {
    let at = |r: usize, c: usize| {
        // SAFETY: `r < rows` and `c < cols`.
        unsafe { (src.offset(r as isize + c as isize * src_col), dst.offset(r as isize * dst_row + c as isize)) }
    };
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    let avx = super::isa::isa() >= super::isa::Isa::Avx2;
    let (full_rows, full_cols) = (rows - rows % B, cols - cols % B);
    for c0 in (0..full_cols).step_by(B) {
        // Lines lie a stride apart, where no hardware prefetcher looks.
        for c in c0 + AHEAD..(c0 + AHEAD + B).min(cols) {
            prefetch(at(0, c).0, rows);
        }
        for r0 in (0..full_rows).step_by(B) {
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            if avx && size_of::<T>() == 4 && B == 8 {
                // SAFETY: the square lies inside; the CPU has AVX.
                unsafe { square_avx(at(r0, c0).0.cast(), src_col, at(r0, c0).1.cast(), dst_row) };
                continue;
            }
            // SAFETY: the square lies inside.
            unsafe {
                let mut lines = [[*src; B]; B];
                for (c, line) in lines.iter_mut().enumerate() {
                    *line = at(r0, c0 + c).0.cast::<[T; B]>().read_unaligned();
                }
                for r in 0..B {
                    let line: [T; B] = lines.map(|line| line[r]);
                    at(r0 + r, c0).1.cast::<[T; B]>().write_unaligned(line);
                }
            }
        }
    }
    let edges = (0..full_rows).flat_map(|r| (full_cols..cols).map(move |c| (r, c)));
    for (r, c) in edges.chain((full_rows..rows).flat_map(|r| (0..cols).map(move |c| (r, c)))) {
        let (from, to) = at(r, c);
        // SAFETY: inside both ends.
        unsafe { to.write(*from) };
    }
}

/// Copies `bytes` bytes past the caches: for results so large that they would only push out what is still needed, and whose cache
/// lines need not be fetched before they are written. [`stream_fence`] must follow on the same thread before another reads them.
///
/// # Safety
/// The source is readable and the destination writable for `bytes`, and they do not overlap.
pub(in crate::cpu) unsafe fn stream(src: *const u8, dst: *mut u8, bytes: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use super::isa::{Isa, isa};
        // SAFETY: passed on to the caller; the CPU has the instructions.
        match isa() {
            Isa::Avx512 => unsafe { streams::avx512(src, dst, bytes) },
            Isa::Avx2 => unsafe { streams::avx2(src, dst, bytes) },
            Isa::Baseline => unsafe { streams::sse2(src, dst, bytes) },
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    // SAFETY: passed on to the caller.
    unsafe {
        std::ptr::copy_nonoverlapping(src, dst, bytes);
    }
}

#[cfg(all(target_arch = "x86_64", not(miri)))]
mod streams {
    use std::arch::x86_64::*;

    /// Copies with loads and streaming stores of one width.
    macro_rules! stream {
        ($name:ident, $feature:literal, $vector:ty, $load:path, $store:path) => {
            /// # Safety
            /// As [`super::stream`], on a CPU with the instructions.
            #[target_feature(enable = $feature)]
            pub unsafe fn $name(src: *const u8, dst: *mut u8, bytes: usize) {
                const WIDTH: usize = size_of::<$vector>();
                let head = dst.align_offset(WIDTH).min(bytes);
                let body = (bytes - head) / WIDTH * WIDTH;
                // SAFETY: head, body and tail together are the range; the body starts aligned.
                unsafe {
                    std::ptr::copy_nonoverlapping(src, dst, head);
                    for at in (head..head + body).step_by(WIDTH) {
                        $store(dst.add(at).cast(), $load(src.add(at).cast()));
                    }
                    std::ptr::copy_nonoverlapping(src.add(head + body), dst.add(head + body), bytes - head - body);
                }
            }
        };
    }
    stream!(sse2, "sse2", __m128i, _mm_loadu_si128, _mm_stream_si128);
    stream!(avx2, "avx2", __m256i, _mm256_loadu_si256, _mm256_stream_si256);
    stream!(avx512, "avx512f", __m512i, _mm512_loadu_si512, _mm512_stream_si512);
}

/// Orders what this thread streamed before whatever it does next.
pub(in crate::cpu) fn stream_fence() {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: every x86-64 CPU has SSE.
    unsafe {
        std::arch::x86_64::_mm_sfence()
    };
}
