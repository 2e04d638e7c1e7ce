//! What indexing must compute.

use super::*;
use crate::ext::Dtype;
use crate::ext::conformance::*;

/// Indices into an axis of length 5, from both ends.
const INTO_5: &[Domain] = &[Domain::Range(-2.0, 2.0), Domain::Range(-5.0, 4.0)];

fn wrap(i: C, n: usize) -> usize {
    (i.re as i64).rem_euclid(n as i64) as usize
}

/// A row of an update of five rows of two at three indices, which may coincide; the oracle folds an update into an element.
macro_rules! updates {
    ($name:literal, $f:expr, |$old:ident, $new:ident| $fold:expr) => {
        Row {
            differentiable: &[0, 2],
            batched: &[0, 1, 2],
            ..Row::unary(
                $name,
                |a| one($f(&a[0], &[Index::from(&a[1])], &a[2])),
                Oracle::Dense(|x| {
                    let mut out = x[0].clone();
                    for (k, &i) in x[1].data.iter().enumerate() {
                        for c in 0..2 {
                            let ($old, $new) = (out.data[wrap(i, 5) * 2 + c], x[2].data[k * 2 + c]);
                            out.data[wrap(i, 5) * 2 + c] = $fold;
                        }
                    }
                    vec![out]
                }),
            )
        }
        .shapes(&[&[&[5, 2], &[3], &[3, 2]]])
        .on(&[Domain::Distinct(-2.0, 2.0), Domain::Range(-5.0, 4.0), Domain::Distinct(-1.7, 2.3)])
        .fixed(&[(1, Dtype::Int32)])
    };
}

/// The rows of the family.
pub static ROWS: &[Row] = &[
    Row::binary(
        "take",
        |a| one(take(&a[0], &a[1], Some(0))),
        Oracle::Dense(|x| vec![Dense::from_fn(&[2, 3, 4], |i| x[0].at(&[wrap(x[1].at(&i[..2]), 5), i[2]]))]),
    )
    .shapes(&[&[&[5, 4], &[2, 3]]])
    .on(INTO_5)
    .fixed(&[(1, Dtype::Int32)])
    .by(&[0]),
    Row::binary(
        "take_along_axis",
        |a| one(take_along_axis(&a[0], &a[1], Some(1))),
        Oracle::Dense(|x| vec![Dense::from_fn(&[2, 3], |i| x[0].at(&[i[0], wrap(x[1].at(i), 5)]))]),
    )
    .shapes(&[&[&[2, 5], &[2, 3]]])
    .on(INTO_5)
    .fixed(&[(1, Dtype::Int64)])
    .by(&[0]),
    Row::binary(
        "a[::-2, i]",
        |a| one(get(&a[0], &[Index::Range { start: None, stop: None, step: Some(-2) }, (&a[1]).into()])),
        Oracle::Dense(|x| vec![Dense::from_fn(&[2, 3], |i| x[0].at(&[2 - 2 * i[0], wrap(x[1].at(&i[1..]), 5)]))]),
    )
    .shapes(&[&[&[3, 5], &[3]]])
    .on(INTO_5)
    .fixed(&[(1, Dtype::Int32)])
    .by(&[0]),
    Row::binary(
        "a[1:] = b",
        |a| one(set(&a[0], &[(1..).into()], &a[1])),
        Oracle::Dense(|x| vec![Dense::from_fn(&[3, 2], |i| if i[0] == 0 { x[0].at(i) } else { x[1].at(&[i[0] - 1, i[1]]) })]),
    )
    .shapes(&[&[&[3, 2], &[2, 2]]]),
    updates!("a[i] = b", set, |_old, new| new),
    updates!("a.at[i].add(b)", |a, i: &[Index], b| update(a, i, b, Update::Add), |old, new| old + new).dtypes(FLOAT),
    updates!("a.at[i].maximum(b)", |a, i: &[Index], b| update(a, i, b, Update::Maximum), |old, new| if old.re >= new.re {
        old
    } else {
        new
    }),
];
