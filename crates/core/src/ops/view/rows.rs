//! Several axes as one, at the end: for operations that work on rows.

use super::{permute, reshape_to};
use crate::ext::*;

/// An array with some axes moved to the end and merged into one, and the way back.
pub struct Rows {
    array: Array,
    /// The order of the axes before merging.
    order: SmallVec<[usize; 4]>,
    /// The shape before merging.
    moved: Shape,
}

impl Rows {
    /// `a` with the (sorted) `axes` last and merged, in their order.
    pub fn new(a: &Array, axes: &[usize]) -> Result<Rows> {
        let order: SmallVec<[usize; 4]> = (0..a.ndim()).filter(|axis| !axes.contains(axis)).chain(axes.iter().copied()).collect();
        let moved = permute(a, order.clone())?;
        let (outer, inner) = moved.shape().split_at(a.ndim() - axes.len());
        let merged: Shape = outer.iter().copied().chain([size(inner)]).collect();
        Ok(Rows { array: reshape_to(&moved, &merged)?, order, moved: moved.shape().into() })
    }

    /// The array with the merged axis last.
    pub fn array(&self) -> &Array {
        &self.array
    }

    /// An array of the shape of [`Rows::array`] with its axes where they came from.
    pub fn back(&self, a: &Array) -> Result<Array> {
        let mut inverse: SmallVec<[usize; 4]> = smallvec![0; self.order.len()];
        self.order.iter().enumerate().for_each(|(i, &axis)| inverse[axis] = i);
        permute(&reshape_to(a, &self.moved)?, inverse)
    }
}
