//! What is computed from sums and extremes. Each is a few operations that run as one or two passes, and takes its rules from them.

use super::{max, sum};
use crate::ext::*;
use crate::ops::elementwise::{
    add, astype, conjugate, divide, exp, isfinite, isnan, log, multiply, real, sqrt, square, subtract, where_,
};
use crate::ops::sort::sort;
use crate::ops::view::{Rows, narrow, reshape_to};

op! {
    mean "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| mean(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The mean over `axes`; NaN of nothing. Integers are averaged in `float32`, `float16` and `bfloat16` too and rounded once.
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn mean(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        let axes = axes.into();
        let n = count("mean", a, &axes)?;
        astype(&divide(&sum(&astype(a, wide(a.dtype()))?, axes)?, n as f64)?, a.dtype().to_inexact())
    }

    var "(a: array, /, axis: axes = None, keepdims: bool = False, ddof: int = 0)"
        => |c| var(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?), c.int(3)?);
    /// The variance over `axes`: the sum of squared distances from the mean, divided by the number of elements less `ddof` (NaN
    /// when that is not positive). Dtypes as for [`mean`]; the variance of complex numbers is real.
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn var(a: &Array, axes: impl Into<Axes>, ddof: i64) -> Result<Array> {
        let axes = axes.into();
        let n = (count("var", a, &axes)? as i64).saturating_sub(ddof).max(0);
        let dtype = a.dtype().to_inexact().to_real();
        let a = astype(a, wide(a.dtype()))?;
        let distance = subtract(&a, &mean(&a, axes.clone().keeping(true))?)?;
        let squares = if a.dtype().is_complex() { real(&multiply(&distance, &conjugate(&distance)?)?)? } else { square(&distance)? };
        astype(&divide(&sum(&squares, axes)?, n as f64)?, dtype)
    }

    std "(a: array, /, axis: axes = None, keepdims: bool = False, ddof: int = 0)"
        => |c| std(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?), c.int(3)?);
    /// The standard deviation over `axes`: the square root of [`var`].
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn std(a: &Array, axes: impl Into<Axes>, ddof: i64) -> Result<Array> {
        sqrt(&var(a, axes, ddof)?)
    }

    count_nonzero "(a: array, /, *, axis: axes = None, keepdims: bool = False)"
        => |c| count_nonzero(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// How many elements over `axes` are not zero, as `int32`. NaN is not zero.
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn count_nonzero(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        sum(&astype(a, Dtype::Bool)?, axes)
    }

    logsumexp "(a: array, /, axis: axes = None, keepdims: bool = False)"
        => |c| logsumexp(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// `log(sum(exp(a)))` over `axes` without overflow. Integers are computed in `float32`, `float16` and `bfloat16` too and
    /// rounded once.
    ///
    /// # Errors
    /// When `a` is empty, or an axis is out of range or named twice.
    pub fn logsumexp(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        if a.size() == 0 {
            return Err(Error::value(format!("[logsumexp] an array of shape {} has no elements", show(a.shape()))));
        }
        let (axes, dtype) = (axes.into(), a.dtype().to_inexact());
        let a = astype(a, wide(dtype))?;
        // Any constant near the largest element will do, so it has no derivative.
        let top = stop_gradient(&max(&a, axes.clone().keeping(true))?)?;
        let top = where_(&isfinite(&top)?, &top, 0)?;
        let total = sum(&exp(&subtract(&a, &top)?)?, axes)?;
        astype(&add(&log(&total)?, &reshape_to(&top, total.shape())?)?, dtype)
    }

    median "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| median(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The middle element over `axes`, or the mean of the two middle ones; NaN where there is one. Integers become `float32`.
    ///
    /// # Errors
    /// When an axis is out of range, named twice, or of length 0.
    pub fn median(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        let axes = axes.into();
        let folded = axes.resolve("median", a.ndim())?;
        let rows = Rows::new(a, &folded)?;
        let last = rows.array().ndim() - 1;
        let n = rows.array().shape()[last];
        if n == 0 {
            return Err(Error::value(format!("[median] there is no median over axes {folded:?} of shape {}", show(a.shape()))));
        }
        let sorted = astype(&sort(rows.array(), last as i64)?, a.dtype().to_inexact())?;
        let middle = mean(&narrow(&sorted, last, (n - 1) / 2, 2 - n % 2)?, keep(last))?;
        // NaN comes last.
        let end = narrow(&sorted, last, n - 1, 1)?;
        let middle = where_(&isnan(&end)?, &end, &middle)?;
        let result = |(axis, &n): (usize, &usize)| match folded.contains(&axis) {
            true if axes.is_kept() => Some(1),
            true => None,
            false => Some(n),
        };
        reshape_to(&middle, &a.shape().iter().enumerate().filter_map(result).collect::<Shape>())
    }
}

/// The type that elements of type `dtype` are averaged in.
fn wide(dtype: Dtype) -> Dtype {
    match dtype.to_inexact() {
        Dtype::Float16 | Dtype::Bfloat16 => Dtype::Float32,
        wide => wide,
    }
}

/// How many elements are folded into one.
fn count(op: &str, a: &Array, axes: &Axes) -> Result<usize> {
    Ok(axes.resolve(op, a.ndim())?.iter().map(|&axis| a.shape()[axis]).product())
}
