use super::*;
use crate::ops::view::{swapaxes, transpose};
use crate::transform::{jvp, vjp, vmap, vmap_axes};

fn ramp(shape: &[usize], dtype: Dtype) -> Array {
    let data: Vec<f64> = (0..size(shape)).map(|i| ((i * 7 + 3) % 11) as f64 - 5.0).collect();
    astype(&Array::from_slice(&data, shape).unwrap(), dtype).unwrap()
}

fn values(a: &Array) -> Vec<f64> {
    astype(a, Dtype::Float64).unwrap().to_vec().unwrap()
}

/// The definition, for operands with at least two axes and broadcast batches.
fn naive(a: &Array, b: &Array) -> (Vec<usize>, Vec<f64>) {
    let ([batch_a @ .., m, k], [batch_b @ .., _, n]) = (a.shape(), b.shape()) else { unreachable!() };
    let (m, n, k) = (*m, *n, *k);
    let batch = broadcast(batch_a, batch_b).unwrap();
    let whole = |x: &Array, rest: [usize; 2]| values(&broadcast_to(x, &[&batch[..], &rest].concat()).unwrap());
    let (a, b) = (whole(a, [m, k]), whole(b, [k, n]));
    let mut out = Vec::new();
    for p in 0..size(&batch) * m * n {
        let (s, i, j) = (p / (m * n), p / n % m, p % n);
        out.push((0..k).map(|l| a[(s * m + i) * k + l] * b[(s * k + l) * n + j]).sum());
    }
    ([&batch[..], &[m, n]].concat(), out)
}

#[test]
fn products_agree_with_the_definition() {
    let shapes: &[[&[usize]; 2]] = &[
        [&[3, 4], &[4, 5]],
        [&[1, 4], &[4, 1]],
        [&[2, 0], &[0, 3]],
        [&[0, 2], &[2, 3]],
        [&[5, 1, 2, 3], &[4, 3, 2]],
        [&[3, 2, 4], &[4, 5]],
        [&[2, 4], &[3, 4, 5]],
        [&[70, 65], &[65, 130]],
        [&[9, 33, 20], &[9, 20, 17]],
        [&[2, 200, 150], &[2, 150, 170]],
    ];
    for [a, b] in &shapes[..if cfg!(miri) { 7 } else { shapes.len() }] {
        for dtype in [Dtype::Float16, Dtype::Bfloat16, Dtype::Float32, Dtype::Float64, Dtype::Complex64] {
            let (a, b) = (ramp(a, dtype), ramp(b, dtype));
            let y = matmul(&a, &b).unwrap();
            let (shape, expected) = naive(&a, &b);
            assert_eq!((y.shape(), y.dtype()), (&shape[..], dtype));
            let rounded = values(&astype(&Array::from_slice(&expected, &shape).unwrap(), dtype).unwrap());
            assert_eq!(values(&y), rounded, "{dtype} {:?} {:?}", a.shape(), b.shape());
        }
    }
}

#[test]
fn operands_may_be_transposed_views() {
    let x = |shape: &[usize]| ramp(shape, Dtype::Float32);
    let cases = [
        (matrix_transpose(&x(&[4, 3, 6])), matrix_transpose(&x(&[4, 5, 3]))),
        (transpose(&x(&[3, 4, 6]), [1, 0, 2]), swapaxes(&x(&[5, 6, 4]), 0, 2)),
        (transpose(&x(&[40, 3, 60]), [1, 2, 0]), transpose(&x(&[40, 50, 3]), [2, 0, 1])),
    ];
    for (a, b) in cases.into_iter().take(if cfg!(miri) { 2 } else { 3 }) {
        let (a, b) = (a.unwrap(), b.unwrap());
        let (shape, expected) = naive(&a, &b);
        let y = matmul(&a, &b).unwrap();
        assert_eq!((y.shape(), values(&y)), (&shape[..], expected));
    }
}

#[test]
fn vectors_are_rows_on_the_left_and_columns_on_the_right() {
    let f = |a: &[usize], b: &[usize]| matmul(&ramp(a, Dtype::Float32), &ramp(b, Dtype::Float32)).unwrap().shape().to_vec();
    assert_eq!(f(&[3], &[3]), [0usize; 0]);
    assert_eq!(f(&[3], &[3, 2]), [2]);
    assert_eq!(f(&[2, 3], &[3]), [2]);
    assert_eq!(f(&[4, 2, 3], &[3]), [4, 2]);
    assert_eq!(f(&[3], &[4, 3, 2]), [4, 2]);
}

#[test]
fn bad_operands_are_refused_with_their_shapes() {
    let f = |a: &Array, b: &Array| matmul(a, b).unwrap_err().to_string();
    let x = |shape: &[usize]| ramp(shape, Dtype::Float32);
    assert_eq!(
        f(&x(&[2, 3]), &x(&[4, 5])),
        "[matmul] Last dimension of first input with shape (2, 3) must match second to last dimension of second input with shape (4, 5)."
    );
    assert!(f(&x(&[2]), &x(&[])).contains("0 dimension"));
    assert!(f(&x(&[2, 2, 3]), &x(&[3, 3, 4])).contains("(2,)"));
    let i = ramp(&[2, 2], Dtype::Int32);
    assert!(f(&i, &i).starts_with("[matmul] Only inexact types are supported but int32 and int32 were provided"));
    assert!(tensordot(&x(&[2, 3]), &x(&[2, 3]), 1).unwrap_err().to_string().contains("same shape on the contracted axes"));
    assert!(tensordot(&x(&[2, 3]), &x(&[2, 3]), 5).is_err() && inner(&x(&[2]), &x(&[3])).is_err());
}

#[test]
fn other_products_follow_from_their_definitions() {
    let (a, b) = (ramp(&[2, 3, 4], Dtype::Float32), ramp(&[4, 3, 5], Dtype::Float32));
    let listed = tensordot(&a, &b, (vec![1, 2], vec![1, 0])).unwrap();
    let (va, vb) = (values(&a), values(&b));
    let expected: Vec<f64> = (0..10)
        .map(|p| {
            let (i, j) = (p / 5, p % 5);
            (0..12).map(|q| va[i * 12 + q] * vb[(q % 4 * 3 + q / 4) * 5 + j]).sum()
        })
        .collect();
    assert_eq!((listed.shape(), values(&listed)), (&[2, 5][..], expected));
    assert_eq!(tensordot(&a, &b, 0).unwrap().shape(), [2, 3, 4, 4, 3, 5]);
    let i = |v: &[i32]| Array::from_slice(v, &[v.len()]).unwrap();
    assert_eq!(outer(&i(&[1, 2]), &i(&[1, 10])).unwrap().to_vec::<i32>().unwrap(), [1, 10, 2, 20]);
    assert_eq!(kron(&i(&[1, 2]), &i(&[1, 10])).unwrap().to_vec::<i32>().unwrap(), [1, 10, 2, 20]);
    let k = kron(&ramp(&[2, 3], Dtype::Float32), &ramp(&[4], Dtype::Float32)).unwrap();
    assert_eq!(k.shape(), [2, 12]);
    assert_eq!(inner(&ramp(&[2, 3], Dtype::Float32), &ramp(&[4, 3], Dtype::Float32)).unwrap().shape(), [2, 4]);
    let (one, two) = (ramp(&[2, 2], Dtype::Float32), ramp(&[2], Dtype::Float32));
    let y = addmm(&two, &one, &one, Addmm { alpha: 2.0, beta: 3.0 }).unwrap();
    let ab = naive(&one, &one).1;
    let expected: Vec<f64> = (0..4).map(|p| 2.0 * ab[p] + 3.0 * values(&two)[p % 2]).collect();
    assert_eq!(values(&y), expected);
}

#[test]
fn derivatives_and_batches_are_products_too() {
    let f = |p: &[Array]| Ok(vec![matmul(&p[0], &p[1])?]);
    for (sa, sb) in
        [(&[3, 4][..], &[4, 2][..]), (&[5, 3, 4], &[4, 2]), (&[1, 3, 4], &[6, 4, 2]), (&[4], &[4, 2]), (&[3, 4], &[4])]
    {
        let p = [ramp(sa, Dtype::Float64), ramp(sb, Dtype::Float64)];
        let t = [ramp(sa, Dtype::Float64), ramp(sb, Dtype::Float64)].map(|x| multiply(&x, &x).unwrap());
        let (y, pushed) = jvp(f, &p, &t).unwrap();
        let g = ramp(y[0].shape(), Dtype::Float64);
        let (_, pulled) = vjp(f, &p, std::slice::from_ref(&g)).unwrap();
        let dot = |a: &Array, b: &Array| values(a).iter().zip(values(b)).map(|(x, y)| x * y).sum::<f64>();
        assert_eq!((pulled[0].shape(), pulled[1].shape()), (sa, sb));
        // ⟨g, J t⟩ = ⟨Jᵀ g, t⟩ in exact integers.
        assert_eq!(dot(&g, &pushed[0]), dot(&pulled[0], &t[0]) + dot(&pulled[1], &t[1]));
    }
    let (a, b) = (ramp(&[6, 3, 4], Dtype::Float64), ramp(&[6, 4, 2], Dtype::Float64));
    assert_eq!(values(&vmap(f)(&[a.clone(), b.clone()]).unwrap()[0]), values(&matmul(&a, &b).unwrap()));
    let w = ramp(&[4, 2], Dtype::Float64);
    let y = vmap_axes(f, &[a.clone(), w.clone()], &[Some(0), None], |n| vec![Some(0); n]).unwrap();
    assert_eq!(values(&y[0]), values(&matmul(&a, &w).unwrap()));
}

#[test]
fn einsum_follows_its_subscripts() {
    let x = |shape: &[usize]| ramp(shape, Dtype::Float64);
    let same = |subscripts: &str, operands: &[&Array], expected: Result<Array>| {
        let operands: Vec<Array> = operands.iter().map(|&a| a.clone()).collect();
        let (y, expected) = (einsum(subscripts, &operands).unwrap(), expected.unwrap());
        assert_eq!((y.shape(), values(&y)), (expected.shape(), values(&expected)), "{subscripts}");
    };
    let (a, b, c, v) = (x(&[2, 3]), x(&[3, 4]), x(&[4, 5]), x(&[3]));
    let (s, batch) = (x(&[3, 3]), x(&[6, 2, 3]));
    same("ij,jk->ik", &[&a, &b], matmul(&a, &b));
    same("ij, jk", &[&a, &b], matmul(&a, &b));
    same("ba", &[&a], matrix_transpose(&a));
    same("ij,jk,kl->il", &[&a, &b, &c], matmul(&matmul(&a, &b).unwrap(), &c));
    same("ij,jk,kl->li", &[&a, &b, &c], matrix_transpose(&matmul(&matmul(&a, &b).unwrap(), &c).unwrap()));
    same("ii->i", &[&s], crate::ops::view::diagonal(&s, 0, 0, 1));
    same("ii", &[&s], crate::ops::reduce::sum(&crate::ops::view::diagonal(&s, 0, 0, 1).unwrap(), ..));
    same("...i,i->...", &[&batch, &v], matmul(&batch, &v));
    same("...ij,jk", &[&batch, &b], matmul(&batch, &b));
    same("i,j->ij", &[&v, &v], outer(&v, &v));
    same("bij,bij->bij", &[&batch, &batch], multiply(&batch, &batch));
    same("bij->j", &[&batch], crate::ops::reduce::sum(&batch, [0, 1]));
    same("bij,bkj->bik", &[&batch, &batch], matmul(&batch, &matrix_transpose(&batch).unwrap()));
    same(
        "ij,kj->",
        &[&a, &b_like(&a)],
        crate::ops::reduce::sum(&matmul(&a, &matrix_transpose(&b_like(&a)).unwrap()).unwrap(), ..),
    );
    let (steps, summary) = einsum_path("ij,jk,kl->il", &[a.shape(), b.shape(), c.shape()]).unwrap();
    assert_eq!(steps, [[1, 2], [0, 1]]);
    assert!(summary.ends_with("Naive FLOP count:  360\n  Optimized FLOP count:  180\n"), "{summary}");
    let error = |subscripts: &str, shapes: &[&[usize]]| einsum_path(subscripts, shapes).unwrap_err().to_string();
    assert!(error("ij->", &[&[2]]).contains("Invalid number of subscripts 2 for input 0 with 1 dimensions"));
    assert!(error("i,j", &[&[2]]).contains("Number of operands, 1, does not match"));
    assert!(
        error("ij,jk->ik", &[&[2, 3], &[4, 3]]).contains("Cannot broadcast dimension 0 of input 1 with shape (4, 3) to size 3")
    );
    for bad in ["i->z", "i->ii", "!", "i->i->i", "....i"] {
        assert!(einsum_path(bad, &[&[2]]).is_err(), "{bad}");
    }
}

fn b_like(a: &Array) -> Array {
    add(a, 1).unwrap()
}
