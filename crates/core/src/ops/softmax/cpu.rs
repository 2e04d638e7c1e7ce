//! Softmax of rows: the largest element, exponentials and their sum, the quotient, while the row is in the cache.

use crate::ext::*;

/// The least elements a task works on.
const GRAIN: usize = 16 * 1024;
/// Elements handled side by side.
const LANES: usize = 64;

/// A floating-point type that rows are computed in.
trait Real:
    Element + PartialOrd + std::ops::Sub<Output = Self> + std::ops::Add<Output = Self> + std::ops::Mul<Output = Self>
{
    const LOWEST: Self;
    fn exp(self) -> Self;
    fn recip(self) -> Self;
}

impl Real for f32 {
    const LOWEST: f32 = f32::NEG_INFINITY;
    #[inline(always)]
    fn exp(self) -> f32 {
        math::exp(self)
    }
    #[inline(always)]
    fn recip(self) -> f32 {
        1.0 / self
    }
}

impl Real for f64 {
    const LOWEST: f64 = f64::NEG_INFINITY;
    #[inline(always)]
    fn exp(self) -> f64 {
        f64::exp(self)
    }
    #[inline(always)]
    fn recip(self) -> f64 {
        1.0 / self
    }
}

/// Softmax over the last axis of the input.
pub(super) fn softmax(call: &mut CpuCall) -> Result<()> {
    match call.input(0).dtype() {
        Dtype::Float64 => rows::<f64>(call),
        _ => rows::<f32>(call),
    }
}

fn rows<T: Real>(call: &mut CpuCall) -> Result<()> {
    let n = call.output_shape(0).last().copied().unwrap_or(1);
    let input = call.contiguous(0)?;
    let Some(xs) = input.as_slice::<T>() else {
        return Err(Error::dtype(format!("[softmax] cannot be computed in {}", input.dtype())));
    };
    let out = call.output::<T>(0)?;
    if out.is_empty() {
        return Ok(());
    }
    let row = row_for::<T>(isa());
    let out = Disjoint::new(out);
    pool::parallel_ranges(xs.len() / n, GRAIN.div_ceil(n), &|rows| {
        for i in rows {
            // SAFETY: row `i` is this task's alone; the loop is made for the instruction set in use.
            unsafe { row(&xs[i * n..(i + 1) * n], out.part(i * n..(i + 1) * n)) };
        }
    });
    Ok(())
}

isa_clones! { fn row_for<T: Real>(xs: &[T], out: &mut [T]) = row; }

#[inline(always)]
fn row<T: Real>(xs: &[T], out: &mut [T]) {
    let mut top = [T::LOWEST; LANES];
    for chunk in xs.chunks(LANES) {
        for (t, &x) in top.iter_mut().zip(chunk) {
            // NaN is left out here and found again in the sum.
            *t = if x > *t { x } else { *t };
        }
    }
    let top = top.iter().fold(T::LOWEST, |a, &b| if b > a { b } else { a });
    let mut sums = [T::ZERO; LANES];
    for (xs, out) in xs.chunks(LANES).zip(out.chunks_mut(LANES)) {
        for ((sum, &x), out) in sums.iter_mut().zip(xs).zip(out) {
            let e = (x - top).exp();
            *out = e;
            *sum = *sum + e;
        }
    }
    let scale = sums.iter().fold(T::ZERO, |a, &b| a + b).recip();
    for x in out {
        *x = *x * scale;
    }
}
