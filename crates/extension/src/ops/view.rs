//! Arrays looked at differently.

use crate::ext::*;

fn one(name: &str, args: &[Arg]) -> Result<Array> {
    Ok(call(name, args)?.swap_remove(0))
}

fn ints(shape: &[usize]) -> Vec<i64> {
    shape.iter().map(|&n| n as i64).collect()
}

/// `a` shown with `shape`.
pub fn broadcast_to(a: &Array, shape: &[usize]) -> Result<Array> {
    if a.shape() == shape { Ok(a.clone()) } else { one("broadcast_to", &[Arg::Array(a), Arg::Ints(&ints(shape))]) }
}

/// The elements of `a`, in row-major order, with another shape.
pub fn reshape(a: &Array, shape: &[i64]) -> Result<Array> {
    one("reshape", &[Arg::Array(a), Arg::Ints(shape)])
}

/// `a` with the axis `source` moved to `destination`.
pub fn moveaxis(a: &Array, source: i64, destination: i64) -> Result<Array> {
    one("moveaxis", &[Arg::Array(a), Arg::Scalar(source.into()), Arg::Scalar(destination.into())])
}

/// `a` with its batch axis first; an array without one is shown `size` times.
pub fn batch_to_front(a: &Array, axis: Option<usize>, size: usize) -> Result<Array> {
    match axis {
        Some(axis) => moveaxis(a, axis as i64, 0),
        None => broadcast_to(a, &[&[size], a.shape()].concat()),
    }
}
