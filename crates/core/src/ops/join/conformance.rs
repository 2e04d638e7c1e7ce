//! What joining and padding must compute.

use super::*;
use crate::ext::Dtype;
use crate::ext::conformance::*;

/// Around a matrix: one row before, two columns after.
const AROUND: &[i64] = &[1, 0, 0, 2];

/// A row that pads a matrix by a mode; the oracle says where an element comes from, if from anywhere.
macro_rules! pads {
    ($name:literal, $mode:expr, |$i:ident, $n:ident| $from:expr) => {
        Row::unary(
            $name,
            |a| one(pad(&a[0], AROUND, $mode)),
            Oracle::Dense(|x| {
                let x = &x[0];
                let from = |$i: i64, $n: i64| -> Option<i64> { $from };
                let at = |i: &[usize]| {
                    let row = from(i[0] as i64 - 1, x.shape[0] as i64);
                    let column = from(i[1] as i64, x.shape[1] as i64);
                    row.zip(column).map_or(C::new(0.0, 0.0), |(r, c)| x.at(&[r as usize, c as usize]))
                };
                vec![Dense::from_fn(&[x.shape[0] + 1, x.shape[1] + 2], at)]
            }),
        )
        .shapes(&[&[&[3, 4]]])
    };
}

/// The rows of the family.
pub static ROWS: &[Row] = &[
    Row::binary(
        "concatenate",
        |a| one(concatenate(a, Some(1))),
        Oracle::Dense(|x| {
            let n = x[0].shape[1];
            let at = |i: &[usize]| if i[1] < n { x[0].at(i) } else { x[1].at(&[i[0], i[1] - n]) };
            vec![Dense::from_fn(&[x[0].shape[0], n + x[1].shape[1]], at)]
        }),
    )
    .dtypes(&Dtype::ALL)
    .shapes(&[&[&[2, 3], &[2, 4]], &[&[2, 0], &[2, 1]]]),
    Row::binary(
        "stack",
        |a| one(stack(a, 0)),
        Oracle::Dense(|x| {
            let data = x[0].data.iter().chain(&x[1].data).copied().collect();
            vec![Dense { shape: [&[2], &x[0].shape[..]].concat(), data }]
        }),
    )
    .shapes(&[&[&[2, 3], &[2, 3]], &[&[], &[]]]),
    Row::unary(
        "split",
        |a| split(&a[0], [1, 3], 0),
        Oracle::Dense(|x| {
            let part = |start: usize, end: usize| Dense { shape: vec![end - start], data: x[0].data[start..end].to_vec() };
            vec![part(0, 1), part(1, 3), part(3, 5)]
        }),
    )
    .shapes(&[&[&[5]]]),
    Row::unary(
        "repeat",
        |a| one(repeat(&a[0], 2, Some(0))),
        Oracle::Dense(|x| vec![Dense::from_fn(&[6, 2], |i| x[0].at(&[i[0] / 2, i[1]]))]),
    )
    .shapes(&[&[&[3, 2]]]),
    Row::unary(
        "tile",
        |a| one(tile(&a[0], &[2, 2])),
        Oracle::Dense(|x| vec![Dense::from_fn(&[6, 4], |i| x[0].at(&[i[0] % 3, i[1] % 2]))]),
    )
    .shapes(&[&[&[3, 2]]]),
    Row::unary(
        "roll",
        |a| one(roll(&a[0], &[2], 0)),
        Oracle::Dense(|x| vec![Dense::from_fn(&[5, 2], |i| x[0].at(&[(i[0] + 3) % 5, i[1]]))]),
    )
    .shapes(&[&[&[5, 2]]]),
    pads!("pad with zeros", PadMode::Constant(0.into()), |i, n| (0..n).contains(&i).then_some(i)),
    pads!("pad with the edge", PadMode::Edge, |i, n| Some(i.clamp(0, n - 1))),
    pads!("pad by reflection", PadMode::Reflect, |i, n| Some(if i < 0 { -i } else { i.min(2 * n - 2 - i) })),
    pads!("pad symmetrically", PadMode::Symmetric, |i, n| Some(if i < 0 { -1 - i } else { i.min(2 * n - 1 - i) })),
];
