//! Sorting against the standard library's stable sort, over dtypes and lengths around the places where the method changes.

use super::*;

fn numbers(n: usize, below: u64) -> impl Iterator<Item = u64> {
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    (0..n).map(move |_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    })
}

fn check<T: Element>(data: &[T], less: impl Fn(&T, &T) -> std::cmp::Ordering) {
    let a = Array::from_slice(data, &[data.len()]).unwrap();
    let mut order: Vec<u32> = (0..data.len() as u32).collect();
    order.sort_by(|&i, &j| less(&data[i as usize], &data[j as usize]));
    assert_eq!(argsort(&a, 0).unwrap().to_vec::<u32>().unwrap(), order, "{} of {}", data.len(), T::DTYPE);
    let sorted = sort(&a, 0).unwrap().to_vec::<T>().unwrap();
    for (got, &i) in sorted.iter().zip(&order) {
        let want = data[i as usize];
        // NaN differs from itself, but reads the same.
        assert!(
            *got == want || format!("{got:?}") == format!("{want:?}"),
            "{} of {}: {got:?}, not {want:?}",
            data.len(),
            T::DTYPE
        );
    }
}

#[test]
fn all_dtypes_and_lengths() {
    let lengths = [0, 1, 2, 100, 1000, 5000];
    for &n in &lengths[..if cfg!(miri) { 4 } else { 6 }] {
        let raw: Vec<u64> = numbers(n, u64::MAX).collect();
        check(&raw, Ord::cmp);
        check(&raw.iter().map(|&x| x as i64).collect::<Vec<_>>(), Ord::cmp);
        check(&raw.iter().map(|&x| x as i32).collect::<Vec<_>>(), Ord::cmp);
        check(&raw.iter().map(|&x| x as u16).collect::<Vec<_>>(), Ord::cmp);
        check(&raw.iter().map(|&x| x as i8).collect::<Vec<_>>(), Ord::cmp);
        check(&raw.iter().map(|&x| x % 2 == 0).collect::<Vec<_>>(), Ord::cmp);
        // Floats with ties, both zeros, infinities and NaN.
        let floats: Vec<f64> = raw
            .iter()
            .map(|&x| match x % 50 {
                0 => f64::NAN,
                1 => f64::INFINITY,
                2 => f64::NEG_INFINITY,
                3 => -0.0,
                4 => 0.0,
                k => (x / 64 % 97) as f64 * if k % 2 == 0 { 0.5 } else { -0.5 },
            })
            .collect();
        let last = |a: &f64, b: &f64| a.partial_cmp(b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()));
        check(&floats, last);
        check(&floats.iter().map(|&x| x as f32).collect::<Vec<_>>(), |a, b| last(&f64::from(*a), &f64::from(*b)));
        check(&floats.iter().map(|&x| f16::from_f64(x)).collect::<Vec<_>>(), |a, b| last(&a.to_f64(), &b.to_f64()));
        check(&floats.iter().map(|&x| bf16::from_f64(x)).collect::<Vec<_>>(), |a, b| last(&a.to_f64(), &b.to_f64()));
    }
}

#[test]
#[cfg_attr(miri, ignore = "many numbers")]
fn very_long_rows_are_merged() {
    for n in [524_289, 700_001, 1_400_000] {
        let data: Vec<f32> = numbers(n, 1 << 22).map(|x| x as f32 - 1e6).collect();
        check(&data, |a, b| a.total_cmp(b));
    }
    let descending: Vec<u32> = (0..600_000).rev().collect();
    check(&descending, Ord::cmp);
}

#[test]
fn axes_partitions_and_places() {
    let a = Array::from_slice(&[3, 1, 2, 0, 5, 4], &[2, 3]).unwrap();
    assert_eq!(sort(&a, 0).unwrap().to_vec::<i32>().unwrap(), [0, 1, 2, 3, 5, 4]);
    assert_eq!(argsort(&a, ..).unwrap().to_vec::<u32>().unwrap(), [3, 1, 2, 0, 5, 4]);
    assert_eq!(topk(&a, 2, 1).unwrap().to_vec::<i32>().unwrap(), [2, 3, 4, 5]);
    assert_eq!(topk(&a, 0, 1).unwrap().shape(), [2, 0]);
    assert_eq!(partition(&a, -1, 1).unwrap().to_vec::<i32>().unwrap(), [1, 2, 3, 0, 4, 5]);
    assert!(topk(&a, 4, 1).is_err() && topk(&a, -1, 1).is_err() && partition(&a, 3, 1).is_err() && sort(&a, 2).is_err());
    let sequence = Array::from_slice(&[1.0f32, 2.0, 2.0, 3.0], &[4]).unwrap();
    let values = Array::from_slice(&[0.0f32, 2.0, 5.0, f32::NAN], &[2, 2]).unwrap();
    let at = |side| searchsorted(&sequence, &values, side).unwrap().to_vec::<u32>().unwrap();
    assert_eq!(at(Side::Left), [0, 1, 4, 4]);
    assert_eq!(at(Side::Right), [0, 3, 4, 4]);
}

#[test]
fn different_elements() {
    let a = Array::from_slice(&[3.0f32, 1.0, 2.0, 1.0, 3.0], &[5]).unwrap();
    let found = unique(&a, 5, Some((-1).into())).unwrap();
    assert_eq!(found.values.to_vec::<f32>().unwrap(), [1.0, 2.0, 3.0, -1.0, -1.0]);
    assert_eq!(found.index.to_vec::<u32>().unwrap(), [1, 2, 0, 1, 1]);
    assert_eq!(found.inverse.to_vec::<u32>().unwrap(), [2, 0, 1, 0, 2]);
    assert_eq!(found.counts.to_vec::<i32>().unwrap(), [2, 1, 2, 0, 0]);
    let few = unique(&a, 2, None).unwrap();
    assert_eq!(few.values.to_vec::<f32>().unwrap(), [1.0, 2.0]);
    assert_eq!(few.inverse.to_vec::<u32>().unwrap(), [1, 0, 1, 0, 1]);
    let empty = Array::splat(0, &[0], Dtype::Int32);
    assert!(unique(&empty, 1, None).is_err() && unique(&a, -1, None).is_err());
    assert_eq!(unique(&empty, 2, Some(7.into())).unwrap().values.to_vec::<i32>().unwrap(), [7, 7]);
}
