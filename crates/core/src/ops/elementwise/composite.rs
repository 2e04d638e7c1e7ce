//! Functions made of others.

use super::*;
use crate::ext::{Array, Dtype, OpDecl, Operand, Result, op, stop_gradient};
use crate::ops::reduce::all;

/// How near is near: see [`isclose`].
#[derive(Clone, Copy, Debug)]
pub struct Tolerance {
    /// Relative to the size of the second array.
    pub rtol: f64,
    /// Absolute.
    pub atol: f64,
    /// Whether NaN is close to NaN.
    pub equal_nan: bool,
}

impl Default for Tolerance {
    fn default() -> Tolerance {
        Tolerance { rtol: 1e-5, atol: 1e-8, equal_nan: false }
    }
}

op! {
    degrees "(a: operand, /)" => |c| degrees(c.operand(0)?);
    /// Angles in radians converted to degrees. Integers are computed in `float32`.
    pub fn degrees(a: impl Into<Operand>) -> Result<Array> {
        multiply(a, 180.0 / std::f64::consts::PI)
    }

    radians "(a: operand, /)" => |c| radians(c.operand(0)?);
    /// Angles in degrees converted to radians. Integers are computed in `float32`.
    pub fn radians(a: impl Into<Operand>) -> Result<Array> {
        multiply(a, std::f64::consts::PI / 180.0)
    }

    isnan "(a: array)" => |c| isnan(c.array(0)?);
    /// Whether each element, or a part of it if it is complex, is NaN.
    pub fn isnan(a: &Array) -> Result<Array> {
        if a.dtype().is_inexact() { not_equal(a, a) } else { never(a) }
    }

    isinf "(a: array)" => |c| isinf(c.array(0)?);
    /// Whether each element, or a part of it if it is complex, is infinite.
    pub fn isinf(a: &Array) -> Result<Array> {
        match a.dtype() {
            d if d.is_complex() => logical_or(isinf(&real(a)?)?, isinf(&imag(a)?)?),
            d if d.is_float() => equal(abs(a)?, f64::INFINITY),
            _ => never(a),
        }
    }

    isfinite "(a: array)" => |c| isfinite(c.array(0)?);
    /// Whether each element, and both parts of it if it is complex, is neither infinite nor NaN.
    pub fn isfinite(a: &Array) -> Result<Array> {
        match a.dtype() {
            d if d.is_complex() => logical_and(isfinite(&real(a)?)?, isfinite(&imag(a)?)?),
            d if d.is_float() => less(abs(a)?, f64::INFINITY),
            _ => logical_not(&never(a)?),
        }
    }

    isposinf "(a: array)" => |c| isposinf(c.array(0)?);
    /// Whether each element is positive infinity.
    pub fn isposinf(a: &Array) -> Result<Array> {
        if a.dtype().is_inexact() { equal(a, f64::INFINITY) } else { never(a) }
    }

    isneginf "(a: array)" => |c| isneginf(c.array(0)?);
    /// Whether each element is negative infinity.
    pub fn isneginf(a: &Array) -> Result<Array> {
        if a.dtype().is_inexact() { equal(a, f64::NEG_INFINITY) } else { never(a) }
    }

    round "(a: array, /, decimals: int = 0)" => |c| round(c.array(0)?, c.int(1)?);
    /// `a` rounded to `decimals` decimals, halves to even; negative `decimals` round left of the point, integers too, which wrap.
    pub fn round(a: &Array, decimals: i64) -> Result<Array> {
        match a.dtype() {
            d if d.is_inexact() && decimals == 0 => rint(a),
            Dtype::Float16 | Dtype::Bfloat16 => astype(&round(&astype(a, Dtype::Float32)?, decimals)?, a.dtype()),
            d if d.is_inexact() => {
                let most = if d == Dtype::Float64 { 307 } else { 38 };
                let scale = 10f64.powi(decimals.unsigned_abs().min(most) as i32);
                let rounded = if decimals > 0 {
                    divide(rint(&multiply(a, scale)?)?, scale)?
                } else {
                    multiply(rint(&divide(a, scale)?)?, scale)?
                };
                // What overflows when scaled has no decimals to lose.
                where_(isfinite(&rounded)?, rounded, stop_gradient(a)?)
            }
            d if d == Dtype::Bool || decimals >= 0 => Ok(a.clone()),
            Dtype::Uint64 => round_integer(a, decimals),
            d => astype(&round_integer(&astype(a, Dtype::Int64)?, decimals)?, d),
        }
    }

    isclose "(a: array, b: array, /, rtol: float = 1e-05, atol: float = 1e-08, *, equal_nan: bool = False)" =>
        |c| isclose(c.array(0)?, c.array(1)?, Tolerance { rtol: c.float(2)?, atol: c.float(3)?, equal_nan: c.bool(4)? });
    /// Whether `|a - b| <= atol + rtol · |b|`, broadcast together. Infinities are close if they are equal.
    pub fn isclose(a: impl Into<Operand>, b: impl Into<Operand>, tolerance: Tolerance) -> Result<Array> {
        let (a, b) = (a.into(), b.into());
        let dtype = Operand::result_type(&[&a, &b]).to_inexact();
        let [a, b] = align("isclose", [a, b], dtype)?;
        let near = less_equal(abs(&subtract(&a, &b)?)?, add(multiply(abs(&b)?, tolerance.rtol)?, tolerance.atol)?)?;
        let near = logical_and(near, logical_and(isfinite(&a)?, isfinite(&b)?)?)?;
        let near = logical_or(near, equal(&a, &b)?)?;
        if tolerance.equal_nan { logical_or(near, logical_and(isnan(&a)?, isnan(&b)?)?) } else { Ok(near) }
    }

    allclose "(a: array, b: array, /, rtol: float = 1e-05, atol: float = 1e-08, *, equal_nan: bool = False)" =>
        |c| allclose(c.array(0)?, c.array(1)?, Tolerance { rtol: c.float(2)?, atol: c.float(3)?, equal_nan: c.bool(4)? });
    /// Whether all elements are close (0-d): see [`isclose`].
    pub fn allclose(a: impl Into<Operand>, b: impl Into<Operand>, tolerance: Tolerance) -> Result<Array> {
        all(&isclose(a, b, tolerance)?, ..)
    }

    array_equal "(a: operand, b: operand, equal_nan: bool = False)" => |c| array_equal(c.operand(0)?, c.operand(1)?, c.bool(2)?);
    /// Whether `a` and `b` have the same shape and equal elements (0-d). With `equal_nan` NaN equals NaN.
    pub fn array_equal(a: impl Into<Operand>, b: impl Into<Operand>, equal_nan: bool) -> Result<Array> {
        let (a, b) = (a.into().into_array(), b.into().into_array());
        if a.shape() != b.shape() {
            return Ok(Array::scalar(false, Dtype::Bool));
        }
        let same = equal(&a, &b)?;
        all(&if equal_nan { logical_or(same, logical_and(isnan(&a)?, isnan(&b)?)?)? } else { same }, ..)
    }
}

/// `false` in the shape of `a`.
fn never(a: &Array) -> Result<Array> {
    Ok(Array::splat(false, a.shape(), Dtype::Bool))
}

/// 64-bit integers rounded to multiples of a power of ten, halves to even.
fn round_integer(a: &Array, decimals: i64) -> Result<Array> {
    let unit = u32::try_from(-decimals).ok().and_then(|d| 10i64.checked_pow(d));
    let Some(unit) = unit else { return Ok(Array::splat(0, a.shape(), a.dtype())) };
    let (quotient, rest) = divmod(a, unit)?;
    let above = subtract(unit, &rest)?;
    let odd = equal(bitwise_and(&quotient, 1)?, 1)?;
    let up = logical_or(greater(&rest, &above)?, logical_and(equal(&rest, &above)?, odd)?)?;
    multiply(add(quotient, astype(&up, a.dtype())?)?, unit)
}

/// The declarations of the functions made of others.
pub static COMPOSITES: &[&OpDecl] = &[
    &degrees::DECL,
    &radians::DECL,
    &isnan::DECL,
    &isinf::DECL,
    &isfinite::DECL,
    &isposinf::DECL,
    &isneginf::DECL,
    &round::DECL,
    &isclose::DECL,
    &allclose::DECL,
    &array_equal::DECL,
];
