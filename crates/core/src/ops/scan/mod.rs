//! Scans: running sums, products, extremes and logarithms of sums along an axis, and differences, which undo running sums.
//!
//! The derivative of every scan `y` of `x` has the form `y'ᵢ = kᵢ y'ᵢ₋₁ + wᵢ x'ᵢ`: a linear recurrence, which is a scan itself.

pub mod conformance;
mod cpu;
mod gpu;
mod recurrence;
#[cfg(test)]
mod tests;

use crate::ext::*;
use crate::ops::elementwise::{add, astype, conjugate, equal, exp, multiply, subtract, where_};
use crate::ops::view::{batch_to_front, flatten, linear, narrow, put_window};
use cpu::Running;
use recurrence::{Along, recur};

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[&cummax::DECL, &cummin::DECL, &cumprod::DECL, &cumsum::DECL, &diff::DECL, &logcumsumexp::DECL];

/// How a scan runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Scan {
    /// From the end to the beginning.
    pub reverse: bool,
    /// Whether an element counts in its own result.
    pub inclusive: bool,
    /// The dtype that elements are converted to first.
    pub dtype: Option<Dtype>,
}

impl Default for Scan {
    fn default() -> Scan {
        Scan { reverse: false, inclusive: true, dtype: None }
    }
}

impl Scan {
    fn of(c: &Args, dtype: Option<usize>) -> Result<Scan> {
        Ok(Scan { reverse: c.bool(2)?, inclusive: c.bool(3)?, dtype: dtype.map_or(Ok(None), |i| c.opt_dtype(i))? })
    }
}

op! {
    cumsum | "cumulative_sum"
        "(a: array, /, axis: axis = None, *, reverse: bool = False, inclusive: bool = True, dtype: dtype? = None)"
        => |c| cumsum(c.array(0)?, c.axes(1)?, Scan::of(c, Some(4))?);
    /// The running sum along an axis, or over all elements in row-major order for `..`. `bool` is summed in `int32`; integers wrap.
    ///
    /// # Errors
    /// When the axis is out of range.
    pub fn cumsum(a: &Array, axis: impl Into<Axes>, scan: Scan) -> Result<Array> {
        let dtype = if a.dtype() == Dtype::Bool { Dtype::Int32 } else { a.dtype() };
        running(Running::Sum, a, axis.into(), Scan { dtype: scan.dtype.or(Some(dtype)), ..scan })
    }

    cumprod | "cumulative_prod"
        "(a: array, /, axis: axis = None, *, reverse: bool = False, inclusive: bool = True, dtype: dtype? = None)"
        => |c| cumprod(c.array(0)?, c.axes(1)?, Scan::of(c, Some(4))?);
    /// The running product along an axis, or over all elements in row-major order for `..`; integers wrap.
    ///
    /// # Errors
    /// When the axis is out of range.
    pub fn cumprod(a: &Array, axis: impl Into<Axes>, scan: Scan) -> Result<Array> {
        running(Running::Product, a, axis.into(), scan)
    }

    cummax "(a: array, /, axis: axis = None, *, reverse: bool = False, inclusive: bool = True)"
        => |c| cummax(c.array(0)?, c.axes(1)?, Scan::of(c, None)?);
    /// The largest element so far along an axis, or over all elements in row-major order for `..`; NaN from the first NaN on.
    ///
    /// # Errors
    /// When the axis is out of range.
    pub fn cummax(a: &Array, axis: impl Into<Axes>, scan: Scan) -> Result<Array> {
        running(Running::Max, a, axis.into(), scan)
    }

    cummin "(a: array, /, axis: axis = None, *, reverse: bool = False, inclusive: bool = True)"
        => |c| cummin(c.array(0)?, c.axes(1)?, Scan::of(c, None)?);
    /// The smallest element so far along an axis, or over all elements in row-major order for `..`; NaN from the first NaN on.
    ///
    /// # Errors
    /// When the axis is out of range.
    pub fn cummin(a: &Array, axis: impl Into<Axes>, scan: Scan) -> Result<Array> {
        running(Running::Min, a, axis.into(), scan)
    }

    logcumsumexp "(a: array, /, axis: axis = None, *, reverse: bool = False, inclusive: bool = True)"
        => |c| logcumsumexp(c.array(0)?, c.axes(1)?, Scan::of(c, None)?);
    /// The logarithm of the running sum of exponentials along an axis, or over all elements in row-major order for `..`, without
    /// overflow. Integers become `float32`.
    ///
    /// # Errors
    /// When the axis is out of range.
    pub fn logcumsumexp(a: &Array, axis: impl Into<Axes>, scan: Scan) -> Result<Array> {
        running(Running::LogSumExp, a, axis.into(), Scan { dtype: Some(a.dtype().to_inexact()), ..scan })
    }

    diff "(a: array, /, n: int = 1, axis: int = -1)" => |c| diff(c.array(0)?, c.int(1)?, c.int(2)?);
    /// The differences of neighbours along `axis`, taken `n` times; of `bool`, whether they differ.
    ///
    /// # Errors
    /// When `n` is negative or the axis is out of range.
    pub fn diff(a: &Array, n: i64, axis: i64) -> Result<Array> {
        let axis = crate::ext::axis("diff", axis, a.ndim())?;
        if n < 0 {
            return Err(Error::value(format!("[diff] n is {n}, but differences cannot be taken a negative number of times")));
        }
        let mut a = a.clone();
        for _ in 0..n {
            let rest = a.shape()[axis].saturating_sub(1);
            let start = a.shape()[axis].min(1);
            a = subtract(&narrow(&a, axis, start, rest)?, &narrow(&a, axis, 0, rest)?)?;
            if rest == 0 {
                break;
            }
        }
        Ok(a)
    }
}

fn running(kind: Running, a: &Array, axis: Axes, scan: Scan) -> Result<Array> {
    let a = if axis.is_all() { flatten(a, 0, -1)? } else { a.clone() };
    let along = match axis.given() {
        None => 0,
        Some([one]) => crate::ext::axis(kind.name(), *one, a.ndim())?,
        Some(many) => return Err(Error::value(format!("[{}] scans one axis, or all, not {many:?}", kind.name()))),
    };
    let along = Along { axis: along, reverse: scan.reverse };
    let a = astype(&a, scan.dtype.unwrap_or(a.dtype()))?;
    let wide = match a.dtype() {
        Dtype::Float16 | Dtype::Bfloat16 => Dtype::Float32,
        dtype => dtype,
    };
    let y = Array::apply(Run { kind, along }, &[astype(&a, wide)?])?;
    let y = if scan.inclusive { y } else { along.shift(&y, kind.start(wide))? };
    astype(&y, a.dtype())
}

/// A scan of elements that are computed in their own type.
struct Run {
    kind: Running,
    along: Along,
}

impl Run {
    /// The coefficients `k` and `w` of the derivative.
    fn coefficients(&self, x: &Array, y: &Array) -> Result<(Array, Array)> {
        let before = || self.along.shift(y, self.kind.start(y.dtype()));
        match self.kind {
            Running::Sum => Ok((Array::splat(1, x.shape(), x.dtype()), Array::splat(1, x.shape(), x.dtype()))),
            Running::Product => Ok((x.clone(), before()?)),
            // The latest of equal extremes.
            Running::Max | Running::Min => {
                let here = astype(&equal(x, y)?, x.dtype())?;
                Ok((subtract(1, &here)?, here))
            }
            Running::LogSumExp => {
                let nothing = equal(y, Scalar::Float(f64::NEG_INFINITY))?;
                let share = |of: &Array| where_(&nothing, 0, exp(&subtract(of, y)?)?);
                Ok((share(&before()?)?, share(x)?))
            }
        }
    }
}

impl Primitive for Run {
    fn name(&self) -> &str {
        self.kind.name()
    }
    fn attributes(&self) -> Attributes {
        self.along.attributes()
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        self.kind.run(self.along, call)
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::scan(gpu::Join::Op(self.kind.scalar_op()), self.along, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        if self.kind == Running::Sum {
            let back = Run { kind: self.kind, along: self.along.back() };
            return Ok(vec![Some(Array::apply(back, &call.cotangents[..1])?)]);
        }
        let (k, w) = self.coefficients(&call.primals[0], &call.outputs[0])?;
        let carried = self.along.transposed(&k, &call.cotangents[0])?;
        Ok(vec![Some(multiply(&carried, &conjugate(&w)?)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let Some(t) = &call.tangents[0] else { return Ok(vec![None]) };
        if self.kind == Running::Sum {
            return linear(call);
        }
        let (k, w) = self.coefficients(&call.primals[0], &call.outputs[0])?;
        Ok(vec![Some(recur(self.along, &k, &multiply(t, &w)?)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        Ok(vec![(Array::apply(Run { kind: self.kind, along: self.along.batched() }, &[input])?, Some(0))])
    }
}

impl Along {
    /// `a` moved one place in the direction of the scan, with `start` where nothing came from.
    fn shift(self, a: &Array, start: Scalar) -> Result<Array> {
        let n = a.shape()[self.axis];
        if n == 0 {
            return Ok(a.clone());
        }
        let steps = Strides::from_elem(1, a.ndim());
        let at = |first: usize| {
            let mut starts = Shape::from_elem(0, a.ndim());
            starts[self.axis] = first;
            starts
        };
        let (from, to, edge) = if self.reverse { (1, 0, n - 1) } else { (0, 1, 0) };
        let moved = put_window(&narrow(a, self.axis, from, n - 1)?, a.shape(), &at(if n > 1 { to } else { 0 }), &steps)?;
        if !start.to_bool() {
            return Ok(moved);
        }
        let mut one = Shape::from_slice(a.shape());
        one[self.axis] = 1;
        add(&moved, &put_window(&Array::splat(start, &one, a.dtype()), a.shape(), &at(edge), &steps)?)
    }
}
