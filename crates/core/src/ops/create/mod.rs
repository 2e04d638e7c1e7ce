//! Arrays made from no other arrays: constants, sequences, windows, identity and triangular matrices.
//!
//! - constants are one stored element shown everywhere: they take no memory and no time;
//! - [`nested`]: numbers and lists of them that Rust has already;
//! - [`sequence`]: arrays along one axis whose elements are a function of their position;
//! - [`band`]: matrices told by how far an element lies from the diagonal.

mod band;
pub mod conformance;
mod gpu;
mod nested;
mod sequence;
#[cfg(test)]
mod tests;

pub use band::*;
pub use nested::{Nested, array};
pub use sequence::*;

use crate::ext::*;
use crate::ops::elementwise::{astype, fitting};
use crate::ops::view::broadcast_to;

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[
    &arange::DECL,
    &bartlett::DECL,
    &blackman::DECL,
    &eye::DECL,
    &full::DECL,
    &full_like::DECL,
    &hamming::DECL,
    &hanning::DECL,
    &identity::DECL,
    &linspace::DECL,
    &ones::DECL,
    &ones_like::DECL,
    &tri::DECL,
    &tril::DECL,
    &triu::DECL,
    &zeros::DECL,
    &zeros_like::DECL,
];

/// The dtype asked for, `float32` when none is.
fn or_float(dtype: Option<Dtype>) -> Dtype {
    dtype.unwrap_or(Dtype::Float32)
}

op! {
    zeros | "empty" "(shape: shape, dtype: dtype? = float32)" => |c| zeros(&c.shape(0)?, or_float(c.opt_dtype(1)?));
    /// Zeros of `shape` and `dtype`.
    ///
    /// # Errors
    /// When `shape` has more elements than can be counted.
    pub fn zeros(shape: &[usize], dtype: Dtype) -> Result<Array> {
        checked_size("zeros", shape)?;
        Ok(Array::splat(0, shape, dtype))
    }

    ones "(shape: shape, dtype: dtype? = float32)" => |c| ones(&c.shape(0)?, or_float(c.opt_dtype(1)?));
    /// Ones of `shape` and `dtype`.
    ///
    /// # Errors
    /// When `shape` has more elements than can be counted.
    pub fn ones(shape: &[usize], dtype: Dtype) -> Result<Array> {
        checked_size("ones", shape)?;
        Ok(Array::splat(1, shape, dtype))
    }

    full "(shape: shape, vals: operand, dtype: dtype? = None)" => |c| full(&c.shape(0)?, c.operand(1)?, c.opt_dtype(2)?);
    /// `vals` broadcast to `shape`, converted to `dtype` (its own where `None`).
    ///
    /// # Errors
    /// When `vals` does not broadcast to `shape`, or is an integer that an integer `dtype` does not hold.
    pub fn full(shape: &[usize], vals: impl Into<Operand>, dtype: impl Into<Option<Dtype>>) -> Result<Array> {
        checked_size("full", shape)?;
        let vals = vals.into();
        let dtype = dtype.into().unwrap_or(vals.dtype());
        match vals {
            Operand::Scalar(s) => {
                fitting(s, dtype)?;
                Ok(Array::splat(s, shape, dtype))
            }
            Operand::Array(a) => broadcast_to(&astype(&a, dtype)?, shape),
        }
    }

    zeros_like | "empty_like" "(a: array, /, dtype: dtype? = None)" => |c| {
        let a = c.array(0)?;
        zeros(a.shape(), c.opt_dtype(1)?.unwrap_or(a.dtype()))
    };
    /// Zeros of the shape and dtype of `a`.
    pub fn zeros_like(a: &Array) -> Array {
        Array::splat(0, a.shape(), a.dtype())
    }

    ones_like "(a: array, /, dtype: dtype? = None)" => |c| {
        let a = c.array(0)?;
        ones(a.shape(), c.opt_dtype(1)?.unwrap_or(a.dtype()))
    };
    /// Ones of the shape and dtype of `a`.
    pub fn ones_like(a: &Array) -> Array {
        Array::splat(1, a.shape(), a.dtype())
    }

    full_like "(a: array, vals: operand, dtype: dtype? = None)" => |c| {
        let a = c.array(0)?;
        full(a.shape(), c.operand(1)?, c.opt_dtype(2)?.unwrap_or(a.dtype()))
    };
    /// `vals` broadcast to the shape of `a`, in its dtype.
    ///
    /// # Errors
    /// As [`full`].
    pub fn full_like(a: &Array, vals: impl Into<Operand>) -> Result<Array> {
        full(a.shape(), vals, a.dtype())
    }
}
