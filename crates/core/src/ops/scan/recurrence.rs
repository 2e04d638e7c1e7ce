//! The linear recurrence `yᵢ = kᵢ yᵢ₋₁ + bᵢ`, which the derivatives of all scans are made of; its own are such recurrences too.

use super::cpu::recurrence;
use super::gpu;
use crate::ext::*;
use crate::ops::elementwise::{add, conjugate, multiply};
use crate::ops::view::batch_to_front;

/// An axis and a direction along it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Along {
    pub(super) axis: usize,
    pub(super) reverse: bool,
}

impl Along {
    /// The other direction.
    pub(super) fn back(self) -> Along {
        Along { reverse: !self.reverse, ..self }
    }

    /// The same axis behind a batch axis.
    pub(super) fn batched(self) -> Along {
        Along { axis: self.axis + 1, ..self }
    }

    pub(super) fn attributes(self) -> Attributes {
        vec![("axis", self.axis.into()), ("reverse", self.reverse.into())]
    }

    /// The transpose of `b ↦ recur(k, b)` applied to a cotangent: what arrives at `i` is what the results from `i` on send back.
    pub(super) fn transposed(self, k: &Array, cotangent: &Array) -> Result<Array> {
        recur(self.back(), &self.back().shift(&conjugate(k)?, Scalar::Int(0))?, cotangent)
    }
}

/// `yᵢ = kᵢ yᵢ₋₁ + bᵢ`, with nothing before the first. Both arrays are of one shape and inexact dtype, not a half.
pub(super) fn recur(along: Along, k: &Array, b: &Array) -> Result<Array> {
    Array::apply(Recurrence { along }, &[k.clone(), b.clone()])
}

struct Recurrence {
    along: Along,
}

impl Primitive for Recurrence {
    fn name(&self) -> &str {
        "linear_recurrence"
    }
    fn attributes(&self) -> Attributes {
        self.along.attributes()
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        debug_assert!(inputs[0] == inputs[1], "{:?} {:?}", inputs[0], inputs[1]);
        Ok(smallvec![inputs[0].clone()])
    }
    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        recurrence(self.along, call)
    }
    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        gpu::scan(gpu::Join::Linear, self.along, call)
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let carried = self.along.transposed(&call.primals[0], &call.cotangents[0])?;
        let gradient = |&i: &usize| match i {
            0 => {
                let before = self.along.shift(&call.outputs[0], Scalar::Int(0))?;
                Ok(Some(multiply(&carried, &conjugate(&before)?)?))
            }
            _ => Ok(Some(carried.clone())),
        };
        call.wanted.iter().map(gradient).collect()
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let by_k = match &call.tangents[0] {
            Some(t) => Some(multiply(t, &self.along.shift(&call.outputs[0], Scalar::Int(0))?)?),
            None => None,
        };
        let change = match (by_k, call.tangents[1].clone()) {
            (Some(a), Some(b)) => add(&a, &b)?,
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => return Ok(vec![None]),
        };
        Ok(vec![Some(recur(self.along, &call.primals[0], &change)?)])
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let k = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let b = batch_to_front(&call.inputs[1], call.axes[1], call.size)?;
        Ok(vec![(recur(self.along.batched(), &k, &b)?, Some(0))])
    }
}
