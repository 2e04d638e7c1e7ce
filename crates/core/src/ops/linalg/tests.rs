//! What conformance rows can't say: identities, errors, singular matrices.

use super::pivoted::Lu;
use super::*;
use crate::ops::elementwise::{allclose, subtract};
use crate::ops::random::{Normal, key};

fn matrices(shape: &[usize], seed: u64) -> Array {
    Normal { dtype: Dtype::Float64, key: Some(key(seed)), ..Normal::default() }.sample(shape).unwrap()
}

fn close(a: &Array, b: &Array) -> bool {
    let tolerance = crate::ops::elementwise::Tolerance { rtol: 1e-6, atol: 1e-6, ..Default::default() };
    a.shape() == b.shape() && allclose(a, b, tolerance).unwrap().item::<bool>().unwrap()
}

const SHAPES: &[&[usize]] = &[&[4, 4], &[5, 3], &[3, 5], &[2, 3, 4, 4], &[6, 2, 3], &[1, 1], &[40, 40], &[0, 3, 3]];

#[test]
fn factors_multiply_to_the_matrix() {
    for (i, shape) in SHAPES.iter().enumerate() {
        let a = matrices(shape, i as u64);
        let (m, n) = matrix_of(&a.spec());
        let k = m.min(n);
        let (u, s, vt) = svd(&a).unwrap();
        let thin = crate::ops::view::narrow(&u, a.ndim() - 1, 0, k).unwrap();
        let thin_v = crate::ops::view::narrow(&vt, a.ndim() - 2, 0, k).unwrap();
        assert!(close(&matmul(&scale_columns(&thin, &s).unwrap(), &thin_v).unwrap(), &a), "svd {shape:?}");
        assert!(close(&singular_values(&a).unwrap(), &s), "singular values {shape:?}");
        for x in [&u, &t(&vt).unwrap()] {
            let n = x.shape()[x.ndim() - 1];
            let unit = broadcast_to(&identity(n, Dtype::Float64).unwrap(), x.shape()).unwrap();
            assert!(close(&matmul(&t(x).unwrap(), x).unwrap(), &unit), "{shape:?}");
        }
        let (q, r) = qr(&a).unwrap();
        assert!(close(&matmul(&q, &r).unwrap(), &a) && close(&triu(&r, 0).unwrap(), &r), "qr {shape:?}");
        let (p, l, u) = lu(&a).unwrap();
        assert!(close(&Lu::rows(&matmul(&l, &u).unwrap(), &p).unwrap(), &a), "lu {shape:?}");
        assert!(close(&tril(&l, 0).unwrap(), &l) && close(&triu(&u, 0).unwrap(), &u), "lu {shape:?}");
    }
}

#[test]
fn pivots_exchange_rows() {
    let a = matrices(&[6, 6], 3);
    let (_, pivots) = lu_factor(&a).unwrap();
    let (places, ..) = lu(&a).unwrap();
    let mut rows: Vec<u32> = (0..6).collect();
    for (i, &p) in pivots.to_vec::<u32>().unwrap().iter().enumerate() {
        rows.swap(i, p as usize);
    }
    let places = places.to_vec::<u32>().unwrap();
    assert!(rows.iter().enumerate().all(|(at, &row)| places[row as usize] == at as u32));
}

#[test]
fn singular_matrices_have_factors() {
    let a = Array::from_slice(&[1f64, 2.0, 3.0, 2.0, 4.0, 6.0, 1.0, 1.0, 1.0, 0.0, 0.0, 0.0], &[4, 3]).unwrap();
    let zeros = Array::splat(0, &[2, 2, 2], Dtype::Float64);
    for a in [&a, &t(&a).unwrap(), &zeros] {
        let (p, l, u) = lu(a).unwrap();
        assert!(close(&Lu::rows(&matmul(&l, &u).unwrap(), &p).unwrap(), a));
    }
    assert_eq!(det(&zeros).unwrap().to_vec::<f64>().unwrap(), [0.0; 2]);
    let (sign, log) = slogdet(&zeros).unwrap();
    assert_eq!((sign.to_vec::<f64>().unwrap(), log.to_vec::<f64>().unwrap()), (vec![0.0; 2], vec![f64::NEG_INFINITY; 2]));
}

#[test]
fn symmetric_matrices() {
    for shape in [&[4, 4][..], &[3, 2, 5, 5], &[1, 1]] {
        let x = matrices(shape, 5);
        let n = shape[shape.len() - 1];
        let a = add(matmul(&x, &t(&x).unwrap()).unwrap(), identity(n, Dtype::Float64).unwrap()).unwrap();
        let (l, u) = (cholesky(&a, false).unwrap(), cholesky(&a, true).unwrap());
        assert!(close(&matmul(&l, &t(&l).unwrap()).unwrap(), &a) && close(&t(&l).unwrap(), &u));
        let (w, v) = eigh(&a, false).unwrap();
        assert!(close(&matmul(&scale_columns(&v, &w).unwrap(), &t(&v).unwrap()).unwrap(), &a));
        let unit = broadcast_to(&identity(n, Dtype::Float64).unwrap(), shape).unwrap();
        for inverse in [inv(&a), cholesky_inv(&l, false), cholesky_inv(&u, true), pinv(&a), solve(&a, &unit)] {
            assert!(close(&matmul(&a, &inverse.unwrap()).unwrap(), &unit));
        }
        let (sign, log) = slogdet(&a).unwrap();
        let product = crate::ops::reduce::prod(&w, -1).unwrap();
        assert!(close(&multiply(sign, crate::ops::elementwise::exp(&log).unwrap()).unwrap(), &product));
        assert!(close(&det(&a).unwrap(), &product));
        // The other triangle is not read.
        assert!(close(&eigh(&tril(&a, 0).unwrap(), false).unwrap().0, &w));
        assert!(close(&eigvalsh(&triu(&a, 0).unwrap(), true).unwrap(), &w));
        assert!(close(&cholesky(&triu(&a, 0).unwrap(), true).unwrap(), &u));
    }
}

#[test]
fn complex_eigenvalues() {
    let a = matrices(&[3, 4, 4], 7);
    let (w, v) = eig(&a).unwrap();
    let complex = astype(&a, Dtype::Complex64).unwrap();
    let (left, right) = (matmul(&complex, &v).unwrap(), scale_columns(&v, &w).unwrap());
    let apart = crate::ops::reduce::max(&crate::ops::elementwise::abs(&subtract(left, right).unwrap()).unwrap(), ..).unwrap();
    assert!(apart.item::<f32>().unwrap() < 1e-4);
    let again = subtract(eigvals(&a).unwrap(), w).unwrap();
    assert!(crate::ops::reduce::max(&crate::ops::elementwise::abs(&again).unwrap(), ..).unwrap().item::<f32>().unwrap() < 1e-4);
}

#[test]
fn a_pseudo_inverse_ignores_what_is_zero() {
    let x = matrices(&[5, 2], 1);
    let a = matmul(&x, &t(&x).unwrap()).unwrap();
    let p = pinv(&a).unwrap();
    assert!(close(&matmul(&matmul(&a, &p).unwrap(), &a).unwrap(), &a));
    assert!(close(&matmul(&matmul(&p, &a).unwrap(), &p).unwrap(), &p));
    assert_eq!(pinv(&Array::splat(0, &[2, 3], Dtype::Float32)).unwrap().to_vec::<f32>().unwrap(), [0.0; 6]);
    assert_eq!(pinv(&Array::splat(0, &[0, 3], Dtype::Float32)).unwrap().shape(), [3, 0]);
}

#[test]
fn what_cannot_be_is_an_error_that_stays() {
    let zeros = Array::splat(0, &[3, 2, 2], Dtype::Float32);
    let error = |a: Result<Array>| a.and_then(|a| a.eval().map(|()| a)).unwrap_err();
    for (name, result) in [
        ("cholesky", cholesky(&zeros, false)),
        ("inv", inv(&zeros)),
        ("solve", solve(&zeros, &zeros)),
        ("cholesky", cholesky(&multiply(&zeros, f64::NAN).unwrap(), true)),
    ] {
        let e = error(result);
        assert!(e.kind() == Kind::Runtime && e.message().contains(name) && e.message().contains("matrix 0"), "{e}");
    }
    let failed = inv(&zeros).unwrap();
    let first = failed.eval().unwrap_err();
    assert!(failed.eval().unwrap_err().is_same(&first));
    let nan = Array::splat(f64::NAN, &[3, 3], Dtype::Float64);
    for result in [svd(&nan).map(|r| r.0), eigh(&nan, false).map(|r| r.0), eig(&nan).map(|r| r.0), singular_values(&nan)] {
        let _ = result.unwrap().eval(); // an error or NaN, but no panic and no hang
    }
    let ints = Array::splat(1, &[2, 2], Dtype::Int32);
    let wide = Array::splat(1, &[2, 3], Dtype::Float32);
    let vector = Array::splat(1, &[2], Dtype::Float32);
    for bad in [&ints, &wide, &vector] {
        for result in
            [cholesky(bad, false), inv(bad), eigvalsh(bad, false), eigvals(bad), tri_inv(bad, true), cholesky_inv(bad, false)]
        {
            assert_eq!(error(result).kind(), Kind::Value);
        }
    }
    for result in
        [solve(&wide, &vector), solve_triangular(&Array::splat(1, &[2, 2], Dtype::Float32), &wide.transpose(..).unwrap(), false)]
    {
        assert_eq!(error(result).kind(), Kind::Value);
    }
    for result in
        [norm(&wide, 3.0, ..), norm(&zeros, 2.0, ..), norm(&vector, Order::Frobenius, 0), norm(&vector, Order::Nuclear, ..)]
    {
        assert_eq!(error(result).kind(), Kind::Value);
    }
    let e = error(cross(&vector, &Array::splat(1, &[4], Dtype::Float32), -1));
    assert!(e.message().contains("size 2 or 3"), "{e}");
}

#[test]
fn the_order_of_axes_says_what_rows_are() {
    let a = Array::from_slice(&[1f32, 2.0, 3.0, 4.0], &[2, 2]).unwrap();
    assert_eq!(norm(&a, 1.0, [0, 1]).unwrap().item::<f32>().unwrap(), 6.0);
    assert_eq!(norm(&a, 1.0, [1, 0]).unwrap().item::<f32>().unwrap(), 7.0);
    assert_eq!(norm(&a, f64::INFINITY, keep([0, 1])).unwrap().shape(), [1, 1]);
    let batch = matrices(&[4, 2, 3], 9);
    let all = norm(&batch, 2.0, keep([2, 0])).unwrap();
    assert_eq!(all.shape(), [1, 2, 1]);
    let first = crate::ops::view::narrow(&batch, 1, 0, 1).unwrap();
    let one = norm(&crate::ops::view::squeeze(&first, 1).unwrap(), 2.0, ..).unwrap();
    assert!((all.to_vec::<f64>().unwrap()[0] - one.item::<f64>().unwrap()).abs() < 1e-9);
}
