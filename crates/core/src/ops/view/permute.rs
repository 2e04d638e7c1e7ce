//! The axes of an array in another order.

use super::{batch_to_front, linear};
use crate::ext::*;

op! {
    transpose | "permute_dims" "(a: array, /, axes: axes = None)" => |c| transpose(c.array(0)?, c.axes(1)?);
    /// `a` with its axes in the given order; reversed for `..`. Nothing is copied.
    ///
    /// # Errors
    /// When `axes` is not a permutation of the axes of `a`.
    pub fn transpose(a: &Array, axes: impl Into<Axes>) -> Result<Array> {
        let axes = axes.into();
        let perm: SmallVec<[usize; 4]> = match axes.given() {
            None => (0..a.ndim()).rev().collect(),
            Some(given) => {
                if given.len() != a.ndim() {
                    let message = format!("[transpose] axes {given:?} do not name every axis of shape {} once", show(a.shape()));
                    return Err(Error::value(message));
                }
                crate::ext::axes("transpose", given, a.ndim())?;
                given.iter().map(|&g| axis("transpose", g, a.ndim())).collect::<Result<_>>()?
            }
        };
        permute(a, perm)
    }

    swapaxes "(a: array, /, axis1: int, axis2: int)" => |c| swapaxes(c.array(0)?, c.int(1)?, c.int(2)?);
    /// `a` with two axes exchanged.
    ///
    /// # Errors
    /// When an axis is out of range.
    pub fn swapaxes(a: &Array, axis1: i64, axis2: i64) -> Result<Array> {
        let (one, other) = (axis("swapaxes", axis1, a.ndim())?, axis("swapaxes", axis2, a.ndim())?);
        let mut perm: SmallVec<[usize; 4]> = (0..a.ndim()).collect();
        perm.swap(one, other);
        permute(a, perm)
    }

    moveaxis "(a: array, /, source: int, destination: int)" => |c| moveaxis(c.array(0)?, c.int(1)?, c.int(2)?);
    /// `a` with axis `source` moved to position `destination`, the others in their order.
    ///
    /// # Errors
    /// When an axis is out of range.
    pub fn moveaxis(a: &Array, source: i64, destination: i64) -> Result<Array> {
        let (from, to) = (axis("moveaxis", source, a.ndim())?, axis("moveaxis", destination, a.ndim())?);
        let mut perm: SmallVec<[usize; 4]> = (0..a.ndim()).filter(|&i| i != from).collect();
        perm.insert(to, from);
        permute(a, perm)
    }

    matrix_transpose "(a: array, /)" => |c| matrix_transpose(c.array(0)?);
    /// `a` with its last two axes exchanged.
    ///
    /// # Errors
    /// When `a` has fewer than two axes.
    pub fn matrix_transpose(a: &Array) -> Result<Array> {
        if a.ndim() < 2 {
            let message = format!("[matrix_transpose] an array of shape {} has fewer than two axes", show(a.shape()));
            return Err(Error::value(message));
        }
        swapaxes(a, -1, -2)
    }
}

/// `a` with its axes in the order `perm`, which must be a permutation of them.
pub fn permute(a: &Array, perm: SmallVec<[usize; 4]>) -> Result<Array> {
    if perm.is_sorted() {
        return Ok(a.clone());
    }
    Array::apply(Transpose { perm }, std::slice::from_ref(a))
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
        let mut inverse: SmallVec<[usize; 4]> = smallvec![0; self.perm.len()];
        self.perm.iter().enumerate().for_each(|(i, &p)| inverse[p] = i);
        Ok(vec![Some(permute(&call.cotangents[0], inverse)?)])
    }
    fn jvp(&self, call: &Jvp) -> Result<Vec<Option<Array>>> {
        linear(call)
    }
    fn vmap(&self, call: &Vmap) -> Result<Batched> {
        let input = batch_to_front(&call.inputs[0], call.axes[0], call.size)?;
        let perm = std::iter::once(0).chain(self.perm.iter().map(|&p| p + 1)).collect();
        Ok(vec![(permute(&input, perm)?, Some(0))])
    }
}
