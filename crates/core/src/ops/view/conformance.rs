//! What the views must show.

use super::*;
use crate::ext::conformance::*;
use crate::ext::{Array, Dtype};

/// A row whose oracle says, for an index of the result, where in the input its element is.
macro_rules! shows {
    ($name:literal, $f:expr, $shapes:expr, |$x:ident| $shape:expr, |$i:ident| $from:expr) => {
        Row::unary(
            $name,
            |a: &[Array]| one($f(&a[0])),
            Oracle::Dense(|x| {
                let $x = &x[0];
                vec![Dense::from_fn(&$shape, |$i| $x.at(&$from))]
            }),
        )
        .dtypes(&Dtype::ALL)
        .shapes($shapes)
    };
}

/// The rows of the family.
pub static ROWS: &[Row] = &[
    shows!("reshape", |a| reshape(a, &[3, -1]), &[&[&[2, 6]], &[&[3, 0]]], |x| [3, x.data.len() / 3], |i| {
        let flat = i[0] * (x.data.len() / 3) + i[1];
        [flat / x.shape[1], flat % x.shape[1]]
    }),
    shows!(
        "transpose",
        |a| transpose(a, [2, 0, 1]),
        &[&[&[2, 3, 4]], &[&[2, 0, 1]]],
        |x| [x.shape[2], x.shape[0], x.shape[1]],
        |i| [i[1], i[2], i[0]]
    ),
    shows!("broadcast_to", |a| broadcast_to(a, &[2, 3, 4]), &[&[&[3, 1]]], |x| [2, 3, 4], |i| [i[1], 0]),
    shows!("flip", |a| flip(a, 0), &[&[&[3, 2]]], |x| x.shape.clone(), |i| [2 - i[0], i[1]]),
    shows!("window", |a| window(a, &[4, 0], &[-2, 1], &[2, 3]), &[&[&[5, 4]]], |x| [2, 3], |i| [4 - 2 * i[0], i[1]]),
    shows!("as_strided", |a| as_strided(a, &[3, 2], &[1, 2], 1), &[&[&[2, 3]]], |x| [3, 2], |i| {
        let flat = 1 + i[0] + 2 * i[1];
        [flat / 3, flat % 3]
    }),
    shows!("diagonal", |a| diagonal(a, 1, 0, 2), &[&[&[3, 2, 3]]], |x| [2, 2], |i| [i[1], i[0], i[1] + 1]),
    shows!("contiguous", |a| contiguous(a, false), ONE, |x| x.shape.clone(), |i| i),
    Row::unary(
        "diag",
        |a| one(diag(&a[0], -1)),
        Oracle::Dense(|x| {
            let n = x[0].data.len();
            let at = |i: &[usize]| if i[0] == i[1] + 1 { x[0].data[i[1]] } else { C::new(0.0, 0.0) };
            vec![Dense::from_fn(&[n + 1, n + 1], at)]
        }),
    )
    .shapes(&[&[&[3]], &[&[0]]]),
    Row::unary(
        "trace",
        |a| one(trace(&a[0], 0, 0, 1, None)),
        Oracle::Dense(|x| {
            let sum = (0..3).map(|i| x[0].at(&[i, i])).sum();
            vec![Dense { shape: vec![], data: vec![sum] }]
        }),
    )
    .dtypes(FLOAT)
    .shapes(&[&[&[3, 4]]]),
];
