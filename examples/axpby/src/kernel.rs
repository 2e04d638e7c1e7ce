//! The CPU kernel: any strides and four types, and a faster path for adjacent `f32`.

use millpond::ext::*;

/// Elements that one task of the pool works on.
const GRAIN: usize = 64 * 1024;

/// A type the kernel computes with, in the precision of its own or of `f32`.
trait Number: Element {
    fn axpby(x: Self, y: Self, alpha: f64, beta: f64) -> Self;
}

macro_rules! numbers {
    ($($ty:ty: |$x:ident, $y:ident, $alpha:ident, $beta:ident| $z:expr;)*) => {$(
        impl Number for $ty {
            #[inline(always)]
            fn axpby($x: $ty, $y: $ty, $alpha: f64, $beta: f64) -> $ty { $z }
        }
    )*};
}

numbers! {
    f32: |x, y, alpha, beta| alpha as f32 * x + beta as f32 * y;
    f16: |x, y, alpha, beta| f16::from_f32(f32::axpby(x.to_f32(), y.to_f32(), alpha, beta));
    bf16: |x, y, alpha, beta| bf16::from_f32(f32::axpby(x.to_f32(), y.to_f32(), alpha, beta));
    c64: |x, y, alpha, beta| x * alpha as f32 + y * beta as f32;
}

/// Computes the one output of `call`.
pub fn run(call: &mut CpuCall, alpha: f64, beta: f64) -> Result<()> {
    let adjacent = call.inputs().iter().all(|v| v.layout().is_contiguous());
    match call.output_dtype(0) {
        Dtype::Float32 if adjacent => contiguous(call, alpha, beta),
        Dtype::Float32 => strided::<f32>(call, alpha, beta),
        Dtype::Float16 => strided::<f16>(call, alpha, beta),
        Dtype::Bfloat16 => strided::<bf16>(call, alpha, beta),
        Dtype::Complex64 => strided::<c64>(call, alpha, beta),
        other => {
            let message = format!("[axpby] supports float32, float16, bfloat16 and complex64, got {other}");
            Err(Error::dtype(message))
        }
    }
}

/// Walks both inputs by their strides; the output is always row-major.
fn strided<T: Number>(call: &mut CpuCall, alpha: f64, beta: f64) -> Result<()> {
    let (x, y) = (call.input(0).clone(), call.input(1).clone());
    let (Some((xs, x0)), Some((ys, y0))) = (x.window::<T>(), y.window::<T>()) else {
        return Err(Error::dtype(format!("[axpby] the inputs are of types {} and {}", x.dtype(), y.dtype())));
    };
    let places = positions(x.shape(), [(x0, &x.layout().strides), (y0, &y.layout().strides)]);
    for (z, [i, j]) in call.output::<T>(0)?.iter_mut().zip(places) {
        *z = T::axpby(xs[i], ys[j], alpha, beta);
    }
    Ok(())
}

/// Plain loops over slices, which the compiler turns into vector instructions, on all cores. When nobody else needs `y`, the
/// output takes over its memory.
fn contiguous(call: &mut CpuCall, alpha: f64, beta: f64) -> Result<()> {
    let x = call.contiguous(0)?;
    let xs = x.as_slice::<f32>().unwrap_or_default();
    if call.donate(1, 0) {
        pool::parallel_chunks(call.output::<f32>(0)?, GRAIN, &|at, zs| {
            zs.iter_mut().zip(&xs[at..]).for_each(|(z, &x)| *z = f32::axpby(x, *z, alpha, beta));
        });
        return Ok(());
    }
    let y = call.contiguous(1)?;
    let ys = y.as_slice::<f32>().unwrap_or_default();
    pool::parallel_chunks(call.output::<f32>(0)?, GRAIN, &|at, zs| {
        let pairs = xs[at..].iter().zip(&ys[at..]);
        zs.iter_mut().zip(pairs).for_each(|(z, (&x, &y))| *z = f32::axpby(x, y, alpha, beta));
    });
    Ok(())
}
