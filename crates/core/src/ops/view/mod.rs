//! Views: the same elements looked at differently. They are metadata where the layout allows it and copies where not.

use crate::ext::*;

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[&broadcast_to::DECL, &transpose::DECL];

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
        Array::apply(Broadcast { shape: Shape::from_slice(shape) }, std::slice::from_ref(a))
    }

    transpose "(a: array, /, axes: axes = None)" => |c| transpose(c.array(0)?, c.axes(1)?);
    /// `a` with its axes in the given order; reversed for `..`.
    ///
    /// # Errors
    /// When `axes` is not a permutation of the axes of `a`.
    pub fn transpose(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        let axes = axes.into();
        let perm: SmallVec<[usize; 4]> = match axes.given() {
            None => (0..a.ndim()).rev().collect(),
            Some(given) => {
                let sorted = crate::ext::axes("transpose", given, a.ndim())?;
                if sorted.len() != a.ndim() {
                    let message = format!("[transpose] axes {given:?} do not name every axis of shape {}", show(a.shape()));
                    return Err(Error::value(message));
                }
                given.iter().map(|&g| axis("transpose", g, a.ndim())).collect::<Result<_>>()?
            }
        };
        Array::apply(Transpose { perm }, std::slice::from_ref(a))
    }
}

/// `a` with axis `from` moved to `to`.
pub fn moveaxis(a: &Array, from: i64, to: i64) -> Result<Array> {
    let (from, to) = (axis("moveaxis", from, a.ndim())?, axis("moveaxis", to, a.ndim())?);
    if from == to {
        return Ok(a.clone());
    }
    let mut perm: Vec<i64> = (0..a.ndim() as i64).filter(|&i| i != from as i64).collect();
    perm.insert(to, from as i64);
    transpose(a, perm)
}

/// `a` with its batch axis first; an array without one is shown `size` times.
pub fn batch_to_front(a: &Array, axis: Option<usize>, size: usize) -> Result<Array> {
    match axis {
        Some(axis) => moveaxis(a, axis as i64, 0),
        None => {
            let mut shape = Shape::from_slice(&[size]);
            shape.extend_from_slice(a.shape());
            broadcast_to(a, &shape)
        }
    }
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
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
}

struct Transpose {
    perm: SmallVec<[usize; 4]>,
}

impl Primitive for Transpose {
    fn name(&self) -> &str {
        "transpose"
    }
    fn attributes(&self) -> Attributes {
        vec![("axes", self.perm[..].into())]
    }
    fn infer(&self, inputs: &[Spec]) -> Result<Specs> {
        let shape = self.perm.iter().map(|&p| inputs[0].shape[p]).collect();
        Ok(smallvec![Spec { shape, dtype: inputs[0].dtype }])
    }
    fn view(&self, input: &Layout) -> Option<Layout> {
        Some(input.permute(&self.perm))
    }
    fn vjp(&self, call: &Vjp) -> Result<Vec<Option<Array>>> {
        let mut inverse = vec![0i64; self.perm.len()];
        self.perm.iter().enumerate().for_each(|(i, &p)| inverse[p] = i as i64);
        Ok(vec![Some(transpose(&call.cotangents[0], inverse)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let perm: Vec<i64> = std::iter::once(0).chain(self.perm.iter().map(|&p| p as i64 + 1)).collect();
        Ok(vec![(transpose(&input, perm)?, Some(0))])
    }
}

/// The jvp rule of an operation that is linear in its one input: itself.
pub fn linear(call: &Jvp) -> Result<Vec<Option<Array>>> {
    match &call.tangents[0] {
        None => Ok(vec![None; call.outputs.len()]),
        Some(t) => Ok(Array::from_primitive(call.primitive.clone(), std::slice::from_ref(t))?.into_iter().map(Some).collect()),
    }
}
