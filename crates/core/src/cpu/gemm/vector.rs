//! Products where the result is one row or one column: bound by memory, so every element of the matrix is read once, in the
//! order it lies in. Half precision is widened in registers.

use super::{How, Mat};
use crate::cpu::isa::isa;
use crate::cpu::pool;
use crate::dtype::{Element, bf16, c64, f16};
use std::ops::{Add, Mul};

/// An element as it is summed.
pub(super) trait Term: Element {
    type Sum: Copy + Default + Send + Sync + Add<Output = Self::Sum> + Mul<Output = Self::Sum>;
    fn widen(self) -> Self::Sum;
    fn narrow(sum: Self::Sum) -> Self;

    /// Where in a chunk of [`LANES`] elements the two are that [`Term::pair`] gives for a lane.
    fn places(lane: usize) -> [usize; 2] {
        [lane, lane + LANES / 2]
    }

    /// Two elements of the chunk that starts at `chunk`, for `lane` below `LANES / 2`.
    ///
    /// # Safety
    /// The chunk is readable.
    #[inline(always)]
    unsafe fn pair(chunk: *const Self, lane: usize) -> [Self::Sum; 2] {
        // SAFETY: inside the chunk.
        unsafe { [chunk.add(lane).read().widen(), chunk.add(lane + LANES / 2).read().widen()] }
    }
}

macro_rules! terms {
    ($($ty:ty, $sum:ty, |$x:ident| $widen:expr, |$s:ident| $narrow:expr $(, { $($more:item)* })?;)*) => {$(
        impl Term for $ty {
            type Sum = $sum;
            #[inline(always)]
            fn widen(self) -> $sum { let $x = self; $widen }
            #[inline(always)]
            fn narrow($s: $sum) -> $ty { $narrow }
            $($($more)*)?
        }
    )*};
}
terms! {
    f32, f32, |x| x, |s| s;
    f64, f64, |x| x, |s| s;
    c64, c64, |x| x, |s| s;
    f16, f32, |x| crate::cpu::kernels::from_f16(x.to_bits()), |s| f16::from_f32(s);
    // Neighbours come in one word, of which each is a half already in its place or a shift away from it.
    bf16, f32, |x| f32::from_bits(u32::from(x.to_bits()) << 16), |s| bf16::from_f32(s), {
        fn places(lane: usize) -> [usize; 2] { [2 * lane, 2 * lane + 1] }
        #[cfg(target_endian = "little")]
        #[inline(always)]
        unsafe fn pair(chunk: *const bf16, lane: usize) -> [f32; 2] {
            // SAFETY: inside the chunk.
            let word = unsafe { chunk.cast::<u32>().add(lane).read_unaligned() };
            [f32::from_bits(word << 16), f32::from_bits(word & 0xffff_0000)]
        }
        #[cfg(not(target_endian = "little"))]
        #[inline(always)]
        unsafe fn pair(chunk: *const bf16, lane: usize) -> [f32; 2] {
            // SAFETY: inside the chunk.
            unsafe { Self::places(lane).map(|p| chunk.add(p).read().widen()) }
        }
    };
}

/// Partial sums a dot product is split into: four vectors of 16. Also the elements of a chunk, which is read in pairs.
const LANES: usize = 64;
/// Elements of the matrix that are worth a thread.
const GRAIN: usize = 1 << 17;
/// Rows of a matrix in column-major order that are worth a thread.
const COLUMN_GRAIN: usize = 1024;

/// A column `y = A x`, or `y += A x`.
///
/// # Safety
/// As [`super::Factor::product`]; `c` has one row or one column, or there is nothing to sum.
pub(super) unsafe fn product<T: Term>(c: Mat<*mut T>, a: Mat<*const T>, b: Mat<*const T>, how: How) {
    if a.cols == 0 {
        if !how.add {
            for i in 0..c.rows * c.cols {
                // SAFETY: inside the result.
                unsafe { c.row_block(i / c.cols, 1).col_block(i % c.cols, 1).ptr.write(T::ZERO) };
            }
        }
        return;
    }
    if c.cols != 1 {
        // SAFETY: cᵀ = bᵀ aᵀ.
        return unsafe { product(c.transposed(), b.transposed(), a.transposed(), how) };
    }
    let by_columns = a.row_stride == 1 && a.col_stride != 1;
    let paired = if by_columns { 0 } else { whole(a) };
    // The vector is small beside the matrix, so it is widened once, in the order in which it will meet the pairs of a row.
    // SAFETY: `b` is readable.
    let x = |i: usize| unsafe { b.row_block(row_of::<T>(i, paired), 1).ptr.read() }.widen();
    let x: Vec<T::Sum> = (0..b.rows).map(x).collect();
    let pick = if by_columns { pick_columns::<T>(isa()) } else { pick_rows::<T>(isa()) };
    // SAFETY: blocks of rows are disjoint in the result; the clone is for this machine.
    let block = |start: usize, rows: usize| unsafe { pick(c.row_block(start, rows), a.row_block(start, rows), &x, how.add) };
    if how.sequential || a.rows * a.cols <= GRAIN / 2 {
        return block(0, a.rows);
    }
    // Even shares, whose borders do not depend on the number of threads.
    let rows = GRAIN.div_ceil(a.cols).next_multiple_of(16);
    // Columns are read in pieces as long as there are rows in a share.
    let rows = if by_columns { rows.max(COLUMN_GRAIN) } else { rows };
    pool::parallel_ranges(a.rows, rows, &|r| block(r.start, r.len()));
}

#[inline(always)]
unsafe fn put<T: Term>(y: *mut T, sum: T::Sum, add: bool) {
    // SAFETY: an element of the result, initialized if it is added to.
    unsafe { y.write(T::narrow(if add { y.read().widen() + sum } else { sum })) }
}

/// Rows: dot products, two at a time.
#[inline(always)]
unsafe fn rows<T: Term>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) {
    let pairs = a.rows / 2 * 2;
    for i in (0..pairs).step_by(2) {
        // SAFETY: both are rows.
        unsafe { dots::<T, 2>(y.row_block(i, 2), a.row_block(i, 2), x, add) };
    }
    if pairs < a.rows {
        // SAFETY: the last row.
        unsafe { dots::<T, 1>(y.row_block(pairs, 1), a.row_block(pairs, 1), x, add) };
    }
}

/// `R` rows at a time, so that what is read of `x` serves them all. The sums of a row are the same for every `R`.
#[inline(always)]
unsafe fn dots<T: Term, const R: usize>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) {
    let rows: [*const T; R] = std::array::from_fn(|r| a.row_block(r, 1).ptr);
    let mut sums = [[[T::Sum::default(); LANES / 2]; 2]; R];
    let whole = whole(a);
    for start in (0..whole).step_by(LANES) {
        #[allow(clippy::needless_range_loop)] // It is the lane of every row.
        for lane in 0..LANES / 2 {
            for r in 0..R {
                // SAFETY: the chunk ends by `whole <= x.len() == a.cols`.
                unsafe {
                    let [p, q] = T::pair(rows[r].add(start), lane);
                    sums[r][0][lane] = sums[r][0][lane] + p * *x.get_unchecked(start + lane);
                    sums[r][1][lane] = sums[r][1][lane] + q * *x.get_unchecked(start + LANES / 2 + lane);
                }
            }
        }
    }
    for r in 0..R {
        let mut sum = T::Sum::default();
        for (j, &x) in x.iter().enumerate().skip(whole) {
            // SAFETY: inside the row.
            sum = sum + unsafe { rows[r].offset(j as isize * a.col_stride).read() }.widen() * x;
        }
        let [mut low, high] = sums[r];
        for lane in 0..LANES / 2 {
            low[lane] = low[lane] + high[lane];
        }
        let mut width = LANES / 2;
        while width > 1 {
            width /= 2;
            for lane in 0..width {
                low[lane] = low[lane] + low[lane + width];
            }
        }
        // SAFETY: a row of the result.
        unsafe { put(y.row_block(r, 1).ptr, sum + low[0], add) };
    }
}

/// Columns that lie in one piece: four of them are added to the sums of a block of rows at a time.
#[inline(always)]
unsafe fn columns<T: Term>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) {
    const BLOCK: usize = 2048;
    for start in (0..a.rows).step_by(BLOCK) {
        let n = BLOCK.min(a.rows - start);
        let block = a.row_block(start, n);
        // Those of a chunk of rows in the order of pairs, then those of the rest.
        let mut sums = [T::Sum::default(); BLOCK];
        let (whole, quads) = (n / LANES * LANES, x.len() / 4 * 4);
        let (chunks, rest) = sums[..n].split_at_mut(whole);
        for j in (0..quads).step_by(4) {
            let column = |k: usize| block.col_block(j + k, 1).ptr;
            let c = [column(0), column(1), column(2), column(3)];
            let (x0, x1, x2, x3) = (x[j], x[j + 1], x[j + 2], x[j + 3]);
            for (k, chunk) in chunks.chunks_exact_mut(LANES).enumerate() {
                let (low, high) = chunk.split_at_mut(LANES / 2);
                for (lane, (low, high)) in low.iter_mut().zip(high).enumerate() {
                    // SAFETY: a chunk of rows of the block, whose columns lie in one piece.
                    unsafe {
                        let [a, b, c, d] = c.map(|c| T::pair(c.add(k * LANES), lane));
                        *low = *low + ((a[0] * x0 + b[0] * x1) + (c[0] * x2 + d[0] * x3));
                        *high = *high + ((a[1] * x0 + b[1] * x1) + (c[1] * x2 + d[1] * x3));
                    }
                }
            }
            for (i, sum) in rest.iter_mut().enumerate() {
                // SAFETY: `whole + i < n` rows of the block.
                let [a, b, c, d] = c.map(|c| unsafe { c.add(whole + i).read() }.widen());
                *sum = *sum + ((a * x0 + b * x1) + (c * x2 + d * x3));
            }
        }
        for (p, sum) in sums[..n].iter_mut().enumerate() {
            let (i, mut s) = (row_of::<T>(p, whole), *sum);
            for (j, &x) in x.iter().enumerate().skip(quads) {
                // SAFETY: `i < n`.
                s = s + unsafe { block.col_block(j, 1).ptr.add(i).read() }.widen() * x;
            }
            // SAFETY: row `start + i` of the result.
            unsafe { put(y.row_block(start + i, 1).ptr, s, add) };
        }
    }
}

/// The element that stands at `position` where the chunks in the first `whole` are in the order of pairs.
#[inline(always)]
fn row_of<T: Term>(position: usize, whole: usize) -> usize {
    if position >= whole {
        return position;
    }
    let (chunk, at) = (position / LANES * LANES, position % LANES);
    chunk + T::places(at % (LANES / 2))[at / (LANES / 2)]
}

/// The columns of `a` that rows are read by in chunks.
fn whole<T>(a: Mat<*const T>) -> usize {
    if a.col_stride == 1 { a.cols / LANES * LANES } else { 0 }
}

crate::isa_clones! { fn pick_rows<T: Term>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) = rows; }
crate::isa_clones! { fn pick_columns<T: Term>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) = columns; }
