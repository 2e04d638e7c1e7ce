//! Reductions against a naive walk, over shapes, axes and layouts chosen at random.

use super::*;
use crate::ops::view::{broadcast_to, transpose};

/// A small generator (Marsaglia's xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

fn naive_sum(data: &[f64], shape: &[usize], folded: &[usize]) -> Vec<f64> {
    let kept: Vec<usize> = (0..shape.len()).filter(|axis| !folded.contains(axis)).collect();
    let mut out = vec![0.0; kept.iter().map(|&k| shape[k]).product()];
    for (flat, x) in data.iter().enumerate() {
        let place = |axis: usize| flat / size(&shape[axis + 1..]) % shape[axis];
        out[kept.iter().fold(0, |at, &k| at * shape[k] + place(k))] += x;
    }
    out
}

#[test]
fn any_axes_of_any_layout() {
    let mut random = Random(0x5eed);
    let lengths = [1, 2, 3, 5, 8, 17, 70, 130, 300, 1100, 3000];
    let (rounds, most) = if cfg!(miri) { (12, 3000) } else { (300, 300_000) };
    for round in 0..rounds {
        let mut shape: Vec<usize> = (0..1 + random.below(4)).map(|_| lengths[random.below(lengths.len())]).collect();
        while size(&shape) > most {
            let longest = shape.iter().enumerate().max_by_key(|s| s.1).map_or(0, |s| s.0);
            shape[longest] = shape[longest] / 4 + 1;
        }
        let mut order: Vec<i64> = (0..shape.len() as i64).collect();
        (1..order.len()).for_each(|i| order.swap(i, random.below(i + 1)));
        // The array lies in memory with its axes in another order.
        let lying: Vec<usize> = order.iter().map(|&axis| shape[axis as usize]).collect();
        let data: Vec<f64> = (0..size(&shape)).map(|_| random.below(1000) as f64 - 500.0).collect();
        let a = Array::from_slice(&data, &lying).unwrap();
        let back: Vec<i64> = (0..order.len() as i64).map(|axis| order.iter().position(|&o| o == axis).unwrap() as i64).collect();
        let a = transpose(&a, back).unwrap();
        let folded: Vec<usize> = (0..shape.len()).filter(|_| random.below(2) == 0).collect();
        let axes: Vec<i64> = folded.iter().map(|&axis| axis as i64).collect();
        let want = naive_sum(&a.to_vec::<f64>().unwrap(), &shape, &folded);
        assert_eq!(sum(&a, axes.clone()).unwrap().to_vec::<f64>().unwrap(), want, "{round}: {shape:?} over {folded:?}");
        let kept = sum(&a, keep(axes)).unwrap();
        assert_eq!(kept.ndim(), a.ndim());
        assert_eq!(kept.to_vec::<f64>().unwrap(), want);
    }
}

#[test]
#[cfg_attr(miri, ignore = "many numbers")]
fn the_number_of_threads_changes_nothing() {
    let data: Vec<f32> = (0..600_000i64).map(|i| ((i * 7919 % 10_007) as f32 - 5000.0) * 1.000_1).collect();
    for (shape, axes) in
        [(&[600_000usize][..], &[0i64][..]), (&[600, 1000], &[0]), (&[600, 1000], &[1]), (&[60, 10, 1000], &[0, 2])]
    {
        let a = Array::from_slice(&data, shape).unwrap();
        let mut results = [1, 2, 3, 7].into_iter().map(|threads| {
            pool::set_threads(threads);
            sum(&a, axes).unwrap().to_vec::<f32>().unwrap()
        });
        let first = results.next().unwrap();
        assert!(results.all(|r| r == first), "{shape:?}");
        pool::set_threads(0);
    }
}

#[test]
#[cfg_attr(miri, ignore = "many numbers")]
fn long_sums_stay_accurate() {
    let n = 3_000_000;
    let data = vec![0.1f32; n];
    let want = f64::from(0.1f32) * n as f64;
    let a = Array::from_slice(&data, &[n]).unwrap();
    let got = f64::from(sum(&a, ..).unwrap().item::<f32>().unwrap());
    assert!((got - want).abs() < want * 1e-6, "{got} {want}");
    let columns = Array::from_slice(&data, &[n / 100, 100]).unwrap();
    for x in sum(&columns, 0).unwrap().to_vec::<f32>().unwrap() {
        assert!((f64::from(x) * 100.0 - want).abs() < want * 3e-6, "{x} {want}");
    }
    let halves = Array::from_slice(&vec![f16::ONE; 5000], &[5000]).unwrap();
    assert_eq!(sum(&halves, ..).unwrap().item::<f16>().unwrap(), f16::from_f32(5000.0));
}

#[test]
fn empty_and_scalar() {
    let empty = Array::splat(1.0, &[0, 3], Dtype::Float32);
    assert_eq!(sum(&empty, 0).unwrap().to_vec::<f32>().unwrap(), [0.0; 3]);
    assert_eq!(sum(&empty, 1).unwrap().shape(), [0]);
    assert_eq!(sum(&empty, ..).unwrap().item::<f32>().unwrap(), 0.0);
    let scalar = Array::scalar(true, Dtype::Bool);
    assert_eq!(sum(&scalar, ..).unwrap().item::<i32>().unwrap(), 1);
    let times = if cfg!(miri) { 1000 } else { 100_000 };
    let repeated = broadcast_to(&Array::from_slice(&[1u8, 2, 3], &[3]).unwrap(), &[times as usize, 3]).unwrap();
    assert_eq!(sum(&repeated, 0).unwrap().to_vec::<u32>().unwrap(), [times, 2 * times, 3 * times]);
    assert_eq!(sum(&empty, [0, 0]).unwrap_err().kind(), crate::ext::Kind::Value);
    assert_eq!(sum(&empty, 2).unwrap_err().kind(), crate::ext::Kind::Index);
}

#[test]
fn extremes_and_their_places() {
    let nan = f32::NAN;
    let a = |v: &[f32]| Array::from_slice(v, &[v.len()]).unwrap();
    let at = |r: Result<Array>| r.unwrap().item::<u32>().unwrap();
    assert_eq!(max(&a(&[1.0, 3.0, 2.0]), ..).unwrap().item::<f32>().unwrap(), 3.0);
    assert!(max(&a(&[1.0, 3.0, nan]), ..).unwrap().item::<f32>().unwrap().is_nan());
    assert!(min(&a(&[nan, 3.0, 1.0]), ..).unwrap().item::<f32>().unwrap().is_nan());
    assert_eq!(at(argmax(&a(&[1.0, nan, 3.0, nan]), ..)), 1);
    assert_eq!(at(argmin(&a(&[1.0, 0.0, 0.0]), 0)), 1);
    assert_eq!(at(argmax(&a(&[f32::NEG_INFINITY; 3]), 0)), 0);
    let mut long = vec![0.5f32; 200_000];
    long[123_456] = 2.0;
    long[123_457] = 2.0;
    assert_eq!(at(argmax(&a(&long), ..)), 123_456);
    long[77_777] = nan;
    assert_eq!(at(argmin(&a(&long), ..)), 77_777);
    let square = Array::from_slice(&long, &[400, 500]).unwrap();
    let rows = argmax(&square, 0).unwrap().to_vec::<u32>().unwrap();
    assert_eq!((rows[123_456 % 500], rows[77_777 % 500], rows[0]), (123_456 / 500, 77_777 / 500, 0));
    let columns = argmax(&square, keep(1)).unwrap();
    assert_eq!(columns.shape(), [400, 1]);
    assert_eq!(columns.to_vec::<u32>().unwrap()[123_456 / 500], 123_456 % 500);
    let empty = Array::splat(1.0, &[0, 3], Dtype::Float32);
    for refused in [max(&empty, 0), min(&empty, ..), argmax(&empty, 1), argmin(&empty, ..)] {
        assert_eq!(refused.unwrap_err().kind(), crate::ext::Kind::Value);
    }
    assert_eq!(max(&empty, 1).unwrap().shape(), [0]);
}

#[test]
fn truth() {
    let a = Array::from_slice(&[0.0f32, f32::NAN, 0.0, 0.0, 1.0, 2.0], &[3, 2]).unwrap();
    assert_eq!(any(&a, 1).unwrap().to_vec::<bool>().unwrap(), [true, false, true]);
    assert_eq!(all(&a, 1).unwrap().to_vec::<bool>().unwrap(), [false, false, true]);
    assert_eq!(all(&a, 0).unwrap().to_vec::<bool>().unwrap(), [false, false]);
    let empty = Array::splat(1, &[0], Dtype::Int8);
    assert!(all(&empty, ..).unwrap().item::<bool>().unwrap() && !any(&empty, ..).unwrap().item::<bool>().unwrap());
}
