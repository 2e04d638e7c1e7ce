use super::*;
use crate::ops::elementwise::{add, multiply};
use crate::transform::{jvp, vjp, vmap};

type F = fn(&Array) -> Result<Array>;
/// From an index of the result of a view to the index of its input.
type IndexMap = Box<dyn Fn(&[usize]) -> Vec<usize>>;

fn ramp(shape: &[usize]) -> Array {
    let data: Vec<f32> = (0..size(shape)).map(|i| i as f32).collect();
    Array::from_slice(&data, shape).unwrap()
}

fn values(a: &Array) -> Vec<f32> {
    a.to_vec().unwrap()
}

fn index(flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut rest = flat;
    let mut out: Vec<usize> = shape.iter().rev().map(|&n| (rest % n, rest /= n).0).collect();
    out.reverse();
    out
}

/// The rules of a linear view against its matrix, found by evaluating it.
fn check_rules(name: &str, f: F, shape: &[usize]) {
    // Elements are their positions, counted from 1; a 0 in the result was filled in.
    let x = add(ramp(shape), 1).unwrap();
    let y = f(&x).unwrap();
    let g = ramp(y.shape());
    let (_, grads) = vjp(|p| Ok(vec![f(&p[0])?]), std::slice::from_ref(&x), std::slice::from_ref(&g)).unwrap();
    let mut expected = vec![0.0; x.size() + 1];
    for (&from, &w) in values(&y).iter().zip(&values(&g)) {
        expected[from as usize] += w;
    }
    assert_eq!(values(&grads[0]), expected[1..], "{name}: vjp");

    let (_, tangents) = jvp(|p| Ok(vec![f(&p[0])?]), std::slice::from_ref(&x), &[multiply(&x, 2).unwrap()]).unwrap();
    assert_eq!(values(&tangents[0]), values(&multiply(&y, 2).unwrap()), "{name}: jvp");

    let both: Shape = batched(3, shape);
    let stacked = ramp(&both);
    for at in 0..=shape.len() {
        let moved = moveaxis(&stacked, 0, at as i64).unwrap();
        let axis = at as i64;
        let all = vmap(|p| Ok(vec![f(&p[0])?]))(&[moveaxis(&moved, axis, 0).unwrap()]).unwrap().swap_remove(0);
        for i in 0..3 {
            let example = reshape_to(&narrow(&stacked, 0, i, 1).unwrap(), shape).unwrap();
            let one = f(&example).unwrap();
            let slice = narrow(&all, 0, i, 1).unwrap();
            assert_eq!(values(&slice), values(&one), "{name}: vmap");
            assert_eq!(slice.shape()[1..], *one.shape(), "{name}: vmap");
        }
        // The gradient of a batch is the batch of gradients.
        let (_, grads) = vjp(|p| vmap(|q| Ok(vec![f(&q[0])?]))(p), std::slice::from_ref(&stacked), &[ramp(all.shape())]).unwrap();
        let g = narrow(&ramp(all.shape()), 0, 2, 1).unwrap();
        let g = reshape_to(&g, y.shape()).unwrap();
        let (_, one) = vjp(|p| Ok(vec![f(&p[0])?]), std::slice::from_ref(&x), &[g]).unwrap();
        assert_eq!(values(&narrow(&grads[0], 0, 2, 1).unwrap()), values(&one[0]), "{name}: vjp of vmap");
    }
}

#[test]
fn rules() {
    let all: &[(&str, F, &[usize])] = &[
        ("reshape", |a| reshape(a, &[4, -1]), &[2, 6]),
        ("reshape of a transpose", |a| reshape(&transpose(a, ..)?, &[-1]), &[2, 3]),
        ("flatten", |a| flatten(a, 0, 1), &[2, 3, 2]),
        ("flatten 0-d", |a| flatten(a, 0, -1), &[]),
        ("unflatten", |a| unflatten(a, 1, &[2, -1]), &[2, 6]),
        ("squeeze", |a| squeeze(a, ..), &[1, 3, 1]),
        ("expand_dims", |a| expand_dims(a, [0, -1]), &[2, 3]),
        ("transpose", |a| transpose(a, [2, 0, 1]), &[2, 3, 4]),
        ("swapaxes", |a| swapaxes(a, 0, -1), &[2, 3, 4]),
        ("broadcast_to", |a| broadcast_to(a, &[2, 4, 3]), &[4, 1]),
        ("broadcast_to from 0-d", |a| broadcast_to(a, &[2, 2]), &[]),
        ("flip", |a| flip(a, [0]), &[3, 2]),
        ("window", |a| window(a, &[4, 0], &[-2, 1], &[3, 1]), &[5, 2]),
        ("diagonal", |a| diagonal(a, 1, 0, 2), &[2, 3, 4]),
        ("diagonal below", |a| diagonal(a, -1, 1, 0), &[3, 4]),
        ("diag of a vector", |a| diag(a, -2), &[3]),
        ("as_strided", |a| as_strided(a, &[3, 2], &[1, 1], 1), &[2, 3]),
        ("as_strided backwards", |a| as_strided(&transpose(a, ..)?, &[2, 2], &[-1, 0], 3), &[2, 3]),
        ("contiguous", |a| contiguous(&transpose(a, ..)?, false), &[2, 3]),
        ("put_window", |a| put_window(a, &[5, 4], &[3, 1], &[-1, 2]), &[2, 2]),
    ];
    for (name, f, shape) in all {
        check_rules(name, *f, shape);
    }
}

#[test]
fn windows_show_the_right_elements() {
    let a = ramp(&[5, 4]);
    let b = window(&a, &[4, 1], &[-2, 2], &[3, 2]).unwrap();
    assert_eq!(values(&b), [17., 19., 9., 11., 1., 3.]);
    assert_eq!(values(&flip(&a, ..).unwrap()), values(&a).into_iter().rev().collect::<Vec<_>>());
    assert_eq!(window(&a, &[9, 9], &[1, 1], &[0, 0]).unwrap().size(), 0);
    assert_eq!(window(&a, &[0, 0], &[1, 1], &[6, 1]).unwrap_err().kind(), Kind::Index);
    assert_eq!(values(&put_window(&ramp(&[2]), &[5], &[4], &[-3]).unwrap()), [0., 1., 0., 0., 0.]);
    assert_eq!(flip(&ramp(&[0, 3]), ..).unwrap().shape(), [0, 3]);
}

#[test]
fn diagonals() {
    let a = ramp(&[2, 3, 4]);
    for offset in -5..6i64 {
        let d = diagonal(&a, offset, 2, 0).unwrap();
        let naive: Vec<f32> = (0..3)
            .flat_map(|j| (0..4i64).map(move |r| (j, r, r + offset)).filter(|&(_, _, c)| (0..2).contains(&c)))
            .map(|(j, r, c)| (c * 12 + j * 4 + r) as f32)
            .collect();
        assert_eq!(values(&d), naive, "offset {offset}");
    }
    assert_eq!(values(&diag(&ramp(&[2]), 1).unwrap()), [0., 0., 0., 0., 0., 1., 0., 0., 0.]);
    assert_eq!(values(&trace(&a, 1, 0, 2, None).unwrap()), [15., 23., 31.]);
    let bits = Array::splat(true, &[3, 3], Dtype::Bool);
    assert_eq!(trace(&bits, 0, 0, 1, None).unwrap().item::<i32>().unwrap(), 3);
    assert_eq!(trace(&bits, 0, 0, 1, Some(Dtype::Float16)).unwrap().dtype(), Dtype::Float16);
    assert!(diag(&ramp(&[]), 0).unwrap_err().message().starts_with("[diag]"));
    assert!(diagonal(&a, 0, 1, -2).unwrap_err().message().contains("both"));
}

#[test]
fn strided_places_are_checked() {
    let a = ramp(&[6]);
    assert_eq!(values(&as_strided(&a, &[3, 4], &[1, 1], 0).unwrap()), [0., 1., 2., 3., 1., 2., 3., 4., 2., 3., 4., 5.]);
    assert_eq!(values(&as_strided(&flip(&a, ..).unwrap(), &[2], &[-2], 5).unwrap()), [0., 2.]);
    for (shape, strides, offset) in [([4, 4], [1, 1], 0), ([2, 2], [-1, 0], 0), ([2, 2], [1, 1], -1)] {
        assert_eq!(as_strided(&a, &shape, &strides, offset).unwrap_err().kind(), Kind::Value);
    }
    assert_eq!(as_strided(&a, &[0, 9], &[isize::MAX, 1], 99).unwrap().size(), 0);
    assert_eq!(values(&put_strided(&ramp(&[3, 2]), 4, &[1, 1], 0).unwrap()), [0., 3., 7., 5.]);
}

#[test]
fn shapes_are_inferred_and_refused() {
    let a = ramp(&[2, 3]);
    assert_eq!(reshape(&a, &[3, -1]).unwrap().shape(), [3, 2]);
    assert_eq!(reshape(&ramp(&[0, 3]), &[-1]).unwrap().shape(), [0]);
    for bad in [&[4, 2][..], &[-1, -1], &[-2, 3], &[4, -1], &[-1, 0]] {
        let e = reshape(&a, bad).unwrap_err();
        assert!(e.kind() == Kind::Value && e.message().starts_with("[reshape] shape (2, 3)"), "{e}");
    }
    assert_eq!(unflatten(&a, -1, &[3, 1]).unwrap().shape(), [2, 3, 1]);
    assert!(unflatten(&a, 1, &[4]).is_err());
    assert_eq!(squeeze(&a, 0).unwrap_err().kind(), Kind::Value);
    assert_eq!(squeeze(&a, 5).unwrap_err().kind(), Kind::Index);
    assert_eq!(expand_dims(&ramp(&[2]), [0, 2]).unwrap().shape(), [1, 2, 1]);
    assert!(expand_dims(&a, -4).is_err() && expand_dims(&a, [0, -4]).is_err());
    assert!(flatten(&a, 1, 0).is_err());
    assert_eq!(matrix_transpose(&ramp(&[3])).unwrap_err().kind(), Kind::Value);
    assert!(transpose(&a, [0, 0]).is_err() && transpose(&a, [0]).is_err());
    assert!(broadcast_to(&a, &[3]).is_err());
    assert_eq!(broadcast_to(&ramp(&[2, 1]), &[2, 0]).unwrap().shape(), [2, 0]);
}

#[test]
fn bits_are_kept() {
    let a = Array::from_slice(&[1.0f32, -2.0, 0.5, 3.0], &[2, 2]).unwrap();
    let bytes = view(&a, Dtype::Uint8).unwrap();
    assert_eq!(bytes.shape(), [2, 8]);
    assert_eq!(bytes.to_vec::<u8>().unwrap()[..4], 1.0f32.to_le_bytes());
    let back = view(&window(&bytes, &[1, 4], &[1, 1], &[1, 4]).unwrap(), Dtype::Float32).unwrap();
    assert_eq!(values(&back), [3.0]);
    let turned = view(&transpose(&a, ..).unwrap(), Dtype::Uint64).unwrap();
    assert_eq!(
        (turned.shape(), turned.to_vec::<u64>().unwrap()[0]),
        (&[2, 1][..], u64::from(0.5f32.to_bits()) << 32 | u64::from(1.0f32.to_bits()))
    );
    assert_eq!(view(&a, Dtype::Int32).unwrap().to_vec::<i32>().unwrap()[0], 0x3f80_0000);
    let truths = view(&Array::from_slice(&[0u8, 1, 2, 255], &[4]).unwrap(), Dtype::Bool).unwrap();
    assert_eq!(truths.to_vec::<bool>().unwrap(), [false, true, true, true]);
    assert_eq!(view(&truths, Dtype::Uint8).unwrap().to_vec::<u8>().unwrap(), [0, 1, 1, 1]);
    let refused = view(&ramp(&[]), Dtype::Bool).unwrap_err();
    assert!(refused.message().starts_with("[view] float32 of shape () cannot be viewed as bool"));
    assert!(view(&ramp(&[3]), Dtype::Complex64).unwrap_err().message().starts_with("[view] float32 of shape (3,)"));
    assert!(view(&ramp(&[]), Dtype::Uint8).is_err());
    let (_, grads) = vjp(
        |p| Ok(vec![view(&p[0], Dtype::Complex64)?]),
        &[a],
        &[Array::from_slice(&[c64::new(1., 2.), c64::new(3., 4.)], &[2, 1]).unwrap()],
    )
    .unwrap();
    assert_eq!(values(&grads[0]), [1., 2., 3., 4.]);
}

#[test]
fn random_chains_agree_with_indices() {
    // Each step maps an index of its result to one of its input; the chain's elements must be where the maps say.
    let mut seed = 7u64;
    let mut random = move |n: usize| {
        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (seed >> 33) as usize % n
    };
    for _ in 0..if cfg!(miri) { 8 } else { 200 } {
        let mut a = ramp(&[3, 4, 2]);
        let mut positions: Vec<usize> = (0..24).collect();
        for _ in 0..4 {
            let shape = a.shape().to_vec();
            let (b, from): (Array, IndexMap) = match random(3) {
                0 => {
                    let axis = random(shape.len());
                    let mut perm: Vec<usize> = (0..shape.len()).collect();
                    perm.rotate_left(axis);
                    let b = transpose(&a, perm.iter().map(|&p| p as i64).collect::<Vec<_>>()).unwrap();
                    (b, Box::new(move |i| perm.iter().enumerate().fold(vec![0; i.len()], |mut o, (k, &p)| (o[p] = i[k], o).1)))
                }
                1 => {
                    let lengths: Shape = shape.iter().map(|&n| random(n) + 1).collect();
                    let starts: Shape = shape.iter().zip(&lengths).map(|(n, l)| n - l).collect();
                    let b = window(&a, &starts, &Strides::from_elem(1, shape.len()), &lengths).unwrap();
                    (b, Box::new(move |i| i.iter().zip(&starts).map(|(i, s)| i + s).collect()))
                }
                _ => {
                    let b = reshape(&a, &[shape[0] as i64, -1]).unwrap();
                    let (to, from) = (b.shape().to_vec(), shape.clone());
                    (b, Box::new(move |i| index(i.iter().zip(&to).fold(0, |f, (i, n)| f * n + i), &from)))
                }
            };
            let flat = |i: &[usize]| i.iter().zip(&shape).fold(0, |f, (i, n)| f * n + i);
            positions = (0..b.size()).map(|f| positions[flat(&from(&index(f, b.shape())))]).collect();
            a = b;
        }
        assert_eq!(values(&a), positions.iter().map(|&p| p as f32).collect::<Vec<_>>());
    }
}
