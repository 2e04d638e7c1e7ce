//! What softmax must compute.

use super::*;
use crate::ext::conformance::*;

const SHAPES: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[7, 1]], &[&[5, 70]], &[&[3, 200]]];

fn shares(row: &[C]) -> Vec<C> {
    let total: C = row.iter().map(|x| x.exp()).sum();
    row.iter().map(|x| x.exp() / total).collect()
}

/// One row a choice of axes.
pub static ROWS: &[Row] = &[
    Row::unary("softmax", |x| one(softmax(&x[0], -1, true)), Oracle::Dense(|x| vec![x[0].along(x[0].shape.len() - 1, shares)]))
        .dtypes(REAL)
        .shapes(SHAPES)
        .within(8.0),
    Row::unary("softmax", |x| one(softmax(&x[0], 0, false)), Oracle::Dense(|x| vec![x[0].along(0, shares)]))
        .on(&[Domain::Range(-0.5, 0.5)])
        .dtypes(INEXACT)
        .shapes(SHAPES)
        .within(8.0),
    Row::unary(
        "softmax",
        |x| one(softmax(&x[0], .., false)),
        Oracle::Dense(|x| vec![Dense { shape: x[0].shape.clone(), data: shares(&x[0].data) }]),
    )
    .shapes(ONE)
    .within(8.0),
];
