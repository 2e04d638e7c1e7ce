//! Batches of products: one at a time on all threads when they are large, many at a time on one thread each when small.

use crate::ext::gemm::{Factor, How, Mat};
use crate::ext::*;

/// Multiplications in a product from which on it is worth all threads.
const LARGE: usize = 1 << 21;

pub(super) fn matmul(call: &mut CpuCall) -> Result<()> {
    match call.output_dtype(0) {
        Dtype::Float16 => run::<f16>(call),
        Dtype::Bfloat16 => run::<bf16>(call),
        Dtype::Float32 => run::<f32>(call),
        Dtype::Float64 => run::<f64>(call),
        Dtype::Complex64 => run::<c64>(call),
        other => Err(Error::dtype(format!("[matmul] there is no product of matrices of {other}"))),
    }
}

fn run<T: Factor>(call: &mut CpuCall) -> Result<()> {
    let out: *mut T = call.output::<T>(0)?.as_mut_ptr();
    let (a, b) = (call.input(0), call.input(1));
    let (batch, (m, k), n) = match (a.shape(), b.shape()) {
        ([batch @ .., m, k], [.., n]) => (batch, (*m, *k), *n),
        _ => unreachable!("at least two axes"),
    };
    let count = size(batch);
    if count * m * n == 0 {
        return Ok(());
    }
    let axes = batch.len();
    let (strides_a, strides_b) = (&a.layout().strides, &b.layout().strides);
    let (outer, [steps_a, steps_b]) = collapse(batch, [&strides_a[..axes], &strides_b[..axes]]);
    let mat = |ptr: *const T, rows: usize, cols: usize, strides: &[isize]| Mat {
        ptr,
        rows,
        cols,
        row_stride: strides[axes],
        col_stride: strides[axes + 1],
    };
    let (mat_a, mat_b) = (mat(a.ptr().cast(), m, k, strides_a), mat(b.ptr().cast(), k, n, strides_b));
    let mat_c = Mat::row_major(out, m, n);
    let many = count > 1 && m * n * k < LARGE;
    let one = |i: usize| {
        let (mut rest, mut at_a, mut at_b) = (i, 0, 0);
        for axis in (0..outer.len()).rev() {
            let index = (rest % outer[axis]) as isize;
            rest /= outer[axis];
            at_a += index * steps_a[axis];
            at_b += index * steps_b[axis];
        }
        let (c, a, b) = (mat_c.shifted((i * m * n) as isize), mat_a.shifted(at_a), mat_b.shifted(at_b));
        // SAFETY: the matrices lie inside ready inputs and this call's own output, of these shapes.
        unsafe { T::product(c, a, b, How { add: false, sequential: many }) };
    };
    if many {
        let grain = (LARGE / 8 / (m * n * k).max(1)).clamp(1, count.div_ceil(2));
        pool::parallel_ranges(count, grain, &|r| r.for_each(one));
    } else {
        (0..count).for_each(one);
    }
    Ok(())
}
