//! Products of half-precision matrices: widened to `float32`, rounded once.

use super::{Factor, How, Mat};
use crate::cpu::isa::isa;
use crate::cpu::{kernels, pool};
use crate::dtype::Element;

/// Elements that one thread converts at a time, about.
const GRAIN: usize = 1 << 14;

/// See [`Factor::product`].
///
/// # Safety
/// As there.
pub(super) unsafe fn product<T: Element>(c: Mat<*mut T>, a: Mat<*const T>, b: Mat<*const T>, how: How) {
    // Rows of the result are to be contiguous, where they can be.
    if c.col_stride != 1 && c.row_stride == 1 {
        // SAFETY: cᵀ = bᵀ aᵀ.
        return unsafe { product(c.transposed(), b.transposed(), a.transposed(), how) };
    }
    let (wide_a, wide_b) = (Wide::of(a, how), Wide::of(b, how));
    let mut sum = if how.add {
        Wide::of_rows(
            Mat { ptr: c.ptr.cast_const(), rows: c.rows, cols: c.cols, row_stride: c.row_stride, col_stride: c.col_stride },
            how,
        )
    } else {
        Wide { data: vec![0.0; c.rows * c.cols], rows: c.rows, cols: c.cols, transposed: false }
    };
    let target = Mat::row_major(sum.data.as_mut_ptr(), c.rows, c.cols);
    // SAFETY: shapes agree, and the target is our own.
    unsafe { f32::product(target, wide_a.mat(), wide_b.mat(), how) };
    let store = kernels::store(T::DTYPE, isa()).expect("half precision");
    let narrow = |row: usize| {
        let from = sum.data[row * c.cols..].as_ptr().cast::<u8>();
        let to = c.row_block(row, 1);
        // SAFETY: the row is inside both; the kernel is for this machine.
        unsafe {
            if c.col_stride == 1 {
                return store(c.cols, to.ptr.cast(), from, from, from);
            }
            for j in 0..c.cols {
                store(1, to.col_block(j, 1).ptr.cast(), from.add(4 * j), from, from);
            }
        }
    };
    each_row(c.rows, c.cols, how, &narrow);
}

/// Calls `f` for every row, in pieces of about [`GRAIN`] elements a thread.
fn each_row(rows: usize, cols: usize, how: How, f: &(dyn Fn(usize) + Sync)) {
    if how.sequential {
        return (0..rows).for_each(f);
    }
    pool::parallel_ranges(rows, GRAIN.div_ceil(cols.max(1)), &|range| range.for_each(f));
}

/// A matrix widened to `f32`.
struct Wide {
    data: Vec<f32>,
    rows: usize,
    cols: usize,
    /// Whether `data` is column-major.
    transposed: bool,
}

impl Wide {
    /// `a` in the order it has in memory.
    fn of<T: Element>(a: Mat<*const T>, how: How) -> Wide {
        if a.col_stride != 1 && a.row_stride == 1 {
            return Wide { rows: a.rows, cols: a.cols, transposed: true, ..Wide::of_rows(a.transposed(), how) };
        }
        Wide::of_rows(a, how)
    }

    /// `a` in row-major order.
    fn of_rows<T: Element>(a: Mat<*const T>, how: How) -> Wide {
        let mut data = vec![0.0f32; a.rows * a.cols];
        let load = kernels::load(T::DTYPE, isa()).expect("half precision");
        let target = Mat::row_major(data.as_mut_ptr(), a.rows, a.cols);
        each_row(a.rows, a.cols, how, &|row| {
            let (to, from) = (target.row_block(row, 1), a.row_block(row, 1));
            // SAFETY: the row is inside both, rows are disjoint; the kernel is for this machine.
            unsafe {
                let source = from.ptr.cast::<u8>();
                if a.col_stride == 1 {
                    return load(a.cols, to.ptr.cast(), source, source, source);
                }
                for j in 0..a.cols {
                    let source = from.col_block(j, 1).ptr.cast::<u8>();
                    load(1, to.ptr.add(j).cast(), source, source, source);
                }
            }
        });
        Wide { data, rows: a.rows, cols: a.cols, transposed: false }
    }

    fn mat(&self) -> Mat<*const f32> {
        if self.transposed {
            return Mat::row_major(self.data.as_ptr(), self.cols, self.rows).transposed();
        }
        Mat::row_major(self.data.as_ptr(), self.rows, self.cols)
    }
}
