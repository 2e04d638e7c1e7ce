//! Matrix products: strided operands, no copies, all threads.
//!
//! `float32`, `float64` and `complex64` go through faer's sequential kernels, which our own pool runs on blocks of the result;
//! `float16` and `bfloat16` are widened to `float32` and rounded once at the end, or multiplied in pairs where the CPU does that
//! (`pairs`). Products with a vector are bound by
//! memory and have loops of their own ([`vector`]).

mod half;
#[cfg(all(target_arch = "x86_64", not(miri)))]
mod pairs;
#[cfg(test)]
mod tests;
mod vector;

use super::pool;
use crate::dtype::{Element, bf16, c64, f16};

/// A matrix in memory: `P` is `*const T` or `*mut T`.
#[derive(Clone, Copy, Debug)]
pub struct Mat<P> {
    /// Element (0, 0).
    pub ptr: P,
    /// The number of rows.
    pub rows: usize,
    /// The number of columns.
    pub cols: usize,
    /// Elements between rows.
    pub row_stride: isize,
    /// Elements between columns.
    pub col_stride: isize,
}

// SAFETY: a matrix is an address; whoever uses it vouches for the memory.
unsafe impl<P> Send for Mat<P> {}
// SAFETY: as above.
unsafe impl<P> Sync for Mat<P> {}

macro_rules! mat_methods {
    ($($p:ty)*) => {$(
        impl<T> Mat<$p> {
            /// Rows and columns exchanged.
            pub fn transposed(self) -> Self {
                Mat { ptr: self.ptr, rows: self.cols, cols: self.rows, row_stride: self.col_stride, col_stride: self.row_stride }
            }

            /// The matrix of this shape and these strides that starts so many elements further on.
            pub fn shifted(self, elements: isize) -> Self {
                Mat { ptr: self.ptr.wrapping_offset(elements), ..self }
            }

            /// `rows` rows from row `start` on.
            pub fn row_block(self, start: usize, rows: usize) -> Self {
                debug_assert!(start + rows <= self.rows);
                Mat { rows, ..self.shifted(start as isize * self.row_stride) }
            }

            /// `cols` columns from column `start` on.
            pub fn col_block(self, start: usize, cols: usize) -> Self {
                debug_assert!(start + cols <= self.cols);
                Mat { cols, ..self.shifted(start as isize * self.col_stride) }
            }
        }
    )*};
}
mat_methods! { *const T *mut T }

impl<P> Mat<P> {
    /// A row-major matrix without gaps.
    pub fn row_major(ptr: P, rows: usize, cols: usize) -> Mat<P> {
        Mat { ptr, rows, cols, row_stride: cols as isize, col_stride: 1 }
    }
}

/// How a product is computed.
#[derive(Clone, Copy, Default, Debug)]
pub struct How {
    /// Whether the product is added to what is in the result, instead of replacing it.
    pub add: bool,
    /// Whether to stay on this thread.
    pub sequential: bool,
}

/// Elements that matrices of can be multiplied.
pub trait Factor: Element {
    /// `c = a · b`, or `c += a · b`. An empty sum is zero.
    ///
    /// # Safety
    /// The shapes agree; `a` and `b` are readable, `c` is writable (and initialized when added to) and overlaps neither of
    /// them nor itself.
    unsafe fn product(c: Mat<*mut Self>, a: Mat<*const Self>, b: Mat<*const Self>, how: How);
}

/// Multiplications that are worth a thread.
const WORK: usize = 1 << 18;

macro_rules! faer_factors {
    ($($ty:ty)*) => {$(
        impl Factor for $ty {
            unsafe fn product(c: Mat<*mut Self>, a: Mat<*const Self>, b: Mat<*const Self>, how: How) {
                debug_assert!(a.rows == c.rows && a.cols == b.rows && b.cols == c.cols);
                let (m, n, k) = (c.rows, c.cols, a.cols);
                // SAFETY: passed on from the caller; blocks of the result are disjoint.
                unsafe {
                    if c.cols == 1 || c.rows == 1 || k == 0 {
                        return vector::product(c, a, b, how);
                    }
                    let wanted = if how.sequential { 1 } else { (m * n * k / WORK).clamp(1, pool::threads()) };
                    let (down, across) = grid(wanted, m, n);
                    let (rows, cols) = (m.div_ceil(down), n.div_ceil(across));
                    pool::parallel(down * across, &|i| {
                        let (r, s) = ((i / across * rows).min(m), (i % across * cols).min(n));
                        let (h, w) = (rows.min(m - r), cols.min(n - s));
                        if h > 0 && w > 0 {
                            faer_block(c.row_block(r, h).col_block(s, w), a.row_block(r, h), b.col_block(s, w), how.add);
                        }
                    });
                }
            }
        }
    )*};
}
faer_factors! { f32 f64 c64 }

/// # Safety
/// As for [`Factor::product`].
unsafe fn half_product<T: Element + vector::Term>(c: Mat<*mut T>, a: Mat<*const T>, b: Mat<*const T>, how: How) {
    // SAFETY: passed on from the caller.
    unsafe {
        if c.cols == 1 || c.rows == 1 || a.cols == 0 {
            return vector::product(c, a, b, how);
        }
        half::product(c, a, b, how)
    }
}

impl Factor for f16 {
    unsafe fn product(c: Mat<*mut Self>, a: Mat<*const Self>, b: Mat<*const Self>, how: How) {
        // SAFETY: passed on from the caller.
        unsafe { half_product(c, a, b, how) }
    }
}

impl Factor for bf16 {
    unsafe fn product(c: Mat<*mut Self>, a: Mat<*const Self>, b: Mat<*const Self>, how: How) {
        // SAFETY: passed on from the caller; the CPU was asked.
        unsafe {
            #[cfg(all(target_arch = "x86_64", not(miri)))]
            if pairs::is_available() && a.cols > 0 {
                match (c.rows, c.cols) {
                    (_, 1) if a.col_stride == 1 => return pairs::by_vector(c, a, b, how),
                    (1, _) if b.row_stride == 1 => return pairs::by_vector(c.transposed(), b.transposed(), a.transposed(), how),
                    (1, _) | (_, 1) => {}
                    _ => return pairs::product(c, a, b, how),
                }
            }
            half_product(c, a, b, how)
        }
    }
}

/// So many blocks, down and across, that cut `m × n` into `pieces` as square as can be.
fn grid(pieces: usize, m: usize, n: usize) -> (usize, usize) {
    let perimeter = |down: usize| m / down + n / (pieces / down);
    let down = (1..=pieces).filter(|d| pieces.is_multiple_of(*d)).min_by_key(|&d| perimeter(d)).unwrap_or(1);
    (down, pieces / down)
}

/// One block on this thread.
///
/// # Safety
/// As [`Factor::product`].
unsafe fn faer_block<T: faer::traits::ComplexField>(c: Mat<*mut T>, a: Mat<*const T>, b: Mat<*const T>, add: bool) {
    use faer::{Accum, MatMut, MatRef, Par};
    // SAFETY: passed on from the caller.
    let (c, a, b) = unsafe {
        (
            MatMut::from_raw_parts_mut(c.ptr, c.rows, c.cols, c.row_stride, c.col_stride),
            MatRef::from_raw_parts(a.ptr, a.rows, a.cols, a.row_stride, a.col_stride),
            MatRef::from_raw_parts(b.ptr, b.rows, b.cols, b.row_stride, b.col_stride),
        )
    };
    let accum = if add { Accum::Add } else { Accum::Replace };
    faer::linalg::matmul::matmul(c, accum, a, b, T::one_impl(), Par::Seq);
}
