//! Reductions: sums, products, extremes, means and truth over any axes. One engine folds them all, and takes its input from a
//! fused program where one makes it.

pub mod conformance;
mod engine;
mod folds;
mod primitive;
mod statistics;
#[cfg(test)]
mod tests;

pub use statistics::*;

use crate::ext::*;
use crate::ops::elementwise::astype;
use crate::ops::view::reshape_to;
use folds::Kind;
pub use folds::Ordered;
use primitive::Reduce;

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[
    &all::DECL,
    &any::DECL,
    &argmax::DECL,
    &argmin::DECL,
    &count_nonzero::DECL,
    &logsumexp::DECL,
    &max::DECL,
    &mean::DECL,
    &median::DECL,
    &min::DECL,
    &minmax::DECL,
    &prod::DECL,
    &std::DECL,
    &sum::DECL,
    &var::DECL,
];

op! {
    sum "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| sum(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The sum over `axes`. Small integers and `bool` are summed in 32 bits; integers wrap. `float16` and `bfloat16` are summed in
    /// `float32` and rounded once. The sum of nothing is 0.
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn sum(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        reduce(Kind::Sum, a, &axes.into())
    }

    prod "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| prod(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The product over `axes`. Small integers and `bool` are multiplied in 32 bits; integers wrap. `float16` and `bfloat16` are
    /// multiplied in `float32` and rounded once. The product of nothing is 1.
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn prod(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        reduce(Kind::Prod, a, &axes.into())
    }

    min "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| min(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The smallest element over `axes`; NaN where there is one. Complex numbers compare by real, then imaginary part. Equal
    /// smallest elements share the gradient.
    ///
    /// # Errors
    /// When an axis is out of range, named twice, or of length 0 for a result that is not empty.
    pub fn min(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        extreme(Kind::Min, a, &axes.into())
    }

    max "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| max(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The largest element over `axes`; NaN where there is one. Complex numbers compare by real, then imaginary part. Equal
    /// largest elements share the gradient.
    ///
    /// # Errors
    /// When an axis is out of range, named twice, or of length 0 for a result that is not empty.
    pub fn max(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        extreme(Kind::Max, a, &axes.into())
    }

    minmax "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| minmax(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The smallest and the largest element over `axes`: [`min`] and [`max`].
    ///
    /// # Errors
    /// As for [`min`].
    pub fn minmax(a: &Array, axes: impl Into<Axes>) -> Result<(Array, Array)> {
        let axes = axes.into();
        Ok((min(a, axes.clone())?, max(a, axes)?))
    }

    all "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| all(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// Whether all elements over `axes` are true, that is, not zero. All of nothing are.
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn all(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        reduce(Kind::All, a, &axes.into())
    }

    any "(a: array, /, axis: axes = None, keepdims: bool = False)" => |c| any(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// Whether any element over `axes` is true, that is, not zero. None of nothing is.
    ///
    /// # Errors
    /// When an axis is out of range or named twice.
    pub fn any(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        reduce(Kind::Any, a, &axes.into())
    }

    argmin "(a: array, /, axis: axis = None, keepdims: bool = False)"
        => |c| argmin(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The position of the smallest element along one axis, or among all elements in row-major order for `..`, as `uint32`: the
    /// first of equal ones, the first NaN where there is one.
    ///
    /// # Errors
    /// When the axis is out of range or holds nothing.
    pub fn argmin(a: &Array, axis: impl Into<Axes>) -> Result<Array> {
        place(Kind::ArgMin, a, axis.into())
    }

    argmax "(a: array, /, axis: axis = None, keepdims: bool = False)"
        => |c| argmax(c.array(0)?, c.axes(1)?.keeping(c.bool(2)?));
    /// The position of the largest element along one axis, or among all elements in row-major order for `..`, as `uint32`: the
    /// first of equal ones, the first NaN where there is one.
    ///
    /// # Errors
    /// When the axis is out of range or holds nothing.
    pub fn argmax(a: &Array, axis: impl Into<Axes>) -> Result<Array> {
        place(Kind::ArgMax, a, axis.into())
    }
}

/// A reduction that has no value for nothing.
fn extreme(kind: Kind, a: &Array, axes: &Axes) -> Result<Array> {
    let folded = axes.resolve(kind.name(), a.ndim())?;
    let results = a.shape().iter().enumerate().filter(|(axis, _)| !folded.contains(axis)).all(|(_, &n)| n > 0);
    if let Some(&axis) = folded.iter().find(|&&axis| results && a.shape()[axis] == 0) {
        let (name, shape) = (kind.name(), show(a.shape()));
        return Err(Error::value(format!("[{name}] there is no {name} over axis {axis} of shape {shape}, which has length 0")));
    }
    reduce(kind, a, axes)
}

fn place(kind: Kind, a: &Array, axis: Axes) -> Result<Array> {
    let name = kind.name();
    let refuse = |why: &str| Err(Error::value(format!("[{name}] {why} in an array of shape {}", show(a.shape()))));
    if a.size() == 0 {
        return refuse("there is no such element");
    }
    let folded = axis.resolve(name, a.ndim())?;
    if !axis.is_all() && folded.len() != 1 {
        return refuse("one axis, or all, can be searched");
    }
    if folded.iter().map(|&axis| a.shape()[axis]).product::<usize>() > u32::MAX as usize {
        return refuse("uint32 cannot hold the positions");
    }
    if !axis.is_all() {
        return reduce(kind, a, &axis);
    }
    let position = reduce(kind, &reshape_to(a, &[a.size()])?, &0.into())?;
    if axis.is_kept() { reshape_to(&position, &Shape::from_elem(1, a.ndim())) } else { Ok(position) }
}

fn reduce(kind: Kind, a: &Array, axes: &Axes) -> Result<Array> {
    let folded = axes.resolve(kind.name(), a.ndim())?;
    let result = Reduce { kind, axes: folded, keep: axes.is_kept(), dtype: kind.result(a.dtype()) };
    let input = astype(a, kind.computes_in(a.dtype()))?;
    if result.axes.iter().all(|&axis| a.shape()[axis] == 1) {
        // Nothing to fold: only the shape and the dtype change.
        let shape = result.infer(&[input.spec()])?.swap_remove(0).shape;
        let input = if kind.is_place() { Array::splat(0, a.shape(), Dtype::Uint32) } else { input };
        return astype(&reshape_to(&input, &shape)?, result.dtype);
    }
    Array::apply(result, &[input])
}
