use super::*;
use crate::ops::view::{broadcast_to, flip, narrow, reshape_to, transpose};
use crate::transform::{jvp, vjp, vmap};

/// A small linear congruential generator.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (self.0 >> 33) as usize % n
    }
    fn within(&mut self, low: i64, high: i64) -> i64 {
        low + self.below((high - low + 1) as usize) as i64
    }
    fn indices(&mut self, shape: &[usize], n: usize) -> Array {
        let data: Vec<i32> = (0..size(shape)).map(|_| self.within(-(n as i64), n as i64 - 1) as i32).collect();
        let a = Array::from_slice(&data, shape).unwrap();
        // Sometimes laid out backwards.
        if self.below(2) == 0 { flip(&a, ..).unwrap() } else { a }
    }
}

fn ramp(shape: &[usize]) -> Array {
    let data: Vec<f32> = (0..size(shape)).map(|i| i as f32).collect();
    Array::from_slice(&data, shape).unwrap()
}

fn values(a: &Array) -> Vec<f32> {
    a.to_vec().unwrap()
}

fn ints(a: &[i64]) -> Array {
    Array::from_slice(a, &[a.len()]).unwrap()
}

fn unravel(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut out: Vec<usize> = shape.iter().rev().map(|&n| (flat % n, flat /= n).0).collect();
    out.reverse();
    out
}

fn ravel(index: &[usize], shape: &[usize]) -> usize {
    index.iter().zip(shape).fold(0, |flat, (i, n)| flat * n + i)
}

/// The subscript's meaning by definition: the shape of the result, and for each of its elements the position in an array of
/// `shape` that it comes from.
fn naive(shape: &[usize], subscript: &[Index]) -> (Vec<usize>, Vec<usize>) {
    enum Part {
        Fixed(usize),
        List(Vec<usize>),
        New,
        Fancy(Vec<i64>, Vec<usize>),
    }
    let used = subscript.iter().filter(|p| !matches!(p, Index::NewAxis | Index::Ellipsis)).count();
    let mut subscript = subscript.to_vec();
    if !subscript.iter().any(|p| matches!(p, Index::Ellipsis)) {
        subscript.push(Index::Ellipsis);
    }
    let mut parts = Vec::new();
    let mut axis = 0;
    for part in &subscript {
        match part {
            Index::NewAxis => parts.push(Part::New),
            Index::Ellipsis => {
                for _ in 0..shape.len() - used {
                    parts.push(Part::List((0..shape[axis]).collect()));
                    axis += 1;
                }
            }
            Index::At(i) => {
                parts.push(Part::Fixed((i + if *i < 0 { shape[axis] as i64 } else { 0 }) as usize));
                axis += 1;
            }
            Index::Range { start, stop, step } => {
                let (n, step) = (shape[axis] as i64, step.unwrap_or(1));
                let wrap = |i: i64| if i < 0 { i + n } else { i };
                let mut i = start.map_or(if step > 0 { 0 } else { n - 1 }, wrap);
                i = if step > 0 { i.max(0) } else { i.min(n - 1) };
                let stop = stop.map_or(if step > 0 { n } else { -1 }, wrap);
                let mut list = Vec::new();
                while if step > 0 { i < stop.min(n) } else { i > stop.max(-1) } {
                    list.push(i as usize);
                    i += step;
                }
                parts.push(Part::List(list));
                axis += 1;
            }
            Index::Array(a) => {
                let n = shape[axis] as i64;
                let wrapped = a.to_vec::<i32>().unwrap().iter().map(|&i| if i < 0 { i as i64 + n } else { i as i64 }).collect();
                parts.push(Part::Fancy(wrapped, a.shape().to_vec()));
                axis += 1;
            }
            Index::Mask(_) => unreachable!(),
        }
    }
    let fancy = parts.iter().any(|p| matches!(p, Part::Fancy(..)));
    let is_advanced = |p: &Part| matches!(p, Part::Fixed(_) | Part::Fancy(..));
    let (first, last) = (parts.iter().position(is_advanced), parts.iter().rposition(is_advanced));
    let together = fancy && parts[first.unwrap()..=last.unwrap()].iter().all(is_advanced);
    let mut common = vec![];
    for p in &parts {
        if let Part::Fancy(_, s) = p {
            common = broadcast(&common, s).unwrap().to_vec();
        }
    }
    let mut out_shape = Vec::new();
    let mut block = 0;
    for (i, p) in parts.iter().enumerate() {
        if together && Some(i) == first {
            block = out_shape.len();
        }
        match p {
            Part::List(l) => out_shape.push(l.len()),
            Part::New => out_shape.push(1),
            _ => {}
        }
    }
    let kept = out_shape.clone();
    out_shape.splice(block..block, common.iter().copied());
    let positions = (0..size(&out_shape))
        .map(|flat| {
            let index = unravel(flat, &out_shape);
            let chosen = &index[block..block + common.len()];
            let mut rest = index[..block].iter().chain(&index[block + common.len()..]);
            debug_assert_eq!(kept.len() + common.len(), index.len());
            let mut source = Vec::new();
            for p in &parts {
                match p {
                    Part::Fixed(i) => source.push(*i),
                    Part::List(l) => source.push(l[*rest.next().unwrap()]),
                    Part::New => assert_eq!(rest.next(), Some(&0)),
                    Part::Fancy(values, s) => {
                        let own = &chosen[chosen.len() - s.len()..];
                        let own: Vec<usize> = own.iter().zip(s).map(|(&i, &n)| if n == 1 { 0 } else { i }).collect();
                        source.push(values[ravel(&own, s)] as usize);
                    }
                }
            }
            ravel(&source, shape)
        })
        .collect();
    (out_shape, positions)
}

fn random_subscript(r: &mut Random, shape: &[usize]) -> Vec<Index> {
    let common = [r.below(3) + 1, r.below(3)];
    let mut parts = Vec::new();
    let mut ellipsis = false;
    let mut axis = 0;
    while axis < shape.len() {
        let n = shape[axis] as i64;
        match r.below(7) {
            0 => parts.push(Index::At(r.within(-n, n - 1))),
            1 | 2 => {
                let mut bound = || (r.below(3) > 0).then(|| r.within(-n - 2, n + 2));
                let (start, stop) = (bound(), bound());
                let step = [None, Some(1), Some(2), Some(-1), Some(-2)][r.below(5)];
                parts.push(Index::Range { start, stop, step });
            }
            3 => {
                parts.push(Index::NewAxis);
                continue;
            }
            4 | 5 => {
                let flat = [1, common[1]];
                let of = [&common[..], &flat, &common[1..], &[]][r.below(4)];
                parts.push(Index::Array(r.indices(of, n as usize)));
            }
            _ if !ellipsis => {
                parts.push(Index::Ellipsis);
                ellipsis = true;
                axis += r.below(shape.len() - axis + 1);
                continue;
            }
            _ => parts.push((..).into()),
        }
        axis += 1;
    }
    parts
}

/// An array of `shape` whose layout is not always row-major, with the ramp's values.
fn laid_out(r: &mut Random, shape: &[usize]) -> Array {
    let a = ramp(shape);
    match r.below(3) {
        0 => {
            let reversed: Vec<usize> = shape.iter().rev().copied().collect();
            let mut data = vec![0.0; size(shape)];
            for (flat, v) in values(&a).into_iter().enumerate() {
                let mut index = unravel(flat, shape);
                index.reverse();
                data[ravel(&index, &reversed)] = v;
            }
            transpose(&Array::from_slice(&data, &reversed).unwrap(), ..).unwrap()
        }
        _ => a,
    }
}

#[test]
fn subscripts_agree_with_their_definition() {
    let mut r = Random(1);
    for round in 0..if cfg!(miri) { 30 } else { 3000 } {
        let shape = [r.below(4) + 1, r.below(3) + 2, r.below(5) + 1, 2];
        let shape = &shape[..r.below(4) + 1];
        let subscript = random_subscript(&mut r, shape);
        let (expected, positions) = naive(shape, &subscript);
        let a = laid_out(&mut r, shape);
        let got = get(&a, &subscript).unwrap_or_else(|e| panic!("{round} {subscript:?} of {shape:?}: {e}"));
        assert_eq!(got.shape(), expected, "{round} {subscript:?} of {shape:?}");
        assert_eq!(values(&got), positions.iter().map(|&p| p as f32).collect::<Vec<_>>(), "{round} {subscript:?} of {shape:?}");

        // Assignment, of a value that is broadcast now and then; the last one stays.
        let mut small = expected.clone();
        small.iter_mut().for_each(|n| *n = if r.below(4) == 0 { 1 } else { *n });
        small.drain(..r.below(2).min(small.len()));
        if *broadcast(&small, &expected).unwrap() != expected[..] {
            small = expected.clone();
        }
        let value = crate::ops::elementwise::add(ramp(&small), 100).unwrap();
        let all = values(&broadcast_to(&value, &expected).unwrap());
        let mut assigned: Vec<f32> = (0..size(shape)).map(|i| i as f32).collect();
        let (mut added, mut largest, mut product) = (assigned.clone(), assigned.clone(), assigned.clone());
        for (&p, &v) in positions.iter().zip(&all) {
            assigned[p] = v;
            added[p] += v;
            product[p] *= v;
            largest[p] = largest[p].max(v);
        }
        assert_eq!(values(&set(&a, &subscript, &value).unwrap()), assigned, "{round} {subscript:?} of {shape:?}");
        let by = |how| values(&update(&a, &subscript, &value, how).unwrap());
        assert_eq!(by(Update::Add), added, "{round} {subscript:?} of {shape:?}");
        assert_eq!(by(Update::Maximum), largest, "{round} {subscript:?} of {shape:?}");
        assert_eq!(by(Update::Multiply), product, "{round} {subscript:?} of {shape:?}");
    }
}

#[test]
fn subscripts_have_derivatives_and_batches() {
    let mut r = Random(2);
    for _ in 0..if cfg!(miri) { 5 } else { 150 } {
        let shape = [r.below(3) + 2, 3, 2];
        let subscript = random_subscript(&mut r, &shape);
        let (out, positions) = naive(&shape, &subscript);
        if size(&out) == 0 {
            continue;
        }
        let (a, g, value) = (ramp(&shape), ramp(&out), ramp(&out));
        let read = |p: &[Array]| Ok(vec![get(&p[0], &subscript)?]);
        let (_, grads) = vjp(read, std::slice::from_ref(&a), std::slice::from_ref(&g)).unwrap();
        let mut expected = vec![0.0; a.size()];
        positions.iter().zip(values(&g)).for_each(|(&p, g)| expected[p] += g);
        assert_eq!(values(&grads[0]), expected, "get {subscript:?}");

        // Assignment is linear in both: its vjp must be the transpose of its jvp.
        let write = |p: &[Array]| Ok(vec![set(&p[0], &subscript, &p[1])?]);
        let (_, t) = jvp(write, &[a.clone(), value.clone()], &[a.clone(), value.clone()]).unwrap();
        assert_eq!(values(&t[0]), values(&set(&a, &subscript, &value).unwrap()), "set {subscript:?}");
        let w = ramp(&shape);
        let (_, grads) = vjp(write, &[a.clone(), value.clone()], std::slice::from_ref(&w)).unwrap();
        let mut left = values(&w);
        let mut taken = vec![0.0; positions.len()];
        for (i, &p) in positions.iter().enumerate().rev() {
            taken[i] = std::mem::take(&mut left[p]);
        }
        assert_eq!((values(&grads[0]), values(&grads[1])), (left, taken), "set {subscript:?}");

        let more = |p: &[Array]| Ok(vec![update(&p[0], &subscript, &p[1], Update::Add)?]);
        let (_, grads) = vjp(more, &[a.clone(), value.clone()], std::slice::from_ref(&w)).unwrap();
        let gathered: Vec<f32> = positions.iter().map(|&p| p as f32).collect();
        assert_eq!((values(&grads[0]), values(&grads[1])), (values(&w), gathered), "add {subscript:?}");

        // Batches of the array, of the value, of both; with the gradient through them.
        let batch = |a: &Array| {
            let mut shape = Shape::from_slice(a.shape());
            shape.insert(0, 2);
            crate::ops::elementwise::add(ramp(&shape), 7).unwrap()
        };
        let (many, many_values) = (batch(&a), batch(&value));
        let one = |a: &Array, i: usize| reshape_to(&narrow(a, 0, i, 1).unwrap(), &a.shape()[1..]).unwrap();
        let all = [
            vmap(read)(std::slice::from_ref(&many)).unwrap().remove(0),
            vmap(write)(&[many.clone(), many_values.clone()]).unwrap().remove(0),
        ];
        for i in 0..2 {
            assert_eq!(values(&one(&all[0], i)), values(&get(&one(&many, i), &subscript).unwrap()), "vmap get {subscript:?}");
            let each = set(&one(&many, i), &subscript, one(&many_values, i)).unwrap();
            assert_eq!(values(&one(&all[1], i)), values(&each), "vmap set {subscript:?}");
        }
        let (_, grads) = vjp(|p| vmap(write)(p), &[many.clone(), many_values.clone()], &[batch(&a)]).unwrap();
        let (_, each) = vjp(write, &[one(&many, 1), one(&many_values, 1)], &[one(&batch(&a), 1)]).unwrap();
        assert_eq!(values(&one(&grads[1], 1)), values(&each[1]), "vjp of vmap {subscript:?}");
    }
}

#[test]
fn batched_indices() {
    let table = ramp(&[5, 3]);
    let indices = Array::from_slice(&[0u8, 4, 2, 2, 1, 3], &[3, 2]).unwrap();
    let rows = vmap(|p| Ok(vec![take(&table, &p[0], Some(0))?]))(std::slice::from_ref(&indices)).unwrap().remove(0);
    assert_eq!(values(&rows), values(&take(&table, &indices, Some(0)).unwrap()));
    let both =
        vmap(|p| Ok(vec![take(&p[0], &p[1], Some(0))?]))(&[transpose(&table, ..).unwrap(), indices.clone()]).unwrap().remove(0);
    assert_eq!(values(&both), [0., 12., 7., 7., 5., 11.]);
    let along = vmap(|p| Ok(vec![take_along_axis(&p[0], &p[1], Some(-1))?]))(&[transpose(&table, ..).unwrap(), indices]).unwrap();
    assert_eq!(values(&along[0]), values(&both));
}

#[test]
fn masks() {
    let a = ramp(&[2, 3]);
    let mask = Array::from_slice(&[true, false, true, false, false, true], &[2, 3]).unwrap();
    let rows = Array::from_slice(&[false, true], &[2]).unwrap();
    let m = |mask: &Array| [Index::from(mask)];
    assert_eq!(values(&get(&a, &m(&mask)).unwrap()), [0., 2., 5.]);
    assert_eq!(get(&a, &m(&rows)).unwrap().shape(), [1, 3]);
    assert_eq!(values(&get(&a, &[(&rows).into(), 1.into()]).unwrap()), [4.]);
    assert_eq!(get(&a, &m(&Array::scalar(true, Dtype::Bool))).unwrap().shape(), [1, 2, 3]);
    assert_eq!(get(&a, &m(&Array::scalar(false, Dtype::Bool))).unwrap().shape(), [0, 2, 3]);
    assert_eq!(values(&set(&a, &m(&mask), 9).unwrap()), [9., 1., 9., 3., 4., 9.]);
    assert_eq!(values(&set(&a, &m(&mask), ints(&[7, 8, 9])).unwrap()), [7., 1., 8., 3., 4., 9.]);
    assert_eq!(values(&set(&a, &m(&rows), ramp(&[1, 3])).unwrap()), [0., 1., 2., 0., 1., 2.]);
    assert_eq!(values(&update(&a, &m(&rows), 10, Update::Add).unwrap()), [0., 1., 2., 13., 14., 15.]);
    assert_eq!(
        values(&set(&a, &[(..).into(), Index::Mask(Array::from_slice(&[true, false, true], &[3]).unwrap())], -1).unwrap()),
        [-1., 1., -1., -1., 4., -1.]
    );
    assert_eq!(set(&a, &m(&mask), ints(&[1, 2])).unwrap_err().kind(), Kind::Value);
    assert_eq!(get(&a, &m(&transpose(&mask, ..).unwrap())).unwrap_err().kind(), Kind::Index);

    // Assignment by a mask evaluates nothing, so it works where values are not known; reading by one can't.
    let masked =
        vmap(|p| Ok(vec![set(&p[0], &m(&crate::ops::elementwise::equal(&p[0], 4)?), 0)?]))(std::slice::from_ref(&a)).unwrap();
    assert_eq!(values(&masked[0]), [0., 1., 2., 3., 0., 5.]);
    let reading = vmap(|p| Ok(vec![get(&p[0], &m(&crate::ops::elementwise::equal(&p[0], 4)?))?]))(std::slice::from_ref(&a));
    assert!(reading.unwrap_err().message().contains("vmap"));
}

#[test]
fn bad_indices_are_errors_that_stick() {
    let a = ramp(&[3, 4]);
    for bad in [3i64, -4, i64::MAX, i64::MIN] {
        let out = get(&a, &[Index::from(ints(&[0, bad]))]).unwrap();
        let error = out.eval().unwrap_err();
        assert_eq!(error.kind(), Kind::Index);
        assert_eq!(error.message(), format!("[index] index {bad} is out of range for axis 0 of length 3"));
        assert_eq!(out.to_vec::<f32>().unwrap_err().message(), error.message());
        assert_eq!(set(&a, &[Index::from(ints(&[bad]))], 1).unwrap().eval().unwrap_err().kind(), Kind::Index);
        assert_eq!(get(&a, &[Index::At(bad)]).unwrap_err().kind(), Kind::Index);
    }
    let huge = Array::from_slice(&[u64::MAX], &[1]).unwrap();
    assert!(take(&a, &huge, Some(1)).unwrap().eval().unwrap_err().message().contains("18446744073709551615"));
    let nothing = take(&ramp(&[2, 0]), ints(&[0]), Some(1)).unwrap_err();
    assert_eq!((nothing.kind(), nothing.message()), (Kind::Value, "[take] nothing can be taken from axis 1 of shape (2, 0)"));
    assert_eq!(take(&ramp(&[0]), ints(&[]), Some(0)).unwrap().shape(), [0]);
    let messages = [
        get(&a, &[0.into(), 0.into(), 0.into()]).unwrap_err(),
        get(&a, &[Index::Ellipsis, Index::Ellipsis]).unwrap_err(),
        get(&a, &[Index::Range { start: None, stop: None, step: Some(0) }]).unwrap_err(),
        get(&a, &[Index::from(ramp(&[1]))]).unwrap_err(),
        get(&a, &[ints(&[0, 1]).into(), ints(&[0, 1, 2]).into()]).unwrap_err(),
        set(&a, &[0.into()], ramp(&[3])).unwrap_err(),
    ];
    for (e, part) in
        messages.iter().zip(["too many", "single ellipsis", "must not be 0", "must be integers", "broadcast", "(3,)"])
    {
        assert!(e.kind() == Kind::Value && e.message().contains(part), "{e}");
    }
    let small = Array::from_slice(&[0u8; 4], &[4]).unwrap();
    assert!(set(&small, &[0.into()], 300).unwrap_err().message().contains("300"));
}

#[test]
fn along_an_axis() {
    let mut r = Random(5);
    for axis in 0..3 {
        let a = laid_out(&mut r, &[3, 4, 5]);
        let mut shape = vec![3, 4, 5];
        shape[axis] = 6;
        let indices = r.indices(&shape, a.shape()[axis]);
        let given = indices.to_vec::<i32>().unwrap();
        let source = |flat: usize| {
            let mut index = unravel(flat, &shape);
            let n = a.shape()[axis] as i32;
            index[axis] = ((given[flat] + n) % n) as usize;
            ravel(&index, &[3, 4, 5])
        };
        let expected: Vec<f32> = (0..given.len()).map(|f| source(f) as f32).collect();
        assert_eq!(values(&take_along_axis(&a, &indices, Some(axis as i64)).unwrap()), expected);
        let put = put_along_axis(&a, &indices, ramp(&shape), Some(axis as i64 - 3)).unwrap();
        let mut all = values(&a);
        (0..given.len()).for_each(|f| all[source(f)] = f as f32);
        assert_eq!(values(&put), all);
    }
    let m = ramp(&[2, 3]);
    assert_eq!(values(&take_along_axis(&m, &Array::from_slice(&[0i32], &[1, 1]).unwrap(), Some(1)).unwrap()), [0., 3.]);
    assert_eq!(values(&take_along_axis(&m, &ints(&[5, 1]), None).unwrap()), [5., 1.]);
    assert_eq!(values(&put_along_axis(&m, &ints(&[5, 1]), ints(&[9, 8]), None).unwrap()), [0., 8., 2., 3., 4., 9.]);
    assert_eq!(take_along_axis(&m, &ints(&[0]), Some(0)).unwrap_err().kind(), Kind::Value);
    assert_eq!(take_along_axis(&m, &ints(&[0]), Some(2)).unwrap_err().kind(), Kind::Index);
    assert_eq!(values(&take(&m, 1, Some(1)).unwrap()), [1., 4.]);
    assert_eq!(values(&take(&m, -1, None).unwrap()), [5.]);
    assert_eq!(take(&m, 3, Some(1)).unwrap_err().kind(), Kind::Index);
    let two = take(&m, Array::from_slice(&[0i8, -1], &[2, 1]).unwrap(), Some(1)).unwrap();
    assert_eq!((two.shape(), values(&two)), (&[2, 2, 1][..], vec![0., 2., 3., 5.]));
}

#[test]
fn windows_at_computed_places() {
    let m = ramp(&[4, 5]);
    let w = slice(&m, &ints(&[1, 2]), &[1, 0], &[2, 3]).unwrap();
    assert_eq!(values(&w), [11., 12., 13., 16., 17., 18.]);
    assert_eq!(values(&slice(&m, &ints(&[-2]), &[0], &[2, 1]).unwrap()), [10., 15.]);
    let error = slice(&m, &ints(&[3]), &[0], &[2, 1]).unwrap().eval().unwrap_err();
    assert!(error.kind() == Kind::Index && error.message().contains("window of 2"), "{error}");
    assert_eq!(values(&slice(&m, &ints(&[]), &[], &[1, 2]).unwrap()), [0., 1.]);
    assert!(slice(&m, &ints(&[0]), &[0], &[2]).is_err() && slice(&m, &ints(&[0]), &[0, 1], &[2, 2]).is_err());
    let u = slice_update(&ramp(&[2, 3]), &ramp(&[1, 2]), &ints(&[1]), &[0]).unwrap();
    assert_eq!(values(&u), [0., 1., 2., 0., 1., 5.]);
    let (_, g) =
        vjp(|p| Ok(vec![slice_update(&p[0], &p[1], &ints(&[2]), &[1])?]), &[ramp(&[2, 4]), ramp(&[2])], &[ramp(&[2, 4])])
            .unwrap();
    assert_eq!((values(&g[0]), values(&g[1])), (vec![0., 1., 0., 0., 4., 5., 6., 7.], vec![2., 3.]));
}

#[test]
#[cfg_attr(miri, ignore = "many numbers")]
fn scattering_keeps_its_order_on_many_threads() {
    let mut r = Random(9);
    for (rows, columns, n) in [(40_000, 1, 97), (4_000, 16, 50), (700, 500, 20)] {
        let indices = r.indices(&[rows], n);
        let wrapped: Vec<usize> = indices.to_vec::<i32>().unwrap().iter().map(|&i| (i + n as i32) as usize % n).collect();
        let data: Vec<f32> = (0..rows * columns).map(|i| (i % 1013) as f32 * 0.37).collect();
        let updates = Array::from_slice(&data, &[rows, columns]).unwrap();
        let a = Array::splat(0.0, &[n, columns], Dtype::Float32);
        let (mut sums, mut last) = (vec![0f32; n * columns], vec![0f32; n * columns]);
        for (row, &to) in wrapped.iter().enumerate() {
            for c in 0..columns {
                sums[to * columns + c] += data[row * columns + c];
                last[to * columns + c] = data[row * columns + c];
            }
        }
        let at = [Index::from(indices)];
        assert_eq!(values(&update(&a, &at, &updates, Update::Add).unwrap()), sums);
        assert_eq!(values(&set(&a, &at, &updates).unwrap()), last);
    }
}

#[test]
fn every_element_size_moves() {
    let at = [Index::from(ints(&[2, 0, 2]))];
    for dtype in Dtype::ALL {
        let a = crate::ops::elementwise::astype(&ramp(&[3, 2]), dtype).unwrap();
        let out = set(&Array::splat(0, &[3, 2], dtype), &at, get(&a, &at).unwrap()).unwrap();
        let back = crate::ops::elementwise::astype(&out, Dtype::Float32).unwrap();
        let full = values(&crate::ops::elementwise::astype(&a, Dtype::Float32).unwrap());
        assert_eq!(values(&back), [full[0], full[1], 0., 0., full[4], full[5]], "{dtype}");
        update(&a, &at, Array::splat(1, &[2], dtype), Update::Maximum).unwrap().eval().unwrap();
    }
}

#[test]
fn numbers_past_every_axis_do_not_count_from_the_end() {
    let a = Array::from_slice(&[1, 2, 3], &[3]).unwrap();
    let got = |subscript: Subscript| get(&a, &subscript).and_then(|x| x.to_vec::<i32>());
    assert!(got(usize::MAX.into()).is_err() && got(i64::MAX.into()).is_err());
    assert_eq!(got((1..usize::MAX).into()).unwrap(), [2, 3]);
    assert_eq!(got((..=i64::MAX).into()).unwrap(), [1, 2, 3]);
    assert_eq!(got((usize::MAX..).into()).unwrap(), [0; 0]);
    assert_eq!(got(Index::stepped(i64::MAX.., -1).into()).unwrap(), [3, 2, 1]);
    assert_eq!(got(Index::stepped(..=i64::MIN, -1).into()).unwrap(), [3, 2, 1]);
}
