//! The primitive: one instance of the operation, and its rules.

use crate::{kernel, kernel_gpu};
use millpond::ext::*;
use millpond::ops::elementwise::multiply;
use millpond::ops::view::batch_to_front;

/// `alpha · x + beta · y` of two arrays of one shape and dtype.
pub struct Axpby {
    /// The factor of `x`.
    pub alpha: f64,
    /// The factor of `y`.
    pub beta: f64,
}

impl Primitive for Axpby {
    fn name(&self) -> &str {
        "axpby"
    }

    // What makes two of them the same.
    fn attributes(&self) -> Attributes {
        vec![("alpha", self.alpha.into()), ("beta", self.beta.into())]
    }

    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        match inputs {
            [x, y] if x == y => Ok(smallvec![x.clone()]),
            _ => Err(Error::value(format!("[axpby] takes two arrays of one shape and dtype, got {inputs:?}"))),
        }
    }

    fn eval_cpu(&self, call: &mut CpuCall) -> Result<()> {
        kernel::run(call, self.alpha, self.beta)
    }

    fn eval_gpu(&self, call: &mut GpuCall) -> Result<()> {
        kernel_gpu::run(call, self.alpha, self.beta)
    }

    // z̄ reaches x through the factor alpha and y through beta.
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let factor = |&i: &usize| if i == 0 { self.alpha } else { self.beta };
        call.wanted.iter().map(|i| multiply(factor(i), &call.cotangents[0]).map(Some)).collect()
    }

    // The operation is linear: tangents go through it as values do.
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        let tangent = match (&call.tangents[0], &call.tangents[1]) {
            (Some(x), Some(y)) => Array::apply(call.primitive.clone(), &[x.clone(), y.clone()])?,
            (Some(x), None) => multiply(self.alpha, x)?,
            (None, Some(y)) => multiply(self.beta, y)?,
            (None, None) => return Ok(vec![None]),
        };
        Ok(vec![Some(tangent)])
    }

    // A batch of pairs is a pair of batches, once both have the batch axis at the same place.
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let front = |i: usize| batch_to_front(&call.inputs[i], call.axes[i], call.size);
        Ok(vec![(Array::apply(call.primitive.clone(), &[front(0)?, front(1)?])?, Some(0))])
    }
}
