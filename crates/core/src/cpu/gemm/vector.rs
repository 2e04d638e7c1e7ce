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
}

macro_rules! terms {
    ($($ty:ty, $sum:ty, |$x:ident| $widen:expr, |$s:ident| $narrow:expr;)*) => {$(
        impl Term for $ty {
            type Sum = $sum;
            #[inline(always)]
            fn widen(self) -> $sum { let $x = self; $widen }
            #[inline(always)]
            fn narrow($s: $sum) -> $ty { $narrow }
        }
    )*};
}
terms! {
    f32, f32, |x| x, |s| s;
    f64, f64, |x| x, |s| s;
    c64, c64, |x| x, |s| s;
    f16, f32, |x| crate::cpu::kernels::from_f16(x.to_bits()), |s| f16::from_f32(s);
    bf16, f32, |x| f32::from_bits(u32::from(x.to_bits()) << 16), |s| bf16::from_f32(s);
}

/// Partial sums a dot product is split into: four vectors of 16.
const LANES: usize = 64;
/// Elements of the matrix that are worth a thread.
const GRAIN: usize = 1 << 15;

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
    // SAFETY: `b` is readable. The vector is small beside the matrix, so it is widened once.
    let x: Vec<T::Sum> = (0..b.rows).map(|i| unsafe { b.row_block(i, 1).ptr.read() }.widen()).collect();
    let pick = if a.row_stride == 1 && a.col_stride != 1 { pick_columns::<T>(isa()) } else { pick_rows::<T>(isa()) };
    // SAFETY: blocks of rows are disjoint in the result; the clone is for this machine.
    let block = |start: usize, rows: usize| unsafe { pick(c.row_block(start, rows), a.row_block(start, rows), &x, how.add) };
    if how.sequential || a.rows * a.cols <= GRAIN {
        return block(0, a.rows);
    }
    // Even shares, whose borders do not depend on the number of threads.
    let rows = GRAIN.div_ceil(a.cols).next_multiple_of(16);
    pool::parallel_ranges(a.rows, rows, &|r| block(r.start, r.len()));
}

#[inline(always)]
unsafe fn put<T: Term>(y: *mut T, sum: T::Sum, add: bool) {
    // SAFETY: an element of the result, initialized if it is added to.
    unsafe { y.write(T::narrow(if add { y.read().widen() + sum } else { sum })) }
}

/// Rows one by one: dot products.
#[inline(always)]
unsafe fn rows<T: Term>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) {
    for i in 0..a.rows {
        let row = a.row_block(i, 1).ptr;
        let mut sums = [T::Sum::default(); LANES];
        let whole = if a.col_stride == 1 { x.len() / LANES * LANES } else { 0 };
        for start in (0..whole).step_by(LANES) {
            for (lane, sum) in sums.iter_mut().enumerate() {
                // SAFETY: `start + lane < whole <= x.len() == a.cols`.
                unsafe { *sum = *sum + row.add(start + lane).read().widen() * *x.get_unchecked(start + lane) };
            }
        }
        let mut sum = T::Sum::default();
        for (j, &x) in x.iter().enumerate().skip(whole) {
            // SAFETY: inside the row.
            sum = sum + unsafe { row.offset(j as isize * a.col_stride).read() }.widen() * x;
        }
        let mut width = LANES;
        while width > 1 {
            width /= 2;
            for lane in 0..width {
                sums[lane] = sums[lane] + sums[lane + width];
            }
        }
        // SAFETY: row `i` of the result.
        unsafe { put(y.row_block(i, 1).ptr, sum + sums[0], add) };
    }
}

/// Columns that lie in one piece: four of them are added to the sums of a block of rows at a time.
#[inline(always)]
unsafe fn columns<T: Term>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) {
    const BLOCK: usize = 512;
    for start in (0..a.rows).step_by(BLOCK) {
        let n = BLOCK.min(a.rows - start);
        let block = a.row_block(start, n);
        let mut sums = [T::Sum::default(); BLOCK];
        let quads = x.len() / 4 * 4;
        for j in (0..quads).step_by(4) {
            let column = |k: usize| block.col_block(j + k, 1).ptr;
            let (c0, c1, c2, c3) = (column(0), column(1), column(2), column(3));
            let (x0, x1, x2, x3) = (x[j], x[j + 1], x[j + 2], x[j + 3]);
            for (i, sum) in sums[..n].iter_mut().enumerate() {
                // SAFETY: `i < n` rows of the block, whose columns lie in one piece.
                unsafe {
                    let left = c0.add(i).read().widen() * x0 + c1.add(i).read().widen() * x1;
                    let right = c2.add(i).read().widen() * x2 + c3.add(i).read().widen() * x3;
                    *sum = *sum + (left + right);
                }
            }
        }
        for (j, &x) in x.iter().enumerate().skip(quads) {
            let column = block.col_block(j, 1).ptr;
            for (i, sum) in sums[..n].iter_mut().enumerate() {
                // SAFETY: as above.
                *sum = *sum + unsafe { column.add(i).read() }.widen() * x;
            }
        }
        for (i, &sum) in sums[..n].iter().enumerate() {
            // SAFETY: row `start + i` of the result.
            unsafe { put(y.row_block(start + i, 1).ptr, sum, add) };
        }
    }
}

crate::isa_clones! { fn pick_rows<T: Term>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) = rows; }
crate::isa_clones! { fn pick_columns<T: Term>(y: Mat<*mut T>, a: Mat<*const T>, x: &[T::Sum], add: bool) = columns; }
