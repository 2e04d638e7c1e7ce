//! Choosing between values: `where`, `clip` and what is made of them.

use super::*;
use crate::ext::*;

pub(super) static SELECT: Elementwise = Elementwise {
    name: "where",
    op: ScalarOp::Select,
    rules: &[None, Some(|t, x, _| x[0].choose(t, 0.0)), Some(|t, x, _| x[0].choose(0.0, t))],
};

/// What [`nan_to_num`] puts in place of what is not a number.
#[derive(Clone, Copy, Debug, Default)]
pub struct NanToNum {
    /// In place of NaN.
    pub nan: f64,
    /// In place of infinity; the largest number of the dtype if `None`.
    pub posinf: Option<f64>,
    /// In place of minus infinity; the lowest number of the dtype if `None`.
    pub neginf: Option<f64>,
}

op! {
    where_ as "where" "(condition: array, x: operand, y: operand, /)" => |c| where_(c.array(0)?, c.operand(1)?, c.operand(2)?);
    /// `x` where `condition` is not zero, else `y`, all broadcast together, in the dtype that `x` and `y` promote to.
    pub fn where_(condition: impl Into<Operand>, x: impl Into<Operand>, y: impl Into<Operand>) -> Result<Array> {
        let (condition, x, y) = (condition.into(), x.into(), y.into());
        let dtype = Operand::result_type(&[&x, &y]);
        Array::apply(Handle::Static(&SELECT), &align_each("where", [condition, x, y], [Dtype::Bool, dtype, dtype])?)
    }

    clip "(a: operand, /, a_min: operand?, a_max: operand?)" => |c| clip(&c.operand(0)?.into_array(), c.opt_operand(1)?, c.opt_operand(2)?);
    /// `a` with what is below `a_min` raised to it and then what is above `a_max` lowered to it, broadcast together. At a bound
    /// the gradient is the bound's.
    ///
    /// # Errors
    /// When neither bound is given.
    pub fn clip(a: &Array, a_min: Option<Operand>, a_max: Option<Operand>) -> Result<Array> {
        match (a_min, a_max) {
            (None, None) => Err(Error::value("[clip] at most one of a_min and a_max may be None")),
            (Some(low), None) => maximum(a, low),
            (None, Some(high)) => minimum(a, high),
            (Some(low), Some(high)) => minimum(maximum(a, low)?, high),
        }
    }

    nan_to_num "(a: operand, nan: float = 0, posinf: float? = None, neginf: float? = None)" =>
        |c| nan_to_num(c.operand(0)?, NanToNum { nan: c.float(1)?, posinf: c.opt_float(2)?, neginf: c.opt_float(3)? });
    /// `a` with NaN and infinities replaced by numbers; complex numbers by their parts. Integers come back as they are.
    pub fn nan_to_num(a: impl Into<Operand>, with: NanToNum) -> Result<Array> {
        let a = a.into().into_array();
        if a.dtype().is_complex() {
            let (re, im) = (nan_to_num(&real(&a)?, with)?, nan_to_num(&imag(&a)?, with)?);
            return add(re, multiply(im, c64::I)?);
        }
        let Some((low, high)) = finite_range(a.dtype()) else { return Ok(a) };
        let a = where_(isnan(&a)?, with.nan, &a)?;
        let a = where_(isposinf(&a)?, with.posinf.unwrap_or(high), &a)?;
        where_(isneginf(&a)?, with.neginf.unwrap_or(low), &a)
    }
}

/// The lowest and highest finite number of a floating dtype.
fn finite_range(dtype: Dtype) -> Option<(f64, f64)> {
    let high = match dtype {
        Dtype::Float16 => f16::MAX.to_f64(),
        Dtype::Bfloat16 => bf16::MAX.to_f64(),
        Dtype::Float32 => f32::MAX.into(),
        Dtype::Float64 => f64::MAX,
        _ => return None,
    };
    Some((-high, high))
}

/// The declarations of the functions that choose.
pub static SELECTION: &[&OpDecl] = &[&where_::DECL, &clip::DECL, &nan_to_num::DECL];
