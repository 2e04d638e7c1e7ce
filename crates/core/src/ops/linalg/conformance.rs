//! What linear algebra must compute. Signs of vectors are free, so decompositions are checked through what does not depend on
//! them; their values are in the tests.

use super::*;
use crate::ext::conformance::*;
use crate::ops::elementwise::{abs, square};

const REALS: &[Dtype] = &[Dtype::Float32, Dtype::Float64];
const SQUARE: &[&[&[usize]]] = &[&[&[3, 3]], &[&[2, 4, 4]], &[&[1, 1]], &[&[0, 2, 2]]];
const ANY: &[&[&[usize]]] = &[&[&[3, 3]], &[&[4, 3]], &[&[2, 3, 4]], &[&[1, 1]], &[&[0, 2, 2]]];
const SYSTEMS: &[&[&[usize]]] = &[&[&[3, 3], &[3]], &[&[2, 3, 3], &[3, 2]], &[&[4, 4], &[2, 4, 1]], &[&[1, 1], &[1, 5]]];

/// `x xᴴ + 1`: Hermitian and positive definite, with eigenvalues apart.
fn definite(x: &Array) -> Result<Array> {
    let n = x.shape()[x.ndim() - 1];
    add(matmul(x, &h(x)?)?, identity(n, x.dtype())?)
}

/// `x` with 4 added on the diagonal: far from singular.
fn regular(x: &Array) -> Result<Array> {
    add(x, multiply(identity(x.shape()[x.ndim() - 1], x.dtype())?, 4)?)
}

const fn row(name: &'static str, run: fn(&[Array]) -> Result<Vec<Array>>) -> Row {
    Row::unary(name, run, Oracle::Itself).dtypes(REALS).shapes(SQUARE)
}

/// The solution by Gauss's elimination.
fn eliminated(a: &Dense, b: &Dense, n: usize, k: usize) -> Vec<C> {
    let mut a = a.data.clone();
    let mut x = b.data.clone();
    for i in 0..n {
        for j in (0..n).filter(|&j| j != i) {
            let f = a[j * n + i] / a[i * n + i];
            (0..n).for_each(|c| a[j * n + c] = a[j * n + c] - f * a[i * n + c]);
            (0..k).for_each(|c| x[j * k + c] = x[j * k + c] - f * x[i * k + c]);
        }
    }
    (0..n * k).map(|at| x[at] / a[at / k * n + at / k]).collect()
}

/// One row an operation and a kind of matrix.
pub static ROWS: &[Row] = &[
    row("cholesky", |x| one(cholesky(&definite(&x[0])?, false))),
    row("cholesky", |x| one(cholesky(&definite(&x[0])?, true))),
    row("cholesky_inv", |x| one(cholesky_inv(&cholesky(&definite(&x[0])?, false)?, false))).within(64.0),
    row("inv", |x| one(inv(&regular(&x[0])?))),
    row("tri_inv", |x| one(tri_inv(&regular(&x[0])?, true))),
    row("pinv", |x| one(pinv(&x[0]))).shapes(&[&[&[4, 3]], &[&[2, 2, 3]]]).once(),
    row("det", |x| one(det(&x[0]))),
    row("slogdet", |x| slogdet(&regular(&x[0])?).map(|(sign, log)| vec![sign, log])),
    row("lu", |x| lu(&regular(&x[0])?).map(|(_, l, u)| vec![l, u])),
    row("lu", |x| lu(&x[0]).map(|(_, l, u)| vec![l, u])).shapes(&[&[&[4, 3]], &[&[2, 3, 4]]]),
    row("qr", |x| qr(&x[0]).map(|(q, r)| vec![square(&q).unwrap(), square(&r).unwrap()])).shapes(ANY).once(),
    row("svd", |x| svd(&x[0]).and_then(|(u, s, vt)| Ok(vec![square(&u)?, s, square(&vt)?]))).shapes(ANY).once(),
    row("singular_values", |x| one(singular_values(&x[0]))).shapes(ANY).once(),
    row("eigh", |x| eigh(&definite(&x[0])?, false).and_then(|(w, v)| Ok(vec![w, square(&v)?]))).once(),
    row("eigvalsh", |x| one(eigvalsh(&definite(&x[0])?, true))).once(),
    row("eigh", |x| eigh(&definite(&x[0])?, false).and_then(|(w, v)| Ok(vec![w, square(&abs(&v)?)?])))
        .dtypes(&[Dtype::Complex64])
        .once(),
    row("eigvalsh", |x| one(eigvalsh(&definite(&x[0])?, true))).dtypes(&[Dtype::Complex64]).once(),
    row("singular_values", |x| one(singular_values(&x[0]))).shapes(ANY).dtypes(&[Dtype::Complex64]).once(),
    row("eigvals", |x| one(eigvals(&regular(&x[0])?))).flat(),
    row("solve", |x| one(solve(&regular(&x[0])?, &x[1]))).shapes(SYSTEMS).by(&[0, 1]).batched(&[0, 1]),
    row("solve_triangular", |x| one(solve_triangular(&regular(&x[0])?, &x[1], false)))
        .shapes(SYSTEMS)
        .by(&[0, 1])
        .batched(&[0, 1]),
    row("solve_triangular", |x| one(solve_triangular(&regular(&x[0])?, &x[1], true)))
        .shapes(SYSTEMS)
        .by(&[0, 1])
        .batched(&[0, 1]),
    Row::binary(
        "solve",
        |x| one(solve(&regular(&x[0])?, &x[1])),
        Oracle::Dense(|x| {
            let n = x[0].shape[0];
            let k = x[1].shape[1];
            let a = Dense::from_fn(&[n, n], |at| x[0].at(at) + if at[0] == at[1] { 4.0 } else { 0.0 });
            vec![Dense { shape: vec![n, k], data: eliminated(&a, &x[1], n, k) }]
        }),
    )
    .shapes(&[&[&[3, 3], &[3, 2]], &[&[1, 1], &[1, 1]], &[&[6, 6], &[6, 1]]])
    .on(&[Domain::Range(-0.5, 0.5)])
    .dtypes(REALS)
    .within(32.0),
    row("norm", |x| one(norm(&x[0], Order::Default, ..))).shapes(ONE_OR_MORE),
    row("norm", |x| one(norm(&x[0], 3.0, keep(-1)))).shapes(ONE_OR_MORE).on(&[Domain::Distinct(0.5, 2.0)]),
    row("norm", |x| one(norm(&x[0], Order::Nuclear, [-2, -1]))).once(),
    row("norm", |x| one(norm(&x[0], f64::INFINITY, [0, -1])))
        .shapes(&[&[&[3, 4]], &[&[2, 3, 4]]])
        .on(&[Domain::Distinct(0.5, 2.0)]),
    row("cross", |x| one(cross(&x[0], &x[1], -1)))
        .shapes(&[&[&[3], &[3]], &[&[2, 3], &[2]], &[&[4, 1, 2], &[5, 3]]])
        .by(&[0, 1])
        .batched(&[0]),
];

const ONE_OR_MORE: &[&[&[usize]]] = &[&[&[5]], &[&[2, 3, 4]], &[&[1]]];
