//! What products must do.

use super::{Addmm, addmm, einsum, inner, kron, matmul, outer, tensordot, vecdot};
use crate::ext::conformance::{C, INEXACT, one};
use crate::ext::*;

const MATRICES: &[&[&[usize]]] = &[
    &[&[3, 4], &[4, 2]],
    &[&[4], &[4]],
    &[&[2, 3], &[3]],
    &[&[3], &[3, 2]],
    &[&[2, 1, 3, 4], &[3, 4, 2]],
    &[&[2, 3, 4], &[4, 2]],
    &[&[2, 0], &[0, 3]],
    &[&[0, 2], &[2, 3]],
];

/// With values small enough that sums in half precision stay within the tolerance.
const fn product(name: &'static str, run: fn(&[Array]) -> Result<Vec<Array>>, oracle: fn(&[Dense]) -> Vec<Dense>) -> Row {
    Row::binary(name, run, Oracle::Dense(oracle)).dtypes(INEXACT).shapes(MATRICES).within(64.0)
}

/// The rows of the family.
pub static ROWS: &[Row] = &[
    product("matmul", |x| one(matmul(&x[0], &x[1])), |x| vec![naive_matmul(&x[0], &x[1])]),
    product("addmm", |x| one(addmm(&x[2], &x[0], &x[1], Addmm { alpha: 0.5, beta: 2.0 })), naive_addmm)
        .shapes(&[&[&[3, 4], &[4, 2], &[2]], &[&[2, 3, 4], &[4, 2], &[3, 1]]])
        .dtypes(conformance::FLOAT)
        .by(&[0, 1, 2])
        .batched(&[0, 1, 2]),
    product(
        "inner",
        |x| one(inner(&x[0], &x[1])),
        |x| vec![sum_of_products(&x[0], &x[1], x[0].shape.len() - 1, x[1].shape.len() - 1)],
    )
    .shapes(&[&[&[3, 4], &[2, 4]], &[&[4], &[4]], &[&[2, 3, 4], &[5, 4]]]),
    product("tensordot", |x| one(tensordot(&x[0], &x[1], 1)), |x| vec![sum_of_products(&x[0], &x[1], x[0].shape.len() - 1, 0)])
        .shapes(&[&[&[3, 4], &[4, 2]], &[&[4], &[4]], &[&[2, 3, 4], &[4, 5]]]),
    product(
        "outer",
        |x| one(outer(&x[0], &x[1])),
        |x| vec![Dense::from_fn(&[x[0].data.len(), x[1].data.len()], |i| x[0].data[i[0]] * x[1].data[i[1]])],
    )
    .shapes(&[&[&[3], &[4]], &[&[2, 3], &[4]], &[&[], &[2]]]),
    product(
        "kron",
        |x| one(kron(&x[0], &x[1])),
        |x| {
            let (a, b) = (&x[0], &x[1]);
            let shape: Vec<usize> = a.shape.iter().zip(&b.shape).map(|(m, n)| m * n).collect();
            vec![Dense::from_fn(&shape, |i| {
                let part = |f: fn(usize, usize) -> usize| i.iter().zip(&b.shape).map(|(&i, &n)| f(i, n)).collect::<Vec<_>>();
                a.at(&part(|i, n| i / n)) * b.at(&part(|i, n| i % n))
            })]
        },
    )
    .shapes(&[&[&[3], &[4]], &[&[2, 3], &[3, 2]]]),
    product(
        "vecdot",
        |x| one(vecdot(&x[0], &x[1], -1)),
        |x| {
            let rows = |a: &Dense| a.shape[..a.shape.len() - 1].to_vec();
            vec![Dense::from_fn(&rows(&x[0]), |i| {
                (0..*x[0].shape.last().unwrap_or(&1))
                    .map(|k| x[0].at(&[i, &[k]].concat()).conj() * x[1].at(&[i, &[k]].concat()))
                    .sum()
            })]
        },
    )
    .shapes(&[&[&[4], &[4]], &[&[2, 3], &[2, 3]]])
    .dtypes(conformance::FLOAT),
    product(
        "einsum",
        |x| one(einsum("bij,bjk->kb", x)),
        |x| {
            let (a, b) = (&x[0], &x[1]);
            vec![Dense::from_fn(&[b.shape[2], a.shape[0]], |at| {
                let (k, s) = (at[0], at[1]);
                (0..a.shape[1] * a.shape[2])
                    .map(|p| (p / a.shape[2], p % a.shape[2]))
                    .map(|(i, j)| a.at(&[s, i, j]) * b.at(&[s, j, k]))
                    .sum()
            })]
        },
    )
    .shapes(&[&[&[2, 3, 4], &[2, 4, 5]]]),
];

fn naive_matmul(a: &Dense, b: &Dense) -> Dense {
    let (row, column) = (a.shape.len() == 1, b.shape.len() == 1);
    let a = Dense { shape: if row { [&[1], &a.shape[..]].concat() } else { a.shape.clone() }, data: a.data.clone() };
    let b = Dense { shape: if column { [&b.shape[..], &[1]].concat() } else { b.shape.clone() }, data: b.data.clone() };
    let ([batch_a @ .., m, depth], [batch_b @ .., _, n]) = (&a.shape[..], &b.shape[..]) else { unreachable!("two axes") };
    let batch = broadcast(batch_a, batch_b).expect("batches that broadcast");
    let full = Dense::from_fn(&[&batch[..], &[*m, *n]].concat(), |at| {
        let [outer @ .., i, j] = at else { unreachable!("two axes") };
        (0..*depth).map(|k| a.broadcast_at(&[outer, &[*i, k]].concat()) * b.broadcast_at(&[outer, &[k, *j]].concat())).sum::<C>()
    });
    let mut shape = batch.to_vec();
    shape.extend((!row).then_some(*m));
    shape.extend((!column).then_some(*n));
    Dense { shape, data: full.data }
}

fn naive_addmm(x: &[Dense]) -> Vec<Dense> {
    let ab = naive_matmul(&x[0], &x[1]);
    vec![Dense::from_fn(&ab.shape, |i| ab.at(i) * 0.5 + x[2].broadcast_at(i) * 2.0)]
}

/// Over axis `i` of `a` and axis `j` of `b`, which are the last or the first.
fn sum_of_products(a: &Dense, b: &Dense, i: usize, j: usize) -> Dense {
    let without = |x: &Dense, axis: usize| [&x.shape[..axis], &x.shape[axis + 1..]].concat();
    let (rest_a, rest_b) = (without(a, i), without(b, j));
    Dense::from_fn(&[&rest_a[..], &rest_b].concat(), |at| {
        let (at_a, at_b) = at.split_at(rest_a.len());
        let with = |at: &[usize], axis: usize, k: usize| [&at[..axis], &[k], &at[axis..]].concat();
        (0..a.shape[i]).map(|k| a.at(&with(at_a, i, k)) * b.at(&with(at_b, j, k))).sum::<C>()
    })
}
