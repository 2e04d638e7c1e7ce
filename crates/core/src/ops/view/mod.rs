//! Views: the same elements looked at differently. They are metadata where the layout allows it and copies where not.
//!
//! - [`regroup`]: other axes for the same row-major order;
//! - [`permute`]: the axes in another order;
//! - [`broadcast`](broadcast_to): axes repeated without copying;
//! - [`place`]: some of the elements — slices, flips, diagonals, strided windows — and the transpose of each, which puts
//!   elements back into an array of zeros;
//! - [`bits`]: the same bytes under another dtype, and copies that make a layout dense.

mod bits;
mod broadcast;
pub mod conformance;
mod permute;
mod place;
mod regroup;
mod rows;
#[cfg(test)]
mod tests;

pub use bits::*;
pub use broadcast::*;
pub use permute::*;
pub use place::*;
pub use regroup::*;
pub use rows::*;

use crate::ext::*;

/// The declarations of the family.
pub static OPS: &[&OpDecl] = &[
    &as_strided::DECL,
    &broadcast_to::DECL,
    &contiguous::DECL,
    &diag::DECL,
    &diagonal::DECL,
    &expand_dims::DECL,
    &flatten::DECL,
    &flip::DECL,
    &matrix_transpose::DECL,
    &moveaxis::DECL,
    &reshape::DECL,
    &squeeze::DECL,
    &swapaxes::DECL,
    &trace::DECL,
    &transpose::DECL,
    &unflatten::DECL,
    &view::DECL,
];

/// `a` with its batch axis first; an array without one is shown `size` times.
pub fn batch_to_front(a: &Array, axis: Option<usize>, size: usize) -> Result<Array> {
    match axis {
        Some(axis) => moveaxis(a, axis as i64, 0),
        None => broadcast_to(a, &batched(size, a.shape())),
    }
}

/// The jvp rule of an operation that is linear in its one input: itself.
pub fn linear(call: &Jvp) -> Result<Vec<Option<Array>>> {
    match &call.tangents[0] {
        None => Ok(vec![None; call.outputs.len()]),
        Some(t) => Ok(Array::from_primitive(call.primitive.clone(), std::slice::from_ref(t))?.into_iter().map(Some).collect()),
    }
}

/// `shape` behind a batch axis of length `size`.
pub(super) fn batched(size: usize, shape: &[usize]) -> Shape {
    std::iter::once(size).chain(shape.iter().copied()).collect()
}
