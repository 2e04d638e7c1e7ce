//! Axes repeated without copying.

use super::{batch_to_front, batched, linear, reshape_to};
use crate::ext::*;
use crate::ops::reduce::sum;

op! {
    broadcast_to "(a: array, /, shape: shape)" => |c| broadcast_to(c.array(0)?, &c.shape(1)?);
    /// `a` repeated along new axes in front and along axes of length 1, to `shape`. Nothing is copied.
    ///
    /// # Errors
    /// When `a` does not broadcast to `shape`.
    pub fn broadcast_to(a: &Array, shape: &[usize]) -> Result<Array> {
        if a.shape() == shape {
            return Ok(a.clone());
        }
        if broadcast(a.shape(), shape).as_deref() != Some(shape) {
            return Err(Error::value(format!("[broadcast_to] shape {} cannot be broadcast to {}", show(a.shape()), show(shape))));
        }
        checked_size("broadcast_to", shape)?;
        Array::apply(Broadcast { shape: Shape::from_slice(shape) }, std::slice::from_ref(a))
    }
}

/// The transpose of [`broadcast_to`]: `a` summed over what `shape` was repeated along.
fn unbroadcast(a: &Array, shape: &[usize]) -> Result<Array> {
    let lead = a.ndim() - shape.len();
    let repeated = (0..a.ndim()).filter(|&axis| axis < lead || shape[axis - lead] != a.shape()[axis]);
    reshape_to(&sum(a, repeated.map(|axis| axis as i64).collect::<Vec<_>>())?, shape)
}

struct Broadcast {
    shape: Shape,
}

impl Primitive for Broadcast {
    fn name(&self) -> &str {
        "broadcast_to"
    }
    fn attributes(&self) -> Attributes {
        vec![("shape", self.shape[..].into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        Ok(smallvec![Spec { shape: self.shape.clone(), dtype: inputs[0].dtype }])
    }
    fn view(&self, input: &Layout) -> Option<Layout> {
        Some(input.broadcast_to(&self.shape))
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        Ok(vec![Some(unbroadcast(&call.cotangents[0], call.primals[0].shape())?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        // The batch axis stays in front: axes that the example lacks go behind it.
        let lacking = self.shape.len() + 1 - input.ndim();
        let mut shape = Shape::from_slice(input.shape());
        shape.insert_many(1, std::iter::repeat_n(1, lacking));
        let input = reshape_to(&input, &shape)?;
        Ok(vec![(broadcast_to(&input, &batched(call.size, &self.shape))?, Some(0))])
    }
}
