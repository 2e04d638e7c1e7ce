use super::*;
use crate::ops::view::{narrow, reshape_to, transpose};
use crate::transform::{jvp, vjp, vmap};

fn ramp(shape: &[usize]) -> Array {
    let data: Vec<f32> = (0..size(shape)).map(|i| i as f32).collect();
    Array::from_slice(&data, shape).unwrap()
}

fn ints(a: &[i32]) -> Array {
    Array::from_slice(a, &[a.len()]).unwrap()
}

fn values(a: &Array) -> Vec<f32> {
    a.to_vec().unwrap()
}

fn listed(a: &Array) -> Vec<i32> {
    a.to_vec().unwrap()
}

#[test]
fn concatenation() {
    let (a, b) = (ramp(&[2, 3]), transpose(&ramp(&[2, 2]), ..).unwrap());
    let c = concatenate(&[a.clone(), b.clone()], Some(-1)).unwrap();
    assert_eq!(values(&c), [0., 1., 2., 0., 2., 3., 4., 5., 1., 3.]);
    assert_eq!(values(&concatenate(&[a.clone(), b.clone()], None).unwrap())[6..], [0., 2., 1., 3.]);
    let mixed = concatenate(&[ints(&[1]), Array::from_slice(&[2.5f32], &[1]).unwrap(), ramp(&[0])], Some(0)).unwrap();
    assert_eq!(values(&mixed), [1., 2.5]);
    assert_eq!(concatenate(&[], Some(0)).unwrap_err().kind(), Kind::Value);
    let error = concatenate(&[a.clone(), ramp(&[3, 4])], Some(0)).unwrap_err();
    assert!(error.message().contains("(2, 3)") && error.message().contains("(3, 4)"), "{error}");
    assert_eq!(concatenate(&[a.clone(), a.clone()], Some(2)).unwrap_err().kind(), Kind::Index);

    let f = |p: &[Array]| Ok(vec![concatenate(&[p[0].clone(), p[1].clone(), p[0].clone()], Some(1))?]);
    let (_, g) = vjp(f, &[a.clone(), b.clone()], &[ramp(&[2, 8])]).unwrap();
    assert_eq!(values(&g[0]), [5., 7., 9., 21., 23., 25.]);
    assert_eq!(values(&g[1]), [3., 4., 11., 12.]);
    let (out, t) = jvp(f, &[a.clone(), b.clone()], &[a.clone(), b.clone()]).unwrap();
    assert_eq!(values(&out[0]), values(&t[0]));
    let many = vmap(f)(&[ramp(&[4, 2, 3]), ramp(&[4, 2, 2])]).unwrap().remove(0);
    let one = |a: &Array, i: usize| reshape_to(&narrow(a, 0, i, 1).unwrap(), &a.shape()[1..]).unwrap();
    let each = f(&[one(&ramp(&[4, 2, 3]), 3), one(&ramp(&[4, 2, 2]), 3)]).unwrap();
    assert_eq!(values(&one(&many, 3)), values(&each[0]));
}

#[test]
#[cfg_attr(miri, ignore = "many numbers")]
fn large_concatenations_use_all_threads_and_change_nothing() {
    let small: Vec<Array> = (0..40).map(|i| Array::splat(i as f32, &[3, 10_001], Dtype::Float32)).collect();
    let all = values(&concatenate(&small, Some(1)).unwrap());
    assert!((0..3).all(|r| (0..40).all(|i| all[r * 400_040 + i * 10_001..][..10_001].iter().all(|&v| v == i as f32))));
}

#[test]
fn stacking_and_taking_apart() {
    let rows = unstack(&ramp(&[2, 3]), 1).unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!(values(&stack(&rows, 0).unwrap()), [0., 3., 1., 4., 2., 5.]);
    assert_eq!(values(&stack(&rows, -1).unwrap()), values(&ramp(&[2, 3])));
    assert_eq!(stack(&[ramp(&[2]), ramp(&[3])], 0).unwrap_err().kind(), Kind::Value);
    assert_eq!(stack(&rows, 3).unwrap_err().kind(), Kind::Index);
    let lists = |at: Sections| split(&ints(&[0, 1, 2, 3, 4, 5, 6]), at, 0).unwrap().iter().map(listed).collect::<Vec<_>>();
    assert_eq!(lists([2, 9].into()), [vec![0, 1], vec![2, 3, 4, 5, 6], vec![]]);
    assert_eq!(lists([5, 2].into()), [vec![0, 1, 2, 3, 4], vec![], vec![2, 3, 4, 5, 6]]);
    assert_eq!(lists([-2].into()), [vec![0, 1, 2, 3, 4], vec![5, 6]]);
    assert_eq!(lists(vec![].into()).len(), 1);
    assert_eq!(values(&split(&ramp(&[2, 4]), 2usize, -1).unwrap()[1]), [2., 3., 6., 7.]);
    for bad in [3i64, 0, -1] {
        assert_eq!(split(&ramp(&[7]), bad, 0).unwrap_err().kind(), Kind::Value);
    }
}

#[test]
fn repeating() {
    let a = Array::from_slice(&[1i32, 2, 3, 4], &[2, 2]).unwrap();
    assert_eq!(listed(&repeat(&a, 2, None).unwrap()), [1, 1, 2, 2, 3, 3, 4, 4]);
    assert_eq!(listed(&repeat(&a, 2, Some(0)).unwrap()), [1, 2, 1, 2, 3, 4, 3, 4]);
    assert_eq!(repeat(&a, 0, Some(1)).unwrap().shape(), [2, 0]);
    assert_eq!(repeat(&a, -1, None).unwrap_err().kind(), Kind::Value);
    assert_eq!(listed(&tile(&ints(&[1, 2]), &[2, 2]).unwrap()), [1, 2, 1, 2, 1, 2, 1, 2]);
    assert_eq!(tile(&a, &[2]).unwrap().shape(), [2, 4]);
    assert_eq!(tile(&Array::scalar(1, Dtype::Int32), &[2, 2]).unwrap().shape(), [2, 2]);
    assert_eq!(tile(&a, &[0]).unwrap().shape(), [2, 0]);
    assert!(tile(&a, &[-1]).is_err() && tile(&a, &[i64::MAX, i64::MAX]).is_err());
}

#[test]
fn padding() {
    let a = ints(&[1, 2, 3]);
    let zeros = || PadMode::Constant(0.into());
    assert_eq!(listed(&pad(&a, &[1, 2], zeros()).unwrap()), [0, 1, 2, 3, 0, 0]);
    assert_eq!(listed(&pad(&a, &[1], PadMode::Constant(1.7.into())).unwrap()), [1, 1, 2, 3, 1]);
    assert_eq!(listed(&pad(&ints(&[1, 2]), &[1], PadMode::Constant(ints(&[1, 2, 3, 4]).into())).unwrap()), [1, 1, 2, 4]);
    assert_eq!(listed(&pad(&a, &[2], PadMode::Edge).unwrap()), [1, 1, 1, 2, 3, 3, 3]);
    assert_eq!(listed(&pad(&a, &[4], PadMode::Reflect).unwrap()), [1, 2, 3, 2, 1, 2, 3, 2, 1, 2, 3]);
    assert_eq!(listed(&pad(&ints(&[5]), &[2], PadMode::Reflect).unwrap()), [5; 5]);
    let symmetric = [1, 1, 2, 3, 3, 2, 1, 1, 2, 3, 3, 2, 1, 1, 2, 3, 3];
    assert_eq!(listed(&pad(&a, &[7], PadMode::Symmetric).unwrap()), symmetric);
    let m = Array::from_slice(&[0i32, 1, 2, 3, 4, 5], &[2, 3]).unwrap();
    let both = pad(&m, &[1, 1, 0, 2], PadMode::Symmetric).unwrap();
    assert_eq!(listed(&both), [0, 1, 2, 2, 1, 0, 1, 2, 2, 1, 3, 4, 5, 5, 4, 3, 4, 5, 5, 4]);
    assert_eq!(pad(&m, &[1, 0], zeros()).unwrap().shape(), [3, 4]);
    assert_eq!(pad(&Array::scalar(1, Dtype::Int32), &[1], zeros()).unwrap().shape(), []);
    assert!(pad(&a, &[-1], zeros()).is_err() && pad(&m, &[1, 1, 1], zeros()).is_err());
    assert!(pad(&ramp(&[0]), &[1], PadMode::Edge).unwrap_err().message().starts_with("[pad]"));
    for mode in [zeros(), PadMode::Edge, PadMode::Reflect, PadMode::Symmetric] {
        let f = |p: &[Array]| Ok(vec![pad(&p[0], &[2, 1], mode.clone())?]);
        let (out, g) = vjp(f, &[ramp(&[3])], &[ramp(&[6])]).unwrap();
        let mut expected = [0.0; 3];
        for (i, v) in values(&out[0]).into_iter().enumerate() {
            let outside = matches!(mode, PadMode::Constant(_)) && !(2..5).contains(&i);
            expected[v as usize] += if outside { 0.0 } else { i as f32 };
        }
        assert_eq!(values(&g[0]), expected, "{mode:?}");
        let many = vmap(f)(&[ramp(&[2, 3])]).unwrap().remove(0);
        assert_eq!(values(&many)[6..], values(&pad(&narrow(&ramp(&[6]), 0, 3, 3).unwrap(), &[2, 1], mode.clone()).unwrap()));
    }
}

#[test]
fn rolling() {
    let m = Array::from_slice(&[1i32, 2, 3, 4], &[2, 2]).unwrap();
    assert_eq!(listed(&roll(&ints(&[1, 2, 3, 4]), &[-5], ..).unwrap()), [2, 3, 4, 1]);
    assert_eq!(listed(&roll(&m, &[1], ..).unwrap()), [4, 1, 2, 3]);
    assert_eq!(listed(&roll(&m, &[1, 1], [0, 1]).unwrap()), [4, 3, 2, 1]);
    assert_eq!(listed(&roll(&m, &[1, 1], 0).unwrap()), [1, 2, 3, 4]);
    assert_eq!(listed(&roll(&m, &[1], [0, 1]).unwrap()), [4, 3, 2, 1]);
    assert_eq!(roll(&m, &[1, 2, 3], [0, 1]).unwrap_err().kind(), Kind::Value);
    assert_eq!(roll(&m, &[1], 3).unwrap_err().kind(), Kind::Index);
    assert_eq!(roll(&ramp(&[0]), &[3], 0).unwrap().size(), 0);
}

#[test]
fn grids() {
    let (x, y) = (ints(&[0, 1]), ints(&[0, 1, 2]));
    let both = [x.clone(), y.clone()];
    let xy = meshgrid(&both, false, Indexing::Xy).unwrap();
    assert_eq!((xy[0].shape(), listed(&xy[0])), (&[3, 2][..], vec![0, 1, 0, 1, 0, 1]));
    assert_eq!(listed(&xy[1]), [0, 0, 1, 1, 2, 2]);
    assert_eq!(meshgrid(&both, true, Indexing::Xy).unwrap()[1].shape(), [3, 1]);
    assert_eq!(listed(&meshgrid(&both, false, Indexing::Ij).unwrap()[0]), [0, 0, 0, 1, 1, 1]);
    assert_eq!(meshgrid(&[ramp(&[2, 2])], false, Indexing::Xy).unwrap()[0].shape(), [4]);
    assert!(meshgrid(&[], false, Indexing::Xy).unwrap().is_empty());
    let together = broadcast_arrays(&[x.clone(), reshape_to(&y, &[3, 1]).unwrap()]).unwrap();
    assert_eq!(listed(&together[1]), [0, 0, 1, 1, 2, 2]);
    assert!(broadcast_arrays(&both).is_err());
    let shapes = [[1, 1, 1], [1, 2, 1]];
    assert_eq!(
        [atleast_3d(&Array::scalar(1, Dtype::Int32)).unwrap().shape(), atleast_3d(&x).unwrap().shape()],
        [&shapes[0][..], &shapes[1]]
    );
    assert_eq!(atleast_2d(&x).unwrap().shape(), [1, 2]);
    assert_eq!(atleast_1d(&ramp(&[])).unwrap().shape(), [1]);
}
