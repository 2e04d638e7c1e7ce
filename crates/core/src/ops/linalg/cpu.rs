//! Decompositions of a batch of matrices: each on one thread, many at once.

use crate::ext::*;
use std::sync::Mutex;

/// Elements of outputs below which a task takes several matrices.
const GRAIN: usize = 4 * 1024;

/// Runs `$body` with `$T` naming the Rust type of `$dtype`, which is `float32` or `float64`.
macro_rules! real {
    ($dtype:expr, $T:ident => $body:expr) => {
        match $dtype {
            Dtype::Float64 => {
                type $T = f64;
                $body
            }
            _ => {
                type $T = f32;
                $body
            }
        }
    };
}

/// As [`real!`], where `$dtype` may be `complex64` too; `$S` is the type of sizes.
macro_rules! field {
    ($dtype:expr, $T:ident, $S:ident => $body:expr) => {
        match $dtype {
            Dtype::Complex64 => {
                type $T = c64;
                type $S = f32;
                $body
            }
            dtype => real!(dtype, $T => {
                type $S = $T;
                $body
            }),
        }
    };
}

/// An output, which has as many elements for each matrix.
struct Part {
    ptr: *mut u8,
    each: usize,
    dtype: Dtype,
}

/// The outputs of a call.
struct Parts(SmallVec<[Part; 3]>);

// SAFETY: the addresses are of outputs that live as long as the call; every task writes what belongs to its own matrices.
unsafe impl Sync for Parts {}

/// The outputs that belong to one matrix.
pub(super) struct Outputs<'a> {
    parts: &'a Parts,
    matrix: usize,
}

impl<'a> Outputs<'a> {
    /// The elements of output `i`.
    ///
    /// # Safety
    /// Not while an earlier answer for the same output is in use.
    pub(super) unsafe fn get<T: Element>(&self, i: usize) -> &'a mut [T] {
        let &Part { ptr, each, dtype } = &self.parts.0[i];
        assert_eq!(dtype, T::DTYPE);
        // SAFETY: the output has `each` elements of this type for each matrix, and this matrix is one task's.
        unsafe { std::slice::from_raw_parts_mut(ptr.cast::<T>().add(self.matrix * each), each) }
    }
}

/// Runs `f` for each of `count` matrices with the outputs that belong to it; the error of the first that fails.
pub(super) fn each(call: &mut CpuCall, count: usize, f: impl Fn(usize, Outputs) -> Result<()> + Sync) -> Result<()> {
    let mut parts = Parts(SmallVec::new());
    for i in 0..call.output_count() {
        let each = size(call.output_shape(i)) / count.max(1);
        parts.0.push(Part { ptr: call.output_ptr(i)?, each, dtype: call.output_dtype(i) });
    }
    let work = parts.0.iter().map(|p| p.each).sum::<usize>().max(1);
    let failed: Mutex<Option<(usize, Error)>> = Mutex::new(None);
    pool::parallel_ranges(count, GRAIN.div_ceil(work), &|range| {
        for matrix in range {
            if let Err(error) = f(matrix, Outputs { parts: &parts, matrix }) {
                let mut failed = failed.lock().unwrap();
                if failed.as_ref().is_none_or(|(first, _)| matrix < *first) {
                    *failed = Some((matrix, error));
                }
            }
        }
    });
    failed.into_inner().unwrap().map_or(Ok(()), |(_, error)| Err(error))
}

/// A batch of matrices in row-major order.
pub(super) struct Matrices<'a, T> {
    elements: &'a [T],
    pub(super) count: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl<'a, T> Matrices<'a, T> {
    /// The elements of matrix `i`.
    pub(super) fn at(&self, i: usize) -> &'a [T] {
        let each = self.rows * self.columns;
        &self.elements[i * each..][..each]
    }
}

/// The matrices in a row-major value of type `T`.
pub(super) fn matrices<T: Element>(value: &Value) -> Matrices<'_, T> {
    let [batch @ .., rows, columns] = value.shape() else { unreachable!("at least two axes") };
    let elements = value.as_slice().expect("row-major, of this type");
    Matrices { elements, count: size(batch), rows: *rows, columns: *columns }
}
