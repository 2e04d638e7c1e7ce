//! What creation must do where it has an input.

use super::{tril, triu};
use crate::ext::conformance::{C, REAL, one};
use crate::ext::*;

const MATRICES: &[&[&[usize]]] = &[&[&[3, 3]], &[&[2, 4, 3]], &[&[0, 3]], &[&[1, 5]]];

const fn triangle(name: &'static str, run: fn(&[Array]) -> Result<Vec<Array>>, oracle: fn(&[Dense]) -> Vec<Dense>) -> Row {
    Row::unary(name, run, Oracle::Dense(oracle)).shapes(MATRICES).dtypes(REAL)
}

/// The rows of the family.
pub static ROWS: &[Row] = &[
    triangle("tril", |x| one(tril(&x[0], 0)), |x| vec![masked(&x[0], |d| d <= 0)]),
    triangle("tril above", |x| one(tril(&x[0], 1)), |x| vec![masked(&x[0], |d| d <= 1)]),
    triangle("triu", |x| one(triu(&x[0], 0)), |x| vec![masked(&x[0], |d| d >= 0)]),
    triangle("triu below", |x| one(triu(&x[0], -1)), |x| vec![masked(&x[0], |d| d >= -1)]),
];

fn masked(x: &Dense, keeps: fn(i64) -> bool) -> Dense {
    let ndim = x.shape.len();
    Dense::from_fn(&x.shape, |i| if keeps(i[ndim - 1] as i64 - i[ndim - 2] as i64) { x.at(i) } else { C::ZERO })
}
