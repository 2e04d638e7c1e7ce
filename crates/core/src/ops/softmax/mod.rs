//! Softmax: rows that sum to one.

pub mod conformance;
mod cpu;
mod gpu;

use crate::ext::*;
use crate::ops::elementwise::{astype, divide, exp, multiply, subtract};
use crate::ops::reduce::{max, sum};
use crate::ops::view::{Rows, batch_to_front};

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[&softmax::DECL];

op! {
    softmax "(a: array, /, axis: axes = None, *, precise: bool = False)" => |c| softmax(c.array(0)?, c.axes(1)?, c.bool(2)?);
    /// `exp(a) / sum(exp(a))` over `axes`, without overflow; NaN for rows that hold nothing but −∞, or +∞. Integers become `float32`.
    /// `float16` and `bfloat16` are always computed in `float32` and rounded once, whether `precise` or not.
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn softmax(a: &Array, axes: impl Into<Axes>, _precise: bool) -> Result<Array> {
        let axes = axes.into().resolve("softmax", a.ndim())?;
        let dtype = a.dtype().to_inexact();
        if a.size() == 0 {
            return astype(a, dtype);
        }
        let rows = Rows::new(a, &axes)?;
        let result = match dtype {
            Dtype::Complex64 => {
                let last = rows.array().ndim() - 1;
                let e = exp(&subtract(rows.array(), &stop_gradient(&max(rows.array(), keep(last))?)?)?)?;
                divide(&e, &sum(&e, keep(last))?)?
            }
            Dtype::Float64 => Array::apply(Handle::Static(&Softmax), std::slice::from_ref(rows.array()))?,
            _ => Array::apply(Handle::Static(&Softmax), &[astype(rows.array(), Dtype::Float32)?])?,
        };
        rows.back(&astype(&result, dtype)?)
    }
}

/// Softmax over the last axis of `float32` or `float64`.
struct Softmax;

impl Softmax {
    /// `y (t − Σ y t)`: what a change `t` of the input does to the output `y`. Its Jacobian is symmetric.
    fn change(t: &Array, y: &Array) -> Result<Array> {
        let along = sum(&multiply(t, y)?, keep(-1))?;
        multiply(y, &subtract(t, &along)?)
    }
}

impl Primitive for Softmax {
    fn name(&self) -> &str {
        "softmax"
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        cpu::softmax(call)
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::softmax(call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(Softmax::change(&call.cotangents[0], &call.outputs[0])?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![call.tangents[0].as_ref().map(|t| Softmax::change(t, &call.outputs[0])).transpose()?])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        Ok(vec![(Array::apply(call.primitive.clone(), &[input])?, Some(0))])
    }
}
