//! The primitive behind every reduction, and its rules.

use super::folds::Kind;
use super::sum;
use crate::ext::*;
use crate::ops::elementwise::{astype, conjugate, divide, equal, multiply};
use crate::ops::scan::{Scan, cumprod};
use crate::ops::view::{Rows, batch_to_front, broadcast_to, reshape_to};

/// `kind` over `axes` (sorted) of elements that are already of the type it computes in.
pub(super) struct Reduce {
    pub(super) kind: Kind,
    pub(super) axes: SmallVec<[usize; 4]>,
    pub(super) keep: bool,
    /// The type of the result.
    pub(super) dtype: Dtype,
}

impl Reduce {
    /// The shape of the result with folded axes kept at length 1.
    fn kept(&self, shape: &[usize]) -> Shape {
        shape.iter().enumerate().map(|(axis, &n)| if self.axes.contains(&axis) { 1 } else { n }).collect()
    }

    /// A result shown at every element it was folded from.
    fn spread(&self, y: &Array, x: &Array) -> Result<Array> {
        broadcast_to(&reshape_to(&astype(y, x.dtype())?, &self.kept(x.shape()))?, x.shape())
    }

    /// The derivative of the result by each element; `None` where all are 1.
    fn weights(&self, x: &Array, y: &Array) -> Result<Option<Array>> {
        let axes: Vec<i64> = self.axes.iter().map(|&axis| axis as i64).collect();
        match self.kind {
            // Equal extremes share.
            Kind::Min | Kind::Max => {
                let here = astype(&equal(x, &self.spread(y, x)?)?, x.dtype())?;
                Ok(Some(divide(&here, &sum(&here, keep(axes))?)?))
            }
            // The product of all others, without dividing by a zero.
            Kind::Prod => {
                let rows = Rows::new(x, &self.axes)?;
                let line = rows.array();
                let last = line.ndim() as i64 - 1;
                let others = |reverse| cumprod(line, last, Scan { reverse, inclusive: false, ..Scan::default() });
                Ok(Some(rows.back(&multiply(&others(false)?, &others(true)?)?)?))
            }
            _ => Ok(None),
        }
    }
}

impl Primitive for Reduce {
    fn name(&self) -> &str {
        self.kind.name()
    }
    fn attributes(&self) -> Attributes {
        vec![("axes", self.axes[..].into()), ("keepdims", self.keep.into()), ("dtype", self.dtype.into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let shape = &inputs[0].shape;
        let stays = |(axis, &n): (usize, &usize)| (!self.axes.contains(&axis)).then_some(n);
        let shape = if self.keep { self.kept(shape) } else { shape.iter().enumerate().filter_map(stays).collect() };
        Ok(smallvec![Spec { shape, dtype: self.dtype }])
    }
    fn reduction(&self) -> Option<&dyn Reduction> {
        Some(self)
    }

    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        if !self.kind.is_smooth() {
            return Ok(vec![None]);
        }
        let x = &call.primals[0];
        let cotangent = self.spread(&call.cotangents[0], x)?;
        Ok(vec![Some(match self.weights(x, &call.outputs[0])? {
            Some(weights) => multiply(&cotangent, &conjugate(&weights)?)?,
            None => cotangent,
        })])
    }

    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let Some(t) = call.tangents[0].as_ref().filter(|_| self.kind.is_smooth()) else { return Ok(vec![None]) };
        let t = match self.weights(&call.primals[0], &call.outputs[0])? {
            Some(weights) => multiply(t, &weights)?,
            None => t.clone(),
        };
        let all = Reduce { kind: Kind::Sum, axes: self.axes.clone(), ..*self };
        Ok(vec![Some(Array::apply(all, &[t])?)])
    }

    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let axes = self.axes.iter().map(|axis| axis + 1).collect();
        Ok(vec![(Array::apply(Reduce { axes, ..*self }, &[input])?, Some(0))])
    }
}

impl Reduction for Reduce {
    fn reduce_cpu(&self, loader: &Loader, call: &mut CpuCall) -> Result<()> {
        self.kind.reduce(loader, &self.axes, call)
    }

    fn leading_axes(&self) -> usize {
        self.axes.first().copied().unwrap_or(0)
    }

    fn fold_gpu(&self, dtype: Dtype) -> Option<gpu::Fold> {
        let (combine, identity) = self.kind.fold_gpu(dtype)?;
        let place = self.kind.is_place().then_some(self.kind == Kind::ArgMax);
        Some(gpu::Fold { axes: self.axes.clone(), combine, identity, place })
    }
}
