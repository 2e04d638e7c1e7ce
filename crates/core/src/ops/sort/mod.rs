//! Sorting and searching. Sorts are stable, and NaN comes last.

pub mod conformance;
mod cpu;
mod different;
mod gpu;
mod keys;
mod radix;
#[cfg(test)]
mod tests;

pub use different::*;
pub(crate) use gpu::{padded, sort_entries};
pub use keys::{Keyed, Word};

use crate::ext::*;
use crate::ops::elementwise::astype;
use crate::ops::index::take_along_axis;
use crate::ops::view::{Rows, batch_to_front, flatten, narrow};

/// The declarations of the family.
pub static OPS: &[&OpDecl] =
    &[&argpartition::DECL, &argsort::DECL, &partition::DECL, &searchsorted::DECL, &sort::DECL, &topk::DECL, &unique::DECL];

op! {
    sort "(a: array, /, axis: axis = -1)" => |c| sort(c.array(0)?, c.axes(1)?);
    /// The elements in ascending order along an axis, or all of them for `..`; NaN last, complex numbers by real, then imaginary part.
    ///
    /// # Errors
    /// When the axis is out of range.
    pub fn sort(a: &Array, axis: impl Into<Axes>) -> Result<Array> {
        along("sort", a, &axis.into(), &SORT)
    }

    argsort "(a: array, /, axis: axis = -1)" => |c| argsort(c.array(0)?, c.axes(1)?);
    /// The indices, as `uint32`, that put the elements in ascending order along an axis, or all of them for `..`. Equal elements
    /// keep their order.
    ///
    /// # Errors
    /// When the axis is out of range.
    pub fn argsort(a: &Array, axis: impl Into<Axes>) -> Result<Array> {
        along("argsort", a, &axis.into(), &ARGSORT)
    }

    partition "(a: array, /, kth: int, axis: axis = -1)" => |c| partition(c.array(0)?, c.int(1)?, c.axes(2)?);
    /// The elements along an axis, or all of them for `..`, with the one that belongs at `kth` there, none greater before it and
    /// none less after it: sorted, in fact.
    ///
    /// # Errors
    /// When the axis or `kth` is out of range.
    pub fn partition(a: &Array, kth: i64, axis: impl Into<Axes>) -> Result<Array> {
        let axis = axis.into();
        check_kth("partition", a, kth, &axis)?;
        sort(a, axis)
    }

    argpartition "(a: array, /, kth: int, axis: axis = -1)" => |c| argpartition(c.array(0)?, c.int(1)?, c.axes(2)?);
    /// The indices, as `uint32`, that [`partition`] the elements along an axis, or all of them for `..`.
    ///
    /// # Errors
    /// When the axis or `kth` is out of range.
    pub fn argpartition(a: &Array, kth: i64, axis: impl Into<Axes>) -> Result<Array> {
        let axis = axis.into();
        check_kth("argpartition", a, kth, &axis)?;
        argsort(a, axis)
    }

    topk "(a: array, /, k: int, axis: axis = -1)" => |c| topk(c.array(0)?, c.int(1)?, c.axes(2)?);
    /// The `k` largest elements along an axis, or of all for `..`, in ascending order.
    ///
    /// # Errors
    /// When the axis is out of range, or `k` is negative or more than its length.
    pub fn topk(a: &Array, k: i64, axis: impl Into<Axes>) -> Result<Array> {
        let (a, axis) = line("topk", a, &axis.into())?;
        let n = a.shape()[axis];
        match usize::try_from(k) {
            Ok(k) if k <= n => narrow(&sort(&a, axis)?, axis, n - k, k),
            _ => Err(Error::value(format!("[topk] there are no {k} elements along axis {axis} of shape {}", show(a.shape())))),
        }
    }

    searchsorted "(sorted_sequence: array, values: array, /, side: str = 'left')"
        => |c| searchsorted(c.array(0)?, c.array(1)?, match c.str(2)? {
            "left" => Side::Left,
            "right" => Side::Right,
            other => return Err(Error::value(format!("[searchsorted] side must be 'left' or 'right', not '{other}'"))),
        });
    /// Where each of `values` belongs in a sorted vector, as `uint32`: the number of elements less than it; on
    /// the right `side`, of those not greater.
    ///
    /// # Errors
    /// When the sequence does not have one axis.
    pub fn searchsorted(sorted_sequence: &Array, values: &Array, side: Side) -> Result<Array> {
        if sorted_sequence.ndim() != 1 {
            let message = format!("[searchsorted] the sorted sequence must have one axis, not shape {}", show(sorted_sequence.shape()));
            return Err(Error::value(message));
        }
        let dtype = sorted_sequence.dtype().promote(values.dtype());
        Array::apply(Search { side }, &[astype(sorted_sequence, dtype)?, astype(values, dtype)?])
    }
}

/// Which of several possible places a value gets among equal ones.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Side {
    /// Before them.
    #[default]
    Left,
    /// After them.
    Right,
}

/// `a` and the axis meant; flattened when that is all of them.
fn line(op: &str, a: &Array, axis: &Axes) -> Result<(Array, usize)> {
    match axis.given() {
        None => Ok((flatten(a, 0, -1)?, 0)),
        Some([one]) => Ok((a.clone(), crate::ext::axis(op, *one, a.ndim())?)),
        Some(many) => Err(Error::value(format!("[{op}] sorts along one axis, or all, not {many:?}"))),
    }
}

/// `primitive`, which works on rows, along an axis.
fn along(op: &str, a: &Array, axis: &Axes, primitive: &'static dyn Primitive) -> Result<Array> {
    let (a, axis) = line(op, a, axis)?;
    if a.shape()[axis] > u32::MAX as usize {
        return Err(Error::value(format!(
            "[{op}] uint32 cannot hold the indices along axis {axis} of shape {}",
            show(a.shape())
        )));
    }
    let rows = Rows::new(&a, &[axis])?;
    rows.back(&Array::apply(Handle::Static(primitive), std::slice::from_ref(rows.array()))?)
}

fn check_kth(op: &str, a: &Array, kth: i64, axis: &Axes) -> Result<()> {
    let (a, axis) = line(op, a, axis)?;
    crate::ext::axis(op, kth, a.shape()[axis])
        .map(drop)
        .map_err(|_| Error::value(format!("[{op}] there is no element {kth} along axis {axis} of shape {}", show(a.shape()))))
}

static SORT: Sort = Sort { order: false };
static ARGSORT: Sort = Sort { order: true };

/// The sorted elements of each row, or their order.
struct Sort {
    order: bool,
}

impl Primitive for Sort {
    fn name(&self) -> &str {
        if self.order { "argsort" } else { "sort" }
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let dtype = if self.order { Dtype::Uint32 } else { inputs[0].dtype };
        Ok(smallvec![Spec { shape: inputs[0].shape.clone(), dtype }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        if self.order { cpu::argsort(call) } else { cpu::sort(call) }
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::sort(self.order, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        if self.order {
            return Ok(vec![None]);
        }
        // The order of an order is its inverse.
        let back = argsort(&argsort(&call.primals[0], -1)?, -1)?;
        Ok(vec![Some(take_along_axis(&call.cotangents[0], &back, Some(-1))?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        match &call.tangents[0] {
            Some(t) if !self.order => Ok(vec![Some(take_along_axis(t, &argsort(&call.primals[0], -1)?, Some(-1))?)]),
            _ => Ok(vec![None]),
        }
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        Ok(vec![(Array::apply(call.primitive.clone(), &[input])?, Some(0))])
    }
}

/// Where values belong in a vector, or the values of each batch in its own.
struct Search {
    side: Side,
}

impl Primitive for Search {
    fn name(&self) -> &str {
        "searchsorted"
    }
    fn attributes(&self) -> Attributes {
        vec![("side", if self.side == Side::Left { "left" } else { "right" }.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![Spec { shape: inputs[1].shape.clone(), dtype: Dtype::Uint32 }])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        cpu::search(self.side == Side::Right, call)
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::search(self.side == Side::Right, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None; call.wanted.len()])
    }
    fn jvp(&self, _: &Jvp) -> Result<Vec<Option<Array>>> {
        Ok(vec![None])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let values = batch_to_front(&call.inputs[1], call.axes[1], call.size)?;
        // A vector serves all values; sequences of a batch have theirs, and the batch axes of both agree.
        let shared = call.axes[0].is_none() && call.inputs[0].ndim() == 1;
        let sequence = if shared { call.inputs[0].clone() } else { batch_to_front(&call.inputs[0], call.axes[0], call.size)? };
        Ok(vec![(Array::apply(call.primitive.clone(), &[sequence, values])?, Some(0))])
    }
}
