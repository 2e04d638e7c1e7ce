//! What sorting and searching must compute.

use super::*;
use crate::ext::conformance::*;

const SHAPES: &[&[&[usize]]] = &[&[&[2, 3, 4]], &[&[6, 1]], &[&[3, 9]], &[&[2, 0]], &[&[3, 900]]];
const APART: &[Domain] = &[Domain::Distinct(-2.0, 2.0)];

fn ascending(row: &[C]) -> Vec<C> {
    order(row).into_iter().map(|i| row[i]).collect()
}

fn order(row: &[C]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..row.len()).collect();
    order.sort_by(|&i, &j| row[i].re.total_cmp(&row[j].re).then(row[i].im.total_cmp(&row[j].im)));
    order
}

fn places(row: &[C]) -> Vec<C> {
    order(row).into_iter().map(|i| C::new(i as f64, 0.0)).collect()
}

fn belongs(x: &[Dense], before: fn(f64, f64) -> bool) -> Vec<Dense> {
    let mut sequence: Vec<f64> = x[0].data.iter().map(|x| x.re).collect();
    sequence.sort_by(f64::total_cmp);
    vec![Dense::from_fn(&x[1].shape, |at| C::new(sequence.iter().filter(|&&s| before(s, x[1].at(at).re)).count() as f64, 0.0))]
}

/// One row an operation and an axis.
pub static ROWS: &[Row] = &[
    Row::unary("sort", |x| one(sort(&x[0], 0)), Oracle::Dense(|x| vec![x[0].along(0, ascending)]))
        .on(APART)
        .dtypes(&Dtype::ALL)
        .shapes(SHAPES),
    Row::unary("sort", |x| one(sort(&x[0], -1)), Oracle::Dense(|x| vec![x[0].along(x[0].shape.len() - 1, ascending)]))
        .on(APART)
        .dtypes(REAL)
        .shapes(SHAPES),
    Row::unary("argsort", |x| one(argsort(&x[0], -1)), Oracle::Dense(|x| vec![x[0].along(x[0].shape.len() - 1, places)]))
        .dtypes(&Dtype::ALL)
        .shapes(SHAPES)
        .flat(),
    Row::unary(
        "topk",
        |x| one(topk(&x[0], 2, 0)),
        Oracle::Dense(|x| vec![x[0].along(0, |row| ascending(row)[row.len() - 2..].to_vec())]),
    )
    .on(APART)
    .dtypes(REAL)
    .shapes(&[&[&[2, 3, 4]], &[&[3, 9]]]),
    Row::unary("unique", |x| one(unique(&x[0], 5, None).map(|u| u.values)), Oracle::Itself)
        .on(APART)
        .shapes(&[&[&[5]], &[&[2, 4]]]),
    Row::binary(
        "searchsorted",
        |x| one(searchsorted(&sort(&x[0], 0)?, &x[1], Side::Left)),
        Oracle::Dense(|x| belongs(x, |s, v| s < v)),
    )
    .dtypes(REAL)
    .shapes(&[&[&[7], &[2, 3]], &[&[1], &[4]], &[&[0], &[4]], &[&[5], &[]]])
    .flat(),
    Row::binary(
        "searchsorted",
        |x| one(searchsorted(&sort(&x[0], 0)?, &x[1], Side::Right)),
        Oracle::Dense(|x| belongs(x, |s, v| s <= v)),
    )
    .dtypes(REAL)
    .shapes(&[&[&[7], &[2, 3]], &[&[5], &[]]])
    .flat(),
];
