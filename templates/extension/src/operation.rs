//! `squareplus(x) = (x + sqrt(x² + b)) / 2`.

use millpond::ext::*;
use millpond::ops::elementwise::{add, align, divide, multiply, sqrt, vmap_elementwise};

/// The operation: prepares the inputs and makes a node of the graph, on the current stream.
///
/// # Errors
/// `ValueError` when `b` is negative.
pub fn squareplus(x: impl Into<Operand>, b: f64) -> Result<Array> {
    if b.is_nan() || b < 0.0 {
        return Err(Error::value(format!("[squareplus] b must not be negative, got {b}")));
    }
    let x = x.into();
    let dtype = Operand::result_type(&[&x]).to_inexact();
    Array::apply(Squareplus { b }, &align("squareplus", [x], dtype)?)
}

/// The primitive: what the node holds.
struct Squareplus {
    b: f64,
}

impl Squareplus {
    /// The derivative at `x`, as operations: `(1 + x / sqrt(x² + b)) / 2`.
    fn slope(&self, x: &Array) -> Result<Array> {
        let root = sqrt(&add(multiply(x, x)?, self.b)?)?;
        multiply(0.5, add(1.0, divide(x, &root)?)?)
    }
}

impl Primitive for Squareplus {
    fn name(&self) -> &str {
        "squareplus"
    }

    // What makes two of them the same.
    fn attributes(&self) -> Attributes {
        vec![("b", self.b.into())]
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        match inputs {
            [x] => Ok(smallvec![x.clone()]),
            _ => Err(Error::value(format!("[squareplus] takes one array, got {inputs:?}"))),
        }
    }

    // Without an `eval_gpu`, this runs for streams of a GPU too.
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        match call.output_dtype(0) {
            Dtype::Float32 => kernel::<f32>(call, |x| 0.5 * (x + (x * x + self.b as f32).sqrt())),
            Dtype::Float64 => kernel::<f64>(call, |x| 0.5 * (x + (x * x + self.b).sqrt())),
            other => Err(Error::dtype(format!("[squareplus] supports float32 and float64, got {other}"))),
        }
    }

    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(multiply(&call.cotangents[0], &self.slope(&call.primals[0])?)?)])
    }

    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let tangent = |t: &Array| multiply(t, &self.slope(&call.primals[0])?);
        Ok(vec![call.tangents[0].as_ref().map(tangent).transpose()?])
    }

    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        vmap_elementwise(call)
    }
}

/// Elements that one task of the pool works on.
const GRAIN: usize = 64 * 1024;

fn kernel<T: Element>(call: &mut CpuCall, f: impl Fn(T) -> T + Sync) -> Result<()> {
    let x = call.contiguous(0)?;
    let Some(xs) = x.as_slice::<T>() else {
        return Err(Error::dtype(format!("[squareplus] the input is of type {}", x.dtype())));
    };
    pool::parallel_chunks(call.output::<T>(0)?, GRAIN, &|at, zs| {
        zs.iter_mut().zip(&xs[at..]).for_each(|(z, &x)| *z = f(x));
    });
    Ok(())
}
